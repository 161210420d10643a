"""Loading a study: the whole way from raw file to clean answers, and what it writes."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

import klantstudie as ks
from klantstudie import inputs
from klantstudie.errors import CodebookError, InputError, OptionError
from klantstudie.study import checking, loading
from klantstudie.study.codebook import declare
from klantstudie.study.loading import load

BOOK = """[study]
title = "Proef"
id = "id"
missing = [-99]
duration = "duur"
[responses.l5]
min = 1
max = 5
[items.q1]
response = "l5"
[items.q2]
response = "l5"
reverse = true
[scales.s]
items = ["q1", "q2"]
[groups.land]
labels = {"1" = "NL", "2" = "BE"}
[[rules]]
name = "te snel"
when = "duur < 60"
reason = "te snel ingevuld"
"""
ANSWERS = "id;q1;q2;land;duur\n001;1;4;1;300\n002;-99;5;2;30\n003;3;2;;90,5\n"


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "een project" / "data" / "raw" / "proef"
    folder.mkdir(parents=True)
    (folder / "codebook.toml").write_text(BOOK, encoding="utf-8")
    (folder / "antwoorden.csv").write_text(ANSWERS, encoding="utf-8")
    return tmp_path / "een project"


def test_load_gives_clean_scored_answers_and_writes_three_tables(project):
    study = load("proef", root=project)
    assert list(study.frame.columns) == ["id", "land", "q1", "q2", "q2_r", "s", "duur"]
    assert study.frame["id"].tolist() == ["001", "003"]
    assert study.frame["s"].tolist() == [1.5, 3.5]
    assert study.frame["land"].tolist() == ["NL", pd.NA]
    assert study.waterfall.info["n_excluded"] == 1
    assert study.codebook.items("s") == ["q1", "q2_r"]
    assert "2 rows" in repr(study)
    out = project / "data/processed/proef"
    assert sorted(path.name for path in out.iterdir()) == ["clean.csv", "log.csv", "waterfall.csv"]
    assert (out / "clean.csv").read_bytes() == (
        b"id,land,q1,q2,q2_r,s,duur\n001,NL,1,4,2,1.5,300.0\n003,,3,2,4,3.5,90.5\n"
    )
    assert (
        out / "log.csv"
    ).read_text() == "row,id,column,before,after,rule\n3,002,q1,-99,,missing code -99\n"
    assert (project / "data/raw/proef/antwoorden.csv").read_text() == ANSWERS


def test_equal_data_give_equal_bytes_and_no_new_file(project):
    load("proef", root=project)
    clean = project / "data/processed/proef/clean.csv"
    before = (clean.read_bytes(), clean.stat().st_mtime_ns)
    load("proef", root=project)
    assert (clean.read_bytes(), clean.stat().st_mtime_ns) == before


def test_exclude_chooses_the_rules(project):
    assert len(load("proef", exclude=["none"], root=project).frame) == 3
    assert len(load("proef", exclude=["te snel"], root=project).frame) == 2
    assert len(load("proef", exclude=[], root=project).frame) == 2
    with pytest.raises(OptionError, match="te snel"):
        load("proef", exclude=["snel"], root=project)


def test_the_nearest_folder_upward_is_the_project(project, monkeypatch, tmp_path):
    (project / "notebooks").mkdir()
    monkeypatch.chdir(project / "notebooks")
    assert len(ks.load("proef").frame) == 2
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no folder with data/raw"):
        load("proef")
    with pytest.raises(InputError, match="has no folder data/raw"):
        load("proef", root=tmp_path)


def test_a_study_that_is_not_there_names_the_nearest(project):
    with pytest.raises(InputError, match="no study 'proev' in data/raw, did you mean 'proef'"):
        load("proev", root=project)
    assert loading.studies(project) == ["proef"]


def test_the_raw_file_must_be_clear(project):
    folder = project / "data/raw/proef"
    (folder / "tweede.csv").write_text(ANSWERS)
    with pytest.raises(
        CodebookError, match=r"say which file holds the answers; here: antwoorden.csv, tweede.csv"
    ):
        load("proef", root=project)
    for name in ("antworden.csv", "../../../x.csv", "/etc/passwd"):
        (folder / "codebook.toml").write_text(BOOK.replace('id = "id"', f'id = "id"\nfile = "{name}"'))
        with pytest.raises(CodebookError, match=r"study.file: there is no file"):
            load("proef", root=project)


@pytest.mark.parametrize(("keep", "left"), [("first", [1.0, 5.0]), ("last", [2.0, 5.0])])
def test_double_answers_may_be_declared(project, keep, left):
    folder = project / "data/raw/proef"
    (folder / "antwoorden.csv").write_text("id;q1;q2;land;duur\n1;1;1;1;99\n1;2;2;1;99\n2;5;5;1;99\n")
    (folder / "codebook.toml").write_text(BOOK.replace('id = "id"', f'id = "id"\nduplicates = "{keep}"'))
    study = load("proef", root=project)
    assert study.frame["q1"].tolist() == left
    assert study.waterfall.row("double_id")["n_excluded"] == 1


def test_no_row_left_is_an_error_that_shows_the_waterfall(project):
    (project / "data/raw/proef/antwoorden.csv").write_text("id;q1;q2;land;duur\n1;1;1;1;9\n")
    with pytest.raises(InputError, match=r"no row is left after the exclusion rules; see .*te snel"):
        load("proef", root=project)


def test_inputs_are_recorded_for_the_run(project, monkeypatch, tmp_path):
    monkeypatch.setenv("KLANTSTUDIE_OUT", str(tmp_path / "run"))
    load("proef", root=project)
    lines = (tmp_path / "run/inputs.jsonl").read_text().splitlines()
    assert [json.loads(line)["role"] for line in lines] == ["codebook", "data"]


def test_a_folder_that_cannot_be_written_is_told(project):
    (project / "data/processed").write_text("a file where a folder belongs")
    with pytest.raises(InputError, match="cannot write to"):
        load("proef", root=project)


def test_write_atomic_leaves_no_half_file(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="full"):
        loading.write_atomic(tmp_path / "a.csv", b"x")
    assert list(Path(tmp_path).iterdir()) == []


def test_simulated_studies_load_without_a_project(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    study = load("gesimuleerd-01")
    assert study.codebook.study.simulated
    assert study.truth["design"] == "01"
    assert not list(tmp_path.iterdir())
    with pytest.raises(
        OptionError, match="there is no simulated study 'gesimuleerd-77'; there are gesimuleerd-00"
    ):
        load("gesimuleerd-77")


def test_groups_that_are_too_small_are_known_with_the_one_that_would_give_them_away():
    book = declare(
        {
            "study": {"title": "x", "min_cell": 5},
            "groups": {"where": {}, "kind": {}, "floor": {}},
        }
    )
    frame = pd.DataFrame(
        {
            "where": ["north"] * 9 + ["east"] * 7 + ["south"] * 3,
            "kind": ["a"] * 2 + ["b"] * 4 + ["c"] * 13,
            "floor": ["a"] * 10 + ["d"] * 9,
        }
    )
    assert loading.small_groups(frame, book) == {"south", "east", "b"}  # floor has a large a


def test_loading_a_study_says_what_may_not_be_shown(project, monkeypatch):
    monkeypatch.setattr(inputs, "_PROTECTED", {})
    loading.load("gesimuleerd-08", root=project)
    assert inputs.protected() == inputs.Protected()
    loading.load("proef", root=project)
    assert inputs.protected().least == 5


def test_a_formula_in_an_answer_is_text_in_the_clean_file():
    frame = pd.DataFrame({"nr": ["-5", "007"], "=open": ["=1+1", None], "n": [1.0, 2.0]})
    assert loading.to_csv(frame).decode() == "nr,'=open,n\n-5,'=1+1,1\n007,,2\n"


def test_a_table_of_counts_gives_one_row_a_person(project):
    folder = project / "data" / "raw" / "proef"
    (folder / "codebook.toml").write_text(
        BOOK.replace('duration = "duur"', 'duration = "duur"\nweight = "aantal"\ncounts = true'),
        encoding="utf-8",
    )
    answers = "id;q1;q2;land;duur;aantal\n001;1;4;1;300;2\n003;3;2;;90,5;3\n"
    (folder / "antwoorden.csv").write_text(answers, encoding="utf-8")
    study = load("proef", root=project)
    assert study.people().frame["id"].tolist() == ["001", "001", "003", "003", "003"]
    assert len(study.frame) == 2 and study.people().waterfall is study.waterfall
    (folder / "antwoorden.csv").write_text(answers.replace("300;2", "300;2,5"), encoding="utf-8")
    assert any("study.counts" in problem for problem in checking.check("proef", root=project))
    with pytest.raises(InputError, match="must count people"):
        load("proef", root=project).people()


def test_a_study_of_people_stays_as_it_is(project):
    study = load("proef", root=project)
    assert study.people() is study
