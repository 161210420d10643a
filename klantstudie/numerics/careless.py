"""Indices of careless answering, row by row: runs, spread, distance and consistency (numpy and scipy only)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

CHUNK = 20_000  # rows at a time where an index needs a wide scratch array


def longstring(answers: np.ndarray) -> np.ndarray:
    """Return the longest run of equal consecutive answers in each row; a missing answer ends a run."""
    n, items = answers.shape
    run = np.ones(n, dtype=np.int32)
    best = np.ones(n, dtype=np.int32)
    for j in range(1, items):
        run += 1
        run[answers[:, j] != answers[:, j - 1]] = 1  # NaN differs from everything, itself included
        np.maximum(best, run, out=best)
    longest = best.astype(float)
    longest[np.isnan(answers).all(axis=1)] = np.nan
    return longest


def response_variability(answers: np.ndarray) -> np.ndarray:
    """Return the standard deviation (n - 1) of each row's answers, over the answered items.

    Column by column around a common shift, so that a million rows need no second copy; a spread that is only
    rounding is zero.
    """
    n, items = answers.shape
    shift = (
        float(np.round(np.nan_to_num(np.nanmean(answers[: min(n, 1000)]))))
        if np.isfinite(answers[:1000]).any()
        else 0.0
    )
    total, squares, count = np.zeros(n), np.zeros(n), np.zeros(n)
    for j in range(items):
        x = answers[:, j] - shift
        known = ~np.isnan(x)
        if not known.all():
            x = np.where(known, x, 0.0)
        count += known
        total += x
        squares += x * x
    variance = _divide(squares - _divide(total * total, count), np.maximum(count - 1, 0))
    variance[np.abs(variance) <= 1e-12 * (1 + _divide(squares, count))] = 0.0
    return np.sqrt(variance)


def person_total(answers: np.ndarray) -> np.ndarray:
    """Return the correlation of each row with the item means of the other rows."""
    known = ~np.isnan(answers)
    filled = np.where(known, answers, 0.0)
    total, count = filled.sum(axis=0), known.sum(axis=0)
    return np.concatenate(
        [
            row_correlation(
                part, _divide(total - np.where(np.isnan(part), 0.0, part), count - ~np.isnan(part))
            )
            for part in _chunks(answers)
        ]
    )


def mahalanobis(answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return D2 from the mean of the complete rows and its chi-square p value; rows with a missing answer are NaN.

    Raises LinAlgError when an item is constant or a combination of others.
    """
    complete = ~np.isnan(answers).any(axis=1)
    known = answers if complete.all() else np.asfortranarray(answers[complete])
    items = answers.shape[1]
    squared, p = np.full(len(answers), np.nan), np.full(len(answers), np.nan)
    if len(known) <= items:
        raise np.linalg.LinAlgError("fewer complete rows than items")
    mean = known.mean(axis=0)
    covariance = _covariance(known, mean)
    scale = np.sqrt(np.diag(covariance))
    if (scale == 0).any() or np.linalg.cond(covariance / np.outer(scale, scale)) > 1e12:
        raise np.linalg.LinAlgError("an item is constant or a combination of the others")
    lower = np.linalg.cholesky(np.linalg.inv(covariance))
    at = mean @ lower
    distance = np.empty(len(known))
    for start in range(0, len(known), CHUNK):
        off = known[start : start + CHUNK] @ lower - at
        distance[start : start + CHUNK] = np.einsum("ij,ij->i", off, off)
    squared[complete] = distance
    p[complete] = stats.chi2.sf(distance, items)
    return squared, p


def _covariance(known: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the covariance, summed over chunks of rows so that the centred answers are never held as a whole."""
    total = np.zeros((known.shape[1], known.shape[1]))
    for start in range(0, len(known), CHUNK):
        centred = known[start : start + CHUNK] - mean
        total += centred.T @ centred
    return total / (len(known) - 1)


def even_odd(answers: np.ndarray, blocks: Sequence[Sequence[int]]) -> np.ndarray:
    """Return minus the within-row correlation of odd and even halves over the blocks, Spearman-Brown corrected.

    Higher means more careless, as in the R package careless from version 1.2; below -1 the correction is cut off.
    """
    halves = [[], []]
    for block in blocks:
        for side in (0, 1):
            part = answers[:, list(block)[side::2]]
            known = ~np.isnan(part)
            halves[side].append(_divide(np.where(known, part, 0.0).sum(axis=1), known.sum(axis=1)))
    r = row_correlation(np.column_stack(halves[1]), np.column_stack(halves[0]))
    corrected = _divide(2 * r, 1 + r)
    corrected[(r <= -1) | (corrected < -1)] = -1.0
    return -corrected


def item_pairs(answers: np.ndarray, critical: float, *, opposite: bool = False) -> list[tuple[int, int]]:
    """Return the pairs of items (later, earlier) that correlate above `critical`, or below -critical when opposite."""
    r = pairwise_correlation(answers)
    pairs = [(i, j) for j in range(r.shape[0]) for i in range(j + 1, r.shape[0])]
    return [(i, j) for i, j in pairs if (r[i, j] < -critical if opposite else r[i, j] > critical)]


def pair_consistency(answers: np.ndarray, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return each row's correlation over the pairs of items; NaN with fewer than three answered pairs."""
    if len(pairs) < 3:
        return np.full(len(answers), np.nan)
    first, second = map(list, zip(*pairs, strict=True))
    parts = []
    for part in _chunks(answers):
        a, b = part[:, first], part[:, second]
        r = row_correlation(a, b)
        r[(~np.isnan(a) & ~np.isnan(b)).sum(axis=1) < 3] = np.nan
        parts.append(r)
    return np.concatenate(parts)


def straight_blocks(answers: np.ndarray, blocks: Sequence[Sequence[int]]) -> np.ndarray:
    """Return the share of blocks in which a row gives one and the same answer to all of at least three items."""
    straight, counted = np.zeros(len(answers)), np.zeros(len(answers))
    for block in blocks:
        part = answers[:, list(block)]
        low, high, known = part[:, 0].copy(), part[:, 0].copy(), ~np.isnan(part[:, 0])
        count = known.astype(int)
        for j in range(1, part.shape[1]):
            low, high = np.fmin(low, part[:, j]), np.fmax(high, part[:, j])
            count += ~np.isnan(part[:, j])
        enough = count >= 3
        counted += enough
        straight += enough & (low == high)
    return _divide(straight, counted)


def row_correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the correlation of a and b within each row, over the columns known in both; NaN without spread."""
    known = ~(np.isnan(a) | np.isnan(b))
    count = known.sum(axis=1)
    a, b = np.where(known, a, 0.0), np.where(known, b, 0.0)
    a -= _divide(a.sum(axis=1), count)[:, None]
    b -= _divide(b.sum(axis=1), count)[:, None]
    a[~known], b[~known] = 0.0, 0.0
    saa, sbb = np.einsum("ij,ij->i", a, a), np.einsum("ij,ij->i", b, b)
    spread = (saa > 1e-12) & (sbb > 1e-12) & (count > 1)
    r = np.full(len(a), np.nan)
    r[spread] = np.einsum("ij,ij->i", a[spread], b[spread]) / np.sqrt(saa[spread] * sbb[spread])
    return np.clip(r, -1.0, 1.0)


def pairwise_correlation(answers: np.ndarray) -> np.ndarray:
    """Return correlations of columns, each over the rows known in both."""
    known = (~np.isnan(answers)).astype(float)
    x = np.where(known > 0, answers, 0.0)
    n = known.T @ known
    sx, sxx = x.T @ known, (x * x).T @ known
    cross = x.T @ x
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = cross - sx * sx.T / n
        variance = sxx - sx**2 / n
        r = covariance / np.sqrt(variance * variance.T)
    r[~np.isfinite(r)] = np.nan
    return r


def _divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(b, dtype=float))
    return np.divide(a, b, out=np.full(a.shape, np.nan), where=(b != 0) & ~np.isnan(b))


def _chunks(answers: np.ndarray) -> list[np.ndarray]:
    return [answers[start : start + CHUNK] for start in range(0, max(len(answers), 1), CHUNK)]
