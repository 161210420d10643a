"""Every public analysis keeps the same promises; each promise is one test over all analyses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from klantstudie import vocabulary
from klantstudie.errors import InputError, KlantstudieError
from klantstudie.result import Result, build
from tests.contract import Example, analyses, examples, unsaid

NAMES = sorted(set(analyses()) & set(examples()))
WITH_FRAME = [name for name in NAMES if examples()[name].frame is not None]


def answer(name: str) -> Result:
    example = examples()[name]
    return example.call(example.frame() if example.frame else None)


def same(left: pd.DataFrame, right: pd.DataFrame, tolerance: float = 0.0) -> None:
    if tolerance:
        pd.testing.assert_frame_equal(left, right, rtol=tolerance, atol=tolerance)
    else:
        pd.testing.assert_frame_equal(left, right, check_exact=True)


def test_every_analysis_has_an_example_call():
    missing = sorted(set(analyses()) - set(examples()))
    assert not missing, f"no example call in tests/examples for: {', '.join(missing)}"


def test_every_example_belongs_to_an_analysis():
    stray = sorted(set(examples()) - set(analyses()))
    assert not stray, f"examples without an analysis: {', '.join(stray)}"


def test_an_example_without_a_frame_says_why():
    silent = [name for name in NAMES if examples()[name].frame is None and not examples()[name].reason]
    assert not silent, f"no frame and no reason: {', '.join(silent)}"


@pytest.mark.parametrize("name", NAMES)
def test_answer_is_a_complete_result(name):
    result = answer(name)
    assert isinstance(result, Result)
    assert result.kind.startswith(name.split(".")[0])
    assert len(result.table) > 0
    for key in (
        "n_total",
        "n_used",
        "n_excluded",
        "missing",
        "method",
        "conf_level",
        "seed",
        "decision",
        "reference",
    ):
        assert key in result.info, f"info lacks {key}"
    assert result.info["n_used"] + result.info["n_excluded"] == result.info["n_total"]
    assert result.info["method"]
    assert result.info["reference"]
    assert not unsaid(result.info), "no Dutch wording in klantstudie/present/phrases.toml"
    for column in result.table:
        kind = vocabulary.entry("columns", column)["type"]
        numeric = pd.api.types.is_float_dtype(result.table[column])
        assert numeric != (kind == "text"), f"column {column} is {result.table[column].dtype}"
    for number in result.fit:
        vocabulary.entry("fit", number)
    for lang in ("nl", "en"):
        lines = result.apa(lang)
        assert len(lines) == len(result.table)
        assert all(lines)


@pytest.mark.parametrize("name", NAMES)
def test_p_values_and_intervals_are_possible(name):
    table = answer(name).table
    for column in ("p_value", "p_adjusted"):
        if column in table:
            known = table[column].dropna()
            assert known.between(0, 1).all()
    for low, high, middle in (("conf_low", "conf_high", "estimate"), ("effect_low", "effect_high", "effect")):
        if low not in table or high not in table:
            continue
        known = table.dropna(subset=[low, high])
        assert (known[low] <= known[high]).all()
        if examples()[name].around and middle in table:
            known = known.dropna(subset=[middle])
            slack = 1e-9 * (1 + known[middle].abs())
            assert ((known[low] <= known[middle] + slack) & (known[middle] <= known[high] + slack)).all()


@pytest.mark.parametrize("name", WITH_FRAME)
def test_same_call_same_answer_and_input_untouched(name):
    example = examples()[name]
    frame = example.frame()
    before = frame.copy(deep=True)
    first = example.call(frame)
    same(frame, before)
    same(example.call(example.frame()).table, first.table)


@pytest.mark.parametrize("name", WITH_FRAME)
def test_extra_columns_do_not_matter(name):
    example = examples()[name]
    frame = example.frame()
    plain = example.call(frame).table
    frame = frame.assign(unrelated_number=np.arange(len(frame)) % 7, unrelated_text="x")
    frame.loc[frame.index[0], "unrelated_number"] = np.nan
    same(example.call(frame).table, plain)


@pytest.mark.parametrize("name", [name for name in WITH_FRAME if examples()[name].closed_form])
def test_row_order_does_not_matter(name):
    example = examples()[name]
    plain = example.call(example.frame()).table
    mixed = example.frame().sample(frac=1, random_state=7)
    same(example.call(mixed).table, plain, tolerance=1e-10)


@pytest.mark.parametrize("name", WITH_FRAME)
def test_a_missing_column_is_named(name):
    example = examples()[name]
    assert example.columns, "the example must say which columns it uses"
    gone = example.columns[0]
    with pytest.raises(InputError, match=gone):
        example.call(example.frame().drop(columns=gone))


@pytest.mark.parametrize("name", sorted(analyses()))
def test_docstring_names_its_source(name):
    text = analyses()[name].__doc__ or ""
    assert len(text.split()) > 15, "say what the number means, its range, and what happens to missing answers"
    assert "References:" in text


def test_build_refuses_words_outside_the_vocabulary():
    given = dict(n_total=1, n_used=1, method="m", reference="r")
    with pytest.raises(KlantstudieError, match="estimate"):
        build("x", [{"term": "a", "estimat": 1.0}], **given)
    with pytest.raises(KlantstudieError, match="n_used"):
        build("x", [{"term": "a"}], n_total=1, n_used=2, method="m", reference="r")
    assert isinstance(examples().get("loyalty.nps", Example(call=lambda _: None, frame=None)), Example)
