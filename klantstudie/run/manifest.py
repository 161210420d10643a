"""Says what a run stood on: files, code, versions and git state, as hashes; standard library only."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from klantstudie import inputs

PACKAGE = Path(__file__).parents[1]
RAW = Path("data/raw")
# What a reader of a report wants to know; the key of a run counts every installed package.
NAMED = (
    "klantstudie",
    "pandas",
    "numpy",
    "scipy",
    "statsmodels",
    "pingouin",
    "mixedlm",
    "matplotlib",
    "seaborn",
    "pyreadstat",
    "papermill",
    "nbclient",
    "ipykernel",
)


def root(path: Path) -> Path:
    """Return the project folder of a notebook: the nearest upward with data/raw, else the notebook's own.

    A folder called notebooks counts as a folder of its project.
    """
    folder = path if path.is_dir() else path.parent
    folder = folder.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / RAW).is_dir():
            return candidate
    return folder.parent if folder.name == "notebooks" else folder


@cache
def _sha256(path: str, modified: int, size: int) -> str:
    return inputs.sha256(path)


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file; one that has not changed since it was last asked is not read again."""
    about = os.stat(path)
    return _sha256(os.fspath(path), about.st_mtime_ns, about.st_size)


def digest(value: Any) -> str:
    """Return the SHA-256 of plain data."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def notebook(content: Mapping[str, Any]) -> str:
    """Return the hash of what a notebook says and does: sources, kinds and tags of its cells."""
    cells = [
        [
            cell.get("cell_type"),
            "".join(cell.get("source", "")),
            sorted(cell.get("metadata", {}).get("tags", [])),
        ]
        for cell in content.get("cells", [])
    ]
    return digest(cells)


@cache
def library() -> str:
    """Return the hash of this package's own code, words and styles."""
    found = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            found.update(path.relative_to(PACKAGE).as_posix().encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def stamp() -> str:
    """Return what changes when a file of the package does: names, sizes and times, without reading them."""
    files = (path for path in sorted(PACKAGE.rglob("*.py")))
    return digest([(path.name, *os.stat(path)[6:9:2]) for path in files])


def versions() -> dict[str, str]:
    """Return the versions that a report names: Python and the packages that make the numbers."""
    found = {"python": platform.python_version()}
    for name in NAMED:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


@cache
def environment() -> str:
    """Return the hash of Python, the platform and every installed package; their folders name each with its version."""
    places = dict.fromkeys(os.path.realpath(place or ".") for place in sys.path)
    folders = [place for place in places if os.path.isdir(place)]
    named = {
        name for place in folders for name in os.listdir(place) if name.endswith((".dist-info", ".egg-info"))
    }
    return digest([sys.version, platform.platform(), sorted(named)])


def git(folder: Path) -> dict[str, Any]:
    """Return {"commit", "clean"} of the repository around a folder; empty outside git or without git."""
    program = shutil.which("git")
    if program is None:
        return {}
    try:
        commit, state = (
            subprocess.run(
                [program, *words], cwd=folder, capture_output=True, text=True, timeout=20, check=True
            ).stdout.strip()
            for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=normal"])
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"commit": commit, "clean": not state}


def context(folder: Path) -> dict[str, Any]:
    """Return what all runs of one batch share: the state of git and the hash of the library."""
    return {"git": git(folder), "library": library()}


def take_inputs(folder: Path, project: Path) -> list[dict[str, str]]:
    """Return the files that a run read, each once, and remove the list that the kernel wrote."""
    path = folder / "inputs.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found: dict[tuple[str, str], dict[str, str]] = {}
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:  # a killed kernel may leave half a line
            continue
        entry["path"] = shown(Path(entry["path"]), project)
        known = found.setdefault((entry["path"], entry["sha256"]), entry)
        if known["role"] == "opened":  # the name that load gives says more
            found[entry["path"], entry["sha256"]] = entry
    path.unlink(missing_ok=True)
    return sorted(found.values(), key=lambda entry: (entry.get("role", ""), entry["path"]))


def shown(path: Path, project: Path) -> str:
    """Return a path as the record names it: relative to the project where it lies in it."""
    try:
        return path.resolve().relative_to(project.resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def key(
    cells: str, parameters: Mapping[str, Any], read: Iterable[Mapping[str, str]], code: str
) -> dict[str, Any]:
    """Return what a run depends on: two runs with equal keys have equal results.

    `cells` is the hash of the notebook, `code` that of the library.
    """
    return {
        "notebook": cells,
        "parameters": dict(parameters),
        "inputs": {entry["path"]: entry["sha256"] for entry in read},
        "library": code,
        "versions": environment(),
    }
