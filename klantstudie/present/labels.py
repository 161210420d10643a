"""Readable names for terms and groups: from a mapping, or from a codebook that knows its items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from klantstudie import apa
from klantstudie.errors import KlantstudieError, OptionError


class Names(Protocol):
    """What a codebook offers: the printed name of an item, scale or group."""

    def label(self, name: str, lang: str = "nl") -> str: ...


SIGNS = {
    " ~~ ": " – ",
    " -> ": " → ",
    " =~ ": " → ",
    " ~ ": " → ",
    " − ": " − ",
    " × ": " × ",
}  # how a pair or path is printed
NEGATIVE = re.compile(r"-\d+(?:\.\d+)?")  # a term that is a number, such as a wave before the start
Labels = Mapping[str, str] | Names | None


class _Asked(Mapping[str, str]):
    """A mapping that asks a codebook for each name; what the codebook does not know is absent."""

    def __init__(self, names: Names, lang: str):
        self.names, self.lang = names, lang

    def __getitem__(self, key: str) -> str:
        try:
            return str(self.names.label(key, self.lang))
        except KlantstudieError:
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True


def mapping(labels: Labels, lang: str) -> Mapping[str, str]:
    """Return labels as a mapping; a codebook (anything with `label(name, lang)`) is asked name by name."""
    if labels is None:
        return {}
    if isinstance(labels, Mapping):
        return labels
    if hasattr(labels, "label"):
        return _Asked(labels, lang)
    raise OptionError(f"labels must be a mapping or a codebook; given: {type(labels).__name__}")


def known(labels: Labels, values: Iterable[Any], lang: str) -> dict[str, str]:
    """Return the printed names of these values as a plain dictionary, also where a name stands inside a value."""
    found = mapping(labels, lang)
    printed = ((text, named(text, found, text)) for text in dict.fromkeys(map(str, values)))
    return {text: name for text, name in printed if name != text}


def named(term: str, labels: Mapping[str, str], otherwise: str) -> str:
    """Return the label of a term, and of the names inside one: "a ~~ b", "y ~ x", "a × b", "a: 1, b: 0", "a:m", "a ~1"."""
    if term in labels:
        return labels[term]
    if NEGATIVE.fullmatch(term):
        return otherwise.replace("-", apa.MINUS, 1)
    pieces = [_level(piece, labels) for piece in term.split(", ")]
    if None not in pieces:
        return ", ".join(str(piece) for piece in pieces)
    if term.removesuffix(" ~1") in labels:
        return f"{labels[term.removesuffix(' ~1')]} (intercept)"
    for sign, shown in SIGNS.items():
        if sign in term:
            first, second = (part.strip() for part in term.split(sign, 1))
            if sign == " ~ ":
                first, second = second, first
            if first == second:  # a variance
                return labels.get(first, first)
            return f"{labels.get(first, first)}{shown}{labels.get(second, second)}"
    return otherwise


def _level(piece: str, labels: Mapping[str, str]) -> str | None:
    """Return "name: level" or "name = value" with the label of the name, "path:name" with that of its end."""
    if piece in labels:
        return labels[piece]
    for sign in (": ", " = "):
        name, found, rest = piece.partition(sign)
        if found and name in labels:
            return f"{labels[name]}{sign}{labels.get(rest, rest)}"
    path, found, name = piece.partition(":")
    return f"{path}: {labels[name]}" if found and name in labels else None
