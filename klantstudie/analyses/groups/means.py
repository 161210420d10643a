"""Means of groups without the assumption of equal variances: all at once and pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.analyses._pingouin import games_howell, welch_anova
from klantstudie.errors import InputError, level, option
from klantstudie.numerics import groups as numerics
from klantstudie.numerics.multiplicity import ADJUSTMENTS
from klantstudie.numerics.multiplicity import adjust as corrected
from klantstudie.numerics.noncentral import f_interval
from klantstudie.result import Result, build

SHAPIRO_MOST = 5000  # the Shapiro-Wilk approximation is not made for more residuals


def compare(
    frame: pd.DataFrame,
    outcomes: str | Sequence[str],
    group: str,
    *,
    order: Sequence[str] | None = None,
    adjust: str = "holm",
    conf_level: float = 0.95,
) -> Result:
    """Compare the means of the groups by Welch's analysis of variance, with effect size and checks.

    Per outcome: part "test" is Welch's F with eta squared (share of the variance between groups, 0 to 1;
    its interval inverts the noncentral F); part "group" the mean of each group with its own t interval;
    parts "equal_variances" (Brown-Forsythe) and "normality" (Shapiro-Wilk on residuals, to 5,000 of them)
    are shown and choose nothing. p values of the tests are corrected over the outcomes. `order` lists the
    labels as they are to be printed. Missing answers and groups are left out per outcome.
    Errors: fewer than two groups, a group with fewer than two answers, a group without variance.

    References: Welch (1951); Brown and Forsythe (1974); Steiger (2004) for the interval; Delacre et al.
    (2019).
    """
    conf_level = level(conf_level)
    option("adjust", adjust, ADJUSTMENTS)
    names, used = frames.names(outcomes, "outcomes"), []
    rows: list[dict] = []
    for name in names:
        groups, kept = groups_of(frame, name, group, order=order)
        used.append(kept)
        rows += _outcome(name, groups, conf_level)
    tests = [row for row in rows if row["part"] == "test"]
    for row, p in zip(tests, corrected([row["p_value"] for row in tests], adjust), strict=True):
        row["p_adjusted"] = p
    return build(
        "groups.compare",
        rows,
        n_total=len(frame),
        n_used=int(np.logical_or.reduce(used).sum()),
        missing="per outcome",
        method=f"Welch's analysis of variance; p values corrected over the outcomes: {adjust}",
        conf_level=conf_level,
        reference="Welch (1951); Brown and Forsythe (1974); Steiger (2004); Delacre et al. (2019)",
        bounded=("effect",),
    )


def pairwise(
    frame: pd.DataFrame,
    outcomes: str | Sequence[str],
    group: str,
    *,
    order: Sequence[str] | None = None,
    adjust: str = "games_howell",
    conf_level: float = 0.95,
) -> Result:
    """Compare every pair of groups: difference in means, Welch's t, corrected p, and Hedges' g.

    A row is `group` minus `reference_group`; `order` lists the labels from first to last, and the first of a
    pair is the group. With adjust="games_howell" p_adjusted and the interval of the
    difference allow for all pairs of one outcome (studentised range); with "holm", "bonferroni", "fdr_bh"
    or "none" p values are corrected over the pairs of one outcome and the intervals are those of single
    Welch tests. Hedges' g is in pooled standard deviations, corrected for small samples, with a noncentral
    t interval. Missing answers and groups are left out per outcome.
    Errors: fewer than two groups, a group with fewer than two answers, a group without variance.

    References: Games and Howell (1976); Welch (1947); Hedges (1981); Holm (1979).
    """
    conf_level = level(conf_level)
    option("adjust", adjust, ("games_howell", *ADJUSTMENTS))
    names, used = frames.names(outcomes, "outcomes"), []
    rows: list[dict] = []
    for name in names:
        groups, kept = groups_of(frame, name, group, order=order)
        used.append(kept)
        rows += _pairs(name, groups, adjust, conf_level)
    widened = "simultaneous" if adjust == "games_howell" else "single"
    return build(
        "groups.pairwise",
        rows,
        n_total=len(frame),
        n_used=int(np.logical_or.reduce(used).sum()),
        missing="per outcome",
        method=f"Welch t tests per pair; p values corrected: {adjust}; {widened} intervals",
        conf_level=conf_level,
        reference="Games and Howell (1976); Welch (1947); Hedges (1981); Holm (1979)",
    )


def groups_of(
    frame: pd.DataFrame,
    outcome: str,
    group: str,
    *,
    order: Sequence[str] | None = None,
    spread: bool = True,
    role: str = "group",
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the answers per group label, and which rows they come from; `spread` refuses a constant group.

    `order` holds the labels exactly, as they are to come out; without it they are sorted.
    """
    values = frames.numeric(frame, outcome, "outcomes")[outcome].to_numpy()
    label = frames.labels(frame, group, role)
    kept = ~np.isnan(values) & label.notna().to_numpy()
    found = {
        name: values[kept & (label == name).fillna(False).to_numpy(dtype=bool)]
        for name in frames.ordered_labels(label[kept])
    }
    if len(found) < 2:
        raise InputError(
            f"{role}: a comparison needs two groups; '{group}' has {len(found)} with answers to '{outcome}'"
        )
    for name, answers in found.items():
        if len(answers) < 2:
            raise InputError(
                f"{role}: '{name}' has {len(answers)} answer to '{outcome}'; at least 2 are needed"
            )
        if spread and np.ptp(answers) == 0:
            raise InputError(
                f"{role}: all {len(answers)} answers of '{name}' to '{outcome}' are the same; no Welch test"
            )
    if order is not None:
        _exact(list(found), group, [str(name) for name in order])
        found = {str(name): found[str(name)] for name in frames.names(list(order), "order")}
    return found, kept


def _exact(found: list[str], column: str, listed: list[str]) -> None:
    absent, extra = [x for x in listed if x not in found], [x for x in found if x not in listed]
    if absent or extra:
        told = [f"no answers for {', '.join(absent)}"] * bool(absent)
        told += [f"not in it: {', '.join(extra)}"] * bool(extra)
        raise InputError(f"order: it must hold the labels of '{column}' exactly; {'; '.join(told)}")


def _outcome(name: str, groups: dict[str, np.ndarray], conf_level: float) -> list[dict]:
    values = list(groups.values())
    pooled = np.concatenate(values)
    n = len(pooled)
    f, df, df2, p = welch_anova(values)
    classic = numerics.between_within(values)
    low, high = f_interval(classic.f, classic.df, classic.df2, conf_level)
    rows: list[dict] = [
        {
            "term": name,
            "part": "test",
            "group": "",
            "n": n,
            "statistic": f,
            "statistic_name": "F",
            "df": df,
            "df2": df2,
            "p_value": p,
            "effect": classic.eta_squared,
            "effect_name": "η²",
            "effect_low": low / (low + n),
            "effect_high": high / (high + n),
        }
    ]
    for label, answers in groups.items():
        size, mean = len(answers), answers.mean()
        error = answers.std(ddof=1) / np.sqrt(size)
        reach = stats.t.ppf((1 + conf_level) / 2, size - 1) * error
        rows.append(
            {"term": name, "part": "group", "group": label, "n": size, "sd": answers.std(ddof=1)}
            | {"estimate": mean, "std_error": error, "conf_low": mean - reach, "conf_high": mean + reach}
        )
    spread = numerics.brown_forsythe(values)
    rows.append(
        {
            "term": name,
            "part": "equal_variances",
            "group": "",
            "n": n,
            "statistic": spread.f,
            "statistic_name": "F",
        }
        | {"df": spread.df, "df2": spread.df2, "p_value": spread.p}
    )
    residuals = np.concatenate([answers - answers.mean() for answers in values])
    if n <= SHAPIRO_MOST:
        w, p = stats.shapiro(np.sort(residuals))
        rows.append(
            {"term": name, "part": "normality", "group": "", "n": n}
            | {"statistic": w, "statistic_name": "W", "p_value": p}
        )
    return rows


def _pairs(name: str, groups: dict[str, np.ndarray], method: str, conf_level: float) -> list[dict]:
    values, labels = list(groups.values()), list(groups)
    # Two groups need no allowance for pairs, and pingouin's Games-Howell asks for more than two.
    joint = games_howell(values) if method == "games_howell" and len(values) > 2 else None
    rows = []
    for a, b in combinations(range(len(values)), 2):
        found = numerics.welch(values[a], values[b])
        if joint is not None:
            quantile = stats.studentized_range.ppf(conf_level, len(values), found.df) / np.sqrt(2)
            adjusted = joint[a, b][1]
        else:
            quantile, adjusted = stats.t.ppf((1 + conf_level) / 2, found.df), np.nan
        g, g_low, g_high = numerics.hedges(values[a], values[b], conf_level)
        rows.append(
            {
                "term": name,
                "group": labels[a],
                "reference_group": labels[b],
                "n": len(values[a]) + len(values[b]),
                "estimate": found.difference,
                "std_error": found.error,
                "conf_low": found.difference - quantile * found.error,
                "conf_high": found.difference + quantile * found.error,
                "statistic": found.t,
                "statistic_name": "t",
                "df": found.df,
                "p_value": found.p,
                "p_adjusted": adjusted,
                "effect": g,
                "effect_name": "g",
                "effect_low": g_low,
                "effect_high": g_high,
            }
        )
    if joint is None:
        plain = "holm" if method == "games_howell" else method
        for row, p in zip(rows, corrected([row["p_value"] for row in rows], plain), strict=True):
            row["p_adjusted"] = p
    return rows
