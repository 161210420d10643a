"""Writes a document or a single table as a Word file with native tables, captions, formulas and styles; the door to python-docx."""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError
from klantstudie.present import files, saving
from klantstudie.present.documents.paper import MISSING, Paper, header, pandoc
from klantstudie.present.documents.reading import Document
from klantstudie.present.tables import openxml, printed
from klantstudie.present.tables.layout import Layout, lay_out

TIME = (1980, 1, 1, 0, 0, 0)  # the one time that every part of the zip carries


def write(document: Document) -> bytes:
    """Return the Word file of a whole report."""
    known = header(document)
    source = Paper(document, "openxml").write()
    date = " · ".join(
        part for part in ("" if document.study["authors"] else known["byline"], known["shown"]) if part
    )
    settings = ["--metadata", f"title={known['title']}", "--metadata", f"subtitle={known['subtitle']}",
                "--metadata", f"lang={document.lang}", "--metadata", f"date={date}"]  # fmt: skip
    for author in document.study["authors"]:
        settings += ["--metadata", f"author={author}"]
    return _made(source, document.folder, settings, document.lang, known["date"])


def write_tables(document: Document) -> list[Path]:
    """Write every table of a report as a Word file beside its CSV."""
    written = []
    for block in document.blocks:
        if block.kind == "table":
            entry = block.entry
            layout = lay_out(
                saving.restore(entry),
                lang=document.lang,
                number=block.label.rsplit(" ", 1)[-1],
                title=entry["caption"],
                **saving.printing(entry),
            )
            written.append(write_table(layout, document.folder / "tables" / f"{entry['name']}.docx"))
    return written


def write_table(layout: Layout, path: Path) -> Path:
    """Write one table as a Word file of its own; without pandoc, since a table is all there is."""
    docx = _docx()
    made = docx.Document(io.BytesIO(_model()))
    body = made.element.body
    for piece in list(body)[:-1]:  # the last piece holds the page's size and margins
        body.remove(piece)
    if printed.broad(layout) > openxml.SIDEWAYS:
        page = made.sections[0]
        page.orientation = docx.enum.section.WD_ORIENT.LANDSCAPE
        page.page_width, page.page_height = page.page_height, page.page_width
    whole = docx.oxml.parse_xml(
        f"<w:body {openxml.WORD}>{openxml.write_openxml(layout, alone=True)}</w:body>"
    )
    for piece in list(whole):
        body[-1].addprevious(piece)
    made.core_properties.title, made.core_properties.author = layout.title, ""
    buffer = io.BytesIO()
    made.save(buffer)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, _settled(buffer.getvalue(), layout.lang, ""))
    return path


def _made(source: str, folder: Path, settings: list[str], lang: str, date: str) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        model = Path(scratch) / "model.docx"
        model.write_bytes(_model())
        made = pandoc(source, to="docx", folder=folder, settings=[f"--reference-doc={model}", *settings])
    return _settled(made, lang, date)


def _furnished(document: bytes) -> bytes:
    """Give every section the header and footer of the last one: a page on its side has them too."""
    sections = list(re.finditer(rb"<w:sectPr[^>]*>.*?</w:sectPr>", document, re.DOTALL))
    shared = (
        b"".join(re.findall(rb"<w:(?:header|footer)Reference[^>]*/>", sections[-1].group()))
        if sections
        else b""
    )
    for found in reversed(sections[:-1]):
        start = found.start() + found.group().index(b">") + 1
        document = document[:start] + shared + document[start:]
    return document


def _docx() -> Any:
    try:
        import docx
    except ImportError:
        raise RunError(MISSING) from None
    return docx


@cache
def _model() -> bytes:
    """pandoc's own model document with our type, colours and margins, and styles for captions, tables and notes."""
    docx = _docx()
    try:
        import pypandoc
    except ImportError:
        raise RunError(MISSING) from None
    command = [pypandoc.get_pandoc_path(), "--print-default-data-file", "reference.docx"]
    given = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    made = docx.Document(io.BytesIO(given))
    shared = docx.shared
    for section in made.sections:
        section.page_width, section.page_height = shared.Mm(210), shared.Mm(297)
        section.left_margin = section.right_margin = shared.Mm(22)
        section.top_margin = section.bottom_margin = shared.Mm(24)
    accent, ink = shared.RGBColor(0x0B, 0x64, 0x77), shared.RGBColor(0x1C, 0x2B, 0x33)
    plan = {"Normal": (10.5, ink, False), "Body Text": (10.5, ink, False), "First Paragraph": (10.5, ink, False),
            "Compact": (10.5, ink, False), "Title": (22, ink, True), "Subtitle": (12, accent, False), "Author": (10.5, ink, False),
            "Date": (10.5, ink, False), "Heading 1": (15, ink, True), "Heading 2": (12.5, ink, True),
            "Heading 3": (11, ink, True), "Heading 4": (10.5, ink, True), "Bibliography": (10.5, ink, False)}  # fmt: skip
    for name, (size, colour, bold) in plan.items():
        _font(made.styles[name], docx, size, colour, bold)
    for name in ("Title", "Subtitle", "Author", "Date"):
        made.styles[name].paragraph_format.alignment = docx.enum.text.WD_ALIGN_PARAGRAPH.LEFT
    _own_styles(made, docx, ink)
    _furniture(made, docx)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def _font(style: Any, docx: Any, size: float, colour: Any, bold: bool) -> None:
    font = style.font
    font.name, font.size, font.bold, font.italic = "Calibri", docx.shared.Pt(size), bold, False
    font.color.rgb = colour
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(docx.oxml.ns.qn(f"w:{kind}"), None)


def _own_styles(made: Any, docx: Any, ink: Any) -> None:
    points = docx.shared.Pt
    own = {"Caption": (10.5, 14, 0), "CaptionTitle": (10.5, 0, 4), "TableText": (8.5, 1, 1), "TableNote": (9, 4, 14),
           "TableNoteMore": (9, 4, 0), "Summary": (10.5, 4, 4), "Warning": (10.5, 4, 4)}  # fmt: skip
    for name, (size, before, after) in own.items():
        known = [style for style in made.styles if style.name == name]
        style = known[0] if known else made.styles.add_style(name, docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = made.styles["Normal"]
        _font(style, docx, size, ink, False)
        shape = style.paragraph_format
        shape.space_before, shape.space_after, shape.line_spacing = points(before), points(after), 1.1
        shape.keep_together = name.startswith("TableNote")
        if name in ("Summary", "Warning"):
            fill, edge = {"Summary": ("EEF3F4", "0B6477"), "Warning": ("FBF1E2", "8F560A")}[name]
            _shade(style.element.get_or_add_pPr(), docx, fill, edge)
    lead = made.styles.add_style("Lead", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    lead.base_style, lead.paragraph_format.keep_with_next = made.styles["Body Text"], True
    shape = made.styles["Bibliography"].paragraph_format
    shape.left_indent, shape.first_line_indent = points(24), points(-24)


def _shade(properties: Any, docx: Any, fill: str, edge: str) -> None:
    name = docx.oxml.ns.nsdecls("w")
    border = f'<w:pBdr {name}><w:left w:val="single" w:sz="24" w:space="8" w:color="{edge}"/></w:pBdr>'
    shade = f'<w:shd {name} w:val="clear" w:color="auto" w:fill="{fill}"/>'
    for piece in (border, shade):
        properties.append(docx.oxml.parse_xml(piece))


def _furniture(made: Any, docx: Any) -> None:
    """A page header with the title and a footer with the page number, both as fields that Word fills in."""
    section = made.sections[0]
    for place, field in ((section.header, "TITLE"), (section.footer, "PAGE")):
        paragraph = place.paragraphs[0] if place.paragraphs else place.add_paragraph()
        paragraph.alignment = docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT
        name = docx.oxml.ns.nsdecls("w")
        small = '<w:rPr><w:sz w:val="17"/><w:color w:val="4D5E68"/></w:rPr>'
        paragraph._p.append(docx.oxml.parse_xml(
            f'<w:fldSimple {name} w:instr=" {field} "><w:r>{small}<w:t></w:t></w:r></w:fldSimple>'
        ))  # fmt: skip


def _settled(made: bytes, lang: str, date: str) -> bytes:
    """Set the language and date in the file, and rewrite the zip so that equal input gives equal bytes."""
    buffer = io.BytesIO()
    day = f"{date or '2026-01-01'}T00:00:00Z"
    language = {"nl": "nl-NL", "en": "en-GB"}[lang]
    with (
        zipfile.ZipFile(io.BytesIO(made)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(
                    rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + day.encode(), content
                )
            if name == "word/document.xml":
                content = _furnished(content)
            if name == "word/styles.xml":
                content = re.sub(rb'(<w:lang [^>]*w:val=")[^"]*', rb"\g<1>" + language.encode(), content)
            about = zipfile.ZipInfo(name, date_time=TIME)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            target.writestr(about, content)
    return buffer.getvalue()
