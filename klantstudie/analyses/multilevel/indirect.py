"""Mediation in groups: from a group-level x (2-1-1) or within and between groups apart (1-1-1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.analyses import _mixedlm
from klantstudie.analyses._rows import tested
from klantstudie.analyses.multilevel.nested import FEW, Nested, read, varies
from klantstudie.errors import InputError, ModelError, level, option, whole
from klantstudie.numerics import regression
from klantstudie.result import Result, build

REFERENCE = "Zhang, Zyphur and Preacher (2009); Preacher and Selig (2012)"


def mediation_2_1_1(
    frame: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    cluster: str,
    *,
    method: str = "reml",
    n_draws: int = 20000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Return the indirect effect of something about the group (x) on people's y through people's m.

    x can only work between groups, so the indirect effect is `a` (x on m) times `b` of the group means of m,
    given x; the effect of m inside groups stands beside it (part "within") and is no part of the indirect
    effect. Random intercepts, fixed slopes; Satterthwaite df for the paths; for `indirect` a Monte Carlo interval from
    `n_draws` draws of the paths, with p never below 1 / n_draws. Units: those of y per unit of x. Rows with a
    missing answer are left out. Errors: x that differs within a group, m or y that does not, fewer than five
    groups.

    References: Zhang, Zyphur and Preacher (2009); Preacher and Selig (2012).
    """
    option("method", method, ("reml", "ml"))
    conf_level, n_draws = level(conf_level), whole("n_draws", n_draws, 100)
    frames.names([x, m, y, cluster], "x, m, y and cluster")
    nested = read(frame, [x, m, y], [cluster])
    varies(nested, [x, m, y])
    if nested.moves(x, cluster):
        raise InputError(f"'{x}' differs within '{cluster}': use mediation_1_1_1")
    _moving(nested, (m, y), cluster)
    mean, away = nested.split(m, cluster)
    ones, given = np.ones(nested.n), nested.values[x]
    reml = method == "reml"
    first = _fit(nested.values[m], np.column_stack([ones, given]), nested, cluster, reml)
    second = _fit(nested.values[y], np.column_stack([ones, given, away, mean]), nested, cluster, reml)
    rows = [
        {"term": "a", "part": "between"} | _line(first, 1, conf_level),
        {"term": "b", "part": "between"} | _line(second, 3, conf_level),
        {"term": "direct", "part": "between"} | _line(second, 1, conf_level),
        {"term": "b", "part": "within"} | _line(second, 2, conf_level),
    ]
    effect = _product(first, 1, second, 3, n_draws, np.random.default_rng(seed), conf_level)
    rows.append({"term": "indirect", "part": "between"} | effect)
    return _answer(
        "multilevel.mediation_2_1_1",
        rows,
        nested,
        cluster,
        (first, second),
        method,
        n_draws,
        seed,
        conf_level,
    )


def mediation_1_1_1(
    frame: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    cluster: str,
    *,
    method: str = "reml",
    n_draws: int = 20000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Return the indirect effect of people's x on y through m, inside groups and between groups apart.

    x and m are split into the group mean and the difference from it, and both enter; part "within" tells
    whether a person with more x than colleagues has more y through m, part "between" the same of groups.
    Slopes are the same in all groups: when they differ and go together, the mean indirect effect within
    groups contains their covariance, which this leaves out. Intervals and missing answers as in
    mediation_2_1_1. Errors: x, m or y that does not vary within groups, fewer than five groups.

    References: Zhang, Zyphur and Preacher (2009); Bauer, Preacher and Gil (2006); Preacher and Selig (2012).
    """
    option("method", method, ("reml", "ml"))
    conf_level, n_draws = level(conf_level), whole("n_draws", n_draws, 100)
    frames.names([x, m, y, cluster], "x, m, y and cluster")
    nested = read(frame, [x, m, y], [cluster])
    varies(nested, [x, m, y])
    ones = np.ones(nested.n)
    _moving(nested, (x, m, y), cluster)
    x_mean, x_away = nested.split(x, cluster)
    m_mean, m_away = nested.split(m, cluster)
    reml = method == "reml"
    design = np.column_stack([ones, x_away, x_mean, m_away, m_mean])
    # the larger model first: it tells when x and m are the same
    second = _fit(nested.values[y], design, nested, cluster, reml)
    first = _fit(nested.values[m], np.column_stack([ones, x_away, x_mean]), nested, cluster, reml)
    rng = np.random.default_rng(seed)
    rows = []
    for part, a, direct, b in (("within", 1, 1, 3), ("between", 2, 2, 4)):
        rows += [
            {"term": "a", "part": part} | _line(first, a, conf_level),
            {"term": "b", "part": part} | _line(second, b, conf_level),
            {"term": "direct", "part": part} | _line(second, direct, conf_level),
            {"term": "indirect", "part": part} | _product(first, a, second, b, n_draws, rng, conf_level),
        ]
    return _answer(
        "multilevel.mediation_1_1_1",
        rows,
        nested,
        cluster,
        (first, second),
        method,
        n_draws,
        seed,
        conf_level,
    )


def _moving(nested: Nested, names: Sequence[str], cluster: str) -> None:
    """Refuse columns that are the same for everyone in a group."""
    for name in names:
        if not nested.moves(name, cluster):
            raise InputError(f"'{name}' does not vary within '{cluster}'")


def _fit(y: np.ndarray, x: np.ndarray, nested: Nested, cluster: str, reml: bool) -> _mixedlm.Mixed:
    if regression.dependent(x):
        raise ModelError("x and m cannot be told apart: one is a combination of the other")
    return _mixedlm.fit(y, x, {cluster: nested.codes[cluster]}, reml=reml)


def _line(fit: _mixedlm.Mixed, place: int, conf_level: float) -> dict[str, float | str]:
    return tested(fit.coef[place], fit.se[place], fit.df[place], conf_level)


def _product(
    first: _mixedlm.Mixed,
    a: int,
    second: _mixedlm.Mixed,
    b: int,
    n_draws: int,
    rng: np.random.Generator,
    conf_level: float,
) -> dict[str, float]:
    draws = rng.normal(first.coef[a], first.se[a], n_draws) * rng.normal(
        second.coef[b], second.se[b], n_draws
    )
    tail = (1 - conf_level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    share = min((draws <= 0).mean(), (draws >= 0).mean())
    return {
        "estimate": first.coef[a] * second.coef[b],
        "std_error": float(draws.std(ddof=1)),
        "p_value": float(np.clip(2 * share, 1 / n_draws, 1.0)),
        "conf_low": float(low),
        "conf_high": float(high),
    }


def _answer(
    kind: str,
    rows: list[dict],
    nested: Nested,
    cluster: str,
    fits: tuple[_mixedlm.Mixed, _mixedlm.Mixed],
    method: str,
    n_draws: int,
    seed: int,
    conf_level: float,
) -> Result:
    groups = len(nested.labels[cluster])
    return build(
        kind,
        rows,
        n_total=nested.n_total,
        n_used=nested.n,
        method=f"{method.upper()}, random intercepts, fixed slopes, Satterthwaite df; Monte Carlo, {n_draws} draws",
        reference=REFERENCE,
        conf_level=conf_level,
        seed=seed,
        fit={"n_groups": groups},
        singular=any(fit.singular for fit in fits),
        few_groups=groups < FEW,
        n_draws=n_draws,
    )
