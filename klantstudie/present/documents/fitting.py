"""Fits figures and short tables to the pages of a PDF: a little smaller, or at the top of the next page while the text goes on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TOP, BOTTOM = 73.7, 771.0  # where the text of an upright page begins and ends, in points
HOLE = 0.2 * (BOTTOM - TOP)  # a smaller gap at the foot of a page stays, below what leads to the piece
PARTED = 0.3 * (BOTTOM - TOP)  # the same for a table that would be parted from the sentence that leads to it
HALF = 0.4 * (BOTTOM - TOP)  # a gap that is never left, whatever leads to the piece
LEAST = 0.8  # a figure is not set smaller than this; below it the words in it are hard to read
NOTE = 80.0  # points of a table that go to the next page at least, so that its note is not there alone
ABOVE = 26.0  # points of space above a figure
FLOATS, STAYS, BREAKS = 0.0, 1.0, 2.0

# How the pieces of a page are set, and where each one ended up; `fitted` comes from here: a scale, or one of the above.
TYPST = """#let fitted = json(bytes(sys.inputs.at("fitted", default: "{}")))
#let mark(key, end) = context [#metadata((key, end, here().page(), here().position().y / 1pt)) <mark>]
#let said(body) = block(spacing: 1.05em, { body; mark("", "end") })
#let lead(key, body) = block(sticky: fitted.at(key, default: 1) != 0, body)
#let start(above: 2em) = { block(above: above, below: 0em, height: 11em, breakable: false)[]; v(-11em) } // where a head and some rows fit
#let fit(key, body) = {
  let scale = fitted.at(key, default: 1)
  let whole = { mark(key, "start"); body(if scale == 0 { 1 } else { scale }); mark(key, "end") }
  if scale == 0 { place(top, float: true, clearance: 2em, block(width: 100%, whole)) }
  else if scale == 2 { start(); block(width: 100%, above: 0em, below: 2em, whole) }
  else { block(width: 100%, above: 2em, below: 2em, breakable: false, whole) }
}
"""


@dataclass(frozen=True)
class Mark:
    """Where something starts or ends: `key` names a table or figure, `end` is "start", "end" or "turned"."""

    key: str
    end: str
    page: int
    y: float


def better(
    found: Sequence[Sequence[Any]],
    order: Sequence[str],
    heights: Mapping[str, float],
    breaks: Collection[str],
    fitted: Mapping[str, float],
) -> dict[str, float] | None:
    """Return `fitted` with the next change that fills a page, or None when no page is left half empty for nothing.

    `found` holds the marks, `order` the tables and figures as they follow each other, `heights` what may move: figures
    with their height in points, tables with 0; `breaks` the tables long enough to run on. A table that floats is not passed by a later table, nor a figure by a
    later figure. Each change is one step of a piece, from its own size to smaller, to floating, to staying where it
    is, so that there is an end to it.
    """
    marks = [Mark(*one) for one in found]
    starts, ends = ({m.key: m for m in marks if m.key and m.end == end} for end in ("start", "end"))
    floating: dict[str, list[str]] = {"tbl": [], "fig": []}
    for key in (one for one in order if one in starts and one in ends):
        start, ahead = starts[key], floating[key[:3]]
        if fitted.get(key) == FLOATS:
            ahead.append(key)
        elif ahead and start.page < starts[ahead[-1]].page:
            movable = key in heights and key not in fitted
            return {**fitted, key: FLOATS} if movable else {**fitted, ahead[-1]: STAYS}
        elif key in heights and fitted.get(key) not in (STAYS, BREAKS):
            hole = _hole(start, marks)
            least = HOLE if heights[key] or key in breaks else PARTED
            if hole < HALF and hole - (start.y - TOP) < least:
                continue
            over = ends[key].y - TOP + ABOVE - hole
            scale = 1 - over / heights[key] if heights[key] else FLOATS
            smaller = scale >= LEAST and key not in fitted
            runs_on = key in breaks and over > NOTE
            step = round(min(scale, 0.99) - 0.005, 3) if smaller else BREAKS if runs_on else FLOATS
            return {**fitted, key: step}
    return None


def _hole(start: Mark, marks: Sequence[Mark]) -> float:
    """The empty points at the foot of the page before, when this piece (with what leads to it) begins a page."""
    first = not any(m.page == start.page and m.y < start.y and m.key != start.key for m in marks)
    before = [m for m in marks if m.page == start.page - 1]
    if not first or not before or any(m.end == "turned" for m in before):
        return 0.0
    return BOTTOM - max(m.y for m in before)
