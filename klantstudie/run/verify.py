"""Runs everything again, compares every recorded number, and writes a certificate of what was compared."""

from __future__ import annotations

import queue
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError
from klantstudie.run import batch, cache, comparing, files, manifest, notebooks, results
from klantstudie.run.comparing import Checked
from klantstudie.run.crew import Crew
from klantstudie.run.notebooks import Plan

FILE = "verification"


@dataclass(frozen=True)
class Certificate:
    """What a verification compared: one `Checked` a run, and the runs that could not be verified, with the reason."""

    checked: tuple[Checked, ...]
    not_verified: Mapping[str, str]
    made: str
    versions: Mapping[str, str]
    library: str

    @property
    def ok(self) -> bool:
        """Whether every run was done again and agrees."""
        return bool(self.checked) and not self.not_verified and all(one.ok for one in self.checked)

    @property
    def differences(self) -> list[str]:
        """Every difference, as a line."""
        return [line for one in self.checked for line in one.differences]

    def plain(self) -> dict[str, Any]:
        """Return the certificate as plain data."""
        worst = max(self.checked, key=lambda one: one.worst, default=None)
        return {
            "format": 1,
            "ok": self.ok,
            "made": self.made,
            "runs": len(self.checked),
            "numbers": sum(one.numbers for one in self.checked),
            "files": sum(one.files for one in self.checked),
            "worst": worst.worst if worst else None,
            "worst_at": worst.worst_at if worst else "",
            "differences": self.differences,
            "not_verified": dict(self.not_verified),
            "versions": dict(self.versions),
            "library": self.library,
            "checked": [one.__dict__ for one in self.checked],
        }


def run(
    folder: str | Path,
    *,
    workers: int | None = None,
    warm: bool | None = None,
    watch: Callable[[str, Mapping[str, Any]], None] | None = None,
) -> Certificate:
    """Do every run under a folder again and compare it with what is recorded; the folder itself is not changed.

    With the same versions every number must agree within 1e-8 relative, counts exactly, tables, figures and the
    stored notebook too, and the report must be what notebook and results give. Where versions differ, results that
    rest on random draws may differ by their Monte Carlo error, and the certificate says so. The certificate is
    written beside the runs, as verification.json and verification.md. In an unpacked publication package every file
    must also have the hash that SHA256SUMS states.
    """
    place = Path(folder).absolute()
    folders = results.runs(place)
    if not folders:
        raise RunError(f"{place} holds no runs")
    refused: dict[str, str] = _unpacked(manifest.root(place))
    with tempfile.TemporaryDirectory(prefix="klantstudie-verify-") as scratch:
        plans: dict[Path, Plan] = {}
        for number, one in enumerate(folders):
            try:
                plans[one] = _plan(one, Path(scratch) / str(number))
            except RunError as error:
                refused[results.name(one)] = str(error)
        answers = _again(list(plans.values()), workers, warm, watch or (lambda event, about: None))
        checked = []
        for (one, planned), answer in zip(plans.items(), answers, strict=True):
            if answer["status"] == "completed":
                checked.append(_check(one, planned))
            else:
                refused[results.name(one)] = f"done again it is {answer['status']}: {answer['cause']}"
    made = datetime.now(UTC).isoformat(timespec="seconds")
    found = Certificate(tuple(checked), refused, made, manifest.versions(), manifest.library())
    files.write_json(place / f"{FILE}.json", found.plain())
    files.write(place / f"{FILE}.md", text(found))
    return found


def _unpacked(project: Path) -> dict[str, str]:
    """Return what changed in a publication package since it was made; empty elsewhere."""
    from klantstudie.run import publication

    changed = publication.changed(project)
    return {publication.SUMS: "; ".join(changed)} if changed else {}


def _plan(folder: Path, target: Path) -> Plan:
    """Return how a recorded run is done again; a run that did not complete has nothing to compare."""
    record = files.read_json(folder / "run.json")
    if record.get("status") != "completed":
        raise RunError(f"the recorded run is {record.get('status', 'unreadable')}: {record.get('cause', '')}")
    path = cache.notebook_of(folder, record)
    if path is None:
        raise RunError(f"the notebook {record.get('notebook_file', {}).get('path')} is gone")
    return notebooks.plan(path, record.get("given", {}), out=target)


def _again(
    plans: Sequence[Plan], workers: int | None, warm: bool | None, tell: Callable
) -> list[dict[str, Any]]:
    """Do the runs and return how each ended."""
    count = max(1, min(workers or batch.cores(), len(plans)))
    tell("start", {"total": len(plans), "skipped": 0, "workers": count})
    settings = batch.warmed(batch.Settings(to=(), warm=warm), bool(plans), tell)
    context = manifest.context(plans[0].project) if plans else {}
    frozen = [notebooks.freeze(planned) for planned in plans]
    tasks = [
        {"number": n, "plan": one, "settings": settings.plain(), "context": context}
        for n, one in enumerate(frozen)
    ]
    answers: dict[int, dict[str, Any]] = {}
    crew = Crew(count, fork=bool(settings.warm))
    try:
        crew.start(tasks)
        while len(answers) < len(tasks):
            try:
                event = crew.events.get(timeout=0.2)
            except queue.Empty:
                continue
            if "end" in event:
                answers[event["number"]] = event["end"]
            else:
                tell("cell", {"plan": plans[event["number"]], **event})
    except KeyboardInterrupt:
        crew.stop()
        raise
    finally:
        crew.close()
    return [answers[number] for number in range(len(tasks))]


def _check(folder: Path, planned: Plan) -> Checked:
    record = files.read_json(folder / "run.json")
    key = record.get("key") or {}
    same = record.get("versions") == manifest.versions()
    found = comparing.check(folder, planned.folder, run=results.name(folder), same_versions=same)
    found.notes += cache.changes(planned, record)
    if same and key.get("library") == manifest.library():
        comparing.report(found, folder, planned.lang)
    return found


def text(found: Certificate) -> str:
    """Return the certificate as Markdown."""
    plain = found.plain()
    lines = [
        "# Verification",
        "",
        f"{'Everything agrees.' if found.ok else 'Not everything agrees.'} "
        f"{plain['runs']} runs were done again on {plain['made']}; {plain['numbers']} numbers and "
        f"{plain['files']} tables, figures and texts were compared.",
        "",
        f"Bounds: with the same versions {comparing.CLOSE:g} relative for every number, counts exactly; with other "
        "versions, results that rest on random draws by their Monte Carlo error.",
        "",
        f"Largest relative difference: {plain['worst'] or 0:.3g}"
        + (f" ({plain['worst_at']})" if plain["worst_at"] else ""),
        "",
        f"Versions: {', '.join(f'{name} {version}' for name, version in found.versions.items())}; "
        f"code of klantstudie {found.library[:12]}",
    ]
    for title, told in (
        ("Differences", found.differences),
        ("Not verified", [f"{name}: {why}" for name, why in found.not_verified.items()]),
        ("Remarks", [f"{one.run}: {note}" for one in found.checked for note in one.notes]),
    ):
        if told:
            lines += ["", f"## {title}", "", *(f"- {line}" for line in told)]
    lines += ["", "| run | numbers | files | largest difference |", "|---|--:|--:|--:|"]
    lines += [f"| {one.run} | {one.numbers} | {one.files} | {one.worst:.3g} |" for one in found.checked]
    return "\n".join(lines) + "\n"
