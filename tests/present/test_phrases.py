"""What rooms wrote in English is said in the language of the report, whole or not at all."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files

import pytest

from klantstudie.present import phrases
from klantstudie.present.saving import save
from klantstudie.present.tables import to_html
from klantstudie.result import build


def test_a_method_is_said_piece_by_piece_with_its_numbers_as_printed():
    told = phrases.say("Two one-sided Welch t tests; bounds -0.5 to 0.5", "nl")
    assert told == "Twee eenzijdige t-toetsen van Welch; grenzen −0,5 tot 0,5"
    assert phrases.say("least squares, cr2 errors by branch (3)", "nl") == (
        "kleinste kwadraten, clusterrobuuste standaardfouten (CR2) per branch (3 clusters)"
    )


def test_names_of_columns_and_groups_stay():
    told = phrases.say("groups of equal Oost, West; smaller than 5 is flagged", "nl")
    assert told == "groepen met gelijke Oost, West; kleiner dan 5 is gemarkeerd"


def test_options_are_words_in_english_too():
    assert phrases.say("planted contrasts; games_howell", "en") is None
    assert phrases.say("planned contrasts, hc3 errors; fdr_bh", "en") == (
        "planned contrasts, HC3 errors; Benjamini-Hochberg"
    )


def test_nothing_is_half_translated():
    assert phrases.say("least squares, an unheard-of correction", "nl") is None


def test_a_phrase_inside_a_phrase():
    text = "Two one-sided tests on an estimate (linear trend; HC3 standard errors); bounds -1 to 1"
    assert phrases.say(text, "nl") == (
        "Twee eenzijdige toetsen op een schatting (lineaire trend; HC3-standaardfouten); grenzen −1 tot 1"
    )


def test_remarks_and_planted_truths():
    assert phrases.remark("with b1", "nl") == "met b1"
    assert phrases.remark("H: -0.5; L: +1", "nl") == "H: −0,5; L: +1"
    assert phrases.remark("p_value", "nl") == "p"
    assert phrases.truth("slopes: own: buik", "nl") == "helling: eigen oordeel: buik"
    assert phrases.truth("loadings 3", "en") == "loading 3"


def test_sources_are_joined_in_the_language():
    assert phrases.names("Brown, Cai and DasGupta (2001)", "nl") == "Brown, Cai en DasGupta (2001)"
    assert phrases.names("Brown, Cai and DasGupta (2001)", "en") == "Brown, Cai and DasGupta (2001)"


@pytest.mark.parametrize("kind", ["words", "methods", "missing", "remarks", "truths"])
def test_both_languages_fill_the_same_slots(kind):
    read = tomllib.loads((files("klantstudie.present") / "phrases.toml").read_text(encoding="utf-8"))
    for english, said in read[kind].items():
        for text in [said] if isinstance(said, str) else said.values():
            assert sorted(phrases.SLOT.findall(text)) == sorted(phrases.SLOT.findall(english)), english


def test_the_note_of_a_dutch_table_names_the_method_in_dutch():
    result = build(
        "x",
        [{"term": "a", "note": "mean of the absolute correlations"}],
        n_total=9,
        n_used=8,
        method="least squares, hc3 errors",
        reference="r",
        missing="per wave",
    )
    html = to_html(result)
    assert "Methode: kleinste kwadraten, HC3-standaardfouten." in html
    assert "per meting" in html
    assert "gemiddelde van de absolute correlaties." in html
    assert "Method: least squares, HC3 errors." in to_html(result, lang="en")


def test_choices_of_a_multiverse_are_said_with_labels_and_words():
    text = "predictors = imago + kwaliteit, errors = cr2"
    assert (
        phrases.choices(text, {"imago": "Imago"}, "nl")
        == "voorspellers: Imago + kwaliteit, standaardfouten: CR2"
    )
    assert phrases.choices(text, None, "en") == "predictors: imago + kwaliteit, standard errors: CR2"
    assert phrases.choices("total", None, "nl") == "Totaal"


def test_a_choice_that_is_a_list_of_numbers_is_no_sum():
    assert phrases.choices("cuts = 2.0 + 5.0", None, "nl") == "laag tot en met, hoog vanaf: 2,0; 5,0"
    assert phrases.choices("cuts = 2.0 + 5.0", None, "en") == "low up to, high from: 2.0, 5.0"
    assert phrases.choices("predictors = a + b", {"a": "Alfa"}, "nl") == "voorspellers: Alfa + b"


def test_a_list_that_is_taken_whole_or_less_one_is_told_by_what_it_lacks():
    texts = ["attributes = a + b + c + d, cuts = 2.0 + 5.0", "attributes = a + c + d, cuts = 3.0 + 5.0"]
    whole = phrases.wholes(texts)
    assert whole == {"attributes": ["a", "b", "c", "d"]}
    told = [phrases.choices(text, {"b": "Beta"}, "nl", whole).split(", laag")[0] for text in texts]
    assert told == ["onderwerpen: alle 4", "onderwerpen: zonder Beta"]
    assert phrases.wholes(["x = a + b + c + d", "x = a"]) == {}, "too much is lost to be told by what is lost"
    assert phrases.wholes(["x = a + b + c + d"]) == {}, "one option is told in full"


def test_a_column_in_a_method_has_its_label(tmp_path):
    how = "least squares, cr2 errors by medewerker (30)"
    made = build("t", [{"term": "a", "estimate": 1.0}], n_total=9, n_used=9, method=how, reference="r")
    labels = {"medewerker": "Employee"}
    assert "errors (CR2) by employee (30 clusters)" in to_html(made, lang="en", labels=labels)
    assert "standaardfouten (CR2) per IVR (30 clusters)" in to_html(made, labels={"medewerker": "IVR"})
    assert "per medewerker (30 clusters)" in to_html(made, labels={"medewerker": "wie, en waar"})
    save(made, tmp_path, "t", caption="T", lang="en", labels=labels)
    kept = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert '"medewerker": "Employee"' in json.dumps(kept)
