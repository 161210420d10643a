"""The grid of analytic choices: all combinations, and how much of the spread each choice accounts for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np


def combinations(choices: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return every combination of one option per choice, the last choice varying fastest."""
    return [dict(zip(choices, picked, strict=True)) for picked in product(*choices.values())]


def _explained(codes: Sequence[np.ndarray], values: np.ndarray) -> float:
    """Return the sum of squares that dummies of the coded choices explain."""
    columns = [np.ones(len(values))]
    for code in codes:
        columns += [(code == level).astype(float) for level in np.unique(code)[1:]]
    design = np.column_stack(columns)
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return float(((fitted - values.mean()) ** 2).sum())


def variance_shares(codes: Sequence[np.ndarray], values: np.ndarray) -> np.ndarray:
    """Return per choice the part of the variance that is lost when the choice leaves the main-effects model.

    In a complete grid this is eta squared of the choice; with missing combinations it is its unique part.
    """
    total = float(((values - values.mean()) ** 2).sum())
    if total <= 1e-24 * max(1.0, float(np.abs(values).max()) ** 2):
        return np.full(len(codes), np.nan)
    full = _explained(codes, values)
    rest = [_explained([*codes[:place], *codes[place + 1 :]], values) for place in range(len(codes))]
    return np.array([min(max(full - part, 0.0) / total, 1.0) for part in rest])


def share_at_least(draws: np.ndarray, observed: float) -> float:
    """Return the p value of a draw as large as the observed one; never 0 (Davison and Hinkley, 1997, 4.11)."""
    known = draws[~np.isnan(draws)]
    return float((1 + (known >= observed - 1e-12 * max(1.0, abs(observed))).sum()) / (len(known) + 1))
