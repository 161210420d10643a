"""Tells what was read: path and SHA-256 of every input for the record of the run, and what of it may not be shown."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from klantstudie.errors import InputError, suggestion

RAW = Path("data/raw")
UNIVERSES = "universes"  # in the folder of reports: the runs of a multiverse, which together make one report
WITHOUT_STUDY = "algemeen"  # the name under which a run of no one study is kept
OUT = "KLANTSTUDIE_OUT"  # set by the runner: the folder of the run whose notebook this process executes


def project_root(root: str | Path | None = None) -> Path:
    """Return the project folder: `root`, or the nearest folder upward that has data/raw."""
    if root is not None:
        if not (Path(root) / RAW).is_dir():
            raise InputError(f"{root} has no folder {RAW.as_posix()}")
        return Path(root)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / RAW).is_dir():
            return folder
    raise InputError(
        f"no folder with {RAW.as_posix()} at {here} or above it; work inside the project, or say root = …"
    )


def raw_file(name: str | Path) -> Path:
    """Return a file by its path, or by its place under data/raw, such as gepubliceerd/pmi_momenten.csv.

    The run's own record names it as read.
    """
    path = Path(name)
    if path.is_file():
        record(path, "table")
        return path
    if not path.is_absolute():
        folder = project_root() / RAW
        if (folder / path).is_file():
            record(folder / path, "table")
            return folder / path
        known = [file.relative_to(folder).as_posix() for file in folder.glob("*/*.csv")]
        raise InputError(f"there is no file {path} here or in {RAW.as_posix()}{suggestion(str(path), known)}")
    raise InputError(f"{path}: there is no such file")


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes as hexadecimal text."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def run_folder() -> Path | None:
    """Return the folder of the current run, or None when no runner started this process."""
    folder = os.environ.get(OUT, "")
    return Path(folder) if folder else None


def record(path: str | Path, role: str = "data") -> None:
    """Add one read file to the record of the current run; without a run nothing is written."""
    folder = run_folder()
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    line = {"path": str(Path(path).resolve()), "role": role, "sha256": sha256(path)}
    with open(folder / "inputs.jsonl", "a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")


@dataclass(frozen=True)
class Protected:
    """What may not be shown of the studies that this process loaded: cells below the least, and these groups."""

    least: int = 0
    groups: frozenset[str] = frozenset()


# A table made from a plain frame does not know its study; what load learned is kept here for whoever writes it.
_PROTECTED: dict[str, Protected] = {}


def protect(study: str, least: int, groups: frozenset[str]) -> None:
    """Remember the smallest cell of a loaded study, and the labels of its groups that are smaller."""
    _PROTECTED[study] = Protected(least, groups)


def protected() -> Protected:
    """Return what may not be shown of any study loaded here."""
    every = _PROTECTED.values()
    return Protected(
        max((one.least for one in every), default=0), frozenset().union(*(one.groups for one in every))
    )
