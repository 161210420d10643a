"""A plan is checked as a whole before anything starts, and lists become runs."""

from __future__ import annotations

import pytest

from klantstudie.errors import RunError
from klantstudie.run import planning
from tests.run.making import PARAMETERS, notebook, project


@pytest.fixture
def home(tmp_path):
    made = project(tmp_path)
    notebook(
        made / "notebooks/01-x.ipynb", "1", parameters=PARAMETERS + "seed: int = 1\nitems: list[str] = []\n"
    )
    notebook(made / "notebooks/02-y.ipynb", "1")
    return made


def plans(home, text, name="batch.toml"):
    path = home / "notebooks" / name
    path.write_text(text, encoding="utf-8")
    return planning.read(path)


def given(found):
    return [dict(plan.given) for plan in found]


def test_single_values_crossed_and_zipped_lists(home):
    found = plans(
        home,
        """
        [[run]]
        notebook = "01-x"
        n = 5
        parameters = { items = ["a", "b"] }
        cross = { lang = ["nl", "en"] }
        zip = { study = ["p", "q"], seed = [3, 4] }

        [[run]]
        notebook = "02-y.ipynb"
        """,
    )
    base = {"n": 5, "items": ["a", "b"]}
    assert given(found) == [
        base | {"lang": "nl", "study": "p", "seed": 3},
        base | {"lang": "nl", "study": "q", "seed": 4},
        base | {"lang": "en", "study": "p", "seed": 3},
        base | {"lang": "en", "study": "q", "seed": 4},
        {},
    ]
    assert found[0].folder.parent == home / "reports/p/01-x"


def test_the_same_run_is_done_once(home):
    found = plans(home, '[[run]]\nnotebook = "02-y"\n[[run]]\nnotebook = "02-y"\nn = 3\n')
    assert len(found) == 1


def test_a_derived_seed_belongs_to_study_notebook_and_analysis(home):
    text = (
        '[[run]]\nnotebook = "01-x"\nseed = "derived"\ncross = { lang = ["nl", "en"], study = ["p", "q"] }\n'
    )
    seeds = {(plan.study, plan.lang): plan.values["seed"] for plan in plans(home, text)}
    assert seeds["p", "nl"] == seeds["p", "en"] != seeds["q", "nl"]
    assert given(plans(home, text)) == given(plans(home, text))


def test_every_problem_is_told_at_once(home):
    text = """
    [[run]]
    notebook = "01-xx"
    [[run]]
    notebook = "01-x"
    studdy = "a"
    n = 99
    [[run]]
    notebok = "01-x"
    [[run]]
    notebook = "01-x"
    cross = { n = 3 }
    [[run]]
    notebook = "01-x"
    zip = { n = [1, 2], study = ["a"] }
    [[run]]
    notebook = "01-x"
    n = 4
    cross = { n = [1, 2] }
    [runs]
    """
    with pytest.raises(RunError) as caught:
        plans(home, text)
    told = str(caught.value)
    assert "batch.toml: 8 problems, nothing was started" in told
    for part in (
        "run 1 (01-xx): there is no notebook '01-xx', did you mean '01-x'?",
        "run 2 (01-x): 01-x has no parameter 'studdy'; it has study, n, lang, out, seed, items, did you mean 'study'?",
        "run 2 (01-x): 01-x: n must be int from 1 to 10; given: 99 (int)",
        "run 3: say which notebook",
        "run 4 (01-x): cross.n must be a list of values",
        "run 5 (01-x): zipped lists must be equally long: n 2, study 1",
        "run 6 (01-x): given more than once: n",
        "'runs' is not known here; a plan has [[run]], did you mean 'run'?",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("text", "message"),
    [("[[run", "is not TOML"), ("", "asks for no run"), ("[run]\nnotebook = 'x'", "double brackets")],
)
def test_wrong_plans(home, text, message):
    with pytest.raises(RunError, match=message):
        plans(home, text)


def test_a_missing_plan(home):
    with pytest.raises(RunError, match="there is no plan"):
        planning.read(home / "none.toml")


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_csv_has_one_row_a_report(home, delimiter):
    text = "notebook,n,items\n01-x,4,\n02-y,,\n01-x,,q1\n".replace(",", delimiter)
    found = plans(home, text, "plan.csv")
    assert given(found) == [{"n": 4}, {}, {"items": ["q1"]}]
    with pytest.raises(RunError, match=r"row 2 \(01-x\): 01-x: n must be int"):
        plans(home, "notebook,n\n01-x,veel\n", "plan.csv")
    with pytest.raises(RunError, match="one of them notebook"):
        plans(home, "n\n1\n", "plan.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"notebook,n,n\n01-x,1,2\n", "columns that stand there twice: n"),
        (b"notebook,n\n01-x,1,2\n", "row 2: has more cells than the first row has columns"),
        (b"notebook,study\n01-x,caf\xe9\n", "not UTF-8 text .*; save it as CSV UTF-8"),
        (b"notebook,study\n01-x,a b\n01-x,a_b\n", "row 3 .*the folder of another run: study 'a b' and 'a_b'"),
    ],
)
def test_a_sheet_never_gives_a_silent_value(home, text, message):
    path = home / "notebooks/plan.csv"
    path.write_bytes(text)
    with pytest.raises(RunError, match=message):
        planning.read(path)


def test_a_line_break_inside_a_cell_is_kept(home):
    assert given(plans(home, 'notebook,study\n01-x,"a\nb"\n', "plan.csv")) == [{"study": "a\nb"}]


def test_an_excel_sheet(home):
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["notebook", "n", "study"], ["01-x", 4.0, 2024], ["02-y", None, None]):
        book.active.append(row)
    book.save(home / "notebooks/plan.xlsx")
    assert given(planning.read(home / "notebooks/plan.xlsx")) == [{"n": 4, "study": "2024"}, {}]
