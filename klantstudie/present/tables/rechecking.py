"""Writes what was rechecked: a reported number as it was printed, and beside it ours with the decimals that tell them apart."""

from __future__ import annotations

import re

import pandas as pd

from klantstudie import apa
from klantstudie.result import Result

COLUMNS = ("reported", "recomputed", "possible_low", "possible_high")
NUMBER = re.compile(r"([-−–]?)(\d*)(?:[.,](\d+))?$")
LEAST = 3  # decimals of a recomputed number


def cell(result: Result, row: pd.Series, name: str, lang: str) -> str:
    """A reported number keeps its own decimals, sign and leading zero; a recomputed one has a decimal more."""
    printed = str(row["printed"])
    if name == "reported":
        return _said(printed, lang)
    found = NUMBER.search(printed)
    if found is None or not (found[2] or found[3]):
        return result.text(row, name, lang)
    digits = max(LEAST, len(found[3] or "") + 1)
    text = apa.number(row[name], lang, digits=digits, bounded=not found[2] and abs(row[name]) <= 1)
    if row[name] > 0 and not any(digit in "123456789" for digit in text):
        return f"< {text[:-1]}1"
    return text


def _said(printed: str, lang: str) -> str:
    """A printed number with the minus and the decimal mark of this language."""
    marked = re.sub(r"(?<!\w)[-–](?=[\d.,])", apa.MINUS, printed.strip())
    mark = "," if lang == "nl" else "."
    return re.sub(r"[.,](?=\d)", mark, marked)


def counted(result: Result, lang: str) -> str:
    """How many checks there were, and how many of them stand in the table where it tells only some."""
    total, shown = int(result.info["n_total"]), len(result.table)
    of = apa.count(total, lang)
    if result.kind == "recheck.against" and shown < total:
        here = apa.count(shown, lang)
        return {
            "nl": f"{here} van de {of} vergeleken getallen.",
            "en": f"{here} of the {of} compared numbers.",
        }[lang]
    return {"nl": f"Nagerekende getallen: {of}.", "en": f"Numbers checked: {of}."}[lang]
