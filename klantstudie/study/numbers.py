"""Reads a column of text as numbers: decimal comma or point is decided from the whole column, or refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from klantstudie.errors import InputError, option

BLANK = {
    "",
    "na",
    "n/a",
    "#n/a",
    "nan",
    "null",
    "#null!",
    "none",
    "<na>",
    ".",
}  # written by programs for "empty"
EXACT = 15  # digits a float64 holds exactly; longer whole numbers are identifiers and stay text

_WHOLE = re.compile(r"[+-]?\d+")
_READINGS = {
    "point": re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|[+-]?\.\d+"),
    "comma": re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d*)?(?:[eE][+-]?\d{1,3})?|[+-]?,\d+"),
}
_SPACES = re.compile(r"[\s\u00a0\u202f\u2007\ufeff]+")
_LEADING_ZERO = re.compile(r"[+-]?0\d+")


@dataclass(frozen=True)
class Column:
    """A column as it was understood: `values` (float64, or text when it holds no numbers) and remarks on it."""

    values: pd.Series
    notes: tuple[str, ...] = ()


def tidy(text: str) -> str:
    """Return a cell without surrounding white space, with a plain minus sign; inner runs of space become one."""
    return _SPACES.sub(" ", text).strip().replace("\u2212", "-")


def tidied(values: pd.Series) -> pd.Series:
    """Return a column as tidied text; an empty cell is missing."""
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    cells = [tidy(str(cell)) or pd.NA for cell in distinct]
    return _spread(codes, cells, values, "string")


def readings(text: str) -> dict[str, float]:
    """Return what a tidied cell means with a decimal point and with a decimal comma, where it means anything."""
    found = {}
    for mark, pattern in _READINGS.items():
        if pattern.fullmatch(text):
            plain = text.replace(",", "") if mark == "point" else text.replace(".", "").replace(",", ".")
            number = float(plain)
            if np.isfinite(number):
                found[mark] = number
    return found


def understand(values: pd.Series, *, decimal: str = "auto", leading_zeros: str = "text") -> Column:
    """Return a column of text as numbers when every answered cell is a number; otherwise as tidied text.

    The mark ("point" or "comma") is the one under which every cell is a number; when both fit and mean different
    numbers, such as "1.234", the column is refused with both meanings. `leading_zeros="text"` leaves codes such as
    "007" as text; "number" reads them as numbers.
    """
    option("decimal", decimal, ("auto", "point", "comma"))
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    cells = [tidy(str(cell)) for cell in distinct]
    filled = [cell for cell in cells if cell.lower() not in BLANK]
    notes = []
    blanks = sorted({cell for cell in cells if cell and cell.lower() in BLANK})
    meanings = {cell: readings(cell) for cell in filled}
    if not filled:
        return Column(_spread(codes, [np.nan] * len(cells), values, "float64"))
    if not all(meanings.values()) or _is_code(filled, leading_zeros):
        kept = [pd.NA if cell == "" else cell for cell in cells]
        if all(meanings.values()):
            notes.append("kept as text: leading zeros or more digits than a number can hold")
        return Column(_spread(codes, kept, values, "string"), tuple(notes))
    mark = _mark(str(values.name), meanings, decimal)
    numbers = [meanings[cell][mark] if cell in meanings else np.nan for cell in cells]
    if blanks:
        notes.append(f"read as missing: {', '.join(blanks)}")
    changed = [cell for cell in filled if not _WHOLE.fullmatch(cell) and ("," in cell or cell.count(".") > 1)]
    if changed:
        example = max(changed, key=len)
        known = [meanings[cell][mark] for cell in filled]
        notes.append(
            f"decimal {mark}: '{example}' is read as {meanings[example][mark]:.15g}; "
            f"the column runs from {min(known):.15g} to {max(known):.15g}"
        )
    return Column(_spread(codes, numbers, values, "float64"), tuple(notes))


def _is_code(cells: Iterable[str], leading_zeros: str) -> bool:
    """Say whether whole numbers are really identifiers: a float would lose their zeros or their last digits."""
    whole = [cell for cell in cells if _WHOLE.fullmatch(cell)]
    zeros = leading_zeros == "text" and any(_LEADING_ZERO.fullmatch(cell) for cell in whole)
    return zeros or any(len(cell.lstrip("+-").lstrip("0")) > EXACT for cell in whole)


def _mark(name: str, meanings: dict[str, dict[str, float]], decimal: str) -> str:
    """Return the decimal mark under which every cell of the column is a number."""
    possible = [mark for mark in _READINGS if all(mark in found for found in meanings.values())]
    if decimal != "auto":
        wrong = [cell for cell, found in meanings.items() if decimal not in found]
        if wrong:
            raise InputError(f"column '{name}': with a decimal {decimal} '{wrong[0]}' is no number")
        return decimal
    if not possible:
        point = next(cell for cell, found in meanings.items() if "comma" not in found)
        comma = next(cell for cell, found in meanings.items() if "point" not in found)
        raise InputError(
            f"column '{name}' mixes decimal marks: '{point}' needs a point and '{comma}' a comma; mend the file"
        )
    if len(possible) == 2:
        unclear = [cell for cell, found in meanings.items() if found["point"] != found["comma"]]
        if unclear:
            cell, found = unclear[0], meanings[unclear[0]]
            raise InputError(
                f"column '{name}': '{cell}' may mean {found['point']:.15g} (decimal point) or "
                f'{found["comma"]:.15g} (decimal comma), and no other answer decides; say decimal = "point" or '
                'decimal = "comma"'
            )
    return possible[0]


def _spread(codes: np.ndarray, cells: list, like: pd.Series, dtype: str) -> pd.Series:
    """Give every row the understood value of its distinct cell; a row without a cell is missing."""
    empty = np.nan if dtype == "float64" else pd.NA
    lookup = pd.array([*cells, empty], dtype=dtype)
    return pd.Series(lookup.take(codes), index=like.index, name=like.name, dtype=dtype)
