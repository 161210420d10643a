"""Writes a document for paper: Markdown for pandoc with our own tables, figures and captions as raw pieces; the door to pandoc."""

from __future__ import annotations

import html
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from klantstudie import apa, vocabulary
from klantstudie.errors import RunError
from klantstudie.present import saving
from klantstudie.present.documents import card, listing, registered
from klantstudie.present.documents.citations import Citations, library
from klantstudie.present.documents.prose import CITED, plain
from klantstudie.present.documents.reading import Block, Document
from klantstudie.present.documents.words import words
from klantstudie.present.tables import openxml, printed
from klantstudie.present.tables.layout import Column, Layout, Row, lay_out
from klantstudie.present.tables.markup import escape_markdown

READS = "commonmark_x-raw_html-smart-implicit_figures+raw_attribute"
MISSING = "PDF and Word reports need the extra 'rapport': pip install 'klantstudie[rapport]'"
# What is folded on screen stands open on paper, under its own word.
FOLDED = re.compile(r"<details>\s*<summary>(.*?)</summary>|</details>", re.DOTALL)
# Formulas get an alternative text in PDF; pandoc itself writes none.
FILTER = """
function Math(el)
  if not FORMAT:match('typst') then return nil end
  local body = pandoc.write(pandoc.Pandoc({pandoc.Plain({el})}), 'typst'):gsub('%s+$', '')
  local alt = el.text:gsub('\\\\', '\\\\\\\\'):gsub('"', '\\\\"'):gsub('%s+', ' ')
  local block = el.mathtype == 'DisplayMath' and 'true' or 'false'
  return pandoc.RawInline('typst', '#math.equation(alt: "' .. alt .. '", block: ' .. block .. ', ' .. body .. '.body)')
end
"""


def pandoc(source: str, *, to: str, folder: Path, settings: Sequence[str] = ()) -> bytes:
    """Convert Markdown; pandoc reads and writes inside `folder` only."""
    try:
        import pypandoc
    except ImportError:
        raise RunError(MISSING) from None
    with tempfile.TemporaryDirectory() as scratch:
        lua, target = Path(scratch) / "formulas.lua", Path(scratch) / "out"
        lua.write_text(FILTER, encoding="utf-8")
        command = [pypandoc.get_pandoc_path(), "--from", READS, "--to", to, "--sandbox=false", "--wrap=none",
                   f"--lua-filter={lua}", f"--resource-path={folder}", "--output", str(target), *settings]  # fmt: skip
        done = subprocess.run(
            command, input=source.encode("utf-8"), capture_output=True, check=False, timeout=300
        )
        if done.returncode:
            raise RunError(
                f"pandoc could not write {to}: {done.stderr.decode('utf-8', 'replace').strip()[:500]}"
            )
        return target.read_bytes()


def raw(content: str, kind: str) -> str:
    """Mark a piece for pandoc to pass on as it is; the fence is longer than any run of backticks inside."""
    longest = max((len(found) for found in re.findall("`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{{={kind}}}\n{content}\n{fence}"


PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
WIDE = {"typst": 6.29, "openxml": 6.5}  # inches between the margins
NO_PARAGRAPH = re.compile(r"[-+>|#:]|\*\s|\d+\.\s|\$\$")
TALL = 8.4  # inches: the tallest figure that leaves room for its caption on the page


class Paper:
    """The Markdown of one document for one format: "typst" or "openxml"."""

    def __init__(self, document: Document, kind: str):
        self.document, self.kind = document, kind
        self.lang, self.said = document.lang, words(document.lang)
        self.citations = Citations(document.lang, library())
        self.place = 0
        self.breaks: set[str] = set()  # tables that stand on one page where that leaves no hole
        self.order = [block.key for block in document.blocks if block.kind in ("table", "figure")]
        self.heights = dict.fromkeys(
            _movable(document.blocks), 0.0
        )  # of what may move on its page: figures in points, tables 0

    def write(self) -> str:
        """Return the whole body; the title page is left to the format."""
        pieces = [self.prose(self.document.lead), *self._banners(), *self._summary()]
        top = min((block.level for block in self.document.blocks if block.kind == "heading"), default=2)
        shown = [block for block in self.document.blocks if block.kind not in ("code", "output", "picture")]
        for block, after in zip_longest(shown, shown[1:]):
            piece = self._block(block, top)
            if block.kind == "prose":
                piece = self._led(piece, after.key) if _shows(after) else self._said(piece)
            pieces.append(piece)
        pieces += [*self._references(), *self._card()]
        return "\n\n".join(piece for piece in pieces if piece) + "\n"

    def _said(self, piece: str) -> str:
        """Prose whose end the PDF can find."""
        return self._wrapped("#said[", piece) if self.kind == "typst" and piece else piece

    def _wrapped(self, before: str, piece: str) -> str:
        return f"{self.raw(before)}\n\n{piece}\n\n{self.raw(']')}"

    def _led(self, piece: str, key: str) -> str:
        """Keep the last paragraph before a table or figure on its page, unless it is long."""
        before, _, last = piece.rpartition("\n\n")
        if not 0 < len(last) < 600 or "```" in piece or NO_PARAGRAPH.match(last):
            return self._said(piece)
        return f"{self._said(before)}\n\n{self._kept(last, key)}".strip()

    def _kept(self, piece: str, key: str = "") -> str:
        """A paragraph that stays on the page of what comes next, unless that (named by its key) floats."""
        if self.kind == "openxml":
            return f'::: {{custom-style="Lead"}}\n{piece}\n:::'
        return self._wrapped(f"#lead({printed.literal(key)})[", piece)

    def raw(self, content: str) -> str:
        """A piece that pandoc passes on as it is."""
        return raw(content, self.kind)

    def prose(self, text: str) -> str:
        """Markdown with citations and cross-references worked out; formulas and code are left alone."""
        text = FOLDED.sub(
            lambda found: f"\n\n{self._kept(f'**{found.group(1)}**')}\n\n" if found.group(1) else "\n\n", text
        )
        pieces = re.split(r"(```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]+\$)", text, flags=re.DOTALL)
        return "".join(
            piece if place % 2 else CITED.sub(self._refer, piece) for place, piece in enumerate(pieces)
        )

    def _refer(self, match: re.Match[str]) -> str:
        inside, key = match.groups()
        places = self.document.places
        if inside is not None:
            made = self.citations.bracket(inside)
        elif key in places:
            return f"[{places[key]}](#{key})"
        else:
            made = self.citations.narrative(key)
        return match.group() if made is None else to_markdown(made)

    # --------------------------------------------------------------------------------------- the top

    def _banners(self) -> list[str]:
        found = []
        if self.document.failed:
            first = next((block.text for block in self.document.blocks if block.kind == "problem"), "")
            cause = first or str(self.document.run.get("cause") or "")
            found.append(
                self.box(
                    [f"**{self.said['failed']}** {self.said['failed_more']}", escape_markdown(cause[:300])],
                    "Warning",
                )
            )
        if self.document.study["simulated"]:
            lead, rest = self.said["simulated"].split(". ", 1)
            found.append(self.box([f"**{lead}.** {rest}"], "Warning"))
        return found

    def box(self, paragraphs: Sequence[str], style: str) -> str:
        """A framed piece of text, with a style of its own in Word."""
        inner = "\n\n".join(part for part in paragraphs if part)
        if self.kind == "openxml":
            return f'::: {{custom-style="{style}"}}\n{inner}\n:::'
        colour = {"Warning": "warning", "Summary": "summary"}[style]
        return self.raw(f"#{colour}[") + f"\n\n{inner}\n\n" + self.raw("]")

    def _summary(self) -> list[str]:
        parts = []
        question = self.document.question or listing.question(self.document)
        if question:
            first = question.split("\n\n")[0]
            parts.append(f"**{self.said['question']}.** {self.prose(first)}")
        decided = listing.decisions(self.document)
        if decided:
            lines = [
                f"{escape_markdown(told)}: **{vocabulary.translate(word, self.lang)}**"
                for _, told, word in decided
            ]
            parts.append(f"**{self.said['decisions']}.** " + "; ".join(lines) + ".")
        frozen = registered.lines(self.document)
        if frozen:
            parts.append(
                f"**{registered.said(self.document)['title']}.** {escape_markdown(' '.join(frozen))}"
            )
        spoken = listing.conclusions(self.document)
        if spoken:
            parts.append(f"**{self.said['answer']}.** " + "\n\n".join(self.prose(one) for one in spoken[:4]))
        return [self.box([f"**{self.said['summary']}**", *parts], "Summary")] if parts else []

    # -------------------------------------------------------------------------------------- the body

    def _block(self, block: Block, top: int) -> str:
        if block.kind == "heading":
            heading = f"{'#' * max(1, min(block.level - top + 1, 5))} {self.prose(block.text)}"
            chapter = self.kind == "typst" and block.level <= top  # what floats stays in its chapter
            return f"{self.raw('#place.flush()')}\n\n{heading}" if chapter else heading
        if block.kind == "prose":
            return self.prose(block.text)
        if block.kind == "table":
            return self.raw(self._table(block))
        if block.kind == "figure":
            return self._figure(block)
        if block.kind == "problem":
            return self.box([f"**{escape_markdown(block.text)}**"], "Warning")
        return ""  # code and what a cell printed stand in the HTML report and the notebook

    def _table(self, block: Block) -> str:
        entry = block.entry
        self.place += 1
        layout = lay_out(
            saving.restore(entry),
            lang=self.lang,
            number=block.label.rsplit(" ", 1)[-1],
            title=entry["caption"],
            **saving.printing(entry),
        )
        if self.kind == "typst":
            if not printed.whole(layout):
                self.heights.pop(block.key, None)
            elif len(layout.rows) > 12:
                self.breaks.add(block.key)
            return printed.write_typst(layout, block.key)
        return openxml.write_openxml(layout, block.key, self.place)

    def _figure(self, block: Block) -> str:
        entry = block.entry
        alt = entry.get("alt", {}).get(self.lang) or entry["caption"].get(self.lang, "") or entry["name"]
        title = apa.title(entry["caption"].get(self.lang, ""), self.lang)
        name, inches = entry["name"], min(float(entry.get("width") or 6.7), WIDE[self.kind])
        if not (self.document.folder / "figures" / f"{name}.svg").exists():
            return escape_markdown(alt)
        inches = min(inches, TALL * float(entry.get("width") or 6.7) / float(entry.get("height") or 4))
        if self.kind == "typst":
            supplement = printed.literal(vocabulary.word("figure", self.lang))
            if block.key in self.heights:
                shape = float(entry.get("height") or 4) / float(entry.get("width") or 6.7)
                self.heights[block.key] = 72 * inches * shape
            return self.raw(
                f"#fit({printed.literal(block.key)}, scale => [#figure(kind: image, supplement: {supplement}, "
                f"caption: [#emph({printed.literal(title)})], "
                f'image("figures/{name}.svg", width: scale * {inches:.2f}in, alt: {printed.literal(alt)})) <{block.key}>])'
            )
        self.place += 1
        above = self.raw(openxml.caption(block.label, title, block.key, self.place))
        return f"{above}\n\n![{escape_markdown(alt)}](figures/{name}.png){{width={inches:.2f}in}}"

    # --------------------------------------------------------------------------------------- the end

    def _references(self) -> list[str]:
        listed = self.citations.listed()
        if not listed:
            return []
        items = [
            f'::: {{#ref-{key} custom-style="Bibliography"}}\n{to_markdown(told)}\n:::'
            for key, told in listed
        ]
        inner = "\n\n".join(items)
        if self.kind == "typst":
            inner = self.raw("#references[") + f"\n\n{inner}\n\n" + self.raw("]")
        return [f"# {self.said['references']}", inner]

    def _card(self) -> list[str]:
        pieces = [f"# {self.said['accountability']}", self._kept(self.said["card_lead"])]
        for part in card.parts(self.document, self.said):
            if part.folded:  # on paper a long list of names and versions is a sentence
                told = ", ".join(" ".join(row) for row in part.rows)
                pieces += [f"## {part.title}", f"{escape_markdown(told)}."]
                continue
            columns = tuple(Column(name, name, False) for name in (part.heads or ("", "")))
            rows = tuple(Row(tuple(_broken(cell) for cell in row)) for row in part.rows)
            layout = Layout(columns, rows, lang=self.lang)
            pieces += [f"## {part.title}", self.raw(self._plain(layout))]
        return pieces

    def _plain(self, layout: Layout) -> str:
        if self.kind == "openxml":
            return openxml.write_openxml(layout, fill=True)
        cells = [f"[#{printed.literal(cell)}]" for row in layout.rows for cell in row.cells]
        head = ", ".join(f"[{printed.set_in_typst(column.pieces)}]" for column in layout.columns)
        lines = sum(1 + max(len(cell) for cell in row.cells) // 70 for row in layout.rows)
        longest = [max(len(row.cells[place]) for row in layout.rows) for place in range(len(layout.columns))]
        shares = ", ".join(f"{min(max(most, 16), 66)}fr" for most in longest)
        named = any(column.heading for column in layout.columns)
        begun = "#block(breakable: false)" if lines <= 14 else "#start(above: 0.8em)\n#block(above: 0em)"
        header = f"table.header({head}), table.hline(stroke: 0.4pt)," if named else ""
        return (
            f"{begun}[#set text(size: 8.4pt)\n#table(columns: ({shares}), align: left, stroke: none, inset: (x: 3pt, y: 2.6pt), "
            f"table.hline(stroke: 0.7pt), {header} {', '.join(cells)}, table.hline(stroke: 0.7pt))]"
        )


def _movable(blocks: Sequence[Block]) -> set[str]:
    """The tables and figures of sections that have text: when they float, their heading is not left alone."""
    sections: list[list[Block]] = [[]]
    for block in blocks:
        if block.kind == "heading":
            sections.append([])
        sections[-1].append(block)
    return {b.key for part in sections if any(b.kind == "prose" for b in part) for b in part if _shows(b)}


def _shows(block: Block | None) -> bool:
    return block is not None and block.kind in ("table", "figure")


def _broken(cell: str) -> str:
    """Let a hash break over lines, and a path behind its folders."""
    if card.HASH.fullmatch(cell):
        return re.sub(r"([0-9a-f]{16})(?=[0-9a-f])", "\\1\u200b", cell)
    return cell.replace("/", "/\u200b") if PATH.fullmatch(cell) else cell


def to_markdown(made: str) -> str:
    """Turn the small HTML of a citation or reference into Markdown."""
    pieces = re.split(r"(<[^>]+>)", made)
    out, link = [], ""
    for piece in pieces:
        if piece.startswith("<a"):
            link = html.unescape(re.search(r'href="([^"]*)"', piece).group(1))
            out.append("[")
        elif piece == "</a>":
            out.append(f"]({link})")
        elif piece in ("<em>", "</em>"):
            out.append("*")
        elif not piece.startswith("<"):
            out.append(escape_markdown_inline(html.unescape(piece)))
    return "".join(out)


def escape_markdown_inline(text: str) -> str:
    """Escape Markdown but keep spaces at the ends."""
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :] if text.strip() else ""
    return before + escape_markdown(text) + after


def header(document: Document) -> Mapping[str, str]:
    """Title, subtitle, authors and date in words."""
    run, study = document.run, document.study
    date = str(run.get("started") or "")[:10]
    return {
        "title": plain(document.title) or document.title,
        "subtitle": study["title"] or study["name"],
        "byline": listing.byline(document),
        "date": date,
        "shown": listing.date(date, document.lang),
    }
