"""Says whether a run would give anything new, and if so why: its key against what is there now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError
from klantstudie.run import files, manifest, notebooks, preregistration
from klantstudie.run import parameters as declared
from klantstudie.run.notebooks import Plan


def changes(planned: Plan, record: Mapping[str, Any], *, to: Sequence[str] = ()) -> list[str]:
    """Return why a run must be done again, in plain words; empty when it would give the same."""
    key = record.get("key")
    if not record:
        return ["it was never run"]
    if record.get("status") != "completed" or not isinstance(key, dict):
        cause = f": {record['cause']}" if record.get("cause") else ""
        return [f"the last run did not complete ({record.get('status', 'unknown')}{cause})"]
    changed = [*_asked(planned, key), *_read(planned, key), *_registered(planned, key)]
    return [*changed, *_code(record, key), *_missing(planned, to)]


def _asked(planned: Plan, key: Mapping[str, Any]) -> list[str]:
    found = [] if key.get("notebook") == planned.cells else [f"the notebook {planned.name} changed"]
    before = key.get("parameters", {})
    now = {name: declared.plain(value) for name, value in planned.values.items() if name != "out"}
    for name in sorted(set(before) | set(now)):
        if before.get(name, "") != now.get(name, ""):
            found.append(f"parameter {name}: {before.get(name)!r} → {now.get(name)!r}")
    return found


def _read(planned: Plan, key: Mapping[str, Any]) -> list[str]:
    found = []
    for name, before in key.get("inputs", {}).items():
        try:
            same = manifest.sha256(planned.project / name) == before
        except OSError:
            found.append(f"{name} is gone")
        else:
            found += [] if same else [f"{name} changed"]
    return found


def _registered(planned: Plan, key: Mapping[str, Any]) -> list[str]:
    """A registration that came after the run; one that changed or went is among the inputs."""
    paths = [manifest.shown(path, planned.project) for path in preregistration.of(planned)]
    return [f"{path} was added" for path in paths if path not in key.get("inputs", {})]


def _code(record: Mapping[str, Any], key: Mapping[str, Any]) -> list[str]:
    found = [] if key.get("library") == manifest.library() else ["the code of klantstudie changed"]
    if key.get("versions") == manifest.environment():
        return found
    before, now = record.get("versions", {}), manifest.versions()
    told = [
        f"{name} {before.get(name, 'none')} → {now.get(name, 'none')}"
        for name in sorted(set(before) | set(now))
        if before.get(name) != now.get(name)
    ]
    return [*found, *(told or ["another installed package or the system changed"])]


def _missing(planned: Plan, to: Sequence[str]) -> list[str]:
    wanted = ["notebook.ipynb", *(f"report.{ending}" for ending in to)]
    return [f"{name} is missing" for name in wanted if not (planned.folder / name).is_file()]


def fresh(planned: Plan, *, to: Sequence[str] = ()) -> bool:
    """Whether the stored run is what a new one would give."""
    return not changes(planned, files.read_json(planned.folder / "run.json"), to=to)


def notebook_of(folder: Path, record: Mapping[str, Any]) -> Path | None:
    """Return the notebook of a recorded run: in the project around its folder, else around where we are."""
    name = str(record.get("notebook_file", {}).get("path", ""))
    for start in (folder.absolute(), Path.cwd()):
        path = manifest.root(start) / name
        if name and path.is_file():
            return path
    return None


def why(folder: str | Path) -> list[str]:
    """Return why the run in a folder would be done again; empty when nothing changed."""
    place = Path(folder)
    record = files.read_json(place / "run.json")
    if not record:
        raise RunError(f"{place} holds no run: it has no readable run.json")
    path = notebook_of(place, record)
    if path is None:
        return [f"the notebook {record.get('notebook_file', {}).get('path')} is gone"]
    try:
        planned = notebooks.plan(path, record.get("given", {}), out=place)
    except RunError as error:
        return str(error).splitlines()
    return changes(planned, record)
