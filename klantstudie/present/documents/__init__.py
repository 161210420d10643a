"""Documents of a finished run: a report page for each run, and an index of all runs.

`build` reads from a run's folder: notebook.ipynb (executed), results.json, tables/, figures/ and run.json. Of run.json
it uses, where they are there: notebook, lang, status, error, started, seconds, seed, parameters, parameter_help,
inputs [{path, sha256}], hashes {notebook, library}, versions, git {commit, clean}, python, platform, and study (a name,
or {name, title, authors, simulated, citation, licence}; otherwise the codebook among the inputs is asked).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from klantstudie.errors import option
from klantstudie.present import files
from klantstudie.present.documents import page
from klantstudie.present.documents.reading import read

__all__ = ["build"]

FORMATS = ("html",)


def build(
    run_folder: str | os.PathLike[str], *, to: Sequence[str] = ("html",), lang: str | None = None
) -> list[Path]:
    """Write the report of a finished run in each format and return the paths.

    `to` holds any of "html". Without `lang` the report is in the language of the run.
    A run that failed gives a report too, which says so at the top.
    """
    for one in to:
        option("to", one, FORMATS)
    if lang is not None:
        option("lang", lang, ("nl", "en"))
    document = read(Path(run_folder), lang)
    written = []
    for one in to:
        path = document.folder / f"report.{one}"
        files.write(path, page.write(document))
        written.append(path)
    return written
