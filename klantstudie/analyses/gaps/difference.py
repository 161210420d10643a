"""How reliable is a difference score: less than its two parts, and the less the more they correlate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.errors import InputError, level, whole
from klantstudie.moments import Moments, as_moments
from klantstudie.numerics import reliability, resampling
from klantstudie.result import Result, build


def difference_reliability(
    data: pd.DataFrame | Moments,
    expectation: Sequence[str],
    perception: Sequence[str],
    *,
    n_boot: int = 2000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Reliability of experience minus expectation (means of items), from both alphas and their correlation.

    Rows: alpha of each side, the correlation of the two sides, and the reliability of their difference,
    (s_E^2 a_E + s_P^2 a_P - 2 r s_E s_P) / (s_E^2 + s_P^2 - 2 r s_E s_P), which may fall below 0. Errors of
    measurement of the two sides are taken as unrelated. Percentile intervals come from resampled rows, or
    from normal samples when only moments are known; n_boot=0 leaves them out. Rows with a missing answer
    are left out and counted.
    Errors: fewer than two items on a side, an item on both sides, a side or difference without variance.

    References: Johns (1981); Cronbach (1951); Peter, Churchill and Brown (1993).
    """
    conf_level = level(conf_level)
    n_boot, seed = whole("n_boot", n_boot), whole("seed", seed)
    before, after = frames.names(expectation, "expectation"), frames.names(perception, "perception")
    for role, items in (("expectation", before), ("perception", after)):
        if len(items) < 2:
            raise InputError(f"{role}: alpha needs two items; given: {len(items)}")
    both = sorted(set(before) & set(after))
    if both:
        raise InputError(f"an item cannot be expectation and perception at once: {', '.join(both)}")
    if not isinstance(data, Moments):
        frames.require(data, before, "expectation")
    known, n_total = as_moments(data, [*before, *after], "expectation and perception")
    estimate = _parts(known.cov, len(before))
    if not np.isfinite(estimate).all():
        raise InputError("the difference of the two sides has no variance, so no reliability")
    low = high = np.full(4, np.nan)
    how = "no intervals"
    if n_boot:
        rng = np.random.default_rng(seed)
        if isinstance(data, Moments):
            draws, how = (
                resampling.normal_covariances(known.cov, known.n, n_boot, rng),
                "parametric bootstrap",
            )
        else:
            values = frames.complete(data, [*before, *after])[0].to_numpy()
            draws, how = resampling.case_covariances(values, n_boot, rng), "bootstrap"
        low, high = resampling.percentile(_parts(draws, len(before)), conf_level)
    names = (
        ("expectation", "alpha"),
        ("perception", "alpha"),
        ("both", "correlation"),
        ("difference", "reliability"),
    )
    rows = [
        {"term": term, "part": part, "estimate": estimate[i], "conf_low": low[i], "conf_high": high[i]}
        for i, (term, part) in enumerate(names)
    ]
    return build(
        "gaps.difference_reliability",
        rows,
        n_total=n_total,
        n_used=known.n,
        method=f"raw alpha per side, Johns' formula for the difference; {how}",
        conf_level=conf_level if n_boot else None,
        seed=seed if n_boot else None,
        reference="Johns (1981); Cronbach (1951); Peter, Churchill and Brown (1993)",
        bounded=("estimate",),
    )


def _parts(cov: np.ndarray, size: int) -> np.ndarray:
    """Return both alphas, the correlation and the reliability of the difference, per matrix of a stack."""
    first, second = cov[..., :size, :size], cov[..., size:, size:]
    var_a, var_b = first.mean((-2, -1)), second.mean((-2, -1))
    shared = cov[..., :size, size:].mean((-2, -1))
    spread = var_a + var_b - 2 * shared
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = reliability.alpha(first), reliability.alpha(second)
        difference = np.where(
            spread > 1e-12 * (var_a + var_b), (var_a * a + var_b * b - 2 * shared) / spread, np.nan
        )
        r = shared / np.sqrt(var_a * var_b)
    found = np.stack([a, b, r, difference], axis=-1)
    return np.where(np.isfinite(found), found, np.nan)
