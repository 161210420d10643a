"""Shares at the end of the scale: top box, bottom box and customer effort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from klantstudie import frames
from klantstudie.analyses._statsmodels import INTERVALS
from klantstudie.analyses.loyalty.intake import ends_of, mean_row, parts, share_row, usable
from klantstudie.errors import InputError, OptionError, level, option, whole
from klantstudie.numerics.loyalty import weighted_score
from klantstudie.result import Result, build

KORN = "; Korn and Graubard (1998)"


def top_box(
    data: pd.DataFrame | Mapping,
    item: str | Sequence[str] = "satisfaction",
    *,
    scale: tuple[int, int],
    boxes: int = 2,
    side: str = "top",
    group: str | None = None,
    interval: str = "wilson",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Share of the answers in the highest (or lowest) boxes of the scale, between 0 and 1, with its interval.

    With `scale=(1, 5)` and two boxes this is the usual CSAT percentage. One row per item and group; `data`
    may be counts per answer of one item. With `weights` the standard error is linearised, and the interval is
    that of the number of answers with this variance; `n_effective` is Kish's. Missing answers (and weights)
    are left out per item: each row carries its own n.
    Errors: an answer off the scale; more boxes than the scale has points; an unknown interval; negative weights.

    References: Wilson (1927); Korn and Graubard (1998); Brown, Cai and DasGupta (2001).
    """
    conf_level = level(conf_level)
    option("side", side, ("top", "bottom"))
    option("interval", interval, tuple(INTERVALS))
    low, high = ends_of(scale)
    boxes = whole("boxes", boxes, 1)
    if boxes > high - low:
        raise OptionError(
            f"boxes must be fewer than the points of the scale ({low} to {high}); given: {boxes}"
        )
    rows, totals = [], []
    for name in frames.names(item, "item"):
        kept, n_total = usable(data, name, group, scale, weights)
        totals.append((n_total, kept.index))
        for label, part in parts(kept):
            hit = part["answer"] > high - boxes if side == "top" else part["answer"] < low + boxes
            share = share_row(hit.to_numpy(), part["weight"].to_numpy(), weights, interval, conf_level)
            rows.append({"term": name, "group": label} | share)
    return build(
        "loyalty.top_box",
        rows,
        n_total=totals[0][0],
        n_used=_used(data, totals),
        method=f"share in the {side} {boxes} of {low} to {high}; {interval} interval"
        + ("; weighted, linearised standard errors" if weights else ""),
        missing="per item",
        conf_level=conf_level,
        reference="Wilson (1927); Brown, Cai and DasGupta (2001)" + (KORN if weights else ""),
        bounded=("estimate",),
    )


def effort(
    frame: pd.DataFrame,
    item: str = "effort",
    *,
    scale: tuple[int, int] = (1, 7),
    high: str = "easy",
    group: str | None = None,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Customer effort score: the mean answer, and the share to whom it was easy, with their intervals.

    `high` says what a high answer means: "easy" (1 to 7, agreement with "made it easy") or "effort" (the
    older question how much effort it took). Easy are the three outer answers of a seven-point scale, the
    two of a five-point scale. The mean has a t interval, the share Wilson's; with `weights` the standard
    errors are linearised, as in `top_box`. Missing answers (and weights) are left out and counted.
    Errors: a scale of another length; an answer off the scale; fewer than two answers in a group.

    References: Dixon, Freeman and Toman (2010); Wilson (1927); Korn and Graubard (1998).
    """
    conf_level = level(conf_level)
    option("high", high, ("easy", "effort"))
    low, top = ends_of(scale)
    boxes = {7: 3, 5: 2}.get(top - low + 1)
    if boxes is None:
        raise OptionError(f"scale must have five or seven points for the effort score; given: {low} to {top}")
    kept, n_total = usable(frame, item, group, scale, weights)
    rows = []
    for label, part in parts(kept):
        answers = part["answer"].to_numpy()
        if len(answers) < 2:
            raise InputError(
                f"item: a mean with an interval needs two answers; group '{label}' has {len(answers)}"
            )
        hit = answers > top - boxes if high == "easy" else answers < low + boxes
        weight = part["weight"].to_numpy()
        mean, error, kish = weighted_score(answers, weight)
        key = {"term": item, "group": label}
        rows += [
            {**key, "part": "mean", **mean_row(mean, error, len(answers), conf_level)}
            | ({"n_effective": kish} if weights else {}),
            {**key, "part": "easy", **share_row(hit, weight, weights, "wilson", conf_level)},
        ]
    return build(
        "loyalty.effort",
        rows,
        n_total=n_total,
        n_used=len(kept),
        method=f"mean and share of the {boxes} easiest answers of {low} to {top}; a high answer means {high}"
        + ("; weighted, linearised standard errors" if weights else ""),
        conf_level=conf_level,
        reference="Dixon, Freeman and Toman (2010); Wilson (1927)" + (KORN if weights else ""),
        bounded=("estimate@easy",),
    )


def _used(data: pd.DataFrame | Mapping, totals: list) -> int:
    if not isinstance(data, pd.DataFrame):
        return totals[0][0]
    union = totals[0][1]
    for _, index in totals[1:]:
        union = union.union(index)
    return min(len(union), totals[0][0])
