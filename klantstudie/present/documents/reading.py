"""Reads a finished run (notebook, results, record) into one document: a header and blocks, for every format alike."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from klantstudie import inputs
from klantstudie.errors import RunError
from klantstudie.present import saving
from klantstudie.present.documents.prose import plain

LANGUAGES = ("nl", "en")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Block:
    """One piece of a document.

    kind: heading, prose, table, figure, code, output, picture, problem. `text` holds Markdown, code or output; `entry`
    what results.json says of a table or figure; `label` its number in words ("Tabel 2"); `key` its anchor (tbl-name).
    """

    kind: str
    text: str = ""
    level: int = 0
    key: str = ""
    label: str = ""
    entry: Mapping[str, Any] = field(default_factory=dict)
    extra: str = ""


@dataclass(frozen=True)
class Document:
    """One run as a document in one language."""

    folder: Path
    lang: str
    title: str
    lead: str
    question: str
    blocks: tuple[Block, ...]
    results: tuple[Mapping[str, Any], ...]
    figures: tuple[Mapping[str, Any], ...]
    run: Mapping[str, Any]
    study: Mapping[str, Any]

    @property
    def places(self) -> dict[str, str]:
        """Map each anchor to its number in words."""
        return {block.key: block.label for block in self.blocks if block.key and block.label}

    @property
    def failed(self) -> bool:
        """Say whether the run ended with an error."""
        return failed(self.run) or any(block.kind == "problem" for block in self.blocks)


def failed(run: Mapping[str, Any]) -> bool:
    """Say whether the record of a run tells of a failure; a record without a status tells of none."""
    return str(run.get("status") or "completed") != "completed"


def read(folder: str | Path, lang: str | None = None) -> Document:
    """Read the run in a folder; without `lang` in the language of the run itself."""
    folder = Path(folder)
    path = folder / "notebook.ipynb"
    if not path.exists():
        raise RunError(f"{folder} holds no finished run: notebook.ipynb is missing")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    run = {"parameter_help": _help(notebook)} | record(folder)
    parameters = run.get("parameters") or {}
    lang = lang or str(run.get("lang") or parameters.get("lang") or "nl")
    saved = saving.read(folder)
    cells = [cell for cell in notebook.get("cells", []) if _spoken(cell, lang)]
    blocks = _numbered(_blocks(cells, saved), lang)
    if failed(run) or any(block.kind == "problem" for block in blocks):
        blocks = _without_what_is_missing(blocks, lang)
    title, lead, blocks = _titled(blocks)
    question, lead = _asked(lead)
    return Document(
        folder,
        lang,
        title or str(run.get("notebook") or folder.name),
        lead,
        question,
        tuple(blocks),
        tuple(saved["results"]),
        tuple(saved["figures"]),
        run,
        study_of(folder, run, lang),
    )


def record(folder: Path) -> dict[str, Any]:
    """Return what the runner recorded of a run; empty where it recorded nothing."""
    path = folder / "run.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _help(notebook: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What the notebook itself says of its parameters, in Dutch: the comment behind each."""
    told = {}
    for cell in notebook.get("cells", []):
        if "parameters" in _tags(cell):
            for line in _joined(cell.get("source", "")).splitlines():
                match = re.match(r"(\w+)\s*:[^#]*#\s*(.*?)\s*(?:\[[^\]]*\])?\s*$", line)
                if match is not None:
                    told[match.group(1)] = {"nl": match.group(2)}
    return told


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def _spoken(cell: Mapping[str, Any], lang: str) -> bool:
    """Keep a cell without a language, and those of the report's own language."""
    languages = [tag for tag in _tags(cell) if tag in LANGUAGES]
    return (not languages or lang in languages) and "hide" not in _tags(cell)


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


# ------------------------------------------------------------------------------------------------ blocks


def _blocks(cells: list[Mapping[str, Any]], saved: Mapping[str, list]) -> list[Block]:
    known = {("table", entry["name"]): entry for entry in saved["results"]}
    known |= {("figure", entry["name"]): entry for entry in saved["figures"]}
    blocks: list[Block] = []
    shown: set[tuple[str, str]] = set()
    for cell in cells:
        source = _joined(cell.get("source", "")).strip()
        if cell["cell_type"] == "markdown":
            blocks += _prose(source)
        elif cell["cell_type"] == "code" and source:
            outputs = _outputs(cell, known, shown)
            if not outputs and blocks and blocks[-1].kind == "code":
                blocks[-1] = Block("code", f"{blocks[-1].text}\n\n{source}")
            else:
                blocks += [*outputs, Block("code", source)]
    return blocks


HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")


def _prose(source: str) -> list[Block]:
    """Split Markdown into headings and the text between them; a # inside fenced code is no heading."""
    blocks: list[Block] = []
    lines: list[str] = []
    fenced = False
    for line in source.splitlines():
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        match = None if fenced else HEADING.match(line)
        if match is None:
            lines.append(line)
            continue
        blocks += _text(lines)
        lines = []
        blocks.append(Block("heading", match.group(2), level=len(match.group(1))))
    return blocks + _text(lines)


def _text(lines: list[str]) -> list[Block]:
    text = "\n".join(lines).strip()
    return [Block("prose", text)] if text else []


def _outputs(cell: Mapping[str, Any], known: Mapping, shown: set) -> list[Block]:
    blocks = []
    for output in cell.get("outputs", []):
        kind = output.get("output_type")
        if kind == "error":
            trace = ANSI.sub("", "\n".join(output.get("traceback", [])))
            told = f"{output.get('ename', '')}: {output.get('evalue', '')}".strip(": ")
            blocks.append(Block("problem", told, extra=trace))
        elif kind == "stream":
            text = ANSI.sub("", _joined(output.get("text", "")))
            if text.strip():
                blocks.append(Block("output", text.rstrip(), extra=output.get("name", "stdout")))
        elif kind in ("display_data", "execute_result"):
            block = _display(output, known, shown)
            if block is not None:
                blocks.append(block)
    return blocks


def _display(output: Mapping[str, Any], known: Mapping, shown: set) -> Block | None:
    data, about = output.get("data", {}), output.get("metadata", {}).get("klantstudie", {})
    kind, name = about.get("type"), about.get("name", "")
    if kind == "prose":
        return Block("prose", _held(_joined(data.get("text/markdown", ""))), extra="said")
    if kind in ("table", "figure"):
        entry = known.get((kind, name))
        if entry is None or (kind, name) in shown:
            return None if entry is not None else _raw(data, about)
        shown.add((kind, name))
        return Block(kind, key=f"{'tbl' if kind == 'table' else 'fig'}-{name}", entry=entry)
    return _raw(data, about)


APART = re.compile(r"(\[[−\d.,]+[;,]|[=<>]) (?=[−\d.,])")


def _held(sentence: str) -> str:
    """Let no line end inside an interval, or between = and its number."""
    return sentence if "$" in sentence else APART.sub("\\1\u00a0", sentence)


def _raw(data: Mapping[str, Any], about: Mapping[str, Any]) -> Block | None:
    """What a cell showed without saving it: pictures as pictures, tables cleaned, the rest as text."""
    alt = about.get("alt") or ""
    alt = alt if isinstance(alt, str) else str(alt.get("nl", ""))
    if "image/svg+xml" in data:
        return Block("picture", _joined(data["image/svg+xml"]), extra=f"image/svg+xml|{alt}")
    if "image/png" in data:
        return Block("picture", _joined(data["image/png"]).replace("\n", ""), extra=f"image/png|{alt}")
    if "text/html" in data and "<table" in _joined(data["text/html"]):
        return Block("output", _joined(data["text/html"]), extra="html")
    if "text/markdown" in data:
        return Block("prose", _joined(data["text/markdown"]))
    text = _joined(data.get("text/plain", ""))
    return Block("output", text, extra="plain") if text.strip() else None


def _numbered(blocks: list[Block], lang: str) -> list[Block]:
    from dataclasses import replace

    from klantstudie import vocabulary

    counts = {"table": 0, "figure": 0}
    numbered = []
    for block in blocks:
        if block.kind in counts:
            counts[block.kind] += 1
            block = replace(block, label=f"{vocabulary.word(block.kind, lang)} {counts[block.kind]}")
        numbered.append(block)
    return numbered


REFERRED = re.compile(r"@((tbl|fig)-[\w-]+)")


def _without_what_is_missing(blocks: list[Block], lang: str) -> list[Block]:
    """Say of a run that stopped which tables and figures its text names and it did not make."""
    from dataclasses import replace

    from klantstudie import vocabulary

    made = {block.key for block in blocks}
    missing = {"nl": "(ontbreekt)", "en": "(missing)"}[lang]

    def told(match: re.Match[str]) -> str:
        word = vocabulary.word({"tbl": "table", "fig": "figure"}[match.group(2)], lang)
        return match.group() if match.group(1) in made else f"{word} {missing}"

    return [replace(b, text=REFERRED.sub(told, b.text)) if b.kind == "prose" else b for b in blocks]


def _titled(blocks: list[Block]) -> tuple[str, str, list[Block]]:
    """Take the first heading as title and the text right after it as lead."""
    place = next((at for at, block in enumerate(blocks) if block.kind == "heading"), None)
    if place is None:
        return "", "", blocks
    title, rest = plain(blocks[place].text), blocks[:place] + blocks[place + 1 :]
    lead = ""
    if (
        place < len(rest)
        and rest[place].kind == "prose"
        and not rest[place].extra
        and blocks[place].level == 1
    ):
        lead, rest = rest[place].text, rest[:place] + rest[place + 1 :]
    return title, lead, rest


ASKS = re.compile(r"^\*\*(?:De vraag|Vraag|The question|Question)[.:]?\*\*[.:]?\s*")


def _asked(lead: str) -> tuple[str, str]:
    """Take the paragraph that begins with "**De vraag.**" out of the lead: it stands in the summary."""
    paragraphs = [part.strip() for part in lead.split("\n\n") if part.strip()]
    asked = [part for part in paragraphs if ASKS.match(part)]
    rest = [part for part in paragraphs if part not in asked]
    return "\n\n".join(ASKS.sub("", part) for part in asked), "\n\n".join(rest)


# ------------------------------------------------------------------------------------------------- study


def study_of(folder: Path, run: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """What a report says of its study: the codebook that the run read, as long as it lies where it lay."""
    about = run.get("study")
    known = dict(about) if isinstance(about, Mapping) else {}
    name = str(known.get("name") or (about if isinstance(about, str) else "") or "")
    for key, value in _codebook(folder, run, name).items():
        known.setdefault(key, value)
    title = known.get("title", "")
    if not title and name == inputs.WITHOUT_STUDY and len(run.get("inputs") or []) > 1:
        title = {"nl": "Gegevens uit verschillende bronnen", "en": "Data from several sources"}
    if not title and name.startswith("gesimuleerd"):
        title = {"nl": "Gesimuleerde gegevens", "en": "Simulated data"}
    known["title"] = title.get(lang, "") if isinstance(title, Mapping) else str(title or "")
    names = [str(author) for author in known.get("authors") or []]
    # a study that cites a publication uses data of others: its authors did not write the report
    known["authors"], known["data_by"] = ([], names) if known.get("citation") else (names, [])
    known["name"] = name
    known["simulated"] = bool(known.get("simulated")) or name.startswith("gesimuleerd")
    return known


def _codebook(folder: Path, run: Mapping[str, Any], study: str) -> dict[str, Any]:
    """The [study] table of the codebook of the study itself, or of the only one among the inputs; paths are relative."""
    paths = {Path(str(one.get("path", ""))) for one in run.get("inputs") or []}
    read = sorted(path for path in paths if path.name == "codebook.toml")
    own = [path for path in read if path.parent.name == study]
    for path in own or (read if len(read) == 1 else []):
        for base in (*folder.resolve().parents, Path.cwd(), *Path.cwd().parents):
            if (base / path).is_file():
                try:
                    return dict(tomllib.loads((base / path).read_text(encoding="utf-8")).get("study", {}))
                except (OSError, tomllib.TOMLDecodeError):
                    return {}
    return {}
