"""Thresholds and polychoric correlations of ordered answers by two-step maximum likelihood; on scipy's normal law.

Step one takes the thresholds from the cumulative shares of each item; step two maximises, with those thresholds held,
sum_ij n_ij log p_ij(rho), where p_ij is the bivariate normal probability of cell ij. All pairs are solved at once.

References: Olsson (1979); Drezner and Wesolowsky (1990) and Genz (2004) for the bivariate normal integral.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

NEAR_ONE = 0.9999  # where a correlation that runs to the edge is stopped
REACH = 0.8  # how far of the way to that edge one step may go
STEEP = 0.9  # from here on the integral gets more nodes
_FEW = np.polynomial.legendre.leggauss(20)
_MANY = np.polynomial.legendre.leggauss(96)


@dataclass(frozen=True)
class Polychoric:
    """Polychoric correlations (p by p), the thresholds and the categories of each item, and what was odd.

    `at_edge` lists the pairs whose likelihood has no maximum inside (-1, 1); `empty_cells` is, per pair (i, j) with
    i < j in the order of np.triu_indices, the number of cells of their table that hold nobody.
    """

    corr: np.ndarray
    thresholds: list[np.ndarray]
    categories: list[np.ndarray]
    n: int
    empty_cells: np.ndarray
    at_edge: list[tuple[int, int]]


def bivariate_cdf(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """Return P(X < h, Y < k) of the standard bivariate normal law with correlation rho; arrays broadcast.

    P = Phi(h) Phi(k) + 1/(2 pi) times the integral from 0 to arcsin(rho) of
    exp(-(h^2 + k^2 - 2 h k sin t) / (2 cos^2 t)) dt, by Gauss-Legendre quadrature.
    """
    h, k, rho = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (h, k, rho)))
    steep = np.abs(rho) > STEEP
    if steep.all() or not steep.any():
        return _integral(h, k, rho, _MANY if steep.any() else _FEW)
    out = np.empty(h.shape)
    for chosen, nodes in ((steep, _MANY), (~steep, _FEW)):
        out[chosen] = _integral(h[chosen], k[chosen], rho[chosen], nodes)
    return out


def _integral(
    h: np.ndarray, k: np.ndarray, rho: np.ndarray, rule: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    finite = np.isfinite(h) & np.isfinite(k)
    hf, kf = np.where(finite, h, 0.0), np.where(finite, k, 0.0)
    half = np.arcsin(rho) / 2
    total = np.zeros(h.shape)
    squares, product = (hf**2 + kf**2) / 2, hf * kf
    for node, weight in zip(*rule, strict=True):
        sine = np.sin(half * (1 + node))
        total += weight * np.exp((product * sine - squares) / (1 - sine**2))
    return ndtr(h) * ndtr(k) + np.where(finite, total * half / (2 * np.pi), 0.0)


def bivariate_density(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """Return the standard bivariate normal density; zero at infinite h or k. It is dP/drho of `bivariate_cdf`."""
    h, k, rho = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (h, k, rho)))
    finite = np.isfinite(h) & np.isfinite(k)
    hf, kf = np.where(finite, h, 0.0), np.where(finite, k, 0.0)
    rest = 1 - rho**2
    density = np.exp(-(hf**2 + kf**2 - 2 * rho * hf * kf) / (2 * rest)) / (2 * np.pi * np.sqrt(rest))
    return np.where(finite, density, 0.0)


def thresholds(codes: np.ndarray, n_categories: int) -> np.ndarray:
    """Return the n_categories - 1 normal quantiles of the cumulative shares of codes 0, 1, …; no category is empty."""
    counts = np.bincount(codes, minlength=n_categories)
    if counts.size > n_categories or (counts == 0).any():
        raise ValueError("every category needs at least one answer")
    return ndtri(np.cumsum(counts)[:-1] / codes.size)


def encode(values: np.ndarray, categories: Sequence[float] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes 0, 1, … of a column and its categories in order (those that occur, unless they are given)."""
    known = np.unique(values) if categories is None else np.asarray(categories, dtype=float)
    codes = np.searchsorted(known, values)
    if codes.max(initial=0) >= known.size or not np.array_equal(known[codes], values):
        raise ValueError("a value is not among the categories")
    return codes, known


def tables(codes: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Return the cross table of every pair i < j as one array (pairs, K, K), padded with zeros to K = max(sizes)."""
    n, width = codes.shape
    most = max(sizes)
    indicator = np.zeros((n, width, most))
    indicator[np.arange(n)[:, None], np.arange(width)[None, :], codes] = 1.0
    flat = indicator.reshape(n, width * most)
    crossed = (flat.T @ flat).reshape(width, most, width, most)
    rows, columns = np.triu_indices(width, 1)
    return crossed[rows, :, columns, :]


def cell_probabilities(low: np.ndarray, high: np.ndarray, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cell probabilities and their derivatives to rho, (pairs, K, K) each.

    `low` and `high` are (pairs, K + 1) borders: -inf, the thresholds, inf (padded with inf), of row and column item.
    """
    h, k, r = low[:, :, None], high[:, None, :], rho[:, None, None]

    def cells(corners: np.ndarray) -> np.ndarray:
        return np.diff(np.diff(corners, axis=1), axis=2)

    return cells(bivariate_cdf(h, k, r)), cells(bivariate_density(h, k, r))


def correct(crossed: np.ndarray, sizes: Sequence[int], correction: str) -> np.ndarray:
    """Return the tables with empty cells treated: "none" leaves them, "half" puts 0.5 into each empty cell."""
    if correction not in ("none", "half"):
        raise ValueError("correction must be 'none' or 'half'")
    if correction == "none":
        return crossed
    rows, columns = np.triu_indices(len(sizes), 1)
    place = np.arange(crossed.shape[1])
    inside = (place[None, :, None] < np.asarray(sizes)[rows][:, None, None]) & (
        place[None, None, :] < np.asarray(sizes)[columns][:, None, None]
    )
    return np.where(inside & (crossed == 0), 0.5, crossed)


def maximise(crossed: np.ndarray, low: np.ndarray, high: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return the rho of each table that maximises its likelihood, by Fisher scoring with halved steps."""
    rho = np.clip(start, -0.95, 0.95)
    totals = crossed.sum((1, 2))
    value, slope, information = _likelihood(crossed, low, high, rho, totals)
    active = np.ones(rho.size, dtype=bool)
    for _ in range(200):
        step = slope / information
        if not (active & (np.abs(step) > 1e-10)).any():
            break
        active &= np.abs(step) > 1e-10
        some = np.flatnonzero(active)
        # never more than most of the way to an edge, where the likelihood is flat and holds a step for good
        room = REACH * np.where(step[some] > 0, NEAR_ONE - rho[some], NEAR_ONE + rho[some])
        new = rho[some] + np.clip(step[some], -np.minimum(room, 0.3), np.minimum(room, 0.3))
        for _ in range(30):
            found = _likelihood(crossed[some], low[some], high[some], new, totals[some])
            worse = found[0] < value[some] - 1e-12 * np.abs(value[some])
            if not worse.any():
                break
            new = np.where(worse, (new + rho[some]) / 2, new)
        still = np.abs(new - rho[some]) > 1e-12
        rho[some], value[some], slope[some], information[some] = new, *found
        active[some[~still]] = False
    return rho


def _likelihood(
    crossed: np.ndarray, low: np.ndarray, high: np.ndarray, rho: np.ndarray, totals: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    share, change = cell_probabilities(low, high, rho)
    share = np.maximum(share, 1e-300)
    safe = np.maximum(share, 1e-14)
    value = (crossed * np.log(safe)).sum((1, 2))
    slope = (crossed * change / safe).sum((1, 2))
    information = np.maximum(totals * (change**2 / safe).sum((1, 2)), 1e-8)
    return value, slope, information


def polychoric(
    values: np.ndarray, *, categories: Sequence[Sequence[float]] | None = None, correction: str = "none"
) -> Polychoric:
    """Return the two-step polychoric correlations of an n by p array of ordered answers without missing values.

    The same estimates as lavaan's and polycor's two-step ones. `correction="half"` puts 0.5 into every empty cell
    without touching the thresholds.
    """
    values = np.asarray(values, dtype=float)
    n, width = values.shape
    given = [None] * width if categories is None else categories
    coded = [encode(values[:, j], given[j]) for j in range(width)]
    codes = np.column_stack([code for code, _ in coded])
    sizes = [known.size for _, known in coded]
    if min(sizes) < 2:
        raise ValueError("every item needs at least two categories")
    cuts = [thresholds(codes[:, j], sizes[j]) for j in range(width)]
    crossed = tables(codes, sizes)
    rows, columns = np.triu_indices(width, 1)
    place = np.arange(max(sizes))
    inside = (place[:, None] < np.asarray(sizes)[rows, None, None]) & (
        place < np.asarray(sizes)[columns, None, None]
    )
    empty = (inside & (crossed == 0)).sum((1, 2))
    borders = np.full((width, max(sizes) + 1), np.inf)
    borders[:, 0] = -np.inf
    for j, cut in enumerate(cuts):
        borders[j, 1 : cut.size + 1] = cut
    start = np.corrcoef(codes, rowvar=False)[rows, columns] if width > 1 else np.empty(0)
    rho = maximise(correct(crossed, sizes, correction), borders[rows], borders[columns], start)
    corr = np.eye(width)
    corr[rows, columns] = corr[columns, rows] = rho
    edge = [(int(rows[i]), int(columns[i])) for i in np.flatnonzero(np.abs(rho) >= NEAR_ONE - 1e-6)]
    return Polychoric(corr, cuts, [known for _, known in coded], n, empty, edge)
