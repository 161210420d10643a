"""Every notebook of the batch runs, on the study it was written for, and leaves a report that stands by itself."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from klantstudie import vocabulary
from klantstudie.run import notebooks
from tests.contract import unsaid

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks"
PLANNED = tomllib.loads((FOLDER / "batch.toml").read_text(encoding="utf-8"))["run"]
ALL = sorted(path.name for path in FOLDER.glob("*.ipynb"))
APART = {
    "_multiversum.ipynb"
}  # reads the table that a multiverse makes: tests/run/test_multiverse.py runs it
FEW = {"n_boot": 100, "n_sim": 20, "n_draws": 200}  # enough to see that a notebook runs


def test_every_notebook_is_in_the_batch():
    planned = {entry["notebook"] for entry in PLANNED}
    templates = {name for name in ALL if name.startswith("_")}
    assert planned | templates == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_parameter_is_explained_in_both_languages(name):
    known = vocabulary.entries("parameters")
    unknown = [one.name for one in notebooks.parameters(FOLDER / name) if one.name not in known]
    assert not unknown, f"[parameters] of klantstudie/vocabulary.toml lacks: {', '.join(unknown)}"


@pytest.mark.parametrize("name", ALL)
def test_a_parameter_that_a_role_fills_names_the_role(name):
    cells = json.loads((FOLDER / name).read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    known = {one.name: one for one in notebooks.parameters(FOLDER / name)}
    filled = re.findall(r"^(\w+) = \1 or (.*)", code, flags=re.MULTILINE)
    untold = [
        f"{parameter}: {role}"
        for parameter, how in filled
        for role in re.findall(r'book\.role\("(\w+)"\)', how)
        for lang in ("nl", "en")
        if role not in known[parameter].explain(lang)
    ]
    assert not untold, "klantstudie run --help does not say which role fills a parameter"


@pytest.mark.parametrize("name", [name for name in ALL if name not in APART])
def test_notebook_runs_and_its_report_stands_by_itself(name, tmp_path):
    known = {parameter.name for parameter in notebooks.parameters(FOLDER / name)}
    language = ("nl", "en")[ALL.index(name) % 2]
    given = {word: value for word, value in (FEW | {"lang": language}).items() if word in known}
    run = notebooks.run(FOLDER / name, out=tmp_path / "run", **given)
    assert run.status == "completed", (tmp_path / "run" / "run.json").read_text(encoding="utf-8")
    report = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//(?!doi\.org)""", report.split("<main")[0])
    saved = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))
    assert saved["results"]
    for entry in saved["results"]:
        assert entry["caption"]["nl"] and entry["caption"]["en"], f"{entry['name']} has no caption"
        assert (tmp_path / "run" / "tables" / f"{entry['name']}.csv").exists()
        if entry["info"]:
            assert not unsaid(entry["info"]), f"{entry['name']}: no Dutch wording in present/phrases.toml"
    for entry in saved["figures"]:
        assert entry["alt"], f"{entry['name']} has no alternative text"
    record = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert record["parameters"]["lang"] == language
