"""Standard errors and tests of a fitted model: expected, observed and sandwich information, scaled chi-squares.

With I the information of one case (expected; or observed: the exact second derivatives H of f), n cases:

    cov(theta) = I^-1 / n                                     (ML; H with missing answers)
    cov(theta) = H^-1 (sum_i s_i s_i' / n) H^-1 / n           (MLR: Huber-White, s_i the score of case i)
    cov(theta) = E^-1 D' V Gamma V D E^-1 / (n - groups)      (WLSMV: E = D' V D, V = diag(Gamma)^-1)

    chi2 = 2 n f                                              (Wishart and WLSMV: 2 (n - 1) f)
    Yuan-Bentler as in Mplus: chi2 / c, c = [tr(B1 A1^-1) - tr(B0 H^-1)] / df, saturated (1) and model (0) information
    scaled and shifted: a chi2 + df - a tr(UG), a = sqrt(df / tr((UG)^2)), U = V - V D E^-1 D' V

Sources: Yuan and Bentler (2000); Asparouhov and Muthén (2005, 2010); Savalei (2021) and Zhang and Savalei (2023) for
the robust indices of ordered and of incomplete data; the same choices as lavaan 0.6-14.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag
from scipy.special import chdtrc

from klantstudie.errors import ModelError
from klantstudie.numerics.sem.matrices import Implied
from klantstudie.numerics.sem.moments import Sample, of_moments
from klantstudie.numerics.sem.objective import Normal, Ordinal, Problem


@dataclass(frozen=True)
class Test:
    """A chi-square of fit, and its scaled form: statistic, scaling factor c (or 1/a), shift, tr(UG)."""

    chisq: float
    df: int
    scaled: float = np.nan
    factor: float = np.nan
    shift: float = 0.0
    trace: float = np.nan

    @property
    def p_value(self) -> float:
        """The p value of chi2 (NaN without degrees of freedom)."""
        return float(chdtrc(self.df, self.chisq)) if self.df > 0 else np.nan

    @property
    def p_scaled(self) -> float:
        """The p value of the scaled chi2."""
        return float(chdtrc(self.df, max(self.scaled, 0.0))) if self.df > 0 else np.nan


def inverse(matrix: np.ndarray, what: str = "information matrix") -> np.ndarray:
    """Return the inverse of a symmetric matrix, or say that there is none."""
    scale = np.sqrt(np.abs(np.diag(matrix)))
    if not (np.isfinite(matrix).all() and (scale > 0).all()):
        raise ModelError(
            f"the {what} is singular, so there are no standard errors; the model is not identified"
        )
    even = matrix / np.outer(scale, scale)
    if np.abs(np.linalg.eigvalsh(even)).min(initial=1.0) < 1e-13:
        raise ModelError(
            f"the {what} is singular, so there are no standard errors; the model is not identified"
        )
    return np.linalg.inv(even) / np.outer(scale, scale)


def covariance(problem: Problem, theta: np.ndarray, estimator: str, *, wishart: bool = False) -> np.ndarray:
    """Return the covariance matrix of the estimates."""
    groups = len(problem.parts)
    if theta.size == 0:
        return np.zeros((0, 0))
    if estimator == "wlsmv":
        bread = inverse(problem.information(theta))
        meat = 0.0
        for share, part, jacobian in zip(
            problem.shares, problem.parts, problem.jacobians(theta), strict=True
        ):
            weighted = jacobian * part.weight[:, None]
            meat = meat + share * (weighted.T @ part.sample.gamma @ weighted)
        return bread @ meat @ bread / (problem.n - groups)
    if estimator == "mlr":
        bread = inverse(problem.hessian(theta))
        meat = sum(score.T @ score for score in problem.scores(theta)) / problem.n
        return bread @ meat @ bread / problem.n
    complete = all(part.sample.complete for part in problem.parts)
    info = problem.information(theta) if complete else problem.hessian(theta)
    return inverse(info) / (problem.n - groups if wishart else problem.n)


def n_moments(problem: Problem) -> int:
    """Return the number of sample moments that the model explains."""
    total = 0
    for group, part in zip(problem.model.groups, problem.parts, strict=True):
        p, x = group.n_observed, group.x.size
        if isinstance(part, Ordinal):
            total += part.sample.moments.size
        else:
            total += p * (p + 1) // 2 - x * (x + 1) // 2
            total += p - x if part.meanstructure else 0
    return total


def test(problem: Problem, theta: np.ndarray, estimator: str, *, wishart: bool = False) -> Test:
    """Return the chi-square of a fitted model, scaled for mlr and wlsmv."""
    df = n_moments(problem) - problem.model.n_free
    values = problem.group_values(theta)
    less = wishart or estimator == "wlsmv"
    stat = sum(
        2 * (part.n - less) * max(float(f), 0.0) for part, f in zip(problem.parts, values, strict=True)
    )
    if df == 0:
        return Test(stat, df, stat if estimator != "ml" else np.nan)
    if estimator == "mlr":
        trace = _yuan_bentler(problem, theta)
        return Test(stat, df, stat * df / trace, trace / df, 0.0, trace)
    if estimator == "wlsmv":
        u = curvature(problem, theta)
        ug = u @ whole_gamma(problem)
        first, second = float(np.trace(ug)), float((ug * ug.T).sum())
        a = np.sqrt(df / second)
        shift = df - a * first
        return Test(stat, df, a * stat + shift, 1 / a, shift, first)
    return Test(stat, df)


def whole_gamma(problem: Problem) -> np.ndarray:
    """Return Gamma of all groups, each divided by its share of the cases."""
    parts = zip(problem.shares, problem.parts, strict=True)
    return block_diag(*(part.sample.gamma / share for share, part in parts))


def curvature(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """Return U = V - V D E^-1 D' V of weighted least squares."""
    weight = np.concatenate([s * part.weight for s, part in zip(problem.shares, problem.parts, strict=True)])
    jacobian = np.concatenate(problem.jacobians(theta))
    weighted = jacobian * weight[:, None]
    if jacobian.shape[1] == 0:
        return np.diag(weight)
    return np.diag(weight) - weighted @ inverse(problem.information(theta)) @ weighted.T


def _as_implied(mean: np.ndarray, cov: np.ndarray) -> Implied:
    return Implied(mean, cov, cov, cov, mean)


def saturated_information(
    part: Normal, x: np.ndarray, mean: np.ndarray | None = None, cov: np.ndarray | None = None
) -> np.ndarray:
    """Return the observed information of one case in the saturated model, at its estimates or at other moments."""
    sample, basis = part.sample, part.basis(x)
    if sample.complete and cov is None:
        return part.information(_as_implied(sample.mean, sample.cov), basis)
    centre = sample.mean if mean is None else mean
    middle = sample.cov if cov is None else cov
    return part.curvature(_as_implied(centre, middle), basis)


def saturated_meat(part: Normal, x: np.ndarray) -> np.ndarray:
    """Return the mean of the outer products of the saturated scores."""
    sample = part.sample
    scores = part.scores(_as_implied(sample.mean, sample.cov), part.basis(x))
    return scores.T @ scores / part.n


def _yuan_bentler(problem: Problem, theta: np.ndarray) -> float:
    trace = 0.0
    for group, part in zip(problem.model.groups, problem.parts, strict=True):
        trace += float(
            np.trace(np.linalg.solve(saturated_information(part, group.x), saturated_meat(part, group.x)))
        )
    if theta.size == 0:
        return trace
    bread = inverse(problem.hessian(theta))
    meat = sum(score.T @ score for score in problem.scores(theta)) / problem.n
    return trace - float(np.trace(bread @ meat))


@dataclass(frozen=True)
class Robust:
    """What the robust fit indices rest on: a chi-square and its factor c; model and baseline."""

    chisq: float
    factor: float
    chisq_null: float
    factor_null: float


def incomplete(
    problem: Problem,
    theta: np.ndarray,
    null: Problem,
    theta_null: np.ndarray,
    df: int,
    df_null: int,
    scaled: bool,
) -> Robust:
    """Return the corrected chi-squares of incomplete data: of the EM moments as if they were complete.

    `scaled` chooses the version for MLR (V3), otherwise the normal theory version (V6).
    """
    groups, parts, shares = problem.model.groups, problem.parts, problem.shares
    observed = [saturated_information(part, group.x) for part, group in zip(parts, groups, strict=True)]
    full = []
    for part, group in zip(parts, groups, strict=True):
        sample = part.sample
        whole = Normal(_completed(sample), part.meanstructure)
        full.append(whole.information(_as_implied(sample.mean, sample.cov), whole.basis(group.x)))
    complete = block_diag(*(s * w for s, w in zip(shares, full, strict=True)))
    missing = block_diag(*(s * w for s, w in zip(shares, observed, strict=True)))
    back = np.linalg.inv(missing)
    gamma = None
    if scaled:
        meats = [saturated_meat(part, group.x) for part, group in zip(parts, groups, strict=True)]
        gamma = block_diag(
            *(
                np.linalg.solve(w, np.linalg.solve(w, b).T) / s
                for s, w, b in zip(shares, observed, meats, strict=True)
            )
        )

    def factor(of: Problem, at: np.ndarray, freedom: int) -> float:
        jacobian = np.concatenate(of.jacobians(at))
        weighted = missing @ jacobian
        u = missing - weighted @ np.linalg.solve(jacobian.T @ weighted, weighted.T)
        if gamma is None:
            return float(np.trace(complete @ back @ u @ back)) / freedom
        return float(np.trace(u @ back @ complete @ back @ u @ gamma)) / freedom

    return Robust(
        _complete_chisq(problem, theta),
        factor(problem, theta, df),
        _complete_chisq(null, theta_null),
        factor(null, theta_null, df_null),
    )


def _completed(sample: Sample) -> Sample:
    return of_moments(sample.mean, sample.cov, sample.n)


def _complete_chisq(problem: Problem, theta: np.ndarray) -> float:
    parts = [Normal(_completed(part.sample), part.meanstructure) for part in problem.parts]
    whole = Problem(problem.model, parts, problem.fixed)
    return sum(
        2 * part.n * max(float(f), 0.0) for part, f in zip(parts, whole.group_values(theta), strict=True)
    )


def ordered(problem: Problem, theta: np.ndarray, df: int, df_null: int) -> Robust | None:
    """Return the corrected chi-squares of ordered items: normal theory on the polychoric correlations.

    None when a polychoric matrix is not positive definite.
    """
    values = problem.model.values(theta, problem.fixed)
    chisq = chisq_null = 0.0
    weights, gammas, bases, jacobians = [], [], [], []
    for share, group, part, jacobian in zip(
        problem.shares, problem.model.groups, problem.parts, problem.jacobians(theta), strict=True
    ):
        sample = part.sample
        if np.linalg.eigvalsh(sample.corr)[0] < np.sqrt(np.finfo(float).eps):
            return None
        cuts = sample.thresholds.size
        implied = np.eye(len(sample.corr))
        i, j = sample.pairs
        implied[i, j] = implied[j, i] = part.moments(group.implied(values), group, values)[cuts:]
        discrepancy = (
            np.linalg.slogdet(implied)[1]
            + np.trace(np.linalg.solve(implied, sample.corr))
            - np.linalg.slogdet(sample.corr)[1]
            - len(implied)
        )
        chisq += part.n * discrepancy
        chisq_null += -part.n * np.linalg.slogdet(sample.corr)[1]
        unit = np.eye(len(implied))
        inverted = np.linalg.inv(implied)
        u, w = unit[i], unit[j]
        across = u @ inverted @ w.T
        weights.append(share * (across * across.T + (u @ inverted @ u.T) * (w @ inverted @ w.T)))
        gammas.append(sample.gamma[cuts:, cuts:] / share)
        bases.append(share * part.weight[cuts:])
        jacobians.append(jacobian[cuts:])
    gamma, weight = block_diag(*gammas), np.concatenate(bases)
    stack = np.concatenate(jacobians)
    residual = np.eye(len(weight)) - stack @ inverse(problem.information(theta)) @ (stack * weight[:, None]).T
    trace = float(np.trace(residual.T @ block_diag(*weights) @ residual @ gamma))
    return Robust(chisq, trace / df, chisq_null, float(np.trace(gamma)) / df_null)
