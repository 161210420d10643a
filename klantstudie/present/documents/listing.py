"""Small texts that reports and index share: dates, names, anchors, decisions, and which section is which."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from klantstudie.present.documents.prose import plain
from klantstudie.present.documents.reading import Document
from klantstudie.present.documents.words import words

MONTHS = {
    "nl": [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def date(iso: str, lang: str) -> str:
    """Write 2026-11-23 as 23 november 2026 or 23 November 2026; another text stays as it is."""
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", iso)
    if match is None or not 1 <= int(match.group(2)) <= 12:
        return iso
    return f"{int(match.group(3))} {MONTHS[lang][int(match.group(2)) - 1]} {match.group(1)}"


def joined(names: Sequence[str], lang: str) -> str:
    """Join names with commas and "en" or "and"."""
    word = {"nl": " en ", "en": " and "}[lang]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + word + names[-1] if names else ""


def byline(document: Document) -> str:
    """Who wrote the report, or whose data it uses."""
    study, lang = document.study, document.lang
    if study["authors"] or not study["data_by"]:
        return joined(study["authors"], lang)
    return f"{words(lang)['data_by']} {joined(study['data_by'], lang)}"


def slug(title: str) -> str:
    """Make an anchor of a title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def is_question(title: str) -> bool:
    """Say whether a section asks the question."""
    return (
        title.strip()
        .lower()
        .startswith(("vraag", "question", "de vraag", "the question", "research question"))
    )


def is_conclusion(title: str) -> bool:
    """Say whether a section draws the conclusion."""
    return title.strip().lower().startswith(("conclusie", "conclusion"))


def decisions(document: Document) -> list[tuple[str, str, str]]:
    """Return (anchor, caption, decision word) of every saved result that reached a decision and is shown."""
    shown = {block.entry.get("name"): block for block in document.blocks if block.kind == "table"}
    found = []
    for entry in document.results:
        word = entry.get("info", {}).get("decision")
        block = shown.get(entry["name"])
        if word and block is not None:
            told = entry["caption"].get(document.lang) or entry["name"]
            found.append((block.key, f"{told} ({block.label})", str(word)))
    return found


def question(document: Document) -> str:
    """Return the first paragraph of the section that asks the question."""
    return next((text for title, text, _ in _spoken(document) if is_question(title)), "")


def conclusions(document: Document) -> list[str]:
    """Return the sentences with numbers of the section that draws the conclusion."""
    return [text for title, text, said in _spoken(document) if said and is_conclusion(title)]


def _spoken(document: Document) -> Iterator[tuple[str, str, bool]]:
    """Every piece of prose with the title of its section, and whether it was said with numbers."""
    top = min((block.level for block in document.blocks if block.kind == "heading"), default=2)
    title = ""
    for block in document.blocks:
        if block.kind == "heading" and block.level == top:
            title = plain(block.text)
        elif block.kind == "prose":
            yield title, block.text, block.extra == "said"
