"""The one door to workbooks: Excel by openpyxl, OpenDocument by odfpy (through pandas); a sheet becomes a grid."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from klantstudie.errors import InputError, suggestion
from klantstudie.study.cells import Grid, trim

WIDEST = 20_000  # columns; a sheet that claims more is damaged


def excel(path: Path, sheet: str | int | None = None) -> Grid:
    """Return one sheet of an .xlsx file; without a name the sheet with most cells, and it is said which."""
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns about styles and printers, which hold no answers
            book = load_workbook(path, data_only=True)
    except (
        Exception
    ) as error:  # a damaged workbook can fail anywhere inside openpyxl and the zip and XML readers
        raise InputError(
            f"{path.name}: is not a readable Excel file ({type(error).__name__}: {error})"
        ) from None
    sheets = {
        found.title: found
        for found in book.worksheets
        if found.max_row and found.max_column and found.max_column <= WIDEST
    }
    sizes = [(title, found.max_row * found.max_column) for title, found in sheets.items()]
    title, note = _choose(path, sizes, sheet)
    chosen = sheets[title]
    try:
        rows = [list(row) for row in chosen.iter_rows(values_only=True)]
    except Exception as error:
        raise InputError(
            f"{path.name}: sheet '{title}' cannot be read ({type(error).__name__}: {error})"
        ) from None
    empty = _formulas_without_value(path, title, rows)
    if empty:
        told = ", ".join(empty[:8]) + (f" and {len(empty) - 8} more" if len(empty) > 8 else "")
        raise InputError(
            f"{path.name}: sheet '{title}' has formulas without a stored value ({told}); open it in Excel, let it "
            "calculate and save it"
        )
    unseen = sum(1 for row in chosen.row_dimensions.values() if row.hidden)
    columns = sum(1 for column in chosen.column_dimensions.values() if column.hidden)
    if unseen or columns:
        note = [*note, f"the sheet hides {unseen} rows and {columns} columns (a filter?); they are read too"]
    merged = [
        (area.min_row - 1, area.min_col - 1, area.max_row - 1, area.max_col - 1)
        for area in chosen.merged_cells.ranges
    ]
    return trim(Grid(rows, list(range(1, len(rows) + 1)), note, merged), path.name)


def _formulas_without_value(path: Path, title: str, rows: list[list[Any]]) -> list[str]:
    """Return the cells whose formula no program has calculated yet: they would read as empty."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as packed:
            sheets = [name for name in packed.namelist() if name.startswith("xl/worksheets/")]
            if not any(b"<f" in packed.read(name) for name in sheets):
                return []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            written = load_workbook(path, data_only=False)[title]
        return [
            cell.coordinate
            for given, row in zip(rows, written.iter_rows(), strict=False)
            for value, cell in zip(given, row, strict=False)
            if value is None and cell.data_type == "f"
        ]
    except Exception as error:
        raise InputError(
            f"{path.name}: the formulas cannot be read ({type(error).__name__}: {error})"
        ) from None


def opendocument(path: Path, sheet: str | int | None = None) -> Grid:
    """Return one sheet of an .ods file."""
    import pandas as pd

    try:
        tables = pd.read_excel(
            path, sheet_name=None, header=None, engine="odf", dtype=object, na_filter=False
        )
    except ImportError:
        raise InputError("OpenDocument sheets need odfpy: pip install 'klantstudie[bestanden]'") from None
    except Exception as error:
        raise InputError(
            f"{path.name}: is not a readable OpenDocument sheet ({type(error).__name__}: {error})"
        ) from None
    title, note = _choose(path, [(str(name), table.size) for name, table in tables.items()], sheet)
    rows = [[None if cell == "" else cell for cell in row] for row in tables[title].to_numpy().tolist()]
    return trim(Grid(rows, list(range(1, len(rows) + 1)), note), path.name)


def _choose(path: Path, sizes: Sequence[tuple[str, int]], sheet: str | int | None) -> tuple[str, list[str]]:
    titles = [title for title, _ in sizes]
    if not titles:
        raise InputError(f"{path.name}: holds no sheet with cells")
    if isinstance(sheet, int):
        if not 1 <= sheet <= len(titles):
            raise InputError(f"{path.name}: has sheets 1 to {len(titles)}; asked: {sheet}")
        return titles[sheet - 1], [f"sheet '{titles[sheet - 1]}'"]
    if sheet:
        if sheet not in titles:
            raise InputError(
                f"{path.name}: has no sheet '{sheet}'{suggestion(sheet, titles)}; it has {', '.join(titles)}"
            )
        return sheet, [f"sheet '{sheet}'"]
    largest = max(sizes, key=lambda pair: pair[1])[0]
    others = [title for title in titles if title != largest]
    return largest, [f"sheet '{largest}', the largest (also there: {', '.join(others)})"] if others else []


def text_cell(cell: Any) -> Any:
    """Return a cell that is neither number nor text as text: dates as 2024-05-01 or 2024-05-01 10:03:00."""
    if hasattr(cell, "isoformat"):
        written = (
            cell.isoformat(sep=" ") if hasattr(cell, "hour") and hasattr(cell, "year") else cell.isoformat()
        )
        return written.removesuffix(" 00:00:00")
    return str(cell)
