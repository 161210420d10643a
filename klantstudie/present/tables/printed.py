"""Writes a laid-out table for paper: LaTeX, typst (for PDF) and Office Open XML (for Word); APA 7, every text escaped."""

from __future__ import annotations

import html
import re

from klantstudie import vocabulary
from klantstudie.present.tables.layout import Column, Layout, Row
from klantstudie.present.tables.markup import SYMBOL, sentence

# ------------------------------------------------------------------------------------------------- LaTeX

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "−": r"$-$",
    "χ": r"$\chi$", "²": r"$^2$", "Δ": r"$\Delta$", "α": r"$\alpha$", "ω": r"$\omega$", "ρ": r"$\rho$", "η": r"$\eta$",
    "ε": r"$\varepsilon$", "β": r"$\beta$", "τ": r"$\tau$", "→": r"$\rightarrow$", "≤": r"$\leq$", "≥": r"$\geq$",
    "₂": r"$_2$", "∞": r"$\infty$",
}  # fmt: skip


def latex(text: str) -> str:
    """Write a text so that LaTeX prints it as it is."""
    return "".join(_LATEX.get(letter, letter) for letter in text)


def write_latex(layout: Layout, label: str = "") -> str:
    """Write the table for LaTeX with booktabs and threeparttable, caption above and notes below."""
    looks = {"": "{}", "italic": r"\textit{{{}}}", "sub": r"\textsubscript{{{}}}"}
    head = " & ".join(
        "".join(looks[look].format(latex(text)) for text, look in column.pieces) for column in layout.columns
    )
    lines = [r"\begin{table}[htbp]", r"\begin{threeparttable}"]
    if layout.title:
        lines.append(rf"\caption{{\textit{{{latex(layout.title)}}}}}")
    if label:
        lines.append(rf"\label{{{re.sub('[^A-Za-z0-9:-]', '-', label)}}}")
    lines.append(
        rf"\begin{{tabular}}{{{''.join('r' if column.numeric else 'l' for column in layout.columns)}}}"
    )
    lines += [r"\toprule", head + r" \\", r"\midrule"]
    for row in layout.rows:
        if row.section:
            lines.append(
                rf"\multicolumn{{{len(layout.columns)}}}{{l}}{{\textit{{{latex(row.cells[0])}}}}} \\"
            )
        else:
            cells = [latex(text) for text in row.cells]
            cells[0] += rf"\tnote{{{row.marks}}}" if row.marks else ""
            lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    if layout.general or layout.specific:
        lines.append(r"\begin{tablenotes}[flushleft]\footnotesize")
        if layout.general:
            lines.append(rf"\item \textit{{{vocabulary.word('note', layout.lang)}}} {latex(layout.general)}")
        lines += [rf"\item[{mark}] {latex(sentence(text))}" for mark, text in layout.specific]
        lines.append(r"\end{tablenotes}")
    return "\n".join([*lines, r"\end{threeparttable}", r"\end{table}", ""])


# ------------------------------------------------------------------------------------------------- typst


def literal(text: str) -> str:
    """Write a text as a typst string: nothing in it can become markup or code."""
    clean = "".join(letter for letter in text if letter >= " " or letter == "\n")
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def write_typst(layout: Layout, key: str = "") -> str:
    """Write the table as a typst figure with a header row, horizontal rules only, and notes below."""
    wide = _width(layout)
    size = 8.6 if wide <= 104 else 7.4 if wide <= 122 else 7.0
    align = ", ".join("right" if column.numeric else "left" for column in layout.columns)
    head = ", ".join(f"[{_typst_heading(column)}]" for column in layout.columns)
    sections = any(row.section for row in layout.rows)
    rows = "\n".join(_typst_row(row, len(layout.columns), sections) for row in layout.rows)
    body = (
        f"#table(columns: ({'auto, ' * len(layout.columns)}), align: ({align},), stroke: none, inset: (x: 3.2pt, y: 3pt),\n"
        f"table.hline(stroke: 0.9pt),\ntable.header({head}),\ntable.hline(stroke: 0.5pt),\n{rows}\ntable.hline(stroke: 0.9pt))"
    )
    title = f"[#emph({literal(layout.title)})]" if layout.title else "[]"
    figure = (
        f"#figure(kind: table, supplement: {literal(vocabulary.word('table', layout.lang))}, caption: {title})["
        f'#set text(size: {size}pt, number-width: "tabular")\n{body}]{f" <{key}>" if key else ""}\n'
    )
    notes = _typst_notes(layout)
    kept = "false" if len(layout.rows) <= 25 else "true"  # a short table stays on one page
    whole = f"#block(above: 2em, below: 2em, breakable: {kept})[{figure}{notes}]"
    return f"#page(flipped: true)[{whole}]" if wide > 135 else whole


def _width(layout: Layout) -> int:
    """About how many letters wide a table is when only its text columns may wrap."""
    total = 0
    for place, column in enumerate(layout.columns):
        cells = [row.cells[place] for row in layout.rows if not row.section]
        longest = max((len(cell) for cell in [*cells, column.heading]), default=0)
        total += (longest if column.numeric else min(longest, 22)) + 2
    return total


def _typst_heading(column: Column) -> str:
    looks = {"": "#{}", "italic": "#emph({})", "sub": "#sub({})"}
    return "".join(looks[look].format(literal(text)) for text, look in column.pieces)


def _typst_row(row: Row, columns: int, indented: bool) -> str:
    if row.section:
        return f"table.cell(colspan: {columns}, inset: (top: 6pt), emph({literal(row.cells[0])})),"
    cells = [literal(text) for text in row.cells]
    mark = f"#super({literal(row.marks)})" if row.marks else ""
    space = "#h(0.9em)" if indented else ""
    return ", ".join([f"[{space}#{cells[0]}{mark}]", *cells[1:]]) + ","


def _typst_notes(layout: Layout) -> str:
    lines = []
    if layout.general:
        told = _italic_typst(layout.general)
        lines.append(f"#emph({literal(vocabulary.word('note', layout.lang))}) {told}")
    if layout.specific:
        lines.append(
            " ".join(f"#super({literal(mark)}) #{literal(sentence(text))}" for mark, text in layout.specific)
        )
    if not lines:
        return ""
    return "#block(above: 0.7em)[#set text(size: 8.6pt)\n" + " \\\n".join(lines) + "]"


def _italic_typst(text: str) -> str:
    pieces, last = [], 0
    for match in SYMBOL.finditer(text):
        pieces += [f"#{literal(text[last : match.start()])}", f"#emph({literal(match.group())})"]
        last = match.end()
    return "".join([*pieces, f"#{literal(text[last:])}"])


# -------------------------------------------------------------------------------------------------- Word

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def run(text: str, look: str = "", size: int = 0) -> str:
    """Write a piece of text for Word; the look is "", italic, bold, sub or super."""
    tags = {"italic": "<w:i/>", "bold": "<w:b/>", "sub": '<w:vertAlign w:val="subscript"/>',
            "super": '<w:vertAlign w:val="superscript"/>', "": ""}  # fmt: skip
    sized = f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>' if size else ""
    clean = "".join(letter for letter in text if letter >= " ")
    return f'<w:r><w:rPr>{tags[look]}{sized}</w:rPr><w:t xml:space="preserve">{html.escape(clean, quote=False)}</w:t></w:r>'


def paragraph(runs: str, style: str, *, right: bool = False, keep: bool = False) -> str:
    """Write a paragraph for Word in a named style."""
    more = ('<w:jc w:val="right"/>' if right else "") or ""
    kept = "<w:keepNext/>" if keep else ""
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


def write_openxml(layout: Layout, key: str = "", place: int = 0) -> str:
    """Write the table as native Word content: caption, table with a repeating header row, notes."""
    widths = _grid(layout)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    wide = _width(layout)  # in half points: 8.5, 7.5, 6.5 or 6 on paper
    size = 17 if wide <= 100 else 15 if wide <= 112 else 13 if wide <= 128 else 12
    borders = '<w:tblBorders><w:top w:val="single" w:sz="8" w:color="000000"/><w:bottom w:val="single" w:sz="8" w:color="000000"/></w:tblBorders>'
    about = html.escape(f"{layout.number}. {layout.title}".strip(". "), quote=True)
    head = "".join(
        _cell(
            "".join(run(text, look, size) for text, look in column.pieces), width, column.numeric, line=True
        )
        for column, width in zip(layout.columns, widths, strict=True)
    )
    named = any(column.heading for column in layout.columns)
    first = f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>" if named else ""
    body = "".join(_word_row(row, layout, widths, size) for row in layout.rows)
    table = (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Table"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>{borders}<w:tblLayout w:type="autofit"/>'
        '<w:tblCellMar><w:left w:w="40" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
        f'<w:tblLook w:firstRow="1" w:firstColumn="1"/><w:tblCaption w:val="{about}"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"{first}{body}</w:tbl>"
    )
    above = caption(layout.number, layout.title, key, place) if layout.number else ""
    return above + table + _word_notes(layout)


def _grid(layout: Layout) -> list[int]:
    """Divide the width of the text (in twentieths of a point) over the columns; headings may wrap, numbers may not."""
    letters = []
    for place, column in enumerate(layout.columns):
        cells = [row.cells[place] for row in layout.rows if not row.section]
        word = max((len(part) for part in column.heading.split()), default=1)
        longest = max((len(cell) for cell in cells), default=1)
        letters.append((max(longest, min(word, 10)) if column.numeric else max(min(longest, 26), word)) + 2.4)
    full = 9400
    scale = min(full / sum(letters), 105)
    return [round(count * scale) for count in letters]


def _cell(runs: str, width: int, right: bool, *, line: bool = False, span: int = 1) -> str:
    under = '<w:tcBorders><w:bottom w:val="single" w:sz="4" w:color="000000"/></w:tcBorders>' if line else ""
    spans = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    whole = "<w:noWrap/>" if right else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spans}{under}{whole}</w:tcPr>{paragraph(runs, "TableText", right=right)}</w:tc>'


def _word_row(row: Row, layout: Layout, widths: list[int], size: int) -> str:
    if row.section:
        cell = _cell(run(row.cells[0], "italic", size), sum(widths), False, span=len(widths))
        return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}</w:tr>"
    cells = []
    for place, (text, column, width) in enumerate(zip(row.cells, layout.columns, widths, strict=True)):
        mark = run(row.marks, "super", size) if place == 0 and row.marks else ""
        cells.append(_cell(run(text, "", size) + mark, width, column.numeric))
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"


def _word_notes(layout: Layout) -> str:
    notes = ""
    if layout.general:
        pieces, last = [], 0
        for match in SYMBOL.finditer(layout.general):
            pieces += [run(layout.general[last : match.start()]), run(match.group(), "italic")]
            last = match.end()
        told = "".join([*pieces, run(layout.general[last:])])
        notes += paragraph(run(vocabulary.word("note", layout.lang) + " ", "italic") + told, "TableNote")
    if layout.specific:
        told = "".join(run(mark, "super") + run(f" {sentence(text)} ") for mark, text in layout.specific)
        notes += paragraph(told, "TableNote")
    return notes or paragraph("", "TableNote")
