"""Omega of a scale from a factor model: total, or hierarchical by Schmid-Leiman; stands on klantstudie.numerics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from klantstudie.analyses.reliability._intake import MOST_FAILED, covariances, negative, taken
from klantstudie.errors import ModelError, level, option, whole
from klantstudie.frames import complete
from klantstudie.moments import Moments
from klantstudie.numerics import reliability as numbers
from klantstudie.numerics.resampling import case_covariances, normal_covariances, percentile
from klantstudie.result import Result, build


def omega(
    data: pd.DataFrame | Moments,
    items: Sequence[str],
    *,
    kind: str = "total",
    n_factors: int = 3,
    standardized: bool = False,
    n_boot: int = 1000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """McDonald's omega of a sum of items, total or hierarchical, with a bootstrap interval.

    `kind="total"`: the share of the variance of the sum that one common factor (maximum likelihood) explains;
    variance as the model implies it. `kind="hierarchical"`: the share that the general factor explains after a
    Schmid-Leiman transformation of `n_factors` oblimin-rotated minres factors (omega_hierarchical), with omega_total
    of that same solution and the general factor's share of the common variance (ecv). Two factors do not identify
    the general one: both loadings are then set equal and `info["note"]` says so. Items are taken as they were
    answered, or `standardized` (psych's choice). Rows with a missing answer are left out. Intervals are percentile
    intervals over resampled rows; from Moments, over samples drawn from the normal law. `n_boot=0` gives none.

    Errors: InputError for fewer than three items (two per factor and one more with hierarchical), OptionError for a
    wrong option, ModelError when the factors are not found or touch a uniqueness of zero in the sample itself.
    References: McDonald (1999); Schmid and Leiman (1957); Zinbarg et al. (2005); Kelley and Pornprasertmanit (2016).
    """
    option("kind", kind, ("total", "hierarchical"))
    level(conf_level)
    draws = whole("n_boot", n_boot)
    m = 1 if kind == "total" else whole("n_factors", n_factors, 2)
    moments, n_total = taken(data, items, at_least=3 if kind == "total" else max(4, 2 * m))
    cov = moments.corr if standardized else covariances(moments)
    found, fine = _omega(cov, m)
    if not fine:
        raise ModelError(
            f"omega: the {m}-factor solution of {', '.join(moments.columns)} did not converge or gave an item a "
            "uniqueness of zero; leave out an item, ask for fewer factors, or report alpha"
        )
    low = high = np.full(found.size, np.nan)
    failed = 0
    if draws:
        stack = _resampled(data, moments, cov, draws, seed, standardized)
        spread, kept = _omega(stack, m, tol=1e-6)
        failed = int((~kept).sum())
        if failed > MOST_FAILED * draws:
            raise ModelError(
                f"omega: {failed} of {draws} bootstrap draws gave no proper solution, so that there is no interval; "
                "ask for fewer factors, or for n_boot=0"
            )
        low, high = percentile(spread[kept], conf_level)
    terms = ["omega_total"] if kind == "total" else ["omega_hierarchical", "omega_total", "ecv"]
    rows = [
        {
            "term": term,
            "n": moments.n,
            "n_items": len(cov),
            "estimate": value,
            "conf_low": bottom,
            "conf_high": top,
        }
        for term, value, bottom, top in zip(terms, found, low, high, strict=True)
    ]
    scale = "standardised" if standardized else "raw"
    model = "one maximum-likelihood factor" if m == 1 else f"Schmid-Leiman, {m} minres factors, oblimin"
    return build(
        "reliability.omega",
        rows,
        n_total=n_total,
        n_used=moments.n,
        method=f"omega {kind}, {scale} items, {model}; {_interval_name(data, draws)}",
        reference=["McDonald (1999)", "Schmid and Leiman (1957)", "Zinbarg et al. (2005)"],
        conf_level=conf_level if draws else None,
        seed=seed if draws else None,
        bounded=["estimate"],
        n_boot=draws,
        n_failed=failed,
        negative_items=negative(moments, cov),
        note="two factors do not identify a general factor: its two loadings are set equal" if m == 2 else "",
    )


def _omega(cov: np.ndarray, m: int, tol: float = 1e-10) -> tuple[np.ndarray, np.ndarray]:
    if m > 1:
        return numbers.omega_hierarchical(cov, m, tol=tol)
    found, fine = numbers.omega_total(cov)
    return np.asarray(found)[..., None], fine


def _resampled(
    data: pd.DataFrame | Moments, moments: Moments, cov: np.ndarray, draws: int, seed: int, standardized: bool
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if isinstance(data, Moments):
        try:
            stack = normal_covariances(cov, moments.n, draws, rng)
        except (ValueError, np.linalg.LinAlgError) as problem:
            raise ModelError(
                f"no normal bootstrap from these moments ({problem}); ask for n_boot=0"
            ) from problem
    else:
        kept, _ = complete(data, list(moments.columns), "items")
        stack = case_covariances(kept.to_numpy(copy=True), draws, rng)
        spread = np.diagonal(stack, axis1=1, axis2=2).min(1)
        if (spread <= 0).any():
            raise ModelError(
                "an item is constant in a bootstrap draw: too few cases for an interval; use n_boot=0"
            )
    return numbers.to_corr(stack) if standardized else stack


def _interval_name(data: pd.DataFrame | Moments, draws: int) -> str:
    if not draws:
        return "no interval"
    drawn = "samples from the normal law" if isinstance(data, Moments) else "resampled rows"
    return f"percentile interval over {draws} {drawn}"
