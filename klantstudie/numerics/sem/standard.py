"""Values of all rows of a parameter table: as estimated, standardised, and the defined parameters.

Fully standardised (std.all): a loading or regression times sd(predictor) / sd(outcome), a variance over the implied
variance, a covariance over the square root of both (residual) variances, an intercept or threshold over the sd.
A residual variance of an ordered item is what its scale leaves: 1 / delta^2 minus what the model explains.

Their standard errors follow from exact derivatives by a complex step (the delta method).
Source: Rosseel (2012), standardizedSolution of lavaan 0.6-14; Bollen (1989).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

import numpy as np

from klantstudie.numerics.sem.matrices import Implied
from klantstudie.numerics.sem.objective import STEP, Problem
from klantstudie.numerics.sem.table import Table


def _root(value: np.ndarray) -> np.ndarray:
    """The square root; NaN where the real part is not positive, also for complex numbers."""
    good = value.real > 0
    return np.where(good, np.sqrt(np.where(good, value, 1.0)), np.nan)


def estimates(problem: Problem, theta: np.ndarray) -> tuple[np.ndarray, list[Implied]]:
    """Return the value of each row (…, rows), and what the model implies, with the scale of ordered items in it."""
    values = problem.model.values(theta, problem.fixed)
    table, implied = problem.model.table, []
    for number, group in enumerate(problem.model.groups):
        found = group.implied(values)
        if table.ordered:
            cov, spread = found.all_cov.copy(), found.all_cov[..., : group.n_observed, : group.n_observed]
            scale = np.ones((*values.shape[:-1], group.n_observed), dtype=values.dtype)
            scale[..., group.d.i] = values[..., group.d.rows]
            for row_number, row in enumerate(table.rows):
                if row.group == number and row.op == "~~" and row.lhs == row.rhs and row.lhs in table.ordered:
                    k = group.names.index(row.lhs)
                    common = spread[..., k, k] - values[..., row_number]
                    values[..., row_number] = 1 / scale[..., k] ** 2 - common
                    cov[..., k, k] = 1 / scale[..., k] ** 2
            found = Implied(found.mean, found.cov, found.paths, cov, found.all_mean)
        implied.append(found)
    return values, implied


def standardized(problem: Problem, theta: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    """Return the fully standardised value of each row; `rows` gives other values in place of the estimates.

    NaN where a variance is not positive.
    """
    values, implied = estimates(problem, theta)
    given = values if rows is None else rows
    table = problem.model.table
    out = np.array(given, dtype=np.result_type(given, theta))
    own = {(r.group, r.lhs): n for n, r in enumerate(table.rows) if r.op == "~~" and r.lhs == r.rhs}
    for group_number, group in enumerate(problem.model.groups):
        place = {name: k for k, name in enumerate(group.names)}
        spread = np.diagonal(implied[group_number].all_cov, axis1=-2, axis2=-1)
        sd = _root(spread)
        for number, row in enumerate(table.rows):
            if row.group != group_number:
                continue
            left = place[row.lhs]
            if row.op == "=~":
                out[..., number] *= sd[..., left] / sd[..., place[row.rhs]]
            elif row.op == "~":
                out[..., number] *= sd[..., place[row.rhs]] / sd[..., left]
            elif row.op in ("~1", "|"):
                out[..., number] /= sd[..., left]
            elif row.op == "~*~":
                out[..., number] = 1.0
            elif row.lhs == row.rhs:
                out[..., number] /= spread[..., left]
            else:
                for name in (row.lhs, row.rhs):
                    level = given[..., own[group_number, name]] if (group_number, name) in own else None
                    out[..., number] /= _size(spread[..., place[name]] if level is None else level)
    return out


def _size(variance: np.ndarray) -> np.ndarray:
    """The root of the absolute value, so that a Heywood case keeps the sign of its covariances."""
    return _root(np.where(variance.real < 0, -variance, variance))


def defined(table: Table, values: np.ndarray) -> np.ndarray:
    """Return the defined parameters (…, number of them) at the values of the rows (…, rows)."""
    labels: dict[str, np.ndarray] = {}
    for number, row in enumerate(table.rows):
        if row.label and not row.label.startswith("="):
            labels.setdefault(row.label, values[..., number])
    out = []
    for name, tree, words in table.defined:
        found = _evaluate(tree, {f"_{k}": labels[word] for k, word in enumerate(words)})
        labels[name] = np.broadcast_to(found, values.shape[:-1])
        out.append(labels[name])
    return np.stack(out, axis=-1) if out else np.zeros((*values.shape[:-1], 0))


_CALLS = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": lambda x: np.where(np.real(x) < 0, -x, x),
}
_SIGNS = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}


def _evaluate(node: ast.expr, words: Mapping[str, np.ndarray]) -> np.ndarray:
    if isinstance(node, ast.Constant):
        return np.asarray(float(node.value))
    if isinstance(node, ast.Name):
        return words[node.id]
    if isinstance(node, ast.UnaryOp):
        inside = _evaluate(node.operand, words)
        return -inside if isinstance(node.op, ast.USub) else inside
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if isinstance(node, ast.Call):
            return _CALLS[node.func.id](_evaluate(node.args[0], words))
        return _SIGNS[type(node.op)](_evaluate(node.left, words), _evaluate(node.right, words))


def derivative(function, theta: np.ndarray) -> np.ndarray:
    """Return d function / d theta, (outputs, q), by a complex step; the function takes (b, q) to (b, outputs)."""
    if theta.size == 0:
        return np.zeros((function(theta[None, :]).shape[-1], 0))
    steps = theta[None, :] + 1j * STEP * np.eye(theta.size)
    return function(steps).imag.T / STEP


def everything(problem: Problem, theta: np.ndarray, *, std: bool) -> np.ndarray:
    """Return all rows and then the defined parameters, as estimated or standardised."""
    values = standardized(problem, theta) if std else estimates(problem, theta)[0]
    return np.concatenate([values, defined(problem.model.table, values)], axis=-1)
