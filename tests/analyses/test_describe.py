"""The describe room: edges, messages and properties; its numbers are held in tests/reference/describe."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klantstudie.analyses import describe
from klantstudie.errors import InputError, OptionError
from klantstudie.moments import Moments
from tests.examples.gaps import customers


def test_shares_of_a_background_column_sum_to_one():
    table = describe.sample(customers(), ["branch", "channel"]).table
    assert table.groupby("term")["share"].sum().to_dict() == pytest.approx(
        {"total": 1, "branch": 1, "channel": 1}
    )
    assert table.groupby("term")["n"].sum().to_dict() == {"total": 60, "branch": 60, "channel": 60}


def test_sample_without_background_counts_all():
    result = describe.sample(customers())
    assert result.table["n"].tolist() == [60]
    with pytest.raises(InputError, match="no case is left"):
        describe.sample(customers().assign(weight=0.0), weights="weight")
    with pytest.raises(InputError, match="negative weights"):
        describe.sample(customers().assign(weight=-1.0), weights="weight")


def test_numeric_labels_are_whole_and_in_order():
    frame = pd.DataFrame({"age": [10.0, 9.0, np.nan, 9.0]})
    assert describe.sample(frame, "age").table["group"].tolist() == ["", "9", "10", "missing"]


def test_a_constant_or_short_item_has_no_shape():
    frame = pd.DataFrame({"flat": [3.0, 3, 3, 3, 3], "two": [1.0, 2, np.nan, np.nan, np.nan]})
    table = describe.items(frame, ["flat", "two"]).table.set_index("term")
    assert table.loc["flat", "sd"] == 0
    assert table.loc[:, ["skewness", "kurtosis"]].isna().all().all()
    assert table.loc["flat", "floor"] == table.loc["flat", "ceiling"] == 1
    one = describe.items(frame.iloc[:1], "flat").table
    assert np.isnan(one["sd"].iloc[0])


def test_items_say_what_is_wrong():
    frame = pd.DataFrame({"a": [1.0, 9], "b": [np.nan, np.nan], "c": [1.5, 2]})
    with pytest.raises(InputError, match="'b' has no answer at all"):
        describe.items(frame, ["a", "b"])
    with pytest.raises(InputError, match="'a' holds 9, outside the scale of 1 to 7"):
        describe.items(frame, "a", scale=(1, 7))
    with pytest.raises(InputError, match=r"'c' holds 1\.5, which is no point of the scale"):
        describe.answers(frame, "c", scale=(1, 7))


def test_nobody_chose_a_point_and_it_still_has_a_row():
    table = describe.answers(pd.DataFrame({"a": [1, 1, 5]}), "a", scale=(1, 5)).table
    assert table["answer"].tolist() == ["1", "2", "3", "4", "5"]
    assert table["n"].tolist() == [2, 0, 0, 0, 1]


def test_perfect_correlation_has_a_closed_interval():
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4, 5], "b": [2.0, 4, 6, 8, 10], "c": [5.0, 4, 3, 2, 1]})
    table = describe.correlations(frame, ["a", "b", "c"]).table
    assert table["estimate"].tolist() == pytest.approx([1, -1, -1])
    assert table["conf_low"].tolist() == pytest.approx(table["conf_high"].tolist())
    assert (table["p_value"] == 0).all()


def test_correlations_say_what_is_wrong():
    frame = customers()
    with pytest.raises(InputError, match="needs two columns"):
        describe.correlations(frame, ["p1"])
    with pytest.raises(InputError, match="'flat' has no variance"):
        describe.correlations(frame.assign(flat=1), ["p1", "flat"])
    with pytest.raises(InputError, match="have 3 complete cases; at least 4"):
        describe.correlations(frame.iloc[:3], ["p1", "p2"])
    with pytest.raises(OptionError, match="'pearson', 'spearman'"):
        describe.correlations(frame, ["p1", "p2"], method="kendall")
    moments = Moments(("a", "b"), None, None, [[1, 0.5], [0.5, 1]], 50)
    with pytest.raises(OptionError, match="needs the answers"):
        describe.correlations(moments, ["a", "b"], method="spearman")
    assert describe.correlations(moments, ["a", "b"]).value("a ~~ b") == 0.5
    with pytest.raises(InputError, match="needs 4 cases; given: 3"):
        describe.correlations(Moments(("a", "b"), None, None, [[1, 0.5], [0.5, 1]], 3), ["a", "b"])


@settings(max_examples=15, deadline=None)
@given(power=st.sampled_from([1, 3, 5]), factor=st.floats(0.01, 100))
def test_rank_correlation_sees_only_the_order(power, factor):
    frame = customers()
    moved = frame.assign(p1=(factor * frame["p1"]) ** power)
    first = describe.correlations(frame, ["p1", "satisfaction"], method="spearman").value(
        "p1 ~~ satisfaction"
    )
    second = describe.correlations(moved, ["p1", "satisfaction"], method="spearman").value(
        "p1 ~~ satisfaction"
    )
    assert first == pytest.approx(second, abs=1e-12)
