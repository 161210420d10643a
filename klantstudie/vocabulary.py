"""The words of the package: what each result column, decision, parameter and label means, in Dutch and English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from klantstudie.errors import KlantstudieError, option, suggestion

KINDS = ("columns", "fit", "decisions", "parameters", "words")


@cache
def _all() -> Mapping[str, Any]:
    text = files("klantstudie").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


def entries(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """Return all entries of one kind: columns, fit, decisions, parameters or words."""
    option("kind", kind, KINDS)
    return MappingProxyType(_all().get(kind, {}))


def entry(kind: str, name: str) -> Mapping[str, Any]:
    """Return one entry; a word that is not in the vocabulary is an error."""
    found = entries(kind).get(name)
    if found is None:
        raise KlantstudieError(
            f"'{name}' is not in the vocabulary ({kind}){suggestion(name, entries(kind))}; "
            "new words go into klantstudie/vocabulary.toml, in Dutch and English"
        )
    return found


def heading(name: str, lang: str = "nl", kind: str = "columns") -> str:
    """Return the heading of a column, fit number, decision, parameter or word in the chosen language."""
    option("lang", lang, ("nl", "en"))
    return str(entry(kind, name)[lang])


def word(name: str, lang: str = "nl") -> str:
    """Return a label of the report in the chosen language."""
    return heading(name, lang, "words")


def number(name: str, lang: str = "nl") -> str:
    """Return the heading of a column or fit number; a name outside the vocabulary stays as it is."""
    found = entries("columns").get(name) or entries("fit").get(name)
    return str(found[lang]) if found else name


def translate(text: str, lang: str = "nl") -> str:
    """Return a decision or label in the chosen language; text outside the vocabulary stays as it is."""
    for kind in ("decisions", "words", "columns"):
        found = entries(kind).get(text)
        if found is not None:
            return str(found[lang])
    return text
