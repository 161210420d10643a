"""What is frozen before the analysis, and how a later run tells every deviation from it."""

from __future__ import annotations

import json

import pytest

from klantstudie.errors import RunError
from klantstudie.present.documents import registered
from klantstudie.present.documents.reading import read
from klantstudie.run import cache, files, notebooks, preregistration
from tests.run.making import notebook, project

BOOK = """\
[study]
title = "Klein"
file = "klein.csv"
id = "nr"

[responses.vijf]
min = 1
max = 5

[items.q1]
text = "Tevreden"
response = "vijf"

[items.q2]
text = "Terug"
response = "vijf"

[scales.trouw]
items = ["q1", "q2"]

[[rules]]
name = "snel"
when = "q1 < 2"
reason = "Te snel"
"""
DUTCH = (
    "## Vraag\n\nWaarom.\n\n**Vooraf gesteld.** Meer dan 3 steunt de bewering.\n\n**Wat dit niet kan.** Veel."
)
ENGLISH = "## Question\n\nWhy.\n\n**Stated in advance.** More than 3 supports the claim.\n\n**What it cannot.** Much."
CODE = ("import klantstudie as ks\nsurvey = ks.load(study)", "total = survey.frame['q1'].sum()  # som")


def write(home, *code, dutch=DUTCH, english=ENGLISH):
    path = notebook(home / "notebooks/01-x.ipynb", *(code or CODE))
    content = json.loads(path.read_text(encoding="utf-8"))
    for lang, text in (("nl", dutch), ("en", english)):
        prose = {"cell_type": "markdown", "id": lang, "metadata": {"tags": [lang]}, "source": text}
        content["cells"].insert(1, prose)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    made = project(tmp_path / "een map")
    folder = made / "data/raw/klein"
    folder.mkdir()
    (folder / "codebook.toml").write_text(BOOK, encoding="utf-8")
    write(made)
    monkeypatch.chdir(made)
    return made


def answers(home, last=5):
    lines = ["nr,q1,q2", *(f"{n},{n % 5 + 1},{last}" for n in range(1, 21))]
    (home / "data/raw/klein/klein.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def deviations(n=3):
    found = preregistration.compare(notebooks.plan("01-x", {"study": "klein", "n": n}))
    return {(one["kind"], one["name"]): (one["before"], one["after"]) for one in found[0]["deviations"]}


def test_a_registration_holds_what_will_be_done_and_is_never_written_over(home):
    path = preregistration.freeze("01-x", {"study": "klein"})
    assert path == home / "data/raw/klein/preregistration/01-x-1.json"
    frozen = files.read_json(path)
    assert frozen["stated"] == {
        "nl": "**Vooraf gesteld.** Meer dan 3 steunt de bewering.",
        "en": "**Stated in advance.** More than 3 supports the claim.",
    }
    assert frozen["parameters"] == {"study": "klein", "n": 3}
    assert frozen["codebook"]["rules.snel"] == {"when": "q1 < 2"}
    assert frozen["codebook"]["scales.trouw"] == {"items": ["q1", "q2"]}
    assert frozen["code"] == list(CODE)
    assert frozen["data"] == {"file": "", "sha256": ""}
    words = path.with_suffix(".md").read_text(encoding="utf-8")
    for part in (frozen["sha256"], "More than 3 supports", "when = q1 < 2", "no data file", "- n: 3"):
        assert part in words
    before = path.read_bytes()
    with pytest.raises(RunError, match=r"01-x-1.json holds the same already"):
        preregistration.freeze("01-x", {"study": "klein"})
    assert preregistration.freeze("01-x", {"study": "klein", "n": 4}).name == "01-x-2.json"
    assert path.read_bytes() == before


def test_what_cannot_be_registered_is_refused_in_words(home):
    with pytest.raises(RunError, match=r"data/raw/gesimuleerd-01 holds no codebook.toml.*simulated"):
        preregistration.freeze("01-x", {"study": "gesimuleerd-01"})
    write(home, dutch="## Vraag\n\nWaarom.", english="## Question\n\nWhy.")
    with pytest.raises(RunError, match=r"01-x states nothing in advance; write a paragraph"):
        preregistration.freeze("01-x", {"study": "klein"})
    notebook(home / "notebooks/02-y.ipynb", "1", parameters='lang: str = "nl"\n')
    with pytest.raises(RunError, match="02-y has no parameter study"):
        preregistration.freeze("02-y", {})
    assert not (home / "data/raw/klein/preregistration").exists()


def test_no_deviation_is_found_where_nothing_changed(home):
    preregistration.freeze("01-x", {"study": "klein"})
    answers(home)
    write(home, CODE[0], "total = survey.frame['q1'].sum()\n\n# anders toegelicht")
    found = preregistration.compare(notebooks.plan("01-x", {"study": "klein", "lang": "en"}))
    assert [(one["deviations"], one["data"], one["intact"]) for one in found] == [([], "absent", True)]


def test_every_kind_of_deviation_is_told(home):
    preregistration.freeze("01-x", {"study": "klein"})
    book = home / "data/raw/klein/codebook.toml"
    changed = BOOK.replace("q1 < 2", "q1 < 3").replace('items = ["q1", "q2"]', 'items = ["q1"]')
    book.write_text(changed.replace("Tevreden", "Zeer tevreden"), encoding="utf-8")
    write(
        home,
        CODE[0],
        "total = survey.frame['q2'].sum()",
        "extra = 1",
        english=ENGLISH.replace("More than 3", "More than 2"),
    )
    assert deviations(n=5) == {
        ("parameter", "n"): ("3", "5"),
        ("exclusion", "rules.snel"): ("when = q1 < 2", "when = q1 < 3"),
        ("measurement", "scales.trouw"): ("items = q1, q2", "items = q1"),
        ("stated", "en"): (
            "**Stated in advance.** More than 3 supports the claim.",
            "**Stated in advance.** More than 2 supports the claim.",
        ),
        ("code", "2"): ("total = survey.frame['q1'].sum()  # som", "total = survey.frame['q2'].sum()"),
        ("code", "3"): ("", "extra = 1"),
    }
    book.write_text(BOOK[: BOOK.index("[[rules]]")], encoding="utf-8")
    write(home, CODE[0])
    assert deviations() == {
        ("exclusion", "rules.snel"): ("when = q1 < 2", ""),
        ("code", "2"): ("total = survey.frame['q1'].sum()  # som", ""),
    }


def test_data_that_were_there_and_a_file_that_was_changed_are_told(home):
    answers(home)
    path = preregistration.freeze("01-x", {"study": "klein"})
    planned = notebooks.plan("01-x", {"study": "klein"})
    assert preregistration.compare(planned)[0]["data"] == "same"
    answers(home, last=4)
    assert preregistration.compare(planned)[0]["data"] == "other"
    path.write_text(path.read_text(encoding="utf-8").replace('"n": 3', '"n": 4'), encoding="utf-8")
    found = preregistration.compare(planned)[0]
    assert not found["intact"]
    assert found["deviations"] == [{"kind": "parameter", "name": "n", "before": "4", "after": "3"}]


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_run_tells_its_registration_and_depends_on_it(home, lang):
    answers(home)
    planned = notebooks.plan("01-x", {"study": "klein", "n": 5, "lang": lang})
    assert notebooks.execute(planned, to=()).record.get("preregistration") is None
    path = preregistration.freeze("01-x", {"study": "klein"})
    shown = "data/raw/klein/preregistration/01-x-1.json"
    assert cache.why(planned.folder) == [f"{shown} was added"]
    made = notebooks.execute(planned, to=("html",))
    assert made.ok, made.cause
    assert {"path": shown, "role": "preregistration"}.items() <= made.record["inputs"][-1].items()
    assert cache.why(planned.folder) == []
    report = (planned.folder / "report.html").read_text(encoding="utf-8")
    document = read(planned.folder)
    told = {
        "nl": "toen de gegevens er al waren: één afwijking.",
        "en": "when the data already existed: one deviation.",
    }
    assert registered.lines(document)[0].endswith(told[lang])
    assert told[lang] in report
    rows = registered.rows(document)
    assert rows[-1] == ("Parameter n", "3", "5")
    there = {
        "nl": "1 van dit notebook over deze studie;",
        "en": "1 of this notebook on this study;",
    }
    assert rows[-2][1].startswith(there[lang])
    assert "were there already: 1." in path.with_suffix(".md").read_text(encoding="utf-8")
    path.unlink()
    assert cache.why(planned.folder) == [f"{shown} is gone"]


def test_a_hypothesis_that_changed_in_both_languages_counts_once(home):
    preregistration.freeze("01-x", {"study": "klein"})
    answers(home)
    write(home, dutch=DUTCH.replace("3", "2"), english=ENGLISH.replace("3", "2"))
    planned = notebooks.plan("01-x", {"study": "klein"})
    notebooks.execute(planned, to=())
    assert registered.lines(read(planned.folder))[0].endswith(": één afwijking.")
    record = files.read_json(planned.folder / "run.json")
    record["preregistration"][0]["deviations"] = []
    files.write_json(planned.folder / "run.json", record)
    assert registered.lines(read(planned.folder))[0].endswith(": geen afwijkingen.")
    assert registered.rows(read(planned.folder))[-1] == ("Afwijkingen", "geen", "")
