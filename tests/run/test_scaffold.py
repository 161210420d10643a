"""A study from nothing: in an empty folder, with the notebooks that come with the package."""

from __future__ import annotations

import tomllib

import pytest

from klantstudie.errors import OptionError, RunError
from klantstudie.run import cli, handing, scaffold
from klantstudie.study.reading import read_raw

SURVEY = "nr;q1;q2;q3\n" + "".join(f"{i};{1 + i % 5};{1 + i % 4};{2 + i % 4}\n" for i in range(1, 41))


def test_a_study_in_an_empty_folder_brings_the_notebooks_and_a_plan(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "klanten.csv").write_text(SURVEY, encoding="utf-8")
    folder = scaffold.new_study("klanten.csv")
    assert folder == tmp_path / "data" / "raw" / "klanten"
    assert (tmp_path / "notebooks" / "00-schoonmaak.ipynb").is_file()
    plan = tomllib.loads((tmp_path / "notebooks" / "batch.toml").read_text(encoding="utf-8"))
    assert plan["run"] == [
        {"notebook": "00-schoonmaak.ipynb", "cross": {"study": ["klanten"], "lang": ["nl"]}}
    ]
    assert (tmp_path / "klanten.csv").read_text(encoding="utf-8") == SURVEY


def test_a_second_study_leaves_notebooks_and_plan_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("een", "twee"):
        (tmp_path / f"{name}.csv").write_text(SURVEY, encoding="utf-8")
        scaffold.new_study(f"{name}.csv")
    plan = (tmp_path / "notebooks" / "batch.toml").read_text(encoding="utf-8")
    assert "een" in plan and "twee" not in plan
    with pytest.raises(RunError, match="exists; choose another name"):
        scaffold.new_study("een.csv")


def test_a_notebook_in_an_empty_folder_comes_from_the_template(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = scaffold.new_notebook("14-wachttijd")
    assert path.read_text(encoding="utf-8") == scaffold.template(tmp_path / "nowhere")
    with pytest.raises(RunError, match="choose another name"):
        scaffold.new_notebook("14-wachttijd")
    with pytest.raises(RunError, match="letters, digits"):
        scaffold.new_notebook("../14")


def test_a_study_is_handed_on_to_spss_and_word(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "klanten.csv").write_text(SURVEY, encoding="utf-8")
    scaffold.new_study("klanten.csv")
    with pytest.raises(SystemExit) as ended:
        cli.main(["export", "klanten", "--to", "sav,docx,md", "--lang", "en"])
    assert ended.value.code == 0
    folder = tmp_path / "data/processed/klanten"
    told = capsys.readouterr().out
    assert all(name in told for name in ("klanten.sav", "codebook.docx", "codebook.md"))
    assert list(read_raw(folder / "klanten.sav").frame["q1"]) == [1 + i % 5 for i in range(1, 41)]
    assert "| q1 " in (folder / "codebook.md").read_text(encoding="utf-8")
    assert (folder / "codebook.docx").stat().st_size > 5000
    with pytest.raises(OptionError, match="to must be one of 'sav'"):
        handing.on("klanten", to=["pdf"])
