"""Two one-sided tests, intervals for dependent correlations, and agreement of two methods; arrays and numbers only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from klantstudie.errors import InputError


def two_one_sided(
    estimate: float, std_error: float, df: float, low: float, high: float
) -> tuple[float, float, float, float]:
    """Return t and one-sided p against the lower and the upper bound (Schuirmann, 1987)."""
    t_low = (estimate - low) / std_error
    t_high = (estimate - high) / std_error
    return t_low, float(stats.t.sf(t_low, df)), t_high, float(stats.t.cdf(t_high, df))


def decide(p_difference: float, p_equivalence: float, alpha: float) -> str:
    """Name the outcome of a difference test and an equivalence test together (Lakens, 2017)."""
    differs, fits = p_difference < alpha, p_equivalence < alpha
    if differs and fits:
        return "negligible"
    if differs:
        return "different"
    return "equivalent" if fits else "inconclusive"


def overall(words: Sequence[str]) -> str:
    """Name the outcome of several such tests: a difference anywhere counts, equivalence only where all are equivalent."""
    for word in ("different", "inconclusive"):
        if word in words:
            return word
    return words[0] if len(set(words)) == 1 else "negligible"


def mean_difference(
    mean: tuple[float, float],
    sd: tuple[float, float],
    n: tuple[int, int],
    variances: str,
) -> tuple[float, float, float, float]:
    """Return difference, standard error, degrees of freedom and standardizer of two independent means.

    Welch: unpooled error, Satterthwaite df, standardizer the root of the mean variance; pooled: Student.
    """
    v = np.square(sd)
    counts = np.asarray(n, dtype=float)
    difference = mean[0] - mean[1]
    if variances == "pooled":
        df = counts.sum() - 2
        pooled = float(((counts - 1) * v).sum() / df)
        return difference, math.sqrt(pooled * (1 / counts).sum()), df, math.sqrt(pooled)
    parts = v / counts
    df = float(parts.sum() ** 2 / (parts**2 / (counts - 1)).sum())
    return difference, math.sqrt(parts.sum()), df, math.sqrt(v.mean())


def fisher_interval(r: float, n: float, conf_level: float) -> tuple[float, float]:
    """Return the interval of a correlation by Fisher's z."""
    half = stats.norm.ppf(0.5 + conf_level / 2) / math.sqrt(n - 3)
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def overlapping(r_xy: float, r_xz: float, r_yz: float, n: int) -> tuple[float, float]:
    """Return Steiger's z and p for two correlations that share x (Steiger, 1980, with the mean r in the covariance)."""
    mean = (r_xy + r_xz) / 2
    psi = r_yz * (1 - 2 * mean**2) - 0.5 * mean**2 * (1 - 2 * mean**2 - r_yz**2)
    covariance = psi / (1 - mean**2) ** 2
    z = (math.atanh(r_xy) - math.atanh(r_xz)) * math.sqrt(n - 3) / math.sqrt(2 - 2 * covariance)
    return z, float(2 * stats.norm.sf(abs(z)))


def overlapping_interval(
    r_xy: float, r_xz: float, r_yz: float, n: int, conf_level: float
) -> tuple[float, float]:
    """Return Zou's interval for the difference of two correlations that share x (Zou, 2007, equation 15)."""
    low_1, high_1 = fisher_interval(r_xy, n, conf_level)
    low_2, high_2 = fisher_interval(r_xz, n, conf_level)
    c = (r_yz - 0.5 * r_xy * r_xz) * (1 - r_xy**2 - r_xz**2 - r_yz**2) + r_yz**3
    c /= (1 - r_xy**2) * (1 - r_xz**2)
    d = r_xy - r_xz
    below = (r_xy - low_1) ** 2 + (high_2 - r_xz) ** 2 - 2 * c * (r_xy - low_1) * (high_2 - r_xz)
    above = (high_1 - r_xy) ** 2 + (r_xz - low_2) ** 2 - 2 * c * (high_1 - r_xy) * (r_xz - low_2)
    return d - math.sqrt(max(below, 0.0)), d + math.sqrt(max(above, 0.0))


def concordance(x: np.ndarray, y: np.ndarray, conf_level: float) -> tuple[float, float, float, float]:
    """Return Lin's concordance correlation, the error of its Fisher z, and the interval.

    Population variances as in Lin (1989); the variance of z is the corrected one of Lin (2000).
    """
    n = len(x)
    s_x, s_y = x.var(), y.var()
    s_xy = float(np.mean((x - x.mean()) * (y - y.mean())))
    shift = x.mean() - y.mean()
    if s_x == 0 or s_y == 0:
        raise InputError("one of the two methods has no variance, so there is no concordance")
    rho_c = 2 * s_xy / (s_x + s_y + shift**2)
    r = s_xy / math.sqrt(s_x * s_y)
    if abs(rho_c) >= 1 or r == 0:
        return rho_c, math.nan, math.nan, math.nan
    u2 = shift**2 / math.sqrt(s_x * s_y)
    term = (1 - r**2) * rho_c**2 / ((1 - rho_c**2) * r**2)
    term += 2 * rho_c**3 * (1 - rho_c) * u2 / (r * (1 - rho_c**2) ** 2)
    term -= 0.5 * rho_c**4 * u2**2 / (r**2 * (1 - rho_c**2) ** 2)
    error = math.sqrt(term / (n - 2))
    half = stats.norm.ppf(0.5 + conf_level / 2) * error
    return (
        rho_c,
        error,
        math.tanh(math.atanh(rho_c) - half),
        math.tanh(math.atanh(rho_c) + half),
    )
