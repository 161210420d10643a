"""What a model leaves unexplained: residual moments and their standard errors.

With J the covariance matrix of the sample moments, A the information of one case in the saturated model at the model's
moments, D = d moments / d theta:

    residual = s - sigma                     Q = I - share D (D' A D)^-1 D' A          cov(residual) = Q J Q'

Correlation residuals compare the correlations of sample and model (Bollen); their errors follow by the delta method.
Sources: Ogasawara (2001); Maydeu-Olivares (2017); Bollen (1989); lavResiduals of lavaan 0.6-14.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from klantstudie.numerics.sem.engine import Fit
from klantstudie.numerics.sem.inference import inverse, saturated_information, saturated_meat
from klantstudie.numerics.sem.objective import Normal, Ordinal
from klantstudie.numerics.sem.standard import estimates


@dataclass(frozen=True)
class Residual:
    """The residual of one moment of one group; j is -1 for a mean and -2 - k for threshold k."""

    group: int
    i: int
    j: int
    value: float
    error: float


def residuals(fit: Fit, *, correlation: bool = True) -> list[Residual]:
    """Return the residual of every moment: of correlations (and standardised means), or raw."""
    values, implied = estimates(fit.problem, fit.theta)
    jacobians = fit.problem.jacobians(fit.theta)
    plain = fit.estimator == "ml" and fit.complete
    inner = [
        _information(part, group, found, plain)
        for part, group, found in zip(fit.problem.parts, fit.problem.model.groups, implied, strict=True)
    ]
    shares = fit.problem.shares
    total = sum(s * d.T @ a @ d for s, d, a in zip(shares, jacobians, inner, strict=True))
    below = inverse(total) if fit.theta.size else np.zeros((0, 0))
    out = []
    for number, (group, part, found) in enumerate(
        zip(fit.problem.model.groups, fit.problem.parts, implied, strict=True)
    ):
        size, d = inner[number].shape[0], jacobians[number]
        q = np.eye(size) - shares[number] * d @ below @ d.T @ inner[number]
        spread = q @ _moments_covariance(fit, part, group, plain) @ q.T
        if isinstance(part, Ordinal):
            out += _ordinal(number, part, part.moments(found, group, values), spread)
        else:
            out += _normal(number, part, group.x, found, spread, correlation)
    return out


def _information(part, group, found, plain: bool) -> np.ndarray:
    if isinstance(part, Ordinal):
        return np.diag(part.weight)
    if plain:
        return part.information(found, part.basis(group.x))
    return saturated_information(part, group.x, found.mean if part.meanstructure else None, found.cov)


def _moments_covariance(fit: Fit, part, group, plain: bool) -> np.ndarray:
    if isinstance(part, Ordinal):
        return part.sample.gamma / fit.problem.n
    n = part.n - fit.wishart
    bread = np.linalg.inv(saturated_information(part, group.x))
    if fit.estimator == "mlr":
        return bread @ saturated_meat(part, group.x) @ bread / n
    return bread / n


def _normal(number: int, part: Normal, x: np.ndarray, found, spread: np.ndarray, correlation: bool) -> list:
    sample, basis = part.sample, part.basis(x)
    size = len(sample.cov)
    means = int((np.abs(basis.u).sum(-1) == 0).sum())
    i, j = np.abs(basis.u[means:]).argmax(-1), np.abs(basis.w[means:]).argmax(-1)
    scale = np.sqrt(np.diag(sample.cov))
    expected = np.sqrt(np.diag(found.cov))
    away, level = sample.cov - found.cov, sample.mean - found.mean
    change = np.eye(len(basis.u))
    if correlation:
        corr = sample.cov / np.outer(scale, scale)
        away = corr - found.cov / np.outer(expected, expected)
        level = sample.mean / scale - found.mean / scale
        change = _to_correlations(corr, scale, i, j, np.abs(basis.mean[:means]).argmax(-1))
    variance = np.diag(change @ spread @ change.T)
    error = np.sqrt(np.where(variance > 1e-16, variance, np.nan))
    out = []
    if part.meanstructure:
        places = np.abs(basis.mean[:means]).argmax(-1)
        out += [
            Residual(number, int(k), -1, float(level[k]), float(e))
            for k, e in zip(places, error[:means], strict=True)
        ]
    known = {(int(a), int(b)): float(e) for a, b, e in zip(i, j, error[means:], strict=True)}
    for a in range(size):
        for b in range(a if correlation else a + 1):
            out.append(Residual(number, a, b, float(away[a, b]), known.get((a, b), np.nan)))
    return out


def _to_correlations(corr, scale, i, j, means) -> np.ndarray:
    """Return d (means over sd, correlations) / d (means, covariances), as Bollen's residuals take it."""
    count = means.size
    out = np.zeros((count + i.size, count + i.size))
    out[np.arange(count), np.arange(count)] = 1 / scale[means]
    variances = {int(a): count + k for k, (a, b) in enumerate(zip(i, j, strict=True)) if a == b}
    for k, (a, b) in enumerate(zip(i, j, strict=True)):
        if a == b:
            continue
        out[count + k, count + k] = 1 / (scale[a] * scale[b])
        for one in (int(a), int(b)):
            if one in variances:
                out[count + k, variances[one]] -= corr[a, b] / (2 * scale[one] ** 2)
    return out


def _ordinal(number: int, part: Ordinal, implied: np.ndarray, spread: np.ndarray) -> list[Residual]:
    sample = part.sample
    away = sample.moments - implied
    variance = np.diag(spread)
    error = np.sqrt(np.where(variance > 1e-16, variance, np.nan))
    cuts = sample.thresholds.size
    i, j = sample.pairs
    order = np.lexsort((j, i))
    return [
        Residual(number, int(i[k]), int(j[k]), float(away[cuts + k]), float(error[cuts + k])) for k in order
    ]
