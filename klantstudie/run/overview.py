"""What there is in a project: notebooks with their parameters, studies, and runs with their status."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from klantstudie.errors import RunError
from klantstudie.run import files, manifest, notebooks
from klantstudie.run import parameters as declared


def everything(folder: str | Path = ".", *, lang: str = "nl") -> dict[str, list[dict[str, Any]]]:
    """Return {"notebooks", "studies", "runs"} of the project around a folder."""
    root = manifest.root(Path(folder).absolute())
    return {"notebooks": _notebooks(root, lang), "studies": _studies(root), "runs": _runs(root / "reports")}


def _notebooks(root: Path, lang: str) -> list[dict[str, Any]]:
    found = []
    for path in notebooks.listed(root / "notebooks"):
        about: dict[str, Any] = {"name": path.stem, "title": "", "parameters": []}
        try:
            content = notebooks.content(path)
            about["title"] = _title(content, lang)
            for one in declared.of_notebook(content, path.stem):
                default = declared.plain(one.default)
                about["parameters"].append({"name": one.name, "type": one.described, "default": default})
        except RunError as error:
            about["problem"] = str(error)
        found.append(about)
    return found


def _title(content: dict[str, Any], lang: str) -> str:
    for cell in content["cells"]:
        tags = [tag for tag in cell.get("metadata", {}).get("tags", []) if tag in ("nl", "en")]
        if tags and lang not in tags:
            continue
        for line in "".join(cell["source"]).splitlines() if cell["cell_type"] == "markdown" else ():
            if line.startswith("# "):
                return line[2:].strip()
    return ""


def _studies(root: Path) -> list[dict[str, Any]]:
    raw = root / manifest.RAW
    folders = sorted(path.parent for path in raw.glob("*/codebook.toml"))
    return [{"name": folder.name} for folder in folders]


def _runs(reports: Path) -> list[dict[str, Any]]:
    found = []
    for path in sorted(reports.glob("*/*/*/run.json")):
        record = files.read_json(path)
        lost = record.get("status") == "running" and not files.busy(path.parent)
        status = "interrupted" if lost else record.get("status", "unreadable")
        about = {"run": "/".join(path.parent.parts[-3:]), "status": status, "cause": record.get("cause", "")}
        found.append(about | {"started": record.get("started", "")})
    return found
