"""Intervals of indirect effects by percentile or BCa bootstrap, Monte Carlo draws or the delta method; on
numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.numerics import pathboot
from klantstudie.numerics.resampling import percentile

METHODS = ("percentile", "bca", "montecarlo", "delta")
BOOTSTRAP = ("percentile", "bca")
TOO_MANY = 0.2  # the share of failed resamples beyond which a bootstrap says nothing


@dataclass(frozen=True)
class Interval:
    """For each effect: estimate, standard error, z (delta only), p value and the ends of the interval."""

    estimate: np.ndarray
    std_error: np.ndarray
    statistic: np.ndarray
    p_value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n_failed: int = 0

    def row(self, place: int) -> dict[str, float]:
        """Return the numbers of one effect under their column names."""
        return {
            "estimate": self.estimate[place],
            "std_error": self.std_error[place],
            "statistic": self.statistic[place],
            "statistic_name": "z" if np.isfinite(self.statistic[place]) else "",
            "p_value": self.p_value[place],
            "conf_low": self.low[place],
            "conf_high": self.high[place],
        }


def words(method: str, n_boot: int) -> str:
    """Return the name of the method for the note below a table."""
    return {
        "percentile": f"percentile bootstrap of cases ({n_boot} draws)",
        "bca": f"bias-corrected and accelerated bootstrap of cases ({n_boot} draws)",
        "montecarlo": f"Monte Carlo interval ({n_boot} draws of the coefficients)",
        "delta": "delta method (first order, Sobel)",
    }[method]


def enough(method: str, n_boot: int, moments: bool) -> None:
    """Refuse a bootstrap of printed moments, and fewer draws than an interval needs."""
    if moments and method in BOOTSTRAP:
        raise InputError(
            f"method='{method}' resamples the rows, and moments have none; use 'montecarlo' or 'delta'"
        )
    if method != "delta" and n_boot < 100:
        raise OptionError(f"n_boot must be at least 100 for an interval; given: {n_boot}")


def from_cases(engine: pathboot.Linear, method: str, n_boot: int, seed: int, conf_level: float) -> Interval:
    """Return bootstrap intervals of the effects of an engine."""
    observed = engine.observed()
    draws = engine.bootstrap(n_boot, seed)
    failed = int(np.isnan(draws).any(1).sum())
    if failed > TOO_MANY * n_boot:
        raise ModelError(
            f"{failed} of {n_boot} resamples could not be fitted (a constant or separated column in them): "
            "the sample is too small for a bootstrap; use method='montecarlo'"
        )
    if method == "bca":
        ends, p_value = pathboot.bca(draws, observed, engine.jackknife(), conf_level)
    else:
        ends, p_value = percentile(draws, conf_level), pathboot.p_values(draws)
    none = np.full(len(observed), np.nan)
    return Interval(observed, np.nanstd(draws, axis=0, ddof=1), none, p_value, ends[0], ends[1], failed)


def from_coefficients(
    effects: pathboot.Effects,
    coefficients: list[np.ndarray],
    cov: np.ndarray,
    method: str,
    n_boot: int,
    seed: int,
    conf_level: float,
) -> Interval:
    """Return Monte Carlo or delta intervals from the coefficients of the equations and their covariance."""
    estimate = effects([part[None] for part in coefficients])[0]
    if method == "delta":
        slope = pathboot.gradient(effects, coefficients)
        error = np.sqrt(np.einsum("ek,kl,el->e", slope, cov, slope))
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(error > 0, estimate / error, np.nan)
        width = stats.norm.ppf((1 + conf_level) / 2) * error
        return Interval(estimate, error, z, 2 * stats.norm.sf(np.abs(z)), estimate - width, estimate + width)
    values, vectors = np.linalg.eigh(cov)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = np.random.default_rng(seed).standard_normal((n_boot, len(cov))) @ root.T
    parts = np.split(
        np.concatenate(coefficients) + drawn, np.cumsum([len(p) for p in coefficients])[:-1], axis=1
    )
    draws = effects(parts)
    low, high = percentile(draws, conf_level)
    none = np.full(len(estimate), np.nan)
    return Interval(estimate, draws.std(0, ddof=1), none, pathboot.p_values(draws), low, high)
