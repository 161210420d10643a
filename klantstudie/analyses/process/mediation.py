"""Mediation with one, several parallel or serial mediators, covariates and a continuous or yes-or-no
outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.analyses.process import equations, indirect
from klantstudie.errors import InputError, OptionError, level, option, whole
from klantstudie.moments import Moments
from klantstudie.numerics import pathboot
from klantstudie.result import Result, build


def mediation(
    data: pd.DataFrame | Moments,
    x: str,
    m: str | Sequence[str],
    y: str,
    *,
    covariates: Sequence[str] = (),
    serial: bool = False,
    outcome: str = "continuous",
    method: str = "percentile",
    n_boot: int = 5000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Return the paths from x through one or more mediators m to y, with intervals of the indirect effects.

    Rows: `a` (x to m), `b` (m to y given x), `direct`, `indirect` = a times b, `total`; with several
    mediators `a:m1`, `b:m1`, `indirect:m1` and so on, and `indirect` for their sum. With `serial=True` the
    mediators form a chain in the order given: `d:m1>m2` and `indirect:m1>m2` are added. Units are those of y
    per unit of x; `standardized` multiplies by SD(x) / SD(y). The paths have OLS standard errors and t
    intervals; the indirect effects the interval of `method`: percentile or BCa bootstrap of the rows, Monte
    Carlo draws of the coefficients, or the first-order delta method (Sobel). A resampling p value is never
    below 1 / n_boot. With `outcome="binary"` y (two values) is explained by logistic regression: b, direct
    and indirect are log odds, and there is no total row, since log odds of models with and without mediators
    do not add up. Rows with a missing answer are left out. `data` may be Moments for "montecarlo" and
    "delta". fit holds R2 (or log-likelihood) of the equation of y. The design decides whether a path may be
    called an effect; a cross-section does not allow it.

    References: Preacher and Hayes (2004, 2008); MacKinnon, Lockwood and Williams (2004); Hayes (2022), models
    4 and 6.
    """
    option("method", method, indirect.METHODS)
    option("outcome", outcome, ("continuous", "binary"))
    conf_level, n_boot = level(conf_level), whole("n_boot", n_boot, 1)
    mediators, others = (
        frames.names(m, "m"),
        frames.names(covariates, "covariates") if len(covariates) else [],
    )
    frames.names([x, *mediators, y, *others], "x, m, y and covariates")
    is_moments = isinstance(data, Moments)
    indirect.enough(method, n_boot, is_moments)
    if is_moments and outcome == "binary":
        raise InputError("outcome='binary' needs the rows; moments hold none")
    if serial and len(mediators) < 2:
        raise OptionError("serial=True needs at least two mediators, in the order of the chain")
    columns = [x, *mediators, *others, y]
    moments, z, n_total = _data(data, columns)
    design = _design(x, mediators, y, others, serial)
    fits = [equations.linear(moments, out, inside) for out, inside in design[:-1]]
    if outcome == "binary":
        z, values = _two(z, y)
        fits.append(equations.logistic(z, *design[-1]))
    else:
        values = None
        fits.append(equations.linear(moments, *design[-1]))
    chains = _chains(mediators, serial)
    effects = _effects(design, x, mediators, chains)
    if method in indirect.BOOTSTRAP:
        place = {name: i for i, name in enumerate(columns)}
        engine = pathboot.Logistic if outcome == "binary" else pathboot.Linear
        found = indirect.from_cases(
            engine(
                np.column_stack([z[name] for name in columns]),
                [(place[out], [place[name] for name in inside]) for out, inside in design],
                effects,
            ),
            method,
            n_boot,
            seed,
            conf_level,
        )
    else:
        cov = equations.joint_covariance(fits, moments)
        slopes = [fit.slopes for fit in fits]
        found = indirect.from_coefficients(effects, slopes, cov, method, n_boot, seed, conf_level)
    sd = dict(zip(moments.columns, moments.sd, strict=True)) | ({y: np.nan} if outcome == "binary" else {})
    rows = _path_rows(fits, x, mediators, y, serial, sd, conf_level)
    for place, chain in enumerate(chains):
        term = "indirect" if len(mediators) == 1 else f"indirect:{'>'.join(chain)}"
        rows.append(_indirect(term, found, place, sd[x] / sd[y]))
    if len(chains) > 1:
        rows.append(_indirect("indirect", found, len(chains), sd[x] / sd[y]))
    if outcome == "continuous":
        rows.append(_path("total", equations.linear(moments, y, [x, *others]), x, sd, conf_level))
    return build(
        "process.mediation",
        rows,
        n_total=n_total,
        n_used=moments.n,
        method=f"PROCESS model {6 if serial else 4}; {'logistic' if outcome == 'binary' else 'linear'} y; "
        + indirect.words(method, n_boot),
        reference="Preacher and Hayes (2008); MacKinnon, Lockwood and Williams (2004)",
        conf_level=conf_level,
        seed=None if method == "delta" else seed,
        fit={"r_squared": fits[-1].r_squared} if outcome == "continuous" else {"loglik": fits[-1].loglik},
        process_model=6 if serial else 4,
        r_squared_by_mediator={fit.outcome: fit.r_squared for fit in fits[:-1]},
        n_boot=None if method == "delta" else n_boot,
        n_failed=found.n_failed,
        outcome_values=values,
    )


def _data(data: pd.DataFrame | Moments, columns: list[str]) -> tuple[Moments, dict[str, np.ndarray], int]:
    if isinstance(data, Moments):
        chosen = data.select(columns)
        return chosen, {}, chosen.n
    kept, n_total = frames.complete(data, columns, at_least=3)
    return (
        Moments.from_frame(kept, columns),
        {name: kept[name].to_numpy(copy=True) for name in columns},
        n_total,
    )


def _two(z: dict[str, np.ndarray], y: str) -> tuple[dict[str, np.ndarray], list[float]]:
    values = np.unique(z[y])
    if len(values) != 2:
        raise InputError(f"outcome='binary' needs two values in '{y}'; it has {len(values)}")
    return z | {y: (z[y] == values[1]).astype(float)}, [float(value) for value in values]


def _design(
    x: str, mediators: list[str], y: str, covariates: list[str], serial: bool
) -> list[equations.Names]:
    first = [
        (name, (x, *(mediators[:place] if serial else ()), *covariates))
        for place, name in enumerate(mediators)
    ]
    return [*first, (y, (x, *mediators, *covariates))]


def _chains(mediators: list[str], serial: bool) -> list[tuple[str, ...]]:
    if not serial:
        return [(name,) for name in mediators]
    return [chain for size in range(1, len(mediators) + 1) for chain in combinations(mediators, size)]


def _effects(
    design: list[equations.Names], x: str, mediators: list[str], chains: list[tuple[str, ...]]
) -> pathboot.Effects:
    """Return the function from slopes per equation to the effect along every chain and, if several, their
    sum.
    """
    place = {outcome: (number, inside) for number, (outcome, inside) in enumerate(design)}
    last = len(design) - 1

    def slope(slopes: list[np.ndarray], outcome: int, predictor: str) -> np.ndarray:
        return slopes[outcome][:, design[outcome][1].index(predictor)]

    def effects(slopes: list[np.ndarray]) -> np.ndarray:
        found = []
        for chain in chains:
            value = slope(slopes, place[chain[0]][0], x)
            for before, after in zip(chain, chain[1:], strict=False):
                value = value * slope(slopes, place[after][0], before)
            found.append(value * slope(slopes, last, chain[-1]))
        return np.stack([*found, sum(found)] if len(found) > 1 else found, axis=1)

    return effects


def _path_rows(
    fits: list[equations.Fitted],
    x: str,
    mediators: list[str],
    y: str,
    serial: bool,
    sd: dict[str, float],
    conf_level: float,
) -> list[dict]:
    several = len(mediators) > 1
    rows = [_path(f"a:{fit.outcome}" if several else "a", fit, x, sd, conf_level) for fit in fits[:-1]]
    if serial:
        rows += [
            _path(f"d:{before}>{fit.outcome}", fit, before, sd, conf_level)
            for place, fit in enumerate(fits[:-1])
            for before in mediators[:place]
        ]
    rows += [_path(f"b:{name}" if several else "b", fits[-1], name, sd, conf_level) for name in mediators]
    return [*rows, _path("direct", fits[-1], x, sd, conf_level)]


def _path(
    term: str, fit: equations.Fitted, predictor: str, sd: dict[str, float], conf_level: float
) -> dict[str, float | str]:
    row = fit.row(predictor, conf_level)
    scaled = float(row["estimate"]) * sd[predictor] / sd[fit.outcome]
    return {"term": term, "part": "path", **row, "standardized": scaled}


def _indirect(term: str, found: indirect.Interval, place: int, ratio: float) -> dict[str, float | str]:
    row = found.row(place)
    return {"term": term, "part": "indirect", **row, "df": np.nan, "standardized": row["estimate"] * ratio}
