"""Writes the reproducibility card: parameters, inputs with hashes, versions, seed, times, and the method of each table."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from klantstudie import apa, vocabulary
from klantstudie.present.documents.reading import Document

text = html.escape


def write(document: Document, said: Mapping[str, str]) -> str:
    """Return the section at the end of the report; what a run did not record is left out."""
    parts = [
        _table(said["run"], (), _facts(document, said)),
        _table(
            said["parameters"], (said["parameter"], said["value"], said["meaning"]), _parameters(document)
        ),
        _table(
            said["methods"],
            (said["table"], said["method"], said["source"], said["cases"]),
            _methods(document),
        ),
        _table(said["inputs"], (said["file"], said["hash"]), _inputs(document)),
        _table(said["versions"], (said["package"], said["version"]), _versions(document), folded=True),
    ]
    return (
        f'<section class="card" aria-labelledby="reproducibility"><h2 id="reproducibility">{said["accountability"]}</h2>'
        f"<p>{said['card_lead']}</p>{''.join(parts)}</section>"
    )


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, folded: bool = False) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{text(one)}</th>' for one in heads)
    head = f"<thead><tr>{head}</tr></thead>" if heads else ""
    body = "".join(
        "<tr>" + f'<th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    facts = "" if heads else ' class="facts"'
    made = f'<div class="scroll" tabindex="0" role="region" aria-label="{text(title)}"><table{facts}>{head}<tbody>{body}</tbody></table></div>'
    return (
        f"<details><summary>{text(title)}</summary>{made}</details>"
        if folded
        else f"<h3>{text(title)}</h3>{made}"
    )


def value(given: Any) -> str:
    """Write a recorded value as text."""
    if isinstance(given, (list, tuple)):
        return ", ".join(value(one) for one in given) or "–"
    return "–" if given in (None, "") else str(given)


def _facts(document: Document, said: Mapping[str, str]) -> list[tuple[str, str]]:
    run, study = document.run, document.study
    git = run.get("git") or {}
    commit = str(git.get("commit") or "")[:12]
    if commit:
        clean = git.get("clean")
        commit = text(commit) + ("" if clean is None else f" ({said['clean' if clean else 'dirty']})")
    seed = run.get("seed", (run.get("parameters") or {}).get("seed"))
    key = run.get("key") or {}
    facts = [
        (said["data_of"], text(value(study.get("citation")))),
        (said["licence"], text(value(study.get("licence")))),
        (said["status"], text(said["failed_word" if document.failed else "done"])),
        (said["started"], text(value(str(run.get("started") or "")[:19].replace("T", " ")))),
        (said["seconds"], _number(run.get("seconds"), document.lang)),
        (said["memory"], _number(run.get("peak_memory_mb"), document.lang)),
        (said["seed"], text(value(seed))),
        (said["commit"], commit or "–"),
        (said["notebook_hash"], _hash((run.get("notebook_file") or {}).get("sha256"))),
        (said["library_hash"], _hash(key.get("library"))),
        (said["environment_hash"], _hash(key.get("versions"))),
    ]
    return [(text(name), told) for name, told in facts if told not in ("–", "")]


def _number(given: Any, lang: str) -> str:
    return apa.number(float(given), lang, digits=1) if isinstance(given, (int, float)) else "–"


def _hash(given: Any) -> str:
    return f'<span class="hash">{text(str(given))}</span>' if given else "–"


def _parameters(document: Document) -> list[tuple[str, str, str]]:
    known = vocabulary.entries("parameters")
    help_texts = document.run.get("parameter_help") or {}
    rows = []
    for name, given in (document.run.get("parameters") or {}).items():
        help_text = known[name][document.lang] if name in known else help_texts.get(name, "")
        if isinstance(help_text, Mapping):
            help_text = help_text.get(document.lang, "")
        rows.append((f"<code>{text(name)}</code>", text(value(given)), text(str(help_text))))
    return rows


def _methods(document: Document) -> list[tuple[str, str, str, str]]:
    rows = []
    for block in document.blocks:
        if block.kind != "table" or block.entry.get("kind") == "frame":
            continue
        info = block.entry.get("info", {})
        method = info.get("method", "")
        own = method.get(document.lang, "") if isinstance(method, Mapping) else str(method)
        english = ' lang="en"' if document.lang != "en" and not isinstance(method, Mapping) else ""
        rows.append(
            (
                f'<a href="#{block.key}">{text(block.label)}</a>',
                f"<span{english}>{text(own)}</span>",
                f"<span{english}>{text(value(info.get('reference')))}</span>",
                apa.count(info.get("n_used"), document.lang),
            )
        )
    return rows


def _inputs(document: Document) -> list[tuple[str, str]]:
    rows, seen = [], set()
    for one in document.run.get("inputs") or []:
        path, digest = str(one.get("path", "")), str(one.get("sha256", ""))
        if (path, digest) not in seen:
            seen.add((path, digest))
            shown = "/".join(PurePath(path).parts[-3:]) if PurePath(path).is_absolute() else path
            rows.append((text(shown), _hash(digest)))
    return rows


def _versions(document: Document) -> list[tuple[str, str]]:
    versions = document.run.get("versions") or {}
    return [(text(str(name)), text(value(version))) for name, version in sorted(versions.items())]
