"""Gathers the numbers of every run: one tidy table, and the differences between two runs or two batches."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError
from klantstudie.inputs import UNIVERSES
from klantstudie.run import files
from klantstudie.texts import harmless

COLUMNS = ("run", "parameters", "result", "term", "column", "value")
# Text columns of a result that say which row a number is in.
ROW = ("term", "part", "group", "reference_group", "wave", "choice", "universe")
FIT = "fit"


@dataclass(frozen=True)
class Number:
    """One number of a run, and where it stands."""

    run: str
    parameters: str
    result: str
    term: str
    column: str
    value: float | None


def runs(reports: str | Path) -> list[Path]:
    """Return the folders of all runs under a folder; the folder itself when it is one.

    The universes of a multiverse are parts of its report, and count only when their own folder is asked for.
    """
    place = Path(reports)
    if (place / "run.json").is_file():
        return [place]
    if not place.is_dir():
        raise RunError(f"there is no folder {place}")
    found = sorted(path.parent for path in place.glob("**/run.json"))
    return [folder for folder in found if UNIVERSES not in folder.relative_to(place).parts[:1]]


def name(folder: Path) -> str:
    """Return the name of a run: study/notebook/run."""
    return "/".join(folder.resolve().parts[-3:])


def saved(folder: Path) -> list[dict[str, Any]]:
    """Return what a run saved: the entries of its results.json."""
    return list(files.read_json(folder / "results.json").get("results", []))


def numbers(folder: Path) -> Iterator[Number]:
    """Return every number that a run saved, in the order of saving; no number leaves its precision."""
    record = files.read_json(folder / "run.json")
    given = "; ".join(f"{key}={value}" for key, value in sorted(record.get("given", {}).items()))
    for entry in saved(folder):
        for term, row in rows(entry):
            for column, value in row.items():
                if column not in ROW and _is_number(value):
                    yield Number(name(folder), given, entry["name"], term, column, _number(value))
        for column, value in entry.get("fit", {}).items():
            yield Number(name(folder), given, entry["name"], FIT, column, _number(value))
        for column, value in entry.get("info", {}).items():
            if column in ("n_total", "n_used", "n_excluded"):
                yield Number(name(folder), given, entry["name"], "info", column, _number(value))


def rows(entry: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return (what names the row, row) for every row of a saved table."""
    seen: dict[str, int] = {}
    for row in entry.get("table", []):
        yield _term(row, seen), row


def row_name(row: Mapping[str, Any]) -> str:
    """Return the words that name a row."""
    return " · ".join(str(row[key]) for key in ROW if row.get(key) not in (None, ""))


def _term(row: Mapping[str, Any], seen: dict[str, int]) -> str:
    """Return what names a row; rows that no word tells apart are counted."""
    words = row_name(row)
    if not words:
        texts = [str(value) for value in row.values() if isinstance(value, str) and value]
        words = texts[0] if texts else "row"
    seen[words] = seen.get(words, 0) + 1
    return words if seen[words] == 1 else f"{words} #{seen[words]}"


def _is_number(value: Any) -> bool:
    return (
        value is None
        or (isinstance(value, (int, float)) and not isinstance(value, bool))
        or value in ("inf", "-inf")
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def write(reports: str | Path) -> Path:
    """Write reports/results.csv: run, parameters, result, term, column, value of every completed run."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(COLUMNS)
    for folder in runs(reports):
        if files.read_json(folder / "run.json").get("status") == "completed":
            for one in numbers(folder):
                value = "" if one.value is None else repr(one.value)
                table.writerow(
                    [harmless(text) for text in (one.run, one.parameters, one.result, one.term, one.column)]
                    + [value]
                )
    path = Path(reports) / "results.csv"
    files.write(path, stream.getvalue())
    return path


# ------------------------------------------------------------------------------------------------ differences


@dataclass(frozen=True)
class Difference:
    """One number that differs between two runs; None stands for a missing number, "absent" for no such place."""

    run: str
    result: str
    term: str
    column: str
    before: float | str | None
    after: float | str | None

    @property
    def relative(self) -> float:
        """The difference relative to the larger of the two; infinite when one is missing."""
        return relative(self.before, self.after)

    def __str__(self) -> str:
        place = " › ".join(part for part in (self.run, self.result, self.term, self.column) if part)
        return f"{place} {_shown(self.before)} → {_shown(self.after)}"


def relative(before: Any, after: Any) -> float:
    """Return |a − b| relative to the larger of the two; 0 for equal, infinite when only one is a number."""
    if before == after:
        return 0.0
    if not all(isinstance(value, float) and math.isfinite(value) for value in (before, after)):
        return math.inf
    return abs(after - before) / max(abs(before), abs(after))


def _shown(value: Any) -> str:
    return "missing" if value is None else value if isinstance(value, str) else f"{value:.10g}"


def differences(before: Path, after: Path, *, label: str = "") -> list[Difference]:
    """Return every number that differs between two run folders."""
    first = {(one.result, one.term, one.column): one.value for one in numbers(before)}
    second = {(one.result, one.term, one.column): one.value for one in numbers(after)}
    found = []
    for key in first | second:
        one, other = first.get(key, "absent"), second.get(key, "absent")
        if one != other:
            found.append(Difference(label, *key, one, other))
    return found


def compare(before: str | Path, after: str | Path) -> list[Difference]:
    """Return the differences of two runs, or of two folders of runs, as numbers; a run that only one has is told."""
    one, other = Path(before), Path(after)
    if (one / "run.json").is_file() and (other / "run.json").is_file():
        return differences(one, other, label=name(other))
    first = {folder.relative_to(one).as_posix(): folder for folder in runs(one)}
    second = {folder.relative_to(other).as_posix(): folder for folder in runs(other)}
    found = []
    for key in sorted(set(first) | set(second)):
        if key in first and key in second:
            found += differences(first[key], second[key], label=key)
        else:
            there = "present", "absent"
            found.append(Difference(key, "", "", "", *(there if key in first else reversed(there))))
    return found
