"""Runs inside the kernel's process: an IPython kernel that notes which project files it reads."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from klantstudie import inputs

# Made by runs, or not data: what is written there must not count as what a run stands on.
PASSED = ("reports", "processed", ".git", ".venv", ".ipynb_checkpoints", "site-packages", "node_modules")
PACKAGE = str(Path(__file__).parents[1])


def watch(project: Path) -> None:
    """Record every file of the project that this process opens for reading, whichever library opens it."""
    root = str(project.resolve()) + os.sep
    seen: set[str] = set()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path = _read(arguments, root)
            if path is not None and path not in seen:
                seen.add(path)
                with contextlib.suppress(
                    OSError
                ):  # gone or not readable: the notebook itself will hear of it
                    inputs.record(path, "opened")

    sys.addaudithook(hook)


def _read(arguments: tuple[Any, ...], root: str) -> str | None:
    """Return the project file that an `open` event reads, or None."""
    given, mode, flags = arguments
    if not isinstance(given, (str, os.PathLike)):
        return None
    written = (
        set(mode) & set("wax+") if isinstance(mode, str) else bool((flags or 0) & (os.O_WRONLY | os.O_RDWR))
    )
    path = os.path.abspath(os.fspath(given))
    if written or not isinstance(path, str) or not path.startswith(root) or path.startswith(PACKAGE):
        return None
    if path.endswith(".pyc"):  # a module beside the notebook: its source is what counts
        try:
            path = importlib.util.source_from_cache(path)
        except ValueError:
            return None
    inside = path[len(root) :].split(os.sep)
    if any(part in PASSED for part in inside) or not os.path.isfile(path):
        return None
    return path


def main() -> None:
    """Run the kernel; the folder of the project is in the environment."""
    if sys.path[0] == "" or Path(sys.path[0]) == Path.cwd():
        del sys.path[0]  # as ipykernel's own launcher: the notebook's folder comes back once the kernel runs
    from ipykernel import kernelapp

    project = os.environ.get("KLANTSTUDIE_PROJECT")
    if project and inputs.run_folder() is not None:
        watch(Path(project))
    kernelapp.launch_new_instance()


if __name__ == "__main__":
    main()
