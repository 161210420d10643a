"""What the loyalty analyses have in common: answers on a scale, per group, and the interval of a mean or a share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy.stats import t as student

from klantstudie import frames
from klantstudie.analyses._statsmodels import share_interval
from klantstudie.errors import InputError, OptionError
from klantstudie.numerics import loyalty


def ends_of(scale: tuple[int, int]) -> tuple[int, int]:
    try:
        low, high = (int(end) for end in scale)
        exact = [low, high] == list(scale) and low < high
    except (TypeError, ValueError):
        exact = False
    if not exact:
        raise OptionError(f"scale must be its lowest and highest answer, such as (0, 10); given: {scale!r}")
    return low, high


def usable(
    data: pd.DataFrame | Mapping,
    item: str,
    group: str | None,
    scale: tuple[int, int],
    weights: str | None,
    cluster: str | None = None,
) -> tuple[pd.DataFrame, int]:
    """Return answer, weight, group and cluster of the usable rows, and how many rows or answers there were."""
    low, high = ends_of(scale)
    if weights and not isinstance(data, pd.DataFrame):
        raise OptionError(f"weights: counts per answer have no column '{weights}'; give a frame")
    if isinstance(data, pd.DataFrame):
        columns = [item, *([weights] if weights else [])]
        taken = frames.numeric(data, columns, "item").set_axis(["answer", "weight"][: len(columns)], axis=1)
        if not weights:
            taken["weight"] = 1.0
        elif (taken["weight"] < 0).any():
            raise InputError(f"weights: column '{weights}' holds negative weights")
        taken["group"] = frames.labels(data, group) if group else ""
        if cluster:
            taken["cluster"] = frames.labels(data, cluster, "cluster")
        n_total = len(taken)
        kept = taken.dropna()
        kept = kept[kept["weight"] > 0]
    else:
        if cluster:
            raise OptionError("cluster: counts do not tell whose answers they are; give a frame")
        kept = counts(data, group)
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
        raise InputError(
            f"item: '{item}' holds {between.iloc[0]:g}, between two points of the scale; "
            "give the question itself, not a mean of questions"
        )
    return kept, n_total


def counts(data: Mapping, group: str | None) -> pd.DataFrame:
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


def parts(kept: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for label in frames.ordered_labels(kept["group"].astype("string")):
        yield label, kept[(kept["group"] == label).to_numpy(dtype=bool)]


def share_row(
    hit: np.ndarray, weight: np.ndarray, weighted: str | None, interval: str, conf_level: float
) -> dict[str, float]:
    """Return a share with its interval; with weights that of the n that has the weighted variance (Korn, Graubard)."""
    if weighted:
        share, error, kish = loyalty.weighted_score(hit.astype(float), weight)
        size = share * (1 - share) / error**2 if error > loyalty.NONE else kish
        row = {"n": len(hit), "n_effective": kish}
    else:
        size = weight.sum()
        share = hit @ weight / size
        error, row = np.sqrt(share * (1 - share) / size), {"n": size}
    low, high = share_interval(share * size, size, conf_level, interval)
    return row | {"estimate": share, "std_error": error, "conf_low": low, "conf_high": high}


def mean_row(mean: float, error: float, n: int, conf_level: float) -> dict[str, float]:
    # without any variance the data cannot say how sure the mean is
    reach = student.ppf((1 + conf_level) / 2, n - 1) * (error if error > loyalty.NONE else np.nan)
    return {"n": n, "estimate": mean, "std_error": error, "conf_low": mean - reach, "conf_high": mean + reach}
