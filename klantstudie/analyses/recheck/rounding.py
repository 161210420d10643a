"""What the last printed digit of a table leaves open in a result that is recomputed from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from klantstudie.errors import InputError, KlantstudieError, ModelError, OptionError, suggestion, whole
from klantstudie.moments import Moments
from klantstudie.numerics.repair import is_definite, nearest_correlation
from klantstudie.result import KEYS, Result, build

KINDS = ("mean", "sd", "corr")
MOST_DIGITS = 12
TRIES = 50  # draws that may fall outside the correlation matrices before one is repaired
STEP = 0.1  # step of a derivative, in halves of the last digit


@dataclass(frozen=True)
class Cell:
    """One printed number: its kind, place, and half a unit of its last digit."""

    kind: str
    place: tuple[int, ...]
    half: float


def rounding_interval(
    moments: Moments,
    analysis: Callable[[Moments], Result],
    *,
    column: str = "estimate",
    digits: int | Mapping[str, int] | None = None,
    n_draws: int = 1000,
    seed: int = 1,
) -> Result:
    """How far a result can move while every printed number stays the same after rounding.

    `analysis` takes Moments and gives a Result, such as `lambda m: drivers.regression(m, "y", ["x"])`; its rows come
    back (and its fit numbers, part "fit") with `estimate` at the printed numbers. `bound_low` and `bound_high` are
    the first-order bound: the sum over all printed numbers of |derivative| times half a unit of the last digit, the
    worst case of a linear result. `range_low` and `range_high` are the least and greatest value over `n_draws` tables
    drawn evenly within those halves: always inside the true range, and as a rule well inside the bound. `digits` is
    the number of printed decimals, one for all or by kind ({"mean": 2, "sd": 2, "corr": 3}); by default the most that
    any number of the kind shows. n is taken as exact. A printed matrix that is not positive definite is replaced by
    the nearest correlation matrix; `info["repair_log"]` says what changed, and how many draws needed the same.
    Works on printed numbers, so no answers are missing.

    Errors: InputError for a frame, for numbers with more decimals than `digits`; OptionError for a column the
    analysis does not have; ModelError when the analysis fails on more than half of the draws.
    References: Higham (2002); Moore, Kearfott and Cloud (2009) for interval bounds.
    """
    if not isinstance(moments, Moments):
        raise InputError(
            f"rounding_interval needs Moments, the printed numbers; given: {type(moments).__name__}"
        )
    draws = whole("n_draws", n_draws, 1)
    shown = _digits(moments, digits)
    cells = list(_cells(moments, shown))
    start, log = _repaired(moments)
    first = analysis(start)
    if column not in first.table.columns:
        raise OptionError(
            f"column: {first.kind} has no column '{column}'{suggestion(column, first.table.columns)}"
        )

    def numbers(table: Moments) -> np.ndarray:
        result = analysis(table)
        return np.concatenate([result.table[column].to_numpy(dtype=float), list(result.fit.values())])

    middle = numbers(start)
    reach = _reach(start, numbers, cells, middle)
    low, high, repaired, failed = _range(start, moments, numbers, cells, draws, seed, middle)
    if repaired:
        log.append(f"{repaired} of {draws} drawn matrices were repaired as well")
    table = [
        {**keys, "estimate": middle[k], "bound_low": middle[k] - reach[k], "bound_high": middle[k] + reach[k]}
        | {"range_low": low[k], "range_high": high[k]}
        for k, keys in enumerate(_keys(first))
    ]
    return build(
        "recheck.rounding_interval",
        table,
        n_total=moments.n,
        n_used=moments.n,
        missing="none: printed numbers",
        method=f"{column}: first-order bound and range of {draws} draws within half a unit of the last digit "
        f"({_decimals(shown)} decimals)",
        reference=["Higham (2002)", "Moore, Kearfott and Cloud (2009)"],
        seed=seed,
        n_draws=draws,
        n_failed=failed,
        digits=shown,
        repair_log=tuple(log),
    )


def _decimals(shown: dict[str, int]) -> str:
    """Return the number of printed decimals, by kind where they differ."""
    if len(set(shown.values())) == 1:
        return str(next(iter(shown.values())))
    return ", ".join(f"{kind} {number}" for kind, number in shown.items())


def _keys(result: Result) -> Iterator[dict]:
    known = [key for key in KEYS if key in result.table.columns]
    yield from result.table[known].to_dict("records")
    blank = {key: "" for key in known if key not in ("term", "part")}
    for name in result.fit:
        yield {"term": name, "part": "fit", **blank}


def _digits(moments: Moments, digits: int | Mapping[str, int] | None) -> dict[str, int]:
    if isinstance(digits, Mapping):
        for kind in digits:
            if kind not in KINDS:
                raise OptionError(f"digits: '{kind}' is none of {', '.join(KINDS)}{suggestion(kind, KINDS)}")
    out = {}
    for kind in KINDS:
        values = _printed(moments, kind)
        if not values.size:
            continue
        seen = next(
            (d for d in range(MOST_DIGITS + 1) if np.abs(values - values.round(d)).max() < 1e-11), None
        )
        given = digits.get(kind) if isinstance(digits, Mapping) else digits
        if given is None:
            if seen is None:
                raise InputError(
                    f"{kind}: more than {MOST_DIGITS} decimals, so nothing was rounded; give digits"
                )
            out[kind] = seen
            continue
        out[kind] = whole(f"digits of {kind}", given)
        if seen is None or seen > out[kind]:
            raise InputError(
                f"{kind}: a number shows more than {out[kind]} decimals ({_longest(values, out[kind]):.12g})"
            )
    return out


def _printed(moments: Moments, kind: str) -> np.ndarray:
    values = getattr(moments, kind)
    if kind == "corr":
        values = values[np.tril_indices(len(values), -1)]
    return values[~np.isnan(values)]


def _longest(values: np.ndarray, digits: int) -> float:
    return float(values[np.abs(values - values.round(digits)).argmax()])


def _cells(moments: Moments, digits: Mapping[str, int]) -> Iterator[Cell]:
    p = len(moments.columns)
    for kind, shown in digits.items():
        half = 0.5 * 10.0**-shown
        values = getattr(moments, kind)
        places = [(i,) for i in range(p)] if kind != "corr" else [(i, j) for i in range(p) for j in range(i)]
        yield from (Cell(kind, place, half) for place in places if not np.isnan(values[place]))


def _moved(moments: Moments, cells: list[Cell], steps: np.ndarray) -> Moments:
    """Return the moments with each cell moved by a step; correlations stay within -1 to 1, spreads above zero."""
    parts = {kind: getattr(moments, kind).copy() for kind in KINDS}
    for cell, step in zip(cells, steps, strict=True):
        value = parts[cell.kind][cell.place] + step
        if cell.kind == "corr":
            value = min(max(value, -1.0), 1.0)
            parts["corr"][cell.place[::-1]] = value
        elif cell.kind == "sd":
            value = max(value, 1e-3 * cell.half)
        parts[cell.kind][cell.place] = value
    return Moments(moments.columns, parts["mean"], parts["sd"], parts["corr"], moments.n, moments.citation)


def _repaired(moments: Moments) -> tuple[Moments, list[str]]:
    corr = moments.corr
    if np.isnan(corr).any() or is_definite(corr):
        return moments, []
    new = nearest_correlation(corr)
    change = np.abs(new - corr)
    i, j = np.unravel_index(change.argmax(), change.shape)
    log = (
        f"the printed correlations are not positive definite (smallest eigenvalue {np.linalg.eigvalsh(corr)[0]:.6f}); "
        f"the nearest correlation matrix was taken, largest change {change[i, j]:.6f} "
        f"({moments.columns[j]} with {moments.columns[i]})"
    )
    return Moments(moments.columns, moments.mean, moments.sd, new, moments.n, moments.citation), [log]


def _reach(
    start: Moments, numbers: Callable[[Moments], np.ndarray], cells: list[Cell], middle: np.ndarray
) -> np.ndarray:
    """Sum over the cells of |derivative| times the half unit; one-sided where one side has no answer."""
    reach = np.zeros(len(middle))
    for cell in cells:
        sides = []
        for direction in (1, -1):
            try:
                sides.append(
                    (direction, numbers(_moved(start, [cell], np.array([direction * STEP * cell.half]))))
                )
            except KlantstudieError:
                continue
        if not sides:
            raise ModelError(
                "the analysis has no answer next to the printed numbers; the table is on an edge"
            )
        if len(sides) == 2:
            change = (sides[0][1] - sides[1][1]) / 2
        else:
            change = (sides[0][1] - middle) * sides[0][0]
        reach += np.abs(change) / STEP
    return reach


def _range(
    start: Moments,
    printed: Moments,
    numbers: Callable[[Moments], np.ndarray],
    cells: list[Cell],
    draws: int,
    seed: int,
    middle: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Least and greatest value over the draws, how many matrices were repaired, and how many draws had no answer."""
    rng = np.random.default_rng(seed)
    half = np.array([cell.half for cell in cells])
    low, high = middle.copy(), middle.copy()
    repaired = failed = 0
    whole_matrix = not np.isnan(printed.corr).any()
    for _ in range(draws):
        for _ in range(TRIES):
            drawn = _moved(printed, cells, rng.uniform(-half, half))
            if not whole_matrix or is_definite(drawn.corr):
                break
        else:
            drawn, repaired = _repaired(drawn)[0], repaired + 1
        try:
            value = numbers(drawn)
        except KlantstudieError:
            failed += 1
            continue
        low, high = np.fmin(low, value), np.fmax(high, value)
    if failed > draws / 2:
        raise ModelError(
            f"the analysis has no answer on {failed} of {draws} tables that round to the printed one"
        )
    return low, high, repaired, failed
