"""Variance parts of crossed or nested random intercepts: their criterion, and profile-likelihood intervals.

The largest grouping is eliminated by hand, the others, the fixed effects and the outcome by one Cholesky
decomposition, so that a criterion costs as much as the second-largest grouping is wide.

References: Bates et al. (2015) for the criterion; Venzon and Moolgavkar (1988) for the ends of a profile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import linalg, sparse, stats


class Criterion:
    """REML criterion, or deviance, of random intercepts as a function of their relative and the residual SD."""

    def __init__(self, y: np.ndarray, x: np.ndarray, codes: Sequence[np.ndarray], *, reml: bool) -> None:
        self.n, self.reml, self.unit = len(y), reml, float(y.std())
        sizes = [int(code.max()) + 1 for code in codes]
        self.first = int(np.argmax(sizes))
        self.others = [place for place in range(len(codes)) if place != self.first]
        self.free = self.n - (x.shape[1] if reml else 0)
        scaled = np.linalg.qr(x)[0] * np.sqrt(self.n)  # the criterion but for a constant of x
        known = np.column_stack([scaled, (y - y.mean()) / self.unit])
        columns = sparse.csr_matrix(
            sparse.hstack([*(_indicators(codes[place]) for place in self.others), sparse.csr_matrix(known)])
        )
        first = _indicators(codes[self.first])
        self.across = (first.T @ columns).tocsr()
        self.inner = (columns.T @ columns).toarray()
        self.count = np.bincount(codes[self.first]).astype(float)
        self.sizes = [sizes[place] for place in self.others]
        self.seen: dict[bytes, tuple[float, float]] = {}

    def parts(self, theta: np.ndarray) -> tuple[float, float]:
        """Return the log determinant and the penalised sum of squares at SDs relative to the residual's."""
        key = np.asarray(theta, dtype=float).tobytes()
        if key not in self.seen:
            self.seen[key] = self._parts(np.asarray(theta, dtype=float))
        return self.seen[key]

    def _parts(self, theta: np.ndarray) -> tuple[float, float]:
        lead = 1 + theta[self.first] ** 2 * self.count
        random, size = sum(self.sizes), len(self.inner)
        scale = np.ones(size)
        scale[:random] = np.repeat(theta[self.others], self.sizes)
        weighted = self.across.multiply((theta[self.first] ** 2 / lead)[:, None]).tocsr()
        whole = self.inner - (self.across.T @ weighted).toarray()
        whole *= scale[:, None] * scale
        whole[np.arange(random), np.arange(random)] += 1
        root = np.diag(linalg.cholesky(whole, lower=True, overwrite_a=True, check_finite=False))
        logdet = np.log(lead).sum() + 2 * np.log(root[:random]).sum()
        if self.reml:
            logdet += 2 * np.log(root[random:-1]).sum()
        return float(logdet), float(root[-1] ** 2)

    def __call__(self, point: np.ndarray) -> float:
        """Return the criterion, but for a constant, at relative SDs and (last) the log of the residual SD."""
        logdet, squares = self.parts(point[:-1])
        return logdet + 2 * self.free * point[-1] + squares * np.exp(-2 * point[-1])

    def gradient(self, point: np.ndarray, step: float = 1e-5) -> np.ndarray:
        """Return the derivatives of the criterion: by differences for the relative SDs, exact for the last."""
        found = np.empty(len(point))
        here = self(point)
        for place in range(len(point) - 1):
            found[place] = (self(point + step * np.eye(len(point))[place]) - here) / step
        found[-1] = 2 * self.free - 2 * self.parts(point[:-1])[1] * np.exp(-2 * point[-1])
        return found

    def best(self, theta: np.ndarray) -> np.ndarray:
        """Return the point with these relative SDs and the residual SD that fits them best."""
        return np.append(theta, np.log(self.parts(theta)[1] / self.free) / 2)


Valued = Callable[[np.ndarray], tuple[float, np.ndarray]]


def deviation(unit: float, place: int | None) -> Valued:
    """Return the SD of one grouping (None: the residual) and its derivatives, as a function of a point."""

    def valued(point: np.ndarray) -> tuple[float, np.ndarray]:
        within = unit * np.exp(point[-1])
        relative = 1.0 if place is None else point[place]
        slope = np.zeros(len(point))
        slope[-1] = within * relative
        if place is not None:
            slope[place] = within
        return within * relative, slope

    return valued


def root_share(place: int | None) -> Valued:
    """Return the root of the share of one grouping (None: the residual) in the total variance, and its derivatives."""

    def valued(point: np.ndarray) -> tuple[float, np.ndarray]:
        total = 1 + (point[:-1] ** 2).sum()
        own = 1.0 if place is None else point[place]
        slope = np.append(-point[:-1] * own / total**1.5, 0.0)
        if place is not None:
            slope[place] += total**-0.5
        return own / np.sqrt(total), slope

    return valued


def curvature(criterion: Criterion, point: np.ndarray, step: float = 1e-3) -> np.ndarray:
    """Return the second derivatives of the criterion by central differences of the first."""
    moves = step * np.eye(len(point))
    found = np.array([criterion.gradient(point + move) - criterion.gradient(point - move) for move in moves])
    return (found + found.T) / (4 * step)


def profile(
    criterion: Criterion,
    middle: np.ndarray,
    second: np.ndarray,
    valued: Valued,
    conf_level: float,
    most: float = np.inf,
) -> tuple[float, float]:
    """Return the smallest and the largest value among the points that the likelihood-ratio test keeps.

    `middle` is the best point, `second` the curvature there. SDs have a sign here, because the criterion is the same
    on both sides of zero: a smallest value below zero says that zero is kept. `most` is what the value cannot exceed.
    """
    gap = stats.chi2.ppf(conf_level, 1)
    limit = criterion(middle) + gap
    start = middle.copy()
    start[:-1] = np.maximum(start[:-1], 0.02)  # at zero the criterion is flat, and no direction leads away
    low = max(_end(criterion, start, second, valued, limit, gap, -1.0), 0.0)
    nothing = criterion.best(np.zeros(len(middle) - 1))
    if valued(nothing)[0] >= most and criterion(nothing) <= limit:
        return low, most  # all variance may be the residual's
    return low, _end(criterion, start, second, valued, limit, gap, 1.0)


def _end(
    criterion: Criterion,
    start: np.ndarray,
    second: np.ndarray,
    valued: Valued,
    limit: float,
    gap: float,
    sign: float,
) -> float:
    """Follow the quadratic through the present point to where it meets the limit, until that point is reached."""
    point = start
    here, slope = criterion(point), criterion.gradient(point)
    for _ in range(100):
        value, along = valued(point)
        inverse = np.linalg.inv(second)
        width = along @ inverse @ along
        price = sign * np.sqrt(max(2 * (limit - here) + slope @ inverse @ slope, 0.0) / width)
        step = inverse @ (price * along - slope)
        if abs(along @ step) <= 1e-7 * np.sqrt(gap * width) and abs(here - limit) < 1e-5:
            return value
        step *= min(1.0, 2 * np.sqrt(gap / (step @ second @ step)))
        while (there := criterion(point + step)) > limit + gap / 2:
            step = step / 2
        new = criterion.gradient(point + step)
        # The curvature of criterion and value together (BFGS), so that a bend in the value slows nothing down.
        turn = new - slope - price * (valued(point + step)[1] - along)
        if turn @ step > 1e-8 * np.sqrt((turn @ turn) * (step @ step)):
            pushed = second @ step
            second = (
                second + np.outer(turn, turn) / (turn @ step) - np.outer(pushed, pushed) / (step @ pushed)
            )
        point, here, slope = point + step, there, new
    return np.nan


def _indicators(codes: np.ndarray) -> sparse.csr_matrix:
    return sparse.csr_matrix((np.ones(len(codes)), (np.arange(len(codes)), codes)))
