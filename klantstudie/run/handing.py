"""Hands a study on to who uses other programs: the clean data for SPSS, and the codebook as an APA table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from klantstudie.errors import option
from klantstudie.present import tables
from klantstudie.run import manifest
from klantstudie.run.files import write
from klantstudie.study import exporting, loading

FORMATS = ("sav", "zsav", "docx", "html", "md", "tex")
NAMES = {"nl": "codeboek", "en": "codebook"}
WRITTEN = {"html": tables.to_html, "md": tables.to_markdown, "tex": tables.to_latex}


def on(
    study: str, *, to: Sequence[str] = ("sav", "docx"), lang: str = "nl", root: str | Path | None = None
) -> list[Path]:
    """Write the clean, scored data (sav, zsav) and the codebook (docx, html, md, tex) of a study; return the files.

    They stand in data/processed/<study>/, like all that is made again from the raw file and the codebook.
    """
    option("lang", lang, NAMES)
    wanted = [option("to", ending, FORMATS) for ending in to]
    made = loading.load(study, root=root)
    folder = manifest.root(Path(root or Path.cwd())) / loading.PROCESSED / study
    table = exporting.codebook_table(made, lang=lang)
    title = f"{ {'nl': 'Codeboek', 'en': 'Codebook'}[lang] }: {made.codebook.study.title.get(lang) or study}"
    written = []
    for ending in wanted:
        data = ending in ("sav", "zsav")
        path = folder / f"{study if data else NAMES[lang]}.{ending}"
        if data:
            exporting.to_sav(made, path, lang=lang)
        elif ending == "docx":
            tables.to_docx(table, path, lang=lang, title=title)
        else:
            write(path, WRITTEN[ending](table, lang=lang, number=1, title=title))
        written.append(path)
    return written
