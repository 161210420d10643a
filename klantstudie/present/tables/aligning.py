"""Finishes a laid-out table: decimal marks below each other, and the abbreviations that APA wants explained."""

from __future__ import annotations

import re
from dataclasses import replace

from klantstudie import vocabulary
from klantstudie.present.tables.layout import Layout

# A number in a cell: what stands before the decimal mark, the decimals, and what follows them (stars, a bracket).
NUMBER = re.compile(r"^(\(?[<>]? ?[−-]?[\d.,]*?)(?:([.,])(\d+))?([*)%]*)$")
DIGIT, POINT = "\u2007", "\u2008"  # spaces as wide as a digit and as a decimal mark


def aligned(layout: Layout) -> Layout:
    """Let the decimal marks of a column stand below each other: shorter ends are filled up with figure spaces."""
    point = {"nl": ",", "en": "."}[layout.lang]
    cells = [list(row.cells) for row in layout.rows]
    for place, column in enumerate(layout.columns):
        found = [
            None if row.section or row.foot or not column.numeric else _ends(row.cells[place], point)
            for row in layout.rows
        ]
        known = [ends for ends in found if ends is not None]
        decimals = max((len(ends[0]) for ends in known), default=0)
        after = max((len(ends[1]) for ends in known), default=0)
        for row, ends in zip(cells, found, strict=True):
            if ends is not None:
                missing = decimals - len(ends[0])
                mark = POINT if missing and not ends[0] else ""
                row[place] += mark + DIGIT * (missing + after - len(ends[1]))
    rows = tuple(replace(row, cells=tuple(made)) for row, made in zip(layout.rows, cells, strict=True))
    return replace(layout, rows=rows)


def _ends(cell: str, point: str) -> tuple[str, str] | None:
    """The decimals of a number and what follows them; None for what is no number."""
    match = NUMBER.match(cell)
    if match is None or not any(letter.isdigit() for letter in cell):
        return None
    decimals = match.group(3) if match.group(2) == point else ""
    return decimals or "", match.group(4)


def explained(layout: Layout) -> Layout:
    """Explain in the general note the abbreviations of the headings: the interval, and words of capitals such as CFI."""
    lang, told = layout.lang, {}
    short, meaning = {"nl": ("BI", "betrouwbaarheidsinterval"), "en": ("CI", "confidence interval")}[lang]
    for column in layout.columns:
        known = vocabulary.entries("columns").get(column.name, {})
        if re.search(rf"\b{short}\b", column.heading):
            told[short] = meaning
        elif re.fullmatch("Δ?[A-Z]{3,}", column.heading) and f"meaning_{lang}" in known:
            told[column.heading] = _small(str(known[f"meaning_{lang}"]))
    if not told:
        return layout
    return replace(
        layout, general=f"{layout.general} {'; '.join(f'{a} = {b}' for a, b in told.items())}.".strip()
    )


def _small(text: str) -> str:
    """A meaning inside a sentence; the name of a person keeps its capital."""
    return text if text.startswith(("Tucker", "Akaike", "Bayes")) else text[:1].lower() + text[1:]
