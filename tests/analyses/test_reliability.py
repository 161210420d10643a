"""Edges, errors and properties of the reliability room."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klantstudie.analyses import reliability
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.moments import Moments
from tests.examples.reliability import ITEMS, make_frame


def test_moments_and_frame_give_the_same_numbers():
    frame = make_frame()
    moments = Moments.from_frame(frame, ITEMS)
    for call in (reliability.alpha, reliability.item_statistics):
        left, right = call(frame, ITEMS).table, call(moments, ITEMS).table
        pd.testing.assert_frame_equal(
            left.drop(columns="n_missing", errors="ignore"), right.drop(columns="n_missing", errors="ignore")
        )
    left = reliability.omega(frame, ITEMS, n_boot=0).value("omega_total")
    assert left == pytest.approx(reliability.omega(moments, ITEMS, n_boot=0).value("omega_total"), abs=1e-12)


def test_moments_without_standard_deviations_ask_for_standardized():
    frame = make_frame()
    full = Moments.from_frame(frame, ITEMS)
    bare = Moments(full.columns, None, None, full.corr, full.n)
    with pytest.raises(InputError, match="standardized=True"):
        reliability.alpha(bare, ITEMS)
    expected = reliability.alpha(frame, ITEMS, standardized=True).value("alpha")
    assert reliability.alpha(bare, ITEMS, standardized=True).value("alpha") == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.1, 50), st.integers(0, 5))
def test_standardized_alpha_does_not_depend_on_the_scale_of_an_item(factor, place):
    frame = make_frame()
    scaled = frame.assign(**{ITEMS[place]: frame[ITEMS[place]] * factor})
    before = reliability.alpha(frame, ITEMS, standardized=True).value("alpha")
    assert reliability.alpha(scaled, ITEMS, standardized=True).value("alpha") == pytest.approx(before)


def test_parallel_items_have_equal_alpha_and_omega():
    corr = np.full((5, 5), 0.4) + 0.6 * np.eye(5)
    moments = Moments(tuple("abcde"), None, np.ones(5), corr, 200)
    assert reliability.alpha(moments, list("abcde")).value("alpha") == pytest.approx(5 * 0.4 / (1 + 4 * 0.4))
    assert reliability.omega(moments, list("abcde"), n_boot=0).value("omega_total") == pytest.approx(
        5 * 0.4 / (1 + 4 * 0.4)
    )


def test_a_reversed_item_is_named_and_alpha_if_dropped_keeps_one_footing():
    frame = make_frame().assign(a2=lambda d: 6 - d["a2"])
    result = reliability.item_statistics(frame, ITEMS)
    assert result.info["negative_items"] == ("a2",)
    without = [item for item in ITEMS if item != "a2"]
    # if_dropped uses the rows that are complete on all items, so the same rows are taken here
    kept = frame.dropna(subset=ITEMS)
    assert result.value("a2", "if_dropped") == pytest.approx(reliability.alpha(kept, without).value("alpha"))


def test_two_items_have_no_alpha_if_dropped():
    result = reliability.item_statistics(make_frame(), ITEMS[:2])
    assert result.table["if_dropped"].isna().all()


def test_constant_item_single_item_and_two_cases():
    frame = make_frame()
    with pytest.raises(InputError, match="no variance.*a1"):
        reliability.alpha(frame.assign(a1=3.0), ITEMS)
    with pytest.raises(InputError, match="at least 2 items"):
        reliability.alpha(frame, ["a1"])
    with pytest.raises(InputError, match="complete on a1"):
        reliability.alpha(frame.assign(a1=np.nan), ITEMS)
    two = pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 3.0]})
    assert np.isfinite(reliability.alpha(two, ["a", "b"]).value("alpha"))


def test_wrong_options_say_what_is_right():
    with pytest.raises(OptionError, match="'total', 'hierarchical'"):
        reliability.omega(make_frame(), ITEMS, kind="totaal")
    with pytest.raises(OptionError, match="conf_level"):
        reliability.alpha(make_frame(), ITEMS, conf_level=95)
    with pytest.raises(OptionError, match="n_factors"):
        reliability.omega(make_frame(), ITEMS, kind="hierarchical", n_factors=1)
    with pytest.raises(InputError, match="at least 8 items"):
        reliability.omega(make_frame(), ITEMS, kind="hierarchical", n_factors=4)


def test_omega_says_when_the_factor_is_improper():
    corr = np.array([[1, 0.9, 0.2], [0.9, 1, 0.25], [0.2, 0.25, 1]])
    corr[0, 2] = corr[2, 0] = 0.6
    moments = Moments(("a", "b", "c"), None, np.ones(3), corr, 100)
    with pytest.raises(ModelError, match="uniqueness of zero"):
        reliability.omega(moments, ["a", "b", "c"])


def test_omega_interval_from_moments_is_close_to_that_of_normal_data():
    rng = np.random.default_rng(5)
    factor = rng.standard_normal((400, 1))
    frame = pd.DataFrame(0.7 * factor + 0.7 * rng.standard_normal((400, 4)), columns=list("abcd"))
    raw = reliability.omega(frame, list("abcd")).row("omega_total")
    drawn = reliability.omega(Moments.from_frame(frame, list("abcd")), list("abcd")).row("omega_total")
    assert raw["conf_low"] == pytest.approx(drawn["conf_low"], abs=0.015)
    assert raw["conf_high"] == pytest.approx(drawn["conf_high"], abs=0.015)


def test_seed_decides_the_interval():
    one, two, other = (
        reliability.omega(make_frame(), ITEMS, n_boot=50, seed=s).row("omega_total") for s in (1, 1, 2)
    )
    assert one["conf_low"] == two["conf_low"] != other["conf_low"]


def test_more_items_than_cases():
    frame = pd.DataFrame(np.random.default_rng(1).standard_normal((4, 6)), columns=ITEMS)
    assert np.isfinite(reliability.alpha(frame, ITEMS).value("alpha"))
    with pytest.raises(ModelError, match="uniqueness of zero"):
        reliability.omega(frame, ITEMS)
    few = Moments(("a", "b", "c", "d"), None, np.ones(4), np.full((4, 4), 0.5) + 0.5 * np.eye(4), 4)
    with pytest.raises(ModelError, match="more cases than variables.*n_boot=0"):
        reliability.omega(few, list("abcd"), n_boot=10)


def test_ordinal_alpha_refuses_continuous_answers_and_names_an_edge():
    frame = pd.DataFrame(np.random.default_rng(1).standard_normal((60, 3)), columns=list("abc"))
    with pytest.raises(InputError, match="more than 20 different answers"):
        reliability.ordinal_alpha(frame, list("abc"))
    ladder = np.arange(40) % 4
    same = pd.DataFrame({"a": ladder, "b": ladder, "c": np.roll(ladder, 20)})
    assert "a with b" in reliability.ordinal_alpha(same, list("abc")).info["note"]


def test_two_factor_omega_says_that_it_is_not_identified():
    result = reliability.omega(make_frame(), ITEMS, kind="hierarchical", n_factors=2, n_boot=0)
    assert "do not identify" in result.info["note"]


@pytest.mark.slow
def test_feldt_interval_covers():
    rng = np.random.default_rng(2026)
    truth = 5 * 0.5 / (1 + 4 * 0.5)
    hits = 0
    for _ in range(1000):
        data = np.sqrt(0.5) * (rng.standard_normal((60, 1)) + rng.standard_normal((60, 5)))
        row = reliability.alpha(pd.DataFrame(data, columns=list("abcde")), list("abcde")).table.iloc[0]
        hits += row["conf_low"] <= truth <= row["conf_high"]
    assert abs(hits / 1000 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 1000)


def ordered_answers(n: int = 200) -> pd.DataFrame:
    draw = np.random.default_rng(3)
    latent = 0.7 * draw.standard_normal((n, 1)) + 0.7 * draw.standard_normal((n, 4))
    return pd.DataFrame(np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]).astype(float), columns=list("abcd"))


def test_ordinal_omega_is_that_of_the_sum_and_names_a_turned_item():
    frame = ordered_answers()
    plain = reliability.ordinal_omega(frame, list("abcd"))
    assert plain.info["negative_items"] == ()
    assert plain.value("ordinal_omega") < reliability.ordinal_alpha(frame, list("abcd")).value(
        "ordinal_alpha"
    )
    turned = reliability.ordinal_omega(frame.assign(a=4 - frame["a"]), list("abcd"))
    assert turned.info["negative_items"] == ("a",)


def test_ordinal_omega_of_many_categories_nears_omega():
    draw = np.random.default_rng(5)
    latent = 0.8 * draw.standard_normal((4000, 1)) + 0.6 * draw.standard_normal((4000, 3))
    frame = pd.DataFrame(np.digitize(latent, np.linspace(-2.4, 2.4, 17)).astype(float), columns=list("abc"))
    fine = reliability.ordinal_omega(frame, list("abc")).value("ordinal_omega")
    assert fine == pytest.approx(
        reliability.omega(frame, list("abc"), n_boot=0).value("omega_total"), abs=0.01
    )


def test_ordinal_omega_says_when_there_is_none():
    frame = ordered_answers()
    with pytest.raises(InputError, match="at least 3 items"):
        reliability.ordinal_omega(frame, ["a", "b"])
    with pytest.raises(InputError, match="more than 20 different answers"):
        reliability.ordinal_omega(frame.assign(a=np.arange(200.0)), list("abc"))
    one, two = np.random.default_rng(4).standard_normal((2, 400))  # b and c share less than each has with a
    heywood = pd.DataFrame({"a": one + two, "b": one + 0.3 * two, "c": two + 0.3 * one})
    heywood = pd.DataFrame(np.digitize(heywood, [-1.0, 0.0, 1.0]).astype(float), columns=list("abc"))
    with pytest.raises(ModelError, match="more than wholly"):
        reliability.ordinal_omega(heywood, list("abc"))
    with pytest.raises(ModelError, match=r"runs to \+1"):
        reliability.ordinal_omega(frame.assign(b=frame["a"]), list("abc"))


def test_scales_say_which_coefficient_does_not_exist():
    frame = ordered_answers().assign(slider=np.random.default_rng(2).uniform(0, 100, 200))
    found = reliability.scales(
        frame, {"pair": ["a", "b"], "fine": ["a", "b", "slider"]}, ordered=True, n_boot=0
    )
    notes = {(row.term, row.part): row.note for row in found.table.itertuples()}
    assert notes["pair", "ordinal_omega"] == "two items" and notes["pair", "ordinal_alpha"] == ""
    assert notes["fine", "ordinal_alpha"] == "more than 20 different answers"
    with pytest.raises(InputError, match="not moments"):
        reliability.scales(Moments.from_frame(frame, list("abc")), {"x": list("abc")}, ordered=True)


def test_item_statistics_of_several_scales_are_those_of_each():
    frame = ordered_answers()
    both = reliability.item_statistics(frame, {"one": ["a", "b", "c"], "two": ["b", "d"], "single": ["a"]})
    assert list(dict.fromkeys(both.table["group"])) == ["one", "two"]
    alone = reliability.item_statistics(frame, ["a", "b", "c"])
    assert both.value("b", "item_rest", group="one") == alone.value("b", "item_rest")
    with pytest.raises(InputError, match="no scale has two items"):
        reliability.item_statistics(frame, {"single": ["a"]})
