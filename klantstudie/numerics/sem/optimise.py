"""Finds the minimum of a discrepancy: starting values, Fisher scoring for many samples at once, and what went wrong.

A step is (I + ridge)^-1 (-g), halved until f falls; I is the expected information, so a step is invariant to the scale
of the variables. Done when the Newton decrement g' I^-1 g is so small that the estimates stand still in units of their
standard errors. When Fisher scoring crawls, exact second derivatives take over.

Sources: Lee and Jennrich (1979) for Fisher scoring in covariance structures; Hägglund (1982) for FABIN starting values.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from klantstudie.errors import ModelError
from klantstudie.numerics.sem.objective import STEP, Problem
from klantstudie.numerics.sem.table import Table

DONE = 1e-18  # Newton decrement: at n = 1000 the estimates then move less than 1e-7 standard errors
STILL = 1e-12  # a decrement at which f no longer falls counts as the minimum too
STEPS = 300
PATIENCE, PATIENCE_MANY = 5, 40  # steps of Fisher scoring before exact second derivatives take over
HALVINGS = 25
HUGE = 1e10  # the discrepancy where a model implies no covariance matrix
LONGEST = 0.5  # longest step, in the metric of the information of one case
SHORT, CRAWL = 0.2, 15  # so many steps running cut to less than this: parameters run away, and never arrive
SINGULAR = 1e-9  # smallest eigenvalue of the scaled information of an identified model


def start(
    table: Table,
    means: Sequence[np.ndarray],
    covs: Sequence[np.ndarray],
    thresholds: Sequence[dict],
    share: float = 0.0,
) -> np.ndarray:
    """Return starting values: the user's, else from the sample (loadings by instrumental variables).

    `share` > 0 is what each factor explains of its marker; 0 reads it from the correlations.
    """
    theta = np.zeros(table.n_free)
    place = {name: k for k, name in enumerate(table.observed)}
    guesses = [_factors(table, group, place, covs[group], share) for group in range(table.n_groups)]
    done = np.zeros(table.n_free, dtype=bool)
    for row in table.rows:
        if row.free < 0 or done[row.free]:
            continue
        done[row.free] = True
        loads, spread = guesses[row.group]
        theta[row.free] = _first(row, table, place, means, covs, thresholds, loads, spread)
    for row in table.rows:
        if row.free >= 0 and np.isfinite(row.start):
            theta[row.free] = row.start
    return theta


def _first(row, table, place, means, covs, thresholds, loads, spread) -> float:
    group, seen = row.group, row.lhs in place
    if row.op == "=~":
        return loads.get((row.lhs, row.rhs), 0.7)
    if row.op == "|":
        return float(thresholds[group][(row.lhs, row.rhs)])
    if row.op == "~*~":
        return 1.0
    if row.op == "~1":
        return float(means[group][place[row.lhs]]) if seen else 0.0
    if row.op == "~~" and row.lhs == row.rhs:
        if seen:
            part = 0.5 if any(r.rhs == row.lhs and r.op == "=~" for r in table.rows) else 1.0
            return part * float(covs[group][place[row.lhs], place[row.lhs]])
        return spread[row.lhs] * (0.5 if any(r.rhs == row.lhs and r.op == "=~" for r in table.rows) else 1.0)
    return 0.0


def _factors(
    table: Table, group: int, place: dict[str, int], cov: np.ndarray, share: float
) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """Return rough loadings and variances of all factors, in the unit that a marker or a variance sets."""
    loads: dict[tuple[str, str], float] = {}
    spread: dict[str, float] = {}
    waiting = list(table.latent)
    for _ in range(len(waiting) + 1):
        for factor in list(waiting):
            rows = [r for r in table.rows if r.op == "=~" and r.lhs == factor and r.group == group]
            if all(r.rhs in place or r.rhs in spread for r in rows):
                _factor(factor, rows, place, cov, share, loads, spread)
                waiting.remove(factor)
    for factor in waiting:  # factors that measure each other have no order
        spread[factor] = 1.0
    return loads, spread


def _factor(factor, rows, place, cov, share, loads, spread) -> None:
    """Put the loadings and the variance of one factor into `loads` and `spread`."""
    size = {
        r.rhs: float(np.sqrt(cov[place[r.rhs], place[r.rhs]] if r.rhs in place else spread[r.rhs]))
        for r in rows
    }
    markers = [r for r in rows if r.free < 0 and np.isfinite(r.value) and r.value != 0]
    items = [r for r in rows if r.rhs in place]
    if not markers:
        signs = _signs([place[r.rhs] for r in items], cov) if items else []
        for row, sign in zip(items, signs, strict=True):
            loads[factor, row.rhs] = sign * 0.7 * size[row.rhs]
        for row in rows:
            loads.setdefault((factor, row.rhs), 0.7 * size[row.rhs])
        spread[factor] = 1.0
        return
    for row in markers:
        loads[factor, row.rhs] = row.value
    marker = markers[0]
    known = [r.rhs for r in items]
    explained = share or _communality(marker.rhs, known, place, cov)
    spread[factor] = explained * size[marker.rhs] ** 2 / marker.value**2
    for row in rows:
        if row.free >= 0:
            ratio = size[row.rhs] / size[marker.rhs]
            if row.rhs in place and marker.rhs in place:
                ratio = _ratio(place[row.rhs], place[marker.rhs], [place[name] for name in known], cov, ratio)
            else:
                ratio *= _same_way(row.rhs, marker.rhs, loads, place, cov)
            loads[factor, row.rhs] = ratio * marker.value


def _same_way(one: str, two: str, loads: dict, place: dict[str, int], cov: np.ndarray) -> float:
    """Whether the items of two factors (or items themselves) go together (1.0) or against each other (-1.0)."""
    total = 0.0
    for first, way in _items(one, loads, place):
        for second, other in _items(two, loads, place):
            total += way * other * cov[first, second] / np.sqrt(cov[first, first] * cov[second, second])
    return -1.0 if total < 0 else 1.0


def _items(name: str, loads: dict, place: dict[str, int]) -> list[tuple[int, float]]:
    if name in place:
        return [(place[name], 1.0)]
    own = [(item, value) for (factor, item), value in loads.items() if factor == name and item in place]
    return [(place[item], 1.0 if value >= 0 else -1.0) for item, value in own]


def _signs(items: list[int], cov: np.ndarray) -> list[float]:
    """The signs of the loadings on the first principal component."""
    block = cov[np.ix_(items, items)]
    scale = np.sqrt(np.diag(block))
    vector = np.linalg.eigh(block / np.outer(scale, scale))[1][:, -1]
    turn = 1.0 if vector.sum() >= 0 else -1.0
    return [float(np.sign(way) or 1.0) * turn for way in vector]


def _ratio(k: int, first: int, items: list[int], cov: np.ndarray, ratio: float) -> float:
    """The loading of item k in the unit of the marker, with the other items as instruments."""
    tools = [t for t in items if t not in (k, first)]
    below = float(sum(cov[first, t] ** 2 for t in tools))
    if below <= 0:
        return ratio * float(np.sign(cov[k, first]) or 1.0)
    found = float(sum(cov[k, t] * cov[first, t] for t in tools)) / below
    return float(np.sign(found) or 1.0) * float(np.clip(abs(found), 0.3 * ratio, 2.0 * ratio))


def _communality(marker: str, items: Sequence[str], place: dict[str, int], cov: np.ndarray) -> float:
    """What share of the marker's variance the factor explains, from triads of items; 0.2 to 0.8."""
    if marker not in place:
        return 0.5
    first = place[marker]
    others = [place[name] for name in items if name != marker]
    found = [
        cov[first, j] * cov[first, k] / cov[j, k] / cov[first, first]
        for n, j in enumerate(others)
        for k in others[n + 1 :]
        if cov[j, k] != 0
    ]
    return float(np.clip(np.median(found), 0.2, 0.8)) if found else 0.5


def minimise(
    problem: Problem,
    theta: np.ndarray,
    *,
    steps: int = STEPS,
    precision: float = DONE,
    longest: float = LONGEST,
    crawl: int = STEPS,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the parameters at the minimum and whether it was reached, for theta (q) or many at once (b, q).

    With many, each row of theta belongs to one sample of the problem. After `crawl` cut steps running it gives up.
    """
    single = theta.ndim == 1
    theta = np.atleast_2d(theta).copy()
    done = np.zeros(len(theta), dtype=bool)
    if theta.shape[1] == 0:
        return (theta[0] if single else theta), ~done
    value, ridge, crawling = problem.value(theta), np.zeros(len(theta)), np.zeros(len(theta), dtype=int)
    active, part = np.arange(len(theta)), problem
    patience = PATIENCE if single and problem.small else PATIENCE_MANY
    for count in range(steps):
        now = theta[active]
        slope, info = part.both(now)
        if count >= patience:
            info = _with_hessian(part, now, info, None if single else active, problem)
        step, decrement = _step(slope, info, ridge[active])
        step = step * np.minimum(1.0, longest / np.sqrt(np.maximum(decrement, 1e-300)))[:, None]
        new, found, length = _halved(part, now, value[active], step, decrement)
        theta[active], value[active] = new, found
        better, crawling[active] = length > 0, np.where(length < SHORT, crawling[active] + 1, 0)
        ridge[active] = np.where(better, ridge[active] / 10, np.maximum(ridge[active] * 10, 1e-6))
        ridge[active] = np.where(ridge[active] < 1e-8, 0.0, ridge[active])
        done[active] = (decrement < precision) | ((decrement < STILL) & ~better)
        keep = ~(done[active] | (ridge[active] > 1e6) | (crawling[active] >= crawl))
        if not keep.any():
            break
        if not keep.all():
            active = active[keep]
            part = problem.subset(active)
    return (theta[0] if single else theta), done


def quasi_newton(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """Return where BFGS ends that starts at theta, in units of the information: the slow way when scoring fails."""
    unit = 1 / np.sqrt(np.maximum(np.diag(problem.information(theta)), 1e-12))

    def value(scaled: np.ndarray) -> float:
        found = float(problem.value(scaled * unit))
        return found if np.isfinite(found) else HUGE

    def slope(scaled: np.ndarray) -> np.ndarray:
        found = problem.slope(scaled * unit) * unit
        return np.where(np.isfinite(found), found, 0.0)

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = minimize(
            value, theta / unit, jac=slope, method="BFGS", options={"maxiter": 400, "gtol": 1e-7}
        )
    return found.x * unit


def _step(slope: np.ndarray, info: np.ndarray, ridge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    size = slope.shape[-1]
    scale = np.sqrt(np.maximum(np.diagonal(info, axis1=-2, axis2=-1), 1e-12))
    even = info / (scale[..., :, None] * scale[..., None, :])
    even = even + (ridge[:, None, None] + 1e-13) * np.eye(size)
    right = -(slope / scale)[..., None]
    try:
        turned = np.linalg.solve(even, right)
    except np.linalg.LinAlgError:
        turned = np.linalg.solve(even + 1e-6 * np.eye(size), right)
    step = turned[..., 0] / scale
    return step, np.maximum(-(slope * step).sum(-1), 0.0)


def _halved(
    part: Problem, now: np.ndarray, value: np.ndarray, step: np.ndarray, decrement: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the parameters after a step that lowers f, f itself, and what was left of the step (0: none)."""
    length = np.ones(len(now))
    new = now + step
    found = part.value(new)
    slack = 1e-14 * (1 + np.abs(value))
    for _ in range(HALVINGS):
        worse = ~(found <= value - 1e-4 * length * decrement + slack)
        if not worse.any():
            break
        length = np.where(worse, length / 2, length)
        new = now + length[:, None] * step
        found = np.where(worse, part.value(new), found)
    better = found <= value + slack
    return np.where(better[:, None], new, now), np.where(better, found, value), np.where(better, length, 0.0)


def _with_hessian(
    part: Problem, now: np.ndarray, info: np.ndarray, active: np.ndarray | None, whole: Problem
) -> np.ndarray:
    """The exact second derivatives where they are positive definite, otherwise the information."""
    count, size = now.shape
    steps = np.repeat(now, size, axis=0) + 1j * STEP * np.tile(np.eye(size), (count, 1))
    wide = part if active is None else whole.subset(np.repeat(active, size))
    exact = wide.slope(steps).imag.reshape(count, size, size) / STEP
    exact = (exact + np.swapaxes(exact, -1, -2)) / 2
    good = np.isfinite(exact).all((-1, -2))
    roots = np.linalg.eigvalsh(np.where(good[:, None, None], exact, info))
    good &= roots[:, 0] > 1e-10 * roots[:, -1]
    return np.where(good[:, None, None], exact, info)


def identified(problem: Problem, theta: np.ndarray, names: Sequence[str]) -> None:
    """Raise ModelError when the information is singular, and name the parameters that cannot be told apart."""
    info = problem.information(theta)
    scale = np.sqrt(np.diag(info))
    sized = scale * np.maximum(np.abs(theta), 1.0)  # so that the unit of a variable does not matter
    flat = [name for name, value in zip(names, sized, strict=True) if value < 1e-10]
    if flat:
        raise ModelError(
            f"the model is not identified: the data say nothing about {', '.join(flat[:4])}. Fix it to a value "
            "(such as 0*x or 1*x), or leave it out"
        )
    roots, vectors = np.linalg.eigh(info / np.outer(scale, scale))
    if roots[0] < SINGULAR:
        weight = np.abs(vectors[:, 0])
        worst = [names[k] for k in np.argsort(-weight)[:4] if weight[k] > 0.15 * weight.max()]
        raise ModelError(
            "the model is not identified: the data cannot tell these parameters apart: "
            f"{', '.join(worst)}. Give each factor a scale (a first loading of 1, or a variance of 1), fix or equate "
            "parameters, or give a factor more indicators"
        )


def failed(problem: Problem, theta: np.ndarray, names: Sequence[str]) -> ModelError:
    """Return the error for a model that did not converge, with the parameters that ran away."""
    info = problem.information(theta)
    scale = np.sqrt(np.maximum(np.diag(info), 1e-300))
    slope = np.abs(problem.slope(theta)) / scale
    worst = [names[k] for k in np.argsort(-slope)[:3]]
    return ModelError(
        f"the model did not converge (furthest from a solution: {', '.join(worst)}). Try start values "
        "(start(0.5)*x), fewer free covariances, a look at items that measure nothing (loading near 0), bring the "
        "variables to a similar scale, or collect more cases"
    )
