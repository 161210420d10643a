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
    *(
        "#div/0!",
        "#value!",
        "#ref!",
        "#name?",
        "#num!",
    ),  # what a formula of Excel or Calc shows when it fails
    *("#deel/0!", "#waarde!", "#verw!", "#naam?", "#getal!", "#n/b"),
}  # written by programs for "empty"
EXACT = 15  # digits a float64 holds exactly; longer whole numbers are identifiers and stay text

_WHOLE = re.compile(r"[+-]?\d+")
_READINGS = {
    "point": re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|[+-]?\.\d+"),
    "comma": re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d*)?(?:[eE][+-]?\d{1,3})?|[+-]?,\d+"),
}
_SPACES = re.compile(r"[\s\u00a0\u202f\u2007\ufeff]+")
_LEADING_ZERO = re.compile(r"[+-]?0\d+")
_POWER = re.compile(r"[+-]?\d[.,]\d+[eE]\+?\d+")
_UNIT = re.compile(r"(?:(€|EUR|%|') ?([+-]?[\d.,]+)|([+-]?[\d.,]+) ?(€|EUR|%))")
_DATE = re.compile(
    r"(\d{4}-\d{2}-\d{2}.*|\d{1,2}[-/][A-Za-z]{3,}\.?(?:[-/]\d{2,4})?|[A-Za-z]{3,}[-/]\d{1,4})"
)


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


def hint(text: str) -> str:
    """Return what a strange answer may be: a date that a spreadsheet made of 3-5."""
    return ", which looks like an answer that Excel turned into a date" if is_date(text) else ""


def is_date(text: str) -> bool:
    """Say whether a cell is a date such as 2024-05-03, 3-mei or May-18."""
    return bool(_DATE.fullmatch(text.strip()))


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
    if not filled:
        return Column(_spread(codes, [np.nan] * len(cells), values, "float64"))
    unit = _unit(filled)
    if unit:
        bare = {cell: _UNIT.sub(r"\2\3", cell) for cell in filled}
        mark = "an apostrophe" if unit == "'" else f"'{unit}'"
        notes.append(f"{mark} left out: '{filled[0]}' is read as '{bare[filled[0]]}'")
        cells, filled = [bare.get(cell, cell) for cell in cells], list(bare.values())
    meanings = {cell: readings(cell) for cell in filled}
    if not all(meanings.values()) or _is_code(filled, leading_zeros):
        kept = [pd.NA if cell == "" else cell for cell in cells]
        if all(meanings.values()):
            notes.append("kept as text: leading zeros or more digits than a number can hold")
        else:
            notes += _odd(cells, codes, meanings)
        return Column(_spread(codes, kept, values, "string"), tuple(notes))
    mark = _mark(str(values.name), meanings, decimal)
    numbers = [meanings[cell][mark] if cell in meanings else np.nan for cell in cells]
    if blanks:
        notes.append(f"read as missing: {', '.join(blanks)}")
    powers = [cell for cell in filled if _POWER.fullmatch(cell)]
    if powers:
        notes.append(
            f"'{powers[0]}' is a number that a spreadsheet shortened; if it was an id its last digits are lost: "
            "export it again as text"
        )
    changed = [cell for cell in filled if not _WHOLE.fullmatch(cell) and ("," in cell or cell.count(".") > 1)]
    if changed:
        example = max(changed, key=len)
        known = [meanings[cell][mark] for cell in filled]
        notes.append(
            f"decimal {mark}: '{example}' is read as {meanings[example][mark]:.15g}; "
            f"the column runs from {min(known):.15g} to {max(known):.15g}"
        )
    return Column(_spread(codes, numbers, values, "float64"), tuple(notes))


def _unit(cells: list[str]) -> str:
    """Return the unit that every cell has beside its number, such as % or €; an apostrophe before it counts too."""
    found = {match.group(1) or match.group(4) for match in map(_UNIT.fullmatch, cells) if match}
    whole = all(match and readings(match.group(2) or match.group(3)) for match in map(_UNIT.fullmatch, cells))
    return found.pop() if whole and len(found) == 1 else ""


def _odd(cells: list[str], codes: np.ndarray, meanings: dict[str, dict[str, float]]) -> list[str]:
    """Return a remark on a column of numbers with a few texts among them, or of answers turned into dates."""
    counts = np.bincount(codes[codes >= 0], minlength=len(cells))
    rows = {cell: int(count) for cell, count in zip(cells, counts, strict=True) if cell in meanings}
    odd = [cell for cell in rows if not meanings[cell]]
    number, total = sum(rows[cell] for cell in rows if meanings[cell]), sum(rows.values())
    dates = [cell for cell in odd if is_date(cell)]
    told = ", ".join(f"'{cell}'" for cell in (dates or odd)[:5]) + (hint(dates[0]) if dates else "")
    if 2 * number >= total and number < total:
        return [f"kept as text: {total - number} of {total} answers are no number: {told}"]
    if dates and len(dates) < len(odd) + len([cell for cell in rows if meanings[cell]]):
        return [f"kept as text, with dates among other answers: {told}"]
    return []


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
