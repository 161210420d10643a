"""Writes a laid-out table for paper: LaTeX and typst (for PDF); APA 7, every text escaped."""

from __future__ import annotations

import re

from klantstudie import vocabulary
from klantstudie.present.tables.layout import Layout, Row
from klantstudie.present.tables.markup import SYMBOL, sentence

# ------------------------------------------------------------------------------------------------- LaTeX

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "−": r"$-$",
    "χ": r"$\chi$", "²": r"$^2$", "Δ": r"$\Delta$", "α": r"$\alpha$", "ω": r"$\omega$", "ρ": r"$\rho$", "η": r"$\eta$",
    "ε": r"$\varepsilon$", "β": r"$\beta$", "τ": r"$\tau$", "→": r"$\rightarrow$", "≤": r"$\leq$", "≥": r"$\geq$",
    "₂": r"$_2$", "∞": r"$\infty$", "λ": r"$\lambda$", "Σ": r"$\Sigma$", "√": r"$\surd$", "×": r"$\times$",
    "\u2007": r"\phantom{0}", "\u2008": r"\phantom{.}",
}  # fmt: skip


LATEX_LOOKS = {"": "{}", "italic": r"\textit{{{}}}", "sub": r"\textsubscript{{{}}}", "super": r"\tnote{{{}}}"}


def latex(text: str) -> str:
    """Write a text so that LaTeX prints it as it is."""
    return "".join(_LATEX.get(letter, letter) for letter in text)


def write_latex(layout: Layout, label: str = "") -> str:
    """Write the table for LaTeX with booktabs and threeparttable, caption above and notes below."""
    lines = [r"\begin{table}[htbp]", r"\begin{threeparttable}"]
    if layout.title:
        lines.append(rf"\caption{{\textit{{{latex(layout.title)}}}}}")
    if label:
        lines.append(rf"\label{{{re.sub('[^A-Za-z0-9:-]', '-', label)}}}")
    lines.append(
        rf"\begin{{tabular}}{{{''.join('r' if column.numeric else 'l' for column in layout.columns)}}}"
    )
    lines += [r"\toprule", *_latex_head(layout), r"\midrule"]
    for row in layout.rows:
        if row.rule:
            lines.append(r"\midrule")
        if row.section:
            lines.append(
                rf"\multicolumn{{{len(layout.columns)}}}{{l}}{{\textit{{{latex(row.cells[0])}}}}} \\"
            )
        else:
            cells = [
                "".join(LATEX_LOOKS[look].format(latex(text)) for text, look in row.shown(place, column))
                for place, column in enumerate(layout.columns)
            ]
            lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    if layout.general or layout.specific or layout.probability:
        lines.append(r"\begin{tablenotes}[flushleft]\footnotesize")
        if layout.general:
            lines.append(
                rf"\item \textit{{{vocabulary.word('note', layout.lang)}}} {_latex_told(layout.general)}"
            )
        lines += [rf"\item[{mark}] {latex(sentence(text))}" for mark, text in layout.specific]
        if layout.probability:
            lines.append(rf"\item {_latex_told(layout.probability)}")
        lines.append(r"\end{tablenotes}")
    return "\n".join([*lines, r"\end{threeparttable}", r"\end{table}", ""])


def _latex_head(layout: Layout) -> list[str]:
    """One row of headings; headings over several columns come first, with their own rule."""
    lines = []
    if layout.spans:
        above = [
            rf"\multicolumn{{{count}}}{{c}}{{{latex(over)}}}" if over else ""
            for over, _, count in layout.spans
        ]
        rules = [
            rf"\cmidrule(lr){{{start + 1}-{start + count}}}" for over, start, count in layout.spans if over
        ]
        lines += [" & ".join(above) + r" \\", "".join(rules)]
    headings = (
        "".join(LATEX_LOOKS[look].format(latex(text)) for text, look in c.pieces) for c in layout.columns
    )
    return [*lines, " & ".join(headings) + r" \\"]


def _latex_told(text: str) -> str:
    """The text of a note with its symbols in italics."""
    pieces, last = [], 0
    for match in SYMBOL.finditer(text):
        pieces += [latex(text[last : match.start()]), rf"\textit{{{latex(match.group())}}}"]
        last = match.end()
    return "".join([*pieces, latex(text[last:])])


# ------------------------------------------------------------------------------------------------- typst


def literal(text: str) -> str:
    """Write a text as a typst string: nothing in it can become markup or code."""
    clean = "".join(letter for letter in text if letter >= " " or letter == "\n")
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def write_typst(layout: Layout, key: str = "") -> str:
    """Write the table as a typst figure with a header row, horizontal rules only, and notes below.

    The document around it brings `fit` and `mark`, which find out where on the page it stands.
    """
    wide = broad(layout)
    sideways = wide > LANDSCAPE
    wide = round(wide * 160 / 247) if sideways else wide  # the text is 160 mm wide, and 247 on its side
    size = 8.6 if wide <= 104 else 7.4 if wide <= 122 else 6.8
    align = ", ".join("right" if column.numeric else "left" for column in layout.columns)
    sections = any(row.section for row in layout.rows)
    rows = "\n".join(_typst_row(row, layout, sections) for row in layout.rows)
    body = (
        f"#table(columns: ({'auto, ' * len(layout.columns)}), align: ({align},), stroke: none, inset: (x: 3.2pt, y: 3pt),\n"
        f"table.hline(stroke: 0.9pt),\ntable.header({_typst_head(layout)}),\ntable.hline(stroke: 0.5pt),\n{rows}\ntable.hline(stroke: 0.9pt))"
    )
    title = f"[#emph({literal(layout.title)})]" if layout.title else "[]"
    figure = (
        f"#figure(kind: table, supplement: {literal(vocabulary.word('table', layout.lang))}, caption: {title})["
        f'#set text(size: {size}pt, number-width: "tabular")\n{body}]{f" <{key}>" if key else ""}\n'
    )
    notes = _typst_notes(layout)
    if sideways:
        return f'#page(flipped: true)[{figure}{notes}#mark({literal(key)}, "turned")]'
    if whole(layout):
        return f"#fit({literal(key)}, scale => [{figure}{notes}])"
    return (  # a long table begins where its head and some rows fit
        f'#start()\n#block(above: 0em, below: 2em, breakable: true)[#mark({literal(key)}, "start"){figure}{notes}#mark({literal(key)}, "end")]'
    )


def whole(layout: Layout) -> bool:
    """Whether a table stays on one upright page with its notes."""
    return len(layout.rows) <= 25 and broad(layout) <= LANDSCAPE


LANDSCAPE = 140  # letters; a wider table gets a page on its side (APA 7, 7.18)


def broad(layout: Layout) -> int:
    """About how many letters wide a table is when only its text columns and headings may wrap."""
    return sum(letters(layout, place) + 2 for place in range(len(layout.columns)))


def letters(layout: Layout, place: int) -> int:
    """How many letters a column needs: its longest number, or the longest word of its heading."""
    column = layout.columns[place]
    cells = [row.cells[place] for row in layout.rows if not row.section]
    word = max((len(part) for part in column.heading.split(" ")), default=0)
    longest = max((len(cell) for cell in cells), default=0)
    return max(longest if column.numeric else min(longest, 22), word)


def _typst_head(layout: Layout) -> str:
    below = ", ".join(f"[{set_in_typst(column.pieces)}]" for column in layout.columns)
    if not layout.spans:
        return below
    above = ", ".join(
        f"table.cell(colspan: {count}, align: center)[#{literal(over)}]" for over, _, count in layout.spans
    )
    rules = ", ".join(
        f"table.hline(start: {start}, end: {start + count}, stroke: 0.4pt)"
        for over, start, count in layout.spans
        if over
    )
    return f"{above}, {rules}, {below}"


def set_in_typst(pieces: list[tuple[str, str]]) -> str:
    """Write pieces of (text, look) for typst."""
    looks = {"": "#{}", "italic": "#emph({})", "sub": "#sub({})", "super": "#super({})"}
    return "".join(looks[look].format(literal(text)) for text, look in pieces)


def _typst_row(row: Row, layout: Layout, indented: bool) -> str:
    if row.section:  # a head of its own: never alone at the foot of a page, and again above what runs on
        cell = f"table.cell(colspan: {len(layout.columns)}, inset: (top: 6pt), emph({literal(row.cells[0])}))"
        return f"table.header(level: 2, {cell}),"
    cells = []
    for place, column in enumerate(layout.columns):
        firm = [
            (text.replace(" ", "\u00a0") if column.numeric else text, look)
            for text, look in row.shown(place, column)
        ]
        cells.append(set_in_typst(firm))
    space = "#h(0.9em)" if indented else ""
    rule = "table.hline(stroke: 0.4pt), " if row.rule else ""
    cells[0] = f"{space}{cells[0]}"
    return rule + ", ".join(f"[{cell}]" for cell in cells) + ","


def _typst_notes(layout: Layout) -> str:
    lines = []
    if layout.general:
        told = _italic_typst(layout.general)
        lines.append(f"#emph({literal(vocabulary.word('note', layout.lang))}) {told}")
    if layout.specific:
        lines.append(
            " ".join(f"#super({literal(mark)}) #{literal(sentence(text))}" for mark, text in layout.specific)
        )
    if layout.probability:
        lines.append(_italic_typst(layout.probability))
    if not lines:
        return ""
    return "#block(above: 0.7em)[#set text(size: 8.6pt)\n" + " \\\n".join(lines) + "]"


def _italic_typst(text: str) -> str:
    pieces, last = [], 0
    for match in SYMBOL.finditer(text):
        pieces += [f"#{literal(text[last : match.start()])}", f"#emph({literal(match.group())})"]
        last = match.end()
    return "".join([*pieces, f"#{literal(text[last:])}"])
