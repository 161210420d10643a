"""Awkward files, as they come out of spreadsheets and mailboxes: nothing in them may pass without a word."""

from __future__ import annotations

import datetime
import re
import struct

import numpy as np
import openpyxl
import pandas as pd
import pytest

from klantstudie.errors import InputError
from klantstudie.study import privacy
from klantstudie.study.checking import check, remarks
from klantstudie.study.codebook import draft
from klantstudie.study.loading import load
from klantstudie.study.reading import read_raw

ROWS = range(20)


def text(head, row, tail=""):
    return "\n".join([head, *(row(i) for i in ROWS)]) + "\n" + tail


def book(*rows):
    def write(path):
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(row)
        made.save(path)

    return write


def started(tmp_path, content, file="a.csv", edit=lambda drafted: drafted):
    """Write a file as a study with its draft, and return what was read and what a check says."""
    folder = tmp_path / "data/raw/s"
    folder.mkdir(parents=True)
    if callable(content):
        content(folder / file)
    else:
        (folder / file).write_text(content, encoding="utf-8")
    raw = read_raw(folder / file)
    (folder / "codebook.toml").write_text(edit(draft(raw)), encoding="utf-8")
    return raw, check("s", root=tmp_path)


def between(drafted):
    return re.sub(r"(?m)^duration = .*$", 'duration = "eind - start"', drafted)


DATE = datetime.datetime(2024, 5, 4)
WORDS = ("Zeer ontevreden", "Ontevreden", "Neutraal", "Tevreden", "Zeer tevreden", "Weet niet")
REFUSED = {
    "answers that Excel turned into dates": (
        book(["v1", "v2"], *([DATE if i == 3 else i % 5 + 1, i % 5 + 1] for i in ROWS)),
        "a.xlsx",
        r"items.v1: answers that are no number: '2024-05-04' \(row 5\), which looks like an answer that Excel",
    ),
    "a range among codes": (
        text("v1;v2", lambda i: f"{'3 of 4' if i == 7 else i % 5 + 1};{i % 4 + 1}"),
        "a.csv",
        r"items.v1: answers that are no number: '3 of 4' \(row 9\)",
    ),
    "a word among codes": (
        text("v1;v2", lambda i: f"{'zie boven' if i == 7 else i % 5 + 1};{i % 4 + 1}"),
        "a.csv",
        r"items.v1: answers that are no number: 'zie boven' \(row 9\)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_answers_that_do_not_fit_are_listed(tmp_path, name):
    content, file, told = REFUSED[name]
    raw, problems = started(tmp_path, content, file)
    assert len(problems) == 1
    assert re.search(told, problems[0])
    assert any("kept as text" in note for note in raw.notes)


NOTED = {
    "a formula that failed": (
        book(["v1", "v2"], *(["#DIV/0!" if i == 4 else i % 5 + 1, 2] for i in ROWS)),
        "a.xlsx",
        "column 'v1': read as missing: #DIV/0!",
    ),
    "percentages": (
        text("v;w", lambda i: f"{i % 5};{i}%"),
        "a.csv",
        "column 'w': '%' left out: '0%' is read as '0'",
    ),
    "euros": (
        text("v;w", lambda i: f"{i % 5};€ {i},50"),
        "a.csv",
        "column 'w': '€' left out: '€ 0,50' is read as '0,50'",
    ),
    "apostrophes": (text("v;w", lambda i: f"{i % 5};'{i}"), "a.csv", "column 'w': an apostrophe left out"),
    "ids that a spreadsheet shortened": (
        text("id;w", lambda i: f"1.18E+10;{i % 5}"),
        "a.csv",
        "its last digits are lost: export it again as text",
    ),
    "a row with means": (
        text("wie;v1", lambda i: f"p{i};{i % 5 + 1}", "Gemiddelde;2\n"),
        "a.csv",
        "line 22 begins with 'Gemiddelde': a summary and no respondent?",
    ),
    "remarks below a blank row": (
        text("v1;v2", lambda i: f"{i % 5 + 1};{i % 4 + 1}", "\nBron: enquête\nGemiddelde;2,5\n"),
        "a.csv",
        "rows below the table taken as remarks: line 23: Bron: enquête; line 24: Gemiddelde",
    ),
    "dates among ranges": (
        text("v1;v2", lambda i: f"{('1-2', '2-3', '1-mei')[i % 3]};{i % 4 + 1}"),
        "a.csv",
        "kept as text, with dates among other answers: '1-mei', which looks like an answer that Excel turned",
    ),
    "block titles that only look merged": (
        book(
            ["Service", None, "Prijs", None],
            ["snel", "goed", "hoog", "eerlijk"],
            *([1, 2, i % 5, 4] for i in ROWS),
        ),
        "a.xlsx",
        "a row of block titles joined with the names below it",
    ),
}


@pytest.mark.parametrize("name", NOTED)
def test_what_the_reader_changed_is_noted(tmp_path, name):
    content, file, told = NOTED[name]
    raw, problems = started(tmp_path, content, file)
    assert any(told in note for note in raw.notes), raw.notes
    assert problems == []
    assert any(
        told in line for line in (tmp_path / "data/raw/s/codebook.toml").read_text("utf-8").splitlines()
    )


def test_what_was_noted_was_done(tmp_path):
    content, file, _ = NOTED["remarks below a blank row"]
    raw, _ = started(tmp_path / "a", content, file)
    assert len(raw.frame) == 20
    assert all(values.dtype.kind == "f" for _, values in raw.frame.items())
    content, file, _ = NOTED["euros"]
    raw, _ = started(tmp_path / "b", content, file)
    np.testing.assert_array_equal(raw.frame["w"], np.arange(20) + 0.5)
    content, file, _ = NOTED["block titles that only look merged"]
    raw, _ = started(tmp_path / "c", content, file)
    assert list(raw.frame.columns) == ["snel", "goed", "hoog", "eerlijk"]
    assert raw.labels["eerlijk"] == "Prijs: eerlijk"
    content, file, _ = NOTED["a row with means"]
    raw, _ = started(tmp_path / "d", content, file)
    assert len(raw.frame) == 21  # told, not dropped


def test_a_blank_row_between_respondents_drops_nobody(tmp_path):
    content = text("v1;v2", lambda i: f"{i % 5 + 1};{i % 4 + 1}", "\n3;2\n4;1\n")
    raw, _ = started(tmp_path, content)
    assert len(raw.frame) == 22
    names = text("wie;v1", lambda i: f"p{i};{i % 5 + 1}", "\nJan;3\n")
    raw, _ = started(tmp_path / "b", names)
    assert len(raw.frame) == 21


def test_codes_with_their_wording_are_codes(tmp_path):
    ends = ("1 - helemaal oneens", "2", "3", "4", "5 (helemaal eens)")
    raw, problems = started(tmp_path, text("v1;v2", lambda i: f"{ends[i % 5]};{i % 5 + 1}"))
    assert problems == []
    study = load("s", root=tmp_path)
    np.testing.assert_array_equal(study.frame["v1"], study.frame["v2"])
    assert (study.log["rule"] == "label to code").sum() == 8


def test_no_opinion_is_no_point_of_the_scale(tmp_path):
    raw, problems = started(tmp_path, text("v1;v2", lambda i: f"{WORDS[i % 6]};{i % 4 + 1}"))
    assert problems == []
    study = load("s", root=tmp_path)
    assert study.frame["v1"].isna().sum() == 3
    assert study.codebook.range("v1") == (1, 5)
    assert (study.log["rule"] == "missing code Weet niet").sum() == 3


def test_not_applicable_among_codes_is_missing(tmp_path):
    _, problems = started(tmp_path, text("v1;v2", lambda i: f"{(1, 2, 'N.V.T.', 4, 5)[i % 5]};{i % 4 + 1}"))
    assert problems == []
    study = load("s", root=tmp_path)
    assert study.frame["v1"].isna().sum() == 4
    assert (study.log["rule"] == "missing code N.V.T.").sum() == 4


def test_times_of_day_as_durations(tmp_path):
    rows = book(["v1", "duur"], *([i % 5 + 1, datetime.time(0, 5, i)] for i in ROWS))
    _, problems = started(tmp_path, rows, "a.xlsx")
    assert problems == []
    np.testing.assert_array_equal(load("s", root=tmp_path).frame["duur"], np.arange(20) + 300)


@pytest.mark.parametrize("repeats", [1, 60_000])
def test_a_missing_quotation_mark_swallows_no_rows(tmp_path, repeats):
    (tmp_path / "a.csv").write_text("v1,v2,opm\n" + '1,2,"open\n2,3,"ja\n' * repeats, encoding="utf-8")
    with pytest.raises(
        InputError, match="line 2: an answer runs on over the next rows; a quotation mark is missing"
    ):
        read_raw(tmp_path / "a.csv")


def test_an_answer_of_several_lines_is_an_answer(tmp_path):
    (tmp_path / "a.csv").write_text(
        'v1,opm\n1,"goed, maar\n1,2 keer te laat ""echt"""\n2,"x"\n', encoding="utf-8"
    )
    assert read_raw(tmp_path / "a.csv").frame["v1"].tolist() == [1, 2]


def test_what_a_check_remarks(tmp_path):
    def write(path):
        made = openpyxl.Workbook()
        made.active.append(["respondent", "geslacht", "v1"])
        for i in ROWS:
            made.active.append([f"r{i // 2}", ("Man", "man", "vrouw")[i % 3], i % 5 + 1])
        made.active.row_dimensions[5].hidden = True
        made.save(path)

    started(tmp_path, write, "a.xlsx")
    told = " | ".join(remarks("s", root=tmp_path))
    assert "'Man', 'man' differ only in capitals or spaces" in told
    assert 'say id = "respondent" in [study], and duplicates' in told
    assert "the sheet hides 1 rows and 0 columns" in told


def test_a_scale_around_zero_is_a_scale(tmp_path):
    _, problems = started(
        tmp_path, text("v1;v2;v3", lambda i: f"{i % 5 - 2};{(i + 1) % 5 - 2};{(i * 3) % 5 - 2}")
    )
    assert problems == []
    study = load("s", root=tmp_path)
    assert study.codebook.range("v1") == (-2, 2)
    assert study.frame["v1"].notna().all()


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (
            "2024-05-31 11:50:00",
            "2024-05-31 10:00:00",
            "negative in 20 rows; are end and start the right way round",
        ),
        (
            "2024-05-31 11:50:00",
            "2024-05-31T12:00:00+02:00",
            "'eind' states a time zone and 'start' does not",
        ),
        ("03-05-2024 10:00", "03-05-2024 10:07", "may be day-month or month-day"),
    ],
)
def test_times_that_cannot_be_right_are_refused(tmp_path, start, end, told):
    content = text("start,eind,v1,v2", lambda i: f"{start},{end},{i % 5 + 1},{i % 4 + 1}")
    _, problems = started(tmp_path, content, edit=between)
    assert len(problems) == 1
    assert told in problems[0]


def test_times_over_the_change_of_the_clock(tmp_path):
    content = text(
        "start,eind,v1", lambda i: f"2024-03-31T01:50:00+01:00,2024-03-31T03:00:00+02:00,{i % 5 + 1}"
    )
    _, problems = started(tmp_path, content, edit=between)
    assert problems == []
    assert (load("s", root=tmp_path).frame["duration"] == 600).all()


def test_a_telephone_number_beside_an_iban_is_seen_and_a_date_is_none():
    found = privacy.scan(pd.DataFrame({"o": ["bel 06-12345678", "NL91ABNA0417164300", "niets"]})).table
    assert set(found["part"]) == {"phone", "iban"}
    assert privacy.scan(pd.DataFrame({"o": ["NL91ABNA0417164300"]})).table["part"].tolist() == ["iban"]
    assert privacy.scan(pd.DataFrame({"o": ["01-05-2024 10:07"]})).table["term"].tolist() == ["none_found"]


def test_a_multiple_response_set_of_spss_is_named(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"web": [1.0, 0], "balie": [0.0, 1], "eerst": [1.0, 2], "later": [2.0, 1]}), path
    )
    sets = b"$kanalen=D1 1 7 Kanalen WEB BALIE\n$volgorde=C 0  EERST LATER\n"
    data = path.read_bytes()
    end = data.index(struct.pack("<ii", 999, 0))
    path.write_bytes(data[:end] + struct.pack("<iiii", 7, 7, 1, len(sets)) + sets + data[end:])
    notes = " | ".join(read_raw(path).notes)
    assert "multiple-response set kanalen (Kanalen): columns" in notes.replace("$", "")
    assert 'type = "ticked" with block = "kanalen"' in notes
    assert "each column holds one of the answers given" in notes
