"""What every reliability starts from: the moments of the items, and items that run against the scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from klantstudie.errors import InputError
from klantstudie.moments import Moments, as_moments
from klantstudie.numerics import reliability as numbers

MOST_FAILED = 0.2  # share of bootstrap draws that may fail before an interval is refused


def taken(data: pd.DataFrame | Moments, items: Sequence[str], at_least: int = 2) -> tuple[Moments, int]:
    """Return the moments of at least so many items, and the number of cases before missing answers."""
    moments, n_total = as_moments(data, items, "items")
    if len(moments.columns) < at_least:
        raise InputError(f"items: at least {at_least} items are needed; given: {', '.join(moments.columns)}")
    return moments, n_total


def covariances(moments: Moments) -> np.ndarray:
    """Return the covariances of items as they were answered, which need standard deviations."""
    if np.isnan(moments.sd).any():
        raise InputError(
            "the moments have no standard deviations, so raw items cannot be had; ask for standardized=True"
        )
    return moments.cov


def negative(moments: Moments, cov: np.ndarray) -> tuple[str, ...]:
    """Return the items that run against the sum of the others."""
    rest = numbers.item_rest(cov)
    return tuple(name for name, r in zip(moments.columns, rest, strict=True) if r < 0)
