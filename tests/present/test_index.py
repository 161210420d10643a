"""The index of all reports: every run, failures first, fast with many, safe with any text."""

from __future__ import annotations

import json
import re
from importlib import import_module

import pytest

from klantstudie.errors import OptionError
from klantstudie.present import documents
from tests.present.conftest import finished_run


def rows(folder, **settings):
    html = documents.index(folder, **settings).read_text(encoding="utf-8")
    return html, re.findall(r'<tr class="(\w+)".*?</tr>', html, flags=re.DOTALL)


def test_failures_come_first_with_their_cause(tmp_path):
    documents.build(finished_run(tmp_path / "abc" / "01" / "nl"))
    finished_run(tmp_path / "xyz" / "02" / "nl", status="failed", cause="InputError: no column 'q9' <b>")
    html, states = rows(tmp_path)
    assert states == ["failed", "done"]
    assert "InputError: no column &#x27;q9&#x27; &lt;b&gt;" in html
    assert "2 rapporten, 1 mislukt" in html


def test_a_row_has_title_decision_key_number_and_links(tmp_path):
    documents.build(finished_run(tmp_path / "abc" / "01" / "nl"))
    html, _ = rows(tmp_path)
    assert '<a href="abc/01/nl/report.html">Schiet de ervaring tekort?</a>' in html
    assert '<span class="decision supported" title="Kloof per kenmerk">ondersteund</span>' in html
    assert "−0,50" in html
    assert 'data-decision="supported"' in html
    assert ">supported</span>" in rows(tmp_path, lang="en")[0]


def test_the_index_is_there_in_both_languages_and_each_leads_to_the_other(tmp_path):
    documents.build(finished_run(tmp_path / "abc" / "01" / "nl"))
    html, _ = rows(tmp_path)
    other = (tmp_path / "index.en.html").read_text(encoding="utf-8")
    assert '<a href="index.en.html" lang="en" hreflang="en">This page in English</a>' in html
    assert '<a href="index.html" lang="nl" hreflang="nl">Deze bladzijde in het Nederlands</a>' in other
    assert '<html lang="en">' in other and ">1 report<" in other


def test_the_key_number_over_runs_is_a_line(tmp_path):
    for place, day in enumerate(("01", "02", "03")):
        folder = finished_run(tmp_path / "abc" / "01" / f"w{place}", started=f"2026-11-{day}T10:00:00+00:00")
        saved = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        saved["results"][0]["table"][0]["gap"] += place
        (folder / "results.json").write_text(json.dumps(saved), encoding="utf-8")
    html, _ = rows(tmp_path)
    assert html.count('class="spark"') == 2
    assert 'points="2.0,14.0 30.0,8.0 58.0,2.0"' in html


def test_a_run_that_changed_is_read_again(tmp_path):
    folder = finished_run(tmp_path / "abc" / "01" / "nl")
    rows(tmp_path)
    finished_run(folder, status="timeout", cause="too long, and longer than before")
    html, states = rows(tmp_path)
    assert states == ["failed"]
    assert "too long" in html


def test_a_broken_record_is_a_failure_and_no_crash(tmp_path):
    folder = tmp_path / "abc" / "01" / "nl"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{", encoding="utf-8")
    assert rows(tmp_path)[1] == ["failed"]


def test_an_empty_folder_has_an_index_too(tmp_path):
    html, states = rows(tmp_path / "reports")
    assert states == []
    assert "Er is nog geen rapport." in html
    with pytest.raises(OptionError, match="lang must be one of"):
        documents.index(tmp_path, lang="de")


def test_a_run_that_has_not_changed_is_not_read_again(tmp_path, monkeypatch):
    for place in range(20):
        folder = tmp_path / "abc" / f"{place % 4:02}" / f"r{place}"
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(
            json.dumps({"study": "abc", "status": "completed"}), encoding="utf-8"
        )
    assert len(rows(tmp_path)[1]) == 20
    again = []
    index = import_module("klantstudie.present.documents.index")  # the package has a function of this name
    made = index._row
    monkeypatch.setattr(
        index, "_row", lambda folder, *known: again.append(folder.name) or made(folder, *known)
    )
    (tmp_path / "abc" / "03" / "r7" / "run.json").write_text('{"study": "abc", "status": "failed"}')
    assert "failed" in rows(tmp_path)[1]
    assert again == ["r7"]


def test_a_report_with_a_word_of_another_version_has_no_key_number_and_is_no_crash(tmp_path):
    folder = finished_run(tmp_path / "abc" / "01" / "nl")
    saved = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    for entry in saved["results"]:
        entry["columns"] = [*entry["columns"], "of_tomorrow"]
        entry["table"] = [{**row, "of_tomorrow": 1.0} for row in entry["table"]]
    (folder / "results.json").write_text(json.dumps(saved), encoding="utf-8")
    html, states = rows(tmp_path)
    assert states == ["done"] and "−0,50" not in html
