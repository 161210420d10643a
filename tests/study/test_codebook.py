"""The codebook: what it answers, and that a wrong one lists every problem with its place."""

from pathlib import Path

import pytest

from klantstudie.errors import CodebookError, InputError
from klantstudie.study.codebook import declare, read_codebook

GOOD = """
[study]
title = {nl = "Verwachting en ervaring", en = "Expectation and experience"}
file = "answers.csv"
date = 2024-05-01
missing = [-99]
attention = {check1 = 3}

[responses.likert7]
min = 1
max = 7
labels = {"1" = {nl = "helemaal oneens", en = "strongly disagree"}, "7" = "eens"}
missing = [9]

[items.e1]
text = {nl = "Zou modern zijn", en = "Should be modern"}
response = "likert7"
role = "expectation"
pair = "p1"
[items.p1]
text = "Is modern"
response = "likert7"
role = ["perception", "performance"]
[items.p2]
response = "likert7"
reverse = true
role = "perception"
[items.e2]
response = "likert7"
role = "expectation"
pair = "p2"
[items.open]
type = "text"

[scales.ervaring]
label = {nl = "Ervaring", en = "Experience"}
items = ["p1", "p2"]
min_answered = 0.5
role = "outcome"

[groups.land]
column = "country"
label = {nl = "Land", en = "Country"}
labels = {"1" = "Benelux", "2" = {nl = "Duitsland", en = "Germany"}}
order = [2, 1]

[waves]
column = "wave"

[[rules]]
name = "te snel"
when = "duration < 60 and not missing(duration)"
reason = {nl = "Te snel ingevuld", en = "Answered too fast"}
"""


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "codebook.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def problems(path):
    with pytest.raises(CodebookError) as caught:
        read_codebook(path)
    return caught.value.problems


def test_a_good_codebook_answers(write):
    book = read_codebook(write(GOOD))
    assert book.study.date == "2024-05-01"
    assert book.items("ervaring") == ["p1", "p2_r"]
    assert book.items() == ["e1", "p1", "p2_r", "e2"]
    assert book.text("e1", "en") == "Should be modern"
    assert book.text("p1", "en") == "Is modern"
    assert book.text("p2_r", "en") == "p2 (reversed)"
    assert book.label("ervaring", "nl") == "Ervaring"
    assert book.label("land", "en") == "Country"
    assert book.role("perception") == ["p1", "p2_r"]
    assert book.role("outcome") == ["ervaring"]
    assert book.pairs("expectation", "perception") == [("e1", "p1"), ("e2", "p2_r")]
    assert book.pairs("perception", "expectation") == [("p1", "e1"), ("p2_r", "e2")]
    assert book.order("land") == ["Duitsland", "Benelux"]
    assert book.group_label("land", 2.0, "en") == "Germany"
    assert book.range("ervaring") == (1, 7)
    assert book.scales["ervaring"].needed() == 1
    assert book.rules[0].reason.get("en") == "Answered too fast"


def test_a_question_that_has_no_answer_names_the_nearest(write):
    book = read_codebook(write(GOOD))
    with pytest.raises(InputError, match="no scale 'ervarin', did you mean 'ervaring'"):
        book.items("ervarin")
    with pytest.raises(
        InputError, match=r"role 'perceptions', did you mean 'perception'.*it has expectation"
    ):
        book.role("perceptions")
    with pytest.raises(InputError, match="pairs no item"):
        book.pairs("perception", "outcome")
    with pytest.raises(InputError, match="no group"):
        book.group("lend")
    with pytest.raises(InputError, match="no response scale"):
        book.range("open")


def test_every_problem_is_listed_with_its_place(write):
    text = """[study]
titel = "x"
min_cell = "vijf"
reader = "qualtrix"
[responses.l5]
min = 5
max = 1
[responses.l7]
min = 1
max = 7
missing = [7]
labels = {"8" = "?"}
[items.q1]
respons = "l7"
[items.q2]
response = "l70"
reverse = "yes"
[items.q3]
reverse = true
pair = "q9"
[scales.s]
items = ["q1", "q22"]
min_answered = 3
[scales.q1]
items = ["q3", "q3"]
[groups.g]
labels = {"1" = "a"}
order = [1, 4]
[[rules]]
name = "r"
when = "import os"
reason = "x"
[[rules]]
name = "r2"
when = "a < 3"
reason = "x"
action = "missing"
[scale.t]
items = ["q1"]
"""
    found = problems(write(text))
    joined = "\n".join(found)
    for part in (
        "scale (line 38): unknown table, did you mean 'scales'?",
        "study.title (line 1): is missing",
        "study.titel (line 2): unknown key, did you mean 'title'?",
        "study.min_cell (line 3): must be a whole number; given: 'vijf'",
        "study.reader (line 4): must be one of",
        "did you mean 'qualtrics'?",
        "responses.l5 (line 5): min (5) must be smaller than max (1)",
        "responses.l7.missing (line 11): 7 is also an answer from 1 to 7",
        "responses.l7.labels (line 12): code 8 lies outside 1 to 7",
        "items.q1.respons (line 14): unknown key, did you mean 'response'?",
        "items.q2.reverse (line 17): must be true or false",
        "items.q3.reverse (line 19): reversing needs the response scale",
        "items.q3.pair (line 20): there is no item 'q9'",
        "scales.s (line 21): min_answered must be a count from 1 to 2",
        "scales.q1.items (line 25): named more than once: q3",
        "groups.g.order (line 28): '4' is not among the labels",
        "rules.0 (line 29): the rule 'import os' cannot be read",
        'rules.1 (line 33): action = "missing" needs columns',
    ):
        assert part in joined, part
    assert len(found) >= 17


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[study\n", "is not TOML"),
        ("", "study: is missing"),
        ('study = "x"', "study (line 1): must be a table of its own"),
        ('items = 3\n[study]\ntitle="x"', "items (line 1): write each as [items.NAME]"),
        ('[study]\ntitle="x"\n[rules]\nname="y"', "rules (line 3): write each as [[rules]]"),
        ('[study]\ntitle="x"\n[items]\nq1 = 3', "items.q1 (line 4): must be a table of its own"),
        ('[study]\ntitle="x"\nmissing=-99', "study.missing (line 3): must be a list"),
        ('[study]\ntitle={de="x"}', "study.title.de (line 2): unknown key"),
        (
            '[study]\ntitle="x"\n[items."a b"]\nresponse="r"',
            'items."a b".response (line 4): there is no response',
        ),
    ],
)
def test_broken_files(write, text, part):
    assert any(part in problem for problem in problems(write(text))), problems(write(text))


def test_a_file_that_is_not_there_or_not_utf8(tmp_path):
    assert "there is no such file" in problems(tmp_path / "codebook.toml")[0]
    (tmp_path / "codebook.toml").write_bytes(b'[study]\ntitle="caf\xe9"')
    assert "save it as UTF-8" in problems(tmp_path / "codebook.toml")[0]


def test_group_labels_have_their_english_name_too():
    book = read_codebook(Path(__file__).parents[2] / "data" / "raw" / "kopenhagen_wonen" / "codebook.toml")
    assert book.labels("en")["torenflat"] == "tower block"
    assert "torenflat" not in book.labels("nl")


def test_answers_are_named_as_tables_name_them():
    book = declare(
        {
            "study": {"title": {"nl": "T", "en": "T"}, "file": "x.csv"},
            "responses": {
                "drie": {
                    "min": 1,
                    "max": 3,
                    "labels": {"1": {"nl": "laag"}, "2": {"nl": "midden"}, "3": {"nl": "hoog"}},
                },
                "twee": {"min": 1, "max": 2, "labels": {"1": {"nl": "laag"}, "2": {"nl": "hoog"}}},
                "kaal": {"min": 1, "max": 5},
            },
            "items": {
                "a": {"text": {"nl": "Oordeel"}, "response": "drie"},
                "b": {"text": {"nl": "Contact"}, "response": "twee"},
                "c": {"response": "kaal"},
            },
            "scales": {"ab": {"items": ["a", "c"]}},
        }
    )
    told = book.answers("a")
    assert (told["2"], told["1|2"], told["a = 3"]) == ("midden", "laag | midden", "Oordeel = hoog")
    both = book.answers("a", "b")  # a 2 is no "midden" of b
    assert both["1"] == "laag" and "2" not in both and "1|2" not in both
    assert both["b = 2"] == "Contact = hoog" and both["a = 2"] == "Oordeel = midden"
    assert book.answers("c") == {} and book.answers("ab") == {}
