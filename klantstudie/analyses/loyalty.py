"""Loyalty marks: net promoter score, top box, customer effort and a satisfaction index.

Stands on numerics.loyalty for the multinomial variance and on statsmodels (proportion_confint) for
intervals of shares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm
from scipy.stats import t as student

from klantstudie import frames
from klantstudie.analyses._statsmodels import INTERVALS, share_interval
from klantstudie.errors import InputError, OptionError, level, option, whole
from klantstudie.moments import Moments, as_moments
from klantstudie.numerics import loyalty as numerics
from klantstudie.numerics.multiplicity import ADJUSTMENTS
from klantstudie.numerics.multiplicity import adjust as corrected
from klantstudie.result import Result, build

__all__ = ["effort", "nps", "nps_difference", "satisfaction_index", "top_box"]

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
    kept, n_total = _answers(data, item, group, scale, weights)
    rows = [
        {"term": item, "group": label}
        | _nps_row(
            *_bins(part["answer"].to_numpy(), cuts), part["weight"].to_numpy(), weights, interval, conf_level
        )
        for label, part in _parts(kept)
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
    kept, n_total = _answers(data, item, group, scale, weights)
    marks = {}
    for label, part in _parts(kept):
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


def top_box(
    data: pd.DataFrame | Mapping,
    item: str | Sequence[str] = "satisfaction",
    *,
    scale: tuple[int, int],
    boxes: int = 2,
    side: str = "top",
    group: str | None = None,
    interval: str = "wilson",
    conf_level: float = 0.95,
) -> Result:
    """Share of the answers in the highest (or lowest) boxes of the scale, between 0 and 1, with its interval.

    With `scale=(1, 5)` and two boxes this is the usual CSAT percentage. One row per item and group; `data`
    may be counts per answer of one item. Missing answers are left out per item: each row carries its own n.
    Errors: an answer off the scale; more boxes than the scale has points; an unknown interval.

    References: Wilson (1927); Brown, Cai and DasGupta (2001).
    """
    conf_level = level(conf_level)
    option("side", side, ("top", "bottom"))
    option("interval", interval, tuple(INTERVALS))
    low, high = _scale(scale)
    boxes = whole("boxes", boxes, 1)
    if boxes > high - low:
        raise OptionError(
            f"boxes must be fewer than the points of the scale ({low} to {high}); given: {boxes}"
        )
    rows, totals = [], []
    for name in frames.names(item, "item"):
        kept, n_total = _answers(data, name, group, scale, None)
        totals.append((n_total, kept.index))
        for label, part in _parts(kept):
            hit = part["answer"] > high - boxes if side == "top" else part["answer"] < low + boxes
            rows.append(
                {
                    "term": name,
                    "group": label,
                    **_share_row(hit @ part["weight"], part["weight"].sum(), interval, conf_level),
                }
            )
    return build(
        "loyalty.top_box",
        rows,
        n_total=totals[0][0],
        n_used=_used(data, totals),
        method=f"share in the {side} {boxes} of {low} to {high}; {interval} interval",
        missing="per item",
        conf_level=conf_level,
        reference="Wilson (1927); Brown, Cai and DasGupta (2001)",
        bounded=("estimate",),
    )


def effort(
    frame: pd.DataFrame,
    item: str = "effort",
    *,
    scale: tuple[int, int] = (1, 7),
    high: str = "easy",
    group: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Customer effort score: the mean answer, and the share to whom it was easy, with their intervals.

    `high` says what a high answer means: "easy" (1 to 7, agreement with "made it easy") or "effort" (the
    older question how much effort it took). Easy are the three outer answers of a seven-point scale, the
    two of a five-point scale. Missing answers are left out and counted. The mean has a t interval, the
    share Wilson's.
    Errors: a scale of another length; an answer off the scale; fewer than two answers in a group.

    References: Dixon, Freeman and Toman (2010); Wilson (1927).
    """
    conf_level = level(conf_level)
    option("high", high, ("easy", "effort"))
    low, top = _scale(scale)
    boxes = {7: 3, 5: 2}.get(top - low + 1)
    if boxes is None:
        raise OptionError(f"scale must have five or seven points for the effort score; given: {low} to {top}")
    kept, n_total = _answers(frame, item, group, scale, None)
    rows = []
    for label, part in _parts(kept):
        answers = part["answer"].to_numpy()
        if len(answers) < 2:
            raise InputError(
                f"item: a mean with an interval needs two answers; group '{label}' has {len(answers)}"
            )
        hit = answers > top - boxes if high == "easy" else answers < low + boxes
        key = {"term": item, "group": label}
        rows += [
            {
                **key,
                "part": "mean",
                **_mean_row(answers.mean(), answers.std(ddof=1), len(answers), conf_level),
            },
            {**key, "part": "easy", **_share_row(hit.sum(), len(answers), "wilson", conf_level)},
        ]
    return build(
        "loyalty.effort",
        rows,
        n_total=n_total,
        n_used=len(kept),
        method=f"mean and share of the {boxes} easiest answers of {low} to {top}; a high answer means {high}",
        conf_level=conf_level,
        reference="Dixon, Freeman and Toman (2010); Wilson (1927)",
        bounded=("estimate@easy",),
    )


def satisfaction_index(
    data: pd.DataFrame | Moments,
    items: Sequence[str],
    weights: Mapping[str, float] | Sequence[float] | None = None,
    *,
    scale: tuple[int, int],
    weights_of: str = "standardized",
    conf_level: float = 0.95,
) -> Result:
    """Satisfaction index from 0 to 100: the weighted mean answer as a percentage of the length of the scale.

    `weights` are outer weights of a measurement model; those of standardised items are divided by the
    item's standard deviation first (`weights_of="standardized"`), those of raw items are taken as they are
    (`"raw"`); they are made to sum to one. Without weights each item counts alike. The t interval takes the
    weights as known. Rows with part="item" give mean, standard deviation and final weight. Rows with a
    missing answer are left out and counted.
    Errors: a weight too many or too few; weights that sum to zero; Moments without means or standard
    deviations.

    References: Fornell et al. (1996); Tenenhaus et al. (2005).
    """
    conf_level = level(conf_level)
    option("weights_of", weights_of, ("standardized", "raw"))
    low, high = _scale(scale)
    known, n_total = as_moments(data, items, "items")
    if np.isnan(known.mean).any():
        raise InputError("items: an index needs the means of all items")
    final = _index_weights(known, weights, weights_of)
    stretch = 100 / (high - low)
    centre = (float(final @ known.mean) - low) * stretch
    spread = float(np.sqrt(final @ known.cov @ final)) * stretch
    rows = [{"term": "index", "part": "total", **_mean_row(centre, spread, known.n, conf_level)}]
    rows += [
        {"term": name, "part": "item", "n": known.n, "mean": mean, "sd": sd, "weight": weight}
        for name, mean, sd, weight in zip(known.columns, known.mean, known.sd, final, strict=True)
    ]
    how = "equal weights" if weights is None else f"given weights of {weights_of} items"
    return build(
        "loyalty.satisfaction_index",
        rows,
        n_total=n_total,
        n_used=known.n,
        method=f"index of 0 to 100 from answers {low} to {high}; {how}; t interval with fixed weights",
        conf_level=conf_level,
        reference="Fornell et al. (1996); Tenenhaus et al. (2005)",
    )


def _scale(scale: tuple[int, int]) -> tuple[int, int]:
    try:
        low, high = (int(end) for end in scale)
        exact = [low, high] == list(scale) and low < high
    except (TypeError, ValueError):
        exact = False
    if not exact:
        raise OptionError(f"scale must be its lowest and highest answer, such as (0, 10); given: {scale!r}")
    return low, high


def _bands(scale: tuple[int, int], bands: tuple[int, int] | None) -> tuple[int, int]:
    low, high = _scale(scale)
    if bands is None:
        if high - low not in (9, 10):
            raise OptionError(
                f"a scale of {low} to {high} has no agreed promoters; "
                "give bands=(highest detractor, lowest promoter)"
            )
        return high - 4, high - 1
    detractor, promoter = _scale(bands)
    if not low <= detractor < promoter <= high:
        raise OptionError(f"bands must lie on the scale of {low} to {high}; given: {bands!r}")
    return detractor, promoter


def _answers(
    data: pd.DataFrame | Mapping, item: str, group: str | None, scale: tuple[int, int], weights: str | None
) -> tuple[pd.DataFrame, int]:
    """Return answer, weight and group of the usable rows, and how many rows or answers there were."""
    low, high = _scale(scale)
    if isinstance(data, pd.DataFrame):
        columns = [item, *([weights] if weights else [])]
        taken = frames.numeric(data, columns, "item").set_axis(["answer", "weight"][: len(columns)], axis=1)
        if not weights:
            taken["weight"] = 1.0
        elif (taken["weight"] < 0).any():
            raise InputError(f"weights: column '{weights}' holds negative weights")
        taken["group"] = frames.labels(data, group) if group else ""
        n_total = len(taken)
        kept = taken.dropna()
        kept = kept[kept["weight"] > 0]
    else:
        kept = _counts(data, group)
        n_total = int(kept["weight"].sum())
    if kept.empty:
        raise InputError(f"item: '{item}' has no usable answer")
    off = kept.loc[~kept["answer"].between(low, high), "answer"]
    if len(off):
        raise InputError(
            f"item: '{item}' holds {off.iloc[0]:g}, which lies outside the scale of {low} to {high}"
        )
    between = kept.loc[kept["answer"] % 1 != 0, "answer"]
    if len(between):
        raise InputError(f"item: '{item}' holds {between.iloc[0]:g}, between two points of the scale")
    return kept, n_total


def _counts(data: Mapping, group: str | None) -> pd.DataFrame:
    nested = data if any(isinstance(value, Mapping) for value in data.values()) else {"": data}
    rows = [
        {"answer": answer, "weight": count, "group": str(label)}
        for label, counts in nested.items()
        for answer, count in counts.items()
    ]
    try:
        table = pd.DataFrame(rows).astype({"answer": float, "weight": float})
    except (TypeError, ValueError) as problem:
        raise InputError(f"counts must be numbers per answer, such as {{0: 3, 1: 5}}; {problem}") from None
    if (table["weight"] < 0).any() or (table["weight"] % 1 != 0).any():
        raise InputError("counts must be whole numbers of at least 0")
    return table[table["weight"] > 0]


def _parts(kept: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for label in frames.ordered_labels(kept["group"].astype("string")):
        yield label, kept[(kept["group"] == label).to_numpy(dtype=bool)]


def _counted(kept: pd.DataFrame, weights: str | None) -> int:
    return len(kept) if weights else int(kept["weight"].sum())


def _used(data: pd.DataFrame | Mapping, totals: list) -> int:
    if not isinstance(data, pd.DataFrame):
        return totals[0][0]
    union = totals[0][1]
    for _, index in totals[1:]:
        union = union.union(index)
    return min(len(union), totals[0][0])


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


def _share_row(count: float, n: float, interval: str, conf_level: float) -> dict[str, float]:
    low, high = share_interval(count, n, conf_level, interval)
    share = count / n
    return {
        "n": n,
        "estimate": share,
        "std_error": np.sqrt(share * (1 - share) / n),
        "conf_low": low,
        "conf_high": high,
    }


def _mean_row(mean: float, sd: float, n: int, conf_level: float) -> dict[str, float]:
    error = sd / np.sqrt(n)
    reach = student.ppf((1 + conf_level) / 2, n - 1) * error
    return {"n": n, "estimate": mean, "std_error": error, "conf_low": mean - reach, "conf_high": mean + reach}


def _index_weights(
    known: Moments, weights: Mapping[str, float] | Sequence[float] | None, weights_of: str
) -> np.ndarray:
    if weights is None:
        return np.full(len(known.columns), 1 / len(known.columns))
    if isinstance(weights, Mapping):
        absent = [name for name in known.columns if name not in weights]
        if absent:
            raise InputError(f"weights: no weight for {', '.join(absent)}")
        given = np.array([weights[name] for name in known.columns], dtype=float)
    else:
        given = np.asarray(list(weights), dtype=float)
        if len(given) != len(known.columns):
            raise InputError(f"weights: {len(given)} weights for {len(known.columns)} items")
    if weights_of == "standardized":
        if not (known.sd > 0).all():
            raise InputError("items: an item without variance has no standardised weight")
        given = given / known.sd
    if not np.isfinite(given).all() or given.sum() == 0:
        raise InputError("weights must be numbers that do not sum to zero")
    return given / given.sum()
