"""Net promoter score: per group, with three intervals, and the difference between groups."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import chi2, f, norm
from scipy.stats import t as student

from klantstudie.analyses.loyalty.intake import ends_of, parts, usable
from klantstudie.errors import InputError, OptionError, level, option
from klantstudie.numerics import loyalty as numerics
from klantstudie.numerics.multiplicity import ADJUSTMENTS
from klantstudie.numerics.multiplicity import adjust as corrected
from klantstudie.numerics.regression import codes
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
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Net promoter score, from -100 (detractors only) to 100 (promoters only), with its interval.

    `data` is a frame or counts per answer ({0: 3, 1: 1, …}). On a scale of ten or eleven points the two
    highest answers are promoters, the next two passive, the rest detractors; other scales need `bands`: the
    highest detractor and the lowest promoter. The variance is that of a multinomial, p + d - (p - d)^2;
    `interval="adjusted_wald"` or `"score"` serve small samples; Wald has none where all answers are of one
    kind. With `weights` the standard error is linearised. A multinomial takes every answer for independent;
    with a `cluster` column, such as the employee, answers of one cluster may go together (linearised errors, t with the number of clusters less
    one degrees of freedom). Missing answers (and missing groups, weights or clusters) are left out and counted.
    Errors: an answer off the scale or between its points; a scale without bands; weights or a cluster with
    another interval than Wald; one cluster only.

    References: Reichheld (2003); Rocks (2016); Tango (1998) for the score interval; Lumley (2010) for weights
    and clusters.
    """
    conf_level = level(conf_level)
    option("interval", interval, tuple(NPS_INTERVALS))
    if weights is not None and interval != "wald":
        raise OptionError(f"interval='{interval}' has no weighted form; use interval='wald' with weights")
    if cluster is not None and interval != "wald":
        raise OptionError(f"interval='{interval}' has no form for clusters; use interval='wald' with cluster")
    cuts = _bands(scale, bands)
    kept, n_total = usable(data, item, group, scale, weights, cluster)
    rows = [
        {"term": item, "group": label}
        | _nps_row(
            *_bins(part["answer"].to_numpy(), cuts), part["weight"].to_numpy(), weights, interval, conf_level
        )
        for label, part in parts(kept)
    ]
    how = NPS_INTERVALS[interval][1] if weights is None else "linearised weighted Wald interval"
    if cluster is not None:
        scores, cov, df = _clustered(kept, cluster, cuts)
        for row, score, error in zip(rows, scores, np.sqrt(np.diag(cov)), strict=True):
            reach = student.ppf((1 + conf_level) / 2, df) * (error if error > numerics.NONE else np.nan)
            row |= {
                "std_error": error,
                "conf_low": max(score - reach, -100.0),
                "conf_high": min(score + reach, 100.0),
            }
        how = f"linearised errors by {cluster} ({df + 1})"
    return build(
        "loyalty.nps",
        rows,
        n_total=n_total,
        n_used=_counted(kept, weights),
        method=f"net promoter score, detractors to {cuts[0]:g}, promoters from {cuts[1]:g}; {how}",
        conf_level=conf_level,
        reference=NPS_REFERENCE
        + ("; Tango (1998)" if interval == "score" else "; Lumley (2010)" if cluster else ""),
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
    cluster: str | None = None,
    adjust: str = "holm",
    conf_level: float = 0.95,
) -> Result:
    """Difference in net promoter score between independent groups, in points, for every pair of groups.

    `data` is a frame or counts per group ({"2024": {0: 3, …}, "2025": {…}}). Each row is `group` minus
    `reference_group` with its two-sample z test from the multinomial variances; `fit` holds the test that
    all groups are equal (Wald chi-square). With a `cluster` column answers of one cluster may go together, also
    when it has answers in both groups: t and F tests with linearised errors and the number of clusters less one
    degrees of freedom. Intervals are not widened for the number of pairs; `p_adjusted` is corrected. Missing
    answers, groups, weights and clusters are left out and counted.
    Errors: fewer than two groups; an answer off the scale; two groups without any variance; one cluster only.
    The overall test is NaN when one group has no variance.

    References: Rocks (2016); Holm (1979) for the correction; Lumley (2010) for weights and clusters.
    """
    conf_level = level(conf_level)
    option("adjust", adjust, ADJUSTMENTS)
    cuts = _bands(scale, bands)
    kept, n_total = usable(data, item, group, scale, weights, cluster)
    labels = [label for label, _ in parts(kept)]
    if len(labels) < 2:
        raise InputError(f"group: a difference needs two groups; '{group}' has {len(labels)}")
    if cluster is not None:
        scores, cov, freedom = _clustered(kept, cluster, cuts)
        how = f"t tests from linearised errors by {cluster} ({freedom + 1})"
    else:
        found = [
            _nps_row(
                *_bins(part["answer"].to_numpy(), cuts),
                part["weight"].to_numpy(),
                weights,
                "wald",
                conf_level,
            )
            for _, part in parts(kept)
        ]
        scores = np.array([row["estimate"] for row in found])
        cov, freedom = np.diag([row["std_error"] ** 2 for row in found]), None
        how = "two-sample z tests from multinomial variances"
    rows = _nps_pairs(item, labels, scores, cov, freedom, adjust, conf_level)
    return build(
        "loyalty.nps_difference",
        rows,
        n_total=n_total,
        n_used=_counted(kept, weights),
        method=f"{how}; p values corrected: {adjust}",
        conf_level=conf_level,
        reference="Rocks (2016); Holm (1979)" + ("; Lumley (2010)" if cluster else ""),
        fit=_all_equal(scores, cov, freedom),
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
        low, high = (
            (max(score - reach, -1.0), min(score + reach, 1.0)) if error > numerics.NONE else (np.nan, np.nan)
        )
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


def _clustered(kept: pd.DataFrame, cluster: str, cuts: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the scores of the groups, their covariance and its df when answers of one cluster go together."""
    label, count = codes(kept["cluster"])
    if count < 2:
        raise InputError(
            f"cluster: '{cluster}' has one group with answers; errors by cluster need at least two"
        )
    place = {name: number for number, (name, _) in enumerate(parts(kept))}
    group = kept["group"].astype(str).map(place).to_numpy()
    promoter, detractor = _bins(kept["answer"].to_numpy(), cuts)
    value = 100 * (promoter.astype(float) - detractor.astype(float))
    return numerics.clustered_scores(value, kept["weight"].to_numpy(), group, label)


def _nps_pairs(
    item: str,
    labels: list[str],
    scores: np.ndarray,
    cov: np.ndarray,
    df: int | None,
    method: str,
    conf_level: float,
) -> list[dict[str, object]]:
    spread = norm if df is None else student(df)
    reach = spread.ppf((1 + conf_level) / 2)
    rows: list[dict[str, object]] = []
    for i, j in combinations(range(len(labels)), 2):
        error = float(np.sqrt(max(cov[i, i] + cov[j, j] - 2 * cov[i, j], 0.0)))
        if error == 0:
            raise InputError(
                f"group: neither '{labels[i]}' nor '{labels[j]}' has any variance; no test is possible"
            )
        apart = scores[i] - scores[j]
        rows.append(
            {
                "term": item,
                "group": labels[i],
                "reference_group": labels[j],
                "estimate": apart,
                "std_error": error,
                "statistic": apart / error,
                "statistic_name": "z" if df is None else "t",
                **({} if df is None else {"df": df}),
                "p_value": 2 * spread.sf(abs(apart / error)),
                "conf_low": apart - reach * error,
                "conf_high": apart + reach * error,
            }
        )
    for row, p in zip(rows, corrected([float(row["p_value"]) for row in rows], method), strict=True):
        row["p_adjusted"] = p
    return rows


def _all_equal(scores: np.ndarray, cov: np.ndarray, df: int | None) -> dict[str, float]:
    """Return the Wald test that all groups are equal, NaN when a group has no variance: chi-square, or F with df."""
    q = len(scores) - 1
    if (np.diag(cov) == 0).any():
        return {"statistic": np.nan, "df": q, "p_value": np.nan}
    apart = np.eye(q, q + 1) - np.eye(q, q + 1, 1)
    wald = float(apart @ scores @ np.linalg.solve(apart @ cov @ apart.T, apart @ scores))
    if df is None:
        return {"statistic": wald, "df": q, "p_value": chi2.sf(wald, q)}
    return {"statistic": wald / q, "df": q, "df2": df, "p_value": f.sf(wald / q, q, df)}
