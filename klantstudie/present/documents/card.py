"""Writes the reproducibility card: parameters, inputs with hashes, versions, seed, times, and the method of each table."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from klantstudie import apa, vocabulary
from klantstudie.present import phrases
from klantstudie.present.documents import registered
from klantstudie.present.documents.reading import Document
from klantstudie.present.tables.layout import pieces
from klantstudie.present.tables.markup import LOOKS

text = html.escape


@dataclass(frozen=True)
class Part:
    """One table of the card: its title, headings, and rows of plain text; `code` names columns in fixed width."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    code: tuple[int, ...] = ()
    folded: bool = False


def parts(document: Document, said: Mapping[str, str]) -> list[Part]:
    """Return the tables of the card; what a run did not record is left out."""
    own = registered.said(document)
    heads = (own["what"], own["before"], own["after"])
    found = [
        Part(own["title"], heads, tuple(registered.rows(document))),
        Part(said["run"], (), _facts(document, said), ()),
        Part(
            said["parameters"],
            (said["parameter"], said["value"], said["meaning"]),
            _parameters(document),
            (0,),
        ),
        Part(
            said["methods"],
            (said["table"], said["method"], said["source"], said["cases"]),
            _methods(document),
        ),
        Part(said["inputs"], (said["file"], said["hash"]), _inputs(document), (1,)),
        Part(said["versions"], (said["package"], said["version"]), _versions(document), folded=True),
    ]
    return [part for part in found if part.rows]


def write(document: Document, said: Mapping[str, str]) -> str:
    """Return the section at the end of the page."""
    tables = "".join(_table(part, document) for part in parts(document, said))
    return (
        f'<section class="card" aria-labelledby="reproducibility"><h2 id="reproducibility">{said["accountability"]}</h2>'
        f"<p>{said['card_lead']}</p>{tables}</section>"
    )


HASH = re.compile(r"[0-9a-f]{40,64}")


def _table(part: Part, document: Document) -> str:
    shown = ("".join(LOOKS[look].format(text(piece)) for piece, look in pieces(one)) for one in part.heads)
    head = "".join(f'<th scope="col">{one}</th>' for one in shown)
    head = f"<thead><tr>{head}</tr></thead>" if head else ""
    keys = {block.label: block.key for block in document.blocks if block.key}
    body = "".join(
        "<tr>" + "".join(_cell(part, place, cell, keys) for place, cell in enumerate(row)) + "</tr>"
        for row in part.rows
    )
    facts = "" if part.heads else ' class="facts"'
    made = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{text(part.title)}"><table{facts}>{head}'
        f"<tbody>{body}</tbody></table></div>"
    )
    if part.folded:
        return f"<details><summary>{text(part.title)}</summary>{made}</details>"
    return f"<h3>{text(part.title)}</h3>{made}"


def _cell(part: Part, place: int, cell: str, keys: Mapping[str, str]) -> str:
    shown = text(cell)
    if HASH.fullmatch(cell):
        shown = f'<span class="hash">{shown}</span>'
    elif place in part.code:
        shown = f"<code>{shown}</code>"
    if place == 0 and cell in keys:
        shown = f'<a href="#{text(keys[cell], quote=True)}">{shown}</a>'
    return f'<th scope="row">{shown}</th>' if place == 0 else f"<td>{shown}</td>"


def value(given: Any) -> str:
    """Write a recorded value as text."""
    if isinstance(given, (list, tuple)):
        return ", ".join(value(one) for one in given) or "–"
    return "–" if given in (None, "") else str(given)


def _facts(document: Document, said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    run, study = document.run, document.study
    git = run.get("git") or {}
    commit = str(git.get("commit") or "")[:12]
    if commit:
        clean = git.get("clean")
        commit += "" if clean is None else f" ({said['clean' if clean else 'dirty']})"
    seed = run.get("seed", (run.get("parameters") or {}).get("seed"))
    key = run.get("key") or {}
    facts = [
        (said["data_of"], value(study.get("citation"))),
        (said["licence"], value(study.get("licence"))),
        (said["status"], said["failed_word" if document.failed else "done"]),
        (said["started"], value(str(run.get("started") or "")[:19].replace("T", " "))),
        (said["seconds"], _number(run.get("seconds"), document.lang)),
        (said["memory"], _number(run.get("peak_memory_mb"), document.lang)),
        (said["seed"], value(seed)),
        (said["commit"], commit or "–"),
        (said["notebook_hash"], _hash((run.get("notebook_file") or {}).get("sha256"))),
        (said["library_hash"], _hash(key.get("library"))),
        (said["environment_hash"], _hash(key.get("versions"))),
    ]
    return tuple((name, told) for name, told in facts if told not in ("–", ""))


def _number(given: Any, lang: str) -> str:
    return apa.number(float(given), lang, digits=1) if isinstance(given, (int, float)) else "–"


def _hash(given: Any) -> str:
    return str(given) if given else "–"


def _parameters(document: Document) -> tuple[tuple[str, str, str], ...]:
    known = vocabulary.entries("parameters")
    help_texts = document.run.get("parameter_help") or {}
    rows = []
    for name, given in (document.run.get("parameters") or {}).items():
        help_text = known[name][document.lang] if name in known else help_texts.get(name, "")
        if isinstance(help_text, Mapping):
            help_text = help_text.get(document.lang, "")
        rows.append((str(name), value(given), str(help_text)))
    return tuple(rows)


def _methods(document: Document) -> tuple[tuple[str, str, str, str], ...]:
    rows = []
    for block in document.blocks:
        if block.kind != "table" or block.entry.get("kind") == "frame":
            continue
        info = block.entry.get("info", {})
        own = phrases.method(info.get("method"), document.lang, block.entry.get("labels"))
        own = own or str(info.get("method") or "")
        source = value(info.get("reference"))
        source = phrases.say(source, document.lang) or phrases.names(source, document.lang)
        rows.append((block.label, own, source, apa.count(info.get("n_used"), document.lang)))
    return tuple(rows)


def _inputs(document: Document) -> tuple[tuple[str, str], ...]:
    rows, seen = [], set()
    for one in document.run.get("inputs") or []:
        path, digest = str(one.get("path", "")), str(one.get("sha256", ""))
        if (path, digest) not in seen:
            seen.add((path, digest))
            shown = "/".join(PurePath(path).parts[-3:]) if PurePath(path).is_absolute() else path
            rows.append((shown, _hash(digest)))
    return tuple(rows)


def _versions(document: Document) -> tuple[tuple[str, str], ...]:
    versions = document.run.get("versions") or {}
    return tuple((str(name), value(version)) for name, version in sorted(versions.items()))
