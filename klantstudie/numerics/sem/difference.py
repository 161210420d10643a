"""The chi-square difference of two nested models, scaled where the estimator is.

    ML      X = X0 - X1, df = df0 - df1
    MLR     X = (X0 - X1) / c, c = (df0 c0 - df1 c1) / df                        Satorra and Bentler (2001)
    WLSMV   X = a (X0 - X1) + df - a tr(UG), a = sqrt(df / tr((UG)^2))           Satorra (2000), scaled and shifted
            U = V D P^-1 A' (A P^-1 A')^+ A P^-1 D' V, with A the restrictions of model 0 in the parameters of model 1

Model 1 is the less restricted one; D, P and V are its derivatives, information and weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag, null_space
from scipy.special import chdtrc

from klantstudie.numerics.sem.engine import Fit
from klantstudie.numerics.sem.inference import inverse


@dataclass(frozen=True)
class Difference:
    """The difference of two models; the statistic is NaN where its scaling does not exist."""

    chisq: float
    df: int

    @property
    def p_value(self) -> float:
        """The p value; NaN without degrees of freedom."""
        if self.df <= 0 or not np.isfinite(self.chisq):
            return np.nan
        return float(chdtrc(self.df, max(self.chisq, 0.0)))


def difference(freer: Fit, stricter: Fit) -> Difference:
    """Return the chi-square difference of a model and one with more restrictions."""
    df = stricter.test.df - freer.test.df
    plain = stricter.test.chisq - freer.test.chisq
    if df == 0 or freer.estimator == "ml":
        return Difference(plain, df)
    if freer.estimator == "mlr":
        c1 = freer.test.factor if freer.test.df else 1.0
        scale = (stricter.test.df * stricter.test.factor - freer.test.df * c1) / df
        return Difference(plain / scale if scale > 0 else np.nan, df)
    return _shifted(freer, stricter, plain, df)


def _shifted(freer: Fit, stricter: Fit, plain: float, df: int) -> Difference:
    own = freer.problem.jacobians(freer.theta)
    one = np.concatenate(own)
    zero = np.concatenate(stricter.problem.jacobians(stricter.theta))
    restricted = null_space((np.linalg.pinv(one) @ zero).T, rcond=1e-8).T
    back = inverse(freer.problem.information(freer.theta))
    middle = back @ restricted.T @ np.linalg.pinv(restricted @ back @ restricted.T) @ restricted @ back
    shares, parts = freer.problem.shares, freer.problem.parts
    weight = np.concatenate([part.weight for part in parts])
    gamma = block_diag(*(share * part.sample.gamma for share, part in zip(shares, parts, strict=True)))
    u = (one * weight[:, None]) @ middle @ (one * weight[:, None]).T
    ug = u @ gamma
    first, second = float(np.trace(ug)), float((ug * ug.T).sum())
    a = np.sqrt(df / second)
    return Difference(float(a * plain + df - a * first), df)
