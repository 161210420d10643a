"""What save writes, lists, shows and returns."""

from __future__ import annotations

import json
import math
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses import recheck
from klantstudie.errors import InputError, OptionError
from klantstudie.present import figures, saving
from klantstudie.present.saving import save
from klantstudie.result import Result, build


def test_a_result_becomes_csv_markdown_and_an_entry(tmp_path, gaps):
    assert save(gaps, tmp_path, "kloof", caption={"nl": "Kloof", "en": "Gap"}) is gaps
    read = pd.read_csv(tmp_path / "tables" / "kloof.csv", keep_default_na=False, na_values=[""])
    assert list(read["gap"]) == list(gaps.table["gap"])
    assert "95%-BI" in (tmp_path / "tables" / "kloof.md").read_text(encoding="utf-8")
    entry = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["results"][0]
    assert (entry["name"], entry["kind"], entry["caption"]["en"]) == ("kloof", "gaps.servqual", "Gap")
    assert entry["fit"] == {"r_squared": 0.123}
    assert entry["info"]["n_excluded"] == 20


def test_an_entry_gives_the_result_back(tmp_path, gaps):
    save(gaps, tmp_path, "kloof")
    back = saving.restore(saving.read(tmp_path)["results"][0])
    assert isinstance(back, Result)
    pd.testing.assert_frame_equal(back.table, gaps.table)
    assert back.apa("nl") == gaps.apa("nl")


def test_missing_numbers_are_null_and_come_back(tmp_path):
    result = build("x", [{"term": "a", "estimate": np.nan}, {"term": "b", "estimate": 1 / 3}], n_total=2, n_used=2,
                   method="m", reference="r", fit={"cfi": np.nan})  # fmt: skip
    save(result, tmp_path, "x")
    entry = saving.read(tmp_path)["results"][0]
    assert [row["estimate"] for row in entry["table"]] == [None, 1 / 3]
    assert entry["fit"] == {"cfi": None}
    assert math.isnan(saving.restore(entry).fit["cfi"])


def test_saving_again_replaces_in_place(tmp_path, gaps):
    for name in ("one", "two"):
        save(gaps, tmp_path, name)
    save(gaps, tmp_path, "one", caption="again")
    entries = saving.read(tmp_path)["results"]
    assert [entry["name"] for entry in entries] == ["one", "two"]
    assert entries[0]["caption"]["nl"] == "again"


def test_the_folder_of_the_run_is_used_when_out_is_empty(tmp_path, gaps, monkeypatch):
    monkeypatch.setenv("KLANTSTUDIE_OUT", str(tmp_path))
    save(gaps, "", "kloof")
    assert (tmp_path / "results.json").exists()


def test_without_a_folder_nothing_is_written(tmp_path, gaps, monkeypatch):
    monkeypatch.delenv("KLANTSTUDIE_OUT", raising=False)
    monkeypatch.chdir(tmp_path)
    save(gaps, "", "kloof")
    assert list(tmp_path.iterdir()) == []


def test_figures_have_the_same_bytes_twice(tmp_path, gaps):
    for folder in ("a", "b"):
        save(figures.gaps(gaps, part="pair"), tmp_path / folder, "kloof", caption="Kloof")
    for ending in ("svg", "png"):
        first, second = ((tmp_path / f / "figures" / f"kloof.{ending}").read_bytes() for f in ("a", "b"))
        assert first == second
    entry = saving.read(tmp_path / "a")["figures"][0]
    assert "q1" in entry["alt"]["nl"]
    assert "gaps" in entry["alt"]["en"]


def test_a_formula_in_a_survey_answer_is_text_in_a_spreadsheet(tmp_path):
    answers = ["=1+1", "@SUM(A1)", "-5+cmd|' /C calc'!A0", "-5", "x;=1+1", "fine; really", "＝1", "＋31 6"]
    save(pd.DataFrame({"=answer": answers, "n": range(-1, 7)}), tmp_path, "open")
    text = (tmp_path / "tables" / "open.csv").read_text(encoding="utf-8")
    assert text.splitlines() == [
        "'=answer,n",
        "'=1+1,-1",
        "'@SUM(A1),0",
        "'-5+cmd|' /C calc'!A0,1",
        "-5,2",
        "x;'=1+1,3",
        "fine; really,4",
        "'＝1,5",
        "'＋31 6,6",
    ]


def test_a_frame_with_an_index_keeps_it(tmp_path):
    frame = pd.DataFrame({"mean": [1.5, np.nan]}, index=pd.Index(["a", "b"], name="term"))
    save(frame, tmp_path, "frame")
    assert list(saving.restore(saving.read(tmp_path)["results"][0]).columns) == ["term", "mean"]


def test_labels_of_a_codebook_are_kept_with_the_table(tmp_path, gaps):
    class Codebook:
        def label(self, name, lang="nl"):
            if name == "q1":
                return {"nl": "Snelheid", "en": "Speed"}[lang]
            raise InputError(name)

    save(gaps, tmp_path, "kloof", labels=Codebook(), lang="en")
    assert saving.read(tmp_path)["results"][0]["labels"] == {"q1": "Speed"}
    assert "Speed" in (tmp_path / "tables" / "kloof.md").read_text(encoding="utf-8")


def test_both_ends_of_a_rechecked_path_keep_their_label(tmp_path):
    ours = build(
        "demo", [{"term": "a -> b", "estimate": 0.5}], n_total=9, n_used=9, method="m", reference="r"
    )
    printed = {"target": "T", "result": "demo", "term": "a -> b", "column": "estimate", "reported": ".50"}
    found = recheck.against({"demo": ours}, pd.DataFrame([printed]))
    save(found, tmp_path, "pad", labels={"a": "Imago", "b": "Trouw"}, lang="nl")
    kept = saving.read(tmp_path)["results"][0]["labels"]
    assert (kept["a"], kept["b"]) == ("Imago", "Trouw")
    assert "Imago → Trouw: Schatting" in (tmp_path / "tables" / "pad.md").read_text(encoding="utf-8")


def test_in_a_notebook_each_thing_is_shown_once(gaps, monkeypatch):
    sent = []
    fake = SimpleNamespace(
        get_ipython=lambda: object(),
        display=SimpleNamespace(
            display=lambda data, raw, metadata: sent.append((data, metadata["klantstudie"]))
        ),
    )
    monkeypatch.setitem(sys.modules, "IPython", fake)
    monkeypatch.delenv("KLANTSTUDIE_OUT", raising=False)
    save(gaps, "", "kloof", caption={"nl": "Kloof", "en": "Gap"})
    save(figures.gaps(gaps), "", "kloof")
    (table, about), (figure, drawn) = sent
    assert "<table>" in table["text/html"]
    assert about["type"] == "table"
    assert about["caption"]["en"] == "Gap"
    assert figure["image/svg+xml"].startswith("<?xml")
    assert drawn["type"] == "figure"
    assert "kloven" in drawn["alt"]["nl"]


@pytest.mark.parametrize("name", ["Kloof", "a b", "../x", "", "é"])
def test_names_are_file_names(gaps, tmp_path, name):
    with pytest.raises(OptionError, match="name must be"):
        save(gaps, tmp_path, name)


def test_wrong_things_are_refused(tmp_path, gaps):
    with pytest.raises(InputError, match="given: str"):
        save("text", tmp_path, "x")
    with pytest.raises(OptionError, match="caption must be"):
        save(gaps, tmp_path, "x", caption={"nl": "alleen"})
    with pytest.raises(OptionError, match="lang must be"):
        save(gaps, tmp_path, "x", lang="de")
    with pytest.raises(InputError, match="did you mean 'gap'"):
        save(gaps, tmp_path, "x", columns=["gapp"])
