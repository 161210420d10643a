"""Satisfaction index of 0 to 100 from weighted items, from answers or from printed moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from klantstudie.analyses.loyalty.intake import ends_of, mean_row
from klantstudie.errors import InputError, level, option
from klantstudie.moments import Moments, as_moments
from klantstudie.result import Result, build


def satisfaction_index(
    data: pd.DataFrame | Moments,
    items: Sequence[str],
    weights: Mapping[str, float] | Sequence[float] | None = None,
    *,
    scale: tuple[int, int],
    weights_of: str = "standardized",
    conf_level: float = 0.95,
) -> Result:
    """Satisfaction index from 0 to 100: the weighted mean answer as a percentage of the length of the scale.

    `weights` are outer weights of a measurement model; those of standardised items are divided by the
    item's standard deviation first (`weights_of="standardized"`), those of raw items are taken as they are
    (`"raw"`); they are made to sum to one. Without weights each item counts alike. The t interval takes the
    weights as known. Rows with part="item" give mean, standard deviation and final weight. Rows with a
    missing answer are left out and counted.
    Errors: a weight too many or too few; weights that sum to zero; Moments without means or standard
    deviations.

    References: Fornell et al. (1996); Tenenhaus et al. (2005).
    """
    conf_level = level(conf_level)
    option("weights_of", weights_of, ("standardized", "raw"))
    low, high = ends_of(scale)
    known, n_total = as_moments(data, items, "items")
    if np.isnan(known.mean).any():
        raise InputError("items: an index needs the means of all items")
    final = _index_weights(known, weights, weights_of)
    stretch = 100 / (high - low)
    centre = (float(final @ known.mean) - low) * stretch
    spread = float(np.sqrt(final @ known.cov @ final)) * stretch
    rows = [
        {"term": "index", "part": "total", **mean_row(centre, spread / np.sqrt(known.n), known.n, conf_level)}
    ]
    rows += [
        {"term": name, "part": "item", "n": known.n, "mean": mean, "sd": sd, "weight": weight}
        for name, mean, sd, weight in zip(known.columns, known.mean, known.sd, final, strict=True)
    ]
    how = "equal weights" if weights is None else f"given weights of {weights_of} items"
    return build(
        "loyalty.satisfaction_index",
        rows,
        n_total=n_total,
        n_used=known.n,
        method=f"index of 0 to 100 from answers {low} to {high}; {how}; t interval with fixed weights",
        conf_level=conf_level,
        reference="Fornell et al. (1996); Tenenhaus et al. (2005)",
    )


def _index_weights(
    known: Moments, weights: Mapping[str, float] | Sequence[float] | None, weights_of: str
) -> np.ndarray:
    if weights is None:
        return np.full(len(known.columns), 1 / len(known.columns))
    if isinstance(weights, Mapping):
        absent = [name for name in known.columns if name not in weights]
        if absent:
            raise InputError(f"weights: no weight for {', '.join(absent)}")
        given = np.array([weights[name] for name in known.columns], dtype=float)
    else:
        given = np.asarray(list(weights), dtype=float)
        if len(given) != len(known.columns):
            raise InputError(f"weights: {len(given)} weights for {len(known.columns)} items")
    if weights_of == "standardized":
        if not (known.sd > 0).all():
            raise InputError("items: an item without variance has no standardised weight")
        given = given / known.sd
    if not np.isfinite(given).all() or given.sum() == 0:
        raise InputError("weights must be numbers that do not sum to zero")
    return given / given.sum()
