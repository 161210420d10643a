"""Shares of explained variance: Johnson's relative weights and general dominance, for stacks of matrices; on numpy.

Matrices hold the predictors first and the outcome last, and may be stacks (B, p + 1, p + 1).

References: Johnson (2000); Budescu (1993); Azen and Budescu (2003); Castro, Gomez and Tejada (2009) for
sampling.
"""

from __future__ import annotations

from math import comb

import numpy as np

EXACT = 15  # predictors up to which all subsets are visited


def relative_weights(cov: np.ndarray) -> np.ndarray:
    """Return the raw weight of each predictor; they sum to R squared. NaN for a matrix that is not of full rank."""
    sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        corr = cov / (sd[..., :, None] * sd[..., None, :])
    sound = np.isfinite(corr).all((-2, -1))
    corr = np.where(sound[..., None, None], corr, np.eye(cov.shape[-1]))
    values, vectors = np.linalg.eigh(corr[..., :-1, :-1])
    sound &= values[..., 0] > 1e-10
    values = np.maximum(values, 1e-300)
    turned = np.swapaxes(vectors, -1, -2)
    root = (vectors * np.sqrt(values)[..., None, :]) @ turned
    inverse = (vectors / np.sqrt(values)[..., None, :]) @ turned
    beta = (inverse @ corr[..., :-1, -1:])[..., 0]
    weights = ((root**2) @ (beta**2)[..., None])[..., 0]
    return np.where(sound[..., None], weights, np.nan)


def general_dominance(cov: np.ndarray) -> np.ndarray:
    """Return the mean gain in R squared of each predictor over all subsets of the others, all sizes counting alike.

    Subsets are visited depth first; each step partials one predictor out of what remains, so that no matrix
    is inverted. The sums run over 2^p subsets.
    """
    stack = cov[None] if cov.ndim == 2 else cov
    p = stack.shape[-1] - 1
    total = stack[:, -1, -1]
    # R squared of a subset of size s enters +w(s - 1) for its members and -w(s) for the others.
    gain = [1 / (p * comb(p - 1, size)) for size in range(p)] + [0.0]
    found = np.zeros((len(stack), p))
    member = np.zeros(p, dtype=bool)

    def visit(rest: np.ndarray, place: int, size: int) -> None:
        if place == p:
            explained = 1 - rest[:, -1, -1] / total
            factor = np.where(member, gain[size - 1] if size else 0.0, -gain[size])
            found[:] += explained[:, None] * factor
            return
        visit(rest[:, 1:, 1:], place + 1, size)
        member[place] = True
        pivot = rest[:, 0, 0]
        out = rest[:, 1:, 0]
        visit(rest[:, 1:, 1:] - out[:, :, None] * out[:, None, :] / pivot[:, None, None], place + 1, size + 1)
        member[place] = False

    visit(stack, 0, 0)
    return found[0] if cov.ndim == 2 else found


def sampled_dominance(
    cov: np.ndarray, n_orders: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return general dominance over random orders of entry, and its Monte-Carlo standard error."""
    p = len(cov) - 1
    orders = rng.permuted(np.tile(np.arange(p), (n_orders, 1)), axis=1)
    places = np.column_stack([orders, np.full(n_orders, p)])
    matrices = cov[places[:, :, None], places[:, None, :]]
    # The last row of the Cholesky factor holds the roots of the sequential gains.
    gains = np.linalg.cholesky(matrices)[:, -1, :-1] ** 2 / cov[-1, -1]
    found = np.empty((n_orders, p))
    np.put_along_axis(found, orders, gains, axis=1)
    return found.mean(0), found.std(0, ddof=1) / np.sqrt(n_orders)


def with_noise(cov: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return the matrices with one more predictor, first in place: normal noise of n cases that knows nothing.

    Given the data, the covariances of the noise with them are normal and its own variance follows by
    Bartlett's decomposition, so the noise itself is never drawn.
    """
    count, size = cov.shape[0], cov.shape[-1]
    values, vectors = np.linalg.eigh(cov)
    root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    raw = rng.standard_normal((count, size))
    shared = (root @ raw[..., None])[..., 0] / np.sqrt(n - 1)
    spread = ((raw**2).sum(1) + rng.chisquare(max(n - 1 - size, 1), count)) / (n - 1)
    out = np.empty((count, size + 1, size + 1))
    out[:, 1:, 1:] = cov
    out[:, 0, 1:] = out[:, 1:, 0] = shared
    out[:, 0, 0] = spread
    return out
