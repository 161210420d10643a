"""Fit indices from chi-squares, and from the residuals of the moments.

    CFI   = 1 - max(X - c df, 0) / max(X - c df, X0 - c0 df0, 0)      TLI = 1 - (X - c df) df0 / ((X0 - c0 df0) df)
    RMSEA = sqrt(max((X / n) / df - c / n, 0)) sqrt(groups)            with c = c0 = 1 unless robust
    SRMR  = root mean square of (s - sigma) / sqrt(s_ii s_jj), means divided by sqrt(s_ii)
    AIC   = -2 loglik + 2 q,  BIC = -2 loglik + q log n

The interval of the RMSEA holds the noncentrality at which X would be the 95th and 5th percentile.
Sources: Bentler (1990, 1995); Steiger (1990); Brosseau-Liard and Savalei (2014) for the robust ones; lavaan 0.6-14.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtr, chndtr


def cfi(x: float, df: float, x0: float, df0: float, c: float = 1.0, c0: float = 1.0) -> float:
    """Return the comparative fit index; 1 when the model fits better than chance would."""
    if not np.isfinite([x, df, x0, df0, c, c0]).all():
        return np.nan
    away = max(x - c * df, 0.0)
    worst = max(away, x0 - c0 * df0)
    return 1.0 if worst <= 1e-8 and away <= 1e-8 else 1 - away / worst


def tli(x: float, df: float, x0: float, df0: float, c: float = 1.0, c0: float = 1.0) -> float:
    """Return the Tucker-Lewis index; 1 without degrees of freedom."""
    if not np.isfinite([x, df, x0, df0, c, c0]).all():
        return np.nan
    below = (x0 - c0 * df0) * df
    return 1 - (x - c * df) * df0 / below if df > 0 and abs(below) > 0 else 1.0


def rmsea(x: float, df: float, n: float, groups: int, c: float = 1.0) -> float:
    """Return the root mean square error of approximation; 0 without degrees of freedom."""
    if not np.isfinite([x, df, c]).all():
        return np.nan
    return float(np.sqrt(max(x / n / df - c / n, 0.0) * groups)) if df > 0 else 0.0


def rmsea_interval(
    x: float, df: float, n: float, groups: int, c: float = 1.0, level: float = 0.90
) -> tuple[float, float]:
    """Return the interval of the RMSEA (90% by custom); x is the statistic that follows a chi-square."""
    if not np.isfinite([x, df, c]).all():
        return np.nan, np.nan
    if df < 1:
        return 0.0, 0.0
    tail = (1 - level) / 2
    ends = []
    for share in (1 - tail, tail):
        top = max(n, 4 * x)

        def away(noncentrality: float, share: float = share) -> float:
            if noncentrality <= 0:
                return float(chdtr(df, x) - share)
            return float(chndtr(x, df, noncentrality) - share)

        outside = away(0.0) < 0 or away(top) > 0
        ends.append(0.0 if outside else float(brentq(away, 0.0, top, xtol=1e-10)))
    low, high = (float(np.sqrt(c * end / (n * df) * groups)) for end in ends)
    return low, high


def srmr(
    cov: np.ndarray,
    implied: np.ndarray,
    mean: np.ndarray | None = None,
    implied_mean: np.ndarray | None = None,
) -> float:
    """Return the standardized root mean square residual of one group."""
    scale = np.sqrt(np.diag(cov))
    i, j = np.tril_indices(len(cov))
    parts = [((cov - implied) / np.outer(scale, scale))[i, j]]
    if mean is not None and implied_mean is not None:
        parts.append((mean - implied_mean) / scale)
    return float(np.sqrt(np.mean(np.concatenate(parts) ** 2)))
