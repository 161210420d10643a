"""Documents of a finished run: a report page for each run, and an index of all runs.

`build` reads a run's folder as the runner leaves it: notebook.ipynb (executed), results.json, tables, figures, and
run.json, of which it uses what is there: notebook, study, lang, status, cause, started, seconds, peak_memory_mb, seed,
parameters, inputs, notebook_file, key, versions and git. Title and authors come from the codebook among the inputs.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from klantstudie.errors import option
from klantstudie.present import files
from klantstudie.present.documents import index as overview
from klantstudie.present.documents import page
from klantstudie.present.documents.reading import Document, read

__all__ = ["build", "index"]

FORMATS = ("html", "pdf", "docx")


def build(
    run_folder: str | os.PathLike[str], *, to: Sequence[str] = ("html",), lang: str | None = None
) -> list[Path]:
    """Write the report of a finished run in each format and return the paths.

    `to` holds any of "html", "pdf" and "docx"; the last two need the extra `klantstudie[rapport]`, and "docx" also
    writes each table as a Word file of its own. Without `lang` the report is in the language of the run. A run that
    failed gives a report too, which says so at the top. Equal input gives equal bytes.
    """
    for one in to:
        option("to", one, FORMATS)
    if lang is not None:
        option("lang", lang, ("nl", "en"))
    document = read(Path(run_folder), lang)
    for one in sorted(
        to, key=("docx", "pdf", "html").index
    ):  # the page links to what is there, so it comes last
        path = document.folder / f"report.{one}"
        files.write(path, _made(document, one))
    return [document.folder / f"report.{one}" for one in to]


def _made(document: Document, kind: str) -> str | bytes:
    if kind == "html":
        return page.write(document)
    if kind == "pdf":
        from klantstudie.present.documents import pdf

        return pdf.write(document)
    from klantstudie.present.documents import word

    word.write_tables(document)
    return word.write(document)


def index(reports: str | os.PathLike[str], *, lang: str = "nl") -> Path:
    """Write `index.html` into the folder of all reports and return its path: one row a run, failures first.

    The page is in `lang` and leads to `index.en.html` (or `index.nl.html`), the same page in the other language.
    Every folder below with a run.json counts. A run that has not changed since the last index is not read again.
    """
    option("lang", lang, ("nl", "en"))
    folder = Path(reports)
    folder.mkdir(parents=True, exist_ok=True)
    return overview.write(folder, lang)
