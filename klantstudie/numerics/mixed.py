"""What goes with a fitted random-effects model: explained variance and CR2 errors with Satterthwaite df; on
numpy.

References: Nakagawa and Schielzeth (2013); Johnson (2014); Pustejovsky and Tipton (2018).
"""

from __future__ import annotations

import numpy as np

from klantstudie.numerics.regression import freedom


def explained(fitted: np.ndarray, random: float, within: float) -> tuple[float, float]:
    """Return marginal and conditional R2 from the fixed part, the mean random variance and the residual
    variance.
    """
    fixed = float(np.var(fitted, ddof=1)) if len(fitted) > 1 else 0.0
    total = fixed + random + within
    return fixed / total, (fixed + random) / total


def random_variance(z: np.ndarray, between: np.ndarray) -> float:
    """Return the mean over rows of z G z', the variance that the random effects add."""
    return float(np.einsum("ij,jk,ik->i", z, between, z).mean())


def cr2(
    x: np.ndarray,
    residuals: np.ndarray,
    z: np.ndarray,
    between: np.ndarray,
    within: float,
    cluster: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the CR2 covariance of the fixed effects and their Satterthwaite df; the fitted model is the
    working model.

    Rows of z (its ones and the random slopes) and the codes of the clusters define the covariance z G z' + s2
    I.
    """
    k, count = x.shape[1], int(cluster.max()) + 1
    order = np.argsort(cluster, kind="stable")
    ends = np.searchsorted(cluster[order], np.arange(count + 1))
    parts = []
    bread = np.zeros((k, k))
    for g in range(count):
        rows = order[ends[g] : ends[g + 1]]
        target = z[rows] @ between @ z[rows].T + within * np.eye(len(rows))
        scored = np.linalg.solve(target, x[rows])
        bread += x[rows].T @ scored
        parts.append((rows, target, scored))
    bread = np.linalg.inv(bread)
    meat = np.zeros((k, k))
    lengths, sums = np.empty((count, k, k)), np.empty((count, k, k))
    for g, (rows, target, scored) in enumerate(parts):
        root = np.linalg.cholesky(target).T
        inner = root @ (target - x[rows] @ bread @ x[rows].T) @ root.T
        values, vectors = np.linalg.eigh((inner + inner.T) / 2)
        kept = values > 1e-10 * max(values.max(), 1e-300)
        factor = np.where(kept, 1 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
        adjust = root.T @ (vectors * factor) @ vectors.T @ root
        adjusted = adjust.T @ scored
        score = adjusted.T @ residuals[rows]
        meat += np.outer(score, score)
        ready = adjusted @ bread
        lengths[g], sums[g] = ready.T @ target @ ready, x[rows].T @ ready
    cov = bread @ meat @ bread
    df = np.empty(k)
    for place, unit in enumerate(np.eye(k)):
        df[place] = freedom(np.einsum("i,gij,j->g", unit, lengths, unit), sums @ unit, bread)
    return cov, df
