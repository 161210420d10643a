"""Choices between offers: conditional logit and what customers would pay for an attribute.

Stands on numerics.choice; held against survival::clogit of R.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.errors import InputError, level, whole
from klantstudie.numerics import choice as core
from klantstudie.numerics import resampling
from klantstudie.result import Result, build


def choice(
    frame: pd.DataFrame,
    chosen: str,
    attributes: str | Sequence[str],
    choice_set: str,
    *,
    price: str | None = None,
    cluster: str | None = None,
    n_draws: int = 5000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Model which offer of a set is chosen, and derive what customers would pay for each attribute.

    The frame has one row an offer; `choice_set` numbers the sets, `chosen` is 1 for the one offer taken and else 0.
    Part "utility": conditional logit coefficients (log odds of choosing, per unit), with the odds ratio as effect.
    With a `price`: part "pay", minus coefficient over price coefficient in units of the price, with the delta-method
    interval; part "pay_drawn", the same with Krinsky and Robb's interval from `n_draws` normal draws. Where the price
    does not lower the chance of being chosen, willingness to pay has no meaning and is left empty. `cluster` (a
    person) makes errors that allow the choices of one person to hang together. Label columns become 0/1 columns.
    A set with any missing value is left out; n counts sets. Errors: a set without exactly one choice or with one
    offer, attributes that do not differ within sets, an attribute that separates the choices.

    References: McFadden (1974); Krinsky and Robb (1986).
    """
    level(conf_level)
    n_draws, seed = whole("n_draws", n_draws, 100), whole("seed", seed)
    listed = [*frames.names(attributes, "attributes"), *([price] if price else [])]
    data = _sets(frame, chosen, frames.names(listed, "attributes and price"), choice_set, price, cluster)
    fit = core.conditional_logit(data["x"], data["y"], data["sets"])
    cov = fit.cov if cluster is None else core.clustered(fit, data["cluster"])
    z = stats.norm.ppf((1 + conf_level) / 2)
    names = data["columns"]
    rows = [_utility(name, fit.coef[k], np.sqrt(cov[k, k]), z) for k, name in enumerate(names)]
    if price:
        rows += _pay(names, fit.coef, cov, z, n_draws, seed, conf_level)
    clusters = {} if cluster is None else {"n_clusters": int(data["cluster"].max()) + 1}
    return build(
        "experiment.choice",
        rows,
        n_total=data["n_total"],
        n_used=data["n_used"],
        method="conditional logit"
        + (", cluster-robust errors" if cluster else "")
        + "; n counts choice sets",
        reference="McFadden (1974); Krinsky and Robb (1986)",
        conf_level=conf_level,
        seed=seed if price else None,
        fit={
            "loglik": fit.loglik,
            "pseudo_r_squared": 1 - fit.loglik / fit.loglik_null,
            "n": data["n_used"],
        },
        **clusters,
    )


def _sets(
    frame: pd.DataFrame,
    chosen: str,
    listed: list[str],
    choice_set: str,
    price: str | None,
    cluster: str | None,
) -> dict[str, Any]:
    """Return the complete choice sets as arrays, in the order of the frame."""
    frames.require(frame, [chosen], "chosen")
    taken = frames.numeric(frame, chosen, "chosen")[chosen]
    if price:
        frames.numeric(frame, price, "price")
    matrix, _ = frames.coded(frame, listed, "attributes")
    sets = frames.labels(frame, choice_set, "choice_set")
    person = frames.labels(frame, cluster, "cluster") if cluster else None
    known = taken.notna() & matrix.notna().all(axis=1)
    if person is not None:
        known &= person.notna()
    numbers, found = pd.factorize(sets)
    keep = sets.notna().to_numpy(dtype=bool, copy=True)
    partial = np.unique(numbers[keep & ~known.to_numpy(dtype=bool)])
    keep &= ~np.isin(numbers, partial)
    if not keep.any():
        raise InputError("no choice set is complete")
    y, codes = taken[keep].to_numpy(copy=True), pd.factorize(numbers[keep])[0]
    if not np.isin(y, (0.0, 1.0)).all():
        raise InputError(f"chosen: '{chosen}' must be 1 for the offer taken and 0 for the others")
    sizes, ones = np.bincount(codes), np.bincount(codes, y)
    wrong = int((ones != 1).sum())
    if wrong:
        raise InputError(f"chosen: {wrong} of {len(sizes)} choice sets do not have exactly one offer taken")
    if (sizes < 2).any():
        raise InputError(f"choice_set: {int((sizes < 2).sum())} sets have a single offer, which is no choice")
    found_cluster = None
    if person is not None:
        each = pd.factorize(person[keep])[0]
        first = np.unique(codes, return_index=True)[1]
        if (each != each[first][codes]).any():
            raise InputError(f"cluster: a choice set belongs to more than one '{cluster}'")
        found_cluster = each[first]
    return {
        "x": matrix[keep].to_numpy(copy=True),
        "y": y,
        "sets": codes,
        "cluster": found_cluster,
        "columns": list(matrix.columns),
        "n_total": len(found),
        "n_used": len(sizes),
    }


def _utility(name: str, coef: float, error: float, z: float) -> dict[str, Any]:
    low, high = coef - z * error, coef + z * error
    return (
        {
            "term": name,
            "part": "utility",
            "estimate": coef,
            "std_error": error,
            "conf_low": low,
            "conf_high": high,
        }
        | {"statistic": coef / error, "statistic_name": "z", "p_value": 2 * stats.norm.sf(abs(coef / error))}
        | {"effect": np.exp(coef), "effect_low": np.exp(low), "effect_high": np.exp(high)}
        | {"effect_name": "odds ratio"}
    )


def _pay(
    names: list[str], coef: np.ndarray, cov: np.ndarray, z: float, n_draws: int, seed: int, conf_level: float
) -> list[dict[str, Any]]:
    """Return willingness to pay per attribute (the price is the last column), by delta method and by draws."""
    if coef[-1] >= 0:
        note = "the price does not lower the chance of being chosen"
        return [
            {"term": name, "part": part, "note": note} for part in ("pay", "pay_drawn") for name in names[:-1]
        ]
    root = np.linalg.cholesky(cov)
    draws = coef + np.random.default_rng(seed).standard_normal((n_draws, len(coef))) @ root.T
    low, high = resampling.percentile(-draws[:, :-1] / draws[:, -1:], conf_level)
    delta, drawn = [], []
    for k, name in enumerate(names[:-1]):
        estimate = -coef[k] / coef[-1]
        slope = np.array([-1 / coef[-1], coef[k] / coef[-1] ** 2])
        error = float(np.sqrt(slope @ cov[np.ix_([k, -1], [k, -1])] @ slope))
        delta.append(
            {"term": name, "part": "pay", "estimate": estimate, "std_error": error}
            | {"conf_low": estimate - z * error, "conf_high": estimate + z * error}
        )
        drawn.append(
            {"term": name, "part": "pay_drawn", "estimate": estimate}
            | {"conf_low": low[k], "conf_high": high[k]}
        )
    return [*delta, *drawn]
