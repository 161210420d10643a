"""Convergent and discriminant validity from loadings or correlations: composite reliability, AVE, HTMT, HTMT2; numpy.

composite reliability  (sum l)^2 / ((sum l)^2 + sum theta)      AVE  sum l^2 / (sum l^2 + sum theta)
HTMT   mean |r| between two scales / sqrt(mean |r| within one * mean |r| within the other); HTMT2: geometric means

References: Joreskog (1971); Fornell and Larcker (1981); Henseler, Ringle and Sarstedt (2015); Roemer, Schuberth and
Henseler (2021).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def composite_reliability(loadings: np.ndarray, errors: np.ndarray | None = None) -> np.ndarray:
    """Return composite reliability along the last axis; errors default to 1 - loading^2 (standardised items)."""
    theta = 1 - loadings**2 if errors is None else errors
    common = loadings.sum(-1) ** 2
    return common / (common + theta.sum(-1))


def average_variance(loadings: np.ndarray, errors: np.ndarray | None = None) -> np.ndarray:
    """Return the average variance extracted along the last axis."""
    theta = 1 - loadings**2 if errors is None else errors
    square = (loadings**2).sum(-1)
    return square / (square + theta.sum(-1))


def _mean(values: np.ndarray, geometric: bool) -> np.ndarray:
    if not geometric:
        return np.abs(values).mean(-1)
    return np.exp(np.log(np.maximum(np.abs(values), 1e-300)).mean(-1))


def htmt(corr: np.ndarray, blocks: Sequence[np.ndarray], *, geometric: bool = False) -> np.ndarray:
    """Return (…, k, k) heterotrait-monotrait ratios of one correlation matrix or a stack; ones on the diagonal.

    `blocks` are the places of the items of each scale. A scale of one item has a within-mean of 1.
    """
    within = []
    for block in blocks:
        rows, columns = np.tril_indices(len(block), -1)
        inside = corr[..., block[rows], block[columns]]
        within.append(_mean(inside, geometric) if rows.size else np.ones(corr.shape[:-2]))
    out = np.ones((*corr.shape[:-2], len(blocks), len(blocks)))
    for a in range(len(blocks)):
        for b in range(a):
            between = corr[..., blocks[a][:, None], blocks[b][None, :]].reshape(*corr.shape[:-2], -1)
            out[..., a, b] = out[..., b, a] = _mean(between, geometric) / np.sqrt(within[a] * within[b])
    return out
