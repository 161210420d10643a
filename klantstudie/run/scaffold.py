"""Starts a study or a notebook, and opens JupyterLab; also usable from inside a notebook.

`from klantstudie.run.scaffold import new_study, new_notebook`
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from klantstudie.errors import RunError, option
from klantstudie.run import manifest, warm
from klantstudie.run.files import write

TEMPLATE = "_sjabloon.ipynb"
PLAN = "batch.toml"
FIRST_PLAN = """\
# Which notebook runs on which study; `klantstudie batch` makes all these reports. Add a [[run]] for every question:
# `parameters` are fixed, every combination of the lists under `cross` becomes a report.

[[run]]
notebook = "00-schoonmaak.ipynb"
cross = {{ study = ["{study}"], lang = ["{lang}"] }}
"""
SOURCE = """\
# {name}

- File: `{file}`
- Origin:
- Licence:
- Citation:
- SHA-256: {sha256}
"""


def new_study(file: str | Path, *, name: str = "", lang: str = "nl", root: str | Path | None = None) -> Path:
    """Copy a raw file to data/raw/<name>/ and draft its codebook.toml and SOURCE.md there; return the folder.

    The file itself stays as it is. A study that exists is never written over.
    """
    option("lang", lang, ("nl", "en"))
    given = Path(file)
    if not given.is_file():
        raise RunError(f"there is no file {given}")
    study = name or re.sub(r"[^a-z0-9]+", "_", given.stem.lower()).strip("_")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", study):
        raise RunError(f"name must be letters, digits, - and _, such as klanten_2026; given: {study!r}")
    folder = _project(root) / manifest.RAW / study
    if folder.exists():
        raise RunError(f"{folder} exists; choose another name with --name")
    from klantstudie.study.drafting import draft
    from klantstudie.study.reading import read_raw

    text = draft(read_raw(given), file=given.name, title=study, lang=lang)
    folder.mkdir(parents=True)
    shutil.copyfile(given, folder / given.name)
    write(folder / "codebook.toml", text)
    source = SOURCE.format(name=study, file=given.name, sha256=manifest.sha256(folder / given.name))
    write(folder / "SOURCE.md", source)
    home = start_project(root)
    if not (home / "notebooks" / PLAN).exists():
        write(home / "notebooks" / PLAN, FIRST_PLAN.format(study=study, lang=lang))
    return folder


def new_notebook(name: str, *, root: str | Path | None = None) -> Path:
    """Copy the template to notebooks/<name>.ipynb and return its path; a notebook that exists is never written over."""
    stem = name.removesuffix(".ipynb")
    if not re.fullmatch(r"[A-Za-z0-9][\w-]*", stem):
        raise RunError(f"name must be letters, digits, - and _, such as 14-wachttijd; given: {name!r}")
    folder = _project(root) / "notebooks"
    path = folder / f"{stem}.ipynb"
    if path.exists():
        raise RunError(f"{path} exists; choose another name")
    write(path, template(folder))
    return path


def template(folder: Path) -> str:
    """Return the text of the template: the project's own, else the package's."""
    own = folder / TEMPLATE
    if own.is_file():
        return own.read_text(encoding="utf-8")
    with as_file(_packed()) as source:
        if (source / TEMPLATE).is_file():
            return (source / TEMPLATE).read_text(encoding="utf-8")
    raise RunError("the template of a notebook is missing; install klantstudie again")


def provided(name: str, home: Path) -> Path:
    """Return a notebook that belongs to the package, in the folder notebooks of a project; copied there when missing."""
    path = home / "notebooks" / name
    if not path.is_file():
        with as_file(_packed()) as source:
            write(path, (source / name).read_text(encoding="utf-8"))
    return path


def _packed() -> Traversable:
    """Return the notebooks that come with the package: its own copy, or those of the source tree."""
    packed = files("klantstudie") / "templates" / "notebooks"
    return packed if packed.is_dir() else files("klantstudie") / ".." / "notebooks"


def _project(root: str | Path | None) -> Path:
    """Return the project folder: `root`, the nearest upward with data/raw, else the current folder."""
    if root is not None:
        return Path(root)
    found = manifest.root(Path.cwd())
    return found if (found / manifest.RAW).is_dir() else Path.cwd()


def start_project(root: str | Path | None = None) -> Path:
    """Give a folder what a project has: the notebooks of the package where it has none; return the folder."""
    folder = _project(root)
    target = folder / "notebooks"
    if not target.exists():
        with as_file(_packed()) as source:
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns(PLAN, ".*"))
    target.mkdir(parents=True, exist_ok=True)
    return folder


def lab(arguments: Sequence[str] = ()) -> int:
    """Open JupyterLab of this environment on the project; its Python kernel is this environment's own."""
    folder = start_project()
    with tempfile.TemporaryDirectory(prefix="klantstudie-lab-") as scratch:
        return _lab(folder, Path(scratch), arguments)


def _lab(folder: Path, scratch: Path, arguments: Sequence[str]) -> int:
    env = dict(os.environ)
    if warm.possible():  # a second kernel to choose, which starts with everything imported
        write(scratch / "kernels" / warm.KERNEL / "kernel.json", json.dumps(warm.kernel_spec()))
        env["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(scratch), env.get("JUPYTER_PATH")]))
    env["JUPYTER_PREFER_ENV_PATH"] = "1"  # this environment's kernel, also where the user has others
    home = str(Path(__file__).parents[2])
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [home, env.get("PYTHONPATH")]))
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.default_url=/lab/tree/notebooks",
        *arguments,
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in arguments:
        command.append("--allow-root")  # in a container
    try:
        return subprocess.run(command, env=env, check=False).returncode
    except KeyboardInterrupt:
        return 0
