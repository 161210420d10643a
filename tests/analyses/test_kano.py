"""The kano room: the evaluation tables, edges, messages and properties; numbers are in tests/reference/kano."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klantstudie.analyses import kano
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.numerics import kano as numerics
from tests.examples.kano import PAIRS, answers, options


def test_the_corners_of_the_evaluation_tables():
    q, o, i = numerics.Q, numerics.O, numerics.I
    standard, pouliot, corner = (numerics.table(name) for name in ("standard", "pouliot", "one_dimensional"))
    assert standard[0, 0] == standard[4, 4] == q
    assert standard[0, 4] == o
    assert standard[1, 1] == standard[3, 3] == i
    assert [pouliot[place, place] for place in range(5)] == [q, q, i, q, q]
    assert (standard != pouliot).sum() == 2
    assert corner[0, 0] == o
    assert corner[4, 4] == q
    assert (standard != corner).sum() == 1


def test_pairs_and_their_counts_agree():
    pairs = kano.categories(answers(), PAIRS, n_boot=0).table
    words = list(numerics.CATEGORIES)
    counts = {row["term"]: row[words].astype(int).to_dict() for _, row in pairs.iterrows()}
    again = kano.categories(counts, n_boot=0).table
    pd.testing.assert_frame_equal(pairs, again)


def test_a_tie_goes_to_the_earlier_category():
    row = kano.categories({"a": {"attractive": 10, "must_be": 10}}, n_boot=0).row("a")
    assert row["category"] == row["category_ranked"] == "must_be"
    assert row["fong"] == "no"


def test_only_reversed_answers_leave_no_coefficient():
    row = kano.categories({"a": {"reverse": 5}}).row("a")
    assert np.isnan([row["better"], row["worse"], row["chisq"], row["p_value"]]).all()
    assert row["category"] == "reverse"


@settings(max_examples=40, deadline=None)
@given(counts=st.tuples(*[st.integers(0, 60)] * 6).filter(lambda c: sum(c[:4]) > 0))
def test_coefficients_keep_their_range(counts):
    row = kano.categories({"a": dict(zip(numerics.CATEGORIES, counts, strict=True))}, n_boot=100).row("a")
    assert 0 <= row["better_low"] <= row["better_high"] <= 1
    assert -1 <= row["worse_low"] <= row["worse_high"] <= 0


def test_better_intervals_cover():
    rng = np.random.default_rng(1)
    shares = np.array([0.25, 0.2, 0.25, 0.2, 0.05, 0.05])
    inside = []
    for seed in range(300):
        counts = dict(zip(numerics.CATEGORIES, rng.multinomial(150, shares), strict=True))
        row = kano.categories({"a": counts}, n_boot=400, seed=seed).row("a")
        inside.append(row["better_low"] <= 0.5 <= row["better_high"])
    assert 0.91 < np.mean(inside) < 0.98


def test_categories_say_what_is_wrong():
    frame = answers()
    with pytest.raises(InputError, match="a frame needs its pairs"):
        kano.categories(frame)
    with pytest.raises(InputError, match="'speed' needs two columns"):
        kano.categories(frame, {"speed": ["speed_present"]})
    with pytest.raises(InputError, match="'speed' holds 7; the answers are 1"):
        kano.categories(frame.assign(speed_present=7.0), PAIRS)
    with pytest.raises(InputError, match="no complete pair"):
        kano.categories(frame.assign(speed_present=np.nan), PAIRS)
    with pytest.raises(InputError, match="unknown category 'basic'"):
        kano.categories({"a": {"basic": 3}})
    with pytest.raises(InputError, match="whole numbers of at least 0, and not all 0"):
        kano.categories({"a": {"must_be": 0}})
    with pytest.raises(OptionError, match="'standard', 'pouliot', 'one_dimensional'"):
        kano.categories(frame, PAIRS, corners="berger")
    with pytest.raises(InputError, match="no attribute"):
        kano.categories({})


def test_without_limits_everything_is_taken():
    table = kano.trade_off(options(), "name", "value", "cost").table
    best = table[table["part"] == "best"].iloc[0]
    assert best["n"] == 5
    assert best["value"] == pytest.approx(20.5)
    assert set(table["part"]) == {"front", "best"}


def test_the_front_rises_in_value_and_cost():
    result = kano.trade_off(options(), "name", "value", "cost", limits={"minutes": 60}, required="law")
    front = result.table[result.table["part"] == "front"]
    assert (np.diff(front["value"]) > 0).all()
    assert (np.diff(front["cost"]) > 0).all()
    assert front["choice"].str.contains("tracking").all()


def test_a_limit_that_does_not_bind_has_no_price():
    result = kano.trade_off(options(), "name", "value", "cost", limits={"minutes": 1000, "cost": 60})
    assert result.value("minutes") == 0
    assert result.value("minutes", "shadow_price") == pytest.approx(0)
    assert result.value("cost") > 0
    assert result.value("cost", "shadow_price") > 0


def test_a_limit_met_exactly_is_met():
    frame = pd.DataFrame({"name": ["a", "b", "c"], "value": [1.0, 1, 1], "cost": [0.1, 0.2, 0.3]})
    assert kano.trade_off(frame, "name", "value", "cost", limits={"cost": 0.6}).value("best", "n") == 3


def test_trade_off_says_what_is_wrong():
    frame = options()
    call = {"option": "name", "value": "value", "cost": "cost"}
    with pytest.raises(ModelError, match="no bundle keeps"):
        kano.trade_off(frame, **call, limits={"cost": 5}, required="law")
    with pytest.raises(InputError, match="'tracking' is both required and forbidden"):
        kano.trade_off(frame, **call, required="law", forbidden="law")
    with pytest.raises(InputError, match="needs its own name"):
        kano.trade_off(frame.assign(name="x"), **call)
    with pytest.raises(InputError, match="empty cells in cost"):
        kano.trade_off(frame.assign(cost=np.nan), **call)
    with pytest.raises(InputError, match="'minutes' must hold 0 or 1"):
        kano.trade_off(frame, **call, required="minutes")
    many = pd.DataFrame({"name": range(21), "value": 1.0, "cost": 1.0})
    with pytest.raises(InputError, match="21 options have too many bundles"):
        kano.trade_off(many, **call)


def test_sensitivity_refuses_ends_that_do_not_enclose():
    frame = pd.DataFrame(
        {"o": ["a", "b"], "v": [1.0, 2.0], "c": [1.0, 1.0], "low": [0.0, 3.0], "high": [2.0, 4.0]}
    )
    with pytest.raises(InputError, match="do not for b"):
        kano.sensitivity(frame, "o", "v", "c", low="low", high="high")
