"""Panel designs on arrays: means taken out per unit, and the wild cluster bootstrap of one coefficient; on
numpy.

References: Cameron, Gelbach and Miller (2008); Webb (2023); Roodman, MacKinnon, Nielsen and Webb (2019).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from klantstudie.errors import InputError


def demean(values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Return the columns of values less their means per unit (whole-number codes from 0)."""
    values = np.asarray(values, dtype=float)
    flat = values.reshape(len(values), -1)
    sizes = np.bincount(unit)
    means = np.stack([np.bincount(unit, column) / sizes for column in flat.T], axis=1)
    return (flat - means[unit]).reshape(values.shape)


def dummies(codes: np.ndarray, count: int) -> np.ndarray:
    """Return 0-1 columns for the codes 1 to count - 1 (code 0 is the reference)."""
    return (codes[:, None] == np.arange(1, count)[None, :]).astype(float)


@dataclass(frozen=True)
class Wild:
    """The wild cluster bootstrap of one coefficient: t statistic, p value, interval and how the signs were
    drawn.
    """

    statistic: float
    p_value: float
    low: float
    high: float
    draws: int
    enumerated: bool


class WildBootstrap:
    """Restricted wild cluster bootstrap-t of the coefficient of one column of a least-squares model.

    The null is imposed, weights are +1 or -1 per cluster (all combinations where they are few) or Webb's six
    values when there are fewer than 12 clusters and too many draws asked to enumerate. Everything depends on
    sums per cluster only, so the interval, found by inverting the test, costs no new fits.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, place: int, cluster: np.ndarray, n_boot: int, seed: int):
        codes, count = np.unique(cluster, return_inverse=True)[1].ravel(), len(np.unique(cluster))
        if count < 3:
            raise InputError(f"a wild cluster bootstrap needs at least three clusters; the data have {count}")
        others = np.delete(x, place, axis=1)
        inner = np.linalg.pinv(others.T @ others) if others.shape[1] else np.empty((0, 0))

        def outside(column: np.ndarray) -> np.ndarray:
            return column - others @ (inner @ (others.T @ column))

        column, answer = outside(x[:, place]), outside(y)
        self.total = float(column @ column)
        self.estimate = float(column @ answer) / self.total

        def sums(values: np.ndarray) -> np.ndarray:
            out = np.zeros((count, *values.shape[1:]))
            np.add.at(out, codes, values)
            return out

        # Per cluster: of the column with y and with itself, of the others with y and with the column.
        self.with_y, self.with_self = sums(column * answer), sums(column**2)
        self.others_y = sums(others * answer[:, None])
        self.others_x = sums(others * column[:, None])
        self.inner = inner
        score = self.with_y - self.estimate * self.with_self
        self.spread = float(np.sqrt((score**2).sum()) / self.total)
        if self.spread <= 1e-12 * max(abs(self.estimate), 1e-300):
            raise InputError("the model fits every cluster exactly: there is nothing to resample")
        self.weights, self.enumerated = _weights(count, n_boot, np.random.default_rng(seed))

    def _draws(self, null: float) -> np.ndarray:
        """Return the bootstrap t statistics when the coefficient is `null`."""
        own = self.with_y - null * self.with_self
        score = self.weights * own
        slope = score.sum(1) / self.total
        if self.inner.size:
            shared = self.weights @ (self.others_y - null * self.others_x) @ self.inner
            score = score - shared @ self.others_x.T
        score = score - slope[:, None] * self.with_self
        spread = np.sqrt((score**2).sum(1)) / self.total
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(spread > 0, slope / spread, np.inf)

    def _observed(self, null: float) -> float:
        return (self.estimate - null) / self.spread

    def p_value(self, null: float) -> float:
        """Return the two-sided p value of a value of the coefficient (symmetric)."""
        beyond = np.abs(self._draws(null)) >= abs(self._observed(null)) * (1 - 1e-10)
        return float(max(beyond.mean(), 1 / len(beyond)))

    def result(self, conf_level: float) -> Wild:
        """Return the test of zero and the interval of all values that are not rejected."""
        ends = [self._end(side, 1 - conf_level) for side in (-1, 1)]
        return Wild(
            self._observed(0.0), self.p_value(0.0), ends[0], ends[1], len(self.weights), self.enumerated
        )

    def _end(self, side: int, alpha: float) -> float:
        inside, outside = self.estimate, self.estimate + side * 2 * self.spread
        for _ in range(40):
            if self.p_value(outside) <= alpha:
                break
            inside, outside = outside, outside + side * 2 * abs(outside - self.estimate)
        else:
            return side * float("inf")
        for _ in range(60):
            middle = (inside + outside) / 2
            if self.p_value(middle) > alpha:
                inside = middle
            else:
                outside = middle
        return float((inside + outside) / 2)


def _weights(count: int, n_boot: int, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    if count < 30 and 2**count <= n_boot:
        bits = (np.arange(2**count)[:, None] >> np.arange(count)[None, :]) & 1
        return 2.0 * bits - 1, True
    if count < 12:
        values = np.sqrt([0.5, 1.0, 1.5])
        return rng.choice(np.concatenate([-values, values]), size=(n_boot, count)), False
    return rng.choice([-1.0, 1.0], size=(n_boot, count)), False
