"""Importance and performance of the causes of one construct: where improvement matters most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from klantstudie.analyses.paths.model import Model, correlations, read_model, values
from klantstudie.errors import InputError, ModelError, OptionError, level, suggestion, whole
from klantstudie.moments import Moments
from klantstudie.numerics import pls as numbers
from klantstudie.numerics.reliability import to_corr
from klantstudie.numerics.resampling import case_moments, percentile
from klantstudie.result import Result, build


def priority(
    data: pd.DataFrame | Moments,
    blocks: Mapping[str, Sequence[str]],
    paths: Sequence[str],
    outcome: str,
    *,
    scale: tuple[float, float],
    modes: str | Mapping[str, str] = "A",
    scheme: str = "path",
    n_boot: int = 0,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Importance-performance map (IPMA) of the constructs that lead to an outcome.

    `performance` is the mean score of a construct on 0 to 100, its items rescaled from `scale` (lowest, highest
    answer) and weighted by their outer weights on the scale of the answers; the outcome's own row has no importance.
    `importance` is the total effect in points of the outcome per point of the construct (both 0 to 100);
    `standardized` the same in standard deviations. `quadrant` sets each cause against the means of importance and
    performance over the causes: concentrate (important, performs low), keep_up, low_priority, overkill. With
    `n_boot` (frame only) percentile intervals over resampled rows. Rows with a missing answer are left out.

    Errors: ModelError for negative outer weights (performance has no meaning then) or an outcome that nothing leads
    to; InputError for answers outside the scale or moments without means and standard deviations.
    References: Ringle and Sarstedt (2016); Hoeck, Ringle and Sarstedt (2010).
    """
    level(conf_level)
    draws = whole("n_boot", n_boot)
    low, high = _scale(scale)
    model = read_model(blocks, paths, modes, scheme, False)
    if model.products:
        raise ModelError("priority: interactions are not available; leave the products out")
    if outcome not in model.blocks:
        raise OptionError(f"outcome: '{outcome}' is no block{suggestion(outcome, model.blocks)}")
    moments, n_total = correlations(data, model)
    if np.isnan(moments.mean).any() or np.isnan(moments.sd).any():
        raise InputError("priority needs means and standard deviations; the moments have none")
    if not isinstance(data, Moments):
        _inside(values(data, model, "priority")[0], model, low, high)
    mean, cov = (moments.mean - low) / (high - low) * 100, moments.cov * (100 / (high - low)) ** 2
    found, weights = _map(mean[None], cov[None], model, outcome)
    if (weights < 0).any():
        bad = [model.items[place] for place in np.flatnonzero((weights[0] < 0).any(1))]
        raise ModelError(
            f"negative outer weight of {', '.join(bad)}: a score of 0 to 100 has no meaning; turn or drop"
        )
    spread = None
    if draws:
        rows = (values(data, model, "the bootstrap")[0] - low) / (high - low) * 100
        means, covs = case_moments(rows, draws, np.random.default_rng(seed))
        spread = _map(means, covs, model, outcome)[0]
    return build(
        "paths.priority",
        _rows(found, spread, model, outcome, conf_level),
        n_total=n_total,
        n_used=moments.n,
        method=f"importance-performance map, {scheme} weighting scheme"
        + (f", answers rescaled from {low:g}-{high:g} to 0-100" if (low, high) != (0, 100) else "")
        + (f"; percentile intervals over {draws} draws" if draws else ""),
        reference=["Ringle and Sarstedt (2016)"],
        conf_level=conf_level if draws else None,
        seed=seed if draws else None,
        bounded=["standardized"],
        n_boot=draws,
        outcome=outcome,
    )


def _scale(scale: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in scale)
    except (TypeError, ValueError):
        raise OptionError(
            f"scale: two numbers are needed, the lowest and highest answer; given: {scale!r}"
        ) from None
    if not low < high:
        raise OptionError(f"scale: the lowest answer must be below the highest; given: {scale!r}")
    return low, high


def _inside(rows: np.ndarray, model: Model, low: float, high: float) -> None:
    outside = (rows < low) | (rows > high)
    if outside.any():
        bad = [item for item, out in zip(model.items, outside.any(0), strict=True) if out]
        raise InputError(f"{', '.join(bad)}: answers outside the scale {low:g} to {high:g}")


def _map(
    mean: np.ndarray, cov: np.ndarray, model: Model, outcome: str
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Performance, importance and standardised total effects (B, k) from means and covariances on 0 to 100."""
    spec = model.spec()
    fit = numbers.estimate(to_corr(cov), spec, tol=1e-11 if len(cov) == 1 else 1e-8)
    weights = fit.weights / np.sqrt(np.diagonal(cov, axis1=1, axis2=2))[:, :, None]
    weights = weights / weights.sum(1, keepdims=True)
    sd = np.sqrt(np.einsum("bij,bik,bkj->bj", weights, cov, weights))
    place = list(model.blocks).index(outcome)
    total = numbers.total_effects(fit.paths)[:, :, place]
    found = {
        "performance": np.einsum("bi,bij->bj", mean, weights),
        "importance": total * sd[:, [place]] / sd,
        "standardized": total,
    }
    return found, weights


def _rows(
    found: dict[str, np.ndarray],
    spread: dict[str, np.ndarray] | None,
    model: Model,
    outcome: str,
    conf_level: float,
) -> list[dict]:
    names = list(model.blocks)
    place = names.index(outcome)
    causes = np.flatnonzero(numbers.reachable(model.spec().links)[:, place])
    if not causes.size:
        raise ModelError(f"no path leads to '{outcome}'")
    middle = {name: found[name][0, causes].mean() for name in ("importance", "performance")}
    rows = []
    for j in [*causes, place]:
        row = {"term": names[j]}
        for name in ("performance", "importance"):
            known = not (name == "importance" and j == place)
            row[name] = found[name][0, j] if known else np.nan
            if spread is not None:
                ends = percentile(spread[name][:, j], conf_level) if known else (np.nan, np.nan)
                row[f"{name}_low"], row[f"{name}_high"] = ends
        row["standardized"] = found["standardized"][0, j] if j != place else np.nan
        row["quadrant"] = _quadrant(row, middle) if j != place else ""
        rows.append(row)
    return rows


def _quadrant(row: dict, middle: dict[str, float]) -> str:
    important, strong = (row[name] >= middle[name] for name in ("importance", "performance"))
    if important:
        return "keep_up" if strong else "concentrate"
    return "overkill" if strong else "low_priority"
