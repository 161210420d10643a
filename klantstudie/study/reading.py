"""Reads any raw survey file into one shape: columns of numbers or text, labels, and remarks on what was found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from klantstudie import inputs
from klantstudie.errors import InputError, option
from klantstudie.study import bulk, cells, labelled, numbers, parquet, platforms, workbooks
from klantstudie.study.declared import READERS

ENDINGS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".ods": "ods",
    ".sav": "sav",
    ".zsav": "sav",
    ".dta": "dta",
    ".parquet": "parquet",
}
OTHERS = {
    ".xls": "the old Excel format; save it as .xlsx",
    ".por": "the old SPSS format; save it as .sav",
    ".sas7bdat": "a SAS file; export it as .csv",
    ".rds": "an R file; write it with write.csv",
    ".zip": "a zip; unpack it first",
    ".pdf": "a document; ask for the data behind it",
}


@dataclass(frozen=True)
class RawSurvey:
    """A survey file as it is: nothing recoded, nothing dropped but blank rows and remarks below the table.

    `frame` has float64 and text columns only, one row a respondent; `lines` gives the line (or row) of the file
    of each row. `labels` holds question texts, `value_labels` code -> label, `measures` the level SPSS states,
    `missing` ranges of user-missing values, `reasons` why a cell is missing where the file says so (Stata), `roles`
    what the program's own columns are, `notes` what was noticed.
    """

    frame: pd.DataFrame
    labels: dict[str, str] = field(default_factory=dict)
    value_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    measures: dict[str, str] = field(default_factory=dict)
    source: str = ""
    reader: str = "table"
    lines: np.ndarray = field(default_factory=lambda: np.array([], dtype=int))
    missing: dict[str, list[tuple[Any, Any]]] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    reasons: dict[str, pd.Series] = field(default_factory=dict)


def fingerprint(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes as hexadecimal text."""
    return inputs.sha256(path)


def read_raw(
    path: str | Path,
    *,
    reader: str = "auto",
    sheet: str | int | None = None,
    decimal: str = "auto",
    text: Collection[str] = (),
    columns: Collection[str] | None = None,
) -> RawSurvey:
    """Read a raw survey file; the format and the survey program are detected and noted, or forced with `reader`.

    Columns in which every answer is a number become float64, with the decimal mark decided from the whole column
    (`decimal`: "auto", "point" or "comma"); a column whose mark cannot be decided is an error, unless `columns`
    names the ones that are needed and it is not among them. Columns in `text` stay text, with their leading zeros.
    A file that cannot be read is an InputError that names the file and, where known, the row or column.
    """
    path = Path(path)
    option("reader", reader, READERS)
    option("decimal", decimal, ("auto", "point", "comma"))
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    kind = _kind(path, reader)
    if kind in ("sav", "dta"):
        found = labelled.read(path, kind)
        lines = np.arange(1, len(found.frame) + 1)
        notes = (f"reader {kind}", *found.notes)
        return RawSurvey(
            found.frame,
            found.labels,
            found.value_labels,
            found.measures,
            path.name,
            kind,
            lines,
            found.missing,
            notes=notes,
            reasons=found.reasons,
        )
    if kind == "parquet":
        return _parquet(path)
    if kind == "csv":
        large = bulk.read(path, reader, text)
        if large is not None:
            return _bulk(large, path.name, decimal, set(text), columns)
        grid = cells.separated(path)
    else:
        grid = workbooks.excel(path, sheet) if kind == "xlsx" else workbooks.opendocument(path, sheet)
    return _assemble(grid, path.name, reader, decimal, set(text), columns)


def _kind(path: Path, reader: str) -> str:
    """Return the file format: what is forced, else what the ending says, checked against the first bytes."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    ending = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else (suffixes or [""])[-1]
    if reader in ("csv", "xlsx", "ods", "sav", "dta", "parquet"):
        return reader
    if ending in OTHERS:
        raise InputError(f"{path.name}: {ending} is {OTHERS[ending]}")
    kind = ENDINGS.get(ending)
    if kind is None:
        raise InputError(
            f"{path.name}: the ending '{ending}' is not known; known: {', '.join(ENDINGS)}, and .csv.gz"
        )
    with path.open("rb") as stream:
        start = stream.read(8)
    seen = next((name for mark, name in _STARTS.items() if start.startswith(mark)), "")
    if seen and seen != "zip" and seen != kind:
        raise InputError(f"{path.name}: ends in {ending} but its bytes are those of {seen}; rename it")
    if seen == "zip" and kind not in ("xlsx", "ods"):
        raise InputError(
            f"{path.name}: ends in {ending} but its bytes are those of a workbook or zip; rename it"
        )
    return kind


_STARTS = {b"PK\x03\x04": "zip", b"$FL2": "sav", b"$FL3": "sav", b"PAR1": "parquet", b"%PDF": "pdf"}


def _parquet(path: Path) -> RawSurvey:
    frame = parquet.read(path)
    taken = {}
    for name in frame.columns:
        values = frame[name]
        if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            taken[str(name)] = values.astype("float64")
        else:
            taken[str(name)] = values.map(workbooks.text_cell, na_action="ignore").astype("string")
    clean = pd.DataFrame(taken).reset_index(drop=True)
    return RawSurvey(
        clean,
        source=path.name,
        reader="parquet",
        lines=np.arange(1, len(clean) + 1),
        notes=("reader parquet",),
    )


def _assemble(
    grid: cells.Grid, source: str, reader: str, decimal: str, text: set[str], needed: Collection[str] | None
) -> RawSurvey:
    layout = platforms.layout(grid, reader)
    body, lines = grid.rows[layout.first :], grid.lines[layout.first :]
    if not body:
        raise InputError(f"{source}: has a header and no answers")
    notes = [*grid.notes, *layout.notes]
    taken: dict[str, pd.Series] = {}
    columns = list(zip(*body, strict=True))
    for name, column in zip(layout.names, columns, strict=True):
        if name.startswith("column_") and all(cell is None or cell == "" for cell in column):
            notes.append(f"{name} is empty and left out")
            continue
        values, remarks = _column(name, column, decimal, text, needed)
        taken[name] = values
        notes += [f"column '{name}': {remark}" for remark in remarks]
    return _survey(taken, layout, np.asarray(lines), source, notes)


def _bulk(
    large: bulk.Bulk, source: str, decimal: str, text: set[str], needed: Collection[str] | None
) -> RawSurvey:
    layout, notes, taken = large.layout, list(large.notes), {}
    for name, values in large.columns.items():
        if name.startswith("column_") and values.isna().all():
            notes.append(f"{name} is empty and left out")
            continue
        if values.dtype.kind in "iuf" and name not in text:
            taken[name] = values
            continue
        taken[name], remarks = _text_column(values, decimal, text, needed)
        notes += [f"column '{name}': {remark}" for remark in remarks]
    return _survey(taken, layout, large.lines, source, notes)


def _survey(
    taken: dict[str, pd.Series], layout: platforms.Layout, lines: np.ndarray, source: str, notes: list[str]
) -> RawSurvey:
    _same(taken, notes)
    return RawSurvey(
        as_frame(taken),
        {name: label for name, label in layout.labels.items() if name in taken},
        source=source,
        reader=layout.reader,
        lines=lines,
        roles={name: role for name, role in layout.roles.items() if name in taken},
        notes=(f"reader {layout.reader}", *notes),
    )


def as_frame(columns: dict[str, pd.Series]) -> pd.DataFrame:
    """Return columns as a frame; numbers share one block that is filled once, whatever their number."""
    numeric = [name for name, values in columns.items() if values.dtype.kind in "iuf"]
    if len(numeric) < 2:
        return pd.DataFrame(
            {name: v.astype("float64") if v.dtype.kind in "iu" else v for name, v in columns.items()}
        )
    block = np.empty((len(columns[numeric[0]]), len(numeric)), order="F")
    for i, name in enumerate(numeric):
        block[:, i] = columns[name].to_numpy()
    frame = pd.DataFrame(block, columns=numeric, copy=False)
    others = {name: values for name, values in columns.items() if name not in set(numeric)}
    if not others:
        return frame
    return pd.concat([frame, pd.DataFrame(others)], axis=1)[list(columns)]


def _column(
    name: str, column: tuple, decimal: str, text: set[str], needed: Collection[str] | None
) -> tuple[pd.Series, tuple[str, ...]]:
    """Return one column as float64 or text."""
    answered = [cell for cell in column if cell is not None and cell != ""]
    if answered and name not in text and all(type(cell) in (int, float) for cell in answered):
        wide = any(type(cell) is int and abs(cell) >= 10**numbers.EXACT for cell in answered)
        if not wide:
            empty = [np.nan if cell is None or cell == "" else float(cell) for cell in column]
            return pd.Series(empty, name=name, dtype="float64"), ()
    if answered and name not in text and all(type(cell) is bool for cell in answered):
        values = [np.nan if cell is None or cell == "" else float(cell) for cell in column]
        return pd.Series(values, name=name, dtype="float64"), ("true and false are read as 1 and 0",)
    text_only = all(type(cell) is str for cell in answered)
    cells_as_text = column if text_only else [_written(cell) for cell in column]
    written = pd.Series(list(cells_as_text), name=name, dtype=object)
    return _text_column(written, decimal, text, needed)


def _text_column(
    written: pd.Series, decimal: str, text: set[str], needed: Collection[str] | None
) -> tuple[pd.Series, tuple[str, ...]]:
    """Return a column of text as numbers, where it holds numbers only, or as tidied text."""
    name = str(written.name)
    if name in text:
        return numbers.tidied(written), ()
    try:
        found = numbers.understand(written, decimal=decimal)
    except InputError as error:
        if needed is None or name in needed:
            raise
        return numbers.tidied(written), (f"left as text: {error}",)
    return found.values, found.notes


def _written(cell: Any) -> str | None:
    """Write a cell as text; a number of a workbook keeps the decimal point whatever the country."""
    if cell is None:
        return None
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**numbers.EXACT else repr(cell)
    return cell if isinstance(cell, str) else str(workbooks.text_cell(cell))


def _same(taken: dict[str, pd.Series], notes: list[str]) -> None:
    """Leave out a repeated column that holds the same as the first of that name."""
    for name in [name for name in taken if "__" in name]:
        base = name.rsplit("__", 1)[0]
        if base in taken and taken[name].rename(base).equals(taken[base]):
            del taken[name]
            notes.append(f"column '{name}' holds the same as '{base}' and is left out")
