"""Tells a run which files were read: path and SHA-256 of every input, for the run's own record."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

OUT = "KLANTSTUDIE_OUT"  # set by the runner: the folder of the run whose notebook this process executes


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
