"""Ranks and ordered groups: edges, messages, properties and levels; numbers are in tests/reference/groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klantstudie.analyses import groups
from klantstudie.errors import InputError
from tests.examples.gaps import customers

ORDER = ["desk", "phone", "web"]


@settings(max_examples=15, deadline=None)
@given(power=st.sampled_from([1, 3]), factor=st.floats(0.01, 50))
def test_ranks_see_only_the_order(power, factor):
    frame = customers()
    moved = frame.assign(satisfaction=(factor * frame["satisfaction"]) ** power)
    one = groups.ranks(frame, "satisfaction", "branch").table.drop(columns="median")
    two = groups.ranks(moved, "satisfaction", "branch").table.drop(columns="median")
    pd.testing.assert_frame_equal(one, two)


def test_groups_apart_have_a_chance_of_one_and_no_pair_test():
    frame = pd.DataFrame({"y": [1.0, 2, 3, 7, 8, 9], "g": list("aaabbb")})
    row = groups.ranks(frame, "y", "g").row("y", part="pair")
    assert row["estimate"] == 0
    assert np.isnan([row["p_value"], row["conf_low"]]).all()


def test_a_constant_group_is_fine_and_a_constant_outcome_is_not():
    frame = pd.DataFrame({"y": [3.0, 3, 3, 2, 3, 4], "g": list("aaabbb")})
    assert groups.ranks(frame, "y", "g").value("y", part="pair") == 0.5
    with pytest.raises(InputError, match="all answers to 'y' are the same"):
        groups.ranks(frame.assign(y=3.0), "y", "g")


def test_turning_the_order_round_turns_the_signs_round():
    there = groups.trend_over_order(customers(), "satisfaction", "channel", order=ORDER)
    back = groups.trend_over_order(customers(), "satisfaction", "channel", order=ORDER[::-1])
    for part, column in (("jonckheere", "statistic"), ("jonckheere", "effect"), ("contrast", "estimate")):
        assert there.value("satisfaction", column, part=part) == pytest.approx(
            -back.value("satisfaction", column, part=part)
        )


def test_numbers_are_taken_in_numeric_order():
    frame = pd.DataFrame({"step": np.repeat([2, 10, 9], 3), "y": [1.0, 2, 3, 9, 8, 7, 4, 5, 6]})
    result = groups.trend_over_order(frame, "y", "step")
    assert result.info["order"] == ("2", "9", "10")
    assert result.fit["jonckheere"] == 27


def test_the_order_must_hold_the_labels_exactly():
    frame = customers()
    with pytest.raises(InputError, match=r"'channel' holds text .*give the labels from first to last"):
        groups.trend_over_order(frame, "satisfaction", "channel")
    with pytest.raises(InputError, match="no answers for shop; not in it: web"):
        groups.trend_over_order(frame, "satisfaction", "channel", order=["desk", "phone", "shop"])
    with pytest.raises(InputError, match="a trend needs three groups; 'renewed' has 2"):
        groups.trend_over_order(frame, "satisfaction", "renewed")
    flat = frame.assign(satisfaction=frame["satisfaction"].where(frame["channel"] != "web", 5.0))
    with pytest.raises(InputError, match="answers of 'web' to 'satisfaction' are the same"):
        groups.trend_over_order(flat, "satisfaction", "channel", order=ORDER)


def test_trend_holds_its_level_with_unequal_spread():
    rng = np.random.default_rng(9)
    step = np.repeat([1, 2, 3, 4], [40, 10, 20, 15])
    hits = []
    for _ in range(300):
        frame = pd.DataFrame({"step": step, "y": np.round(rng.normal(scale=step))})
        table = groups.trend_over_order(frame, "y", "step").table
        hits.append(table["p_value"].iloc[1] < 0.05)
    assert 0.02 < np.mean(hits) < 0.09
