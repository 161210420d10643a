"""Sums of squares between and within groups, Welch's t, Brown-Forsythe and Hedges' g; on numpy and scipy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import gammaln

from klantstudie.numerics.noncentral import t_interval


@dataclass(frozen=True)
class OneWay:
    """A one-way analysis of variance: F, its degrees of freedom, p, and the share between the groups."""

    f: float
    df: float
    df2: float
    p: float
    eta_squared: float


@dataclass(frozen=True)
class WelchTest:
    """A difference in means with its standard error, Welch's t, its degrees of freedom and two-sided p."""

    difference: float
    error: float
    t: float
    df: float
    p: float


def between_within(groups: Sequence[np.ndarray]) -> OneWay:
    """Return the classic one-way analysis of variance."""
    pooled = np.concatenate(groups)
    within = sum(float(((g - g.mean()) ** 2).sum()) for g in groups)
    between = sum(len(g) * float((g.mean() - pooled.mean()) ** 2) for g in groups)
    df, df2 = len(groups) - 1, len(pooled) - len(groups)
    if within == 0:
        return OneWay(np.nan, df, df2, np.nan, np.nan)
    f = between / df / (within / df2)
    return OneWay(f, df, df2, float(stats.f.sf(f, df, df2)), between / (between + within))


def brown_forsythe(groups: Sequence[np.ndarray]) -> OneWay:
    """Return the test of equal variances on absolute distances from the group medians."""
    return between_within([np.abs(g - np.median(g)) for g in groups])


def welch(a: np.ndarray, b: np.ndarray) -> WelchTest:
    """Return Welch's t test of the mean of a minus the mean of b."""
    u, v = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    difference, error = float(a.mean() - b.mean()), float(np.sqrt(u + v))
    df = float((u + v) ** 2 / (u**2 / (len(a) - 1) + v**2 / (len(b) - 1)))
    t = difference / error
    return WelchTest(difference, error, t, df, float(2 * stats.t.sf(abs(t), df)))


def hedges(a: np.ndarray, b: np.ndarray, conf_level: float) -> tuple[float, float, float]:
    """Return Hedges' g (pooled SD, exact small-sample factor) and its noncentral t interval."""
    df = len(a) + len(b) - 2
    pooled = np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / df)
    factor = float(np.exp(gammaln(df / 2) - np.log(np.sqrt(df / 2)) - gammaln((df - 1) / 2)))
    scale = np.sqrt(1 / len(a) + 1 / len(b))
    d = (a.mean() - b.mean()) / pooled
    low, high = t_interval(float(d / scale), df, conf_level)
    return float(d * factor), low * scale * factor, high * scale * factor
