"""Keeps secrets out of every file of a run: they come from the environment only and are masked by value."""

from __future__ import annotations

import json
import os

PREFIXES = ("KLANTSTUDIE_SECRET", "KLANTSTUDIE_KEY", "KLANTSTUDIE_SLEUTEL")
MASK = "•••"
SHORTEST = 6  # a shorter value occurs in ordinary text, and hiding it would hide that


def values() -> list[str]:
    """Return the values of the environment variables that hold secrets, longest first."""
    found = {
        value for name, value in os.environ.items() if name.startswith(PREFIXES) and len(value) >= SHORTEST
    }
    return sorted(found, key=len, reverse=True)


def mask(text: str) -> str:
    """Return a text in which the value of every secret is replaced."""
    for value in values():
        text = text.replace(value, MASK).replace(json.dumps(value)[1:-1], MASK)
    return text
