"""Messages say what was given and what would be right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from klantstudie import errors, frames
from klantstudie.errors import CodebookError, InputError, OptionError


def test_option_lists_the_right_words_and_the_nearest():
    assert errors.option("method", "reml", ("reml", "ml")) == "reml"
    with pytest.raises(
        OptionError, match=r"method must be one of 'reml', 'ml'; given: 'rmel', did you mean 'reml'\?"
    ):
        errors.option("method", "rmel", ("reml", "ml"))
    with pytest.raises(OptionError, match="given: 3"):
        errors.option("method", 3, ("reml", "ml"))


@pytest.mark.parametrize("wrong", [0, 1, 95, -0.5, "0.95", True])
def test_level_must_lie_between_zero_and_one(wrong):
    with pytest.raises(OptionError, match=r"such as 0\.95"):
        errors.level(wrong)


@pytest.mark.parametrize("wrong", [1.5, "three", None, True, -1, float("nan"), float("inf")])
def test_whole_refuses_what_is_no_count(wrong):
    with pytest.raises(OptionError, match="n_boot must be a whole number of at least 0"):
        errors.whole("n_boot", wrong)
    assert errors.whole("n_boot", 5000.0) == 5000


def test_codebook_error_lists_every_problem():
    error = CodebookError("codebook.toml", ["items.q1: no response", "items.q2: no response"])
    assert "2 problems" in str(error)
    assert "items.q1" in str(error) and "items.q2" in str(error)
    assert "1 problem\n" in str(CodebookError("c", ["x"]))


def test_missing_column_is_named_with_its_nearest_spelling():
    frame = pd.DataFrame({"tevredenheid": [1.0]})
    with pytest.raises(InputError, match=r"no column 'tevredenheit', did you mean 'tevredenheid'\?"):
        frames.numeric(frame, "tevredenheit")


@pytest.mark.parametrize(
    ("frame", "columns", "message"),
    [
        (pd.DataFrame({"a": ["zeer eens"]}), "a", "zeer eens"),
        (pd.DataFrame({"a": [np.inf]}), "a", "infinite"),
        (pd.DataFrame({"a": [1.0]}), [], "no column was named"),
        (pd.DataFrame({"a": [1.0]}), ["a", "a"], "more than once: a"),
        (pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]), "a", "more than one column named a"),
        ([1, 2], "a", "DataFrame is needed; given: list"),
    ],
)
def test_unusable_columns_are_refused(frame, columns, message):
    with pytest.raises(InputError, match=message):
        frames.numeric(frame, columns)


def test_complete_counts_what_was_left_out():
    frame = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": [1, 2, 3], "c": [np.nan] * 3})
    kept, n_total = frames.complete(frame, ["a", "b"])
    assert (len(kept), n_total) == (2, 3)
    with pytest.raises(InputError, match="0 of 3 rows are complete on a, c"):
        frames.complete(frame, ["a", "c"])


def test_nullable_integers_and_booleans_become_floats_in_a_new_frame():
    frame = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": [True, False]})
    taken = frames.numeric(frame, ["a", "b"])
    assert (taken.dtypes == "float64").all()
    assert taken["a"].isna().tolist() == [False, True]
    taken.loc[0, "a"] = 9
    assert frame.loc[0, "a"] == 1


def test_labels_are_clean_text_and_stay_missing():
    frame = pd.DataFrame({"g": [1.0, 10.0, np.nan], "h": ["b", "a", None]})
    assert frames.labels(frame, "g").tolist()[:2] == ["1", "10"]
    assert frames.labels(frame, "g").isna().tolist() == [False, False, True]
    assert frames.ordered_labels(pd.Series(["10", "9"])) == ["9", "10"]
    assert frames.ordered_labels(pd.Series(["b", "a"])) == ["a", "b"]
