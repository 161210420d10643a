"""Compares a recorded run with the same run done again: every number, table, figure and text, within stated bounds."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from klantstudie import vocabulary
from klantstudie.run import files, results
from klantstudie.run.results import Difference

CLOSE = 1e-8  # relative, with the same versions and seed
DRAWN = 8.0  # how many Monte Carlo errors two runs of a bootstrap may differ when versions differ
FIGURE = 1e-6  # relative, for coordinates in a drawing
SHOWN = 0.02  # relative, for the rounded numbers in the text of a figure when versions differ
DRAWS = ("n_boot", "n_draws", "n_sim", "n_imputations")
NUMBER = re.compile(r"[-−]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?")


@dataclass
class Checked:
    """What was compared in one run, and what differs."""

    run: str
    numbers: int = 0
    files: int = 0
    worst: float = 0.0
    worst_at: str = ""
    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not self.differences


def check(before: Path, after: Path, *, run: str, same_versions: bool) -> Checked:
    """Compare the folder of a recorded run with the folder of the same run done again."""
    found = Checked(run)
    _numbers(found, before, after, same_versions)
    _figures(found, before, after, same_versions)
    _decisions(found, before, after)
    if same_versions:
        if not found.differences:  # words that no number tells, such as a caption
            _text(found, "results.json", before / "results.json", after / "results.json", CLOSE)
        for path in sorted(one for one in (before / "tables").glob("*.*") if one.suffix in (".csv", ".md")):
            _text(found, f"tables/{path.name}", path, after / "tables" / path.name, CLOSE)
        _notebook(found, before, after)
    return found


# ------------------------------------------------------------------------------------------------ numbers


def _numbers(found: Checked, before: Path, after: Path, same_versions: bool) -> None:
    first = {(one.result, one.term, one.column): one.value for one in results.numbers(before)}
    second = {(one.result, one.term, one.column): one.value for one in results.numbers(after)}
    drawn = {} if same_versions else dict(_drawn(before))
    for key in first | second:
        one, other = first.get(key, "absent"), second.get(key, "absent")
        found.numbers += 1
        difference = Difference(found.run, *key, one, other)
        if difference.relative > found.worst:
            found.worst, found.worst_at = difference.relative, str(difference)
        if not _agrees(key[2], one, other, drawn.get(key[:2])):
            found.differences.append(str(difference))
    if drawn:
        names = sorted({name for name, _ in drawn})
        found.notes.append(
            f"other versions: drawn results within their Monte Carlo error ({', '.join(names)})"
        )


def _agrees(column: str, before: Any, after: Any, error: float | None) -> bool:
    if before == after:
        return True
    if not (isinstance(before, float) and isinstance(after, float)):
        return False
    if _is_count(column):
        return False
    if error is not None:
        return abs(after - before) <= max(DRAWN * error, CLOSE * abs(before))
    return math.isclose(before, after, rel_tol=CLOSE, abs_tol=1e-12)


def _decisions(found: Checked, before: Path, after: Path) -> None:
    """Compare the decision that each result reached, whatever the versions."""
    first, second = (
        {one["name"]: one.get("info", {}).get("decision") for one in results.saved(folder)}
        for folder in (before, after)
    )
    for name in first | second:
        if first.get(name) != second.get(name):
            there = f"{first.get(name) or 'none'} → {second.get(name) or 'none'}"
            found.differences.append(f"{found.run} › {name} › decision {there}")


def _is_count(column: str) -> bool:
    known = vocabulary.entries("columns").get(column) or vocabulary.entries("fit").get(column) or {}
    return known.get("type") == "count"


def _drawn(folder: Path) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield ((result, term), Monte Carlo error) for every row that rests on random draws."""
    for entry in results.saved(folder):
        info = entry.get("info", {})
        draws = next((info[name] for name in DRAWS if info.get(name)), None)
        if draws and info.get("seed") is not None:
            for term, row in results.rows(entry):
                spread = row.get("std_error") or _width(row) or abs(row.get("estimate") or 1.0)
                yield (entry["name"], term), float(spread) / math.sqrt(draws)


def _width(row: Mapping[str, Any]) -> float | None:
    low, high = row.get("conf_low"), row.get("conf_high")
    return None if low is None or high is None else (high - low) / 3.92


# ------------------------------------------------------------------------------------------------ files


def _figures(found: Checked, before: Path, after: Path, same_versions: bool) -> None:
    """Compare the figures by what they draw; with other versions by the numbers that their text says."""
    if same_versions:
        for path in sorted((before / "figures").glob("*.svg")):
            _text(found, f"figures/{path.name}", path, after / "figures" / path.name, FIGURE)
        return
    first, second = ({one["name"]: one for one in _saved_figures(folder)} for folder in (before, after))
    for name in sorted(set(first) | set(second)):
        found.files += 1
        one, other = (json.dumps(saved.get(name, {}).get("alt", "")) for saved in (first, second))
        told = unequal(one, other, SHOWN)
        if told:
            found.differences.append(f"{found.run} › figures/{name} › {told}")


def _saved_figures(folder: Path) -> list[dict[str, Any]]:
    return files.read_json(folder / "results.json").get("figures", [])


def _text(found: Checked, name: str, before: Path, after: Path, tolerance: float) -> None:
    found.files += before.is_file() or after.is_file()
    for path, told in ((before, "is gone"), (after, "is not made any more")):
        if not path.is_file():
            if before.is_file() or after.is_file():
                found.differences.append(f"{found.run} › {name} {told}")
            return
    told = unequal(before.read_text(encoding="utf-8"), after.read_text(encoding="utf-8"), tolerance)
    if told:
        found.differences.append(f"{found.run} › {name} › {told}")


def _notebook(found: Checked, before: Path, after: Path) -> None:
    """Compare the cells of the stored notebooks: sources, and outputs with numbers as numbers."""
    first, second = (
        files.read_json(folder / "notebook.ipynb").get("cells", []) for folder in (before, after)
    )
    found.files += 1
    if len(first) != len(second):
        found.differences.append(f"{found.run} › notebook › {len(first)} cells → {len(second)}")
        return
    for number, (one, other) in enumerate(zip(first, second, strict=True)):
        for part in ("source", "outputs"):
            told = unequal(*(json.dumps(cell.get(part), ensure_ascii=False) for cell in (one, other)), CLOSE)
            if told:
                found.differences.append(f"{found.run} › notebook › cell {number} › {part} › {told}")


def unequal(before: str, after: str, tolerance: float) -> str:
    """Return the first place where two texts differ by more than a tolerance of their numbers; "" when nowhere."""
    if before == after:
        return ""
    if NUMBER.sub("#", before) != NUMBER.sub("#", after):
        at = next((i for i, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
        at = min(at, len(before), len(after))
        return f"…{before[max(at - 20, 0) : at + 20]}… → …{after[max(at - 20, 0) : at + 20]}…"
    for one, other in zip(NUMBER.findall(before), NUMBER.findall(after), strict=True):
        if one != other and not _close(one, other, tolerance):
            return f"{one} → {other}"
    return ""


def _close(before: str, after: str, tolerance: float) -> bool:
    try:
        one, other = (float(text.replace("−", "-").replace(",", ".")) for text in (before, after))
    except ValueError:
        return False
    return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)


def report(found: Checked, folder: Path, lang: str) -> None:
    """Check that the stored report is what the stored notebook and results give."""
    stored = folder / "report.html"
    if not stored.is_file():
        return
    from klantstudie.present import documents

    beside = folder.with_name(f".{folder.name}.verify")
    try:
        shutil.copytree(folder, beside, ignore=shutil.ignore_patterns("report.*", ".lock"))
        documents.build(beside, to=("html",), lang=lang)
        found.files += 1
        made = (beside / "report.html").read_text(encoding="utf-8").replace(beside.name, folder.name)
        told = unequal(stored.read_text(encoding="utf-8"), made, 0.0)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    if told:
        found.differences.append(f"{found.run} › report.html › {told}")
