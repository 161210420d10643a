"""Runs one notebook under every combination of its choices, follows one number through all of them, and reports it."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError, option, suggestion
from klantstudie.run import batch, files, manifest, notebooks, results, scaffold
from klantstudie.run import parameters as declared
from klantstudie.run.batch import Batch, Outcome, Settings
from klantstudie.run.choices import Followed, Grid, grid, read, told
from klantstudie.run.notebooks import Plan

REPORT = "_multiversum.ipynb"
# What belongs to a followed number: the names in the saved result, and what they are called beside an estimate.
BESIDE = {
    "estimate": {name: name for name in ("std_error", "conf_low", "conf_high", "p_value")},
    "effect": {"effect_low": "conf_low", "effect_high": "conf_high", "p_value": "p_value"},
}
NUMBERS = ("estimate", "std_error", "conf_low", "conf_high", "p_value", "n", "n_total")


@dataclass(frozen=True)
class Multiverse:
    """How a multiverse ended: the runs of its universes, one row a universe, the gathered table and the reports."""

    universes: Batch
    rows: tuple[Mapping[str, Any], ...]
    table: Path | None = None
    reports: tuple[Outcome, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every report is there; a universe that failed is a row of it."""
        return bool(self.reports) and all(outcome.ok for outcome in self.reports)

    def plain(self) -> dict[str, Any]:
        """Return the multiverse as plain data."""
        made = [
            {
                "lang": one.plan.lang,
                "folder": str(one.plan.folder),
                "status": one.status,
                "cause": one.cause,
            }
            for one in self.reports
        ]
        return {
            "ok": self.ok,
            "table": str(self.table or ""),
            "universes": list(self.rows),
            "reports": made,
        }


# ------------------------------------------------------------------------------------------------ asking


def ask(
    notebook: str,
    given: Mapping[str, str],
    choices: Mapping[str, str | None],
    followed: Followed,
    *,
    reports: Path | None = None,
) -> tuple[Grid, Followed]:
    """Check what the command line asks; a notebook that is a .toml says what the command line does not.

    Without a number to follow, the first universe is run and the error tells which numbers there are.
    """
    if not notebook.endswith(".toml"):
        asked = grid(notebook, given, choices, reports=reports, text=True)
    elif given or choices:
        raise RunError(f"{notebook} says what varies: leave out -p and --over")
    else:
        said = read(Path(notebook))
        asked = grid(said["notebook"], said.get("parameters", {}), said.get("choices", {}), reports=reports)
        words = {name: said[name] for name in ("result", "term", "column", "where") if name in said}
        followed = replace(followed, **{name: words[name] for name in words if name in ("column", "where")})
        followed = replace(followed, result=followed.result or words.get("result", ""))
        followed = replace(followed, term=followed.term or words.get("term", ""))
    if not followed.result or not followed.term:
        raise RunError(offered(asked))
    return asked, followed


# ------------------------------------------------------------------------------------------------ running


def run(
    asked: Grid,
    followed: Followed,
    *,
    langs: Sequence[str] = ("nl", "en"),
    workers: int | None = None,
    scheduler: str | None = None,
    again: bool = False,
    settings: Settings | None = None,
    watch: batch.Watcher | None = None,
) -> Multiverse:
    """Run every universe, gather the followed number, and make the report in each language.

    Universes that did not change are not run again, and one that fails is kept as a row with its reason. The runs
    stand in reports/universes, the gathered table beside them, the report in reports/<study>/<notebook>-multiversum.
    """
    for lang in langs:
        option("lang", lang, declared.LANGUAGES)
    settings = settings or Settings()
    how: dict[str, Any] = {"workers": workers, "scheduler": scheduler, "again": again, "watch": watch}
    first = asked.plans[0]
    place = first.folder.parents[2]
    made = batch.run(asked.plans, reports=place, settings=replace(settings, to=()), **how)
    rows = [
        _row(number, asked.choices, picked, outcome, followed)
        for number, (picked, outcome) in enumerate(zip(asked.combinations, made.outcomes, strict=True), 1)
    ]
    if made.interrupted:
        return Multiverse(made, tuple(rows))
    if sum(row["estimate"] is not None for row in rows) < 2:
        raise RunError(_too_few(made, rows, followed))
    identity = manifest.digest([_plain(asked), followed.__dict__])[:8]
    table = first.folder.parent / f"{identity}.csv"
    files.write(table, _csv(rows))
    plans = [_report(first, followed, table, lang, identity, made) for lang in langs]
    reports = batch.run(plans, reports=place.parent, settings=settings, **how)
    return Multiverse(made, tuple(rows), table, reports.outcomes)


def _plain(asked: Grid) -> Any:
    return [
        {name: [declared.plain(one) for one in listed] for name, listed in asked.choices.items()},
        [notebooks.freeze(planned)["given"] for planned in asked.plans],
    ]


def _row(
    number: int,
    choices: Mapping[str, Any],
    picked: Sequence[Any],
    outcome: Outcome,
    followed: Followed,
) -> dict[str, Any]:
    """Return one universe: its choices, the followed number with what belongs to it, or why it is not there."""
    row: dict[str, Any] = {"universe": number}
    row |= {f"choice.{name}": told(value) for name, value in zip(choices, picked, strict=True)}
    row |= dict.fromkeys(NUMBERS) | {"note": "", "run": outcome.name}
    if not outcome.ok:
        return row | {"note": outcome.cause or outcome.status}
    try:
        entry, found = _find(outcome.plan.folder, followed)
    except RunError as error:
        return row | {"note": str(error).splitlines()[0]}
    row["estimate"] = found.get(followed.column)
    if row["estimate"] is None:
        return row | {"note": f"{followed.column} is missing"}
    beside = BESIDE.get(followed.column, {})
    row |= {ours: found[theirs] for theirs, ours in beside.items() if theirs in found}
    if (
        f"conf_level_{found.get('part')}" in entry["info"]
    ):  # an interval at another level than that of the test
        row |= dict.fromkeys(("conf_low", "conf_high"))
    return row | {"n": entry["info"]["n_used"], "n_total": entry["info"]["n_total"]}


def _find(folder: Path, followed: Followed) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the saved result and its row that a number is followed in; an error lists what there is."""
    saved = {one["name"]: one for one in results.saved(folder) if one.get("kind") != "frame"}
    if followed.result not in saved:
        hint = suggestion(followed.result, saved)
        raise RunError(f"there is no result '{followed.result}'{hint}; there is {', '.join(saved) or 'none'}")
    entry = saved[followed.result]
    if followed.column not in entry["columns"]:
        hint = suggestion(followed.column, entry["columns"])
        has = ", ".join(entry["columns"])
        raise RunError(f"{followed.result} has no column '{followed.column}'{hint}; it has {has}")
    wanted = {"term": followed.term, **followed.where}
    found = [
        row for row in entry["table"] if all(str(row.get(key)) == value for key, value in wanted.items())
    ]
    if len(found) != 1:
        told = ", ".join(f"{key} {value}" for key, value in wanted.items())
        terms = "; ".join(dict.fromkeys(results.row_name(row) for row in entry["table"]))
        count = f"{len(found)} rows" if found else "no row"
        more = ": say which with --where, such as --where part=…" if found else ""
        raise RunError(f"{followed.result} has {count} with {told}{more}; it has {terms}")
    if isinstance(found[0][followed.column], str) and found[0][followed.column] not in ("inf", "-inf"):
        raise RunError(f"{followed.column} of {followed.result} is a text, not a number")
    return entry, found[0]


def _too_few(made: Batch, rows: Sequence[Mapping[str, Any]], followed: Followed) -> str:
    """Return why there is nothing to report, with what the first good run has."""
    good = [outcome for outcome in made.outcomes if outcome.ok]
    if not good:
        causes = "; ".join(f"{len(outcomes)} × {cause}" for cause, outcomes in made.causes().items())
        return f"no universe completed: {causes}"
    try:
        _find(good[0].plan.folder, followed)
    except RunError as error:
        return str(error)
    told = "; ".join(dict.fromkeys(str(row["note"]) for row in rows if row["note"]))
    return f"fewer than two universes have the number: {told}"


def offered(asked: Grid, *, settings: Settings | None = None) -> str:
    """Run the first universe and tell which numbers can be followed."""
    made = batch.run(asked.plans[:1], reports=asked.plans[0].folder.parents[2], settings=settings)
    first = made.outcomes[0]
    if not first.ok:
        return f"{first.name}: {first.status}: {first.cause}"
    lines = [
        f"  --result {one['name']} --term {' | '.join(_terms(one['table']))}"
        for one in results.saved(first.plan.folder)
        if one.get("kind") != "frame" and "estimate" in one["columns"]
    ]
    first_line = f"say which number to follow, with --result and --term; {first.plan.name} has"
    return "\n".join([first_line, *lines])


def _terms(table: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the terms of a saved table, with what tells the rows of one term apart."""
    found: dict[str, list[str]] = {}
    for row in table:
        keys = [key for key in results.ROW[1:] if row.get(key) not in (None, "")]
        found.setdefault(str(row["term"]), []).append(", ".join(f"{key}={row[key]}" for key in keys))
    return [
        f"{term} (--where {' | '.join(more)})" if len(more) > 1 and all(more) else term
        for term, more in found.items()
    ]


# ------------------------------------------------------------------------------------------------ the report


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    stream = io.StringIO()
    table = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(
        {name: repr(value) if isinstance(value, float) else value for name, value in row.items()}
        for row in rows
    )
    return stream.getvalue()


def _report(first: Plan, followed: Followed, table: Path, lang: str, identity: str, made: Batch) -> Plan:
    """Return the run that makes the report of a gathered table in one language."""
    notebook = scaffold.provided(REPORT, first.project)
    good = next(outcome.plan.folder for outcome in made.outcomes if outcome.ok)
    entry = next(one for one in results.saved(good) if one["name"] == followed.result)
    inside = table.is_relative_to(first.project)
    conf_level = entry["info"].get("conf_level")
    given = {
        "study": first.study,
        "notebook": first.name,
        "gathered": os.path.relpath(table, notebook.parent) if inside else str(table),
        **({"codebook": f"{first.study}/codebook.toml"} if _book(first).is_file() else {}),
        "result": str(entry["caption"].get(lang) or followed.result),
        "term": _label(first, followed.term, lang),
        "column": followed.column,
        "lang": lang,
        **({"conf_level": float(conf_level)} if conf_level else {}),
    }
    folder = table.parents[2].parent / table.parts[-3] / f"{first.name}-multiversum" / f"{lang}-{identity}"
    return notebooks.plan(notebook, given, out=folder)


def _book(planned: Plan) -> Path:
    return planned.project / manifest.RAW / planned.study / "codebook.toml"


def _label(planned: Plan, term: str, lang: str) -> str:
    """Return the printed name of a term: the codebook's, else the term itself."""
    path = _book(planned)
    if not path.is_file():
        return term
    from klantstudie.study.codebook import read_codebook

    return str(read_codebook(path).labels(lang).get(term) or term)
