"""Careless answering: every index against base R; longstring and D2 also agree with the package insufficient-effort."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from klantstudie.errors import InputError, OptionError
from klantstudie.numerics import careless as index
from klantstudie.study.careless import MEASURES, flags, measures
from klantstudie.study.codebook import declare

HERE = Path(__file__).parent
ANSWERS = HERE.parent / "reference/data/careless_answers.csv"
TRUTH = json.loads((HERE.parent / "reference/study/careless_flags.json").read_text())
BOOK = declare(TRUTH["arguments"]["codebook"]["__call__"]["arguments"]["given"])


@pytest.fixture
def answers():
    return pd.read_csv(ANSWERS).astype("float64")


@pytest.mark.parametrize("name", MEASURES)
def test_every_index_is_that_of_base_r(answers, name):
    expected = json.loads((HERE / "data/careless.json").read_text())["measures"][name]
    found = measures(answers, BOOK)[name].to_numpy()
    np.testing.assert_allclose(found, np.array(expected, dtype=float), rtol=1e-9, atol=1e-12)


def test_nothing_is_changed_and_other_columns_do_not_matter(answers):
    before = answers.copy(deep=True)
    one, two = measures(answers, BOOK), measures(answers.assign(extra="x"), BOOK)
    pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(answers, before)


def test_longstring_on_a_ten_point_scale_with_missing_answers():
    x = np.array([[10, 10, 1, 1, 1.0], [1, np.nan, 1, 1, 2], [np.nan] * 5, [1, 2, 3, 4, 10]])
    np.testing.assert_array_equal(index.longstring(x), [3, 2, np.nan, 1])


def test_distance_refuses_what_has_no_inverse(answers):
    values = answers.iloc[:, :3].to_numpy().copy()
    values[:, 2] = values[:, 0] + values[:, 1]
    with pytest.raises(np.linalg.LinAlgError, match="combination of the others"):
        index.mahalanobis(values)
    with pytest.raises(np.linalg.LinAlgError, match="fewer complete rows"):
        index.mahalanobis(values[:3])
    constant = measures(answers.assign(a_1=3.0), BOOK)
    assert constant["mahalanobis"].isna().all()


def test_thresholds_can_be_chosen_by_name(answers):
    strict = flags(answers, BOOK, thresholds={"longstring": 4, "irv": 0.8})
    assert strict.value("longstring", "threshold") == 4
    assert strict.value("longstring", "n_flagged") > flags(answers, BOOK).value("longstring", "n_flagged")
    assert strict.value("irv", "n_flagged") >= 1
    assert "Johnson (2005)" in strict.info["thresholds"]["even_odd"]
    with pytest.raises(OptionError, match="no threshold 'longstrng', did you mean 'longstring'"):
        flags(answers, BOOK, thresholds={"longstrng": 4})


def test_duration_and_attention_can_be_given(answers):
    found = measures(answers.assign(t=16.0), BOOK, duration="t", attention={"a_1": 1})
    assert found["seconds_per_item"].iloc[0] == 1
    assert found["attention_failed"].tolist() == (answers["a_1"] != 1).astype(float).tolist()
    text = measures(
        answers.assign(c=pd.array(["Ja "] * 59 + [None], dtype="string")), BOOK, attention={"c": "ja"}
    )
    assert text["attention_failed"].sum() == 1
    with pytest.raises(InputError, match="no column 'controole', did you mean 'controle'"):
        measures(answers, BOOK, attention={"controole": 4})
    with pytest.raises(InputError, match="at least two items"):
        measures(answers, declare({"study": {"title": "x"}}))


def test_a_rule_may_name_an_index(tmp_path):
    from klantstudie.study.loading import load

    folder = tmp_path / "data/raw/proef"
    folder.mkdir(parents=True)
    pd.read_csv(ANSWERS).to_csv(folder / "a.csv", index=False)
    book = '[study]\ntitle="x"\n[responses.r]\nmin=1\nmax=5\n'
    book += "".join(f'[items.{b}_{i}]\nresponse="r"\n' for b in "abcd" for i in range(1, 5))
    book += '[[rules]]\nname="één antwoord"\nwhen="longstring >= 8 or share_missing > 0.5"\nreason="x"\n'
    (folder / "codebook.toml").write_text(book, encoding="utf-8")
    study = load("proef", root=tmp_path)
    assert study.waterfall.row("één antwoord")["n_excluded"] == 4
    assert "longstring" not in study.frame
