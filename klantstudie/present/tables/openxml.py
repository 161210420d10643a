"""Writes a laid-out table as native Word content (Office Open XML): caption, table with repeating heads, notes; all escaped."""

from __future__ import annotations

import html
import re

from klantstudie import vocabulary
from klantstudie.present.tables.layout import Layout, Row
from klantstudie.present.tables.markup import SYMBOL, sentence
from klantstudie.present.tables.printed import broad, letters

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def run(text: str, look: str = "", size: int = 0) -> str:
    """Write a piece of text for Word; the look is "", italic, bold, sub or super."""
    tags = {"italic": "<w:i/>", "bold": "<w:b/>", "sub": '<w:vertAlign w:val="subscript"/>',
            "super": '<w:vertAlign w:val="superscript"/>', "": ""}  # fmt: skip
    sized = f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>' if size else ""
    clean = "".join(letter for letter in text if letter >= " ")
    return f'<w:r><w:rPr>{tags[look]}{sized}</w:rPr><w:t xml:space="preserve">{html.escape(clean, quote=False)}</w:t></w:r>'


def paragraph(runs: str, style: str, *, side: str = "", keep: bool = False, indent: bool = False) -> str:
    """Write a paragraph for Word in a named style; `keep` keeps it on the page of the next."""
    kept = "<w:keepNext/>" if keep else ""
    more = '<w:ind w:left="170"/>' if indent else ""
    more += f'<w:jc w:val="{side}"/>' if side else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{kept}{more}</w:pPr>{runs}</w:p>'


def caption(number: str, title: str, key: str, place: int) -> str:
    """Write an APA caption for Word: the number (a field that counts) bold, the title italic on the next line."""
    word, _, count = number.rpartition(" ")
    field = (
        '<w:r><w:rPr><w:b/></w:rPr><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:rPr><w:b/></w:rPr><w:instrText xml:space="preserve"> SEQ {html.escape(word)} \\* ARABIC </w:instrText></w:r>'
        '<w:r><w:rPr><w:b/></w:rPr><w:fldChar w:fldCharType="separate"/></w:r>'
        f'{run(count, "bold")}<w:r><w:rPr><w:b/></w:rPr><w:fldChar w:fldCharType="end"/></w:r>'
    )
    mark = re.sub(r"[^A-Za-z0-9_-]", "-", key)[:40]
    start = f'<w:bookmarkStart w:id="{1000 + place}" w:name="{mark}"/>' if key else ""
    end = f'<w:bookmarkEnd w:id="{1000 + place}"/>' if key else ""
    first = paragraph(f"{start}{run(word + ' ', 'bold')}{field}{end}", "Caption", keep=True)
    return first + (paragraph(run(title, "italic"), "CaptionTitle", keep=True) if title else "")


PORTRAIT, LANDSCAPE_WIDTH = 9400, 14300  # twentieths of a point between the margins
SIDEWAYS = 128  # letters; Word breaks words where typst finds room, so that it turns the page a little sooner
LONG = 25  # rows; a shorter table stays on one page with its note


def section(*, sideways: bool) -> str:
    """End a section of the document: A4 upright, or on its side for a wide table; Word fills in header and footer."""
    wide, tall = (16838, 11906) if sideways else (11906, 16838)
    turned = ' w:orient="landscape"' if sideways else ""
    return (
        f'<w:p><w:pPr><w:pStyle w:val="TableNote"/><w:sectPr><w:pgSz w:w="{wide}" w:h="{tall}"{turned}/>'
        '<w:pgMar w:top="1361" w:right="1247" w:bottom="1361" w:left="1247" w:header="708" w:footer="708" w:gutter="0"/>'
        "</w:sectPr></w:pPr></w:p>"
    )


def write_openxml(
    layout: Layout, key: str = "", place: int = 0, *, fill: bool = False, alone: bool = False
) -> str:
    """Write the table as native Word content: caption, table with repeating header rows, notes.

    A table too wide for an upright page gets one on its side, unless it stands `alone` (the page is then turned by
    who writes the file); `fill` stretches the table over the width of the text.
    """
    sideways = broad(layout) > SIDEWAYS
    full = LANDSCAPE_WIDTH if sideways else PORTRAIT
    wide = broad(layout) * PORTRAIT / full  # in half points: 8.5, 7.5, 7 or 6.5 on paper
    size = 17 if wide <= 100 else 15 if wide <= 112 else 14 if wide <= 122 else 13
    widths = _grid(layout, full, size, fill)
    headed = any(column.heading for column in layout.columns)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    borders = '<w:tblBorders><w:top w:val="single" w:sz="8" w:color="000000"/><w:bottom w:val="single" w:sz="8" w:color="000000"/></w:tblBorders>'
    about = html.escape(f"{layout.number}. {layout.title}".strip(". "), quote=True)
    kept, last = len(layout.rows) <= LONG and not fill, len(layout.rows) - 1
    body = "".join(
        _word_row(row, layout, widths, size, kept or place < 3 or (place > last - 2 and not fill))
        for place, row in enumerate(layout.rows)
    )
    table = (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Table"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>{borders}<w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="40" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
        f'<w:tblLook w:val="{0x80 + 0x20 * headed:04X}" w:firstRow="{int(headed)}" w:firstColumn="1"/><w:tblCaption w:val="{about}"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"{_word_head(layout, widths, size)}{body}</w:tbl>"
    )
    above = caption(layout.number, layout.title, key, place) if layout.number else ""
    whole = above + table + _word_notes(layout)
    return section(sideways=False) + whole + section(sideways=True) if sideways and not alone else whole


def _word_head(layout: Layout, widths: list[int], size: int) -> str:
    """One repeating row of headings, or two where headings stand over several columns."""
    if not any(column.heading for column in layout.columns):
        return ""
    rows = []
    if layout.spans:
        cells = [
            _cell(
                run(over, "", size),
                sum(widths[start : start + count]),
                centre=True,
                line=bool(over),
                span=count,
                keep=True,
            )
            for over, start, count in layout.spans
        ]
        rows.append("".join(cells))
    below = []
    for place, (column, width) in enumerate(zip(layout.columns, widths, strict=True)):
        runs = "".join(run(text, look, size) for text, look in column.pieces)
        settings = {"right": column.numeric, "indent": _set_in(layout, place)}
        below.append(_cell(runs, width, line=True, keep=True, **settings))
    rows.append("".join(below))
    return "".join(f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{row}</w:tr>" for row in rows)


def _set_in(layout: Layout, place: int, under: bool = False) -> bool:
    """Whether a cell starts a little to the right: a row below a section, and text beside a column of numbers."""
    if place == 0:
        return under
    return not layout.columns[place].numeric and layout.columns[place - 1].numeric


def _grid(layout: Layout, full: int, size: int, fill: bool) -> list[int]:
    """Divide the width of the text (in twentieths of a point) over the columns; headings may wrap, numbers may not."""
    longest = [
        max((len(row.cells[place]) for row in layout.rows if not row.section), default=0)
        for place in range(len(layout.columns))
    ]
    if fill:
        words = [
            max(
                (len(word) for row in layout.rows for word in re.split(r"[\s\u200b]", row.cells[place])),
                default=0,
            )
            for place in range(len(layout.columns))
        ]
        wanted = [4.5 + max(min(most, 60), 1.5 * word) for most, word in zip(longest, words, strict=True)]
        return [round(count * full / sum(wanted)) for count in wanted]
    under = any(row.section for row in layout.rows)
    wanted = [
        (1.0 if column.numeric else 1.12) * letters(layout, place)
        + (4.2 if _set_in(layout, place, under) else 2.4)
        + _broadly(layout, place)
        for place, column in enumerate(layout.columns)
    ]
    scale = min(full / sum(wanted), 5.8 * size)  # room for another font, where Calibri is not installed
    spare = full / scale - sum(wanted)  # letters that are left; long texts get them
    for place, column in enumerate(layout.columns):
        more = 0.0 if column.numeric else min(max(longest[place] + 2.4 - wanted[place], 0.0), spare)
        wanted[place] += more
        spare -= more
    return [round(count * scale) for count in wanted]


def _broadly(layout: Layout, place: int) -> float:
    """What the broad letters of a heading take more than others, such as those of Minimum."""
    return 0.4 * max(
        (sum(letter in "mMwW" for letter in word) for word in layout.columns[place].heading.split(" ")),
        default=0,
    )


def _cell(
    runs: str, width: int, *, right: bool = False, centre: bool = False, line: bool = False, above: bool = False,
    span: int = 1, keep: bool = False, indent: bool = False,
) -> str:  # fmt: skip
    edges = ('<w:top w:val="single" w:sz="4" w:color="000000"/>' if above else "") + (
        '<w:bottom w:val="single" w:sz="4" w:color="000000"/>' if line else ""
    )
    edges = f"<w:tcBorders>{edges}</w:tcBorders>" if edges else ""
    spans = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    whole = "<w:noWrap/>" if right and not line else ""
    low = f'<w:vAlign w:val="{"bottom" if line else "top"}"/>'
    side = "right" if right else "center" if centre else ""
    inside = paragraph(runs, "TableText", side=side, keep=keep, indent=indent)
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spans}{edges}{whole}{low}</w:tcPr>{inside}</w:tc>'
    )


def _word_row(row: Row, layout: Layout, widths: list[int], size: int, kept: bool) -> str:
    if row.section:
        cell = _cell(run(row.cells[0], "italic", size), sum(widths), span=len(widths), keep=True)
        return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}</w:tr>"
    under = any(one.section for one in layout.rows)
    cells = []
    for place, (column, width) in enumerate(zip(layout.columns, widths, strict=True)):
        settings = {
            "right": column.numeric,
            "above": row.rule,
            "keep": kept,
            "indent": _set_in(layout, place, under),
        }
        runs = "".join(run(piece, look, size) for piece, look in row.shown(place, column))
        cells.append(_cell(runs, width, **settings))
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"


def _word_notes(layout: Layout) -> str:
    """General, specific and probability notes, each on a line of its own."""
    notes = []
    if layout.general:
        notes.append(run(vocabulary.word("note", layout.lang) + " ", "italic") + _told(layout.general))
    if layout.specific:
        notes.append(
            "".join(run(mark, "super") + run(f" {sentence(text)} ") for mark, text in layout.specific)
        )
    if layout.probability:
        notes.append(_told(layout.probability))
    last = len(notes) - 1
    return "".join(
        paragraph(note, "TableNote" if place == last else "TableNoteMore", keep=place < last)
        for place, note in enumerate(notes)
    ) or paragraph("", "TableNote")


def _told(text: str) -> str:
    """The text of a note with its symbols in italics."""
    pieces, last = [], 0
    for match in SYMBOL.finditer(text):
        pieces += [run(text[last : match.start()]), run(match.group(), "italic")]
        last = match.end()
    return "".join([*pieces, run(text[last:])])
