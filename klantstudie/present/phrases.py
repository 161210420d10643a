"""Says in the language of the report what a room wrote in English: method, missing answers, remarks, planted truths."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from klantstudie import apa, vocabulary
from klantstudie.present.labels import Labels, mapping, named

KINDS = ("methods", "missing", "remarks")
SLOT = re.compile(r"\{([nxlPQ]\d?)\}")
TAKES = {"n": r"[−-]?[\d.,]*\d(?:e[+-]?\d+)?", "x": r"[^;,]+?", "l": r"[^;]+", "P": r"[^;,]+?", "Q": r".+"}
BETWEEN = ("; ", ": ", ", ")
LONG = re.compile(r"(?<![\w.])(?:0\.(?=0?[1-9])|[1-9]\d*\.)\d{4,}(?![\w.])")  # more decimals than print needs
DECIMAL = re.compile(r"(?<![\w.])([−-]?\d+)\.(\d+)(?![\w.])")
Pattern = tuple[re.Pattern[str], dict[str, str]]


@cache
def _read() -> dict[str, dict]:
    return tomllib.loads((files("klantstudie.present") / "phrases.toml").read_text(encoding="utf-8"))


@cache
def _known() -> dict[str, tuple[dict[str, dict[str, str]], list[Pattern]]]:
    """Return, per kind, the fixed phrases and the patterns with slots; words belong to every kind."""
    read, found = _read(), {}
    for kind in KINDS:
        fixed: dict[str, dict[str, str]] = {}
        patterns: list[Pattern] = []
        for english, said in {**read["words"], **read["methods"], **read[kind]}.items():
            both = {"nl": said, "en": english} if isinstance(said, str) else said
            if SLOT.search(english):
                pieces = SLOT.split(english)
                made = (
                    f"(?P<{piece}>{TAKES[piece[0]]})" if place % 2 else re.escape(piece)
                    for place, piece in enumerate(pieces)
                )
                patterns.append((re.compile("".join(made)), both))
            else:
                fixed[english] = both
        patterns.sort(key=lambda one: -len(SLOT.sub("", one[1]["en"])))  # the most specific first
        found[kind] = (fixed, patterns)
    return found


@cache
def say(text: str, lang: str, kind: str = "methods") -> str | None:
    """Return the text in this language; None when a piece of it is not known, so that nothing is half translated."""
    text = text.strip().rstrip(".")
    fixed, patterns = _known()[kind]
    if text in fixed:
        return fixed[text][lang]
    whole = _word(text, lang)
    if whole is not None:
        return whole
    for pattern, both in patterns:
        match = pattern.fullmatch(text)
        made = match and _filled(match, both[lang], lang, kind)
        if made:
            return made
    for sign in BETWEEN:
        for place in (found.start() for found in re.finditer(re.escape(sign), text)):
            left, right = say(text[:place], lang, kind), say(text[place + len(sign) :], lang, kind)
            if left is not None and right is not None:
                return f"{left}{sign}{right}"
    return None


BY = re.compile(r"\bby (\w+)")  # "errors by medewerker": a method that names a column


def method(given: object, lang: str, labels: Labels = None) -> str:
    """Return a method in this language, with the label of a column that it names; "" where it cannot be said."""
    if isinstance(given, Mapping):
        return str(given.get(lang, ""))
    text, known = str(given or ""), mapping(labels, lang)
    told = BY.sub(lambda found: f"by {_small(known.get(found[1], found[1]))}", text)
    return say(told, lang) or say(text, lang) or (told if lang == "en" else "")


def _small(label: str) -> str:
    """A label inside a sentence: "Medewerker" as "medewerker"; a name of capitals stays."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def remark(text: str, lang: str) -> str:
    """Return the remark of a row; what is not known (a name, a list of names) stays, with its numbers as in print."""
    said = say(text, lang, "remarks") if text else ""
    return printed(vocabulary.translate(text, lang), lang) if said is None else said


def names(text: str, lang: str) -> str:
    """Return "Author and Author (year)" with the "and" of the language."""
    return re.sub(r"\band(?= (?:(?:van|de|der|den|von|Mc)\b|[A-Z]))", "en", text) if lang == "nl" else text


def printed(text: str, lang: str) -> str:
    """Write the numbers inside a text with the minus and, in Dutch, the decimal comma of print."""
    text = re.sub(r"(?<![\w.,−-])-(?=\d)", apa.MINUS, text)
    text = LONG.sub(lambda match: f"{float(match.group()):.3f}", text)
    return DECIMAL.sub(r"\1,\2", text) if lang == "nl" else text


def counted(term: str) -> bool:
    """Whether a number put into a simulated study is a count."""
    return _read()["truths"].get(term, {}).get("type") == "count"


def truth(term: str, lang: str) -> str:
    """Return what a number put into a simulated study is called: "slopes: own: buik" as "helling: eigen oordeel: buik"."""
    known = _read()["truths"]
    if term in known:
        return known[term][lang]
    pieces = []
    for piece in term.split(": "):
        stem, _, place = piece.rpartition(" ")
        if piece not in known and stem in known and place.isdigit():
            pieces.append(f"{known[stem][lang]} {place}")
        else:
            pieces.append(known[piece][lang] if piece in known else piece)
    return ": ".join(pieces)


NUMBER = re.compile(r"[−-]?\d+(?:\.\d+)?")
CHOICES = re.compile(r"[;,] (?=\w+ = )")  # between "name = value" of one specification


def picked(text: str) -> list[tuple[str, str]]:
    """Return name and value of every choice of one specification; nothing for a text of another form."""
    parts = [part.partition(" = ") for part in CHOICES.split(text)]
    return [(name, value) for name, _, value in parts] if all(sign for _, sign, _ in parts) else []


def wholes(texts: Iterable[str]) -> dict[str, list[str]]:
    """Return the choices in which a list of four or more is taken whole or less one or two, each with that list."""
    options: dict[str, set[tuple[str, ...]]] = {}
    for name, value in (pair for text in texts for pair in picked(text)):
        options.setdefault(name, set()).add(tuple(value.split(" + ")))
    longest = {name: max(sorted(values), key=len) for name, values in options.items()}
    return {
        name: list(whole)
        for name, whole in longest.items()
        if len(whole) > 3
        and len(options[name]) > 1
        and all(set(one) <= set(whole) and len(whole) - len(one) <= 2 for one in options[name])
    }


def choice(
    name: str,
    value: str,
    labels: Labels,
    lang: str,
    whole: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> tuple[str, str]:
    """Return a choice of a multiverse in words: its name, and its value; of a list of columns each has its label.

    A list that `whole` knows is told by what it lacks.
    """
    known, given, given_name = _read()["choices"], mapping(labels, lang), name

    def said(one: str) -> str:
        if one in known:
            return known[one][lang]
        return named(one, given, printed(vocabulary.translate(one, lang), lang))

    name = known[name][lang] if name in known and name not in given else said(name)
    parts = value.split(" + ")
    if parts_of := whole.get(given_name):
        lost = [given[one] if one in given else said(one) for one in parts_of if one not in parts]
        less = {"nl": "zonder ", "en": "without "}[lang] + {"nl": " en ", "en": " and "}[lang].join(lost)
        return name, less if lost else {"nl": "alle ", "en": "all "}[lang] + str(len(parts_of))
    between = {"nl": "; ", "en": ", "}[lang] if all(NUMBER.fullmatch(one) for one in parts) else " + "
    return name, between.join(given[one] if one in given else said(one) for one in parts)


def choices(
    text: str, labels: Labels, lang: str, whole: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> str:
    """Return all choices of one specification in words; a text of another form stays."""
    parts, known = picked(text), _read()["choices"]
    if not parts:
        return known[text][lang] if text in known else vocabulary.translate(text, lang)
    return ", ".join(": ".join(choice(name, value, labels, lang, whole)) for name, value in parts)


def _word(text: str, lang: str) -> str | None:
    """A word of the vocabulary: a decision or a label."""
    for kind in ("decisions", "words"):
        if text in vocabulary.entries(kind):
            return vocabulary.heading(text, lang, kind)
    return None


def _filled(match: re.Match[str], into: str, lang: str, kind: str) -> str | None:
    """Fill the slots; None when a phrase in one of them is not known."""
    parts = match.groupdict()
    for name, part in parts.items():
        if name[0] in "PQ":
            said = say(part, lang, kind)
            if said is None:
                return None
            parts[name] = said
        else:
            parts[name] = printed(part, lang)
    return SLOT.sub(lambda slot: parts[slot.group(1)], into)
