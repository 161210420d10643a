"""Net promoter score: per group, with three intervals, and the difference between groups."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from klantstudie.analyses.loyalty.intake import ends_of, parts, usable
from klantstudie.errors import InputError, OptionError, level, option
from klantstudie.numerics import loyalty as numerics
from klantstudie.numerics.multiplicity import ADJUSTMENTS
from klantstudie.numerics.multiplicity import adjust as corrected
from klantstudie.result import Result, build

NPS_INTERVALS = {
    "wald": (numerics.wald, "multinomial Wald interval"),
    "adjusted_wald": (numerics.adjusted_wald, "adjusted Wald interval (three answers added)"),
    "score": (numerics.score_interval, "score interval"),
}
NPS_REFERENCE = "Reichheld (2003); Rocks (2016)"


def nps(
    data: pd.DataFrame | Mapping,
    item: str = "recommend",
    *,
    group: str | None = None,
    scale: tuple[int, int] = (0, 10),
    bands: tuple[int, int] | None = None,
    interval: str = "wald",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Net promoter score, from -100 (detractors only) to 100 (promoters only), with its interval.

    `data` is a frame or counts per answer ({0: 3, 1: 1, …}). On a scale of ten or eleven points the two
    highest answers are promoters, the next two passive, the rest detractors; other scales need `bands`: the
    highest detractor and the lowest promoter. The variance is that of a multinomial, p + d - (p - d)^2;
    `interval="adjusted_wald"` or `"score"` serve small samples. With `weights` the standard error is
    linearised. Missing answers (and missing groups or weights) are left out and counted.
    Errors: an answer off the scale or between its points; a scale without bands; weights with another
    interval than Wald.

    References: Reichheld (2003); Rocks (2016); Tango (1998) for the score interval.
    """
    conf_level = level(conf_level)
    option("interval", interval, tuple(NPS_INTERVALS))
    if weights is not None and interval != "wald":
        raise OptionError(f"interval='{interval}' has no weighted form; use interval='wald' with weights")
    cuts = _bands(scale, bands)
    kept, n_total = usable(data, item, group, scale, weights)
    rows = [
        {"term": item, "group": label}
        | _nps_row(
            *_bins(part["answer"].to_numpy(), cuts), part["weight"].to_numpy(), weights, interval, conf_level
        )
        for label, part in parts(kept)
    ]
    how = NPS_INTERVALS[interval][1] if weights is None else "linearised weighted Wald interval"
    return build(
        "loyalty.nps",
        rows,
        n_total=n_total,
        n_used=_counted(kept, weights),
        method=f"net promoter score, detractors to {cuts[0]:g}, promoters from {cuts[1]:g}; {how}",
        conf_level=conf_level,
        reference=NPS_REFERENCE + ("; Tango (1998)" if interval == "score" else ""),
        bands=cuts,
    )


def nps_difference(
    data: pd.DataFrame | Mapping[str, Mapping],
    item: str = "recommend",
    group: str = "group",
    *,
    scale: tuple[int, int] = (0, 10),
    bands: tuple[int, int] | None = None,
    weights: str | None = None,
    adjust: str = "holm",
    conf_level: float = 0.95,
) -> Result:
    """Difference in net promoter score between independent groups, in points, for every pair of groups.

    `data` is a frame or counts per group ({"2024": {0: 3, …}, "2025": {…}}). Each row is `group` minus
    `reference_group` with its two-sample z test from the multinomial variances; `fit` holds the test that
    all groups are equal (Wald chi-square). Intervals are not widened for the number of pairs; `p_adjusted`
    is corrected. Missing answers, groups and weights are left out and counted.
    Errors: fewer than two groups; an answer off the scale; two groups without any variance. The overall
    test is NaN when one group has no variance.

    References: Rocks (2016); Holm (1979) for the correction.
    """
    conf_level = level(conf_level)
    option("adjust", adjust, ADJUSTMENTS)
    cuts = _bands(scale, bands)
    kept, n_total = usable(data, item, group, scale, weights)
    marks = {}
    for label, part in parts(kept):
        row = _nps_row(
            *_bins(part["answer"].to_numpy(), cuts), part["weight"].to_numpy(), weights, "wald", conf_level
        )
        marks[label] = (row["estimate"], row["std_error"])
    if len(marks) < 2:
        raise InputError(f"group: a difference needs two groups; '{group}' has {len(marks)}")
    rows = _nps_pairs(item, marks, adjust, conf_level)
    statistic, df = _all_equal(np.array([list(mark) for mark in marks.values()]))
    return build(
        "loyalty.nps_difference",
        rows,
        n_total=n_total,
        n_used=_counted(kept, weights),
        method=f"two-sample z tests from multinomial variances; p values corrected: {adjust}",
        conf_level=conf_level,
        reference="Rocks (2016); Holm (1979)",
        fit={"statistic": statistic, "df": df, "p_value": chi2.sf(statistic, df)},
        bands=cuts,
    )


def _bands(scale: tuple[int, int], bands: tuple[int, int] | None) -> tuple[int, int]:
    low, high = ends_of(scale)
    if bands is None:
        if high - low not in (9, 10):
            raise OptionError(
                f"a scale of {low} to {high} has no agreed promoters; "
                "give bands=(highest detractor, lowest promoter)"
            )
        return high - 4, high - 1
    detractor, promoter = ends_of(bands)
    if not low <= detractor < promoter <= high:
        raise OptionError(f"bands must lie on the scale of {low} to {high}; given: {bands!r}")
    return detractor, promoter


def _counted(kept: pd.DataFrame, weights: str | None) -> int:
    return len(kept) if weights else int(kept["weight"].sum())


def _bins(answers: np.ndarray, cuts: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return answers >= cuts[1], answers <= cuts[0]


def _nps_row(
    promoter: np.ndarray,
    detractor: np.ndarray,
    weight: np.ndarray,
    weighted: str | None,
    interval: str,
    conf_level: float,
) -> dict[str, float]:
    total = weight.sum()
    shares = {"promoters": promoter @ weight / total, "detractors": detractor @ weight / total}
    shares["passives"] = 1 - shares["promoters"] - shares["detractors"]
    if weighted:
        values = promoter.astype(float) - detractor.astype(float)
        score, error, effective = numerics.weighted_score(values, weight)
        reach = norm.ppf((1 + conf_level) / 2) * error
        low, high = max(score - reach, -1.0), min(score + reach, 1.0)
        n = len(weight)
    else:
        n = effective = total
        score, error = numerics.net_score(promoter @ weight, detractor @ weight, total)
        low, high = NPS_INTERVALS[interval][0](promoter @ weight, detractor @ weight, total, conf_level)
    row = {"n": n, **({"n_effective": effective} if weighted else {})}
    return row | {
        "estimate": 100 * score,
        "std_error": 100 * error,
        "conf_low": 100 * low,
        "conf_high": 100 * high,
        **shares,
    }


def _nps_pairs(
    item: str, marks: dict[str, tuple[float, float]], method: str, conf_level: float
) -> list[dict[str, object]]:
    reach = norm.ppf((1 + conf_level) / 2)
    rows: list[dict[str, object]] = []
    for (first, (a, error_a)), (second, (b, error_b)) in combinations(marks.items(), 2):
        error = float(np.hypot(error_a, error_b))
        if error == 0:
            raise InputError(f"group: neither '{first}' nor '{second}' has any variance; no test is possible")
        z = (a - b) / error
        rows.append(
            {
                "term": item,
                "group": first,
                "reference_group": second,
                "estimate": a - b,
                "std_error": error,
                "statistic": z,
                "statistic_name": "z",
                "p_value": 2 * norm.sf(abs(z)),
                "conf_low": a - b - reach * error,
                "conf_high": a - b + reach * error,
            }
        )
    for row, p in zip(rows, corrected([float(row["p_value"]) for row in rows], method), strict=True):
        row["p_adjusted"] = p
    return rows


def _all_equal(marks: np.ndarray) -> tuple[float, int]:
    """Return the Wald chi-square that all groups are equal; NaN when a group has no variance."""
    if (marks[:, 1] == 0).any():
        return np.nan, len(marks) - 1
    precision = 1 / marks[:, 1] ** 2
    centre = precision @ marks[:, 0] / precision.sum()
    return float(precision @ (marks[:, 0] - centre) ** 2), len(marks) - 1
