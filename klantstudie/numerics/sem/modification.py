"""Modification indices: what chi-square would gain if a fixed parameter were free, or an equality were dropped.

With g and I the gradient and expected information of the model with the extra parameters e at their fixed values, m
the parameters of the model, per case and n cases:

    V = I_ee - I_em I_mm^-1 I_me        MI = n g_e^2 / V_ee        EPC = -g_e / V_ee
    several at once (releasing an equality):  X2 = n g_e' V^-1 g_e

Sources: Sörbom (1989); Saris, Satorra and Sörbom (1987) for the expected parameter change; modindices and lavTestScore
of lavaan 0.6-14.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from klantstudie.numerics.sem.engine import Fit, problem_of
from klantstudie.numerics.sem.inference import inverse
from klantstudie.numerics.sem.standard import estimates, standardized
from klantstudie.numerics.sem.table import Row, Table

NOTHING = 1e-7  # share of its information that a parameter must keep to be told apart from the others


@dataclass(frozen=True)
class Index:
    """The score test of one parameter that could be free: its row, the index, the expected change."""

    row: Row
    value: float
    change: float
    standardized: float


@dataclass(frozen=True)
class Release:
    """The score test of an equality between groups: the parameter by name, statistic and degrees of freedom."""

    key: str
    row: Row
    value: float
    df: int


def candidates(table: Table) -> list[Row]:
    """Return the parameters that the model leaves out, or holds at a value."""
    indicators = {row.rhs for row in table.rows if row.op == "=~"}
    equations = list(
        dict.fromkeys(name for row in table.rows if row.op == "~" for name in (row.lhs, row.rhs))
    )
    own = [name for name in table.observed if name not in table.exogenous]
    items = [name for name in own if name in indicators]
    found: list[Row] = []
    for group in range(table.n_groups):
        mine = [row for row in table.rows if row.group == group]
        known = {frozenset((r.lhs, r.rhs)) if r.op == "~~" else r.key for r in mine}
        found += [copy(row) for row in mine if row.free < 0 and not row.sample]
        loads = [(f, "=~", x) for f in table.latent for x in own if x not in equations]
        covs = [(a, "~~", b) for names in (items, table.latent) for a, b in combinations(names, 2)]
        paths = [
            (y, "~", x)
            for y in equations
            for x in equations
            if y != x and not (y in items and x in table.latent)
        ]
        means = [(name, "~1", "") for name in [*own, *table.latent]] if table.meanstructure else []
        for lhs, op, rhs in [*loads, *covs, *paths, *means]:
            row = Row(lhs, op, rhs, group, value=0.0)
            if (frozenset((lhs, rhs)) if op == "~~" else row.key) not in known:
                found.append(row)
    return found


def indices(fit: Fit) -> list[Index]:
    """Return the modification index of every parameter that could be freed, largest first."""
    rows = candidates(fit.table)
    extended = [copy(row) for row in fit.table.rows]
    places = {(row.key, row.group): k for k, row in enumerate(extended)}
    extra = []
    for number, row in enumerate(rows):
        place = places.get((row.key, row.group))
        if place is None:
            extended.append(row)
            place = len(extended) - 1
        extended[place].free = fit.table.n_free + number
        extra.append(place)
    table = _with(fit.table, extended, fit.table.n_free + len(rows))
    problem = problem_of(table, [part.sample for part in fit.problem.parts])
    theta = np.concatenate([fit.theta, [rows[k].value for k in range(len(rows))]])
    q = fit.table.n_free
    slope, info = problem.slope(theta), problem.information(theta)
    below = inverse(info[:q, :q]) if q else np.zeros((0, 0))
    cross = info[q:, :q]
    own = np.diag(info)[q:]
    left = own - ((cross @ below) * cross).sum(1)
    good = left > NOTHING * np.maximum(own, 1e-12)
    good &= left > 1e-12
    change = np.where(good, -slope[q:] / np.where(good, left, 1.0), np.nan)
    value = np.where(good, problem.n * slope[q:] ** 2 / np.where(good, left, 1.0), np.nan)
    values, _ = estimates(problem, theta)
    changed = values.copy()
    for place, row, step in zip(extra, rows, change, strict=True):
        if row.lhs != row.rhs:  # variances keep their value: covariances are standardised by them
            changed[place] = step if np.isfinite(step) else 0.0
    scaled = standardized(problem, theta, changed)[extra]
    found = [
        Index(row, float(value[k]), float(change[k]), float(scaled[k]))
        for k, row in enumerate(rows)
        if good[k]
    ]
    return sorted(found, key=lambda index: -index.value)


def releases(fit: Fit, keys: Sequence[str] | None = None) -> list[Release]:
    """Return the score test of each parameter that is held equal between groups, largest first."""
    table = fit.table
    q = table.n_free
    extended = [copy(row) for row in table.rows]
    where: dict[str, list[int]] = {}
    first: dict[str, Row] = {}
    back = list(np.eye(q))
    for row in extended:
        if row.free < 0 or (keys is not None and row.key not in keys):
            continue
        if row.group == 0:
            first[row.key] = row
        elif row.key in first and row.free == first[row.key].free:
            where.setdefault(row.key, []).append(len(back))
            back.append(np.eye(q)[row.free])
            row.free = len(back) - 1
    if not where:
        return []
    whole = _with(table, extended, len(back))
    problem = problem_of(whole, [part.sample for part in fit.problem.parts])
    # Each extra parameter moves one group alone; those of the model move all groups that share it.
    joint = np.array(back)
    theta = joint @ fit.theta
    slope, info = problem.slope(theta), problem.information(theta)
    below = inverse(joint.T @ info @ joint)
    out = []
    for key, places in where.items():
        cross = info[places] @ joint
        left = info[np.ix_(places, places)] - cross @ below @ cross.T
        value = problem.n * slope[places] @ np.linalg.solve(left, slope[places])
        out.append(Release(key, first[key], float(value), len(places)))
    return sorted(out, key=lambda release: -release.value)


def _with(table: Table, rows: list[Row], n_free: int) -> Table:
    return Table(
        rows,
        table.observed,
        table.latent,
        table.exogenous,
        table.ordered,
        table.n_groups,
        table.meanstructure,
        n_free,
    )
