"""What a study hands on: the codebook as a table, and an SPSS file that reads back with its labels."""

import numpy as np
import pytest

from klantstudie.errors import OptionError
from klantstudie.study.exporting import codebook_table, spss_name, to_sav
from klantstudie.study.loading import load
from klantstudie.study.reading import read_raw


@pytest.fixture
def study(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return load("gesimuleerd-00-n200")


def test_the_codebook_is_a_table_in_both_languages(study):
    dutch, english = codebook_table(study), codebook_table(study, lang="en")
    assert len(dutch.table) == len(study.codebook.item_table)
    row = english.row("service_5")
    assert (row["wording"], row["note"]) == ("Service 5", "reverse scored")
    assert (row["minimum"], row["maximum"]) == (1, 7)
    assert row["n"] + row["n_missing"] == len(study.frame)
    assert dutch.row("prijs_1")["part"] == "Prijs"
    assert english.row("prijs_1")["part"] == "Price"
    with pytest.raises(OptionError, match="lang must be one of"):
        codebook_table(study, lang="de")


@pytest.mark.parametrize("name", ["uit/schoon.sav", "schoon.zsav"])
def test_an_spss_file_reads_back_with_labels(study, tmp_path, name):
    raw = read_raw(to_sav(study, tmp_path / name, lang="en"))
    assert raw.frame.shape == study.frame.shape
    np.testing.assert_array_equal(raw.frame["service_1"], study.frame["service_1"])
    np.testing.assert_allclose(raw.frame["service"], study.frame["service"])
    assert raw.labels["service_5_r"] == "Service 5 (reversed)"
    assert raw.labels["prijs"] == "Price"
    assert raw.value_labels["leeftijd"] == {"1": "under 35", "2": "35-54", "3": "55+"}
    assert raw.measures["leeftijd"] == "ordinal"
    assert raw.measures["service"] == "scale"
    assert raw.measures["service_1"] == "ordinal"
    assert raw.frame["respondent"].tolist() == study.frame["respondent"].tolist()


def test_names_that_spss_refuses_are_changed():
    assert spss_name("een vraag?") == "een_vraag"
    assert spss_name("1e vraag") == "v1e_vraag"
    assert spss_name("WITH") == "WITH_"
    assert spss_name("Q1", {"q1": 1}) == "Q1_2"
    assert len(spss_name("x" * 100)) == 60
    assert spss_name("€") == "v"


def test_only_spss_endings(study, tmp_path):
    with pytest.raises(OptionError, match=r"must end in \.sav or \.zsav"):
        to_sav(study, tmp_path / "a.csv")
