"""Sample moments of ordered items: thresholds, polychoric correlations, and their asymptotic covariance matrix.

Two steps: thresholds tau from the margins; each correlation by maximum likelihood with the thresholds held. With s_i the
scores of case i, the influence of a case on the estimates is

    on thresholds   a_i = A11^-1 s_i(tau)             A11 = sum_i s s', block by item
    on correlations b_i = (s_i(rho) - A21 a_i) / A22   A21 = sum_i s_i(rho) ds_i(pair)/dtau', A22 = sum_i s_i(rho)^2

and n times the covariance matrix is Gamma = n sum_i (a_i, b_i)(a_i, b_i)'.

Sources: Muthén (1984); Muthén, du Toit and Spisic (1997); function muthen1984 of lavaan 0.6-14 (with its half a case in
an empty cell of a two by two table, margins kept).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from klantstudie.errors import ModelError
from klantstudie.numerics.polychoric import cell_probabilities, encode, maximise, tables, thresholds
from klantstudie.numerics.sem.objective import OrdinalSample

NEARLY_ONE = 0.9999


def categories(values: np.ndarray, names: Sequence[str], most: int = 20) -> list[np.ndarray]:
    """Return the categories that occur of each item, or say which item is not an ordered one."""
    out = []
    for k, name in enumerate(names):
        known = np.unique(values[:, k])
        if known.size < 2:
            raise ModelError(f"'{name}' has one category only; leave it out of the model")
        if known.size > most:
            raise ModelError(
                f"'{name}' has {known.size} different answers, too many for ordered categories; use estimator='mlr'"
            )
        out.append(known)
    return out


def of_ordered(
    values: np.ndarray, known: Sequence[np.ndarray], names: Sequence[str], *, group: str = ""
) -> OrdinalSample:
    """Return the sample of one group; every category (of all groups together) must occur in it."""
    n, width = values.shape
    where = f" in group {group}" if group else ""
    for k, name in enumerate(names):
        absent = np.setdiff1d(known[k], values[:, k])
        if absent.size:
            raise ModelError(
                f"'{name}': nobody{where} chose category {', '.join(f'{v:g}' for v in absent)}, so its threshold does "
                "not exist; join it with a neighbouring category in all groups before you fit the model"
            )
    codes = np.column_stack([encode(values[:, k], known[k])[0] for k in range(width)])
    sizes = np.array([len(each) for each in known])
    cuts = [thresholds(codes[:, k], sizes[k]) for k in range(width)]
    crossed = tables(codes, sizes)
    first, second = np.triu_indices(width, 1)
    borders = np.full((width, sizes.max() + 1), np.inf)
    borders[:, 0] = -np.inf
    for k, cut in enumerate(cuts):
        borders[k, 1 : cut.size + 1] = cut
    start = np.corrcoef(codes, rowvar=False)[first, second] if width > 1 else np.empty(0)
    treated = _half_cells(crossed, sizes[first], sizes[second])
    rho = maximise(treated, borders[first], borders[second], start)
    _inside(rho, crossed, first, second, names, where)
    corr = np.eye(width)
    corr[first, second] = corr[second, first] = rho
    items = np.repeat(np.arange(width), sizes - 1)
    influence = _influence(codes, sizes, cuts, borders, crossed, rho)
    return OrdinalSample(n, np.concatenate(cuts), items, corr, n * influence.T @ influence, values)


def _half_cells(crossed: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Put half a case into the one empty cell of a two by two table, with the margins kept."""
    out = crossed.astype(float).copy()
    for k in np.flatnonzero((rows == 2) & (columns == 2)):
        table = out[k, :2, :2]
        if (table == 0).sum() == 1:
            sign = 0.5 if table[0, 0] == 0 or table[1, 1] == 0 else -0.5
            table += sign * np.array([[1, -1], [-1, 1]])
    return out


def _inside(rho, crossed, first, second, names, where) -> None:
    edge = np.flatnonzero(np.abs(rho) >= NEARLY_ONE - 1e-6)
    if edge.size:
        k = edge[0]
        empty = int((crossed[k] == 0).sum())
        raise ModelError(
            f"the polychoric correlation of '{names[first[k]]}' and '{names[second[k]]}'{where} runs to "
            f"{np.sign(rho[k]):+.0f}: too many empty cells in their table ({empty}). Join categories, or leave one of "
            "the two out"
        )


def _influence(
    codes: np.ndarray,
    sizes: np.ndarray,
    cuts: Sequence[np.ndarray],
    borders: np.ndarray,
    crossed: np.ndarray,
    rho: np.ndarray,
) -> np.ndarray:
    n, width = codes.shape
    blocks, starts, place = [], [], 0
    for k in range(width):
        share = np.diff(ndtr(np.concatenate([[-np.inf], cuts[k], [np.inf]])))
        density = np.exp(-(cuts[k] ** 2) / 2) / np.sqrt(2 * np.pi)
        cut = np.arange(cuts[k].size)
        score = np.zeros((sizes[k], cut.size))
        score[cut, cut] = density / share[cut]
        score[cut + 1, cut] = -density / share[cut + 1]
        cases = score[codes[:, k]]
        blocks.append(np.linalg.solve(cases.T @ cases, cases.T).T)
        starts.append(place)
        place += cut.size
    on_cuts = np.concatenate(blocks, axis=1)
    first, second = np.triu_indices(width, 1)
    share, change = cell_probabilities(borders[first], borders[second], rho)
    share = np.where(share > 1e-300, share, 1.0)
    score = change / share
    weighted = crossed * score / share
    on_rho = np.empty((n, rho.size))
    for k, (i, j) in enumerate(zip(first, second, strict=True)):
        a21 = np.zeros(place)
        a21[starts[i] : starts[i] + sizes[i] - 1] = _cross(cuts[i], borders[j], rho[k], weighted[k])
        a21[starts[j] : starts[j] + sizes[j] - 1] = _cross(cuts[j], borders[i], rho[k], weighted[k].T)
        own = (crossed[k] * score[k] ** 2).sum()
        on_rho[:, k] = (score[k][codes[:, i], codes[:, j]] - on_cuts @ a21) / own
    return np.concatenate([on_cuts, on_rho], axis=1)


def _cross(cut: np.ndarray, border: np.ndarray, rho: float, weighted: np.ndarray) -> np.ndarray:
    """Return sum over cases of score(rho) times score(threshold) for the thresholds of the row item."""
    root = np.sqrt(1 - rho**2)
    density = np.exp(-(cut**2) / 2) / np.sqrt(2 * np.pi)
    slices = np.diff(ndtr((border[None, :] - rho * cut[:, None]) / root), axis=1)
    size = cut.size
    return density * (slices * (weighted[:size] - weighted[1 : size + 1])).sum(1)
