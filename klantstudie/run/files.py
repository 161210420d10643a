"""Writes files whole or not at all, and locks a run so that two batches do not harm each other."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)


def write(path: Path, content: str) -> None:
    """Write a text file so that a reader sees either the old or the new content, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write plain data as readable JSON."""
    write(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; a missing or broken file reads as empty."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextlib.contextmanager
def lock(folder: Path, *, wait: float = 3600.0) -> Iterator[bool]:
    """Hold the lock of a run folder; yields whether another process held it first.

    The operating system frees the lock when its holder ends, however it ends: a crash leaves nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "a+b") as stream:
        waited, deadline = False, time.monotonic() + wait
        while not _take(stream):
            waited = True
            if time.monotonic() > deadline:
                raise TimeoutError(f"{folder} is in use by another run")
            time.sleep(0.05)
        try:
            yield waited
        finally:
            _free(stream)


if os.name == "nt":
    import msvcrt

    def _take(stream: IO[bytes]) -> bool:
        try:
            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _free(stream: IO[bytes]) -> None:
        stream.seek(0)
        msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(stream: IO[bytes]) -> bool:
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _free(stream: IO[bytes]) -> None:
        fcntl.flock(stream.fileno(), fcntl.LOCK_UN)


def busy(folder: Path) -> bool:
    """Whether a living process holds the lock of this run folder."""
    if not (folder / ".lock").exists():
        return False
    try:
        with lock(folder, wait=0.0):
            return False
    except (TimeoutError, OSError):
        return True
