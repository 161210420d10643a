"""A drafted codebook: valid as it stands, right about what can be known, and open about what is guessed."""

import tomllib

import numpy as np
import pandas as pd
import pytest

from klantstudie.errors import OptionError
from klantstudie.numerics.sem.syntax import parse
from klantstudie.study.codebook import declare, draft, read_codebook
from klantstudie.study.drafting import key, quote
from klantstudie.study.guessing import guess, item_rest, stem
from klantstudie.study.loading import load
from klantstudie.study.reading import RawSurvey, read_raw


def answers(n=80, seed=1):
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=n)
    frame = pd.DataFrame({"respondent": np.arange(1, n + 1), "duur": rng.integers(60, 900, n)})
    for i in range(1, 6):
        sign = -1 if i == 3 else 1
        frame[f"tev_{i}"] = np.clip(np.rint(3 + sign * factor + 0.6 * rng.normal(size=n)), 1, 5)
    frame.loc[3, "tev_2"] = 99
    frame["nps"] = rng.integers(0, 11, n)
    frame["leeftijd"] = rng.integers(18, 80, n)
    frame["kanaal"] = rng.choice(["web", "balie"], n)
    frame["opmerking"] = [f"antwoord nummer {i}" for i in range(n)]
    frame["media"] = rng.choice(["web;tel", "web", "tel;balie", "balie"], n)
    frame["stelling"] = rng.choice(["Helemaal mee eens", "Mee oneens", "Neutraal"], n)
    frame["gewicht"] = rng.uniform(0.5, 2, n).round(2)
    return frame


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_draft_loads_as_it_stands(tmp_path, lang):
    folder = tmp_path / "data/raw/proef"
    folder.mkdir(parents=True)
    answers().to_csv(folder / "a.csv", index=False)
    text = draft(read_raw(folder / "a.csv"), title='Een "proef"', lang=lang)
    (folder / "codebook.toml").write_text(text, encoding="utf-8")
    book = read_codebook(folder / "codebook.toml")
    assert book.study.title.nl == 'Een "proef"'
    assert (book.study.id, book.study.duration, book.study.weight) == ("respondent", "duur", "gewicht")
    assert book.study.missing == [99]
    assert book.range("tev_1") == (1, 5)
    assert book.range("nps") == (0, 10)
    assert book.items("tev") == [f"tev_{i}" for i in range(1, 6)]
    assert book.item_table["media"].type == "multiple"
    assert book.item_table["opmerking"].type == "text"
    assert list(book.groups) == ["kanaal"]
    study = load("proef", root=tmp_path)
    assert len(study.frame) == 80
    assert study.frame["stelling"].dropna().isin([2, 3, 5]).all()
    assert study.frame["media_1"].isin([0, 1]).all()


def test_the_comments_speak_the_language_and_name_the_reversed_item():
    frame = answers()
    dutch, english = draft(frame, file="a.csv"), draft(frame, file="a.csv", lang="en")
    assert "Kijk elke regel na" in dutch
    assert "Check every line" in english
    assert dutch.count("# reverse = true") == 1
    assert "item-rest r = -0," in dutch
    assert "item-rest r = -0." in english
    assert english.index("[items.tev_3]") < english.index("# reverse = true") < english.index("[items.tev_4]")
    with pytest.raises(OptionError, match="lang must be one of 'nl', 'en'"):
        draft(frame, lang="de")


def test_questions_named_by_their_text_are_held_together_by_their_place_and_answer_scale():
    mood = np.random.default_rng(2).integers(1, 6, 60).astype(float)
    noise = np.random.default_rng(3).integers(0, 2, (60, 4))
    asked = {"Ik werd goed geholpen": 0, "De medewerker luisterde": 1, "Ik moest lang wachten": 2}
    frame = pd.DataFrame({name: np.clip(mood + noise[:, at], 1, 5) for name, at in asked.items()})
    frame["Ik moest lang wachten"] = 6 - frame["Ik moest lang wachten"]
    frame["Hoe waarschijnlijk is het dat u ons aanbeveelt?"] = mood * 2
    frame["Kom ik terug"] = np.clip(mood + noise[:, 3], 1, 5)
    text = draft(frame, file="a.csv")
    book = declare(tomllib.loads(text))
    assert not book.scales, "what only stands together is a remark"
    assert '# items = ["Ik_werd_goed_geholpen", "De_medewerker_luisterde", "Ik_moest_lang_wachten"]' in text
    assert book.item_table["De_medewerker_luisterde"].column == "De medewerker luisterde"
    assert book.label("De_medewerker_luisterde") == "De medewerker luisterde"
    assert text.count("# reverse = true") == 1
    assert text.index("[items.Ik_moest") < text.index("# reverse = true") < text.index("[items.kolom4]")


def test_every_drafted_name_is_one_word_that_a_model_can_hold_and_stands_once():
    asked = ["a b", "a_b", "1. Prijs?", "Cliënt & zorg", "x" * 60, "G2[SQ001]", "q-1"]
    marks = np.random.default_rng(1).integers(1, 6, (50, len(asked)))
    frame = pd.DataFrame(marks.astype(float), columns=asked)
    frame["Type klant"] = ["nieuw", "vast"] * 25
    book = declare(tomllib.loads(draft(frame, file="a.csv")))
    drafted = {item.column or name: name for name, item in book.item_table.items()}
    assert sorted(drafted) == sorted(asked)
    assert len(set(drafted.values())) == len(asked)
    parse(f"f =~ {' + '.join(drafted.values())}")
    assert drafted["Cliënt & zorg"] == "Cliënt_zorg"
    assert book.label(drafted["1. Prijs?"]) == "1. Prijs?"
    assert (book.groups["Type_klant"].column, book.label("Type_klant")) == ("Type klant", "Type klant")


def test_program_columns_become_rules_and_personal_data_stay_out():
    frame = pd.DataFrame(
        {"Status": [0.0, 1.0], "Finished": [1.0, 0.0], "IPAddress": ["1.2.3.4"] * 2, "Q1": [1.0, 5.0]}
    )
    roles = {"Status": "status", "Finished": "finished", "IPAddress": "personal"}
    raw = RawSurvey(frame, {"Q1": "Hoe tevreden?"}, source="q.csv", reader="qualtrics", roles=roles)
    text = draft(raw)
    given = tomllib.loads(text)
    assert [rule["when"] for rule in given["rules"]] == ["Status in [1, 2, 8]", "Finished == 0"]
    assert given["items"] == {"Q1": {"text": "Hoe tevreden?", "response": "schaal_1_5"}}
    assert "Persoonsgegevens, niet overgenomen" in text
    assert given["study"]["reader"] == "qualtrics"


def test_labels_and_levels_of_spss_are_used():
    frame = pd.DataFrame({"q1": [1.0, 2.0, 99.0], "land": [1.0, 2.0, 1.0]})
    raw = RawSurvey(
        frame,
        {"land": "In welk land?"},
        {"q1": {"1": "nooit", "5": "altijd", "99": "weet niet"}, "land": {"1": "NL", "2": "BE"}},
        {"land": "nominal", "q1": "ordinal"},
        reader="sav",
        missing={"q1": [(97, 99)]},
    )
    book = declare(tomllib.loads(draft(raw)))
    assert book.range("q1") == (1, 5)
    assert book.responses["schaal_1_5"].labels["5"].nl == "altijd"
    assert book.label("land") == "In welk land?"
    assert book.group_label("land", 2.0) == "BE"


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("klantnr", ["a1", "a2", "a3"], "id"),
        ("q1", [1.0, 2.0, 5.0], "item"),
        ("leeg", [np.nan, np.nan, np.nan], "empty"),
        ("omzet", [1000.5, 20.0, 3.0], "number"),
        ("golf", [1.0, 2.0, 2.0], "wave"),
        ("geslacht", [1.0, 2.0, 1.0], "group"),
        ("aandachtscheck", [3.0, 3.0, 2.0], "attention"),
    ],
)
def test_guesses(name, values, kind):
    frame = pd.DataFrame({name: values})
    frame = frame if frame[name].dtype.kind == "f" else frame.astype("string")
    assert guess(RawSurvey(frame), name).kind == kind


def test_stems_and_item_rest():
    names = ["comp_1", "Q2_1", "G2[SQ001]", "LEAD01", "q10", "prijs"]
    assert [stem(name) for name in names] == ["comp", "Q2", "G2", "LEAD", "q", "prijs"]
    rng = np.random.default_rng(3)
    factor = rng.normal(size=(200, 1))
    values = factor * np.array([1, 1, -1, 1]) + 0.5 * rng.normal(size=(200, 4))
    r = item_rest(values)
    assert (np.sign(r) == [1, 1, -1, 1]).all()
    assert np.isnan(item_rest(np.ones((20, 3)))).all()
    total = (values * [1, 1, -1, 1])[:, 1:].sum(axis=1)
    assert r[0] == pytest.approx(
        np.corrcoef(values[:, 0], (values / values.std(0) * [1, 1, -1, 1])[:, 1:].sum(1))[0, 1]
    )
    assert total.shape == (200,)


@pytest.mark.parametrize(
    "text", ['een "naam"', "a\\b", "café ☕", "regel\neinde", "tab\there", "\x00\x1f\x7f", "'", ""]
)
def test_any_text_can_be_a_key_and_a_value(text):
    assert isinstance(tomllib.loads(f"{key(text or 'x')} = {quote(text)}"), dict)
