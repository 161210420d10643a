"""How much groups differ, and whether their means may stand for them: ICC(1), ICC(2) and the aggregation
table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from klantstudie.analyses.agreement.split import Groups, expected_variance, scale_ends, split
from klantstudie.errors import OptionError, level, option
from klantstudie.numerics import agreement
from klantstudie.result import Result, build

REFERENCE = "Bliese (2000); Searle, Casella and McCulloch (1992)"
SIZES = ("mean", "k0", "harmonic")


def icc_groups(
    frame: pd.DataFrame,
    item: str,
    group: str,
    *,
    method: str = "anova",
    size: str = "mean",
    conf_level: float = 0.95,
) -> Result:
    """Return ICC(1) and ICC(2) of one item or scale score over groups, with the F test of a difference.

    ICC(1) is the share of variance that lies between groups; ICC(2) the reliability of the group means. By
    "anova" from the mean squares (it can be negative) with an F interval, exact for equal group sizes; by
    "reml" from the variance components (never negative) with a profile-likelihood interval. `size` is the
    group size in the formulas: the arithmetic "mean" (customary), "k0" (unbiased for unequal sizes) or the
    "harmonic" mean. Rows with a missing answer or label are left out; groups of one count between groups.
    Errors: one group, no variance within.

    References: Bliese (2000); Shrout and Fleiss (1979); Searle, Casella and McCulloch (1992).
    """
    option("method", method, ("anova", "reml"))
    option("size", size, SIZES)
    conf_level = level(conf_level)
    groups = split(frame, [item], group)
    values, codes = _column(groups, 0)
    table = agreement.oneway(values, codes)
    chosen = _size(table, size)
    if method == "anova":
        found = agreement.icc_anova(table, chosen, conf_level)
        fit = {"ms_between": table.ms_between, "ms_within": table.ms_within}
        how = "ANOVA mean squares, F interval"
    else:
        found = agreement.icc_profile(values, codes, chosen, conf_level)
        model = agreement.random_intercept(values, codes)
        fit = {"variance_between": model.between, "variance_within": model.within}
        how = "REML variance components, profile-likelihood interval"
    return build(
        "agreement.icc_groups",
        _icc_rows(found, table),
        n_total=groups.n_total,
        n_used=len(values),
        method=f"{how}; group size: {size} ({chosen:.4g})",
        reference=REFERENCE,
        conf_level=conf_level,
        bounded=("estimate@ICC(1)", "estimate@ICC(2)"),
        fit=fit | {"n_groups": table.df_between + 1.0, "group_size": chosen},
    )


def aggregation(
    frame: pd.DataFrame,
    items: Sequence[str] | Mapping[str, Sequence[str]],
    group: str,
    *,
    scale: Sequence[float],
    null: str | Sequence[str] = ("uniform", "slight"),
    agreement_bound: float = 0.70,
    reliability_bound: float = 0.70,
    conf_level: float = 0.95,
) -> Result:
    """Return the table that reviewers ask for before scores are averaged by group, with a decision per scale.

    `items` is the list of one scale, or scale names with their lists. Rows: rwg(j) (rwg for one item) under
    each null distribution as mean over groups with median, range and share at or above the bound; the average
    deviation; ICC(1) with F test and ICC(2), both of the mean of the items; and the decision: "justified" when
    the median rwg(j) under the first null and ICC(2) reach their bounds and F is significant; "not_justified"
    when the median rwg(j) or F fails; "inconclusive" when only ICC(2) falls short: the groups agree but their
    means are not reliable. info["decision"] is the weakest of the scales. Rows with a missing answer are left
    out per scale.

    References: LeBreton and Senter (2008); Bliese (2000); Biemann, Cole and Voelpel (2012).
    """
    conf_level = level(conf_level)
    nulls = [null] if isinstance(null, str) else list(null)
    if not nulls:
        raise OptionError("null must name at least one distribution")
    scales = dict(items) if isinstance(items, Mapping) else {"": items}
    rows: list[dict] = []
    decisions, used = [], []
    for name, listed in scales.items():
        groups = split(frame, listed, group)
        _, _, options = scale_ends(scale, groups)
        part, verdict = _scale(groups, nulls, options, agreement_bound, reliability_bound, conf_level)
        rows += [{"term": row.pop("term"), "part": name, **row} for row in part]
        rows.append({"term": "decision", "part": name, "decision": verdict})
        decisions.append(verdict)
        used.append(groups.n_used)
    weakest = next(word for word in ("not_justified", "inconclusive", "justified") if word in decisions)
    return build(
        "agreement.aggregation",
        rows,
        n_total=len(frame),
        n_used=min(used),
        method=f"first null decides; bounds: rwg {agreement_bound:g}, ICC(2) {reliability_bound:g}; ANOVA",
        reference="LeBreton and Senter (2008); Bliese (2000)",
        conf_level=conf_level,
        decision=weakest,
        n_used_by_scale=dict(zip(scales, used, strict=True)),
    )


def _scale(
    groups: Groups,
    nulls: list[str],
    options: int,
    agreement_bound: float,
    reliability_bound: float,
    conf_level: float,
) -> tuple[list[dict], str]:
    parts = list(groups.usable.values())
    single = parts[0].shape[1] == 1
    rows = []
    for null in nulls:
        variance = expected_variance(null, options)
        shares = np.array([np.var(part, axis=0, ddof=1).mean() / variance for part in parts])
        values = np.array([agreement.rwg_j(part, variance) for part in parts])
        values = np.where(shares > 1, 0.0, values)
        rows.append(
            {
                "term": "rwg" if single else "rwg(j)",
                "choice": null,
                **_spread(values, values >= agreement_bound),
            }
        )
    deviation = np.array([agreement.average_deviation(part, "mean") for part in parts])
    rows.append({"term": "AD", "choice": "mean", **_spread(deviation, deviation <= options / 6 + 1e-12)})
    values, codes = groups.stacked()
    table = agreement.oneway(values.mean(1), codes)
    found = _icc_rows(agreement.icc_anova(table, table.mean_size, conf_level), table)
    rows += [row | {"n": table.df_between + 1} for row in found]
    agree = rows[0]["median"] >= agreement_bound
    differ = table.p_value < 1 - conf_level
    reliable = found[1]["estimate"] >= reliability_bound
    if agree and differ:
        return rows, "justified" if reliable else "inconclusive"
    return rows, "not_justified"


def _spread(values: np.ndarray, enough: np.ndarray) -> dict[str, float]:
    return {
        "n": len(values),
        "estimate": float(values.mean()),
        "median": float(np.median(values)),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
        "share": float(enough.mean()),
    }


def _icc_rows(found: np.ndarray, table: agreement.Oneway) -> list[dict]:
    test = {
        "statistic": table.f,
        "statistic_name": "F",
        "df": table.df_between,
        "df2": table.df_within,
        "p_value": table.p_value,
    }
    return [
        {"term": name, "estimate": row[0], "conf_low": row[1], "conf_high": row[2], **(test if first else {})}
        for name, row, first in zip(("ICC(1)", "ICC(2)"), found, (True, False), strict=True)
    ]


def _column(groups: Groups, place: int) -> tuple[np.ndarray, np.ndarray]:
    values, codes = groups.stacked()
    return values[:, place], codes


def _size(table: agreement.Oneway, size: str) -> float:
    return {"mean": table.mean_size, "k0": table.k0, "harmonic": table.harmonic}[size]
