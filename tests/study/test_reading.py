"""Every source in its program's own layout, made here; and the quirks that must be said or refused."""

import datetime
import gzip

import numpy as np
import openpyxl
import pandas as pd
import pytest

from klantstudie.errors import InputError, OptionError
from klantstudie.study.reading import fingerprint, read_raw


@pytest.fixture
def write(tmp_path):
    def written(content, name="answers.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return written


def workbook(path, *sheets, merged=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    for area in merged:
        book.worksheets[0].merge_cells(area)
    book.save(path)
    return path


# --- plain text -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiters(write, mark):
    raw = read_raw(write("id,q1,q2\na,1,2\nb,3,\n".replace(",", mark)))
    assert list(raw.frame.columns) == ["id", "q1", "q2"]
    assert raw.frame["q1"].tolist() == [1, 3]
    assert np.isnan(raw.frame["q2"][1])
    assert raw.lines.tolist() == [2, 3]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_encodings(write, encoding):
    raw = read_raw(write("naam;q1\ncafé;1\nzoë;2\n".encode(encoding)))
    assert raw.frame["naam"].tolist() == ["café", "zoë"]
    assert list(raw.frame.columns) == ["naam", "q1"]


def test_mixed_encodings_are_read_line_by_line_and_said(write):
    raw = read_raw(write(b"naam;q1\ncaf\xe9;1\ncaf\xc3\xa9;2\n"))
    assert raw.frame["naam"].tolist() == ["café", "café"]
    assert any("mixed encodings: lines 2 are Windows-1252" in note for note in raw.notes)


def test_gzip_and_excel_separator_line(write):
    raw = read_raw(write(gzip.compress(b"sep=;\r\nid;q1\r\na;1,5\r\nb;2\r\n"), "answers.csv.gz"))
    assert raw.frame["q1"].tolist() == [1.5, 2]


def test_quoted_line_breaks_and_delimiters_inside_answers(write):
    raw = read_raw(write('id,open,q1\n1,"goed, maar\nduur",5\n2,"zei ""ja""",4\n'))
    assert raw.frame["open"].tolist() == ["goed, maar duur", 'zei "ja"']
    assert raw.lines.tolist() == [2, 4]


def test_remarks_blank_rows_and_empty_columns_are_said(write):
    raw = read_raw(write("id;q1;q2;\n1;2;3;\n;;;\n4;5;6;\n\nBron: eigen onderzoek;;;\n"))
    assert raw.frame.shape == (2, 3)
    joined = " ".join(raw.notes)
    assert "blank rows skipped: 2" in joined
    assert "remarks: line 6: Bron: eigen onderzoek" in joined


def test_a_title_above_the_table_is_said(write):
    raw = read_raw(write("Onderzoek 2024\nid;q1;q2\n1;2;3\n4;5;6\n"))
    assert list(raw.frame.columns) == ["id", "q1", "q2"]
    assert "title above the table: Onderzoek 2024" in raw.notes


def test_double_names_are_told_apart_or_left_out_when_equal(write):
    raw = read_raw(write("q1,q1,q2,q2\n1,1,3,4\n2,2,5,6\n"))
    assert list(raw.frame.columns) == ["q1", "q2", "q2__2"]
    assert any("'q1__2' holds the same as 'q1'" in note for note in raw.notes)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("a,b\n1,2\n1,2,3\n", r"line 3 has 3 cells and the header has 2"),
        ("a,b,c\n1,2,3\n1,2\n4,5,6\n", r"line 3 has 2 cells and the header has 3"),
        ("", "holds no cells"),
        ("a,b\n", "has a header and no answers"),
        (b"PK\x03\x04rest", "bytes are those of a workbook"),
        (b"a,b\n1,\x00\n", "byte 6 is zero"),
        (b"\x1f\x8bbroken", "cannot be unpacked"),
    ],
)
def test_what_cannot_be_read_names_file_and_place(write, content, match):
    with pytest.raises(InputError, match=match) as caught:
        read_raw(write(content))
    assert "answers.csv" in str(caught.value)


def test_endings_and_options(write, tmp_path):
    with pytest.raises(InputError, match=r"old Excel format; save it as \.xlsx"):
        read_raw(write("x", "a.xls"))
    with pytest.raises(InputError, match=r"the ending '.dat' is not known"):
        read_raw(write("x", "a.dat"))
    with pytest.raises(InputError, match="there is no file"):
        read_raw(tmp_path / "none.csv")
    with pytest.raises(OptionError, match="'qualtrics'"):
        read_raw(write("a,b\n1,2\n"), reader="qualtrix")
    with pytest.raises(InputError, match="does not look like an export of qualtrics"):
        read_raw(write("a,b\n1,2\n"), reader="qualtrics")


def test_an_undecided_mark_is_refused_only_where_it_is_needed(write):
    path = write("q1;lat\n1;1.234\n")
    with pytest.raises(InputError, match="column 'lat'"):
        read_raw(path)
    assert read_raw(path, columns=["q1"]).frame["lat"].tolist() == ["1.234"]
    assert read_raw(path, text=["lat"]).frame["lat"].tolist() == ["1.234"]
    assert read_raw(path, decimal="comma").frame["lat"].tolist() == [1234]


def test_fingerprint_is_the_sha256(write):
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert fingerprint(write("abc")) == expected


# --- workbooks ------------------------------------------------------------------------------------------------


def test_excel_keeps_numbers_dates_and_text(tmp_path):
    rows = [["id", "q1", "q2", "wanneer"], ["a", 1, 2.5, datetime.datetime(2024, 5, 1)], ["b", None, 3, None]]
    raw = read_raw(workbook(tmp_path / "a.xlsx", ("Data", rows)))
    assert raw.frame["q2"].tolist() == [2.5, 3]
    assert raw.frame["wanneer"][0] == "2024-05-01"
    assert raw.lines.tolist() == [2, 3]


def test_excel_dates_in_a_scale_column_stay_visible(tmp_path):
    rows = [["q1", "q2"], [1, 2], [datetime.datetime(2024, 5, 3), 2]]
    assert read_raw(workbook(tmp_path / "a.xlsx", ("Data", rows))).frame["q1"].tolist() == ["1", "2024-05-03"]


def test_excel_takes_the_largest_sheet_or_the_named_one(tmp_path):
    small, large = [["a"], [1]], [["q1", "q2"], [1, 2], [3, 4]]
    path = workbook(tmp_path / "a.xlsx", ("Uitleg", small), ("Data", large))
    raw = read_raw(path)
    assert list(raw.frame.columns) == ["q1", "q2"]
    assert "sheet 'Data', the largest (also there: Uitleg)" in raw.notes
    assert list(read_raw(path, sheet="Uitleg").frame.columns) == ["a"]
    assert list(read_raw(path, sheet=1).frame.columns) == ["a"]
    with pytest.raises(InputError, match="no sheet 'Dat', did you mean 'Data'"):
        read_raw(path, sheet="Dat")


def test_excel_merged_headers_join_block_and_name(tmp_path):
    rows = [
        ["Onderzoek 2024", None, None, None],
        ["", "Tevredenheid", None, "Belang"],
        ["id", "prijs", "service", "prijs"],
        [1, 4, 5, 3],
        [2, 3, 4, 2],
    ]
    raw = read_raw(workbook(tmp_path / "a.xlsx", ("Data", rows), merged=["A1:D1", "B2:C2"]))
    assert list(raw.frame.columns) == ["id", "prijs", "service", "prijs__2"]
    assert raw.labels["prijs"] == "Tevredenheid: prijs"
    assert len(raw.frame) == 2
    assert any("title above the table: Onderzoek 2024" in note for note in raw.notes)


def test_a_formula_that_was_never_calculated_is_refused(tmp_path):
    rows = [["q1", "q2", "som"], [1, 2, "=A2+B2"], [3, 4, "=A3+B3"]]
    with pytest.raises(InputError, match=r"formulas without a stored value \(C2, C3\)"):
        read_raw(workbook(tmp_path / "a.xlsx", ("Data", rows)))


def test_opendocument(tmp_path):
    path = tmp_path / "a.ods"
    pd.DataFrame({"id": ["a", "b"], "q1": [1.5, None]}).to_excel(path, index=False, engine="odf")
    raw = read_raw(path)
    assert raw.frame["id"].tolist() == ["a", "b"]
    assert raw.frame["q1"][0] == 1.5


def test_a_damaged_workbook_is_one_clear_error(write):
    for name in ("a.xlsx", "a.ods"):
        with pytest.raises(InputError, match=f"{name}: is not a readable"):
            read_raw(write(b"PK\x03\x04" + b"x" * 100, name))


# --- survey programs ------------------------------------------------------------------------------------------

QUALTRICS = (
    "StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,Q1,Q2_1,Q2_2",
    "Start Date,End Date,Response Type,IP Address,Progress,Duration (in seconds),Finished,Recorded Date,Response ID,"
    '"Hoe tevreden <b>bent u</b>?\nGeef een cijfer",Stelling - prijs,Stelling - service',
    '"{""ImportId"":""startDate"",""timeZone"":""Europe/Amsterdam""}","{""ImportId"":""endDate""}",'
    '"{""ImportId"":""status""}","{""ImportId"":""ipAddress""}","{""ImportId"":""progress""}",'
    '"{""ImportId"":""duration""}","{""ImportId"":""finished""}","{""ImportId"":""recordedDate""}",'
    '"{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}","{""ImportId"":""QID2_1""}","{""ImportId"":""QID2_2""}"',
    "2024-05-01 10:00:00,2024-05-01 10:05:00,1,1.2.3.4,100,8288,1,2024-05-01 10:05:01,R_1,8,4,5",
    "2024-05-01 11:00:00,2024-05-01 11:00:07,0,1.2.3.4,50,7,0,2024-05-01 11:05:01,R_2,7,,5",
)


@pytest.mark.parametrize("headers", [1, 2, 3])
def test_qualtrics_with_one_two_and_three_header_rows(write, headers):
    raw = read_raw(write("\n".join([*QUALTRICS[:headers], *QUALTRICS[3:]]) + "\n"))
    assert raw.reader == "qualtrics"
    assert len(raw.frame) == 2
    assert raw.frame["Q1"].tolist() == [8, 7]
    assert raw.frame["Duration (in seconds)"].tolist() == [8288, 7]
    assert raw.roles["ResponseId"] == "id"
    assert raw.roles["IPAddress"] == "personal"
    if headers > 1:
        assert raw.labels["Q1"] == "Hoe tevreden bent u ? Geef een cijfer"
    if headers == 3:
        assert "times in zone Europe/Amsterdam" in raw.notes


def test_qualtrics_legacy(write):
    text = (
        "V1,V2,V5,V6,V7,V10,Q1,Q2_1\n"
        "ResponseID,ResponseSet,EmailAddress,IPAddress,Status,Finished,How satisfied?,Price\n"
        "R_1,Default,a@b.nl,1.2.3.4,0,1,5,4\n"
    )
    raw = read_raw(write(text))
    assert raw.reader == "qualtrics"
    assert raw.roles == {"V1": "id", "V5": "personal", "V6": "personal", "V7": "status", "V10": "finished"}
    assert raw.labels["Q1"] == "How satisfied?"
    assert raw.frame["Q1"].tolist() == [5]


def test_limesurvey_with_codes_and_with_full_texts(write):
    codes = (
        '"id","submitdate","lastpage","startlanguage","startdate","datestamp","G1Q1","G2[SQ001]","G2[SQ002]"\n'
        '"1","2024-05-01 10:05:00","3","nl","2024-05-01 10:00:00","2024-05-01 10:05:00","A2","4","5"\n'
        '"2","","1","nl","2024-05-01 10:00:00","2024-05-01 10:01:00","A1","",""\n'
    )
    raw = read_raw(write(codes))
    assert raw.reader == "limesurvey"
    assert raw.roles["submitdate"] == "finished"
    assert raw.frame["G2[SQ001]"].iloc[0] == 4
    assert raw.frame["submitdate"].isna().tolist() == [False, True]
    both = (
        '"id. Response ID","submitdate. Date submitted","lastpage. Last page","startlanguage. Start language",'
        '"G2[SQ001]. [De prijs] Hoe tevreden bent u?","G2[SQ002]. [De service] Hoe tevreden bent u?"\n'
        '"1","2024-05-01 10:05:00","3","nl","Tevreden","Zeer tevreden"\n'
    )
    raw = read_raw(write(both))
    assert raw.reader == "limesurvey"
    assert raw.labels["G2[SQ001]"] == "[De prijs] Hoe tevreden bent u?"
    assert raw.frame["G2[SQ002]"].tolist() == ["Zeer tevreden"]
    full = (
        '"Response ID","Date submitted","Last page","Start language",'
        '"Hoe tevreden bent u over ons? [De prijs]","Hoe tevreden bent u over ons? [De service]","Wat is uw leeftijd?"\n'
        '"1","2024-05-01 10:05:00","3","nl","4","5","44"\n'
    )
    raw = read_raw(write(full))
    assert list(raw.frame.columns)[4:] == ["q1_1", "q1_2", "q2"]
    assert raw.labels["q1_2"] == "Hoe tevreden bent u over ons? [De service]"


def test_surveymonkey_two_header_rows(write, tmp_path):
    rows = [
        [
            "Respondent ID",
            "Collector ID",
            "Date Created",
            "Hoe tevreden?",
            "",
            "Leeftijd",
            "Welke kanalen?",
            "",
        ],
        ["", "", "", "prijs", "service", "Response", "web", "balie"],
        [11999999999, 4012345, "05/01/2024", 4, 5, 33, "web", ""],
    ]
    text = "\n".join(",".join(map(str, row)) for row in rows) + "\n"
    for path in (write(text), workbook(tmp_path / "a.xlsx", ("Sheet", rows))):
        raw = read_raw(path)
        assert raw.reader == "surveymonkey"
        assert list(raw.frame.columns)[3:] == ["q1_1", "q1_2", "q2", "q3_1", "q3_2"]
        assert raw.labels["q1_2"] == "Hoe tevreden? [service]"
        assert raw.labels["q2"] == "Leeftijd"
        assert len(raw.frame) == 1


def test_google_forms_in_both_languages(write):
    for stamp in ("Tijdstempel", "Timestamp"):
        text = (
            f"{stamp},Wat is uw leeftijd?,Hoe tevreden bent u over [prijs],Hoe tevreden bent u over [service],Kanalen\n"
            '01-05-2024 10:00:00,33,Mee eens,Zeer mee eens,"web, balie"\n'
        )
        raw = read_raw(write(text))
        assert raw.reader == "google_forms"
        assert list(raw.frame.columns) == [stamp, "q1", "q2_1", "q2_2", "q3"]
        assert raw.labels["q2_1"] == "Hoe tevreden bent u over [prijs]"


def test_microsoft_forms(tmp_path):
    start, end = datetime.datetime(2024, 5, 1, 10), datetime.datetime(2024, 5, 1, 10, 5)
    rows = [
        ["ID", "Start time", "Completion time", "Email", "Name", "Hoe tevreden bent u?", "Kanalen"],
        [1, start, end, "anonymous", None, 4, "web;balie;"],
    ]
    raw = read_raw(workbook(tmp_path / "a.xlsx", ("Sheet1", rows)))
    assert raw.reader == "microsoft_forms"
    assert raw.roles["Email"] == "personal"
    assert raw.frame["Start time"].tolist() == ["2024-05-01 10:00:00"]
    assert raw.labels["q1"] == "Hoe tevreden bent u?"
    dutch = [
        ["Id", "Begintijd", "Tijd van voltooien", "E-mail", "Naam", "Vraag een?"],
        [1, start, end, "x", "y", 4],
    ]
    assert read_raw(workbook(tmp_path / "b.xlsx", ("Blad1", dutch))).reader == "microsoft_forms"


# --- SPSS and Stata -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.sav", "a.zsav"])
def test_spss_keeps_labels_measures_and_user_missing(tmp_path, name):
    import pyreadstat

    frame = pd.DataFrame({"q1": [1.0, 5.0, 99.0, np.nan], "land": ["nl", "be", "", "de"]})
    path = tmp_path / name
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels={"q1": "Hoe tevreden bent u?"},
        variable_value_labels={"q1": {1.0: "zeer ontevreden", 5.0: "zeer tevreden", 99.0: "weet niet"}},
        missing_ranges={"q1": [{"lo": 97, "hi": 99}]},
        variable_measure={"q1": "ordinal"},
        compress=name.endswith("zsav"),
    )
    raw = read_raw(path)
    assert raw.reader == "sav"
    assert raw.frame["q1"].tolist()[:3] == [1, 5, 99]
    assert raw.labels["q1"] == "Hoe tevreden bent u?"
    assert raw.value_labels["q1"]["99"] == "weet niet"
    assert raw.measures["q1"] == "ordinal"
    assert raw.missing["q1"] == [(97, 99)]
    assert raw.frame["land"].isna().tolist() == [False, False, True, False]


def test_stata(tmp_path):
    path = tmp_path / "a.dta"
    pd.DataFrame({"q1": [1.0, 2.0], "land": ["nl", "be"]}).to_stata(
        path, write_index=False, variable_labels={"q1": "Vraag"}, value_labels={"q1": {1: "nee", 2: "ja"}}
    )
    raw = read_raw(path)
    assert raw.labels["q1"] == "Vraag"
    assert raw.frame["land"].tolist() == ["nl", "be"]
    with pytest.raises(InputError, match=r"b\.sav: is not a readable SPSS file"):
        bad = tmp_path / "b.sav"
        bad.write_bytes(b"$FL2 broken")
        read_raw(bad)


def test_stata_keeps_why_an_answer_is_missing(tmp_path):
    import pyreadstat

    from klantstudie.study.cleaning import clean
    from klantstudie.study.codebook import declare

    path = tmp_path / "a.dta"
    frame = pd.DataFrame({"q1": [1.0, "a", 3.0, "b", np.nan]})
    pyreadstat.write_dta(frame, str(path), missing_user_values={"q1": ["a", "b"]})
    raw = read_raw(path)
    assert raw.frame["q1"].dtype == "float64"
    assert raw.reasons["q1"].tolist()[:2] == [pd.NA, "a"]
    book = declare({"study": {"title": "x"}, "items": {"q1": {}}})
    _, log = clean(raw.frame, book, reasons=raw.reasons)
    assert log[["row", "before", "rule"]].to_numpy().tolist() == [
        [2, "a", "user-missing a"],
        [4, "b", "user-missing b"],
    ]


def test_parquet(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"q1": [1, 2], "land": ["nl", None], "ja": [True, False]}).to_parquet(path)
    raw = read_raw(path)
    assert raw.frame["q1"].dtype == "float64"
    assert raw.frame["land"].isna().tolist() == [False, True]
