"""A file of every source, drafted and loaded without a word of code: the whole way of a new user."""

import datetime

import numpy as np
import openpyxl
import pandas as pd
import pytest

from klantstudie.study.checking import check
from klantstudie.study.codebook import draft
from klantstudie.study.loading import load
from klantstudie.study.reading import read_raw

N = 30
RNG = np.random.default_rng(7)
MARKS = RNG.integers(1, 6, (N, 3))
WORDS = ["Helemaal mee oneens", "Mee oneens", "Neutraal", "Mee eens", "Helemaal mee eens"]
CHANNELS = ["web", "balie", "web; balie", "telefoon"]


def qualtrics(folder):
    head = [
        "StartDate",
        "EndDate",
        "Status",
        "Progress",
        "Duration (in seconds)",
        "Finished",
        "ResponseId",
        "IPAddress",
    ]
    rows = [
        [*head, "Q1_1", "Q1_2", "Q1_3"],
        [*head, "Service - snel", "Service - goed", "Service - prettig"],
        *[[f'{{"ImportId":"{name}","timeZone":"Europe/Amsterdam"}}' for name in [*head, "a", "b", "c"]]],
    ]
    for i in range(N):
        preview, finished = int(i == 0), int(i != 1)
        rows.append(
            [
                "2024-05-01 10:00:00",
                "2024-05-01 10:05:00",
                preview,
                100,
                300 + i,
                finished,
                f"R_{i}",
                "1.2.3.4",
                *MARKS[i],
            ]
        )
    pd.DataFrame(rows).to_csv(folder / "q.csv", index=False, header=False)
    return "q.csv", N - 2, "Q1"


def qualtrics_words(folder):
    head = ["StartDate", "EndDate", "Status", "Finished", "ResponseId"]
    rows = [[*head, "Q1_1", "Q1_2", "Q1_3"], [*head, "Service - snel", "Service - goed", "Service - prettig"]]
    for i in range(N):
        status = "Survey Preview" if i == 0 else "IP Address"
        words = [WORDS[mark - 1] for mark in MARKS[i]]
        rows.append(["2024-05-13 10:00:00", "2024-05-13 10:05:00", status, "True", f"R_{i}", *words])
    pd.DataFrame(rows).to_csv(folder / "q.csv", index=False, header=False)
    return "q.csv", N - 1, "q1"


def limesurvey(folder):
    rows = [
        [
            "id",
            "submitdate",
            "lastpage",
            "startlanguage",
            "startdate",
            "datestamp",
            "G1[SQ1]",
            "G1[SQ2]",
            "G1[SQ3]",
        ]
    ]
    for i in range(N):
        done = "" if i == 0 else "2024-05-13 10:05:00"
        rows.append(
            [i + 1, done, 3, "nl", "2024-05-13 10:00:00", "2024-05-13 10:05:00", *(f"A{m}" for m in MARKS[i])]
        )
    pd.DataFrame(rows).to_csv(folder / "l.csv", index=False, header=False)
    return "l.csv", N - 1, "G1"


def limesurvey_words(folder):
    head = ["Antwoord ID", "Datum ingezonden", "Laatste pagina", "Starttaal"]
    rows = [[*head, *(f"Wat vindt u van onze service? [{part}]" for part in ("snel", "goed", "prettig"))]]
    for i in range(N):
        rows.append([i + 1, "2024-05-13 10:05:00", 3, "nl", *(WORDS[m - 1] for m in MARKS[i])])
    pd.DataFrame(rows).to_csv(folder / "l.csv", index=False, header=False)
    return "l.csv", N, "q1"


def surveymonkey(folder):
    book = openpyxl.Workbook()
    book.active.append(["Respondent ID", "Collector ID", "Date Created", "Service?", None, None, "Nog iets?"])
    book.active.append([None, None, None, "snel", "goed", "prettig", "Open-Ended Response"])
    for i in range(N):
        book.active.append(
            [11_800_000_000 + i, 40_001, "05/13/2024", *map(int, MARKS[i]), f"opmerking nummer {i}"]
        )
    book.save(folder / "m.xlsx")
    return "m.xlsx", N, "q1"


def google(folder):
    rows = [
        ["Tijdstempel", *(f"Stelling [{part}]" for part in ("snel", "goed", "prettig")), "Welke kanalen?"]
    ]
    for i in range(N):
        rows.append(
            ["13-5-2024 10:00:00", *(WORDS[m - 1] for m in MARKS[i]), CHANNELS[i % 4].replace(";", ",")]
        )
    pd.DataFrame(rows).to_csv(folder / "g.csv", index=False, header=False)
    return "g.csv", N, "q1"


def microsoft(folder):
    book, at = openpyxl.Workbook(), datetime.datetime(2024, 5, 13, 10)
    book.active.append(
        ["Id", "Begintijd", "Tijd van voltooien", "E-mail", "Naam", "Hoe snel?", "Hoe goed?", "Kanalen?"]
    )
    for i in range(N):
        end = at + datetime.timedelta(seconds=100 + i)
        book.active.append(
            [i + 1, at, end, f"p{i}@x.nl", f"P {i}", *map(int, MARKS[i, :2]), f"{CHANNELS[i % 4]};"]
        )
    book.save(folder / "f.xlsx")
    return "f.xlsx", N, ""


def spss(folder):
    import pyreadstat

    marks = MARKS.astype(float)
    marks[0, 0] = 99
    frame = pd.DataFrame(marks, columns=["v1", "v2", "v3"]).assign(land=RNG.integers(1, 3, N).astype(float))
    labels = dict(enumerate(WORDS, start=1)) | {99: "weet niet"}
    pyreadstat.write_sav(
        frame,
        str(folder / "s.sav"),
        column_labels={"v1": "Snel", "v2": "Goed", "v3": "Prettig", "land": "Land"},
        variable_value_labels={**dict.fromkeys(["v1", "v2", "v3"], labels), "land": {1: "NL", 2: "BE"}},
        variable_measure={"v1": "ordinal", "v2": "ordinal", "v3": "ordinal", "land": "nominal"},
        missing_ranges={"v1": [99], "v2": [99], "v3": [99]},
    )
    return "s.sav", N, "v"


def stata(folder):
    frame = pd.DataFrame(MARKS.astype(float), columns=["v1", "v2", "v3"])
    labels = dict(enumerate(WORDS, start=1))
    frame.to_stata(
        folder / "s.dta", write_index=False, value_labels=dict.fromkeys(["v1", "v2", "v3"], labels)
    )
    return "s.dta", N, "v"


def workbook(folder):
    frame = pd.DataFrame(MARKS, columns=["v1", "v2", "v3"]).assign(nr=[f"{i:03d}" for i in range(N)])
    frame.to_excel(folder / "w.xlsx", index=False)
    return "w.xlsx", N, "v"


def opendocument(folder):
    pd.DataFrame(MARKS, columns=["v1", "v2", "v3"]).to_excel(folder / "o.ods", index=False, engine="odf")
    return "o.ods", N, "v"


def comma_csv(folder):
    frame = pd.DataFrame(MARKS, columns=["v1", "v2", "v3"]).assign(omzet=RNG.uniform(0, 3000, N).round(2))
    frame.to_csv(folder / "c.csv", index=False, sep=";", decimal=",", encoding="cp1252")
    return "c.csv", N, "v"


SOURCES = [
    qualtrics,
    qualtrics_words,
    limesurvey,
    limesurvey_words,
    surveymonkey,
    google,
    microsoft,
    spss,
    stata,
    workbook,
    opendocument,
    comma_csv,
]


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_draft_and_load(tmp_path, source, lang):
    folder = tmp_path / "data/raw/proef"
    folder.mkdir(parents=True)
    file, rows, scale = source(folder)
    raw = read_raw(folder / file)
    (folder / "codebook.toml").write_text(draft(raw, lang=lang), encoding="utf-8")
    assert check("proef", root=tmp_path) == []
    study = load("proef", root=tmp_path)
    assert len(study.frame) == rows
    kept = MARKS[N - rows :].astype(float)
    items = [name for name in study.codebook.items() if study.codebook.response(name)][:3]
    assert len(items) >= 2
    found = study.frame[items].to_numpy()
    expected = kept[:, : len(items)].copy()
    if source is spss:
        expected[0, 0] = np.nan
    np.testing.assert_array_equal(found, expected)
    if scale:
        assert any(len(study.codebook.items(name)) == 3 for name in study.codebook.scales)
    for name in study.frame.columns:
        values = study.frame[name].astype("string").fillna("")
        assert not values.str.contains("@|1.2.3.4", regex=True).any(), name
