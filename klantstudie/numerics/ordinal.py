"""Cumulative link models by Newton's method with analytic derivatives, and their random-intercept form.

P(Y <= k) = F(theta_k - x b) (McCullagh, 1980). With a random intercept u = sigma v, v standard normal, the likelihood
of a cluster is an integral over v: by Laplace's method, or adaptive Gauss-Hermite quadrature around the mode (Pinheiro
and Bates, 1995). Standard errors come from the observed information, as in R's ordinal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special

from klantstudie.errors import ModelError

TINY = 1e-300
STEPS = 200


@dataclass(frozen=True)
class Link:
    """A distribution function F with its density and the derivative of the density."""

    cdf: Callable[[np.ndarray], np.ndarray]
    density: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    inverse: Callable[[np.ndarray], np.ndarray]


def _logit_slope(x: np.ndarray) -> np.ndarray:
    p = special.expit(x)
    return p * (1 - p) * (1 - 2 * p)


def _normal(x: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)


def _cloglog_density(x: np.ndarray) -> np.ndarray:
    x = np.minimum(x, 30.0)
    return np.exp(x - np.exp(x))


LINKS = {
    "logit": Link(special.expit, lambda x: special.expit(x) * special.expit(-x), _logit_slope, special.logit),
    "probit": Link(special.ndtr, _normal, lambda x: -x * _normal(x), special.ndtri),
    "cloglog": Link(
        lambda x: -np.expm1(-np.exp(np.minimum(x, 30.0))),
        _cloglog_density,
        lambda x: _cloglog_density(x) * (1 - np.exp(np.minimum(x, 30.0))),
        lambda p: np.log(-np.log1p(-p)),
    ),
}


@dataclass(frozen=True)
class Fit:
    """Coefficients (thresholds first), their covariance and the log-likelihood."""

    coef: np.ndarray
    cov: np.ndarray
    loglik: float
    sigma: float = 0.0


def _ends(y: np.ndarray, x: np.ndarray, levels: int, nominal: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the designs of the upper and the lower cut point of each answer.

    Columns: levels - 1 thresholds, then per predictor one column, or levels - 1 where its effect is nominal.
    """
    cuts = levels - 1
    designs = []
    for place in (y, y - 1):
        inside = (place >= 0) & (place < cuts)
        at = np.where(inside, place, 0)
        own = np.zeros((len(y), cuts))
        own[np.arange(len(y)), at] = inside
        columns = [own]
        for column in range(x.shape[1]):
            effect = -x[:, [column]]
            columns.append(own * effect if column in nominal else effect * inside[:, None])
        designs.append(np.hstack(columns))
    return designs[0], designs[1]


class Likelihood:
    """The log-likelihood of answers y (0 … levels - 1) with its gradient and Hessian in the coefficients."""

    def __init__(
        self,
        y: np.ndarray,
        x: np.ndarray,
        weights: np.ndarray,
        levels: int,
        link: str,
        nominal: Sequence[int] = (),
    ):
        self.y, self.weights, self.levels = y, weights, levels
        self.link = LINKS[link]
        self.upper, self.lower = _ends(y, x, levels, nominal)
        self.top, self.bottom = y == levels - 1, y == 0

    def parts(self, coef: np.ndarray, shift: np.ndarray | float = 0.0) -> tuple[np.ndarray, ...]:
        """Return p and the densities and slopes at both cut points; `shift` is added to the linear predictor."""
        a = self.upper @ coef - shift
        b = self.lower @ coef - shift
        high = np.where(self.top, 1.0, self.link.cdf(a))
        low = np.where(self.bottom, 0.0, self.link.cdf(b))
        fa, sa = (np.where(self.top, 0.0, part(a)) for part in (self.link.density, self.link.slope))
        fb, sb = (np.where(self.bottom, 0.0, part(b)) for part in (self.link.density, self.link.slope))
        return high - low, fa, fb, sa, sb

    def value(self, coef: np.ndarray, shift: np.ndarray | float = 0.0) -> float:
        """Return the log-likelihood; -inf where an answer has no probability."""
        p = self.parts(coef, shift)[0]
        return -math.inf if (p <= 0).any() else float(self.weights @ np.log(p))

    def derivatives(self, coef: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return gradient and Hessian in the coefficients."""
        p, fa, fb, sa, sb = self.parts(coef)
        p = np.maximum(p, TINY)
        ga, gb = fa / p, -fb / p
        haa, hbb, hab = sa / p - ga**2, -sb / p - gb**2, -ga * gb
        w = self.weights[:, None]
        gradient = self.upper.T @ (self.weights * ga) + self.lower.T @ (self.weights * gb)
        cross = self.upper.T @ (w * hab[:, None] * self.lower)
        hessian = self.upper.T @ (w * haa[:, None] * self.upper)
        hessian += self.lower.T @ (w * hbb[:, None] * self.lower) + cross + cross.T
        return gradient, hessian


def starts(y: np.ndarray, weights: np.ndarray, levels: int, link: str, k: int) -> np.ndarray:
    """Return thresholds from the cumulative shares of the answers, and zero effects."""
    shares = np.cumsum(np.bincount(y, weights, levels))[:-1] / weights.sum()
    return np.concatenate([LINKS[link].inverse(shares), np.zeros(k)])


def fit(model: Likelihood, start: np.ndarray, names: Sequence[str]) -> Fit:
    """Maximise by Newton's method with step halving; separation and singular designs raise."""
    coef, value = start.copy(), model.value(start)
    for _ in range(STEPS):
        gradient, hessian = model.derivatives(coef)
        try:
            step = -np.linalg.solve(hessian, gradient)
        except np.linalg.LinAlgError:
            raise ModelError(_unidentified(names)) from None
        if np.abs(gradient).max() < 1e-9 * max(1.0, abs(value)) and np.abs(step).max() < 1e-8:
            break
        if gradient @ step <= 0:  # not an ascent direction: the Hessian is not negative definite here
            step = gradient / max(np.abs(hessian).max(), 1.0)
        scale = 1.0
        while scale > 1e-10 and not model.value(coef + scale * step) >= value - 1e-12 * abs(value):
            scale /= 2
        coef = coef + scale * step
        value = model.value(coef)
    else:
        raise ModelError(_separated(names))
    if np.abs(coef).max() > 25:
        raise ModelError(_separated(names))
    eigen = np.linalg.eigvalsh(-hessian)
    if eigen[0] <= 1e-10 * eigen[-1]:
        raise ModelError(_unidentified(names))
    return Fit(coef, np.linalg.inv(-hessian), value)


def highest(model: Likelihood, start: np.ndarray) -> float:
    """Return the supremum of the log-likelihood, also where a coefficient runs off to infinity.

    A likelihood ratio needs no more: with an empty category in a group the threshold-specific effects diverge while
    the likelihood converges.
    """
    coef, value, ridge = start.copy(), model.value(start), 1e-8
    for _ in range(STEPS):
        gradient, hessian = model.derivatives(coef)
        moved = False
        while ridge < 1e8:
            step = np.linalg.solve(ridge * np.eye(len(coef)) - hessian, gradient)
            new = model.value(coef + step)
            if new >= value:
                moved = True
                break
            ridge = max(10 * ridge, 1e-6)
        if not moved or new - value < 1e-11 * max(1.0, abs(value)):
            return max(value, new if moved else value)
        coef, value, ridge = coef + step, new, max(ridge / 10, 1e-8)
    return value


def _unidentified(names: Sequence[str]) -> str:
    return f"the effects of {', '.join(names)} cannot be told apart: a predictor is constant or a sum of others; leave one out"


def _separated(names: Sequence[str]) -> str:
    return (
        f"the likelihood of {', '.join(names)} has no maximum: a predictor separates the answers completely; merge answers, "
        "merge groups or leave the predictor out"
    )


@dataclass(frozen=True)
class Clusters:
    """Which cluster each answer belongs to, with the quadrature rule of the integral."""

    codes: np.ndarray
    count: int
    nodes: np.ndarray
    log_weights: np.ndarray


def quadrature(codes: np.ndarray, count: int, points: int) -> Clusters:
    """Return the adaptive Gauss-Hermite rule; one point is Laplace's method."""
    nodes, weights = np.polynomial.hermite.hermgauss(points)
    return Clusters(codes, count, math.sqrt(2) * nodes, np.log(weights) + nodes**2)


def _modes(
    model: Likelihood, coef: np.ndarray, sigma: float, clusters: Clusters
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mode of v in each cluster and the curvature there, all clusters at once."""
    v = np.zeros(clusters.count)
    for _ in range(100):
        p, fa, fb, sa, sb = model.parts(coef, sigma * v[clusters.codes])
        p = np.maximum(p, TINY)
        first = -sigma * (fa - fb) / p
        second = sigma**2 * ((sa - sb) / p - ((fa - fb) / p) ** 2)
        gradient = np.bincount(clusters.codes, model.weights * first, clusters.count) - v
        curve = 1.0 - np.bincount(clusters.codes, model.weights * second, clusters.count)
        step = gradient / np.maximum(curve, 1e-8)
        v = v + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-12:
            break
    return v, curve


def mixed_value(model: Likelihood, full: np.ndarray, clusters: Clusters) -> float:
    """Return the log-likelihood with the random intercept integrated out; `full` ends with log sigma."""
    coef, sigma = full[:-1], math.exp(full[-1])
    mode, curve = _modes(model, coef, sigma, clusters)
    if (curve <= 0).any():
        return -math.inf
    scale = 1 / np.sqrt(curve)
    terms = np.empty((len(clusters.nodes), clusters.count))
    for place, node in enumerate(clusters.nodes):
        v = mode + scale * node
        p = model.parts(coef, sigma * v[clusters.codes])[0]
        log_p = np.log(np.maximum(p, TINY))
        inside = np.bincount(clusters.codes, model.weights * log_p, clusters.count)
        terms[place] = inside - 0.5 * v**2 + clusters.log_weights[place]
    return float((special.logsumexp(terms, axis=0) + np.log(scale) - 0.5 * math.log(math.pi)).sum())


def _central(function: Callable[[np.ndarray], Any], at: np.ndarray, step: float) -> np.ndarray:
    """Return the derivatives by central differences: of a number its gradient, of a gradient one row a parameter."""
    rows = []
    for place in range(len(at)):
        move = np.zeros(len(at))
        move[place] = step * max(1.0, abs(at[place]))
        rows.append((function(at + move) - function(at - move)) / (2 * move[place]))
    return np.array(rows)


def fit_mixed(model: Likelihood, start: np.ndarray, clusters: Clusters, names: Sequence[str]) -> Fit:
    """Maximise over thresholds, effects and sigma; Hessian by central differences of the gradient."""

    def loss(full: np.ndarray) -> float:
        cuts = full[: model.levels - 1]
        if (np.diff(cuts) <= 0).any() or abs(full[-1]) > 12:
            return 1e10
        value = mixed_value(model, full, clusters)
        return -value if math.isfinite(value) else 1e10

    begin = np.append(start, math.log(0.7))
    found = optimize.minimize(
        loss, begin, jac=lambda at: _central(loss, at, 1e-6), method="BFGS", options={"gtol": 1e-5}
    )
    at = found.x
    for _ in range(3):  # a few Newton steps past the limit of BFGS
        hessian = _central(lambda z: _central(loss, z, 1e-4), at, 1e-4)
        hessian = (hessian + hessian.T) / 2
        gradient = _central(loss, at, 1e-5)
        if np.linalg.eigvalsh(hessian)[0] <= 0:
            break
        at = at - np.linalg.solve(hessian, gradient)
        if np.abs(gradient).max() < 1e-6:
            break
    if np.linalg.eigvalsh(hessian)[0] <= 0 or np.abs(_central(loss, at, 1e-5)).max() > 1e-2:
        if at[-1] < -4:
            raise ModelError(
                "the clusters do not differ (variance zero); take the model without a random intercept"
            )
        raise ModelError(_separated(names))
    return Fit(at[:-1], np.linalg.inv(hessian), -loss(at), math.exp(at[-1]))
