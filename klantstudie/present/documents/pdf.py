"""Writes a document as PDF, tagged for accessibility (PDF/UA-1) and archiving (PDF/A-2a); the door to typst."""

from __future__ import annotations

import calendar
import json
import re
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError
from klantstudie.present.documents import fitting
from klantstudie.present.documents.paper import MISSING, Paper, header, pandoc
from klantstudie.present.documents.reading import Document
from klantstudie.present.tables.printed import literal

QUOTE = (
    "\ue000"  # stands for ’ while pandoc writes, which would leave it to typst to guess which quote is meant
)


def write(document: Document) -> bytes:
    """Return the PDF; typst itself checks both standards and refuses a document that breaks them."""
    try:
        import typst
    except ImportError:
        raise RunError(MISSING) from None
    paper = Paper(document, "typst")
    body = (
        pandoc(paper.write().replace("’", QUOTE), to="typst", folder=document.folder)
        .decode("utf-8")
        .replace(QUOTE, "’")
    )
    source = _page(document) + _clean(body)
    day = header(document)["date"] or "2026-01-01"
    stamp = calendar.timegm((*(int(part) for part in day.split("-")), 0, 0, 0))
    folder = files("klantstudie.present") / "styles" / "fonts"
    with (
        as_file(folder) as fonts,
        tempfile.NamedTemporaryFile(
            "w", suffix=".typ", dir=document.folder, prefix=".report-", encoding="utf-8", delete=False
        ) as main,
    ):
        main.write(source)
        main.close()
        given = {"root": str(document.folder), "font_paths": [str(fonts)], "ignore_system_fonts": True}
        try:
            fitted = _fitted(main.name, given, paper)
            return typst.compile(
                main.name, **given, **fitted, pdf_standards=["ua-1", "a-2a"], timestamp=stamp
            )
        except typst.TypstError as error:
            raise RunError(f"the PDF could not be made: {error}") from error
        finally:
            Path(main.name).unlink(missing_ok=True)


def _fitted(main: str, given: dict[str, Any], paper: Paper) -> dict[str, Any]:
    """Lay the pages out until none is left half empty, and return what the document is told about it."""
    import typst

    fitted: dict[str, float] | None = {}
    while fitted is not None:
        told = {"sys_inputs": {"fitted": json.dumps(fitted)}}
        marks = json.loads(typst.query(main, "<mark>", field="value", **given, **told))
        fitted = fitting.better(marks, paper.order, paper.heights, paper.breaks, fitted)
    return told


def _clean(body: str) -> str:
    """Mend what pandoc writes: its own rule for a line, and bold or italics that touch what typst would take for a field."""
    body = re.sub(r"(#(?:strong|emph)\[[^][]*\])(?=\.\w)", r"\1;", body)
    return body.replace("#horizontalrule", "#line(length: 100%, stroke: 0.5pt)")


def _page(document: Document) -> str:
    """The page, type and colours; every text of the study comes in as a string."""
    known = header(document)
    year, month, day = (int(part) for part in (known["date"] or "2026-01-01").split("-"))
    authors = ", ".join(literal(name) for name in document.study["authors"])
    line = " · ".join(part for part in (known["byline"], known["shown"]) if part)
    return f"""#set document(title: {literal(known["title"])}, author: ({authors}{"," if authors else ""}), date: datetime(year: {year}, month: {month}, day: {day}))
#let accent = rgb("#0b6477")
#let soft = rgb("#4d5e68")
#set text(lang: {literal(document.lang)}, font: ("Klantstudie Sans", "DejaVu Sans Mono"), size: 10.2pt, fill: rgb("#1c2b33"), hyphenate: true)
#set page(paper: "a4", margin: (x: 25mm, top: 26mm, bottom: 25mm),
  header: context if counter(page).get().first() > 1 {{ set text(size: 8.5pt, fill: soft); {literal(known["title"])}; h(1fr); {literal(known["subtitle"])} }},
  footer: context {{ set text(size: 8.5pt, fill: soft); h(1fr); counter(page).display("1 / 1", both: true) }})
#set par(leading: 0.72em, spacing: 1.05em, justify: false)
#set list(indent: 0.4em)
#show heading: set text(font: "Klantstudie Serif", weight: "bold")
#show heading.where(level: 1): set text(size: 15pt)
#show heading.where(level: 1): set block(above: 1.9em, below: 0.9em)
#show heading.where(level: 2): set text(size: 12pt)
#show heading.where(level: 3): set text(size: 10.6pt)
#show heading.where(level: 2): set block(above: 1.6em, below: 0.8em)
#show regex("\\b\\p{{Lu}}[\\p{{Lu}}\\d]+\\b"): set text(hyphenate: false)
#show raw: set text(font: "DejaVu Sans Mono", size: 8.6pt)
#show link: set text(fill: rgb("#0a5566"))
#show figure: set align(left)
#show figure.where(kind: table): set block(breakable: true)
#set figure(gap: 0.8em)
#set figure.caption(position: top, separator: linebreak())
#show figure.caption: it => align(left, block(below: 0.7em, {{ strong[#it.supplement #context it.counter.display(it.numbering)]; linebreak(); it.body }}))
{fitting.TYPST}
#let summary(body) = block(width: 100%, fill: rgb("#eef3f4"), stroke: (top: 2pt + accent), inset: 12pt, above: 1.4em, below: 1.6em, {{ body; mark("", "end") }})
#let warning(body) = block(width: 100%, fill: rgb("#fbf1e2"), stroke: (left: 3pt + rgb("#8f560a")), inset: 10pt, above: 1.2em, below: 1.2em, {{ body; mark("", "end") }})
#let references(body) = {{ set par(hanging-indent: 2em); body }}
#let endnote(num, contents) = [#stack(dir: ltr, spacing: 3pt, super[#num], contents)]
#block(width: 100%, stroke: (bottom: 2pt + accent), inset: (bottom: 12pt), below: 1.6em)[
  #text(fill: rgb("#0a5566"), weight: "bold", size: 9.5pt, {literal(known["subtitle"])}) \\
  #v(0.1em)
  #block(text(font: "Klantstudie Serif", weight: "bold", size: 22pt, {literal(known["title"])}))
  #text(fill: soft, size: 9.5pt, {literal(line)})
]

"""
