"""Bootstrap and jackknife of linear path models from cross-products, and the intervals made of the draws; on
numpy.

A resample of the cases changes a least-squares model only through the cross-products of its columns. So all
draws are one matrix product (counts times the products of each case) and one batch of small linear equations,
without a loop over draws.

References: Efron (1987); Davison and Hinkley (1997).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import ndtr, ndtri

from klantstudie.errors import ModelError
from klantstudie.numerics.resampling import case_counts

Equation = tuple[int, Sequence[int]]  # the column that is explained and the columns that explain it
Effects = Callable[
    [list[np.ndarray]], np.ndarray
]  # coefficients per equation (draws by k) -> effects (draws by E)


class Linear:
    """Least-squares equations over the columns of `z` (n by p; an intercept is added to every equation)."""

    def __init__(self, z: np.ndarray, equations: Sequence[Equation], effects: Effects):
        self.n, self.size = z.shape
        center, scale = z.mean(0), z.std(0)
        self.scale = np.where(scale > 0, scale, 1.0)
        # Standardised, so that the normal equations keep their digits; slopes are scaled back afterwards.
        self.z = np.column_stack([np.ones(self.n), (z - center) / self.scale])
        self.equations, self.effects = list(equations), effects
        row, column = np.triu_indices(self.size + 1)
        self.products = self.z[:, row] * self.z[:, column]
        self.place = np.empty((self.size + 1, self.size + 1), dtype=int)
        self.place[row, column] = self.place[column, row] = np.arange(len(row))

    def coefficients(self, flat: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """Return the slopes of every equation for each row of summed products, and which rows are
        singular.
        """
        found, singular = [], np.zeros(len(flat), dtype=bool)
        for outcome, predictors in self.equations:
            inside = np.array([0, *(place + 1 for place in predictors)])
            left = flat[:, self.place[np.ix_(inside, inside)]]
            right = flat[:, self.place[inside, outcome + 1]]
            slopes, flat_out = _solve(left, right, 1e-14)
            found.append(slopes[:, 1:] * self.scale[outcome] / self.scale[list(predictors)])
            singular |= flat_out
        return found, singular

    def solve(self, flat: np.ndarray) -> np.ndarray:
        """Return the effects for each row of summed products; NaN where an equation is singular."""
        found, singular = self.coefficients(flat)
        effects = self.effects(found)
        effects[singular] = np.nan
        return effects

    def observed(self) -> np.ndarray:
        """Return the effects in the data."""
        return self.solve(self.products.sum(0)[None])[0]

    def bootstrap(self, n_boot: int, seed: int) -> np.ndarray:
        """Return the effects in `n_boot` resamples of the cases (n_boot by E)."""
        rng = np.random.default_rng(seed)
        return self.solve(
            np.concatenate([counts @ self.products for counts in case_counts(self.n, n_boot, rng)])
        )

    def jackknife(self) -> np.ndarray:
        """Return the effects with each case left out once (n by E)."""
        return self.solve(self.products.sum(0)[None] - self.products)


class Logistic(Linear):
    """The same with a yes-or-no column explained by logistic regression as the last equation."""

    def __init__(self, z: np.ndarray, equations: Sequence[Equation], effects: Effects):
        super().__init__(z, equations[:-1], effects)
        outcome, self.predictors = equations[-1][0], list(equations[-1][1])
        self.answer = z[:, outcome]
        self.x = np.column_stack([np.ones(self.n), self.z[:, [place + 1 for place in self.predictors]]])

    def weighted(self, weights: np.ndarray) -> np.ndarray:
        """Return the effects for each row of case weights; NaN where an equation has no answer."""
        found, singular = self.coefficients(weights @ self.products)
        slopes, _ = logit(self.x, self.answer, weights)
        effects = self.effects([*found, slopes[:, 1:] / self.scale[self.predictors]])
        effects[singular] = np.nan
        return effects

    def observed(self) -> np.ndarray:
        """Return the effects in the data."""
        return self.weighted(np.ones((1, self.n)))[0]

    def bootstrap(self, n_boot: int, seed: int) -> np.ndarray:
        """Return the effects in `n_boot` resamples of the cases (n_boot by E)."""
        rng = np.random.default_rng(seed)
        return np.concatenate([self.weighted(counts) for counts in case_counts(self.n, n_boot, rng)])

    def jackknife(self) -> np.ndarray:
        """Return the effects with each case left out once (n by E)."""
        parts = []
        for first in range(0, self.n, 500):
            rows = np.arange(first, min(first + 500, self.n))
            weights = np.ones((len(rows), self.n))
            weights[np.arange(len(rows)), rows] = 0
            parts.append(self.weighted(weights))
        return np.concatenate(parts)


def _solve(left: np.ndarray, right: np.ndarray, bound: float) -> tuple[np.ndarray, np.ndarray]:
    """Solve a batch of normal equations; say which are singular (a near-zero determinant when scaled to
    ones).
    """
    size = np.sqrt(np.einsum("bii->bi", left))
    singular = (size < 1e-7).any(1)
    size = np.where(singular[:, None], 1.0, size)
    left = left / (size[:, :, None] * size[:, None, :])
    left[singular] = np.eye(left.shape[1])
    singular = singular | (np.linalg.det(left) < bound)
    left[singular] = np.eye(left.shape[1])
    return np.linalg.solve(left, (right / size)[:, :, None])[:, :, 0] / size, singular


def logit(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray, *, steps: int = 40
) -> tuple[np.ndarray, np.ndarray]:
    """Fit logistic regressions of y on x (n by k with its ones), one for each row of case weights, by
    Newton's method.

    Returns coefficients (draws by k) and their information matrices; NaN where the answers are separated.
    """
    draws, k = len(weights), x.shape[1]
    coef = np.zeros((draws, k))
    row, column = np.triu_indices(k)
    products = x[:, row] * x[:, column]
    place = np.empty((k, k), dtype=int)
    place[row, column] = place[column, row] = np.arange(len(row))
    active = np.arange(draws)
    information = np.full((draws, k, k), np.nan)
    failed = np.zeros(draws, dtype=bool)
    for _ in range(steps):
        if not len(active):
            break
        linear = coef[active] @ x.T
        chance = 1 / (1 + np.exp(-np.clip(linear, -35, 35)))
        weight = weights[active]
        score = (weight * (y - chance)) @ x
        inner = ((weight * chance * (1 - chance)) @ products)[:, place]
        step, flat = _solve(inner, score, 1e-14)
        step[flat] = 0
        coef[active] += step
        information[active] = inner
        failed[active] |= flat | (np.abs(linear).max(1) > 30)
        done = np.abs(step).max(1) <= 1e-10 * (1 + np.abs(coef[active]).max(1))
        active = active[~(done | failed[active])]
    failed[active] = True
    coef[failed] = np.nan
    return coef, information


def bca(
    draws: np.ndarray, observed: np.ndarray, jackknife: np.ndarray, conf_level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the bias-corrected and accelerated interval (2 by E) and two-sided p value (E) of each
    effect.
    """
    tail = (1 - conf_level) / 2
    ends, p_values = np.empty((2, draws.shape[1])), np.empty(draws.shape[1])
    for e in range(draws.shape[1]):
        known = np.sort(draws[~np.isnan(draws[:, e]), e])
        number = len(known)
        below = (
            np.searchsorted(known, observed[e], "left") + np.searchsorted(known, observed[e], "right")
        ) / 2
        if below in (0, number) or known[0] == known[-1]:
            raise ModelError(
                "the bootstrap draws all lie on one side of the estimate: no BCa interval exists"
            )
        bias = ndtri(below / number)
        away = np.nanmean(jackknife[:, e]) - jackknife[:, e]
        cube, square = np.nansum(away**3), np.nansum(away**2)
        acceleration = cube / (6 * square**1.5) if square > 0 else 0.0
        reach = bias + ndtri(np.array([tail, 1 - tail]))
        if (1 - acceleration * reach <= 0).any():
            raise ModelError(
                "single cases weigh so much that no BCa interval exists; use method='percentile'"
            )
        ends[:, e] = np.quantile(known, ndtr(bias + reach / (1 - acceleration * reach)))
        zero = (np.searchsorted(known, 0.0, "left") + np.searchsorted(known, 0.0, "right")) / 2
        lies = ndtri(np.clip(zero / number, 0.5 / number, 1 - 0.5 / number)) - bias
        z = lies / (1 + acceleration * lies) - bias
        p_values[e] = np.clip(2 * min(ndtr(z), ndtr(-z)), 1 / number, 1.0)
    return ends, p_values


def p_values(draws: np.ndarray) -> np.ndarray:
    """Return two-sided p values from the share of draws on either side of zero; never below 1 over the
    draws.
    """
    number = (~np.isnan(draws)).sum(0)
    low, high = (draws <= 0).sum(0), (draws >= 0).sum(0)
    return np.clip(2 * np.minimum(low, high) / number, 1 / number, 1.0)


def gradient(effects: Effects, coefficients: list[np.ndarray]) -> np.ndarray:
    """Return the derivatives of the effects (E by K) at the coefficients, by complex step: no rounding."""
    sizes = [len(part) for part in coefficients]
    flat = np.concatenate(coefficients).astype(complex)
    steps = flat + 1e-30j * np.eye(len(flat))
    parts = np.split(steps, np.cumsum(sizes)[:-1], axis=1)
    return effects(parts).imag.T / 1e-30
