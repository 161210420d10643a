"""Turns the Markdown of a notebook into safe HTML, with formulas, citations and cross-references; the door to mistune."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

import mistune

from klantstudie.present.documents.citations import Citations
from klantstudie.present.documents.formulas import to_mathml

ALLOWED = re.compile(r"&lt;(/?(?:sup|sub|br|kbd|mark|small))\s*/?&gt;", re.IGNORECASE)
FOLDED = re.compile(r"&lt;(/?(?:details|summary))&gt;", re.IGNORECASE)  # a hidden answer to an exercise
CITED = re.compile(r"\[((?:[^\[\]@]*@[\w:.+-]*\w[^\[\]@;]*;?)+)\]|(?<![\w@/])@([\w:.+-]*\w)")


class _Renderer(mistune.HTMLRenderer):
    """mistune's HTML with our formulas; HTML in the text is text, except a few harmless tags."""

    def block_math(self, text: str) -> str:
        return f'<div class="formula" tabindex="0">{to_mathml(text, block=True)}</div>\n'

    def inline_math(self, text: str) -> str:
        return to_mathml(text)

    def inline_html(self, html: str) -> str:
        return ALLOWED.sub(r"<\1>", mistune.escape(html))

    def block_html(self, html: str) -> str:
        made = FOLDED.sub(r"<\1>", ALLOWED.sub(r"<\1>", mistune.escape(html.strip())))
        return f"{made}\n" if made.startswith(("<details>", "</details>")) else f"<p>{made}</p>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        if url.startswith("data:image/"):
            return super().image(text, url, title)
        return f"<span>{mistune.escape(text)}</span>"

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        level = min(max(level, 2), 6)
        return f"<h{level}>{text}</h{level}>\n"


def renderer(citations: Citations, places: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function from Markdown to HTML; `places` maps @tbl-name and @fig-name to a label such as "Tabel 2"."""
    markdown = mistune.create_markdown(
        renderer=_Renderer(escape=True),
        plugins=["strikethrough", "footnotes", "table", "math", "superscript", "subscript", "task_lists"],
    )

    def refer(match: re.Match[str]) -> str:
        inside, key = match.groups()
        if inside is not None:
            return citations.bracket(html.unescape(inside)) or match.group()
        if key in places:
            return f'<a href="#{html.escape(key, quote=True)}">{html.escape(places[key])}</a>'
        return citations.narrative(key) or match.group()

    def write(text: str) -> str:
        made = str(markdown(text))
        # Citations are looked for in text only, never inside tags, code or formulas.
        pieces = re.split(r"(<(?:code|pre|math|a)\b.*?</(?:code|pre|math|a)>|<[^>]+>)", made, flags=re.DOTALL)
        return "".join(piece if piece.startswith("<") else CITED.sub(refer, piece) for piece in pieces)

    return write


def plain(text: str) -> str:
    """Return Markdown as plain text, for titles and descriptions."""
    made = str(mistune.create_markdown(renderer=_Renderer(escape=True), plugins=["strikethrough"])(text))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", made)).split())
