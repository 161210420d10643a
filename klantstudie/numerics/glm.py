"""Gamma regression with a log link, by iteratively reweighted least squares; on numpy.

References: McCullagh and Nelder (1989).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from klantstudie.errors import ModelError


@dataclass(frozen=True)
class Fit:
    """A fitted Gamma model: coefficients (k), covariance (k by k), dispersion (Pearson), deviances, df of residuals."""

    coef: np.ndarray
    cov: np.ndarray
    dispersion: float
    deviance: float
    deviance_null: float
    df_resid: float


def gamma_log(x: np.ndarray, y: np.ndarray) -> Fit:
    """Fit E(y) = exp(x coef) with variance proportional to the squared mean; y must be above zero.

    With a log link the weights of the Gamma are all 1, so each step is ordinary least squares.
    """
    n, k = x.shape
    if n - k < 1:
        raise ModelError(f"{n} cases cannot carry a model with {k} coefficients")
    inverse = np.linalg.pinv(x)
    coef = inverse @ np.log(y)
    for _ in range(200):
        fitted = np.exp(x @ coef)
        step = inverse @ ((y - fitted) / fitted)
        coef = coef + step
        if np.abs(step).max() < 1e-12 * max(1.0, np.abs(coef).max()):
            break
    else:
        raise ModelError("the Gamma model did not converge")
    fitted = np.exp(x @ coef)
    dispersion = float((((y - fitted) / fitted) ** 2).sum() / (n - k))
    cov = dispersion * (inverse @ inverse.T)
    return Fit(coef, cov, dispersion, _deviance(y, fitted), _deviance(y, np.full(n, y.mean())), float(n - k))


def _deviance(y: np.ndarray, fitted: np.ndarray) -> float:
    return float(2 * np.sum((y - fitted) / fitted - np.log(y / fitted)))
