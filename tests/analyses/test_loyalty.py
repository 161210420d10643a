"""The loyalty room: edges, messages, properties and coverage; numbers are in tests/reference/loyalty."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klantstudie.analyses import loyalty
from klantstudie.errors import InputError, OptionError
from klantstudie.moments import Moments
from tests.examples.gaps import customers

INTERVALS = ("wald", "adjusted_wald", "score")


def test_counts_and_answers_give_the_same_score():
    frame = customers()
    counts = frame["recommend"].value_counts().to_dict()
    pd.testing.assert_frame_equal(
        loyalty.nps(frame, "recommend").table, loyalty.nps(counts, "recommend").table
    )
    groups = {name: part["recommend"].value_counts().to_dict() for name, part in frame.groupby("branch")}
    pd.testing.assert_frame_equal(
        loyalty.nps_difference(frame, "recommend", "branch").table,
        loyalty.nps_difference(groups, "recommend").table,
    )


def test_equal_weights_give_the_plain_score():
    frame = customers().assign(weight=2.0)
    weighted = loyalty.nps(frame, "recommend", weights="weight")
    plain = loyalty.nps(frame, "recommend")
    assert weighted.value("recommend") == pytest.approx(plain.value("recommend"))
    n = plain.value("recommend", "n")
    assert weighted.value("recommend", "n_effective") == pytest.approx(n)
    assert weighted.value("recommend", "std_error") == pytest.approx(
        plain.value("recommend", "std_error") * np.sqrt(n / (n - 1))
    )


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("counts", [{10: 5}, {0: 5}, {8: 5}, {10: 1, 0: 1}, {10: 1}])
def test_intervals_at_the_edge_stay_on_the_scale(interval, counts):
    row = loyalty.nps(counts, interval=interval).table.iloc[0]
    if interval == "wald" and len(counts) == 1:
        assert np.isnan(row["conf_low"])
        assert np.isnan(row["conf_high"])
        return
    assert -100 <= row["conf_low"] <= row["conf_high"] <= 100
    if interval == "score":
        assert row["conf_low"] - 1e-6 <= row["estimate"] <= row["conf_high"] + 1e-6
        assert row["conf_high"] - row["conf_low"] > 20


@settings(max_examples=60, deadline=None)
@given(counts=st.tuples(*[st.integers(0, 40)] * 3).filter(sum), interval=st.sampled_from(INTERVALS))
def test_turning_the_scale_round_turns_the_interval_round(counts, interval):
    up, middle, down = counts
    one = loyalty.nps({10: up, 8: middle, 0: down}, interval=interval).table.iloc[0]
    other = loyalty.nps({10: down, 8: middle, 0: up}, interval=interval).table.iloc[0]
    assert one["estimate"] == pytest.approx(-other["estimate"])
    assert one["conf_low"] == pytest.approx(-other["conf_high"], abs=1e-4, nan_ok=True)
    assert one["conf_high"] == pytest.approx(-other["conf_low"], abs=1e-4, nan_ok=True)


@pytest.mark.parametrize(("interval", "least"), [("adjusted_wald", 0.935), ("score", 0.935)])
def test_small_sample_intervals_cover(interval, least):
    """Exact coverage over all outcomes of ten answers, promoters 30%, detractors 20%."""
    from scipy.stats import multinomial

    inside = 0.0
    for up in range(11):
        for down in range(11 - up):
            row = loyalty.nps({10: up, 8: 10 - up - down, 0: down}, interval=interval).table.iloc[0]
            chance = multinomial.pmf([up, 10 - up - down, down], 10, [0.3, 0.5, 0.2])
            inside += chance * (row["conf_low"] <= 10 <= row["conf_high"])
    assert inside > least


def test_the_bands_of_other_scales_must_be_given():
    frame = pd.DataFrame({"recommend": [1, 2, 3, 4, 5]})
    with pytest.raises(OptionError, match="scale of 1 to 5 has no agreed promoters"):
        loyalty.nps(frame, "recommend", scale=(1, 5))
    assert loyalty.nps(frame, "recommend", scale=(1, 5), bands=(3, 5)).value("recommend") == pytest.approx(
        -40
    )
    with pytest.raises(OptionError, match="bands must lie on the scale"):
        loyalty.nps(frame, "recommend", scale=(1, 5), bands=(3, 6))
    with pytest.raises(OptionError, match="lowest and highest answer"):
        loyalty.nps(frame, "recommend", scale=(5, 1))


def test_answers_off_the_scale_are_named():
    with pytest.raises(InputError, match="'recommend' holds 11, which lies outside"):
        loyalty.nps(pd.DataFrame({"recommend": [11, 5]}), "recommend")
    with pytest.raises(InputError, match=r"'recommend' holds 7\.5, between two points"):
        loyalty.nps(pd.DataFrame({"recommend": [7.5, 5]}), "recommend")
    with pytest.raises(InputError, match="no usable answer"):
        loyalty.nps(pd.DataFrame({"recommend": [np.nan, np.nan]}), "recommend")
    with pytest.raises(InputError, match="counts must be whole numbers"):
        loyalty.nps({10: 1.5})
    with pytest.raises(InputError, match="counts must be numbers per answer"):
        loyalty.nps({"ten": 1})


def test_weights_are_checked_and_zero_weight_leaves():
    frame = customers()
    with pytest.raises(InputError, match="negative weights"):
        loyalty.nps(frame.assign(weight=-frame["weight"]), "recommend", weights="weight")
    with pytest.raises(OptionError, match="has no weighted form"):
        loyalty.nps(frame, "recommend", weights="weight", interval="score")
    frame.loc[0, "weight"] = 0
    assert loyalty.nps(frame, "recommend", weights="weight").info["n_excluded"] == 2


def test_weights_of_one_size_change_shares_and_means_by_the_factor_of_n_only():
    frame = customers().assign(weight=3.0)
    for call in (partial(loyalty.top_box, item="effort", scale=(1, 7)), loyalty.effort):
        plain, weighted = call(frame), call(frame, weights="weight")
        pd.testing.assert_series_equal(plain.table["estimate"], weighted.table["estimate"])
        assert (weighted.table["n_effective"] == plain.table["n"]).all()
    n = plain.value("effort", "n", part="easy")
    error = plain.value("effort", "std_error", part="easy") * np.sqrt(n / (n - 1))
    assert weighted.value("effort", "std_error", part="easy") == pytest.approx(error)


def test_a_weighted_share_of_nobody_has_an_interval():
    frame = pd.DataFrame({"p1": [1, 2, 1, 2, 1], "weight": [1, 2, 1, 1, 1]})
    nobody = loyalty.top_box(frame, "p1", scale=(1, 7), weights="weight").row("p1")
    assert nobody["estimate"] == nobody["conf_low"] == 0
    assert nobody["conf_high"] == pytest.approx(1.96**2 / (4.5 + 1.96**2), abs=1e-4)


def test_a_score_of_promoters_only_has_no_linearised_interval():
    frame = pd.DataFrame(
        {"recommend": [9, 10, 9, 9, 10, 10], "w": [0.7, 1.1, 0.9, 1.3, 0.2, 1.7], "c": [*"aabbcc"]}
    )
    for setting in ({"weights": "w"}, {"cluster": "c"}):
        found = loyalty.nps(frame, "recommend", **setting).row("recommend")
        assert found["estimate"] == pytest.approx(100)
        assert np.isnan([found["conf_low"], found["conf_high"]]).all()


def test_a_mean_of_equal_answers_has_no_interval():
    found = loyalty.effort(pd.DataFrame({"effort": [4, 4, 4]}), "effort")
    assert np.isnan(found.value("effort", "conf_low", part="mean"))
    assert found.value("effort", "conf_high", part="easy") > 0.5


def test_counts_have_no_weights():
    for call in (loyalty.nps, partial(loyalty.top_box, scale=(0, 10))):
        with pytest.raises(OptionError, match="counts per answer have no column 'weight'"):
            call({10: 5, 1: 2}, "recommend", weights="weight")


def test_a_difference_needs_two_groups_with_variance():
    with pytest.raises(InputError, match="needs two groups"):
        loyalty.nps_difference({"2024": {10: 3, 1: 2}})
    with pytest.raises(InputError, match="neither '2024' nor '2025' has any variance"):
        loyalty.nps_difference({"2024": {10: 3}, "2025": {1: 2}})
    one = loyalty.nps_difference({"2024": {10: 3}, "2025": {1: 2, 9: 4}})
    assert np.isnan(one.fit["p_value"])


def test_the_test_of_two_groups_holds_its_level():
    rng = np.random.default_rng(3)
    chances = [0.2, 0.5, 0.3]
    rejected = []
    for _ in range(600):
        counts = {name: dict(zip((0, 8, 10), rng.multinomial(150, chances), strict=True)) for name in "ab"}
        rejected.append(loyalty.nps_difference(counts).table["p_value"].iloc[0] < 0.05)
    assert 0.025 < np.mean(rejected) < 0.08


def test_top_box_checks_boxes_and_words():
    frame = customers()
    with pytest.raises(OptionError, match="fewer than the points"):
        loyalty.top_box(frame, "p1", scale=(1, 7), boxes=7)
    with pytest.raises(OptionError, match="'top', 'bottom'"):
        loyalty.top_box(frame, "p1", scale=(1, 7), side="above")
    with pytest.raises(OptionError, match="'wilson', 'agresti_coull', 'exact'"):
        loyalty.top_box(frame, "p1", scale=(1, 7), interval="wald")
    nobody = loyalty.top_box({1: 8}, "p1", scale=(1, 7))
    assert nobody.value("p1") == 0
    assert nobody.value("p1", "conf_low") == pytest.approx(0, abs=1e-12)
    assert nobody.value("p1", "conf_high") > 0.2


def test_effort_needs_five_or_seven_points_and_two_answers():
    with pytest.raises(OptionError, match="five or seven points"):
        loyalty.effort(customers(), "effort", scale=(0, 10))
    with pytest.raises(OptionError, match="'easy', 'effort'"):
        loyalty.effort(customers(), "effort", high="hard")
    with pytest.raises(InputError, match="needs two answers"):
        loyalty.effort(pd.DataFrame({"effort": [3.0, np.nan]}), "effort")


def test_index_weights_are_checked():
    frame = customers()
    with pytest.raises(InputError, match="3 weights for 2 items"):
        loyalty.satisfaction_index(frame, ["p1", "p2"], [1, 1, 1], scale=(1, 7))
    with pytest.raises(InputError, match="no weight for p2"):
        loyalty.satisfaction_index(frame, ["p1", "p2"], {"p1": 1}, scale=(1, 7))
    with pytest.raises(InputError, match="do not sum to zero"):
        loyalty.satisfaction_index(frame, ["p1", "p2"], [1, -1], weights_of="raw", scale=(1, 7))
    bare = Moments(("p1", "p2"), None, [1, 1], [[1, 0.5], [0.5, 1]], 50)
    with pytest.raises(InputError, match="needs the means"):
        loyalty.satisfaction_index(bare, ["p1", "p2"], scale=(1, 7))


def test_an_index_of_the_ends_of_the_scale_is_0_and_100():
    low = pd.DataFrame({"a": [1.0, 1, 1, 2], "b": [1.0, 1, 2, 1]})
    assert loyalty.satisfaction_index(low, ["a", "b"], scale=(1, 2)).value("index", part="total") == 25


def test_answers_of_one_employee_that_go_together_widen_the_interval():
    rng = np.random.default_rng(3)
    employee = np.repeat(np.arange(25), 20)
    answers = np.clip(np.rint(7.5 + rng.normal(0, 1.2, 25)[employee] + rng.normal(0, 1.5, 500)), 0, 10)
    frame = pd.DataFrame({"recommend": answers, "employee": employee, "year": np.tile([1, 2], 250)})
    apart, together = loyalty.nps(frame), loyalty.nps(frame, cluster="employee")
    assert together.value("recommend") == apart.value("recommend")
    assert together.value("recommend", "std_error") > 1.5 * apart.value("recommend", "std_error")
    # An employee who serves in both years is the same in both, so that the difference is surer than it seems.
    assert (
        loyalty.nps_difference(frame, group="year", cluster="employee").table["std_error"].iloc[0]
        < loyalty.nps_difference(frame, group="year").table["std_error"].iloc[0]
    )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda f: loyalty.nps(f, cluster="who", interval="score"), OptionError, "no form for clusters"),
        (lambda f: loyalty.nps({9: 3, 2: 4}, cluster="who"), OptionError, "give a frame"),
        (lambda f: loyalty.nps(f.assign(who="one"), cluster="who"), InputError, "at least two"),
    ],
)
def test_clusters_that_cannot_be_used_are_refused(call, error, message):
    frame = pd.DataFrame({"recommend": [9.0, 2.0, 7.0, 10.0], "who": ["a", "a", "b", "b"]})
    with pytest.raises(error, match=message):
        call(frame)
