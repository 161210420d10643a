"""Factorial experiments and planned contrasts of group means, without the assumption of equal variances.

Stands on numerics.regression: a model with one mean per cell, of which every effect is a weighted sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.analyses._rows import tested
from klantstudie.errors import InputError, OptionError, level, option, suggestion
from klantstudie.numerics import multiplicity, regression
from klantstudie.result import Result, build

CROSS = " × "


def factorial(
    frame: pd.DataFrame,
    outcome: str,
    factors: Sequence[str],
    *,
    robust: str = "hc3",
    conf_level: float = 0.95,
) -> Result:
    """Analyse a factorial experiment: cell means, main effects and interactions, and a test per term.

    Part "cell": mean of each combination of levels with its own t interval. Part "effect": a level against the first
    one in units of the outcome, averaged with equal weights over the other factors; for an interaction the difference
    between such differences ("group" against "reference_group"), with d in standard deviations within cells. Part
    "test": Wald F per main effect and interaction (type III: each cell counts equally), with partial eta squared from
    the sums of squares. Errors by `robust`: "hc3", or "classic" (equal variances, the usual analysis of variance).
    Rows with a missing answer or level are left out. Errors: an empty cell, a cell with one case, a factor with one
    level, no variance.

    References: MacKinnon and White (1985); Long and Ervin (2000); Maxwell, Delaney and Kelley (2018).
    """
    level(conf_level)
    option("robust", robust, ("hc3", "classic"))
    listed = frames.names(factors, "factors")
    values, codes, known, n_total = _cells(frame, outcome, listed)
    shape = tuple(len(levels) for levels in known)
    flat = np.ravel_multi_index(codes, shape)
    n_cells = int(np.prod(shape))
    counts = np.bincount(flat, minlength=n_cells)
    names = [
        ", ".join(f"{f}: {one}" for f, one in zip(listed, cell, strict=True)) for cell in product(*known)
    ]
    thin = [name for name, count in zip(names, counts, strict=True) if count < 2]
    if thin:
        raise InputError(f"factors: fewer than two cases in the cell {'; '.join(thin)}")
    plan = (flat[:, None] == np.arange(n_cells)).astype(float)
    fit = regression.ols(plan, values, errors=robust)
    classic = fit if robust == "classic" else regression.ols(plan, values, errors="classic")
    if classic.sigma2 <= 1e-24 * max(1.0, float(np.abs(values).max()) ** 2):
        raise InputError(f"outcome: '{outcome}' does not vary within any cell")
    rows = [
        {"term": name, "part": "cell", "n": count} | _mean(values[flat == place], conf_level)
        for place, (name, count) in enumerate(zip(names, counts, strict=True))
    ]
    tests = []
    for size in range(1, len(listed) + 1):
        for chosen in combinations(range(len(listed)), size):
            term = CROSS.join(listed[place] for place in chosen)
            weights, levels = _weights(chosen, known)
            rows += _effects(term, weights, levels, fit, classic.sigma2, conf_level)
            tests.append(_test(term, weights, fit, classic, len(values)))
    return build(
        "experiment.factorial",
        [*rows, *tests],
        n_total=n_total,
        n_used=len(values),
        method=f"one mean per cell, {robust} errors; type III",
        reference="MacKinnon and White (1985); Long and Ervin (2000); Maxwell, Delaney and Kelley (2018)",
        conf_level=conf_level,
        fit={"r_squared": fit.r_squared, "n": len(values), "n_cells": n_cells},
    )


def contrasts(
    frame: pd.DataFrame,
    outcome: str,
    group: str,
    planned: Mapping[str, Mapping[Any, float]],
    *,
    robust: str = "welch",
    adjust: str = "holm",
    conf_level: float = 0.95,
) -> Result:
    """Test planned contrasts: weighted sums of group means that were named before the data were seen.

    `planned` gives each contrast a name and its weights per group label, such as {"both": {"1": -1, "4": 1}}; weights
    sum to 0, a group that is not named has weight 0, and positive weights that sum to 1 keep the units of the outcome.
    Errors by `robust`: "welch" (a variance per group, Satterthwaite degrees of freedom), "hc3" or "classic" (one
    variance). The effect d is in standard deviations within groups. Intervals are per contrast; `p_adjusted` corrects
    for their number ("holm", "bonferroni", "fdr_bh" or "none"). Rows with a missing answer or group are left out.
    Errors: a label that the data do not have, weights that do not sum to 0, a group with one case.

    References: Welch (1947); Satterthwaite (1946); MacKinnon and White (1985); Holm (1979).
    """
    level(conf_level)
    option("robust", robust, ("welch", "hc3", "classic"))
    option("adjust", adjust, multiplicity.ADJUSTMENTS)
    values, codes, known, n_total = _cells(frame, outcome, [group])
    labels, codes = known[0], codes[0]
    if not planned:
        raise OptionError("planned: no contrast was named")
    counts = np.bincount(codes, minlength=len(labels)).astype(float)
    weights = {name: _planned(name, given, labels, group) for name, given in planned.items()}
    thin = [label for label, count in zip(labels, counts, strict=True) if count < 2]
    if thin:
        raise InputError(f"group: fewer than two cases in {', '.join(thin)}")
    means = np.bincount(codes, values) / counts
    variances = np.bincount(codes, (values - means[codes]) ** 2) / (counts - 1)
    pooled = float(((counts - 1) @ variances) / (counts - 1).sum())
    if pooled <= 0:
        raise InputError(f"outcome: '{outcome}' does not vary within any group")
    rows = []
    for name, weight in weights.items():
        estimate = float(weight @ means)
        error, df = _error(weight, counts, variances, pooled, robust)
        row = {"term": name, "n": counts[weight != 0].sum()} | tested(estimate, error, df, conf_level)
        row |= {"effect": estimate / np.sqrt(pooled), "effect_name": "d", "note": _told(weight, labels)}
        rows.append(row)
    for row, p in zip(rows, multiplicity.adjust([row["p_value"] for row in rows], adjust), strict=True):
        row["p_adjusted"] = p
    how = {"welch": "Welch-Satterthwaite", "hc3": "hc3 errors", "classic": "one variance"}[robust]
    return build(
        "experiment.contrasts",
        rows,
        n_total=n_total,
        n_used=len(values),
        method=f"planned contrasts, {how}; {adjust}",
        reference="Welch (1947); Satterthwaite (1946); MacKinnon and White (1985); Holm (1979)",
        conf_level=conf_level,
        group=group,
    )


def _cells(
    frame: pd.DataFrame, outcome: str, factors: list[str]
) -> tuple[np.ndarray, list[np.ndarray], list[list[str]], int]:
    """Return the answers, the level codes per factor and the levels of the complete rows, and how many there were."""
    frames.require(frame, [outcome], "outcome")
    answer = frames.numeric(frame, outcome, "outcome")[outcome]
    texts = [frames.labels(frame, name, "factors") for name in factors]
    keep = answer.notna()
    for text in texts:
        keep &= text.notna()
    if not keep.any():
        raise InputError(f"no row is complete on {', '.join([outcome, *factors])}")
    known, codes = [], []
    for name, text in zip(factors, texts, strict=True):
        levels = frames.ordered_labels(text[keep])
        if len(levels) < 2:
            raise InputError(f"factors: '{name}' has one level only ({levels[0]})")
        known.append(levels)
        codes.append(text[keep].map({one: place for place, one in enumerate(levels)}).to_numpy(dtype=int))
    return answer[keep].to_numpy(copy=True), codes, known, len(frame)


def _mean(values: np.ndarray, conf_level: float) -> dict[str, float]:
    n, sd = len(values), float(values.std(ddof=1))
    reach = stats.t.ppf((1 + conf_level) / 2, n - 1) * sd / np.sqrt(n)
    mean = float(values.mean())
    return {
        "estimate": mean,
        "sd": sd,
        "std_error": sd / np.sqrt(n),
        "conf_low": mean - reach,
        "conf_high": mean + reach,
    }


def _weights(chosen: Sequence[int], known: list[list[str]]) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Return the weights of the cell means for every comparison of a term, and the levels it compares."""
    pieces, levels = [], []
    for picked in product(*(range(1, len(known[place])) for place in chosen)):
        weight = np.ones(1)
        for place, levels_of in enumerate(known):
            one = np.full(len(levels_of), 1 / len(levels_of))
            if place in chosen:
                one = np.zeros(len(levels_of))
                one[picked[list(chosen).index(place)]], one[0] = 1.0, -1.0
            weight = np.kron(weight, one)
        pieces.append(weight)
        above = CROSS.join(known[place][at] for place, at in zip(chosen, picked, strict=True))
        levels.append((above, CROSS.join(known[place][0] for place in chosen)))
    return np.array(pieces), levels


def _effects(
    term: str,
    weights: np.ndarray,
    levels: list[tuple[str, str]],
    fit: regression.Fit,
    variance: float,
    conf_level: float,
) -> list[dict[str, Any]]:
    rows = []
    for weight, (above, below) in zip(weights, levels, strict=True):
        found = tested(*fit.contrast(weight), conf_level)
        rows.append(
            {"term": term, "part": "effect", "group": above, "reference_group": below}
            | found
            | {"effect": found["estimate"] / np.sqrt(variance), "effect_name": "d"}
        )
    return rows


def _test(
    term: str, weights: np.ndarray, fit: regression.Fit, classic: regression.Fit, n: int
) -> dict[str, Any]:
    f, df, df2, p = fit.wald(weights)
    usual = classic.wald(weights)[0] * df
    return {
        "term": term,
        "part": "test",
        "n": n,
        "statistic": f,
        "statistic_name": "F",
        "df": df,
        "df2": df2,
    } | {
        "p_value": p,
        "effect": usual / (usual + df2),
        "effect_name": "partial η²",
    }


def _planned(name: str, given: Mapping[Any, float], labels: list[str], group: str) -> np.ndarray:
    weight = np.zeros(len(labels))
    for label, value in given.items():
        if str(label) not in labels:
            raise OptionError(
                f"planned: contrast '{name}' names the group '{label}', which '{group}' does not have"
                f"{suggestion(str(label), labels)}; it has {', '.join(labels)}"
            )
        weight[labels.index(str(label))] = float(value)
    if abs(weight.sum()) > 1e-9 or not weight.any():
        raise OptionError(f"planned: the weights of '{name}' must sum to 0; they sum to {weight.sum():g}")
    return weight


def _error(
    weight: np.ndarray, counts: np.ndarray, variances: np.ndarray, pooled: float, robust: str
) -> tuple[float, float]:
    rest = float(counts.sum() - len(counts))
    if robust == "classic":
        return float(np.sqrt(pooled * (weight**2 / counts).sum())), rest
    if robust == "hc3":  # the leverage of a case in a group of n is 1/n
        return float(np.sqrt((weight**2 * variances / (counts - 1)).sum())), rest
    parts = weight**2 * variances / counts
    if parts.sum() <= 0:
        raise InputError("outcome: no variance in the groups that a contrast compares")
    return float(np.sqrt(parts.sum())), float(parts.sum() ** 2 / (parts**2 / (counts - 1)).sum())


def _told(weight: np.ndarray, labels: list[str]) -> str:
    return "; ".join(f"{label}: {value:+g}" for label, value in zip(labels, weight, strict=True) if value)
