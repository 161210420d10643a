"""Tables of a Result or frame as APA 7 asks, in HTML, Markdown, LaTeX and Word, Dutch and English."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from klantstudie.present.labels import Labels
from klantstudie.present.tables.layout import Beside, lay_out
from klantstudie.present.tables.markup import write_html, write_markdown
from klantstudie.present.tables.printed import write_latex
from klantstudie.present.tables.shapes import together
from klantstudie.result import Result

__all__ = ["to_docx", "to_html", "to_latex", "to_markdown", "together"]


def to_html(
    thing: Result | pd.DataFrame,
    *,
    lang: str = "nl",
    number: str | int | None = None,
    title: str | Mapping[str, str] = "",
    note: str | Mapping[str, str] | None = None,
    columns: Sequence[str] = (),
    labels: Labels = None,
    shape: str = "rows",
    beside: Beside = (),
    style: bool = True,
) -> str:
    """Write a table as HTML with header scopes and notes; `style=False` leaves the look to the page around it.

    `columns` chooses the printed columns (all that are not empty by default), `labels` replaces terms by readable
    names. Columns that are the same in every row move into the heading or the note; intervals merge into one column.
    `shape="matrix"` prints pairs as a triangle, with the means, SDs and reliabilities of the results in `beside`;
    `shape="wide"` sets groups, parts or models (see `together`) side by side; `shape="loadings"` prints factor loadings.
    References: American Psychological Association (2020), chapter 7.
    """
    layout = lay_out(
        thing,
        lang=lang,
        number=number,
        title=title,
        note=note,
        columns=columns,
        labels=labels,
        shape=shape,
        beside=beside,
    )
    return write_html(layout, style=style)


def to_markdown(
    thing: Result | pd.DataFrame,
    *,
    lang: str = "nl",
    number: str | int | None = None,
    title: str | Mapping[str, str] = "",
    note: str | Mapping[str, str] | None = None,
    columns: Sequence[str] = (),
    labels: Labels = None,
    shape: str = "rows",
    beside: Beside = (),
) -> str:
    """Write a table as a Markdown pipe table; the settings are those of `to_html`."""
    layout = lay_out(
        thing,
        lang=lang,
        number=number,
        title=title,
        note=note,
        columns=columns,
        labels=labels,
        shape=shape,
        beside=beside,
    )
    return write_markdown(layout)


def to_latex(
    thing: Result | pd.DataFrame,
    *,
    lang: str = "nl",
    number: str | int | None = None,
    title: str | Mapping[str, str] = "",
    note: str | Mapping[str, str] | None = None,
    columns: Sequence[str] = (),
    labels: Labels = None,
    shape: str = "rows",
    beside: Beside = (),
    label: str = "",
) -> str:
    """Write a table for LaTeX (packages booktabs and threeparttable), which numbers it itself; `label` is for \\ref.

    The other settings are those of `to_html`.
    """
    layout = lay_out(
        thing,
        lang=lang,
        number=number,
        title=title,
        note=note,
        columns=columns,
        labels=labels,
        shape=shape,
        beside=beside,
    )
    return write_latex(layout, label)


def to_docx(
    thing: Result | pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    lang: str = "nl",
    number: str | int | None = 1,
    title: str | Mapping[str, str] = "",
    note: str | Mapping[str, str] | None = None,
    columns: Sequence[str] = (),
    labels: Labels = None,
    shape: str = "rows",
    beside: Beside = (),
) -> Path:
    """Write a table as a Word file with a native table, caption and notes, and return its path.

    Needs the extra `klantstudie[rapport]`. The other settings are those of `to_html`.
    """
    from klantstudie.present.documents import word

    layout = lay_out(
        thing,
        lang=lang,
        number=number,
        title=title,
        note=note,
        columns=columns,
        labels=labels,
        shape=shape,
        beside=beside,
    )
    return word.write_table(layout, Path(path))
