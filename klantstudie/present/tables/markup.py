"""Writes a laid-out table as HTML and Markdown, APA 7: number bold, title italic, horizontal rules only."""

from __future__ import annotations

import html
import re

from klantstudie import vocabulary
from klantstudie.present.tables.layout import Column, Layout, Row

# For a table that stands alone, as in JupyterLab; the report page brings its own style sheet. The class is named twice
# because JupyterLab's own rules for tables (right-aligned, striped) would otherwise win.
STYLE = (
    "<style>div.ks-table.ks-table table{border-collapse:collapse;border-top:1.5px solid;border-bottom:1.5px solid;"
    "font-variant-numeric:tabular-nums lining-nums}div.ks-table.ks-table caption{text-align:left;caption-side:top;padding:0 0 .5em;"
    "color:inherit}div.ks-table.ks-table th,div.ks-table.ks-table td{border:0;padding:.3em .8em .3em 0;text-align:left;font-weight:normal;"
    "background:none}div.ks-table.ks-table thead th{border-bottom:1px solid;vertical-align:bottom}div.ks-table.ks-table th.over{text-align:center}"
    "div.ks-table.ks-table tr{background:none}div.ks-table.ks-table tr.rule>*{border-top:1px solid}div.ks-table.ks-table .num{text-align:right;"
    "white-space:nowrap}div.ks-table.ks-table .section th{padding-top:.7em;font-style:italic}div.ks-table.ks-table .note{margin:.5em 0 1.2em;"
    "font-size:.9em}div.ks-table.ks-table .under th{padding-left:1.2em}</style>"
)


LONG = (
    24  # letters; a longer name or text keeps some width on a narrow screen and does not become a tall column
)


def write_html(layout: Layout, *, style: bool = True) -> str:
    """Write the table as HTML with caption, header scopes and notes; every text is escaped."""
    body = _bodies(layout)
    number = f"<strong>{html.escape(layout.number)}</strong>" if layout.number else ""
    title = f"<em>{html.escape(layout.title)}</em>" if layout.title else ""
    caption = "<br>".join(text for text in (number, title) if text)
    caption = f"<caption>{caption}</caption>" if caption else ""
    dense = " dense" if len(layout.columns) > 10 else ""
    return (
        f'{STYLE if style else ""}<div class="ks-table"><div class="scroll{dense}"><table>{caption}'
        f"<thead>{_head(layout)}</thead>{body}</table></div>{_notes(layout)}</div>"
    )


def _head(layout: Layout) -> str:
    """One row of headings, or two where headings stand over several columns."""
    below = [f'<th scope="col"{_class(column)}>{_heading(column)}</th>' for column in layout.columns]
    if not layout.spans:
        return f"<tr>{''.join(below)}</tr>"
    above, lower = [], []
    for over, start, count in layout.spans:
        if over:
            above.append(f'<th scope="colgroup" colspan="{count}" class="over">{html.escape(over)}</th>')
            lower += below[start : start + count]
        else:
            above.append(below[start].replace('scope="col"', 'scope="col" rowspan="2"', 1))
    return f"<tr>{''.join(above)}</tr><tr>{''.join(lower)}</tr>"


def _class(column: Column) -> str:
    return ' class="num"' if column.numeric else ""


LOOKS = {"": "{}", "italic": "<em>{}</em>", "sub": "<sub>{}</sub>", "super": "<sup>{}</sup>"}


def _heading(column: Column) -> str:
    return "".join(LOOKS[look].format(html.escape(text)) for text, look in column.pieces)


def _bodies(layout: Layout) -> str:
    if not any(row.section for row in layout.rows):
        return "<tbody>" + "".join(_row(row, layout) for row in layout.rows) + "</tbody>"
    parts: list[str] = []
    for row in layout.rows:
        if row.section:
            parts.append(("</tbody>" if parts else "") + '<tbody class="under">')
            parts.append(
                f'<tr class="section"><th scope="rowgroup" colspan="{len(layout.columns)}">'
                f"{html.escape(row.cells[0])}</th></tr>"
            )
        else:
            parts.append(_row(row, layout))
    return "".join(parts) + "</tbody>"


def _row(row: Row, layout: Layout) -> str:
    cells = []
    for place, column in enumerate(layout.columns):
        shown = "".join(LOOKS[look].format(html.escape(piece)) for piece, look in row.shown(place, column))
        if place == 0:
            long = ' class="long"' if len(row.cells[0]) > LONG else ""
            cells.append(f'<th scope="row"{_class(column) or long}>{shown}</th>')
        else:
            told = ' class="long"' if len(row.cells[place]) > LONG else ""
            cells.append(f"<td{_class(column) or told}>{shown}</td>")
    line = ' class="rule"' if row.rule else ""
    return f"<tr{line}>{''.join(cells)}</tr>"


def _notes(layout: Layout) -> str:
    lines = []
    if layout.general:
        word = html.escape(vocabulary.word("note", layout.lang))
        lines.append(f"<em>{word}</em> {_italic(html.escape(layout.general), '<em>{}</em>')}")
    if layout.specific:
        lines.append(
            " ".join(
                f"<sup>{html.escape(mark)}</sup>&nbsp;{html.escape(sentence(text))}"
                for mark, text in layout.specific
            )
        )
    if layout.probability:
        lines.append(_italic(html.escape(layout.probability), "<em>{}</em>"))
    return '<p class="note">' + "<br>".join(lines) + "</p>" if lines else ""


# A symbol before its value in a note: n = 250, F(2; 247) = 3,10, R² (robust) = ,12, p < ,001 (the sign may be escaped).
SYMBOL = re.compile(
    r"(?<!\w)(n|N|M|SD|SE|p|t|z|F|r|R²|df)(?=(?:\([\d.,; ]+\))?(?: \([^()]*\))? (?:[=≥≤]|\\?[<>]|&[lg]t;) )"
)


def _italic(text: str, shape: str) -> str:
    return SYMBOL.sub(lambda match: shape.format(match.group(1)), text)


def sentence(text: str) -> str:
    """End a remark with a full stop."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _in_markdown(pieces: list[tuple[str, str]]) -> str:
    """Write pieces of (text, look); a space between two pieces stays."""
    looks = {**LOOKS, "italic": "*{}*"}
    made = (
        f"{' ' * text[:1].isspace()}{looks[look].format(escape_markdown(text))}{' ' * text[-1:].isspace()}"
        for text, look in pieces
    )
    return "".join(made).strip()


def write_markdown(layout: Layout) -> str:
    """Write the table as a pipe table that GitHub, Quarto and pandoc read."""
    lines = []
    if layout.number:
        lines += [f"**{layout.number}**", ""]
    if layout.title:
        lines += [f"*{escape_markdown(layout.title)}*", ""]
    headings = [
        (f"{escape_markdown(column.over)}: " if column.over else "") + _in_markdown(column.pieces)
        for column in layout.columns
    ]
    lines.append("| " + " | ".join(headings) + " |")
    lines.append("|" + "|".join("---:" if column.numeric else ":---" for column in layout.columns) + "|")
    for row in layout.rows:
        if row.section:
            cells = [f"**{escape_markdown(row.cells[0])}**"] + [""] * (len(layout.columns) - 1)
        else:
            cells = [_in_markdown(row.shown(place, column)) for place, column in enumerate(layout.columns)]
        lines.append("| " + " | ".join(cells) + " |")
    if layout.general:
        lines += [
            "",
            f"*{vocabulary.word('note', layout.lang)}* {_italic(escape_markdown(layout.general), '*{}*')}",
        ]
    for mark, text in layout.specific:
        lines += ["", f"<sup>{mark}</sup> {escape_markdown(sentence(text))}"]
    if layout.probability:
        lines += ["", _italic(escape_markdown(layout.probability), "*{}*")]
    return "\n".join(lines) + "\n"


_SPECIAL = re.compile(r"([\\`*_\[\]<>|~$#])")


def escape_markdown(text: str) -> str:
    """Make a text that a respondent or codebook wrote stand as it is in Markdown."""
    text = " ".join(str(text).split())
    return _SPECIAL.sub(r"\\\1", text)
