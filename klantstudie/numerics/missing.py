"""Mathematics of missing answers: EM moments, Little's distance, chained equations, Rubin's rules (numpy, scipy)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import stats


class Pattern(NamedTuple):
    """Rows that miss the same answers: which columns are known, and where the rows stand."""

    known: np.ndarray
    rows: np.ndarray


def patterns(values: np.ndarray) -> list[Pattern]:
    """Return the patterns of known answers, most frequent first, then by their first row."""
    known = ~np.isnan(values)
    distinct, first, inverse = np.unique(known, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    rows = [np.flatnonzero(inverse == i) for i in range(len(distinct))]
    order = sorted(range(len(distinct)), key=lambda i: (-len(rows[i]), first[i]))
    return [Pattern(distinct[i], rows[i]) for i in order]


SINGULAR = (
    1e-8  # smallest eigenvalue of the standardised covariance below which EM runs off to a singular one
)


class Moments(NamedTuple):
    """Maximum likelihood mean and covariance (divisor n) of a normal sample with missing answers."""

    mean: np.ndarray
    covariance: np.ndarray
    iterations: int
    converged: bool


def em_moments(values: np.ndarray, *, tolerance: float = 1e-9, max_iterations: int = 20_000) -> Moments:
    """Return mean and covariance by EM; rows without any answer are left out.

    It has converged when no standardised mean or covariance changes by more than `tolerance` in a step. Raises
    LinAlgError when the covariance of a pattern is singular.
    """
    values = values[~np.isnan(values).all(axis=1)]
    n, p = values.shape
    centre, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    if not (spread > 0).all():
        raise np.linalg.LinAlgError("an item is constant")
    z = (values - centre) / spread
    found = patterns(z)
    mean, covariance = np.zeros(p), np.eye(p)
    converged, step = False, 0
    for step in range(1, max_iterations + 1):
        total, cross = np.zeros(p), np.zeros((p, p))
        for known, rows in found:
            filled, left = _conditional(z[rows], known, mean, covariance)
            total += filled.sum(axis=0)
            cross += filled.T @ filled
            cross[np.ix_(~known, ~known)] += len(rows) * left
        new_mean = total / n
        new_covariance = cross / n - np.outer(new_mean, new_mean)
        change = max(np.abs(new_mean - mean).max(), np.abs(new_covariance - covariance).max())
        mean, covariance = new_mean, (new_covariance + new_covariance.T) / 2
        if change < tolerance:
            converged = True
            break
        if step % 25 == 0 and np.linalg.eigvalsh(covariance)[0] < SINGULAR:
            raise np.linalg.LinAlgError("too few answers together for so many items")
    return Moments(centre + spread * mean, covariance * np.outer(spread, spread), step, converged)


def _conditional(
    z: np.ndarray, known: np.ndarray, mean: np.ndarray, covariance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows with missing answers at their conditional mean, and the covariance left over."""
    gone = ~known
    filled = z.copy()
    if not gone.any():
        return filled, np.zeros((0, 0))
    slope = np.linalg.solve(covariance[np.ix_(known, known)], covariance[np.ix_(known, gone)])
    filled[:, gone] = mean[gone] + (z[:, known] - mean[known]) @ slope
    return filled, covariance[np.ix_(gone, gone)] - covariance[np.ix_(gone, known)] @ slope


def little(values: np.ndarray, moments: Moments) -> tuple[float, int]:
    """Return Little's d2 and its degrees of freedom: the distance of pattern means from the ML mean."""
    distance, freedom = 0.0, -values.shape[1]
    for known, rows in patterns(values):
        if known.any():
            off = values[np.ix_(rows, known)].mean(axis=0) - moments.mean[known]
            distance += len(rows) * off @ np.linalg.solve(moments.covariance[np.ix_(known, known)], off)
            freedom += int(known.sum())
    return float(distance), freedom


def chained(
    values: np.ndarray,
    wanted: np.ndarray,
    *,
    n_imputations: int,
    iterations: int,
    donors: int,
    rng: np.random.Generator,
) -> Iterator[np.ndarray]:
    """Yield completed copies of `values` by chained equations; only columns marked `wanted` are filled.

    Each column with missing answers is regressed on all others with parameters drawn from their posterior (flat
    prior, ridge 1e-5 as in mice); with `donors` > 0 a missing answer takes the observed answer of one of that many
    nearest predictions (predictive mean matching), with 0 a draw from the normal.
    """
    gone = np.isnan(values)
    order = [j for j in np.argsort(gone.sum(axis=0), kind="stable") if wanted[j] and gone[:, j].any()]
    for _ in range(n_imputations):
        filled = values.copy()
        for j in np.flatnonzero(gone.any(axis=0)):
            seen = values[~gone[:, j], j]
            filled[gone[:, j], j] = rng.choice(seen, int(gone[:, j].sum()))
        for _ in range(iterations):
            for j in order:
                filled[gone[:, j], j] = _draw(filled, j, gone[:, j], donors, rng)
        yield filled


def _draw(filled: np.ndarray, j: int, gone: np.ndarray, donors: int, rng: np.random.Generator) -> np.ndarray:
    """Return drawn answers for the missing cells of column j."""
    x = np.column_stack([np.ones(len(filled)), np.delete(filled, j, axis=1)])
    y, seen, target = filled[~gone, j], x[~gone], x[gone]
    cross = seen.T @ seen
    cross = cross + np.diag(np.diag(cross)) * 1e-5
    inverse = np.linalg.inv(cross)
    estimate = inverse @ seen.T @ y
    freedom = max(len(y) - seen.shape[1], 1)
    rest = y - seen @ estimate
    sigma = np.sqrt(rest @ rest / rng.chisquare(freedom))
    drawn = estimate + sigma * np.linalg.cholesky((inverse + inverse.T) / 2) @ rng.standard_normal(
        len(estimate)
    )
    if donors == 0:
        return target @ drawn + sigma * rng.standard_normal(len(target))
    return _match(seen @ estimate, y, target @ drawn, donors, rng)


def _match(
    predicted: np.ndarray, y: np.ndarray, wanted: np.ndarray, donors: int, rng: np.random.Generator
) -> np.ndarray:
    """Return for each wanted prediction the observed answer of a random one of the nearest `donors`."""
    shuffled = rng.permutation(len(y))  # so that ties in the predictions do not favour the first rows
    order = shuffled[np.argsort(predicted[shuffled], kind="stable")]
    line = predicted[order]
    k = min(donors, len(y))
    left = np.searchsorted(line, wanted)
    window = np.clip(left[:, None] + np.arange(-k, k)[None, :], 0, len(line) - 1)
    distance = np.abs(line[window] - wanted[:, None])
    repeated = np.zeros_like(distance, dtype=bool)
    repeated[:, 1:] = window[:, 1:] == window[:, :-1]
    distance[repeated] = np.inf
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :k]
    chosen = nearest[np.arange(len(wanted)), rng.integers(0, k, len(wanted))]
    return y[order[window[np.arange(len(wanted)), chosen]]]


class Pooled(NamedTuple):
    """One estimate pooled over imputations."""

    estimate: float
    std_error: float
    df: float
    fmi: float
    riv: float


def rubin(estimates: np.ndarray, std_errors: np.ndarray, complete_df: float = np.inf) -> Pooled:
    """Return Rubin's pooled estimate with the degrees of freedom of Barnard and Rubin.

    `complete_df` are the degrees of freedom without missing answers; infinite for a normal statistic. Without any
    variance between imputations the degrees of freedom are those of the complete data.
    """
    m = len(estimates)
    within, between = float(np.mean(std_errors**2)), float(np.var(estimates, ddof=1))
    total = within + (1 + 1 / m) * between
    share = (1 + 1 / m) * between / total if total > 0 else 0.0
    known = (
        np.inf if np.isinf(complete_df) else (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
    )
    if share < 1e-10:
        return Pooled(float(np.mean(estimates)), np.sqrt(total), known, _fmi(0.0, known), 0.0)
    old = (m - 1) / share**2
    df = old if np.isinf(known) else old * known / (old + known)
    riv = (1 + 1 / m) * between / within if within > 0 else np.inf
    return Pooled(float(np.mean(estimates)), float(np.sqrt(total)), float(df), _fmi(riv, df), riv)


def _fmi(riv: float, df: float) -> float:
    if np.isinf(riv):
        return 1.0
    return (riv + 2 / (df + 3)) / (riv + 1) if np.isfinite(df) else riv / (riv + 1)


def t_interval(pooled: Pooled, conf_level: float) -> tuple[float, float, float, float]:
    """Return statistic, two-sided p, low and high of a pooled estimate."""
    if pooled.std_error == 0:
        return np.nan, np.nan, pooled.estimate, pooled.estimate
    statistic = pooled.estimate / pooled.std_error
    half = stats.t.ppf(0.5 + conf_level / 2, pooled.df) * pooled.std_error
    return (
        statistic,
        2 * stats.t.sf(abs(statistic), pooled.df),
        pooled.estimate - half,
        pooled.estimate + half,
    )
