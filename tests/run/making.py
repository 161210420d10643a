"""Writes small notebooks for the tests of the control room."""

from __future__ import annotations

import json
from pathlib import Path

PARAMETERS = """\
study: str = "klein"  # naam van de studie
n: int = 3  # aantal [1, 10]
lang: str = "nl"  # taal
out: str = ""  # uitvoer
"""


def notebook(path: Path, *code: str, parameters: str = PARAMETERS) -> Path:
    """Write a notebook with a parameters cell and the given code cells."""
    sources = [(parameters, ["parameters"]), *((source, []) for source in code)]
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {"tags": tags},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, (source, tags) in enumerate(sources)
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def project(folder: Path) -> Path:
    """Make an empty project: the folders that a project has."""
    (folder / "data/raw").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    return folder
