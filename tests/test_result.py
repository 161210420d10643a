"""The shape of an answer: its numbers know where they come from, its table knows only the vocabulary."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from klantstudie import vocabulary
from klantstudie.errors import InputError, KlantstudieError
from klantstudie.present.tables.layout import lay_out
from klantstudie.result import Number, build, constant

INFO = dict(n_total=30, n_used=28, method="Welch", reference="Welch (1947)", conf_level=0.95)


@pytest.fixture
def result():
    rows = [
        {
            "term": "q1",
            "part": "loading",
            "estimate": 0.5,
            "conf_low": 0.1,
            "conf_high": 0.9,
            "p_value": 0.0209,
        },
        {
            "term": "q1",
            "part": "variance",
            "estimate": 2.5,
            "conf_low": 1.1,
            "conf_high": 3.9,
            "p_value": np.nan,
        },
    ]
    return build("demo.fit", rows, **INFO, bounded=("estimate@loading",), fit={"r_squared": 0.25, "df": 27})


def test_value_knows_where_it_came_from(result):
    number = result.value("q1", part="loading")
    assert (number.kind, number.term, number.column) == ("demo.fit", "q1", "estimate")
    assert number == 0.5
    assert number.apa("nl") == ",50"
    assert result.value("q1", part="variance").apa("en") == "2.50"
    assert result.value("q1", "conf_low", part="loading").apa("en") == ".10"
    assert result.value("q1", "p_value", part="loading").apa("nl") == ",021"
    assert result.value(column="r_squared").apa("en") == ".250"
    assert result.value(column="n_used").apa("nl") == "28"


def test_value_refuses_what_is_not_one_number(result):
    with pytest.raises(InputError, match="2 rows"):
        result.value("q1")
    with pytest.raises(InputError, match=r"no row.*q1 / loading"):
        result.value("q2")
    with pytest.raises(InputError, match=r"no column 'estimat', did you mean 'estimate'\?"):
        result.value("q1", "estimat", part="loading")
    with pytest.raises(InputError, match=r"no number 'r_square', did you mean 'r_squared'\?"):
        result.value(column="r_square")


def test_cases_are_accounted_for(result):
    assert result.info["n_excluded"] == 2
    with pytest.raises(KlantstudieError, match="must lie between 0 and n_total"):
        build("demo.fit", [{"term": "a"}], n_total=3, n_used=4, method="m", reference="r")


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        ([{"term": "a", "estimaet": 1.0}], {}, "did you mean 'estimate'"),
        ([{"estimate": 1.0}], {}, "needs the column 'term'"),
        ([{"term": "a"}], {"fit": {"rsquared": 1.0}}, "did you mean 'r_squared'"),
        ([{"term": "a"}], {"decision": "suported"}, "did you mean 'supported'"),
    ],
)
def test_words_outside_the_vocabulary_are_refused(rows, more, message):
    with pytest.raises(KlantstudieError, match=message):
        build("demo.fit", rows, **INFO, **more)


def test_apa_lines_hold_the_row_in_both_languages(result):
    assert result.apa("en")[0] == "q1 / loading: Estimate = .50, 95% CI [.10, .90], p = .021"
    assert result.apa("nl")[1] == "q1 / variantie: Schatting = 2,50, 95%-BI [1,10; 3,90]"


def test_the_answer_cannot_be_changed_and_travels_between_processes(result):
    with pytest.raises(TypeError):
        result.info["method"] = "other"
    with pytest.raises(AttributeError):
        result.kind = "other"
    copy = pickle.loads(pickle.dumps(result))
    pd.testing.assert_frame_equal(copy.table, result.table)
    assert dict(copy.info) == dict(result.info)
    number = pickle.loads(pickle.dumps(result.value("q1", part="loading")))
    assert isinstance(number, Number) and number.apa("en") == ".50"


def test_notebook_display_escapes_survey_text():
    shown = build("demo.fit", [{"term": "<script>alert(1)</script>", "estimate": 1.0}], **INFO)._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown


def test_constant_prints_the_decimals_it_needs():
    assert constant(1984).apa("nl") == "1984"
    assert constant(0.25).apa("nl") == "0,25"
    assert constant(1 / 3).apa("en") == "0.3333"


@pytest.mark.parametrize("kind", vocabulary.KINDS)
def test_every_word_is_there_in_dutch_and_english(kind):
    for name, entry in vocabulary.entries(kind).items():
        assert entry.get("nl") and entry.get("en"), f"{kind}.{name}"
        if kind in ("columns", "fit"):
            assert entry.get("meaning_nl") and entry.get("meaning_en"), f"{kind}.{name}"
            assert entry["type"] in ("text", "number", "p", "count", "share", "magnitude"), f"{kind}.{name}"


def test_unknown_word_names_the_nearest():
    with pytest.raises(KlantstudieError, match=r"did you mean 'estimate'"):
        vocabulary.heading("estimat")
    assert vocabulary.translate("supported", "nl") == "ondersteund"
    assert vocabulary.translate("q1", "nl") == "q1"


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (0.02, "0.01, SE 0.02"),
        (0.0031, "0.009, SE 0.003"),
        (0.00031, "0.0092, SE 0.0003"),
        (0.0, "0.01, SE 0.00"),
    ],
)
def test_an_error_that_would_be_printed_as_zero_gets_its_row_more_decimals(error, shown):
    row = {"term": "x", "estimate": 0.0092, "std_error": error, "conf_low": 0.00321, "conf_high": 0.0152}
    result = build("demo.fit", [row], **INFO)
    line = result.apa("en")[0]
    estimate, written = shown.split(", SE ")
    assert f"Estimate = {estimate}, 95% CI" in line and line.endswith(f"SE = {written}")
    digits = len(estimate) - 2
    assert f"[{0.00321:.{digits}f}, {0.0152:.{digits}f}]" in line
    cells = lay_out(result, lang="en").rows[0].cells
    assert [cell.strip() for cell in cells] == [
        "x",
        estimate,
        written,
        f"[{0.00321:.{digits}f}, {0.0152:.{digits}f}]",
    ]
