"""Writes a document as one HTML page that needs nothing from outside: fonts, style, figures and formulas are in it."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

from klantstudie import apa, vocabulary
from klantstudie.present import saving, tables
from klantstudie.present.documents import card, cleaning, listing, registered
from klantstudie.present.documents.citations import Citations, library
from klantstudie.present.documents.prose import plain, renderer
from klantstudie.present.documents.reading import Block, Document
from klantstudie.present.documents.words import words

FONTS = (
    ("Sans", 400, "normal", "sans-regular"),
    ("Sans", 700, "normal", "sans-semibold"),
    ("Sans", 400, "italic", "sans-italic"),
    ("Serif", 700, "normal", "serif-semibold"),
)
MATH = ("Math", 400, "normal", "math-regular")
LONG = 24  # rows; a longer table scrolls in its own frame on screen and runs on in print
text = html.escape


@cache
def look(*names: str, formulas: bool = False) -> str:
    """Return the fonts and the named style sheets as one <style> element; the font of formulas only where needed."""
    folder = files("klantstudie.present") / "styles"
    faces = []
    for family, weight, slant, name in (*FONTS, *([MATH] if formulas else [])):
        data = base64.b64encode((folder / "fonts" / f"{name}.woff2").read_bytes()).decode("ascii")
        faces.append(
            f'@font-face{{font-family:"Klantstudie {family}";font-weight:{weight};font-style:{slant};font-display:swap;'
            f'src:url("data:font/woff2;base64,{data}") format("woff2")}}'
        )
    sheets = [(folder / name).read_text(encoding="utf-8") for name in names]
    return "<style>" + "".join(faces) + "\n" + "\n".join(sheets) + "</style>"


def script(name: str) -> str:
    """Return one of our own small scripts as an element."""
    source = (files("klantstudie.present") / "styles" / name).read_text(encoding="utf-8")
    return f"<script>{source}</script>"


def write(document: Document) -> str:
    """Return the whole page."""
    said = words(document.lang)
    citations = Citations(document.lang, library())
    prose = renderer(citations, document.places)
    body = _sections(document, prose, said)
    lead = f'<div class="lead">{prose(document.lead)}</div>' if document.lead else ""
    summary = _summary(document, prose, said)
    ending = _references(citations, said)
    accounts = card.write(document, said)
    contents = _contents(document, said, bool(ending))
    title = text(document.title)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{document.lang}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}{' · ' + text(document.study['title']) if document.study['title'] else ''}</title>",
            f'<meta name="description" content="{text(plain(document.lead)[:300], quote=True)}">',
            '<meta name="color-scheme" content="light dark">',
            '<link rel="icon" href="data:,">',
            look("report.css", formulas="<math" in lead + summary + body),
            "</head>",
            "<body>",
            f'<a class="skip" href="#content">{said["skip"]}</a>',
            '<div class="page">',
            _header(document, lead, said),
            contents,
            '<main id="content">',
            _tools(document, said),
            _banners(document, said),
            summary,
            body,
            ending,
            accounts,
            "</main>",
            f"<footer><p>{said['made_with']} {text(str((document.run.get('versions') or {}).get('klantstudie', '')))}</p></footer>",
            "</div>",
            script("report.js"),
            "</body>",
            "</html>",
            "",
        ]
    )


# ------------------------------------------------------------------------------------------------- frame


def _header(document: Document, lead: str, said: Mapping[str, str]) -> str:
    study, run = document.study, document.run
    kicker = study["title"] or study["name"]
    pieces = []
    if listing.byline(document):
        pieces.append(f"<span>{text(listing.byline(document))}</span>")
    date = str(run.get("started") or run.get("date") or "")[:10]
    if date:
        shown = listing.date(date, document.lang)
        pieces.append(f'<time datetime="{text(date, quote=True)}">{text(shown)}</time>')
    name = (
        str(run.get("notebook_name") or run.get("notebook") or "").rsplit("/", 1)[-1].removesuffix(".ipynb")
    )
    for label, value in (("study", study["name"]), ("notebook", name)):
        if value:
            pieces.append(f"<span>{said[label]}: {text(value)}</span>")
    above = f'<p class="kicker">{text(kicker)}</p>' if kicker else ""
    meta = f'<p class="meta">{"".join(pieces)}</p>' if pieces else ""
    return f'<header class="top">{above}<h1>{text(document.title)}</h1>{lead}{meta}</header>'


def _anchor(title: str, taken: dict[str, int]) -> str:
    stem = listing.slug(plain(title)) or "deel"
    taken[stem] = taken.get(stem, 0) + 1
    return stem if taken[stem] == 1 else f"{stem}-{taken[stem]}"


def _chapters(document: Document) -> list[tuple[str, str, list[Block]]]:
    """Divide the blocks over chapters: (anchor, title, blocks); what stands before the first heading has no title."""
    tops = [block.level for block in document.blocks if block.kind == "heading"]
    top = min(tops, default=2)
    chapters: list[tuple[str, str, list[Block]]] = [("", "", [])]
    taken: dict[str, int] = {"content": 1, "references": 1, "reproducibility": 1}
    for block in document.blocks:
        if block.kind == "heading" and block.level == top:
            chapters.append((_anchor(block.text, taken), block.text, []))
        else:
            chapters[-1][2].append(block)
    return [chapter for chapter in chapters if chapter[1] or chapter[2]]


def _contents(document: Document, said: Mapping[str, str], references: bool) -> str:
    items = [(anchor, plain(title)) for anchor, title, _ in _chapters(document) if title]
    if references:
        items.append(("references", said["references"]))
    items.append(("reproducibility", said["accountability"]))
    links = "".join(f'<li><a href="#{anchor}">{text(title)}</a></li>' for anchor, title in items)
    return (
        f'<nav class="contents" aria-label="{said["contents"]}"><details open><summary>{said["contents"]}</summary>'
        f"<ol>{links}</ol></details></nav>"
    )


def _tools(document: Document, said: Mapping[str, str]) -> str:
    code = any(block.kind == "code" for block in document.blocks)
    button = (
        f'<button type="button" data-code aria-pressed="false">{said["all_code"]}</button>' if code else ""
    )
    return f'<div class="tools" hidden>{button}<button type="button" data-theme-switch aria-pressed="false">{said["theme"]}</button></div>'


def _banners(document: Document, said: Mapping[str, str]) -> str:
    banners = []
    if document.failed:
        first = next((block.text for block in document.blocks if block.kind == "problem"), "")
        cause = first or str(document.run.get("cause") or "")
        cause = f"<p>{text(cause.splitlines()[0][:300])}</p>" if cause else ""
        banners.append(
            f'<div class="banner failed" role="status"><p><strong>{said["failed"]}</strong> {said["failed_more"]}</p>{cause}</div>'
        )
    if document.study["simulated"]:
        lead, rest = said["simulated"].split(". ", 1)
        banners.append(f'<div class="banner simulated"><p><strong>{lead}.</strong> {rest}</p></div>')
    return "".join(banners)


def _summary(document: Document, prose: Callable[[str], str], said: Mapping[str, str]) -> str:
    """The box at the top: the question, the decisions of the analyses, and what the conclusion says."""
    rows = []
    question = document.question or listing.question(document)
    if question:
        rows.append((said["question"], prose(question.split("\n\n")[0])))
    decisions = listing.decisions(document)
    if decisions:
        items = "".join(
            f'<li><span class="decision {text(word, quote=True)}">{text(vocabulary.translate(word, document.lang))}</span>'
            f'<a href="#{text(key, quote=True)}">{text(told)}</a></li>'
            for key, told, word in decisions
        )
        rows.append((said["decisions"], f'<ul class="decisions">{items}</ul>'))
    frozen = [f'<p><a href="#reproducibility">{text(line)}</a></p>' for line in registered.lines(document)]
    if frozen:
        rows.append((registered.said(document)["title"], "".join(frozen)))
    spoken = listing.conclusions(document)
    if spoken:
        rows.append((said["answer"], "".join(prose(one) for one in spoken[:4])))
    if not rows:
        return ""
    listed = "".join(f"<dt>{name}</dt><dd>{body}</dd>" for name, body in rows)
    return f'<section class="summary" aria-labelledby="summary"><h2 id="summary">{said["summary"]}</h2><dl>{listed}</dl></section>'


# ---------------------------------------------------------------------------------------------- chapters


def _sections(document: Document, prose: Callable[[str], str], said: Mapping[str, str]) -> str:
    parts = []
    for anchor, title, blocks in _chapters(document):
        inner = "\n".join(_block(block, document, prose, said) for block in blocks)
        if title:
            shown = prose(title).removeprefix("<p>").strip().removesuffix("</p>")
            parts.append(
                f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{shown}</h2>\n{inner}\n</section>'
            )
        else:
            parts.append(f"<section>\n{inner}\n</section>" if inner.strip() else "")
    return "\n".join(parts)


def _block(block: Block, document: Document, prose: Callable[[str], str], said: Mapping[str, str]) -> str:
    if block.kind == "prose":
        made = prose(block.text)
        return f'<div class="said">{made}</div>' if block.extra == "said" else made
    if block.kind == "heading":
        return prose(f"{'#' * max(3, min(block.level, 6))} {block.text}")
    if block.kind == "table":
        return table(block, document, said)
    if block.kind == "figure":
        return _figure(block, document, said)
    if block.kind == "picture":
        kind, _, alt = block.extra.partition("|")
        return _image(block.text, kind, alt or said["not_saved"])
    if block.kind == "code":
        return (
            f'<details class="code"><summary>{said["code"]}</summary>{cleaning.python(block.text)}</details>'
        )
    if block.kind == "problem":
        trace = f'<details class="more"><summary>{said["trace"]}</summary><pre tabindex="0">{text(block.extra)}</pre></details>'
        return (
            f'<div class="problem" role="alert"><p>{text(block.text)}</p>{trace if block.extra else ""}</div>'
        )
    return _output(block, said)


def _output(block: Block, said: Mapping[str, str]) -> str:
    if block.extra == "html":
        return f'<div class="scroll" tabindex="0" role="region" aria-label="{said["scroll"]}">{cleaning.table(block.text)}</div>'
    shown = f'<pre class="output">{text(block.text)}</pre>'
    if block.extra == "stderr":
        return f'<details class="more"><summary>{said["messages"]}</summary>{shown}</details>'
    return shown


def table(block: Block, document: Document, said: Mapping[str, str]) -> str:
    """Write one saved table with its number, caption, notes and files."""
    entry, lang = block.entry, document.lang
    made = tables.to_html(
        saving.restore(entry),
        lang=lang,
        number=block.label.rsplit(" ", 1)[-1],
        title=entry["caption"],
        **saving.printing(entry),
        style=False,
    )
    tall = " tall" if len(entry["table"]) > LONG else ""
    dense = " dense" if 'class="scroll dense"' in made else ""
    region = f'class="scroll{tall}{dense}" tabindex="0" role="region" aria-label="{text(block.label)}, {said["scroll"]}"'
    made = made.replace(f'class="scroll{dense}"', region, 1).replace(
        'class="ks-table"', f'class="ks-table" id="{block.key}"', 1
    )
    links = _links(document, "tables", entry["name"], ("csv", "md", "docx"), said)
    return made.removesuffix("</div>") + links + "</div>"


def _links(
    document: Document, folder: str, name: str, endings: tuple[str, ...], said: Mapping[str, str]
) -> str:
    there = [ending for ending in endings if (document.folder / folder / f"{name}.{ending}").exists()]
    links = "".join(
        f'<a href="{folder}/{text(name)}.{ending}" download aria-label="{text(name)}.{ending}">{ending.upper()}</a>'
        for ending in there
    )
    return f'<p class="files"><span>{said["downloads"]}</span>{links}</p>' if links else ""


def _figure(block: Block, document: Document, said: Mapping[str, str]) -> str:
    entry, lang = block.entry, document.lang
    path = document.folder / "figures" / f"{entry['name']}.svg"
    alt = entry.get("alt", {}).get(lang) or entry["caption"].get(lang, "") or entry["name"]
    if path.exists():
        image = _image(
            path.read_text(encoding="utf-8"), "image/svg+xml", alt, float(entry.get("width") or 6.7)
        )
    else:
        image = f"<p>{text(alt)}</p>"
    caption = f"<strong>{text(block.label)}</strong>"
    if entry["caption"].get(lang):
        caption += f"<br><em>{text(apa.title(entry['caption'][lang], lang))}</em>"
    more = f"<details><summary>{said['description']}</summary><p>{text(alt)}</p></details>"
    links = _links(document, "figures", entry["name"], ("svg", "png"), said)
    return (
        f'<figure class="plot" id="{block.key}"><figcaption>{caption}</figcaption>'
        f'<div class="scroll frame" tabindex="0" role="region" aria-label="{text(block.label)}, {said["scroll_figure"]}">{image}</div>'
        f"{more}{links}</figure>"
    )


def _image(content: str, kind: str, alt: str, width: float = 0) -> str:
    """Embed a picture as data: as an <img> no script or link inside it can do anything."""
    data = content if kind == "image/png" else base64.b64encode(content.encode("utf-8")).decode("ascii")
    wide = f' style="--wide:{width * 6.9:.1f}rem"' if width else ""
    return f'<img src="data:{kind};base64,{data}" alt="{text(alt, quote=True)}"{wide}>'


def _references(citations: Citations, said: Mapping[str, str]) -> str:
    items = "".join(f'<li id="ref-{text(key, quote=True)}">{told}</li>' for key, told in citations.listed())
    if not items:
        return ""
    return f'<section aria-labelledby="references"><h2 id="references">{said["references"]}</h2><ol class="references">{items}</ol></section>'
