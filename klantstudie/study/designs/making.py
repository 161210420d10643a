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
    """One simulated study: its usual size, how it is made, the tables of its codebook, and whether `make` takes an effect."""

    n: int
    make: Callable[..., Made]
    codebook: Mapping[str, Any]
    varies: bool = False


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


def spread_items(rng: np.random.Generator, score: np.ndarray, count: int, sd: float) -> np.ndarray:
    """Return `count` items whose mean in every row is exactly the score: noise that sums to zero over the items."""
    noise = rng.normal(0, sd, (len(score), count))
    return score[:, None] + noise - noise.mean(axis=1, keepdims=True)


def within(values: np.ndarray, low: float, high: float, digits: int = 2) -> np.ndarray:
    """Return values as a slider gives them: rounded, and inside its ends (which the designs hardly ever reach)."""
    return np.clip(np.round(values, digits), low, high)


def group_mean(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return for every row the mean of its group (groups numbered from 0)."""
    return (np.bincount(group, values) / np.bincount(group))[group]


def item(nl: str, en: str, response: str = "", **more: Any) -> dict[str, Any]:
    """Return an item as a codebook holds it."""
    return {"text": words(nl, en), **({"response": response} if response else {}), **more}


def group(nl: str, en: str, labels: Mapping[int, tuple[str, str]] | None = None) -> dict[str, Any]:
    """Return a group as a codebook holds it, in the order of its codes."""
    made: dict[str, Any] = {"label": words(nl, en)}
    if labels:
        made |= {
            "labels": {str(code): words(*texts) for code, texts in labels.items()},
            "order": list(labels),
        }
    return made


def study(nl: str, en: str, **more: Any) -> dict[str, Any]:
    """Return the [study] table of a simulated study."""
    return {"title": words(f"{nl} (gesimuleerd)", f"{en} (simulated)"), "simulated": True, **more}


SLIDER = {"min": 0, "max": 100, "whole": False}  # a mark from 0 to 100
