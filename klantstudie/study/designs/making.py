"""What the designs share: answers on a rating scale from a normal latent score, and their exact expectations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

Made = tuple[pd.DataFrame, dict[str, Any]]


@dataclass(frozen=True)
class Design:
    """One simulated study: its usual size, how it is made, and the tables of its codebook."""

    n: int
    make: Callable[[np.random.Generator, int], Made]
    codebook: Mapping[str, Any]


def rate(latent: np.ndarray, low: int, high: int) -> np.ndarray:
    """Return latent scores as answers: rounded to the nearest point of the scale, ends included."""
    return np.clip(np.rint(latent), low, high)


def shares(mean: float, sd: float, low: int, high: int) -> np.ndarray:
    """Return the probability of each answer from `low` to `high` when the latent score is normal(mean, sd)."""
    cuts = np.concatenate([[-np.inf], np.arange(low, high) + 0.5, [np.inf]])
    return np.diff(stats.norm.cdf(cuts, loc=mean, scale=sd))


def expected(mean: float, sd: float, low: int, high: int) -> float:
    """Return the mean answer that `rate` gives to a normal(mean, sd) latent score."""
    return float(np.arange(low, high + 1) @ shares(mean, sd, low, high))


def factor_items(
    rng: np.random.Generator, factor: np.ndarray, means: Sequence[float], *, loading: float, sd: float
) -> np.ndarray:
    """Return latent item scores (one column an item) that share a standardised factor with this loading."""
    noise = rng.standard_normal((len(factor), len(means)))
    return np.asarray(means) + sd * (loading * factor[:, None] + np.sqrt(1 - loading**2) * noise)


def words(nl: str, en: str) -> dict[str, str]:
    """Return a text in both languages, as a codebook holds it."""
    return {"nl": nl, "en": en}
