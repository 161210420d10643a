"""What is minimised: normal theory maximum likelihood (complete or not) and diagonally weighted least squares.

Normal, per group, as a sum over patterns k of missing answers (complete data are one pattern), W = sigma_k^-1:

    f = sum_k n_k/n [ log|sigma_k| + tr W (S_k + d d') ] / 2 - saturated,   d = m_k - mu_k
    df = sum_k n_k/n [ u' G w 2 / 2 ... ] with G = W - W (S_k + d d') W:  df_r = u_r' G w_r - mean_r' W d
    expected information: (u_r' W w_s)(w_r' W u_s) + (u_r' W u_s)(w_r' W w_s) + mean_r' W mean_s

with d sigma_r = u_r w_r' + w_r u_r'. Diagonally weighted least squares over thresholds and polychoric correlations s:

    f = sum_i (s_i - sigma_i)^2 / (2 gamma_ii),  thresholds delta_i (tau_ik - mu_i), correlations delta_i delta_j sigma_ij

The whole is the sum over groups weighted by n_g / n (least squares: (n_g - 1) / n). All functions accept many parameter vectors at once, and complex
ones (for exact derivatives by a complex step; Squire and Trapp 1998).

Sources: Jöreskog (1969); Arbuckle (1996) for missing answers; Muthén, du Toit and Spisic (1997) for WLSMV.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from klantstudie.numerics.sem.matrices import Derivatives, Group, Implied, Model, saturated, stacked
from klantstudie.numerics.sem.moments import Pattern, Sample

STEP = 1e-20
SMALL = 200  # free parameters times patterns of answers
NEARLY_SINGULAR = 1e-11  # smallest eigenvalue of an implied correlation matrix that can be inverted


def _part(implied: Implied, pattern: Pattern) -> tuple[np.ndarray, np.ndarray]:
    if pattern.everything:
        return implied.mean, implied.cov
    seen = pattern.seen
    return implied.mean[..., seen], implied.cov[..., seen[:, None], seen]


def _rows(derivatives: Derivatives, pattern: Pattern) -> Derivatives:
    if pattern.everything:
        return derivatives
    seen = pattern.seen
    return Derivatives(derivatives.u[..., seen], derivatives.w[..., seen], derivatives.mean[..., seen])


def _turn(array: np.ndarray) -> np.ndarray:
    return np.swapaxes(array, -1, -2)


class Normal:
    """The normal likelihood of one group."""

    def __init__(self, sample: Sample, meanstructure: bool):
        self.sample, self.meanstructure, self.n = sample, meanstructure, sample.n

    def basis(self, x: np.ndarray) -> Derivatives:
        """The derivatives of the saturated model, without the moments of the exogenous variables x."""
        return saturated(self.sample.cov.shape[-1], self.meanstructure, x)

    def value(self, implied: Implied) -> np.ndarray:
        """The discrepancy f; infinite where sigma is not positive definite."""
        lead = implied.cov.shape[:-2]
        good = _is_positive(implied.cov)
        total = np.zeros(lead)
        for pattern in self.sample.patterns:
            mean, cov = _part(implied, pattern)
            cov = np.where(good[..., None, None], cov, np.eye(cov.shape[-1]))
            moved, _ = self._moved(pattern, mean)
            value = np.linalg.slogdet(cov)[1] + (np.linalg.inv(cov) * moved).sum((-1, -2))
            total = total + value * (pattern.n / self.n / 2)
        return np.where(good, total - self.sample.entropy, np.inf)

    def _moved(self, pattern: Pattern, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        if not self.meanstructure:
            return pattern.cov, None
        away = pattern.mean - mean
        return pattern.cov + away[..., :, None] * away[..., None, :], away

    def slope(self, implied: Implied, derivatives: Derivatives) -> np.ndarray:
        """The derivative of f to each parameter."""
        total = 0.0
        for pattern in self.sample.patterns:
            mean, cov = _part(implied, pattern)
            part = _rows(derivatives, pattern)
            inverse = np.linalg.inv(cov)
            moved, away = self._moved(pattern, mean)
            pull = inverse - inverse @ moved @ inverse
            slope = ((part.u @ pull) * part.w).sum(-1)
            if away is not None:
                slope = slope - (part.mean @ (inverse @ away[..., None]))[..., 0]
            total = total + slope * (pattern.n / self.n)
        return total

    def information(self, implied: Implied, derivatives: Derivatives) -> np.ndarray:
        """The expected information of one case."""
        total = 0.0
        for pattern in self.sample.patterns:
            _, cov = _part(implied, pattern)
            part = _rows(derivatives, pattern)
            inverse = np.linalg.inv(cov)
            uv, wv = part.u @ inverse, part.w @ inverse
            across = uv @ _turn(part.w)
            info = across * _turn(across) + (uv @ _turn(part.u)) * (wv @ _turn(part.w))
            if self.meanstructure:
                info = info + part.mean @ inverse @ _turn(part.mean)
            total = total + info * (pattern.n / self.n)
        return total

    def curvature(self, implied: Implied, derivatives: Derivatives) -> np.ndarray:
        """The observed information of one case where the moments are linear in the parameters (the saturated model).

        With Q = W (S + d d') W it is tr(d sigma_r W d sigma_s Q) less the expected information, and for a mean and a
        covariance mean_r' W (d sigma_s) W d.
        """
        total = 0.0
        for pattern in self.sample.patterns:
            mean, cov = _part(implied, pattern)
            part = _rows(derivatives, pattern)
            inverse = np.linalg.inv(cov)
            moved, away = self._moved(pattern, mean)
            q = inverse @ moved @ inverse
            uv, wv, uq, wq = part.u @ inverse, part.w @ inverse, part.u @ q, part.w @ q
            across, uu, ww = uv @ part.w.T, uv @ part.u.T, wv @ part.w.T
            crossed = uq @ part.w.T
            info = across.T * crossed + ww * (uq @ part.u.T) + uu * (wq @ part.w.T) + across * crossed.T
            info = info - across * across.T - uu * ww
            if away is not None:
                pull = inverse @ away
                level = part.mean @ inverse
                mixed = (level @ part.u.T) * (part.w @ pull) + (level @ part.w.T) * (part.u @ pull)
                info = info + mixed + mixed.T + level @ part.mean.T
            total = total + info * (pattern.n / self.n)
        return total

    def scores(self, implied: Implied, derivatives: Derivatives) -> np.ndarray:
        """The derivative of the log likelihood of each case to each parameter, (n, parameters)."""
        values = self.sample.values
        out = np.empty((self.n, derivatives.u.shape[-2]))
        for pattern in self.sample.patterns:
            mean, cov = _part(implied, pattern)
            part = _rows(derivatives, pattern)
            inverse = np.linalg.inv(cov)
            centre = mean if self.meanstructure else pattern.mean
            away = (values[pattern.rows][:, pattern.seen] - centre) @ inverse
            level = ((part.u @ inverse) * part.w).sum(-1)
            block = (away @ part.u.T) * (away @ part.w.T) - level
            if self.meanstructure:
                block = block + away @ part.mean.T
            out[pattern.rows] = block
        return out


@dataclass(frozen=True)
class OrdinalSample:
    """Thresholds (item by item) and polychoric correlations of one group, and n times their covariance matrix.

    `items` says to which item each threshold belongs; correlations stand in the order of the lower triangle, column by
    column: (2,1), (3,1), …, (3,2), ….
    """

    n: int
    thresholds: np.ndarray
    items: np.ndarray
    corr: np.ndarray
    gamma: np.ndarray
    values: np.ndarray | None = None

    @property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of each correlation."""
        columns, rows = np.triu_indices(len(self.corr), 1)
        return rows, columns

    @property
    def moments(self) -> np.ndarray:
        """Thresholds, then correlations."""
        return np.concatenate([self.thresholds, self.corr[self.pairs]])


class Ordinal:
    """Diagonally weighted least squares of one group."""

    def __init__(self, sample: OrdinalSample):
        self.sample, self.n = sample, sample.n
        self.weight = 1 / np.diag(sample.gamma)

    def moments(self, implied: Implied, group: Group, values: np.ndarray) -> np.ndarray:
        """The thresholds and correlations that the model implies."""
        i, j = self.sample.pairs
        items = self.sample.items
        scale = self._scale(group, values)
        thresholds = scale[..., items] * (values[..., group.t.rows] - implied.mean[..., items])
        corr = scale[..., i] * scale[..., j] * implied.cov[..., i, j]
        return np.concatenate([thresholds, corr], axis=-1)

    def _scale(self, group: Group, values: np.ndarray) -> np.ndarray:
        scale = np.ones((*values.shape[:-1], group.n_observed), dtype=values.dtype)
        scale[..., group.d.i] = values[..., group.d.rows]
        return scale

    def jacobian(
        self, implied: Implied, group: Group, values: np.ndarray, keep: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The rows of the table, and d moments / d rows (…, moments, rows)."""
        rows, parts = group.derivatives(implied, keep)
        i, j = self.sample.pairs
        items = self.sample.items
        scale = self._scale(group, values)
        both = (scale[..., i] * scale[..., j])[..., None, :]
        corr = both * (parts.u[..., i] * parts.w[..., j] + parts.u[..., j] * parts.w[..., i])
        level = -scale[..., None, items] * parts.mean[..., items]
        t, d = group.t.of(keep), group.d.of(keep)
        lead = values.shape[:-1]
        own = np.zeros((*lead, t.rows.size + d.rows.size, items.size + i.size), dtype=values.dtype)
        for number, row in enumerate(t.rows):
            place = int(np.flatnonzero(group.t.rows == row)[0])
            own[..., number, place] = scale[..., items[place]]
        for number, item in enumerate(d.i, t.rows.size):
            mine = np.flatnonzero(items == item)
            own[..., number, mine] = values[..., group.t.rows[mine]] - implied.mean[..., [item]]
            for place in np.flatnonzero((i == item) | (j == item)):
                other = j[place] if i[place] == item else i[place]
                own[..., number, items.size + place] = (
                    scale[..., other] * implied.cov[..., i[place], j[place]]
                )
        whole = np.concatenate([np.concatenate([level, corr], axis=-1), own], axis=-2)
        return np.concatenate([rows, t.rows, d.rows]), _turn(whole)

    def value(self, moments: np.ndarray) -> np.ndarray:
        """Half the weighted sum of squared residuals."""
        return (self.weight * (self.sample.moments - moments) ** 2).sum(-1) / 2


class Problem:
    """A model and its data: discrepancy, gradient and information as functions of the free parameters."""

    def __init__(self, model: Model, parts: Sequence[Normal | Ordinal], fixed: np.ndarray):
        self.model, self.parts, self.fixed = model, list(parts), fixed
        self.n = sum(part.n for part in parts)
        self.shares = [part.n / self.n for part in parts]
        # Least squares weighs a group by n - 1 (as its chi-square does), but its information by n.
        self.pulls = [(part.n - isinstance(part, Ordinal)) / self.n for part in parts]

    @property
    def small(self) -> bool:
        """Whether exact second derivatives are worth their price: hardly for least squares, nor for many patterns."""
        if any(isinstance(part, Ordinal) for part in self.parts):
            return False
        return self.model.table.n_free * sum(len(part.sample.patterns) for part in self.parts) <= SMALL

    def subset(self, rows: np.ndarray) -> Problem:
        """The problem of some of many samples (complete normal data only)."""
        parts = []
        for part in self.parts:
            pattern = part.sample.patterns[0]
            small = Pattern(pattern.seen, pattern.n, pattern.mean[rows], pattern.cov[rows])
            entropy = np.asarray(part.sample.entropy)[rows]
            parts.append(Normal(Sample(part.n, (small,), small.mean, small.cov, entropy), part.meanstructure))
        return Problem(self.model, parts, self.fixed[rows])

    def group_values(self, theta: np.ndarray) -> list[np.ndarray]:
        """The discrepancy of each group."""
        values = self.model.values(theta, self.fixed)
        out = []
        for group, part in zip(self.model.groups, self.parts, strict=True):
            implied = group.implied(values)
            out.append(
                part.value(implied)
                if isinstance(part, Normal)
                else part.value(part.moments(implied, group, values))
            )
        return out

    def value(self, theta: np.ndarray) -> np.ndarray:
        """The discrepancy f."""
        return sum(pull * f for pull, f in zip(self.pulls, self.group_values(theta), strict=True))

    def slope(self, theta: np.ndarray) -> np.ndarray:
        """The gradient of f; theta may be complex."""
        return self._derived(theta, True, False)[0]

    def information(self, theta: np.ndarray) -> np.ndarray:
        """The expected information of one case (Gauss-Newton matrix for least squares)."""
        return self._derived(theta, False, True)[1]

    def both(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The gradient and the information at once."""
        return self._derived(theta, True, True)

    def _derived(self, theta: np.ndarray, first: bool, second: bool) -> tuple[np.ndarray, np.ndarray]:
        values = self.model.values(theta, self.fixed)
        slopes, infos = 0.0, 0.0
        for share, pull, group, part in zip(
            self.shares, self.pulls, self.model.groups, self.parts, strict=True
        ):
            implied = group.implied(values)
            slope = info = None
            if isinstance(part, Normal):
                rows, derivatives = group.derivatives(implied, self.model.keep)
                slope = part.slope(implied, derivatives) if first else None
                info = part.information(implied, derivatives) if second else None
            else:
                rows, jacobian = part.jacobian(implied, group, values, self.model.keep)
                if first:
                    away = part.weight * (part.sample.moments - part.moments(implied, group, values))
                    slope = -(away[..., None, :] @ jacobian)[..., 0, :]
                if second:
                    info = _turn(jacobian) @ (jacobian * part.weight[:, None])
            gather = self.model.collect(rows)
            slopes = slopes + pull * (slope @ gather) if first else slopes
            infos = infos + share * (gather.T @ info @ gather) if second else infos
        return slopes, infos

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        """The exact second derivatives of f, by a complex step through the gradient."""
        size = theta.size
        steps = theta[None, :] + 1j * STEP * np.eye(size)
        found = self.slope(steps).imag / STEP
        return (found + found.T) / 2

    def jacobians(self, theta: np.ndarray) -> list[np.ndarray]:
        """Return d moments / d theta, one array (moments, q) a group; normal moments as in `saturated`."""
        values = self.model.values(theta, self.fixed)
        out = []
        for group, part in zip(self.model.groups, self.parts, strict=True):
            implied = group.implied(values)
            if isinstance(part, Normal):
                rows, derivatives = group.derivatives(implied, self.model.keep)
                jacobian = stacked(derivatives, part.basis(group.x))
            else:
                rows, jacobian = part.jacobian(implied, group, values, self.model.keep)
            out.append(jacobian @ self.model.collect(rows))
        return out

    def scores(self, theta: np.ndarray) -> list[np.ndarray]:
        """The derivative of the log likelihood of each case, one array (n, q) a group."""
        values = self.model.values(theta, self.fixed)
        out = []
        for group, part in zip(self.model.groups, self.parts, strict=True):
            implied = group.implied(values)
            rows, derivatives = group.derivatives(implied, self.model.keep)
            out.append(part.scores(implied, derivatives) @ self.model.collect(rows))
        return out


def _is_positive(cov: np.ndarray) -> np.ndarray:
    """Whether each matrix is positive definite, whatever the units of its variables."""
    spread = np.diagonal(cov, axis1=-2, axis2=-1).real
    good = np.isfinite(cov).all((-1, -2)) & (spread > 0).all(-1)
    root = np.sqrt(np.where(good[..., None], spread, 1.0))
    corr = np.where(good[..., None, None], cov, np.eye(cov.shape[-1]))
    corr = corr / (root[..., :, None] * root[..., None, :])
    try:
        factor = np.linalg.cholesky(corr)
    except np.linalg.LinAlgError:
        return good & (np.linalg.eigvalsh(corr)[..., 0] > NEARLY_SINGULAR)
    return good & (np.diagonal(factor, axis1=-2, axis2=-1).min(-1) ** 2 > NEARLY_SINGULAR)
