"""Makes foreign HTML and code safe to show: tables keep their cells and nothing else, code gets its colours."""

from __future__ import annotations

import html
from functools import lru_cache
from html.parser import HTMLParser

KEPT = {
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "caption",
    "sub",
    "sup",
    "em",
    "strong",
    "b",
    "i",
    "br",
}
DROPPED = {"style", "script", "head", "title", "template", "iframe", "object"}


class _Table(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED:
            self.silent += 1
        elif tag in KEPT and not self.silent:
            kept = "".join(
                f' {name}="{html.escape(value or "", quote=True)}"'
                for name, value in attrs
                if name in ("scope", "colspan", "rowspan") and (value or "").isalnum()
            )
            self.pieces.append(f"<{tag}{kept}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in DROPPED:
            self.silent = max(0, self.silent - 1)
        elif tag in KEPT and tag != "br" and not self.silent:
            self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(html.escape(data))


def table(source: str) -> str:
    """Keep the cells and spans of an HTML table; scripts, styles, links, events and addresses fall away."""
    parser = _Table()
    parser.feed(source)
    parser.close()
    return "".join(parser.pieces)


@lru_cache(maxsize=512)  # a batch runs the same cells again and again
def python(source: str) -> str:
    """Write Python with classes for its colours."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return f'<pre tabindex="0"><code>{highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip()}</code></pre>'
