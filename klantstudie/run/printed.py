"""Reads what is to be rechecked: a table of printed numbers, or a text in which tests are reported."""

from __future__ import annotations

import csv
import html
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from klantstudie.errors import RunError

TABLES = (".csv", ".tsv", ".xlsx")
TEXTS = (".txt", ".md", ".tex", ".html", ".docx")
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read(path: str | Path) -> pd.DataFrame | str:
    """Return a table as text cells, or the text of a document; another kind of file is an error that says what to do."""
    file = Path(path)
    kind = file.suffix.lower()
    if not file.is_file():
        raise RunError(f"there is no file {file}")
    if kind not in (*TABLES, *TEXTS):
        known = ", ".join((*TABLES, *TEXTS))
        hint = "; save its text as .txt first" if kind == ".pdf" else ""
        raise RunError(f"{file.name}: recheck reads {known}{hint}")
    try:
        if kind == ".xlsx":
            return pd.read_excel(file, dtype=str)
        if kind == ".docx":
            return _word(file)
        text = file.read_text(encoding="utf-8-sig")
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, ValueError, OSError) as error:
        raise RunError(f"{file.name} cannot be read: {error}") from None
    return _table(text, file.name) if kind in TABLES else _plain(text, kind)


def _plain(text: str, kind: str) -> str:
    """Return a text without what makes letters italic, so that *t*(28) reads as t(28)."""
    if kind == ".html":
        return html.unescape(re.sub(r"<[^>]*>", "", text))
    if kind == ".md":
        return text.replace("*", "").replace("\\", "")
    if kind == ".tex":
        return (
            re.sub(r"\\(?:textit|emph|mathit)\{([^{}]*)\}", r"\1", text)
            .replace("\\chi^2", "χ2")
            .replace("$", "")
        )
    return text


def _table(text: str, name: str) -> pd.DataFrame:
    """Read a csv whose separator is that of its first row; a row of another length is an error."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise RunError(f"{name} is empty")
    head, *rows = csv.reader(lines, delimiter=max(";\t,", key=lines[0].count), skipinitialspace=True)
    wrong = next((row for row in rows if len(row) != len(head)), None)
    if wrong is not None:
        raise RunError(
            f"{name}: the row '{wrong[0]}' has {len(wrong)} cells and the first row {len(head)}; put a cell that holds the "
            'separator between quotation marks, such as "mean = 5,19; n = 28"'
        )
    return pd.DataFrame(rows, columns=[column.strip() for column in head], dtype=object)


def _word(file: Path) -> str:
    """Return the text of a Word document, one line a paragraph; footnotes too."""
    with zipfile.ZipFile(file) as packed:
        names = [name for name in ("word/document.xml", "word/footnotes.xml") if name in packed.namelist()]
        if not names:
            raise KeyError("it holds no document")
        roots = [ElementTree.fromstring(packed.read(name)) for name in names]
    paragraphs = [paragraph for root in roots for paragraph in root.iter(f"{WORD}p")]
    return "\n".join("".join(piece.text or "" for piece in one.iter(f"{WORD}t")) for one in paragraphs)
