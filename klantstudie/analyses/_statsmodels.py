"""The door to statsmodels: intervals of shares and logistic regression, on plain arrays."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from klantstudie.errors import ModelError, option

INTERVALS = {"wilson": "wilson", "agresti_coull": "agresti_coull", "exact": "beta"}


def share_interval(count: Any, n: Any, conf_level: float, method: str = "wilson") -> tuple[Any, Any]:
    """Return the ends of the interval of a share (proportion_confint): Wilson, Agresti-Coull or exact."""
    option("method", method, tuple(INTERVALS))
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(count, n, alpha=1 - conf_level, method=INTERVALS[method])
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


@dataclass(frozen=True)
class Logit:
    """A fitted logistic regression: coefficients, covariance, average marginal effects and their errors."""

    coef: np.ndarray
    cov: np.ndarray
    marginal: np.ndarray
    marginal_error: np.ndarray
    fitted: np.ndarray
    loglik: float
    loglik_null: float


def logit(x: np.ndarray, y: np.ndarray, cluster: np.ndarray | None = None) -> Logit:
    """Fit a logistic regression (discrete.Logit); x holds its own column of ones, first.

    With `cluster` the covariance is cluster-robust. A separated or unconverged model is a ModelError.
    """
    from statsmodels.discrete.discrete_model import Logit as Model
    from statsmodels.tools.sm_exceptions import (
        ConvergenceWarning,
        HessianInversionWarning,
        PerfectSeparationError,
        PerfectSeparationWarning,
    )

    settings = {} if cluster is None else {"cov_type": "cluster", "cov_kwds": {"groups": cluster}}
    trouble = (ConvergenceWarning, HessianInversionWarning, PerfectSeparationWarning, RuntimeWarning)
    with warnings.catch_warnings():
        for category in trouble:
            warnings.simplefilter("error", category)
        try:
            found = Model(y, x).fit(disp=0, maxiter=100, tol=1e-12, **settings)
            effects = found.get_margeff()
        except (*trouble, PerfectSeparationError, np.linalg.LinAlgError) as problem:
            raise ModelError(
                "the logistic regression has no finite answer: the predictors separate the outcome, or are "
                f"combinations of one another ({type(problem).__name__})"
            ) from None
    return Logit(
        np.asarray(found.params),
        np.asarray(found.cov_params()),
        np.asarray(effects.margeff),
        np.asarray(effects.margeff_se),
        np.asarray(found.predict()),
        float(found.llf),
        float(found.llnull),
    )
