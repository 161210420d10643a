"""Response surfaces: what a quadratic in two predictors says along its lines, and its bootstrap; on numpy.

Coefficients b0 to b5 belong to 1, x, y, x^2, xy and y^2, with x the expectation and y the experience.

References: Edwards and Parry (1993); Edwards (2002); Shanock et al. (2010).
"""

from __future__ import annotations

import numpy as np

from klantstudie.numerics.resampling import case_counts

# a1 to a5 as sums of b0 to b5: slope and curve along x = y, slope and curve along x = -y, and b3 - b5.
LINES = np.array(
    [
        [0, 1, 1, 0, 0, 0],
        [0, 0, 0, 1, 1, 1],
        [0, 1, -1, 0, 0, 0],
        [0, 0, 0, 1, -1, 1],
        [0, 0, 0, 1, 0, -1],
    ],
    dtype=float,
)
# A difference score says: b1 = -b2 and no curves.
GAP = np.array([[0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1]], dtype=float)
QUADRATIC = GAP[1:]
AXES = ("x0", "y0", "p10", "p11", "p20", "p21")


def design(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the columns 1, x, y, x^2, xy and y^2."""
    return np.column_stack([np.ones(len(x)), x, y, x**2, x * y, y**2])


def axes(b: np.ndarray) -> np.ndarray:
    """Return the stationary point (x0, y0) and the intercepts and slopes of both principal axes, per row of b.

    NaN where the surface has no such point or axis (a plane, or b4 = 0).
    """
    b = np.atleast_2d(b)
    _, b1, b2, b3, b4, b5 = b.T
    with np.errstate(divide="ignore", invalid="ignore"):
        below = 4 * b3 * b5 - b4**2
        x0 = (b2 * b4 - 2 * b1 * b5) / below
        y0 = (b1 * b4 - 2 * b2 * b3) / below
        root = np.sqrt((b3 - b5) ** 2 + b4**2)
        p11, p21 = (b5 - b3 + root) / b4, (b5 - b3 - root) / b4
        found = np.column_stack([x0, y0, y0 - p11 * x0, p11, y0 - p21 * x0, p21])
    found[~np.isfinite(found)] = np.nan
    return found


def axes_errors(b: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """Return delta-method standard errors of the stationary point and the axes.

    The slopes come from complex steps, which lose no digits.
    """
    tiny = 1e-30
    slopes = axes(b + 1j * tiny * np.eye(len(b))).imag / tiny
    return np.sqrt(np.maximum(np.einsum("ik,ij,jk->k", slopes, cov, slopes), 0.0))


def resampled(x: np.ndarray, y: np.ndarray, n_boot: int, rng: np.random.Generator) -> np.ndarray:
    """Return (n_boot, k) coefficients of y on the columns of x over resampled rows; NaN where they are not defined."""
    n, k = x.shape
    both = np.column_stack([x, y])
    products = (both[:, :, None] * both[:, None, :]).reshape(n, -1)
    out = []
    for counts in case_counts(n, n_boot, rng):
        sums = (counts @ products).reshape(-1, k + 1, k + 1)
        left, right = sums[:, :k, :k], sums[:, :k, k]
        size = np.sqrt(np.diagonal(left, axis1=1, axis2=2))
        size = np.where(size > 0, size, 1.0)
        scaled = left / (size[:, :, None] * size[:, None, :])
        sound = np.linalg.eigvalsh(scaled)[:, 0] > 1e-10
        coef = np.full((len(sums), k), np.nan)
        coef[sound] = np.linalg.solve(scaled[sound], (right / size)[sound][..., None])[..., 0] / size[sound]
        out.append(coef)
    return np.concatenate(out)
