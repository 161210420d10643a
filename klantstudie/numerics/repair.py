"""The nearest correlation matrix to one that is not positive definite, as printed tables sometimes are; numpy only.

Alternating projections on "eigenvalues at least `floor`" and "ones on the diagonal", with Dykstra's correction.

References: Higham (2002).
"""

from __future__ import annotations

import numpy as np

FLOOR = 1e-6  # smallest eigenvalue of a repaired matrix


def is_definite(corr: np.ndarray, floor: float = FLOOR) -> bool:
    """Return whether every eigenvalue is at least half the floor."""
    return bool(np.linalg.eigvalsh(corr)[0] >= floor / 2)


def nearest_correlation(corr: np.ndarray, *, floor: float = FLOOR, max_iter: int = 2000) -> np.ndarray:
    """Return the correlation matrix with eigenvalues of at least `floor` that lies nearest (Frobenius norm)."""
    y, correction = corr.copy(), np.zeros_like(corr)
    for _ in range(max_iter):
        shifted = y - correction
        values, vectors = np.linalg.eigh(shifted)
        x = (vectors * np.maximum(values, floor)) @ vectors.T
        correction = x - shifted
        new = x.copy()
        np.fill_diagonal(new, 1.0)
        if np.abs(new - y).max() < 1e-12:
            break
        y = new
    values, vectors = np.linalg.eigh(new)
    fixed = (vectors * np.maximum(values, floor)) @ vectors.T
    scale = np.sqrt(np.diag(fixed))
    fixed = fixed / np.outer(scale, scale)
    np.fill_diagonal(fixed, 1.0)
    return (fixed + fixed.T) / 2
