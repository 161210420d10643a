"""How firm a pooled effect is: small-study tests with the funnel's points, leave-one-out, cumulative by
year.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.analyses._rows import tested
from klantstudie.analyses.meta.pooling import INTERVALS, SCALE, VARIANCE
from klantstudie.analyses.meta.studies import Studies, read
from klantstudie.errors import InputError, level, option
from klantstudie.numerics import meta
from klantstudie.result import Result, build


def small_study(
    frame: pd.DataFrame,
    effect: str,
    *,
    n: str | Sequence[str] | None = None,
    variance: str | None = None,
    study: str | None = None,
    measure: str = "r",
    test: str = "egger",
    conf_level: float = 0.95,
) -> Result:
    """Return a test of whether small studies give other effects, with the points of the funnel.

    "egger": the regression of the effects on their standard errors, weighted by precision; row "slope" is the
    test, row "limit" the effect where the standard error would be 0. "rank": Kendall's tau between
    standardised effects and variances (Begg). Everything stands on the pooling scale (Fisher z for "r"); part
    "study" holds effect and standard error of every study. A difference may come from unpublished studies,
    but also from real differences between small and large studies. Studies with a missing value are left out.
    Errors: fewer than three studies, equal standard errors, equal effects.

    References: Egger, Davey Smith, Schneider and Minder (1997); Begg and Mazumdar (1994); Sterne et al.
    (2011).
    """
    conf_level = level(conf_level)
    option("test", test, ("egger", "rank"))
    studies = read(frame, effect, n, variance, study, measure)
    if test == "egger":
        coef, cov, df = meta.egger(studies.y, studies.v)
        error = np.sqrt(np.diag(cov))
        rows = [
            {"term": name, "part": "test"} | tested(coef[i], error[i], df, conf_level)
            for name, i in (("slope", 1), ("limit", 0))
        ]
    else:
        tau, p_value = meta.begg(studies.y, studies.v)
        rows = [{"term": "kendall_tau", "part": "test", "estimate": tau, "p_value": p_value}]
    rows += [
        {"term": name, "part": "study", "estimate": y, "std_error": np.sqrt(v)}
        for name, y, v in zip(studies.names, studies.y, studies.v, strict=True)
    ]
    return build(
        "meta.small_study",
        rows,
        n_total=studies.n_total,
        n_used=len(studies.y),
        method=f"{'Egger regression' if test == 'egger' else 'rank correlation (Begg)'}; {SCALE[measure]}",
        reference="Egger et al. (1997)" if test == "egger" else "Begg and Mazumdar (1994)",
        conf_level=conf_level,
        measure=measure,
    )


def leave_one_out(
    frame: pd.DataFrame,
    effect: str,
    *,
    n: str | Sequence[str] | None = None,
    variance: str | None = None,
    study: str | None = None,
    measure: str = "r",
    method: str = "reml",
    knapp_hartung: bool | str = True,
    conf_level: float = 0.95,
) -> Result:
    """Return the pooled effect again and again, each time without the study that the row names.

    Estimate and interval are printed as in random_effects (r for "r"), with p and tau2 of the remaining
    studies. fit: the smallest and largest estimate. Studies with a missing value are left out. Errors: fewer
    than three studies.

    References: Viechtbauer and Cheung (2010).
    """
    conf_level = level(conf_level)
    studies = read(frame, effect, n, variance, study, measure)
    if len(studies.y) < 3:
        raise InputError(f"leaving one out needs at least three studies; there are {len(studies.y)}")
    rows = []
    for place, name in enumerate(studies.names):
        rest = studies.keep(np.delete(np.arange(len(studies.y)), place))
        rows.append({"term": name} | _pooled(rest, method, knapp_hartung, conf_level))
    return _many(
        "meta.leave_one_out",
        rows,
        studies,
        method,
        knapp_hartung,
        conf_level,
        "Viechtbauer and Cheung (2010)",
    )


def cumulative(
    frame: pd.DataFrame,
    effect: str,
    by: str,
    *,
    n: str | Sequence[str] | None = None,
    variance: str | None = None,
    study: str | None = None,
    measure: str = "r",
    method: str = "reml",
    knapp_hartung: bool | str = "adhoc",
    conf_level: float = 0.95,
) -> Result:
    """Return how the pooled effect grew as studies appeared: each row pools all studies up to that value of
    `by`.

    `by` is a number such as the year; studies of the same year enter together, and `wave` holds it. The first
    row has at least two studies. `n` counts the studies pooled. The first rows rest on few studies, and by
    default their intervals are never narrower than the normal ones ("adhoc"). Otherwise as leave_one_out.

    References: Lau et al. (1992); Röver, Knapp and Friede (2015).
    """
    conf_level = level(conf_level)
    frames.numeric(frame, by, "by")
    studies = read(frame, effect, n, variance, study, measure, [by])
    order = frame.loc[studies.rows, by].to_numpy(dtype=float)
    rows = []
    for moment in np.unique(order):
        places = np.flatnonzero(order <= moment)
        if len(places) < 2:
            continue
        pooled = _pooled(studies.keep(places), method, knapp_hartung, conf_level)
        rows.append({"term": "pooled", "wave": f"{moment:g}", "n": len(places)} | pooled)
    return _many("meta.cumulative", rows, studies, method, knapp_hartung, conf_level, "Lau et al. (1992)")


def _pooled(studies: Studies, method: str, knapp_hartung: bool | str, conf_level: float) -> dict[str, float]:
    fit = meta.fit(studies.y, studies.v, method=method, knapp_hartung=knapp_hartung, conf_level=conf_level)
    low, high = fit.interval(conf_level)
    return {
        "estimate": studies.back(fit.coef[0]),
        "conf_low": studies.back(low[0]),
        "conf_high": studies.back(high[0]),
        "p_value": fit.p_value[0],
        "tau2": fit.tau2,
    }


def _many(
    kind: str,
    rows: list[dict],
    studies: Studies,
    method: str,
    knapp_hartung: bool | str,
    conf_level: float,
    reference: str,
) -> Result:
    option("method", method, meta.METHODS)
    estimates = [row["estimate"] for row in rows]
    return build(
        kind,
        rows,
        n_total=studies.n_total,
        n_used=len(studies.y),
        method=f"{SCALE[studies.measure]}; tau2 by {VARIANCE[method]}; {INTERVALS[knapp_hartung]}",
        reference=reference,
        conf_level=conf_level,
        bounded=("estimate",) if studies.bounded else (),
        fit={"minimum": min(estimates), "maximum": max(estimates)},
        measure=studies.measure,
    )
