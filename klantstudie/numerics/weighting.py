"""Mathematics of survey weights: raking, trimming, design effect, linearised standard errors (numpy only)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def rake(
    margins: Sequence[tuple[np.ndarray, np.ndarray]],
    base: np.ndarray,
    *,
    trim: float | None = None,
    tolerance: float = 1e-10,
    max_iterations: int = 2000,
) -> tuple[np.ndarray, int, bool]:
    """Return weights whose weighted shares equal every margin, how many rounds it took, and whether it converged.

    A margin is (codes from 0, target shares). Weights have mean 1; with `trim` no weight exceeds that many times the
    mean, the cut being repeated inside the rounds.
    """
    weights = base / base.mean()
    for step in range(1, max_iterations + 1):
        for codes, shares in margins:
            now = np.bincount(codes, weights, minlength=len(shares)) / weights.sum()
            weights = weights * (shares / now)[codes]
        weights = weights / weights.mean()
        if trim is not None:
            weights = np.minimum(weights, trim)
            weights = weights / weights.mean()
        off = max(
            np.abs(np.bincount(codes, weights, minlength=len(shares)) / weights.sum() - shares).max()
            for codes, shares in margins
        )
        over = trim is not None and weights.max() > trim * (1 + 1e-9)
        if off < tolerance and not over:
            return weights, step, True
    return weights, max_iterations, False


def design_effect(weights: np.ndarray) -> float:
    """Return Kish's design effect of unequal weights, n sum(w^2) / sum(w)^2."""
    return float(len(weights) * (weights**2).sum() / weights.sum() ** 2)


def mean(values: np.ndarray, weights: np.ndarray, clusters: np.ndarray | None = None) -> tuple[float, float]:
    """Return a weighted mean and its linearised standard error (with replacement, one stratum)."""
    total = weights.sum()
    centre = float(weights @ values / total)
    return centre, float(np.sqrt(variance((weights * (values - centre) / total)[:, None], clusters)[0, 0]))


def variance(scores: np.ndarray, clusters: np.ndarray | None = None) -> np.ndarray:
    """Return the variance of a total of scores: m / (m - 1) times their cross products around the mean."""
    if clusters is not None:
        count = int(clusters.max()) + 1
        scores = np.column_stack([np.bincount(clusters, column, minlength=count) for column in scores.T])
    m = len(scores)
    centred = scores - scores.mean(axis=0)
    return m / (m - 1) * centred.T @ centred


def regression(
    y: np.ndarray, x: np.ndarray, weights: np.ndarray, clusters: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return weighted least squares coefficients and their linearised covariance."""
    cross = x.T @ (weights[:, None] * x)
    bread = np.linalg.inv(cross)
    b = bread @ x.T @ (weights * y)
    scores = (weights * (y - x @ b))[:, None] * x
    return b, bread @ variance(scores, clusters) @ bread
