"""The groups room: edges, messages and properties; its numbers are held in tests/reference/groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses import groups
from klantstudie.errors import InputError, OptionError
from tests.examples.gaps import customers


def test_two_groups_are_the_welch_t_test():
    whole = groups.compare(customers(), "satisfaction", "renewed")
    pair = groups.pairwise(customers(), "satisfaction", "renewed").table.iloc[0]
    assert whole.value("satisfaction", "statistic", part="test") == pytest.approx(pair["statistic"] ** 2)
    assert whole.value("satisfaction", "p_value", part="test") == pytest.approx(pair["p_value"])
    assert pair["p_adjusted"] == pair["p_value"]


def test_numeric_labels_stay_in_numeric_order_inside_games_howell():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"g": np.repeat([9, 10, 100], 20), "y": rng.normal(size=60) + np.repeat([0, 1, 3], 20)}
    )
    table = groups.pairwise(frame, "y", "g").table
    assert table[["group", "reference_group"]].to_numpy().tolist() == [
        ["9", "10"],
        ["9", "100"],
        ["10", "100"],
    ]
    assert table["p_adjusted"].idxmin() == 1
    assert (table["p_adjusted"] >= table["p_value"]).all()


def test_a_stated_order_is_the_order_of_the_rows_and_changes_no_number():
    frame, order = customers(), ["Delft", "Breda", "Arnhem"]
    means = groups.compare(frame, "satisfaction", "branch", order=order)
    assert means.table.loc[means.table["part"] == "group", "group"].tolist() == order
    plain = groups.compare(frame, "satisfaction", "branch")
    for column in ("statistic", "p_value", "effect", "effect_low"):
        found = means.value("satisfaction", column, part="test")
        assert found == pytest.approx(plain.value("satisfaction", column, part="test"), rel=1e-12)
    pairs = groups.pairwise(frame, "satisfaction", "branch", order=order)
    assert list(zip(pairs.table["group"], pairs.table["reference_group"], strict=True)) == [
        ("Delft", "Breda"),
        ("Delft", "Arnhem"),
        ("Breda", "Arnhem"),
    ]
    sorted_pairs = groups.pairwise(frame, "satisfaction", "branch")
    turned = sorted_pairs.row("satisfaction", group="Breda", reference_group="Delft")
    row = pairs.row("satisfaction", group="Delft", reference_group="Breda")
    assert row["estimate"] == -turned["estimate"]
    assert row["p_adjusted"] == pytest.approx(turned["p_adjusted"], rel=1e-12)


@pytest.mark.parametrize("function", [groups.compare, groups.pairwise])
def test_a_stated_order_must_hold_the_labels_exactly(function):
    with pytest.raises(InputError, match="no answers for Ede; not in it: Delft"):
        function(customers(), "satisfaction", "branch", order=["Arnhem", "Breda", "Ede"])


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"y": [1.0, 2], "g": ["a", "a"]}), "needs two groups; 'g' has 1"),
        (pd.DataFrame({"y": [1.0, 2, 3], "g": ["a", "a", "b"]}), "'b' has 1 answer to 'y'"),
        (pd.DataFrame({"y": [1.0, 2, 3, 3], "g": list("aabb")}), "all 2 answers of 'b' to 'y' are the same"),
        (pd.DataFrame({"y": [np.nan, np.nan], "g": ["a", "b"]}), "has 0 with answers"),
    ],
)
@pytest.mark.parametrize("function", [groups.compare, groups.pairwise])
def test_groups_that_cannot_be_compared(function, frame, message):
    with pytest.raises(InputError, match=message):
        function(frame, "y", "g")


def test_options_are_exact_words():
    with pytest.raises(OptionError, match="'games_howell', 'holm'"):
        groups.pairwise(customers(), "satisfaction", "branch", adjust="tukey")
    with pytest.raises(OptionError, match="adjust must be one of 'holm'"):
        groups.compare(customers(), "satisfaction", "branch", adjust="games_howell")


def test_relabelling_the_groups_changes_no_test():
    frame = customers()
    renamed = frame.assign(branch=frame["branch"].map({"Arnhem": "z", "Breda": "y", "Delft": "x"}))
    columns = ["statistic", "df", "df2", "p_value", "effect", "effect_low", "effect_high"]
    before = groups.compare(frame, "satisfaction", "branch").row("satisfaction", part="test")
    after = groups.compare(renamed, "satisfaction", "branch").row("satisfaction", part="test")
    np.testing.assert_allclose(before[columns].astype(float), after[columns].astype(float), rtol=1e-10)


def test_empty_rows_leave_the_table_and_independence_gives_zero():
    result = groups.table({"a": {"x": 10, "y": 20}, "b": {"x": 20, "y": 40}, "c": {"x": 0, "y": 0}})
    row = result.row("total", part="test")
    assert row["statistic"] == pytest.approx(0, abs=1e-12)
    assert row["effect_low"] == 0
    assert set(result.table["term"]) == {"total", "a", "b"}


def test_a_perfect_association_has_v_one():
    result = groups.table({"a": {"x": 10, "y": 0}, "b": {"x": 0, "y": 30}})
    assert result.value("total", "effect", part="test") == pytest.approx(1)
    assert result.value("total", "effect_high", part="test") <= 1


def test_table_says_what_is_wrong():
    frame = customers()
    with pytest.raises(InputError, match="two rows and two columns"):
        groups.table({"a": {"x": 10, "y": 20}})
    with pytest.raises(InputError, match="whole numbers"):
        groups.table({"a": {"x": 1.5, "y": 2}, "b": {"x": 1, "y": 2}})
    with pytest.raises(InputError, match="name both columns, or neither"):
        groups.table(frame, "branch")
    with pytest.raises(InputError, match="'n' has missing values"):
        groups.table(frame.assign(n=np.nan), "branch", "channel", counts="n")


def test_a_frame_of_counts_is_a_table():
    counts = pd.DataFrame({"x": [10, 5], "y": [3, 12]}, index=["a", "b"])
    named = groups.table({"a": {"x": 10, "y": 3}, "b": {"x": 5, "y": 12}})
    pd.testing.assert_frame_equal(groups.table(counts).table, named.table)


def test_table_residuals_hold_their_level_under_independence():
    rng = np.random.default_rng(8)
    hits = []
    for _ in range(150):
        frame = pd.DataFrame({"a": rng.choice(list("xyz"), 120), "b": rng.choice(list("pq"), 120)})
        hits.append(groups.table(frame, "a", "b").value("total", "p_value", part="test") < 0.05)
    assert np.mean(hits) < 0.11
