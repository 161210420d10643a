"""Intervals of effect sizes by inverting noncentral t, F and chi-square distributions (scipy.special)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special
from scipy.optimize import brentq
from scipy.stats import chi2

_ROOTS = np.polynomial.legendre.leggauss(400)
NODES, WEIGHTS = (_ROOTS[0] + 1) / 2, _ROOTS[1] / 2


def t_interval(statistic: float, df: float, conf_level: float) -> tuple[float, float]:
    """Return the noncentralities that a t statistic does not rule out (Steiger and Fouladi, 1997)."""
    if not np.isfinite(statistic):
        return np.nan, np.nan
    tail = (1 - conf_level) / 2
    # The spread of t grows with the noncentrality itself, so the search widens with |t| as well.
    width = 10 + 6 * abs(statistic) / np.sqrt(min(df, 4.0))
    ends = [
        brentq(lambda x, p=p: t_cdf(statistic, df, x) - p, statistic - width, statistic + width, xtol=1e-12)
        for p in (1 - tail, tail)
    ]
    return float(ends[0]), float(ends[1])


def t_cdf(statistic: float, df: float, noncentrality: float) -> float:
    """Return P(T <= statistic) of the noncentral t by quadrature, also far out where series fail.

    T = (Z + noncentrality) / S. The integral runs over S when the statistic is small and over Z when it is
    large, so that the integrand is smooth in both.
    """
    if statistic < 0:
        return 1 - t_cdf(-statistic, df, -noncentrality)
    if statistic <= np.sqrt(2 * df):
        low, high = (np.sqrt(end / df) for end in (chi2.ppf(1e-18, df), chi2.isf(1e-18, df)))
        s = low + (high - low) * NODES
        density = 2 * df * s * chi2.pdf(df * s**2, df)
        inner = special.ndtr(statistic * s - noncentrality)
        return float(min((high - low) * (WEIGHTS @ (inner * density)), 1.0))
    start = max(-noncentrality, -9.0)
    if start >= 9:
        return float(special.ndtr(-noncentrality))
    z = start + (9 - start) * NODES
    inner = special.chdtrc(df, df * ((z + noncentrality) / statistic) ** 2)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return float(min(special.ndtr(-noncentrality) + (9 - start) * (WEIGHTS @ (inner * density)), 1.0))


def f_interval(statistic: float, df1: float, df2: float, conf_level: float) -> tuple[float, float]:
    """Return the noncentrality parameters (at least 0) at which an F statistic is just not surprising."""
    return _positive(lambda x: special.ncfdtr(df1, df2, x, statistic), statistic * df1, conf_level)


def chi2_interval(statistic: float, df: float, conf_level: float) -> tuple[float, float]:
    """Return the noncentrality parameters (at least 0) at which a chi-square is just not surprising."""
    return _positive(lambda x: special.chndtr(statistic, df, x), statistic, conf_level)


def _positive(cdf: Callable[[float], float], start: float, conf_level: float) -> tuple[float, float]:
    if not np.isfinite(start):
        return np.nan, np.nan
    tail = (1 - conf_level) / 2
    ends = []
    for target in (1 - tail, tail):
        if cdf(0.0) <= target:
            ends.append(0.0)
            continue
        top = max(2 * start, 10.0)
        while cdf(top) > target:
            top *= 2
        ends.append(float(brentq(lambda x, p=target: cdf(x) - p, 0.0, top, xtol=1e-12, rtol=1e-14)))
    return ends[0], ends[1]
