"""Runs a plan of many notebooks: several workers, unchanged runs skipped, failures apart, interrupts clean."""

from __future__ import annotations

import contextlib
import os
import queue
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError, whole
from klantstudie.run import cache, files, manifest, notebooks, planning, warm
from klantstudie.run.crew import Crew
from klantstudie.run.notebooks import Plan

PLAN = Path("notebooks/batch.toml")
Watcher = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Outcome:
    """How one run of a batch ended; `skipped` means that nothing had changed since it last completed."""

    plan: Plan
    status: str
    cause: str = ""
    seconds: float | None = None
    skipped: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the report is there and good."""
        return self.status == "completed"

    @property
    def name(self) -> str:
        """study/notebook/run, as the folders are called."""
        return "/".join(self.plan.folder.parts[-3:])


@dataclass(frozen=True)
class Batch:
    """How a batch ended: one outcome a run, in the order of the plan."""

    outcomes: tuple[Outcome, ...]
    reports: Path
    interrupted: bool = False
    problem: str = ""  # what went wrong with the index

    @property
    def ok(self) -> bool:
        """Whether every run is good, and the index is there."""
        return not self.interrupted and not self.problem and all(outcome.ok for outcome in self.outcomes)

    @property
    def failed(self) -> list[Outcome]:
        """The runs that are not good."""
        return [outcome for outcome in self.outcomes if not outcome.ok]

    def causes(self) -> dict[str, list[Outcome]]:
        """Return the failures grouped by cause, the commonest first."""
        found: dict[str, list[Outcome]] = {}
        for outcome in self.failed:
            found.setdefault(outcome.cause or outcome.status, []).append(outcome)
        return dict(sorted(found.items(), key=lambda item: -len(item[1])))

    def plain(self) -> dict[str, Any]:
        """Return the batch as plain data."""
        runs = [
            {
                "run": one.name,
                "status": one.status,
                "cause": one.cause,
                "seconds": one.seconds,
                "skipped": one.skipped,
                "folder": str(one.plan.folder),
            }
            for one in self.outcomes
        ]
        return {
            "ok": self.ok,
            "interrupted": self.interrupted,
            "problem": self.problem,
            "reports": str(self.reports),
            "runs": runs,
        }

    def __repr__(self) -> str:
        good = sum(outcome.ok for outcome in self.outcomes)
        skipped = sum(outcome.skipped for outcome in self.outcomes)
        return f"Batch({good} of {len(self.outcomes)} good, {skipped} of them unchanged)"


@dataclass(frozen=True)
class Settings:
    """How the runs of a batch are done: formats, native threads, limits in seconds and bytes, warm kernels."""

    to: tuple[str, ...] = ("html",)
    threads: int = 1
    cell_limit: float | None = None
    run_limit: float | None = None
    memory_limit: int | None = None
    warm: bool | None = None  # None: where this system can

    def plain(self) -> dict[str, Any]:
        """Return the settings as plain data for a worker."""
        return {**self.__dict__, "to": list(self.to), "warm": bool(self.warm), "share": True}


def run(
    plan: str | Path | Sequence[Plan] = PLAN,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    reports: str | Path | None = None,
    only: Sequence[str] = (),
    resume: bool = False,
    retry_failed: bool = False,
    again: bool = False,
    settings: Settings | None = None,
    watch: Watcher | None = None,
) -> Batch:
    """Run every report of a plan and return how each ended; a wrong plan is an error before anything starts.

    A run whose notebook, parameters, input files, library code and versions are unchanged is skipped. `resume` also
    leaves alone what failed unchanged, `retry_failed` runs only what failed, `again` runs everything. `only` keeps
    the runs whose study/notebook/run or notebook matches one of the patterns. `workers` are processes (as many as
    there are cores); `scheduler` is the address of a Dask cluster whose workers do the runs instead. Ctrl-C ends the batch cleanly: what was at work is recorded as interrupted, and the next batch
    goes on.
    """
    tell = watch or (lambda event, about: None)
    settings = settings or Settings()
    target = Path(reports).absolute() if reports is not None else None
    every = planning.read(plan, reports=target) if isinstance(plan, (str, Path)) else plan
    plans = _chosen(every, only)
    home = plans[0].project
    target = target or home / "reports"
    done, todo = _sort_out(plans, settings, resume=resume, retry_failed=retry_failed, again=again)
    crew, settings = _crew(scheduler, workers, settings, len(todo), tell)
    tell("start", {"total": len(todo), "skipped": len(done), "workers": crew.count})
    context = manifest.context(home)
    tasks = [
        {
            "number": number,
            "plan": notebooks.freeze(planned),
            "settings": settings.plain(),
            "context": context,
        }
        for number, planned in enumerate(todo)
    ]
    problem = ""
    try:
        ended, interrupted = _work(crew, tasks, todo, tell)
        if (todo or not (target / "index.html").is_file()) and not interrupted:
            interrupted, problem = _finish(crew, target, settings, tell)
    finally:
        with contextlib.suppress(KeyboardInterrupt):
            crew.close()
    for planned in todo:
        if planned.folder not in ended:
            ended[planned.folder] = Outcome(planned, "interrupted", "not started: the batch was stopped")
    outcomes = {outcome.plan.folder: outcome for outcome in done} | ended
    kept = [outcomes[planned.folder] for planned in plans if planned.folder in outcomes]
    return Batch(tuple(kept), target, interrupted, problem)


def _chosen(plans: Iterable[Plan], only: Sequence[str]) -> list[Plan]:
    plans = list(plans)
    if not only:
        return plans
    names = {"/".join(planned.folder.parts[-3:]): planned for planned in plans}
    found = [
        planned
        for full, planned in names.items()
        if any(fnmatch(full, pattern) or fnmatch(planned.name, pattern) for pattern in only)
    ]
    if not found:
        raise RunError(f"no run of the plan matches {', '.join(only)}; it has {', '.join(names)}")
    return found


def _sort_out(
    plans: Iterable[Plan], settings: Settings, *, resume: bool, retry_failed: bool, again: bool
) -> tuple[list[Outcome], list[Plan]]:
    """Return what need not be done, and what must."""
    done, todo = [], []
    for planned in plans:
        record = files.read_json(planned.folder / "run.json")
        status = record.get("status")
        failed = status in ("failed", "timeout", "died")
        if retry_failed:
            if failed or status in ("interrupted", "running"):
                todo.append(planned)
        elif again or cache.changes(planned, record, to=settings.to):
            same = record.get("status") and not cache.changes(planned, {**record, "status": "completed"})
            if resume and failed and same:
                done.append(Outcome(planned, str(status), record.get("cause", ""), skipped=True))
            else:
                todo.append(planned)
        else:
            done.append(Outcome(planned, "completed", seconds=record.get("seconds"), skipped=True))
    return done, todo


def find_plan() -> Path:
    """Return the plan of this project, notebooks/batch.toml."""
    return manifest.root(Path.cwd()) / PLAN


def _crew(
    scheduler: str | None, workers: int | None, settings: Settings, runs: int, tell: Watcher
) -> tuple[Any, Settings]:
    """Return who does the runs, and how."""
    if scheduler is not None and runs:
        from klantstudie.run import cluster

        # Each worker of a cluster starts its own fork server, and says so itself where it cannot.
        return cluster.Crew(scheduler), replace(settings, warm=settings.warm is not False)
    count = _workers(workers, runs)
    settings = warmed(_capped(settings, count), bool(runs), tell)
    return Crew(count, fork=bool(settings.warm)), settings


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _workers(given: int | None, runs: int) -> int:
    count = cores() if given is None else whole("workers", given, 1)
    return max(1, min(count, runs))


def _capped(settings: Settings, workers: int) -> Settings:
    """No more native threads than cores: more workers, fewer threads each."""
    most = max(1, cores() // workers)
    return replace(settings, threads=min(settings.threads, most))


def warmed(settings: Settings, needed: bool, tell: Watcher) -> Settings:
    """Start the fork server when warm kernels are wanted and possible; else say why not and use ordinary ones."""
    wanted = warm.possible() if settings.warm is None else settings.warm
    if wanted and needed:
        try:
            warm.start()
        except RunError as error:
            tell("note", {"text": f"ordinary kernels: {error}"})
            wanted = False
    return replace(settings, warm=wanted and needed)


def _work(
    crew: Any, tasks: list[dict[str, Any]], todo: list[Plan], tell: Watcher
) -> tuple[dict[Path, Outcome], bool]:
    """Hand out the tasks and gather how they ended; an interrupt stops what is at work."""
    ended: dict[Path, Outcome] = {}

    def take(event: Mapping[str, Any]) -> None:
        if "note" in event:
            tell("note", {"text": event["note"]})
            return
        planned = todo[event["number"]]
        if "end" in event:
            about = event["end"]
            outcome = Outcome(planned, about["status"], about["cause"], about.get("seconds"), about=about)
            ended[planned.folder] = outcome
            tell("end", {"outcome": outcome})
        else:
            tell("cell", {"plan": planned, **event})

    try:
        if tasks:
            crew.start(tasks)
        while len(ended) < len(tasks):
            with contextlib.suppress(queue.Empty):
                take(crew.events.get(timeout=0.2))
            tell("tick", {})
    except KeyboardInterrupt:
        tell("stopping", {})
        with contextlib.suppress(KeyboardInterrupt):
            crew.stop()
        while True:
            try:
                take(crew.events.get_nowait())
            except queue.Empty:
                return ended, True
    return ended, False


def _finish(crew: Any, target: Path, settings: Settings, tell: Watcher) -> tuple[bool, str]:
    """Write the index and the table of all results; return whether it was interrupted, and what went wrong."""
    from klantstudie.run import results

    try:
        tell("index", {})
        results.write(target)
        if settings.to:
            crew.index(target)
    except KeyboardInterrupt:
        return True, ""
    except (OSError, RunError) as error:  # the runs themselves are what they are
        return False, f"the index or the table of results could not be written: {error}"
    return False, ""


def check_warm(plan: str | Path = PLAN, *, only: Sequence[str] = ()) -> tuple[bool, str]:
    """Run one report of a plan from an ordinary and from a warm kernel; return whether every byte agrees, and a line."""
    warm.start()
    planned = _chosen(planning.read(plan), only)[0]
    with tempfile.TemporaryDirectory(prefix="klantstudie-warm-") as scratch:
        folders = {}
        for kind in ("cold", "warm"):
            again = notebooks.plan(planned.path, planned.given, out=Path(scratch) / kind)
            made = notebooks.execute(again, to=(), warm=kind == "warm")
            if not made.ok or made.record["kernel"] != kind:
                return (
                    False,
                    f"{planned.name}, {kind}: {made.status} {made.cause} ({made.record.get('kernel')})",
                )
            folders[kind] = {
                path.relative_to(made.folder).as_posix(): path.read_bytes()
                for path in made.folder.rglob("*")
                if path.is_file() and path.name not in ("run.json", ".lock")
            }
    names = sorted(set(folders["cold"]) | set(folders["warm"]))
    different = [name for name in names if folders["cold"].get(name) != folders["warm"].get(name)]
    told = f"{planned.name}: {len(names)} files, cold and warm"
    return (
        not different,
        f"{told} differ in {', '.join(different)}" if different else f"{told} agree in every byte",
    )
