"""Checks a study as a whole: what must be mended before it can be loaded, and what is worth a second look."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd

from klantstudie import inputs
from klantstudie.errors import CodebookError, InputError
from klantstudie.study import cleaning, conditions, loading, privacy, reading
from klantstudie.study.codebook import Codebook
from klantstudie.study.guessing import is_id, item_rest
from klantstudie.study.reading import RawSurvey

_SHA = re.compile(r"\b[0-9a-f]{64}\b")


def check(study: str, *, root: str | Path | None = None) -> list[str]:
    """Return every problem that must be mended before the study can be loaded, each with its place; empty when none.

    Looks at the codebook, the raw file, every answer against its scale, the exclusion rules, and the hash that
    SOURCE.md states.
    """
    try:
        codebook, raw = loading.read(study, root=root)
    except CodebookError as error:
        return error.problems
    except InputError as error:
        return [str(error)]
    folder = inputs.project_root(root) / inputs.RAW / study
    problems = [*_source(folder, codebook), *_personal(raw, codebook, loading.raw_file(folder, codebook))]
    try:
        work, _ = cleaning.clean(
            raw.frame, codebook, lines=raw.lines, missing=raw.missing, reasons=raw.reasons
        )
    except CodebookError as error:
        return [*problems, *error.problems]
    except InputError as error:
        return [*problems, str(error)]
    problems += _rules(work, codebook)
    problems += _groups(work, codebook)
    time = codebook.duration
    if time and (work[time].dropna() < 0).any():
        many = int((work[time] < 0).sum())
        problems.append(f"study.duration: negative in {many} rows; are end and start the right way round?")
    weight = codebook.study.weight
    if weight and (work[weight].dropna() < 0).any():
        problems.append(f"study.weight: column '{weight}' holds negative weights")
    if codebook.study.counts and not weight:
        problems.append("study.counts: name the column that counts people in study.weight")
    if codebook.study.counts and weight and (work[weight].isna() | (work[weight] % 1 != 0)).any():
        problems.append(f"study.counts: column '{weight}' must hold a whole number in every row")
    return problems


def remarks(study: str, *, root: str | Path | None = None) -> list[str]:
    """Return what is worth a second look in a study that can be loaded: nothing here stops it.

    Remarks of the reader, columns that the codebook leaves out, items that go against their scale, items without
    any spread, answers that nobody gave, groups smaller than the smallest cell, preview rows without a rule.
    """
    codebook, raw = loading.read(study, root=root)
    made = loading.load(study, root=root)
    found = list(raw.notes)
    found += [
        f"column '{row.term}' seems to hold personal data ({row.part})"
        for row in privacy.scan(raw.frame).table.itertuples(index=False)
        if row.n
    ]
    used = {*loading.used_columns(codebook), *codebook.study.quasi_identifiers}
    left = [str(name) for name in raw.frame.columns if name not in used]
    if left:
        found.append(f"columns that the codebook leaves out: {', '.join(left)}")
    found += _items(made.frame, codebook)
    found += _platform(raw, codebook)
    found += _alike(made.frame, codebook)
    if not codebook.study.id:
        found += [
            f"column '{name}' is called like an id and is not used as one; say id = \"{name}\" in [study]"
            + (
                ", and duplicates = … for the values that repeat"
                if raw.frame[name].duplicated().any()
                else ""
            )
            for name in raw.frame.columns
            if is_id(str(name))
        ]
    for name in codebook.groups:
        sizes = made.frame[name].value_counts()
        small = sizes[sizes < codebook.study.min_cell]
        if len(small):
            told = ", ".join(f"{label} ({count})" for label, count in small.items())
            found.append(f"groups.{name}: fewer than {codebook.study.min_cell} respondents: {told}")
    return found


def _source(folder: Path, codebook: Codebook) -> list[str]:
    """SOURCE.md, where it states hashes, must state the one of the raw file."""
    source = folder / "SOURCE.md"
    if not source.is_file():
        return []
    stated = set(_SHA.findall(source.read_text(encoding="utf-8", errors="replace")))
    file = loading.raw_file(folder, codebook)
    if stated and inputs.sha256(file) not in stated:
        return [f"SOURCE.md: none of its SHA-256 values is that of {file.name} ({inputs.sha256(file)})"]
    return []


def _personal(raw: RawSurvey, codebook: Codebook, file: Path) -> list[str]:
    """A raw file in git must not hold personal data that the codebook does not declare."""
    found = undeclared(raw.frame, codebook)
    if not found or not in_git(file):
        return []
    return [
        f"column '{name}' seems to hold personal data ({', '.join(kinds)}) and {file.name} is in git; take the file out "
        "of git and pseudonymise it, or declare the column in identifiers = […] of [study] when it is harmless"
        for name, kinds in found.items()
    ]


def undeclared(frame: pd.DataFrame, codebook: Codebook | None = None) -> dict[str, list[str]]:
    """Return the columns that seem to hold personal data and are not declared, each with the kinds found."""
    declared = set()
    if codebook is not None:
        declared = {*codebook.study.identifiers, *codebook.study.quasi_identifiers}
    found: dict[str, list[str]] = {}
    for row in privacy.scan(frame).table.itertuples(index=False):
        if row.n and row.term not in declared:
            found.setdefault(row.term, []).append(row.part)
    return found


def personal_in(file: Path, codebook: Codebook | None = None) -> dict[str, list[str]]:
    """Return what seems personal anywhere in a file that will be handed on: every sheet of a workbook, every column.

    A file that is no table is looked at line by line; one whose bytes are no text is left to a person.
    """
    found: dict[str, list[str]] = {}
    for place, frame in _frames(file).items():
        for name, kinds in undeclared(frame, codebook).items():
            found[f"{place}{name}"] = kinds
    return found


def _frames(file: Path) -> dict[str, pd.DataFrame]:
    if file.suffix.lower() in (".xlsx", ".ods"):
        sheets = pd.read_excel(file, sheet_name=None, dtype=object)
        return {f"{title}!" if len(sheets) > 1 else "": frame for title, frame in sheets.items()}
    try:
        return {"": reading.read_raw(file).frame}
    except InputError:
        data = file.read_bytes()
        lines = [] if b"\0" in data[:4096] else data.decode("utf-8", "replace").splitlines()
        return {"": pd.DataFrame({"text": lines}, dtype=object)}


def in_git(file: Path) -> bool:
    """Say whether git follows a file; without git nothing is followed."""
    try:
        done = subprocess.run(
            ["git", "ls-files", "--error-unmatch", "--", file.name],
            cwd=file.parent,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _rules(work: pd.DataFrame, codebook: Codebook) -> list[str]:
    problems = []
    work = cleaning.with_measures(work, codebook, codebook.rules)
    for rule in codebook.rules:
        try:
            held = conditions.parse(rule.when).rows(work)
        except InputError as error:
            problems.append(f"rule '{rule.name}': {error}")
            continue
        if rule.action == "exclude" and held.all() and len(held):
            problems.append(f"rule '{rule.name}': takes out every row")
    return problems


def _groups(work: pd.DataFrame, codebook: Codebook) -> list[str]:
    """A group that declares labels must have one for every code that occurs."""
    problems = []
    for name, group in codebook.groups.items():
        if not group.labels:
            continue
        known = {words.get("nl") for words in group.labels.values()}
        strange = sorted(set(work[name].dropna()) - known)
        if strange:
            problems.append(f"groups.{name}: codes without a label: {', '.join(strange[:8])}")
    return problems


def _items(frame: pd.DataFrame, codebook: Codebook) -> list[str]:
    found = []
    for name, item in codebook.item_table.items():
        if item.type != "number":
            continue
        answered = frame[name].dropna()
        if answered.empty or answered.nunique() == 1:
            found.append(
                f"items.{name}: {'nobody answered' if answered.empty else 'everybody gave the same answer'}"
            )
        response = codebook.response(name)
        if response and response.whole and response.max - response.min <= 10 and len(answered) >= 50:
            possible = np.arange(response.min, response.max + 1)
            unused = [f"{code:g}" for code in possible if code not in set(answered)]
            if unused:
                found.append(f"items.{name}: answers that nobody gave: {', '.join(unused)}")
    for name, scale in codebook.scales.items():
        items = codebook.items(name)
        if len(items) < 3:
            continue
        for item, r in zip(scale.items, item_rest(frame[items].to_numpy(dtype=float)), strict=True):
            if r < -0.1:
                found.append(
                    f"scales.{name}: '{item}' goes against the others (item-rest r = {r:.2f}); is reverse right?"
                )
    return found


def _alike(frame: pd.DataFrame, codebook: Codebook) -> list[str]:
    """Labels of a group that differ only in capitals or spaces are probably one label."""
    found = []
    for name in codebook.groups:
        labels = frame[name].dropna().astype("string").unique()
        same: dict[str, list[str]] = {}
        for label in labels:
            same.setdefault(" ".join(label.casefold().split()), []).append(label)
        for double in same.values():
            if len(double) > 1:
                told = ", ".join(f"'{label}'" for label in double)
                found.append(f"groups.{name}: {told} differ only in capitals or spaces; give them one label")
    return found


def _platform(raw: RawSurvey, codebook: Codebook) -> list[str]:
    """Preview and unfinished answers that no rule takes out."""
    named = {column for rule in codebook.rules for column in conditions.parse(rule.when).columns}
    found = []
    for name, role in raw.roles.items():
        values = raw.frame[name]
        if role == "status" and name not in named:
            odd = values.dropna()
            odd = odd[odd != 0] if odd.dtype.kind == "f" else odd[odd != "IP Address"]
            if len(odd):
                found.append(
                    f"column '{name}' marks {len(odd)} answers as preview, test or spam, and no rule names it"
                )
        if role == "finished" and name not in named:
            off = values.isna() if values.dtype.kind != "f" else values == 0
            if off.any():
                found.append(
                    f"column '{name}' marks {int(off.sum())} answers as not finished, and no rule names it"
                )
    return found
