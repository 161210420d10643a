"""The regression equations behind a path model, from rows or from moments, with their joint covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from klantstudie.errors import InputError, ModelError
from klantstudie.moments import Moments
from klantstudie.numerics import pathboot, regression

Names = tuple[str, tuple[str, ...]]  # the outcome and its predictors


@dataclass(frozen=True)
class Fitted:
    """Slopes of one equation (without its intercept), their covariance, and what prints beside them."""

    outcome: str
    predictors: tuple[str, ...]
    slopes: np.ndarray
    cov: np.ndarray
    df: float
    r_squared: float
    loglik: float = float("nan")

    def row(self, predictor: str, conf_level: float) -> dict[str, float | str]:
        """Return the numbers of one slope under their column names."""
        place = self.predictors.index(predictor)
        estimate, error = self.slopes[place], float(np.sqrt(self.cov[place, place]))
        normal = np.isinf(self.df)
        law = stats.norm() if normal else stats.t(self.df)
        width = law.ppf((1 + conf_level) / 2) * error
        statistic = estimate / error if error > 0 else np.nan
        return {
            "estimate": estimate,
            "std_error": error,
            "statistic": statistic,
            "statistic_name": "z" if normal else "t",
            "df": np.nan if normal else self.df,
            "p_value": 2 * law.sf(abs(statistic)),
            "conf_low": estimate - width,
            "conf_high": estimate + width,
        }


def linear(moments: Moments, outcome: str, predictors: Sequence[str]) -> Fitted:
    """Fit one equation by least squares."""
    chosen = moments.select([*predictors, outcome])
    cov = chosen.cov
    mean = np.zeros(len(cov))
    constant = [name for name, spread in zip(chosen.columns, chosen.sd, strict=True) if spread == 0]
    if constant:
        raise InputError(f"no variance: {', '.join(constant)}")
    try:
        fit = regression.from_cov(cov[:-1, :-1], cov[:-1, -1], cov[-1, -1], chosen.n, mean[:-1], 0.0)
    except ModelError as problem:
        raise ModelError(f"{outcome} on {', '.join(predictors)}: {problem}") from None
    return Fitted(outcome, tuple(predictors), fit.coef[1:], fit.cov[1:, 1:], fit.df_resid, fit.r_squared)


def logistic(z: dict[str, np.ndarray], outcome: str, predictors: Sequence[str]) -> Fitted:
    """Fit one equation by logistic regression; df is infinite."""
    x = np.column_stack([z[name] for name in predictors])
    center, scale = x.mean(0), x.std(0)
    constant = [name for name, spread in zip(predictors, scale, strict=True) if spread == 0]
    if constant:
        raise InputError(f"no variance: {', '.join(constant)}")
    inside = np.column_stack([np.ones(len(x)), (x - center) / scale])
    coef, information = pathboot.logit(inside, z[outcome], np.ones((1, len(x))))
    if np.isnan(coef).any():
        raise ModelError(
            f"the logistic regression of '{outcome}' has no answer: {', '.join(predictors)} separate its "
            "two values completely, or are combinations of each other"
        )
    cov = np.linalg.inv(information[0])[1:, 1:] / np.outer(scale, scale)
    linear_part = inside @ coef[0]
    loglik = float((z[outcome] * linear_part - np.logaddexp(0, linear_part)).sum())
    return Fitted(outcome, tuple(predictors), coef[0, 1:] / scale, cov, np.inf, np.nan, loglik)


def joint_covariance(fits: Sequence[Fitted], moments: Moments) -> np.ndarray:
    """Return the covariance of all slopes; equations with the same predictors share their residuals'
    correlation.

    Equations in which one outcome stands among the other's predictors have uncorrelated slopes.
    """
    sizes = [len(fit.slopes) for fit in fits]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    cov = np.zeros((starts[-1], starts[-1]))
    for i, one in enumerate(fits):
        for j, other in enumerate(fits):
            block = np.s_[starts[i] : starts[i + 1], starts[j] : starts[j + 1]]
            if i == j:
                cov[block] = one.cov
            elif one.predictors == other.predictors and np.isfinite(one.df):
                chosen = moments.select([*one.predictors, one.outcome, other.outcome]).cov
                k = len(one.predictors)
                inner, cross = chosen[:k, :k], chosen[:k, k:]
                residual = chosen[k, k + 1] - cross[:, 0] @ np.linalg.solve(inner, cross[:, 1])
                cov[block] = np.linalg.inv(inner) * residual / one.df
    return cov
