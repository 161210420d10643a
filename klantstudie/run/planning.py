"""Reads the plan of a batch, batch.toml or a sheet with one row a report, and checks all of it before anything starts."""

from __future__ import annotations

import csv
import io
import itertools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError, suggestion
from klantstudie.run import manifest, notebooks
from klantstudie.run import parameters as declared
from klantstudie.run.notebooks import Plan

ENTRY = ("notebook", "parameters", "cross", "zip")
DERIVED = "derived"


@dataclass(frozen=True)
class Wish:
    """One run as the plan asks for it, before it is checked; `place` says where in the plan it stands."""

    place: str
    notebook: str
    given: Mapping[str, Any]
    text: bool = False


def read(path: str | Path, *, reports: Path | None = None) -> list[Plan]:
    """Return the checked runs of a plan, each once; every problem of the plan is told in one RunError."""
    file = Path(path)
    if not file.is_file():
        raise RunError(
            f"there is no plan {file}; a plan is a batch.toml, or a .csv or .xlsx with one row a report"
        )
    problems: list[str] = []
    wishes = list(_toml(file, problems) if file.suffix.lower() == ".toml" else _sheet(file))
    if not wishes and not problems:
        problems.append("asks for no run: add a [[run]] with a notebook")
    plans: dict[Path, Plan] = {}
    for wish in wishes:
        try:
            made = _plan(wish, file.parent, reports)
        except RunError as error:
            problems += [f"{wish.place}: {line}" for line in str(error).splitlines()]
        else:
            if plans.setdefault(made.folder, made).values != made.values:
                there = plans[made.folder].values
                names = [name for name, value in made.values.items() if value != there.get(name)]
                told = ", ".join(f"{name} {there.get(name)!r} and {made.values[name]!r}" for name in names)
                problems.append(f"{wish.place}: would get the folder of another run: {told}")
    if problems:
        count = f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'}"
        raise RunError(
            "\n".join([f"{file.name}: {count}, nothing was started", *(f"  - {text}" for text in problems)])
        )
    return list(plans.values())


def _plan(wish: Wish, folder: Path, reports: Path | None) -> Plan:
    path = folder / wish.notebook
    name = path if path.suffix == ".ipynb" else path.with_name(f"{path.name}.ipynb")
    if not name.is_file():
        known = [found.stem for found in notebooks.listed(folder)]
        raise RunError(f"there is no notebook '{wish.notebook}'{suggestion(Path(wish.notebook).stem, known)}")
    given = dict(wish.given)
    derived = given.get("seed") == DERIVED
    if derived:
        del given["seed"]
    made = notebooks.plan(name, given, reports=reports, text=wish.text)
    return _seeded(made, reports) if derived else made


def _seeded(made: Plan, reports: Path | None) -> Plan:
    """Give a run its own seed, from study, notebook and analysis parameters: the same in every language and format."""
    known = {
        name: declared.plain(value)
        for name, value in made.values.items()
        if name not in (*notebooks.PLACE, "seed")
    }
    seed = int(manifest.digest([made.study, made.name, known])[:8], 16) % 2**31
    return notebooks.plan(made.path, {**made.given, "seed": seed}, reports=reports)


# ------------------------------------------------------------------------------------------------ batch.toml


def _toml(file: Path, problems: list[str]) -> Iterator[Wish]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RunError(f"{file.name} is not TOML: {error}") from None
    for name in sorted(set(found) - {"run"}):
        problems.append(f"'{name}' is not known here; a plan has [[run]]{suggestion(name, ['run'])}")
    entries = found.get("run", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        problems.append("write each run as [[run]], with double brackets")
        return
    for number, entry in enumerate(entries, 1):
        yield from _expand(entry, f"run {number}", problems)


def _expand(entry: Mapping[str, Any], place: str, problems: list[str]) -> Iterator[Wish]:
    """Return the runs of one [[run]]: single values, times the crossed lists, times the zipped lists."""
    notebook = entry.get("notebook")
    if not isinstance(notebook, str) or not notebook:
        hint = suggestion("notebook", [name for name in entry if name not in ENTRY])
        problems.append(f'{place}: say which notebook, such as notebook = "00-schoonmaak"{hint}')
        return
    tables = {name: entry.get(name, {}) for name in ("parameters", "cross", "zip")}
    wrong = [name for name, table in tables.items() if not isinstance(table, dict)]
    problems += [f"{place} ({notebook}): {name} must be a table, {name} = {{ … }}" for name in wrong]
    lists = {
        f"{kind}.{name}": value
        for kind in ("cross", "zip")
        if kind not in wrong
        for name, value in tables[kind].items()
    }
    bare = [name for name, value in lists.items() if not isinstance(value, list) or not value]
    problems += [f"{place} ({notebook}): {name} must be a list of values" for name in bare]
    single = {name: value for name, value in entry.items() if name not in ENTRY}
    if wrong or bare:
        return
    named = [name for table in (single, *tables.values()) for name in table]
    twice = sorted({name for name in named if named.count(name) > 1})
    lengths = {name: len(values) for name, values in tables["zip"].items()}
    if twice:
        problems.append(f"{place} ({notebook}): given more than once: {', '.join(twice)}")
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        problems.append(f"{place} ({notebook}): zipped lists must be equally long: {told}")
    if twice or len(set(lengths.values())) > 1:
        return
    crossed = itertools.product(*(_named(name, values) for name, values in tables["cross"].items()))
    rows = list(zip(*(_named(name, values) for name, values in tables["zip"].items()), strict=True)) or [()]
    for across, along in itertools.product(crossed, rows):
        given = single | tables["parameters"] | dict(across) | dict(along)
        yield Wish(f"{place} ({notebook})", notebook, given)


def _named(name: str, values: Sequence[Any]) -> list[tuple[str, Any]]:
    return [(name, value) for value in values]


# ------------------------------------------------------------------------------------------------ sheets


def _sheet(file: Path) -> Iterator[Wish]:
    """Return the runs of a sheet: a column `notebook`, and a column for each parameter; an empty cell is the default."""
    rows = _csv(file) if file.suffix.lower() in (".csv", ".tsv") else _excel(file)
    header = [str(name or "").strip() for name in next(rows, [])]
    if "notebook" not in header:
        raise RunError(
            f"{file.name}: the first row must name the columns, one of them notebook; found: {header}"
        )
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise RunError(f"{file.name}: columns that stand there twice: {', '.join(twice)}")
    for number, row in enumerate(rows, 2):
        if any(cell not in (None, "") for cell in row[len(header) :]):
            raise RunError(f"{file.name}, row {number}: has more cells than the first row has columns")
        cells = {
            name: cell for name, cell in zip(header, row, strict=False) if name and cell not in (None, "")
        }
        notebook = str(cells.pop("notebook", "")).strip()
        if notebook:
            yield Wish(f"row {number} ({notebook})", notebook, cells, text=True)
        elif cells:
            raise RunError(f"{file.name}, row {number}: names no notebook")


def _csv(file: Path) -> Iterator[list[Any]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RunError(
            f"{file.name} is not UTF-8 text (byte {error.start}); save it as CSV UTF-8, or as .xlsx"
        ) from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    return iter(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))


def _excel(file: Path) -> Iterator[list[Any]]:
    if file.suffix.lower() not in (".xlsx", ".xlsm"):
        raise RunError(f"{file.name}: a plan is a .toml, .csv or .xlsx file")
    import openpyxl

    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        return iter([list(row) for row in book.worksheets[0].iter_rows(values_only=True)])
    finally:
        book.close()
