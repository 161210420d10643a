"""Runs one notebook: parameters checked, executed through papermill, recorded, made into a report."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError, suggestion
from klantstudie.inputs import WITHOUT_STUDY
from klantstudie.run import environment, files, manifest, masking
from klantstudie.run import parameters as declared
from klantstudie.run.parameters import Parameter

# Parameters that say where a run is stored or in which language it speaks, not what it computes.
PLACE = ("lang", "out")
JOURNAL = "journal.jsonl"
MADE = ("notebook.ipynb", "results.json", "run.json", "inputs.jsonl", JOURNAL, "tables", "figures")
REPORTS = ("report.html", "report.pdf", "report.docx")


@dataclass(frozen=True)
class Run:
    """One run: its folder, how it ended, and its record (what run.json holds)."""

    folder: Path
    status: str
    cause: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the notebook ran to its end and its report was made."""
        return self.status == "completed"

    def __repr__(self) -> str:
        return f"Run('{self.folder}', {self.status}{f', {self.cause}' if self.cause else ''})"


@dataclass(frozen=True)
class Plan:
    """One checked run before it starts."""

    path: Path
    content: Mapping[str, Any]
    given: Mapping[str, Any]
    values: Mapping[str, Any]
    folder: Path
    project: Path
    cells: str  # the hash of what the notebook says and does

    @property
    def name(self) -> str:
        """The name of the notebook."""
        return self.path.stem

    @property
    def lang(self) -> str:
        """The language of the report."""
        return str(self.values.get("lang") or "nl")

    @property
    def study(self) -> str:
        """The study that the notebook is run on."""
        return str(self.values.get("study") or WITHOUT_STUDY)


# ------------------------------------------------------------------------------------------------ before


def find(path: str | Path) -> Path:
    """Return the file of a notebook: a path, or the name of one in the folder notebooks of this project."""
    given = Path(path)
    folders = [given.parent] if given.parent != Path() else [Path(), manifest.root(Path.cwd()) / "notebooks"]
    name = given.name if given.suffix == ".ipynb" else f"{given.name}.ipynb"
    for folder in folders:
        if (folder / name).is_file():
            return (folder / name).resolve()
    known = [found.stem for folder in folders for found in listed(folder)]
    has = f"; there is {', '.join(known)}" if known else ""
    raise RunError(f"there is no notebook '{path}'{suggestion(Path(name).stem, known)}{has}")


def listed(folder: Path) -> list[Path]:
    """Return the notebooks of a folder, without the template."""
    return sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith((".", "_")))


def content(path: Path) -> dict[str, Any]:
    """Return the JSON of a notebook; a broken one is an error that says so. Do not change what comes back."""
    try:
        about = path.stat()
    except OSError as error:
        raise RunError(f"{path.name} cannot be read: {error.strerror}") from None
    return _content(path, about.st_mtime_ns, about.st_size)


def fingerprint(path: Path) -> str:
    """Return the hash of what a notebook says and does."""
    about = path.stat()
    return _fingerprint(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=64)
def _fingerprint(path: Path, modified: int, size: int) -> str:
    return manifest.notebook(_content(path, modified, size))


@lru_cache(maxsize=64)
def _content(path: Path, modified: int, size: int) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
        cells = found["cells"]
        whole = isinstance(cells, list) and all("cell_type" in cell and "source" in cell for cell in cells)
    except OSError as error:
        raise RunError(f"{path.name} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise RunError(f"{path.name} is not a notebook: its JSON is broken or has no cells")
    return found


def parameters(path: str | Path) -> list[Parameter]:
    """Return the parameters of a notebook: name, type, default, choices, range and explanation."""
    file = find(path)
    return declared.of_notebook(content(file), file.stem)


def plan(
    path: str | Path,
    given: Mapping[str, Any],
    *,
    out: str | Path | None = None,
    reports: str | Path | None = None,
    text: bool = False,
) -> Plan:
    """Check a run without starting it: the notebook, its parameters and the folder it will have."""
    file = find(path)
    loaded = content(file)
    known = declared.of_notebook(loaded, file.stem)
    values = declared.check(known, given, file.stem, text=text)
    masking.refuse(values, file.stem)
    if values.get("out"):
        raise RunError(
            f"{file.stem}: out is the folder of a run and no parameter of it; klantstudie run has --out, and a batch --reports"
        )
    every = {parameter.name: parameter.default for parameter in known} | values
    project = manifest.root(file)
    folder = Path(out) if out is not None else None
    if folder is None:
        base = Path(reports) if reports is not None else project / "reports"
        study = _part(every.get("study") or WITHOUT_STUDY)
        folder = base / study / file.stem / identity(known, every)
    return Plan(file, loaded, values, every, folder.absolute(), project, fingerprint(file))


def freeze(planned: Plan) -> dict[str, Any]:
    """Return a plan as plain data that another process can take up."""
    plain = {name: declared.plain(value) for name, value in planned.given.items()}
    values = {name: declared.plain(value) for name, value in planned.values.items()}
    return {
        "path": str(planned.path),
        "given": plain,
        "values": values,
        "folder": str(planned.folder),
        "project": str(planned.project),
        "cells": planned.cells,
    }


def thaw(frozen: Mapping[str, Any]) -> Plan:
    """Return the plan that `freeze` wrote down, without looking at its notebook."""
    path, folder, project = (Path(frozen[name]) for name in ("path", "folder", "project"))
    return Plan(path, {}, frozen["given"], frozen["values"], folder, project, frozen["cells"])


def identity(known: Sequence[Parameter], values: Mapping[str, Any]) -> str:
    """Return the name of a run: its language, and a short hash of what differs from the defaults."""
    lang = _part(values.get("lang") or "nl")
    changed = {
        parameter.name: declared.plain(values[parameter.name])
        for parameter in known
        if parameter.name not in (*PLACE, "study") and values[parameter.name] != parameter.default
    }
    return f"{lang}-{manifest.digest(changed)[:8]}" if changed else lang


def _part(value: object) -> str:
    """Return a value as the name of a folder: nothing in it can leave the folder it is put in."""
    clean = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in str(value))
    return clean.strip(".") or "_"


# ------------------------------------------------------------------------------------------------ running


def run(path: str | Path, *, out: str | Path | None = None, **given: Any) -> Run:
    """Run a notebook and return how it ended; a wrong parameter is an error before anything starts.

    `out` is the folder of the run; without it reports/<study>/<notebook>/<run> in the project. It then holds
    notebook.ipynb, report.html, tables, figures, results.json and run.json, also when the run failed.
    """
    made = execute(plan(path, given, out=out))
    if out is None:
        index(made.folder.parents[2])
    return made


def execute(
    planned: Plan,
    *,
    to: Sequence[str] = ("html",),
    threads: int = 1,
    cell_limit: float | None = None,
    run_limit: float | None = None,
    memory_limit: int | None = None,
    warm: bool = False,
    share: bool = False,
    context: Mapping[str, Any] | None = None,
    on_cell: Callable[[int, int], None] | None = None,
) -> Run:
    """Run a checked plan in its own folder, under the lock of that folder.

    With `share`, a run that another batch finished while this one waited for the lock is taken as it is.
    """
    from klantstudie.run.engine import Limits, Record

    happened = Record()
    settings = {
        "record": happened,
        "journal": planned.folder / JOURNAL,
        "on_cell": on_cell,
        "limits": Limits(cell_limit, run_limit, memory_limit),
        "kernel_env": environment.fixed(planned.folder, project=planned.project, threads=threads),
        "kernel_cwd": str(planned.path.parent),
        "warm": warm,
    }
    context = manifest.context(planned.project) if context is None else context
    record = _begin(planned, context["git"])
    try:
        with files.lock(planned.folder) as waited:
            if share and waited and (known := _shared(planned, to)):
                return known
            _prepare(planned.folder)
            files.write_json(planned.folder / "run.json", record)
            interrupt = _papermill(planned, settings)
            files.write(planned.folder / "notebook.ipynb", happened.text)
            (planned.folder / JOURNAL).unlink(missing_ok=True)
            masking.sweep(planned.folder)
            _end(planned, record, happened, context["library"])
            made = _report(planned, record, to)
    except OSError as error:
        return _stopped(planned, record, error)
    if interrupt is not None:
        raise interrupt
    return made


def _shared(planned: Plan, to: Sequence[str]) -> Run | None:
    from klantstudie.run import cache

    record = files.read_json(planned.folder / "run.json")
    return None if cache.changes(planned, record, to=to) else Run(planned.folder, "completed", "", record)


def refused(planned: Plan, error: Exception) -> Run:
    """Record a run that could not even begin: its notebook broke or went away after the plan was checked."""
    record = {"format": 1, "notebook": planned.name, "study": planned.study, "run": planned.folder.name}
    record |= {"lang": planned.lang, "started": _now(), "inputs": [], "parameters": {}}
    known = {name: declared.plain(value) for name, value in planned.values.items() if name != "out"}
    return _ended_badly(
        planned.folder, record | {"parameters": known}, "failed", type(error).__name__, str(error)
    )


def lost(planned: Plan, cause: str, *, to: Sequence[str] = ("html",)) -> Run:
    """Record a run whose runner ended before it could say anything, with what its journal kept."""
    with files.lock(planned.folder):
        record = files.read_json(planned.folder / "run.json")
        if record.get("status") not in (None, "running"):  # it had said its last word
            return Run(planned.folder, record["status"], record.get("cause", ""), record)
        from klantstudie.run.engine import recover

        partial = recover(planned.folder / JOURNAL)
        if partial is not None:
            files.write(planned.folder / "notebook.ipynb", partial)
        masking.sweep(planned.folder)
        record.pop("process", None)
        made = _ended_badly(planned.folder, record, "died", "RunnerDied", cause)
        return _report(planned, dict(made.record), to) if partial is not None else made


def _ended_badly(folder: Path, record: dict[str, Any], status: str, name: str, message: str) -> Run:
    first = message.strip().splitlines()[0] if message.strip() else ""
    error = {"name": name, "message": message, "cell": None}
    record = record | {"status": status, "cause": f"{name}: {first}", "error": error, "ended": _now()}
    with contextlib.suppress(OSError):
        files.write_json(folder / "run.json", record)
    return Run(folder, status, record["cause"], record)


def _begin(planned: Plan, git: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a run that starts now."""
    plain = {name: declared.plain(value) for name, value in planned.values.items() if name != "out"}
    return {
        "format": 1,
        "status": "running",
        "cause": "",
        "error": None,
        "notebook": planned.name,
        "study": planned.study,
        "run": planned.folder.name,
        "lang": planned.lang,
        "parameters": plain,
        "given": {name: plain[name] for name in planned.given if name in plain},
        "seed": plain.get("seed"),
        "started": _now(),
        "process": os.getpid(),
        "notebook_file": {
            "path": manifest.shown(planned.path, planned.project),
            "sha256": manifest.sha256(planned.path),
        },
        "inputs": [],
        "git": dict(git),
        "versions": manifest.versions(),
    }


def _prepare(folder: Path) -> None:
    """Take away what an earlier run left, so that nothing old stands beside the new."""
    for name in (*MADE, *REPORTS):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _papermill(planned: Plan, settings: Mapping[str, Any]) -> BaseException | None:
    """Execute through papermill; what happened stands in the record, and an interrupt is returned."""
    import nbformat
    import papermill
    from papermill.exceptions import PapermillException

    from klantstudie.run.engine import Engine

    papermill.engines.papermill_engines.register("klantstudie", Engine)
    for name in ("papermill", "traitlets"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    try:
        papermill.execute_notebook(
            nbformat.reads(json.dumps(planned.content), as_version=4),
            None,
            {name: declared.plain(value) for name, value in planned.given.items() if name != "out"},
            engine_name="klantstudie",
            progress_bar=False,
            **settings,
        )
    except PapermillException:
        pass
    except KeyboardInterrupt as interrupt:
        return interrupt
    except OSError:
        raise
    except Exception as error:  # whatever goes wrong belongs to this run alone
        settings["record"].end("failed", type(error).__name__, str(error), None)
    return None


def _end(planned: Plan, record: dict[str, Any], happened: Any, library: str) -> None:
    """Complete the record with what happened and write it."""
    from klantstudie.run import preregistration

    read = manifest.take_inputs(planned.folder, planned.project)
    record["inputs"] = [*read, *preregistration.inputs(planned)]
    if registered := preregistration.compare(planned):
        record["preregistration"] = registered
    ended = {
        "status": happened.status,
        "cause": happened.cause,
        "error": happened.error,
        "ended": _now(),
        "seconds": _seconds(record["started"]),
        "cell_seconds": round(sum(cell["seconds"] for cell in happened.cells), 3),
        "cells": happened.cells,
        "processor_seconds": happened.processor_seconds,
        "peak_memory_mb": round(happened.peak_memory / 2**20, 1) or None,
        "exit_code": happened.exit_code,
        "signal": happened.signal,
        "kernel": happened.kernel,
    }
    record.update(ended)
    del record["process"]
    record["key"] = manifest.key(planned.cells, record["parameters"], record["inputs"], library)
    files.write_json(planned.folder / "run.json", record)


def _stopped(planned: Plan, record: dict[str, Any], error: OSError) -> Run:
    """The run's own files could not be written: say so in the Run, and in run.json if that is possible."""
    full = error.errno in files.FULL
    cause = "the disk is full" if full else f"{type(error).__name__}: {error.strerror or error}"
    record.update(
        status="failed",
        cause=cause,
        error={"name": type(error).__name__, "message": str(error), "cell": None},
    )
    record.update(ended=_now())
    with contextlib.suppress(OSError):
        files.write_json(planned.folder / "run.json", record)
    return Run(planned.folder, "failed", cause, record)


def _report(planned: Plan, record: dict[str, Any], to: Sequence[str]) -> Run:
    """Make the report; one that cannot be made is a failure of the run."""
    if to:
        try:
            from klantstudie.present import documents

            documents.build(planned.folder, to=tuple(to), lang=planned.lang)
        except Exception as error:  # whatever goes wrong in a report belongs to this run alone
            if record["status"] == "completed":
                first = str(error).strip().splitlines()[0] if str(error).strip() else ""
                record.update(status="failed", cause=f"report: {type(error).__name__}: {first}")
                record["error"] = {"name": type(error).__name__, "message": str(error), "cell": None}
            else:
                record["report_error"] = f"{type(error).__name__}: {error}"
            with contextlib.suppress(OSError):
                files.write_json(planned.folder / "run.json", record)
    return Run(planned.folder, record["status"], record["cause"], record)


def index(reports: Path) -> None:
    """Write reports/index.html: one row a run."""
    from klantstudie.present import documents

    documents.index(reports)


def _seconds(started: str) -> float:
    return round((datetime.now(UTC) - datetime.fromisoformat(started)).total_seconds(), 3)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
