"""The registry: every entry is whole and cited, and `use` fills in a codebook that its owner can overrule."""

import pytest

from klantstudie.errors import CodebookError, InputError
from klantstudie.study.codebook import declare
from klantstudie.study.instruments import instrument, instruments

STUDY = {"study": {"title": "x"}}


@pytest.mark.parametrize("name", instruments())
def test_every_entry_is_whole_and_can_be_used(name):
    known = instrument(name)
    assert known["title"]["nl"] and known["title"]["en"]
    assert known["citation"]
    assert known["certainty"] in ("source", "secondary")
    assert known["order"] in ("source", "given")
    assert len(known["verified"]) > 30
    assert known["certainty"] == "secondary" or "Not seen" not in known["verified"]
    for dimension in known["dimensions"]:
        assert dimension["label"]["nl"] and dimension["label"]["en"]
        assert all(1 <= i <= dimension["items"] for i in dimension.get("reverse", []))
    forms = known.get("forms", [""])
    asked = {"use": name, "response": "r"}
    if known.get("free"):
        columns = {form: [f"{form}{i}" for i in range(3)] for form in forms}
        asked["columns"] = columns if len(forms) > 1 else columns[""]
    else:
        asked["prefix"] = {form: form for form in forms} if len(forms) > 1 else "q"
    book = declare({**STUDY, "responses": {"r": {"min": 1, "max": 7}}, "instruments": {"x": asked}})
    assert len(book.item_table) == len(forms) * (sum(d["items"] for d in known["dimensions"]) or 3)


def test_the_numbers_in_the_names_are_the_numbers_of_items():
    for name in instruments():
        digits = "".join(character for character in name.split("-")[-1].split("19")[0] if character.isdigit())
        if digits and name not in ("brown2002", "servqual22-1991", "servperf10-nl", "ces7"):
            assert sum(dimension["items"] for dimension in instrument(name)["dimensions"]) == int(digits), (
                name
            )


ASKED = (
    "servqual22 servperf22 servperf10-nl markor20 mktor15 soco24 soco10 custor17 cose12 brown2002 donavan13 "
    "schneider-climate servor sls30 lmx7 ecsi24 nps11 ces csat10 kano5x5 cit los wdq-task-significance ink10 cqi-generic"
)


@pytest.mark.parametrize("name", ASKED.split())
def test_every_usual_name_is_known(name):
    assert instrument(name)["citation"]


def test_other_names_are_no_name_of_another():
    others = [other for name in instruments() for other in instrument(name).get("also", ())]
    assert len(set(others)) == len(others)
    assert not set(others) & set(instruments())
    book = declare({**STUDY, "instruments": {"x": {"use": "nps11", "columns": ["q7"]}}})
    assert book.role("recommend") == ["q7"]
    assert book.range("q7") == (0, 10)


def test_servqual_pairs_and_reverses_as_in_1988():
    asked = {"use": "servqual22", "prefix": {"expectation": "e", "perception": "p"}}
    book = declare({**STUDY, "instruments": {"sq": asked}})
    pairs = book.pairs("expectation", "perception")
    assert pairs[0] == ("e1", "p1")
    assert pairs[9] == ("e10_r", "p10_r")
    assert len(pairs) == 22
    reversed_items = [
        int(name[1:]) for name, item in book.item_table.items() if item.reverse and name[0] == "p"
    ]
    assert reversed_items == [10, 11, 12, 13, 18, 19, 20, 21, 22]
    assert book.items("sq_reliability_perception") == ["p5", "p6", "p7", "p8", "p9"]
    assert book.range("p1") == (1, 7)
    assert book.label("sq_empathy_expectation", "en") == "Empathy (expected)"


def test_the_codebook_goes_before_the_registry():
    book = declare(
        {
            **STUDY,
            "responses": {"vijf": {"min": 1, "max": 5}},
            "instruments": {
                "climate": {"use": "service-climate7", "columns": list("abcdefg"), "response": "vijf"}
            },
            "items": {"b": {"reverse": True, "text": "Eigen tekst"}},
            "scales": {"climate_climate": {"min_answered": 0.5}},
        }
    )
    assert book.items("climate_climate") == ["a", "b_r", "c", "d", "e", "f", "g"]
    assert book.text("b") == "Eigen tekst"
    assert book.scales["climate_climate"].needed() == 4
    assert book.role("climate") == ["a", "b_r", "c", "d", "e", "f", "g"]


def test_kano_takes_as_many_pairs_as_there_are():
    columns = {"functional": ["f1", "f2"], "dysfunctional": ["d1", "d2"]}
    book = declare({**STUDY, "instruments": {"k": {"use": "kano", "columns": columns}}})
    assert book.pairs("functional", "dysfunctional") == [("f1", "d1"), ("f2", "d2")]


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ({"use": "servqaul22"}, "no instrument 'servqaul22', did you mean 'servqual22"),
        ({"use": "lmx7"}, "say which columns hold the items: columns (or prefix) = […]"),
        ({"use": "lmx7", "columns": ["a"]}, "lmx7 has 7 items; 1 columns are named"),
        ({"use": "servqual22", "prefix": "q"}, "say which columns hold the expectation items"),
        ({"use": "servperf10-nl", "prefix": "q"}, 'add response = "…"'),
        ({"use": "kano", "columns": {"functional": ["a"], "dysfunctional": ["b", "c"]}}, "as many columns"),
        ({"use": "lmx7", "prefx": "q"}, "instruments.x.prefx: unknown key, did you mean 'prefix'?"),
        ({}, "instruments.x.use: is missing"),
    ],
)
def test_wrong_use_is_told(asked, part):
    with pytest.raises(CodebookError) as caught:
        declare({**STUDY, "instruments": {"x": asked}})
    assert part in str(caught.value)


def test_an_unknown_name():
    with pytest.raises(InputError, match="no instrument 'ecsi', did you mean|there is no instrument 'ecsi'"):
        instrument("ecsi")
    with pytest.raises(CodebookError, match=r"write each as \[instruments.NAME\]"):
        declare({**STUDY, "instruments": []})
