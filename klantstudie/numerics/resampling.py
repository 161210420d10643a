"""Covariance matrices of bootstrap samples, many at once: of rows of data, or drawn from a normal law; numpy only.

A resample is a count per row, so that all matrices of a block come from one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BLOCK = 2_000_000  # numbers held at once


def case_counts(n: int, n_boot: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield blocks (b, n) that say how often each row stands in each resample of n rows."""
    size = max(1, BLOCK // n)
    for first in range(0, n_boot, size):
        rows = min(size, n_boot - first)
        drawn = rng.integers(0, n, (rows, n)) + n * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(float)


def case_moments(values: np.ndarray, n_boot: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return means (n_boot, p) and covariance matrices (n_boot, p, p; divisor n - 1) of resampled rows."""
    n, p = values.shape
    middle = values.mean(0)
    centred = values - middle
    products = (centred[:, :, None] * centred[:, None, :]).reshape(n, p * p)
    means, out = np.empty((n_boot, p)), np.empty((n_boot, p, p))
    done = 0
    for counts in case_counts(n, n_boot, rng):
        mean = counts @ centred / n
        second = (counts @ products).reshape(-1, p, p) - n * mean[:, :, None] * mean[:, None, :]
        means[done : done + len(counts)] = middle + mean
        out[done : done + len(counts)] = second / (n - 1)
        done += len(counts)
    return means, out


def case_covariances(values: np.ndarray, n_boot: int, rng: np.random.Generator) -> np.ndarray:
    """Return (n_boot, p, p) covariance matrices (divisor n - 1) of resampled rows."""
    return case_moments(values, n_boot, rng)[1]


def normal_covariances(cov: np.ndarray, n: int, n_boot: int, rng: np.random.Generator) -> np.ndarray:
    """Return (n_boot, p, p) covariance matrices of samples of n from a normal law (Wishart, n - 1 df, by Bartlett)."""
    p = len(cov)
    if n <= p:
        raise ValueError("a normal bootstrap needs more cases than variables")
    root = np.linalg.cholesky(cov)
    lower = np.zeros((n_boot, p, p))
    rows, columns = np.tril_indices(p, -1)
    lower[:, rows, columns] = rng.standard_normal((n_boot, rows.size))
    place = np.arange(p)
    lower[:, place, place] = np.sqrt(rng.chisquare(n - 1 - place, (n_boot, p)))
    factor = root @ lower
    return factor @ np.swapaxes(factor, 1, 2) / (n - 1)


def percentile(draws: np.ndarray, conf_level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the percentile interval along the first axis; draws that are NaN are left out."""
    tail = (1 - conf_level) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail], axis=0)
    return low, high
