"""Groups without means, and groups with an order: ranks, Jonckheere's trend and the linear contrast."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.analyses._rows import tested
from klantstudie.analyses.groups.means import groups_of
from klantstudie.errors import InputError, level, option
from klantstudie.numerics import ranks as numerics
from klantstudie.numerics.multiplicity import ADJUSTMENTS
from klantstudie.numerics.multiplicity import adjust as corrected
from klantstudie.result import Result, build


def ranks(
    frame: pd.DataFrame,
    outcomes: str | Sequence[str],
    group: str,
    *,
    adjust: str = "holm",
    conf_level: float = 0.95,
) -> Result:
    """Compare groups on ranks, for marks whose distances mean little.

    Per outcome: part "test" is Kruskal-Wallis with ties and epsilon squared (0 to 1); part "group" the
    median and mean rank of each group (estimate); part "pair" the chance that a case of `group` stands
    above one of `reference_group` (estimate, ties half, 0.5 is no difference) with the Brunner-Munzel test
    and t interval, cut at 0 and 1. p values are corrected over the outcomes for the tests and over the
    pairs of an outcome for the pairs. Two groups without any overlap have no pair test (NaN). Missing
    answers and groups are left out per outcome.
    Errors: fewer than two groups, a group with fewer than two answers, all answers the same.

    References: Kruskal and Wallis (1952); Brunner and Munzel (2000); Holm (1979).
    """
    conf_level = level(conf_level)
    option("adjust", adjust, ADJUSTMENTS)
    rows: list[dict] = []
    used = []
    for name in frames.names(outcomes, "outcomes"):
        found, kept = groups_of(frame, name, group, spread=False)
        used.append(kept)
        rows += _ranked(name, found, adjust, conf_level)
    tests = [row for row in rows if row["part"] == "test"]
    for row, p in zip(tests, corrected([row["p_value"] for row in tests], adjust), strict=True):
        row["p_adjusted"] = p
    return build(
        "groups.ranks",
        rows,
        n_total=len(frame),
        n_used=int(np.logical_or.reduce(used).sum()),
        missing="per outcome",
        method=f"Kruskal-Wallis with ties; pairs: Brunner-Munzel; p values corrected: {adjust}",
        conf_level=conf_level,
        reference="Kruskal and Wallis (1952); Brunner and Munzel (2000); Holm (1979)",
        bounded=("effect", "estimate@pair"),
    )


def trend_over_order(
    frame: pd.DataFrame,
    outcome: str,
    ordered_group: str,
    *,
    order: Sequence[str] | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Test whether the outcome rises or falls over ordered groups, such as the links of a chain.

    `order` lists the labels from first to last (numbers need none: they are taken in numeric order). Part
    "jonckheere": Jonckheere-Terpstra's z with ties, and Kendall's tau-b of order and outcome (-1 to 1).
    Part "contrast": the linear contrast of the group means as a change per step, each group counting alike,
    with Welch errors and Satterthwaite degrees of freedom. Part "group": the mean of each group with its t
    interval. Missing answers and groups are left out and counted.
    Errors: labels that are not in the order or the other way round, text labels without an order, fewer
    than three groups, a group without variance.

    References: Jonckheere (1954); Terpstra (1952); Kendall (1970); Rosenthal and Rosnow (1985); Welch (1947).
    """
    conf_level = level(conf_level)
    values, kept = groups_of(frame, outcome, ordered_group, order=order, role="ordered_group")
    if order is None:
        _numbered(values, ordered_group)
    if len(values) < 3:
        raise InputError(f"ordered_group: a trend needs three groups; '{ordered_group}' has {len(values)}")
    n = int(kept.sum())
    j, z, tau = numerics.jonckheere(list(values.values()))
    rows: list[dict] = [
        {"term": outcome, "part": "jonckheere", "group": "", "n": n, "statistic": z, "statistic_name": "z"}
        | {"p_value": float(2 * stats.norm.sf(abs(z))), "effect": tau, "effect_name": "τ_b"},
        {
            "term": outcome,
            "part": "contrast",
            "group": "",
            "n": n,
            **_contrast(list(values.values()), conf_level),
        },
    ]
    rows += [
        {"term": outcome, "part": "group", "group": label, "n": len(one), **_mean(one, conf_level)}
        for label, one in values.items()
    ]
    return build(
        "groups.trend_over_order",
        rows,
        n_total=len(frame),
        n_used=n,
        method="Jonckheere-Terpstra with ties; linear contrast of the means with Welch errors",
        conf_level=conf_level,
        reference="Jonckheere (1954); Terpstra (1952); Kendall (1970); Rosenthal and Rosnow (1985); Welch (1947)",
        bounded=("effect",),
        order=tuple(values),
        fit={"jonckheere": j},
    )


def _ranked(name: str, found: dict[str, np.ndarray], method: str, conf_level: float) -> list[dict]:
    values, labels = list(found.values()), list(found)
    pooled = np.concatenate(values)
    if np.ptp(pooled) == 0:
        raise InputError(f"outcomes: all answers to '{name}' are the same; ranks tell nothing")
    h, p, epsilon = numerics.kruskal_wallis(values)
    rows: list[dict] = [
        {"term": name, "part": "test", "group": "", "n": len(pooled), "statistic": h, "statistic_name": "H"}
        | {"df": len(values) - 1, "p_value": p, "effect": epsilon, "effect_name": "ε²"}
    ]
    rank = np.split(stats.rankdata(pooled), np.cumsum([len(one) for one in values])[:-1])
    rows += [
        {
            "term": name,
            "part": "group",
            "group": label,
            "n": len(one),
            "median": np.median(one),
            "estimate": r.mean(),
        }
        for label, one, r in zip(labels, values, rank, strict=True)
    ]
    pairs = [_pair(name, found, a, b, conf_level) for a, b in combinations(labels, 2)]
    for row, p in zip(pairs, corrected([row["p_value"] for row in pairs], method), strict=True):
        row["p_adjusted"] = p
    return rows + pairs


def _pair(name: str, found: dict[str, np.ndarray], a: str, b: str, conf_level: float) -> dict[str, object]:
    chance, error, df = numerics.superiority(found[a], found[b])
    row = {
        "term": name,
        "part": "pair",
        "group": a,
        "reference_group": b,
        "estimate": chance,
        "std_error": error,
    }
    row |= {"n": len(found[a]) + len(found[b])}
    if error == 0:
        return row | dict.fromkeys(("statistic", "df", "p_value", "conf_low", "conf_high"), np.nan)
    t, reach = (chance - 0.5) / error, stats.t.ppf((1 + conf_level) / 2, df) * error
    row |= {"statistic": t, "statistic_name": "t", "df": df, "p_value": float(2 * stats.t.sf(abs(t), df))}
    return row | {"conf_low": max(chance - reach, 0.0), "conf_high": min(chance + reach, 1.0)}


def _numbered(found: Iterable[str], column: str) -> None:
    """Refuse text labels: they have no order of their own."""
    try:
        [float(label) for label in found]
    except ValueError:
        raise InputError(
            f"order: '{column}' holds text ({', '.join(found)}); give the labels from first to last"
        ) from None


def _contrast(values: list[np.ndarray], conf_level: float) -> dict[str, object]:
    step = np.arange(len(values)) - (len(values) - 1) / 2
    weight = step / (step @ step)
    parts = np.array([one.var(ddof=1) / len(one) for one in values]) * weight**2
    estimate = float(weight @ [one.mean() for one in values])
    error = float(np.sqrt(parts.sum()))
    df = float(parts.sum() ** 2 / (parts**2 / [len(one) - 1 for one in values]).sum())
    return tested(estimate, error, df, conf_level)


def _mean(one: np.ndarray, conf_level: float) -> dict[str, float]:
    mean, error = one.mean(), one.std(ddof=1) / np.sqrt(len(one))
    reach = stats.t.ppf((1 + conf_level) / 2, len(one) - 1) * error
    return {"estimate": mean, "std_error": error, "conf_low": mean - reach, "conf_high": mean + reach}
