"""Times as an outcome: ratios of geometric means by log regression, or of means by a Gamma model with a log link.

Stands on numerics.regression (HC3 errors) and numerics.glm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.analyses.experiment.designs import CROSS
from klantstudie.errors import InputError, OptionError, level, option
from klantstudie.numerics import glm, regression
from klantstudie.result import Result, build


def times(
    frame: pd.DataFrame,
    outcome: str,
    predictors: str | Sequence[str],
    *,
    model: str = "log",
    interactions: Sequence[tuple[str, str]] = (),
    conf_level: float = 0.95,
) -> Result:
    """Regress a time (waiting, handling) on predictors: the factor by which it is longer or shorter.

    The estimate is on the log scale; the effect is its exponent, a ratio: 0.87 is 13 % shorter per unit of the
    predictor. model="log": least squares on the logarithm with HC3 errors, ratios of geometric means. model="gamma":
    Gamma distribution with a log link, ratios of means, errors from the Pearson dispersion. Label columns become 0/1
    columns against their first label; `interactions` adds products of two named predictors. The row "intercept" holds
    the (geometric) mean at predictors of zero as effect. Rows with a missing value are left out; n counts the rest.
    Errors: a time of zero or less, a predictor that is a combination of others.

    References: McCullagh and Nelder (1989); MacKinnon and White (1985).
    """
    level(conf_level)
    option("model", model, ("log", "gamma"))
    listed = frames.names(predictors, "predictors")
    frames.require(frame, [outcome], "outcome")
    seconds = frames.numeric(frame, outcome, "outcome")[outcome]
    matrix, groups = frames.coded(frame, listed)
    for first, second in interactions:
        for one in (first, second):
            if one not in groups:
                raise OptionError(f"interactions: '{one}' is not one of the predictors {', '.join(listed)}")
        for a in groups[first]:
            for b in groups[second]:
                matrix[f"{a}{CROSS}{b}"] = matrix[a] * matrix[b]
    keep = seconds.notna() & matrix.notna().all(axis=1)
    y = seconds[keep].to_numpy(copy=True)
    if len(y) == 0:
        raise InputError(f"no row is complete on {outcome}, {', '.join(listed)}")
    if (y <= 0).any():
        raise InputError(f"outcome: '{outcome}' has {int((y <= 0).sum())} times of zero or less")
    frames.varied(y, outcome, "outcome")
    plan = np.column_stack([np.ones(len(y)), matrix[keep].to_numpy(copy=True)])
    terms = ["intercept", *matrix.columns]
    combined = regression.dependent(plan)
    if combined:
        told = ", ".join(terms[place] for place in combined)
        raise InputError(f"predictors: {told} is constant or a combination of the other predictors")
    if model == "log":
        fit = regression.ols(plan, np.log(y), errors="hc3")
        coef, error, df, numbers = fit.coef, fit.se, fit.df_resid, {"r_squared": fit.r_squared}
    else:
        found = glm.gamma_log(plan, y)
        coef, error, df = found.coef, np.sqrt(np.diag(found.cov)), found.df_resid
        numbers = {"deviance": found.deviance, "dispersion": found.dispersion}
    how = {
        "log": "least squares on log time, hc3 errors",
        "gamma": "Gamma model with log link, Pearson dispersion",
    }
    return build(
        "experiment.times",
        _rows(terms, coef, error, df, model, conf_level),
        n_total=len(frame),
        n_used=len(y),
        method=how[model],
        reference="McCullagh and Nelder (1989); MacKinnon and White (1985)",
        conf_level=conf_level,
        fit={**numbers, "n": len(y)},
    )


def _rows(
    terms: list[str], coef: np.ndarray, error: np.ndarray, df: float, model: str, conf_level: float
) -> list[dict[str, Any]]:
    reach = stats.t.ppf((1 + conf_level) / 2, df) * error
    rows = []
    for place, term in enumerate(terms):
        low, high = coef[place] - reach[place], coef[place] + reach[place]
        t = coef[place] / error[place]
        mean = "geometric mean" if model == "log" else "mean"
        rows.append(
            {
                "term": term,
                "estimate": coef[place],
                "std_error": error[place],
                "conf_low": low,
                "conf_high": high,
            }
            | {"statistic": t, "statistic_name": "t", "df": df, "p_value": 2 * stats.t.sf(abs(t), df)}
            | {"effect": np.exp(coef[place]), "effect_low": np.exp(low), "effect_high": np.exp(high)}
            | {"effect_name": mean if term == "intercept" else "ratio"}
        )
    return rows
