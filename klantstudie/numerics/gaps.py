"""Paired differences from means and standard deviations, and ellipses around a pair of means; on scipy."""

from __future__ import annotations

import numpy as np
from scipy import stats

from klantstudie.numerics.noncentral import t_interval


def paired(mean_difference: float, sd_difference: float, n: int, conf_level: float) -> dict[str, float]:
    """Return the paired t test of a mean difference: statistic, df, p, interval and d_z with its interval.

    d_z is the difference over the standard deviation of the differences; its interval inverts the
    noncentral t. Without any spread in the differences only the difference itself is known.
    """
    df = n - 1
    answer = dict.fromkeys(
        ("std_error", "statistic", "p_value", "conf_low", "conf_high", "effect", "effect_low", "effect_high"),
        np.nan,
    )
    answer["df"] = float(df)
    if not sd_difference > 0:
        return answer
    error = sd_difference / np.sqrt(n)
    statistic = mean_difference / error
    reach = stats.t.ppf((1 + conf_level) / 2, df) * error
    low, high = t_interval(statistic, df, conf_level)
    return {
        "std_error": error,
        "statistic": statistic,
        "df": float(df),
        "p_value": float(2 * stats.t.sf(abs(statistic), df)),
        "conf_low": mean_difference - reach,
        "conf_high": mean_difference + reach,
        "effect": mean_difference / sd_difference,
        "effect_low": low / np.sqrt(n),
        "effect_high": high / np.sqrt(n),
    }


def ellipse(cov_of_means: np.ndarray, n: int, conf_level: float) -> tuple[float, float, float]:
    """Return the half axes and the angle (radians, of the longer one) of the confidence ellipse of two means.

    Hotelling's T-square gives its size: 2 (n - 1) / (n - 2) F(2, n - 2).
    """
    scale = 2 * (n - 1) / (n - 2) * stats.f.ppf(conf_level, 2, n - 2)
    values, vectors = np.linalg.eigh(cov_of_means)
    half = np.sqrt(np.maximum(values, 0.0) * scale)
    angle = np.arctan2(vectors[1, 1], vectors[0, 1])
    return float(half[1]), float(half[0]), float((angle + np.pi / 2) % np.pi - np.pi / 2)
