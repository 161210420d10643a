"""Tests on ranks: Kruskal-Wallis, Brunner-Munzel and Jonckheere-Terpstra, all with ties; on numpy and scipy.

References: Kruskal and Wallis (1952); Brunner and Munzel (2000); Jonckheere (1954); Kendall (1970) for ties.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats


def kruskal_wallis(groups: Sequence[np.ndarray]) -> tuple[float, float, float]:
    """Return H corrected for ties, its p, and epsilon squared, H (N + 1) / (N^2 - 1), the share of rank variance."""
    h, p = stats.kruskal(*groups)
    n = sum(len(group) for group in groups)
    return float(h), float(p), float(h * (n + 1) / (n**2 - 1))


def superiority(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """Return the chance that a case of a stands above one of b (ties half), its standard error and df.

    Without overlap or spread the error is 0 and the degrees of freedom are NaN.
    """
    n, m = len(a), len(b)
    whole = stats.rankdata(np.concatenate([a, b]))
    above = (whole[:n] - stats.rankdata(a)) / m
    below = (whole[n:] - stats.rankdata(b)) / n
    u, v = above.var(ddof=1) / n, below.var(ddof=1) / m
    error = float(np.sqrt(u + v))
    df = float((u + v) ** 2 / (u**2 / (n - 1) + v**2 / (m - 1))) if error > 0 else np.nan
    return float(above.mean()), error, df


def jonckheere(groups: Sequence[np.ndarray]) -> tuple[float, float, float]:
    """Return J (pairs in order, ties half), its z with the variance for ties, and Kendall's tau-b of order and value."""
    sizes = np.array([len(group) for group in groups], dtype=float)
    values = np.concatenate(groups)
    n = len(values)
    j = 0.0
    for low in range(len(groups)):
        for high in range(low + 1, len(groups)):
            difference = groups[high][:, None] - groups[low][None, :]
            j += float((difference > 0).sum() + 0.5 * (difference == 0).sum())
    ties = np.unique(values, return_counts=True)[1].astype(float)

    def squares(t: np.ndarray) -> float:
        return float((t * (t - 1) * (2 * t + 5)).sum())

    def triples(t: np.ndarray) -> float:
        return float((t * (t - 1) * (t - 2)).sum())

    def pairs(t: np.ndarray) -> float:
        return float((t * (t - 1)).sum())

    variance = (n * (n - 1) * (2 * n + 5) - squares(sizes) - squares(ties)) / 72
    variance += triples(sizes) * triples(ties) / (36 * n * (n - 1) * (n - 2))
    variance += pairs(sizes) * pairs(ties) / (8 * n * (n - 1))
    centre = (n**2 - float((sizes**2).sum())) / 4
    z = (j - centre) / np.sqrt(variance)
    free = (n * (n - 1) - pairs(sizes)) / 2, (n * (n - 1) - pairs(ties)) / 2
    return j, float(z), float(2 * (j - centre) / np.sqrt(free[0] * free[1]))
