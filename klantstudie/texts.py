"""Makes the text of respondents harmless where a spreadsheet will read it; imports nothing of the package."""

from __future__ import annotations

import re
from typing import Any

START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"[+-]?\d[\d., ]*%?")
# A csv with commas opened where the semicolon divides cells: what follows one is a cell of its own.
INSIDE = re.compile(r"([;\t\r\n]\s*)(?=[=+\-@＝＋－＠])")


def harmless(cell: Any) -> Any:
    """Return a cell as a spreadsheet may read it: a text that it would take for a formula gets an apostrophe before it.

    Numbers and everything that is no text stay as they are. References: OWASP (2020), CSV injection.
    """
    if not isinstance(cell, str) or NUMBER.fullmatch(cell):
        return cell
    text = INSIDE.sub(r"\1'", cell)
    return f"'{text}" if text.startswith(START) else text
