"""Keeps secrets out of every file of a run: they come from the environment only and are masked by value."""

from __future__ import annotations

import contextlib
import html
import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError

PREFIXES = ("KLANTSTUDIE_SECRET", "KLANTSTUDIE_KEY", "KLANTSTUDIE_SLEUTEL")
MASK = "•••"
SHORTEST = 6  # a shorter value occurs in ordinary text, and hiding it would hide that
TEXTS = (".csv", ".md", ".svg", ".json", ".jsonl", ".ipynb", ".html", ".txt")


def values() -> list[str]:
    """Return the values of the environment variables that hold secrets, longest first."""
    found = {
        value for name, value in os.environ.items() if name.startswith(PREFIXES) and len(value) >= SHORTEST
    }
    return sorted(found, key=len, reverse=True)


def mask(text: str) -> str:
    """Return a text in which the value of every secret is replaced, however the text writes it."""
    for value in values():
        text = _written(value).sub(MASK, text)
    return text


@cache
def _written(value: str) -> re.Pattern[str]:
    """Return what finds a value as plain text, HTML, Markdown, CSV, JSON and Python write it, also one in another."""
    return re.compile("".join(map(_sign, value)))


def _sign(sign: str) -> str:
    if sign.isascii() and sign.isalnum():
        return sign
    ways = {sign, html.escape(sign), json.dumps(sign)[1:-1], repr(sign)[1:-1], f"&#{ord(sign)};"}
    ways |= {'""'} if sign == '"' else set()
    return rf"\\{{0,4}}(?:{'|'.join(re.escape(way) for way in sorted(ways, key=len, reverse=True))})"


def sweep(folder: Path) -> None:
    """Mask what a notebook itself wrote into the folder of its run."""
    if not values():
        return
    for path in folder.rglob("*"):
        if path.suffix in TEXTS and path.is_file() and not path.is_symlink():
            with contextlib.suppress(UnicodeDecodeError):
                text = path.read_text(encoding="utf-8")
                if (masked := mask(text)) != text:
                    path.write_text(masked, encoding="utf-8")


def refuse(parameters: Mapping[str, Any], notebook: str) -> None:
    """Refuse a parameter that holds a secret: it would stand in the notebook and name the run."""
    for name, value in parameters.items():
        if isinstance(value, str) and any(secret in value for secret in values()):
            raise RunError(
                f"{notebook}: {name} holds a secret; a notebook reads it itself, as in os.environ[…], so that it is not kept"
            )
