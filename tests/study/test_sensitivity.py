"""Who counts: leaving out suspect respondents, what that does to means, and the count of changed values."""

import numpy as np
import pandas as pd
import pytest

from klantstudie.errors import InputError, OptionError
from klantstudie.study.changes import LOG, counted
from klantstudie.study.loading import PROCESSED, load
from klantstudie.study.sensitivity import compare, without


@pytest.fixture
def study(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/raw").mkdir(parents=True)
    return load("gesimuleerd-00", exclude=["none"])


def test_suspects_are_those_of_the_rule_and_the_columns_stay(study):
    before = study.frame.copy(deep=True)
    kept = without(study.frame, study.codebook, "seconds_per_item < 2 or attention_failed >= 1")
    ruled = load("gesimuleerd-00", exclude=["te snel", "controlevraag"])
    assert kept["respondent"].tolist() == ruled.frame["respondent"].tolist()
    assert list(kept.columns) == list(study.frame.columns)
    pd.testing.assert_frame_equal(study.frame, before)
    assert len(without(study.frame, study.codebook, "mahalanobis_p < 0")) == len(study.frame)


def test_what_cannot_be_left_out_is_told(study):
    with pytest.raises(InputError, match="holds for everybody: nobody would be left"):
        without(study.frame, study.codebook, "longstring >= 1")
    with pytest.raises(InputError, match="longstrng"):
        without(study.frame, study.codebook, "longstrng >= 1")
    with pytest.raises(InputError, match="cannot be read"):
        without(study.frame, study.codebook, "longstring >=")


def test_a_shift_is_in_standard_deviations_of_the_first_version():
    all_, some = pd.DataFrame({"x": [1.0, 2, 3, 4, np.nan]}), pd.DataFrame({"x": [3.0, 4]})
    found = compare({"all": all_, "some": some}, ["x"], bound=0.5)
    sd = np.sqrt(5 / 3)
    assert found.value("x", "effect", choice="some") == pytest.approx(1 / sd)
    assert found.value("x", "effect", choice="all") == 0
    assert found.value("x", "mean", choice="some") == 3.5
    assert found.value("x", "n", choice="all") == 4
    assert found.value(column="largest_shift") == pytest.approx(1 / sd)
    assert (found.info["n_total"], found.info["n_used"], found.info["decision"]) == (5, 2, "beyond_bound")
    assert compare({"all": all_, "some": some}, ["x"], bound=0.8).info["decision"] == "within_bound"
    constant = pd.DataFrame({"x": [2.0, 2, 2]})
    assert compare({"all": constant, "some": constant}, ["x"]).info["decision"] == "inconclusive"
    with pytest.raises(OptionError, match="at least two versions"):
        compare({"all": all_}, ["x"])
    with pytest.raises(OptionError, match="bound must be larger than 0"):
        compare({"all": all_, "some": some}, ["x"], bound=0)


def test_a_second_look_leaves_the_processed_data_alone(study, tmp_path):
    clean = tmp_path / PROCESSED / "gesimuleerd-00/clean.csv"
    before = clean.read_bytes()
    load("gesimuleerd-00", write=False)
    assert clean.read_bytes() == before
    load("gesimuleerd-00")
    assert clean.read_bytes() != before


def test_changed_values_are_counted_by_kind(study):
    found = counted(study.log)
    row = found.row("missing code")
    assert (row["answer"], row["n"], row["n_items"]) == ("-99", len(study.log), 14)
    lines = [
        [2, "a", "q1", "9", "", "user-missing 9"],
        [3, "b", "q1", "12", "", "outside 1 to 7"],
        [3, "b", "q2", "ja", "1", "label to code"],
        [4, "c", "q2", "1", "", "rule: niet van toepassing"],
    ]
    table = counted(pd.DataFrame(lines, columns=LOG)).table
    assert table[["term", "answer"]].to_numpy().tolist() == [
        ["user-missing", "9"],
        ["outside the scale", "1 to 7"],
        ["label to code", ""],
        ["rule of the codebook", "niet van toepassing"],
    ]
    assert counted(study.log.iloc[:0]).row("nothing changed")["n"] == 0
