"""Reads a large csv by pandas' C engine, and only where that gives what the careful reader would give.

Whatever the fast engine would change in silence (ragged rows, leading zeros, decimal marks, words such as inf or NA)
is seen beforehand; then the whole file, or those columns, go the careful way.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from klantstudie.errors import InputError
from klantstudie.study import cells, numbers, platforms
from klantstudie.study.cells import Grid

LARGE = 500_000  # bytes from which the fast way is tried
HEAD = 200_000  # bytes on which delimiter, header rows and leading zeros are decided


@dataclass
class Bulk:
    """A large file as read: the layout of its header, its columns, the line of each row, and remarks."""

    layout: platforms.Layout
    columns: dict[str, pd.Series]
    lines: np.ndarray
    notes: list[str]


def read(path: Path, reader: str, text: Collection[str]) -> Bulk | None:
    """Return a large csv, or None where the careful reader must do it."""
    if path.stat().st_size < LARGE:
        return None
    data = path.read_bytes()
    if data.startswith((b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")) or b"\0" in data or not _utf8(data):
        return None
    head = _head(data)
    if head is None:
        return None
    grid, mark = head
    if cells.ends_oddly(data, mark):
        return None
    try:
        layout = platforms.layout(grid, reader)
    except InputError:
        return None
    if not _contiguous(grid, layout.first):
        return None
    width, quoted = len(layout.names), b'"' in data
    frame = _parse(data, mark, layout.first, width, _as_text(grid, layout, text))
    if frame is None or frame.shape[1] != width or frame.empty:
        return None
    rows = len(frame) + layout.first
    exact = not quoted and data.count(mark.encode()) == rows * (width - 1)
    if not exact and (not quoted or frame[width - 1].isna().any()):
        return None  # short rows would be filled up in silence
    empty = frame.isna().all(axis=1).to_numpy()
    if empty.any():
        return None
    columns = {}
    again = [i for i in range(width) if _doubtful(frame[i])]
    if again:
        careful = _parse(data, mark, layout.first, width, range(width), only=again)
        if careful is None:
            return None
        for i in again:
            frame[i] = careful[i]
    for i, name in enumerate(layout.names):
        columns[name] = frame[i].rename(name)
    lines = np.arange(len(frame)) + layout.first + 1
    notes = [*grid.notes, *layout.notes]
    if quoted and data.count(b"\n") + (not data.endswith(b"\n")) != rows:
        if cells.stray_quote(data.decode("utf-8-sig"), mark):
            return None
        notes.append("answers hold line breaks: rows are counted, not lines")
    return Bulk(layout, columns, lines, notes)


def _contiguous(grid: Grid, first: int) -> bool:
    """Say whether the header rows and the first answers follow one another from line 1, without blank rows."""
    line = 1
    for row, at in zip(grid.rows[: first + 1], grid.lines, strict=False):
        if at != line:
            return False
        line += 1 + sum(str(cell).count("\n") for cell in row if cell)
    return len(grid.rows) > first


def _utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _head(data: bytes) -> tuple[Grid, str] | None:
    """Return the first rows as the careful reader sees them, and the delimiter."""
    end = len(data) if len(data) <= HEAD else data.rfind(b"\n", 0, HEAD) + 1
    if end < 1:
        return None
    text = data[:end].decode("utf-8-sig", errors="replace")
    if text.lower().startswith("sep=") or "\r" in text.replace("\r\n", ""):
        return None
    mark = cells.delimiter(text)
    try:
        grid = cells.grid_of_text(text, "", ["encoding utf-8"], mark=mark)
    except InputError:
        return None
    return grid, mark


def _as_text(grid: Grid, layout: platforms.Layout, text: Collection[str]) -> list[int]:
    """Return the columns to read as text: those asked for, and those whose first rows show leading zeros."""
    body = grid.rows[layout.first :]
    wanted = []
    for i, name in enumerate(layout.names):
        codes = (str(row[i]).strip() for row in body if row[i])
        if name in text or any(len(code) > 1 and code[0] == "0" and code.isdigit() for code in codes):
            wanted.append(i)
    return wanted


def _parse(
    data: bytes, mark: str, first: int, width: int, text: Collection[int], *, only: list[int] | None = None
) -> pd.DataFrame | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # pandas only warns when a longer row loses its last cells
            return pd.read_csv(
                io.BytesIO(data),
                sep=mark,
                header=None,
                names=range(width),
                index_col=False,
                skiprows=first,
                usecols=only,
                dtype=dict.fromkeys(text, str),
                keep_default_na=False,
                na_values=[""],
                low_memory=False,
                encoding="utf-8",
            )
    except (ValueError, OverflowError, pd.errors.ParserError, pd.errors.ParserWarning):
        return None


def _doubtful(values: pd.Series) -> bool:
    """Say whether the fast engine may have changed what the cells say."""
    if values.dtype.kind == "b":
        return True
    if values.dtype.kind in "iu":
        return len(values) > 0 and bool(
            max(abs(int(values.min())), abs(int(values.max()))) >= 10**numbers.EXACT
        )
    if values.dtype.kind != "f":
        return False
    known = values.to_numpy()
    known = known[~np.isnan(known)]
    return bool(np.isinf(known).any() or (known != np.round(known)).any() or (np.abs(known) >= 10**15).any())
