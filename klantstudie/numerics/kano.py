"""Kano's evaluation table, coefficients with multinomial bootstrap, Fong's test, and bundles on a Pareto front.

Counts stand in the order must-be, one-dimensional, attractive, indifferent, reverse, questionable.

References: Kano et al. (1984); Berger et al. (1993); Reppel (2022); Fong (1996).
"""

from __future__ import annotations

import numpy as np

CATEGORIES = ("must_be", "one_dimensional", "attractive", "indifferent", "reverse", "questionable")
M, O, A, I, R, Q = range(6)  # noqa: E741
# Rows: answer when the attribute is present (like, must be, neutral, live with, dislike); columns: when it is absent.
STANDARD = np.array(
    [
        [Q, A, A, A, O],
        [R, I, I, I, M],
        [R, I, I, I, M],
        [R, I, I, I, M],
        [R, R, R, R, Q],
    ]
)


def table(corners: str) -> np.ndarray:
    """Return the evaluation table: "standard", "pouliot" (two inner cells questionable), "one_dimensional" corner."""
    found = STANDARD.copy()
    if corners == "pouliot":
        found[1, 1] = found[3, 3] = Q
    elif corners == "one_dimensional":
        found[0, 0] = O
    return found


def coefficients(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return better, (A + O) / (A + O + M + I), and worse, -(O + M) / (A + O + M + I), along the last axis."""
    base = counts[..., :4].sum(-1).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        better = (counts[..., A] + counts[..., O]) / base
        worse = -(counts[..., O] + counts[..., M]) / base
    return np.where(base > 0, better, np.nan), np.where(base > 0, worse, np.nan)


def fong(counts: np.ndarray) -> tuple[float, float]:
    """Return the difference of the two largest counts and the bound it must pass (Fong, 1996, at 5% one-sided)."""
    second, first = np.sort(counts)[-2:]
    n = counts.sum()
    both = float(first + second)
    return float(first - second), float(1.65 * np.sqrt(both * (2 * n - both) / (2 * n)))


def assigned(counts: np.ndarray) -> tuple[int, int]:
    """Return the most frequent category, and the one after the order M > O > A > I decides between close leaders.

    The order decides where Fong's test does not separate the two largest counts, and in ties.
    """
    difference, bound = fong(counts)
    order = sorted(range(6), key=lambda place: (-counts[place], place))
    leader, runner = order[:2]
    return leader, leader if difference > bound else min(leader, runner)


def bundles(value: np.ndarray) -> np.ndarray:
    """Return all 2^k choices of k options as rows of 0 and 1."""
    count = len(value)
    return (np.arange(2**count)[:, None] >> np.arange(count)) & 1


def front(value: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Return the places of the points that no other point beats: more value at no more cost; cheapest first."""
    # Sums of the same decimals in another order differ by dust; a gain below it is no gain.
    value, cost = np.round(value, 9), np.round(cost, 9)
    order = np.lexsort((-value, cost))
    best = np.maximum.accumulate(np.concatenate([[-np.inf], value[order][:-1]]))
    return order[value[order] > best]
