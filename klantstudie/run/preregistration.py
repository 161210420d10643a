"""Freezes what a study will do before it is done, and lists every deviation of a later run."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from klantstudie.errors import CodebookError, RunError
from klantstudie.run import files, manifest, notebooks
from klantstudie.run import parameters as declared
from klantstudie.run.notebooks import PLACE, Plan

FOLDER = "preregistration"  # in data/raw/<study>
STATED = {"nl": "Vooraf gesteld", "en": "Stated in advance"}
MARKS = {
    "nl": ("De bewering", "De vraag", STATED["nl"]),
    "en": ("The claim", "The question", STATED["en"]),
}
# What a codebook only words or tells; everything else decides how an answer is read, left out or scored.
WORDING = {"name", "text", "label", "labels", "options", "reason"}
OF_STUDY = {"id", "duplicates", "missing", "weight", "duration", "time_zone", "attention"}


def freeze(notebook: str | Path, given: Mapping[str, Any], *, text: bool = False) -> Path:
    """Write down what a notebook will do with a study, and return the file.

    The file stands in data/raw/<study>/preregistration, as <notebook>-1.json (a later one is 2, and so on; none is
    ever written over), with the same in words beside it. It holds the hypotheses (the paragraphs that begin with
    **De bewering.**, **De vraag.** and **Vooraf gesteld.**, and their English), the parameters with their bounds,
    the exclusion rules and scoring of the codebook, the code of every cell, whether there were data and reports
    already, the time and a hash of it all. Errors: no study, a simulated study, a notebook that states nothing in advance, a
    registration that would repeat the last one.
    """
    planned = notebooks.plan(notebook, given, text=text)
    folder = _study(planned)
    frozen = {"format": 1, "notebook": planned.name, "study": planned.study, **_state(planned)}
    if not any(STATED[lang] in frozen["stated"][lang] for lang in STATED):
        raise RunError(
            f"{planned.name} states nothing in advance; write a paragraph that begins with **{STATED['nl']}.** in a cell "
            f"tagged nl, and one with **{STATED['en']}.** in a cell tagged en: which outcome supports the claim"
        )
    known = of(planned)
    if known and not any(_differences(files.read_json(known[-1]), frozen)):
        raise RunError(f"{manifest.shown(known[-1], planned.project)} holds the same already")
    frozen["data"] = _data(folder)
    frozen["reports"] = len(list(planned.folder.parent.glob("*/notebook.ipynb")))
    frozen["registered"] = datetime.now(UTC).isoformat(timespec="seconds")
    frozen["versions"] = manifest.versions()
    frozen["library"] = manifest.library()
    frozen["sha256"] = manifest.digest(frozen)
    number = max((_number(path) for path in known), default=0) + 1
    path = folder / FOLDER / f"{planned.name}-{number}.json"
    files.write_json(path, frozen)
    files.write(path.with_suffix(".md"), words(frozen))
    return path


def of(planned: Plan) -> list[Path]:
    """Return the registrations of a plan's notebook on its study, first to last."""
    folder = planned.project / manifest.RAW / planned.study / FOLDER
    found = [path for path in folder.glob("*.json") if path.stem.rpartition("-")[0] == planned.name]
    return sorted((path for path in found if _number(path)), key=_number)


def _number(path: Path) -> int:
    last = path.stem.rpartition("-")[2]
    return int(last) if last.isdigit() else 0


def inputs(planned: Plan) -> list[dict[str, str]]:
    """Return the registrations as inputs of a run: a run that they concern depends on them."""
    return [
        {
            "path": manifest.shown(path, planned.project),
            "role": "preregistration",
            "sha256": manifest.sha256(path),
        }
        for path in of(planned)
    ]


def compare(planned: Plan) -> list[dict[str, Any]]:
    """Return, for every registration of a run, what was frozen when, and each deviation from it.

    `reports` counts the reports of this notebook on this study that stood in the project by then. A deviation has a kind (parameter, exclusion, measurement, stated, code), a name, and what was registered and what
    is done now, as text; "" stands for absent. `data` says whether data existed at registration: absent, same (as now)
    or other. `intact` says whether the file still has the hash it was given.
    """
    found: list[dict[str, Any]] = []
    for path in of(planned):
        frozen = files.read_json(path)
        stated = frozen.pop("sha256", "")
        about = {"path": manifest.shown(path, planned.project), "sha256": stated}
        about |= {
            "registered": str(frozen.get("registered", "")),
            "intact": stated == manifest.digest(frozen),
        }
        before = (frozen.get("data") or {}).get("sha256", "")
        now = _data(planned.project / manifest.RAW / planned.study)["sha256"]
        about["data"] = "absent" if not before else "same" if before == now else "other"
        about["reports"] = int(frozen.get("reports") or 0)
        about["deviations"] = list(_differences(frozen, _state(planned)))
        found.append(about)
    return found


# ------------------------------------------------------------------------------------------------ what is frozen


def _study(planned: Plan) -> Path:
    folder = planned.project / manifest.RAW / planned.study
    if "study" not in planned.values:
        raise RunError(f"{planned.name} has no parameter study, so it cannot be registered for one")
    if not (folder / "codebook.toml").is_file():
        raise RunError(
            f"{folder.relative_to(planned.project).as_posix()} holds no codebook.toml: a registration needs the codebook, "
            "though not yet the data; a simulated study has no data to come"
        )
    return folder


def _state(planned: Plan) -> dict[str, Any]:
    """Return what a plan will do, as plain data."""
    from klantstudie.study.codebook import read_codebook

    try:
        book = read_codebook(planned.project / manifest.RAW / planned.study / "codebook.toml")
    except CodebookError:
        book = None
    values = {name: declared.plain(value) for name, value in planned.values.items() if name not in PLACE}
    return {
        "stated": {lang: "\n\n".join(_marked(planned.content, lang)) for lang in MARKS},
        "parameters": values,
        "codebook": _declared(book) if book is not None else None,
        "code": [_source(cell) for cell in planned.content["cells"] if _is_code(cell)],
    }


def _source(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def _is_code(cell: Mapping[str, Any]) -> bool:
    """Whether a cell computes; the parameters are frozen by their values."""
    return cell["cell_type"] == "code" and "parameters" not in _tags(cell) and bool(_source(cell).strip())


def _marked(content: Mapping[str, Any], lang: str) -> Iterator[str]:
    """Yield the paragraphs of claim, question and advance statement, each up to the next bold lead or heading."""
    for cell in content["cells"]:
        languages = [tag for tag in _tags(cell) if tag in MARKS]
        if cell["cell_type"] != "markdown" or (languages and lang not in languages):
            continue
        wanted = False
        for paragraph in re.split(r"\n\s*\n", _source(cell)):
            if paragraph.startswith(("**", "#")):
                wanted = paragraph.startswith(tuple(f"**{mark}" for mark in MARKS[lang]))
            if wanted:
                yield paragraph.strip()


def _declared(book: Any) -> dict[str, Any]:
    """Return what a codebook decides: rules, response scales, items, scales, groups and the study's own columns."""
    tables = {"rules": {rule.name: rule for rule in book.rules}, "responses": book.responses}
    tables |= {"items": book.item_table, "scales": book.scales, "groups": book.groups}
    found = {
        f"{kind}.{name}": one.model_dump(mode="json", exclude=WORDING, exclude_defaults=True)
        for kind, table in tables.items()
        for name, one in table.items()
    }
    found["study"] = book.study.model_dump(mode="json", include=OF_STUDY, exclude_defaults=True)
    if book.waves:
        found["waves"] = book.waves.model_dump(mode="json", exclude=WORDING, exclude_defaults=True)
    return found


def _data(folder: Path) -> dict[str, str]:
    """Return name and hash of the raw file as far as there is one."""
    from klantstudie.study.codebook import read_codebook
    from klantstudie.study.loading import raw_file

    try:
        file = raw_file(folder, read_codebook(folder / "codebook.toml"))
    except CodebookError:
        return {"file": "", "sha256": ""}
    return {"file": file.name, "sha256": manifest.sha256(file)}


# ------------------------------------------------------------------------------------------------ deviations


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for lang in MARKS:
        texts = [str((state.get("stated") or {}).get(lang, "")) for state in (before, now)]
        one, other = ([" ".join(paragraph.split()) for paragraph in text.split("\n\n")] for text in texts)
        if one != other:
            only = [paragraph for paragraph in one if paragraph not in other]
            yield _told(
                "stated",
                lang,
                " ".join(only),
                " ".join(paragraph for paragraph in other if paragraph not in one),
            )
    yield from _changed("parameter", before.get("parameters") or {}, now["parameters"])
    if now["codebook"] is not None:
        yield from _changed("measurement", before.get("codebook") or {}, now["codebook"])
    yield from _code(before.get("code") or [], now["code"])


def _told(kind: str, name: str, before: str, after: str) -> dict[str, str]:
    return {"kind": kind, "name": name, "before": before, "after": after}


def _changed(kind: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for name in dict.fromkeys([*before, *now]):
        one, other = before.get(name), now.get(name)
        if one != other or (name in before) != (name in now):
            what = "exclusion" if kind == "measurement" and name.startswith("rules.") else kind
            yield _told(what, name, *_shown(one, other, name in before, name in now))


def _shown(one: Any, other: Any, was: bool, there: bool) -> tuple[str, str]:
    """Write two values as text; of two tables only the keys that differ."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = [key for key in dict.fromkeys([*one, *other]) if one.get(key) != other.get(key)]
        one, other = ({key: table[key] for key in keys if key in table} for table in (one, other))
    return (_text(one) or "–") if was else "", (_text(other) or "–") if there else ""


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key} = {_text(one)}" for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(one) for one in value)
    if isinstance(value, float):
        return f"{value:.12g}"
    return "" if value is None else str(value)


def _meaning(source: str) -> str:
    """Return code without its layout and comments, so that only what it does is compared."""
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return source.strip()


def _code(before: list[str], now: list[str]) -> Iterator[dict[str, str]]:
    """Yield the cells that changed, went or came: the first line that differs of each."""
    meanings = [_meaning(source) for source in before], [_meaning(source) for source in now]
    for tag, first, last, start, end in difflib.SequenceMatcher(
        None, *meanings, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            continue
        for offset in range(max(last - first, end - start)):
            one = before[first + offset] if first + offset < last else ""
            other = now[start + offset] if start + offset < end else ""
            number = start + offset + 1 if other else first + offset + 1
            yield _told("code", str(number), *_first_difference(one, other))


def _first_difference(one: str, other: str) -> tuple[str, str]:
    lines = one.splitlines(), other.splitlines()
    same = 0
    while same < min(map(len, lines)) and lines[0][same] == lines[1][same]:
        same += 1
    shown = [text[same].strip()[:200] if same < len(text) else "" for text in lines]
    return (shown[0] or "–") if one else "", (shown[1] or "–") if other else ""


# ------------------------------------------------------------------------------------------------ in words


def words(frozen: Mapping[str, Any]) -> str:
    """Return a registration as Markdown, for a person to read."""
    data = frozen["data"]
    existed = (
        f"There was a data file at registration: `{data['file']}`, SHA-256 `{data['sha256']}`. What its answers "
        "suggest may have been known."
        if data["file"]
        else "There was no data file in the folder of the study at registration."
    )
    if frozen.get("reports"):
        existed += f" Reports of this notebook on this study that were there already: {frozen['reports']}."
    rules = {name: rule for name, rule in frozen["codebook"].items() if name.startswith("rules.")}
    rest = {name: one for name, one in frozen["codebook"].items() if name not in rules}
    lines = [
        f"# Preregistration of {frozen['notebook']} on {frozen['study']}",
        f"Frozen at {frozen['registered']} by the clock of this computer. {existed}",
        f"SHA-256 of what is frozen: `{frozen['sha256']}`. The hash proves that nothing changed since; that it was made "
        "before the analysis is proved only where others can see it, such as a registry, a shared repository or a message "
        "to a supervisor.",
        "## Hypotheses",
        *(frozen["stated"][lang] for lang in ("en", "nl") if frozen["stated"][lang]),
        "## Parameters and bounds",
        _listed(frozen["parameters"]),
        "## Exclusion rules",
        _listed(rules) or "None.",
        "## Reading and scoring of the answers",
        _listed(rest),
        "## Code",
        *(f"```python\n{source}\n```" for source in frozen["code"]),
        f"Frozen with klantstudie {frozen['versions'].get('klantstudie', '')}, Python {frozen['versions']['python']}.",
    ]
    return "\n\n".join(lines) + "\n"


def _listed(values: Mapping[str, Any]) -> str:
    return "\n".join(
        f"- {name.removeprefix('rules.')}: {_text(value) or '(none)'}"
        for name, value in values.items()
        if value != {}
    )
