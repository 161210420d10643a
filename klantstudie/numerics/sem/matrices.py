"""Implied means and covariances of a model, and their derivatives, for one or many parameter vectors at once.

Reticular action model: with v all variables, v = m + A v + e, cov(e) = S, and F the selection of the observed ones,

    B = (I - A)^-1     C = B S B'     sigma = F C F'     mu = F B m

    d sigma / d A_ij = u w' + w u', u = F B e_i, w = F C e_j      d mu / d A_ij = u (B m)_j
    d sigma / d S_ij = u w' + w u', u = F B e_i, w = F B e_j (half of it on the diagonal)
    d mu / d m_i = F B e_i

Because every derivative has the form u w' + w u', gradients and information matrices need only the vectors u and w.

Source: McArdle and McDonald (1984); Boker et al. (2011) for RAM in practice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from klantstudie.numerics.sem.table import Row, Table


@dataclass(frozen=True)
class Implied:
    """What a model implies for one group; every array may have leading dimensions."""

    mean: np.ndarray
    cov: np.ndarray
    paths: np.ndarray
    all_cov: np.ndarray
    all_mean: np.ndarray


@dataclass(frozen=True)
class Derivatives:
    """For each parameter of a group: d sigma = u w' + w u' and d mu = mean."""

    u: np.ndarray
    w: np.ndarray
    mean: np.ndarray


@dataclass(frozen=True)
class Cells:
    """Which parameters (by their place in the table) stand where in one matrix."""

    rows: np.ndarray
    i: np.ndarray
    j: np.ndarray

    def of(self, keep: np.ndarray) -> Cells:
        """Only the parameters of `keep`."""
        chosen = np.isin(self.rows, keep)
        return Cells(self.rows[chosen], self.i[chosen], self.j[chosen])


def _cells(found: Sequence[tuple[int, int, int]]) -> Cells:
    array = np.array(found, dtype=int).reshape(-1, 3)
    return Cells(array[:, 0], array[:, 1], array[:, 2])


class Group:
    """The matrices of one group of a model."""

    def __init__(self, table: Table, group: int):
        names = [*table.observed, *table.latent]
        place = {name: k for k, name in enumerate(names)}
        self.names, self.n_observed = names, len(table.observed)
        self.meanstructure = table.meanstructure
        kinds: dict[str, list[tuple[int, int, int]]] = {"A": [], "S": [], "m": [], "t": [], "d": []}
        for number, row in enumerate(table.rows):
            if row.group == group:
                kinds[_kind(row)].append((number, *_where(row, place)))
        self.a, self.s, self.m = _cells(kinds["A"]), _cells(kinds["S"]), _cells(kinds["m"])
        self.t, self.d = _cells(sorted(kinds["t"], key=lambda c: (c[1], c[2]))), _cells(kinds["d"])
        x = [place[name] for name in table.exogenous]
        self.x = np.array(x, dtype=int)
        self._kept: dict[bytes, tuple[Cells, Cells, Cells]] = {}

    def implied(self, values: np.ndarray) -> Implied:
        """Return what the parameter values (…, rows of the table) imply."""
        size, seen = len(self.names), self.n_observed
        lead = values.shape[:-1]
        paths = np.zeros((*lead, size, size), dtype=values.dtype)
        paths[..., self.a.i, self.a.j] = values[..., self.a.rows]
        paths = _inverse(np.eye(size) - paths)
        spread = np.zeros((*lead, size, size), dtype=values.dtype)
        spread[..., self.s.i, self.s.j] = values[..., self.s.rows]
        spread[..., self.s.j, self.s.i] = values[..., self.s.rows]
        cov = paths @ spread @ np.swapaxes(paths, -1, -2)
        level = np.zeros((*lead, size), dtype=values.dtype)
        level[..., self.m.i] = values[..., self.m.rows]
        mean = (paths @ level[..., None])[..., 0]
        return Implied(mean[..., :seen], cov[..., :seen, :seen], paths, cov, mean)

    def derivatives(self, implied: Implied, keep: np.ndarray) -> tuple[np.ndarray, Derivatives]:
        """Return which rows of the table have a derivative in this group, and the derivatives."""
        seen = self.n_observed
        key = keep.tobytes()
        if key not in self._kept:
            self._kept[key] = (self.a.of(keep), self.s.of(keep), self.m.of(keep))
        a, s, m = self._kept[key]
        reach = np.swapaxes(implied.paths[..., :seen, :], -1, -2)  # row k: F B e_k
        joint = implied.all_cov[..., :, :seen]
        lead = reach.shape[:-2]
        half = np.where(s.i == s.j, 0.5, 1.0)[:, None]
        none = np.zeros((*lead, m.rows.size, seen), dtype=reach.dtype)
        u = np.concatenate([reach[..., a.i, :], reach[..., s.i, :], none], axis=-2)
        w = np.concatenate([joint[..., a.j, :], reach[..., s.j, :] * half, none], axis=-2)
        flat = np.zeros((*lead, s.rows.size, seen), dtype=reach.dtype)
        mean = np.concatenate(
            [reach[..., a.i, :] * implied.all_mean[..., a.j, None], flat, reach[..., m.i, :]], axis=-2
        )
        return np.concatenate([a.rows, s.rows, m.rows]), Derivatives(u, w, mean)


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """The inverse; a loop of paths that has none is moved a little, and then implies something far off."""
    try:
        return np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        return np.linalg.inv(matrix + 1e-9 * np.eye(matrix.shape[-1]))


def _kind(row: Row) -> str:
    return {"=~": "A", "~": "A", "~~": "S", "~1": "m", "|": "t", "~*~": "d"}[row.op]


def _where(row: Row, place: dict[str, int]) -> tuple[int, int]:
    if row.op == "=~":
        return place[row.rhs], place[row.lhs]
    if row.op == "|":
        return place[row.lhs], int(row.rhs[1:]) - 1
    if row.op in ("~1", "~*~"):
        return place[row.lhs], 0
    return place[row.lhs], place[row.rhs]


def saturated(size: int, meanstructure: bool, without: np.ndarray | None = None) -> Derivatives:
    """Return the derivatives of the saturated model: means (if any), then the lower triangle row by row.

    Moments among the variables in `without` (exogenous ones that are taken as they are) are left out.
    """
    out = np.zeros(size, dtype=bool)
    if without is not None:
        out[without] = True
    rows, columns = np.tril_indices(size)
    keep = ~(out[rows] & out[columns])
    rows, columns = rows[keep], columns[keep]
    unit = np.eye(size)
    own = np.flatnonzero(~out) if meanstructure else np.empty(0, dtype=int)
    zero = np.zeros((own.size, size))
    u = np.concatenate([zero, unit[rows]])
    w = np.concatenate([zero, unit[columns] * np.where(rows == columns, 0.5, 1.0)[:, None]])
    mean = np.concatenate([unit[own], np.zeros((rows.size, size))])
    return Derivatives(u, w, mean)


def stacked(derivatives: Derivatives, basis: Derivatives) -> np.ndarray:
    """Return d moments / d parameters, one row a moment of `basis` (see `saturated`), one column a parameter."""
    i, j = np.abs(basis.u).argmax(-1), np.abs(basis.w).argmax(-1)
    second = np.abs(basis.u).sum(-1) > 0
    u, w = derivatives.u, derivatives.w
    cov = u[..., i] * w[..., j] + u[..., j] * w[..., i]
    level = derivatives.mean @ basis.mean.T
    return np.swapaxes(np.where(second, cov, level), -1, -2)


class Model:
    """A parameter table as functions of its free parameters."""

    def __init__(self, table: Table):
        self.table = table
        self.groups = [Group(table, group) for group in range(table.n_groups)]
        self.free = np.array([row.free for row in table.rows], dtype=int)
        self.fixed = np.array([row.value for row in table.rows], dtype=float)
        self.n_free = table.n_free
        self.keep = np.flatnonzero(self.free >= 0)
        self.sampled = [number for number, row in enumerate(table.rows) if row.sample]
        self._place = {name: k for k, name in enumerate(table.observed)}

    def with_sample(self, means: Sequence[np.ndarray], covs: Sequence[np.ndarray]) -> np.ndarray:
        """Return the fixed values, (…, rows), with the exogenous moments of the sample filled in."""
        lead = covs[0].shape[:-2]
        fixed = np.broadcast_to(self.fixed, (*lead, self.fixed.size)).copy()
        for number in self.sampled:
            row = self.table.rows[number]
            i = self._place[row.lhs]
            source = means[row.group] if row.op == "~1" else covs[row.group][..., self._place[row.rhs]]
            fixed[..., number] = source[..., i]
        return fixed

    def values(self, theta: np.ndarray, fixed: np.ndarray) -> np.ndarray:
        """Return the value of every row for free parameters theta (…, q)."""
        lead = np.broadcast_shapes(theta.shape[:-1], fixed.shape[:-1])
        out = np.empty((*lead, self.free.size), dtype=np.result_type(theta, float))
        out[...] = fixed
        out[..., self.keep] = theta[..., self.free[self.keep]]
        return out

    def collect(self, rows: np.ndarray) -> np.ndarray:
        """Return the matrix that adds rows of the table up to free parameters, (rows, q)."""
        out = np.zeros((rows.size, self.n_free))
        out[np.arange(rows.size), self.free[rows]] = 1.0
        return out
