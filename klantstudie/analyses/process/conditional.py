"""Moderated mediation: an indirect effect that depends on w in its first stage, its second stage or both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.analyses.process import equations, indirect
from klantstudie.analyses.process.moderation import chosen_values
from klantstudie.errors import OptionError, level, option, whole
from klantstudie.moments import Moments
from klantstudie.numerics import pathboot
from klantstudie.result import Result, build

MODELS = {"first": 7, "second": 14, "both": 58}


def moderated_mediation(
    frame: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    w: str,
    *,
    stage: str = "first",
    covariates: Sequence[str] = (),
    values: str | Sequence[float] = "sd",
    method: str = "percentile",
    n_boot: int = 5000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Return the indirect effect of x on y through m at chosen values of w, and how fast it changes with w.

    `stage` says which path w moderates: "first" (x to m; PROCESS model 7), "second" (m to y; model 14) or
    "both" (model 58). Part "coefficient": the slopes of both equations (`group` is the outcome), with w
    counted from its mean. Part "conditional": `indirect` where w has the value in the column `moderator`, in
    w's own units. Part "index": the `index` of moderated mediation, the change of the indirect effect per
    unit of w; with "both" that change is not constant, and the `contrast` between the highest and the lowest
    shown value stands instead. Intervals as in mediation; the values of w are held fixed over the draws. Rows
    with a missing answer are left out.

    References: Preacher, Rucker and Hayes (2007); Hayes (2015, 2022), models 7, 14 and 58.
    """
    option("stage", stage, tuple(MODELS))
    option("method", method, indirect.METHODS)
    conf_level, n_boot = level(conf_level), whole("n_boot", n_boot, 1)
    indirect.enough(method, n_boot, False)
    covariates = frames.names(covariates, "covariates") if len(covariates) else []
    columns = frames.names([x, m, y, w, *covariates], "x, m, y, w and covariates")
    kept, n_total = frames.complete(frame, columns, at_least=6)
    mean = float(kept[w].mean())
    shown = chosen_values(kept[w].to_numpy(), values)
    if stage == "both" and len({value for _, value in shown}) < 2:
        raise OptionError("stage='both' contrasts the highest with the lowest of values: name at least two")
    z = kept.assign(**{w: kept[w] - mean})
    first, second = stage in ("first", "both"), stage in ("second", "both")
    into_m, into_y = f"{x}:{w}", f"{m}:{w}"
    if first:
        z[into_m] = z[x] * z[w]
    if second:
        z[into_y] = z[m] * z[w]
    design = [
        (m, (x, *((w, into_m) if first else ()), *covariates)),
        (y, (x, m, *((w, into_y) if second else ()), *covariates)),
    ]
    points = np.array([value - mean for _, value in shown])
    effects = _effects(design, x, m, into_m if first else "", into_y if second else "", points)
    moments = Moments.from_frame(z, list(z.columns))
    fits = [equations.linear(moments, outcome, inside) for outcome, inside in design]
    if method in indirect.BOOTSTRAP:
        place = {name: i for i, name in enumerate(z.columns)}
        spelled = [(place[outcome], [place[name] for name in inside]) for outcome, inside in design]
        engine = pathboot.Linear(z.to_numpy(copy=True), spelled, effects)
        found = indirect.from_cases(engine, method, n_boot, seed, conf_level)
    else:
        cov = equations.joint_covariance(fits, moments)
        slopes = [fit.slopes for fit in fits]
        found = indirect.from_coefficients(effects, slopes, cov, method, n_boot, seed, conf_level)
    rows = [
        {"term": name, "part": "coefficient", "group": fit.outcome, "choice": "", "moderator": np.nan}
        | fit.row(name, conf_level)
        for fit in fits
        for name in fit.predictors
    ]
    rows += [
        {"term": "indirect", "part": "conditional", "group": "", "choice": label, "moderator": value}
        | found.row(place)
        for place, (label, value) in enumerate(shown)
    ]
    rows.append(
        {"term": "contrast" if stage == "both" else "index", "part": "index", "group": "", "choice": ""}
        | found.row(len(shown))
    )
    return build(
        "process.moderated_mediation",
        rows,
        n_total=n_total,
        n_used=len(kept),
        method=f"PROCESS model {MODELS[stage]}; moderated stage: {stage}; {indirect.words(method, n_boot)}",
        reference="Preacher, Rucker and Hayes (2007); Hayes (2015)",
        conf_level=conf_level,
        seed=None if method == "delta" else seed,
        fit={"r_squared": fits[1].r_squared},
        process_model=MODELS[stage],
        r_squared_by_mediator={m: fits[0].r_squared},
        n_boot=None if method == "delta" else n_boot,
        n_failed=found.n_failed,
        moderator_mean=mean,
    )


def _effects(
    design: list[equations.Names], x: str, m: str, into_m: str, into_y: str, points: np.ndarray
) -> pathboot.Effects:
    """Return the function from slopes to the indirect effect at every point, then the index or the
    contrast.
    """

    def slope(slopes: list[np.ndarray], equation: int, predictor: str) -> np.ndarray:
        return slopes[equation][:, design[equation][1].index(predictor)]

    def effects(slopes: list[np.ndarray]) -> np.ndarray:
        a, b = slope(slopes, 0, x), slope(slopes, 1, m)
        by_m = slope(slopes, 0, into_m) if into_m else np.zeros_like(a)
        by_y = slope(slopes, 1, into_y) if into_y else np.zeros_like(b)
        found = [(a + by_m * point) * (b + by_y * point) for point in points]
        if into_m and into_y:
            last = found[int(points.argmax())] - found[int(points.argmin())]
        else:
            last = by_m * b if into_m else a * by_y
        return np.stack([*found, last], axis=1)

    return effects
