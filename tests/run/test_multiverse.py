"""A multiverse over notebooks: the grid is checked first, failures stay as rows, and the report follows the number."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from klantstudie.errors import RunError
from klantstudie.run import batch, choices, cli, files, multiverse, notebooks, results
from klantstudie.run.choices import Followed, grid
from tests.run.making import notebook, project

PARAMETERS = """\
from typing import Literal
study: str = "klein"  # naam van de studie
model: Literal["a", "b"] = "a"  # model
without: list[str] = []  # wat eruit gaat
n: int = 3  # aantal [1, 10]
lang: str = "nl"  # taal
out: str = ""  # uitvoer
"""
SAVES = """
import json, os
from pathlib import Path
if n == 9:
    raise ValueError("nine")
estimate = 0.2 * n + (model == "b") - 0.1 * len(without)
row = {"term": "x", "part": "path", "estimate": estimate, "conf_low": estimate - 0.1, "conf_high": estimate + 0.1,
       "p_value": 0.001, "effect": estimate / 2, "note": "text"}
entry = {"name": "weights", "kind": "drivers.regression", "caption": {"nl": "Gewichten", "en": "Weights"},
         "columns": list(row), "table": [row, {**row, "part": "total"}, {**row, "term": "y"}], "fit": {},
         "info": {"n_used": 50, "n_total": 60, "conf_level": 0.9}}
Path(os.environ["KLANTSTUDIE_OUT"], "results.json").write_text(json.dumps({"results": [entry], "figures": []}))
"""
FOLLOWED = Followed("weights", "x", where={"part": "path"})
COLD = batch.Settings(to=(), warm=False)


@pytest.fixture
def home(tmp_path, monkeypatch):
    made = project(tmp_path)
    notebook(made / "notebooks/01-x.ipynb", SAVES, parameters=PARAMETERS)
    monkeypatch.chdir(made)
    return made


def test_choices_become_a_grid_in_their_declared_types(home):
    asked = grid("01-x", {"n": "4"}, {"model": None, "without": "|p|p,q"}, text=True)
    assert asked.choices == {"model": ("a", "b"), "without": ([], ["p"], ["p", "q"])}
    assert asked.combinations[1] == ("a", ["p"])
    assert {one.values["n"] for one in asked.plans} == {4}
    assert len({one.folder for one in asked.plans}) == 6
    assert asked.plans[0].folder.parents[3] == home / "reports"
    assert asked.plans[0].folder.parents[2].name == "universes"
    assert grid("01-x", {}, {}).choices == {"model": ("a", "b")}


@pytest.mark.parametrize(
    ("given", "over", "told"),
    [
        ({}, {"modle": "a,b"}, "has no parameter 'modle', did you mean 'model'"),
        ({}, {"model": "a,c"}, "model must be one of 'a', 'b'; given: 'c'"),
        ({}, {"n": "1,11"}, "n must be int from 1 to 10"),
        ({}, {"n": "3"}, "n has one option, 3: a choice needs two or more"),
        ({}, {"n": "3,3"}, "n has the option 3 twice"),
        ({}, {"n": None}, "say its options, such as --over n=a,b"),
        ({}, {"without": "p,q"}, "one option, p \\+ q: .*separated by |"),
        ({"n": "1"}, {"n": "1,2"}, "n is given once and for all and as a choice"),
        ({}, {"study": "a,b"}, "study cannot be a choice of a multiverse: its universes share one data set"),
        ({"model": "a"}, {}, "has no parameter with a list of choices"),
        ({"nn": "1"}, {"n": "1,2"}, "has no parameter 'nn'"),
    ],
)
def test_a_wrong_grid_is_told_before_anything_starts(home, given, over, told):
    with pytest.raises(RunError, match=told):
        grid("01-x", given, over, text=True)
    assert not (home / "reports").exists()


def test_a_declared_multiverse_is_checked_as_a_whole(home):
    path = home / "notebooks/keuzes.toml"
    path.write_text('notebook = "01-x"\nresult = "weights"\nterm = "x"\n[choices]\nn = [1, 2]\n')
    asked, followed = multiverse.ask("notebooks/keuzes.toml", {}, {}, Followed("", ""))
    assert (asked.choices, followed.result, followed.term) == ({"n": (1, 2)}, "weights", "x")
    with pytest.raises(RunError, match="leave out -p and --over"):
        multiverse.ask(str(path), {"n": "1"}, {}, Followed("", ""))
    path.write_text('notebok = "01-x"\nresult = 1\nchoices = { n = 1 }\n')
    with pytest.raises(RunError) as told:
        choices.read(path)
    for part in (
        "4 to mend",
        "did you mean 'notebook'",
        "result must be a text",
        "table of lists",
        "say which",
    ):
        assert part in str(told.value)


def test_failures_stay_as_rows_and_the_report_follows_the_number(home):
    asked = grid("01-x", {}, {"model": None, "n": [1, 9]})
    made = multiverse.run(asked, FOLLOWED, langs=["en"], settings=COLD)
    assert made.ok
    rows = list(csv.DictReader(io.StringIO(made.table.read_text(encoding="utf-8"))))
    assert [row["note"] for row in rows] == ["", "ValueError: nine"] * 2
    assert [row["estimate"] for row in rows] == ["0.2", "", "1.2", ""]
    assert (rows[0]["choice.n"], rows[0]["conf_low"], rows[0]["n_total"]) == ("1", "0.1", "60")
    (report,) = made.reports
    saved = files.read_json(report.plan.folder / "results.json")["results"]
    tables = {one["name"]: one for one in saved}
    assert [row["estimate"] for row in tables["universa"]["table"]] == [0.2, None, 1.2, None]
    assert tables["universa"]["info"]["conf_level"] == 0.9
    assert tables["universa"]["info"]["decision"] == "inconclusive"
    assert next(row for row in tables["keuzes"]["table"] if row["term"] == "model")["share"] == 1
    record = files.read_json(report.plan.folder / "run.json")
    assert any(one["path"].endswith(f"01-x/{made.table.name}") for one in record["inputs"])
    # the universes are parts of this one report
    assert results.runs(home / "reports") == [report.plan.folder]
    assert len(results.runs(home / "reports/universes")) == 4
    again = multiverse.run(asked, FOLLOWED, langs=["en"], settings=COLD)
    assert [one.skipped for one in again.universes.outcomes] == [True, False, True, False]
    assert again.reports[0].skipped


def test_another_number_of_the_same_universes_runs_nothing_again(home):
    asked = grid("01-x", {}, {"n": [1, 2]})
    made = batch.run(asked.plans, settings=COLD, reports=asked.plans[0].folder.parents[2])
    assert made.ok
    row = multiverse._row(1, asked.choices, asked.combinations[0], made.outcomes[0], FOLLOWED)
    assert (row["estimate"], row["p_value"]) == (0.2, 0.001)
    halved = Followed("weights", "x", "effect", {"part": "path"})
    row = multiverse._row(1, asked.choices, asked.combinations[0], made.outcomes[0], halved)
    assert (row["estimate"], row["p_value"], row["conf_low"]) == (
        0.1,
        0.001,
        None,
    )  # its interval was not saved
    bound = Followed("weights", "x", "conf_low", {"part": "path"})
    row = multiverse._row(1, asked.choices, asked.combinations[0], made.outcomes[0], bound)
    assert (row["estimate"], row["p_value"]) == (0.1, None)  # that p value is not of this number
    for wrong, told in (
        (Followed("weight", "x"), "no result 'weight', did you mean 'weights'"),
        (Followed("weights", "z"), "no row with term z; it has x · path; x · total; y"),
        (Followed("weights", "x"), "2 rows with term x: say which with --where"),
        (Followed("weights", "x", "estimat"), "no column 'estimat', did you mean 'estimate'"),
        (Followed("weights", "y", "note"), "note of weights is a text, not a number"),
    ):
        with pytest.raises(RunError, match=told):
            multiverse.run(asked, wrong, settings=COLD)
    with pytest.raises(RunError, match=r"--result weights --term x \(--where part=path \| part=total\) \| y"):
        multiverse.ask("01-x", {}, {"n": "1,2"}, Followed("", ""))


def test_an_interval_at_another_level_than_that_of_the_test_is_left_out(home):
    asked = grid("01-x", {}, {"n": [1, 2]})
    made = batch.run(asked.plans[:1], settings=COLD, reports=asked.plans[0].folder.parents[2])
    path = asked.plans[0].folder / "results.json"
    row = multiverse._row(1, asked.choices, asked.combinations[0], made.outcomes[0], FOLLOWED)
    assert (row["estimate"], row["conf_low"]) == (0.2, 0.1)
    saved = files.read_json(path)
    entry = next(one for one in saved["results"] if one["name"] == FOLLOWED.result)
    entry["info"][f"conf_level_{FOLLOWED.where['part']}"] = 0.8
    files.write_json(path, saved)
    row = multiverse._row(1, asked.choices, asked.combinations[0], made.outcomes[0], FOLLOWED)
    assert (row["estimate"], row["conf_low"], row["conf_high"]) == (0.2, None, None)


def test_no_universe_is_an_error_with_the_causes(home):
    asked = grid("01-x", {"n": 9}, {"model": None})
    with pytest.raises(RunError, match="no universe completed: 2 × ValueError: nine"):
        multiverse.run(asked, FOLLOWED, settings=COLD)


def test_the_command_makes_both_reports_and_a_copy_of_their_notebook(home, capsys):
    words = ["multiverse", "01-x", "--over", "model", "--over", "n=1,2", "--result", "weights", "--term", "y"]
    with pytest.raises(SystemExit) as left:
        cli.main([*words, "--json", "--to", "html"])
    told = json.loads(capsys.readouterr().out)
    assert (left.value.code, told["ok"]) == (0, True)
    assert [one["lang"] for one in told["reports"]] == ["nl", "en"]
    for one in told["reports"]:
        page = (Path(one["folder"]) / "report.html").read_text(encoding="utf-8")
        assert {"nl": "Gewichten", "en": "Weights"}[one["lang"]] in page
        assert "specificatiecurve" in page
    assert (home / "notebooks/_multiversum.ipynb").is_file()
    index = (home / "reports/index.html").read_text(encoding="utf-8")
    assert "01-x-multiversum" in index
    assert "universes/" not in index
    shutil.rmtree(home / "reports/klein")
    with pytest.raises(SystemExit):
        cli.main([*words, "--lang", "en"])
    told = capsys.readouterr().out
    assert "4 of 4 universes have the number: 0.2 to 1.4" in told
    assert "0 runs, 4 unchanged" in told
    assert notebooks.listed(home / "notebooks") == [home / "notebooks/01-x.ipynb"]
