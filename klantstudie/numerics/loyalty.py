"""Net promoter score as the mean of +100, 0 and -100: its multinomial variance and three intervals."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

NONE = 1e-12  # a standard error below it is none: all answers agree, and no interval follows


def net_score(promoters: float, detractors: float, n: float) -> tuple[float, float]:
    """Return the net promoter score and its standard error as shares; the variance is p + d - (p - d)^2."""
    p, d = promoters / n, detractors / n
    score = p - d
    return score, float(np.sqrt(max(p + d - score**2, 0.0) / n))


def wald(promoters: float, detractors: float, n: float, conf_level: float) -> tuple[float, float]:
    """Return the multinomial Wald interval, cut at -1 and 1; none where all answers are of one kind."""
    score, error = net_score(promoters, detractors, n)
    if error < NONE:
        return np.nan, np.nan
    reach = norm.ppf((1 + conf_level) / 2) * error
    return max(score - reach, -1.0), min(score + reach, 1.0)


def adjusted_wald(promoters: float, detractors: float, n: float, conf_level: float) -> tuple[float, float]:
    """Return the Wald interval after adding 3/4 promoter, 3/4 detractor and 3/2 passive (Rocks, 2016)."""
    return wald(promoters + 0.75, detractors + 0.75, n + 3, conf_level)


def score_interval(promoters: float, detractors: float, n: float, conf_level: float) -> tuple[float, float]:
    """Return the score interval: all scores that a test with restricted variance keeps (Tango, 1998)."""
    critical = norm.ppf((1 + conf_level) / 2)
    estimate = (promoters - detractors) / n

    def distance(null: float, sign: float) -> float:
        return sign * (estimate - null) / _restricted_error(promoters, detractors, n, null) - critical

    edge = 1 - 1e-12
    low = -1.0 if estimate <= -edge else brentq(distance, -edge, estimate - 1e-14, args=(1.0,), xtol=1e-14)
    high = 1.0 if estimate >= edge else brentq(distance, estimate + 1e-14, edge, args=(-1.0,), xtol=1e-14)
    return float(low), float(high)


def _restricted_error(promoters: float, detractors: float, n: float, null: float) -> float:
    # The share of detractors that is most likely when the score equals `null`: the root of a quadratic.
    b = -promoters - detractors + (2 * n - promoters + detractors) * null
    c = -detractors * null * (1 - null)
    share = (np.sqrt(max(b**2 - 8 * n * c, 0.0)) - b) / (4 * n)
    return float(np.sqrt(max((2 * share + null * (1 - null)) / n, 1e-300)))


def weighted_score(values: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    """Return the weighted mean, its linearised standard error and Kish's effective n.

    The standard error is that of a ratio under sampling with replacement, with the factor n / (n - 1).
    """
    total = weights.sum()
    mean = float(weights @ values / total)
    n = len(values)
    residual = weights * (values - mean) / total
    error = float(np.sqrt(n / (n - 1) * (residual**2).sum())) if n > 1 else np.nan
    return mean, error, float(total**2 / (weights**2).sum())


def clustered_scores(
    values: np.ndarray, weights: np.ndarray, group: np.ndarray, cluster: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the weighted mean of every group, their covariance, and its df, the number of clusters less one.

    Answers of one cluster may go together, in and between groups (codes from 0): the linearised residuals are summed
    by cluster, with the factor m / (m - 1) for m clusters.
    """
    total = np.bincount(group, weights)
    mean = np.bincount(group, weights * values) / total
    sums = np.zeros((int(cluster.max()) + 1, len(total)))
    np.add.at(sums, (cluster, group), weights * (values - mean[group]) / total[group])
    count = len(sums)
    return mean, count / (count - 1) * sums.T @ sums, count - 1
