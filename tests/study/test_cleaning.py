"""Cleaning: what the codebook says happens, every change is logged, and every problem is told at once."""

import numpy as np
import pandas as pd
import pytest

from klantstudie.errors import CodebookError, InputError, OptionError
from klantstudie.study import scoring
from klantstudie.study.cleaning import chosen, clean, exclude, waterfall
from klantstudie.study.codebook import declare

BOOK = {
    "study": {"title": "x", "id": "id", "missing": [-99, "n.v.t."], "duration": "duur"},
    "responses": {
        "l5": {
            "min": 1,
            "max": 5,
            "labels": {"1": "nooit", "5": {"nl": "altijd", "en": "always"}},
            "missing": [9],
        },
        "vrij": {"min": 0, "max": 100, "whole": False, "out_of_range": "missing"},
    },
    "items": {
        "q1": {"response": "l5"},
        "q2": {"response": "l5", "reverse": True},
        "schuif": {"response": "vrij", "column": "Een lange vraag?"},
        "open": {"type": "text"},
    },
    "scales": {
        "s": {"items": ["q1", "q2"], "min_answered": 1},
        "som": {"items": ["q1", "q2"], "scoring": "sum"},
    },
    "groups": {"land": {"column": "cc", "labels": {"1": "NL", "2": {"nl": "België", "en": "Belgium"}}}},
    "rules": [
        {"name": "te snel", "when": "duur < 60", "reason": "te snel"},
        {"name": "geen land", "when": "missing(land) or duur < 100", "reason": "geen land"},
        {"name": "test", "when": "id == '007'", "reason": "proef", "action": "missing", "columns": ["q1"]},
    ],
}


def frame(**changes):
    made = pd.DataFrame(
        {
            "id": pd.array(["007", "008", "009", "010"], dtype="string"),
            "q1": [1.0, 9.0, -99.0, 5.0],
            "q2": pd.array(["nooit", "Always", "4", "n.v.t."], dtype="string"),
            "Een lange vraag?": [0.5, 101.0, np.nan, 3.0],
            "open": pd.array(["prima", "n.v.t.", None, "5"], dtype="string"),
            "cc": [1.0, 2.0, np.nan, 3.0],
            "duur": [300.0, 30.0, 500.0, 80.0],
            "extra": [1.0, 2.0, 3.0, 4.0],
        }
    )
    return made.assign(**changes)


def test_clean_does_what_the_codebook_says_and_logs_it():
    book, raw = declare(BOOK), frame()
    before = raw.copy(deep=True)
    work, log = clean(raw, book, lines=[2, 3, 4, 5])
    pd.testing.assert_frame_equal(raw, before)
    np.testing.assert_equal(work["q1"].to_numpy(), [np.nan, np.nan, np.nan, 5])
    np.testing.assert_equal(work["q2"].to_numpy(), [1, 5, 4, np.nan])
    np.testing.assert_equal(work["schuif"].to_numpy(), [0.5, np.nan, np.nan, 3])
    assert work["open"].tolist() == ["prima", pd.NA, pd.NA, "5"]
    assert work["land"].tolist() == ["NL", "België", pd.NA, "3"]
    assert work["id"].tolist() == ["007", "008", "009", "010"]
    told = {tuple(row) for row in log.itertuples(index=False)}
    assert told == {
        (3, "008", "q1", "9", "", "missing code 9"),
        (4, "009", "q1", "-99", "", "missing code -99"),
        (5, "010", "q2", "n.v.t.", "", "missing code n.v.t."),
        (2, "007", "q2", "nooit", "1", "label to code"),
        (3, "008", "q2", "Always", "5", "label to code"),
        (3, "008", "open", "n.v.t.", "", "missing code n.v.t."),
        (2, "007", "q1", "1", "", "rule: test"),
        (3, "008", "schuif", "101", "", "outside 0 to 100"),
    }


def test_user_missing_ranges_are_kept_as_reasons():
    book = declare({**BOOK, "study": {"title": "x"}, "rules": [], "groups": {}})
    raw = frame(
        q1=[1.0, 97.0, 98.0, 5.0],
        q2=[1.0, 2.0, 3.0, 4.0],
        open=pd.array(["a", "REF", "b", "c"], dtype="string"),
    )
    work, log = clean(raw, book, missing={"q1": [(97, 99)], "open": [("REF", "REF")]})
    np.testing.assert_equal(work["q1"].to_numpy(), [1, np.nan, np.nan, 5])
    assert work["open"].isna().tolist() == [False, True, False, False]
    assert "user-missing 97 to 99" in log["rule"].tolist()


def test_everything_that_does_not_fit_is_one_error():
    raw = frame(
        id=pd.array(["007", "007", None, "010"], dtype="string"),
        q1=[1.0, 7.0, 2.5, 7.0],
        q2=pd.array(["nooit", "nooot", "4", "3-mei"], dtype="string"),
    )
    with pytest.raises(CodebookError) as caught:
        clean(raw, declare(BOOK), lines=[2, 3, 4, 5])
    told = str(caught.value)
    for part in (
        "column 'id' is empty in row 4",
        "double ids: '007' (rows 2, 3)",
        "items.q2: answers that are no number: 'nooot' (row 3)",
        "'3-mei' (row 5), which looks like an answer that Excel turned into a date",
        "impossible values (whole numbers 1 to 5): 2.5 in row 4, 7 in row 5",
    ):
        assert part in told, part


def test_a_missing_column_is_named_with_the_nearest():
    raw = frame().drop(columns=["duur", "cc"]).rename(columns={"q1": "q_1"})
    with pytest.raises(CodebookError) as caught:
        clean(raw, declare(BOOK))
    problems = caught.value.problems
    assert "items.q1: the file has no column 'q1', did you mean 'q_1'?" in problems
    assert any("groups.land.column: the file has no column 'cc'" in problem for problem in problems)
    assert any("study.duration" in problem for problem in problems)
    assert any("rule 'te snel': there is no column 'duur'" in problem for problem in problems)


def test_likert_wordings_are_mapped_when_they_fit_the_scale():
    book = declare(
        {
            "study": {"title": "x"},
            "responses": {"r": {"min": 1, "max": 5}, "r7": {"min": 1, "max": 7}},
            "items": {
                "a": {"response": "r"},
                "b": {"response": "r"},
                "c": {"response": "r7"},
                "d": {"response": "r"},
            },
        }
    )
    raw = pd.DataFrame(
        {
            "a": ["Helemaal mee eens", "mee  oneens", "Neutraal", "Niet mee eens, niet mee oneens"],
            "b": ["Strongly agree", "Neither agree nor disagree", None, "disagree"],
            "c": ["enigszins mee eens", "helemaal mee oneens", "mee eens", None],
            "d": ["4 - goed", "1 = slecht", "3", "5 (zeer goed)"],
        },
        dtype="string",
    )
    work, _ = clean(raw, book)
    assert work["a"].tolist() == [5, 2, 3, 3]
    np.testing.assert_equal(work["b"].to_numpy(), [5, 3, np.nan, 2])
    np.testing.assert_equal(work["c"].to_numpy(), [5, 1, 6, np.nan])
    assert work["d"].tolist() == [4, 1, 3, 5]
    with pytest.raises(CodebookError, match="enigszins mee eens"):
        clean(raw.assign(a=raw["c"]), book)


def test_durations_may_be_clock_times():
    book = declare({"study": {"title": "x", "duration": "duur"}})
    work, _ = clean(pd.DataFrame({"duur": pd.array(["0:12:30", "01:05", "90", None], dtype="string")}), book)
    np.testing.assert_equal(work["duur"].to_numpy(), [750, 65, 90, np.nan])


def test_rules_take_rows_out_in_order():
    book = declare(BOOK)
    work, _ = clean(frame(), book)
    rules = chosen(book.rules, None)
    flow = waterfall(work, rules)
    assert flow.table["term"].tolist() == ["raw", "te snel", "geen land", "analysed"]
    assert flow.table["n_excluded"].tolist() == [0, 1, 2, 0]
    assert flow.table["n"].tolist() == [4, 3, 1, 1]
    assert flow.info["n_excluded"] == 3
    assert exclude(work, rules)["id"].tolist() == ["007"]
    assert len(exclude(work, chosen(book.rules, ["none"]))) == 4
    assert [rule.name for rule in chosen(book.rules, "geen land")] == ["geen land"]
    assert len(chosen(book.rules, [])) == 2
    with pytest.raises(
        OptionError, match="'te snel', 'geen land', 'none'; given: 'te snle', did you mean 'te snel'"
    ):
        chosen(book.rules, ["te snle"])


def test_scores():
    book = declare(BOOK)
    raw = pd.DataFrame({"q1": [5.0, np.nan, np.nan, 2.0], "q2": [1.0, 2.0, np.nan, 5.0]})
    scored = scoring.score(raw, book)
    np.testing.assert_equal(scored["q2_r"].to_numpy(), [5, 4, np.nan, 1])
    np.testing.assert_equal(scored["s"].to_numpy(), [5, 4, np.nan, 1.5])
    np.testing.assert_equal(scored["som"].to_numpy(), [10, np.nan, np.nan, 3])
    assert list(raw.columns) == ["q1", "q2"]
    with pytest.raises(InputError, match="'q2' holds 6, outside 1 to 5"):
        scoring.score(raw.assign(q2=6.0), book)


def test_a_sum_counts_a_skipped_item_as_the_persons_own_mean():
    tables = {
        "items": {"q1": {}, "q2": {}},
        "scales": {"som": {"items": ["q1", "q2"], "scoring": "sum", "min_answered": 0.5}},
    }
    scored = scoring.score(
        pd.DataFrame({"q1": [4.0], "q2": [np.nan]}), declare({"study": {"title": "x"}, **tables})
    )
    assert scored["som"].tolist() == [8]


def test_reversing_twice_gives_the_answers_back():
    answers = np.arange(1.0, 8.0)
    np.testing.assert_array_equal(scoring.reverse(scoring.reverse(answers, 1, 7), 1, 7), answers)


def test_several_answers_in_one_cell_become_indicators():
    item = {
        "type": "multiple",
        "separator": ",",
        "role": "channel",
        "options": ["web", {"nl": "balie", "en": "counter"}, "ja, vaak"],
    }
    book = declare({"study": {"title": "x"}, "items": {"q3": item}})
    raw = pd.DataFrame({"q3": pd.array(["web, Balie", "ja, vaak, web", None, "counter,"], dtype="string")})
    work, _ = clean(raw, book)
    np.testing.assert_equal(work["q3_1"].to_numpy(), [1, 1, np.nan, 0])
    np.testing.assert_equal(work["q3_2"].to_numpy(), [1, 0, np.nan, 1])
    np.testing.assert_equal(work["q3_3"].to_numpy(), [0, 1, np.nan, 0])
    assert book.role("channel") == ["q3_1", "q3_2", "q3_3"]
    assert book.text("q3_2", "en") == "counter"
    assert book.label("q3_1") == "web"
    with pytest.raises(CodebookError, match="answers that are no option: 'fax'"):
        clean(raw.replace("counter,", "fax, web"), book)


def test_ticked_columns_count_as_zero_where_another_of_the_block_is_ticked():
    book = declare(
        {"study": {"title": "x"}, "items": {"q3_1": {"type": "ticked"}, "q3_2": {"type": "ticked"}}}
    )
    raw = pd.DataFrame(
        {
            "q3_1": pd.array(["web", None, None], dtype="string"),
            "q3_2": pd.array([None, "balie", None], dtype="string"),
        }
    )
    work, _ = clean(raw, book)
    np.testing.assert_equal(work["q3_1"].to_numpy(), [1, 0, np.nan])
    np.testing.assert_equal(work["q3_2"].to_numpy(), [0, 1, np.nan])


def test_answer_codes_of_limesurvey_become_numbers():
    book = declare(
        {
            "study": {"title": "x"},
            "responses": {"r": {"min": 1, "max": 5}, "jn": {"min": 0, "max": 1}},
            "items": {"a": {"response": "r"}, "b": {"response": "jn"}},
        }
    )
    raw = pd.DataFrame({"a": ["A2", "A5", "N/A", "A1"], "b": ["Y", "N", "N", ""]}, dtype="string")
    work, log = clean(raw, book)
    np.testing.assert_equal(work["a"].to_numpy(), [2, 5, np.nan, 1])
    np.testing.assert_equal(work["b"].to_numpy(), [1, 0, 0, np.nan])
    assert len(log) == 7
    with pytest.raises(CodebookError, match="no number: 'B2'"):
        clean(raw.replace("A2", "B2"), book)
