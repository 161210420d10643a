"""The drivers room: edges, messages, properties and recovery; its numbers are held in tests/reference/drivers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klantstudie.analyses import drivers
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.moments import Moments
from klantstudie.numerics import auc, importance, resampling
from tests.examples.gaps import customers

MARKS = ["p1", "p2", "p3"]
CORR = np.array([[1, 0.5, 0.3, 0.6], [0.5, 1, 0.2, 0.4], [0.3, 0.2, 1, 0.1], [0.6, 0.4, 0.1, 1]])


@pytest.mark.parametrize("function", [drivers.relative_weights, drivers.dominance])
def test_shares_sum_to_the_explained_variance(function):
    whole = drivers.regression(customers(), "satisfaction", MARKS).fit["r_squared"]
    result = function(customers(), "satisfaction", MARKS, n_boot=0)
    assert result.table["estimate"].sum() == pytest.approx(whole)
    assert result.table["share"].sum() == pytest.approx(1)
    assert result.info["seed"] is None


@pytest.mark.parametrize("function", [drivers.relative_weights, drivers.dominance])
def test_unrelated_predictors_get_their_squared_correlation(function):
    corr = np.eye(4)
    corr[-1, :3] = corr[:3, -1] = [0.5, 0.3, 0.1]
    table = function(
        Moments(("a", "b", "c", "y"), None, None, corr, 80), "y", ["a", "b", "c"], n_boot=0
    ).table
    assert table["estimate"].tolist() == pytest.approx([0.25, 0.09, 0.01])


@settings(max_examples=20, deadline=None)
@given(factor=st.floats(0.1, 20), shift=st.floats(-50, 50))
def test_units_do_not_matter(factor, shift):
    frame = customers()
    moved = frame.assign(p1=frame["p1"] * factor + shift)
    for function in (drivers.relative_weights, drivers.dominance):
        one = function(frame, "satisfaction", MARKS, n_boot=0).table["estimate"]
        two = function(moved, "satisfaction", MARKS, n_boot=0).table["estimate"]
        np.testing.assert_allclose(one, two, rtol=1e-7)


def test_stacks_are_the_same_as_one_by_one():
    draws = resampling.normal_covariances(CORR, 50, 20, np.random.default_rng(1))
    for function in (importance.relative_weights, importance.general_dominance):
        np.testing.assert_allclose(function(draws), [function(one) for one in draws], rtol=1e-10)


def test_orders_of_entry_agree_with_all_subsets():
    found, error = importance.sampled_dominance(CORR, 4000, np.random.default_rng(2))
    assert (np.abs(found - importance.general_dominance(CORR)) < 4 * error + 1e-12).all()


def test_noise_is_added_as_if_it_were_drawn():
    rng = np.random.default_rng(3)
    values = rng.multivariate_normal(np.zeros(4), CORR, size=30)
    cov = np.cov(values, rowvar=False)
    short = importance.with_noise(np.repeat(cov[None], 20000, axis=0), 30, rng)[:, 0]
    long = np.array(
        [np.cov(np.column_stack([rng.normal(size=30), values]), rowvar=False)[0] for _ in range(5000)]
    )
    np.testing.assert_allclose(short.mean(0), long.mean(0), atol=0.02)
    np.testing.assert_allclose(short.std(0), long.std(0), rtol=0.06)


def test_a_random_predictor_is_not_supported():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=["real", "noise", "y"])
    frame["y"] += frame["real"]
    table = drivers.relative_weights(frame, "y", ["real", "noise"], n_boot=1000).table.set_index("term")
    assert table["decision"].to_dict() == {"real": "supported", "noise": "inconclusive"}
    assert table.loc["real", "p_value"] == pytest.approx(1 / 1001)


def test_weight_intervals_cover():
    truth = importance.relative_weights(CORR)
    rng = np.random.default_rng(6)
    inside = []
    for seed in range(60):
        frame = pd.DataFrame(rng.multivariate_normal(np.zeros(4), CORR, size=200), columns=[*"abcy"])
        table = drivers.relative_weights(frame, "y", ["a", "b", "c"], n_boot=400, seed=seed).table[:2]
        inside.append((table["conf_low"] <= truth[:2]) & (truth[:2] <= table["conf_high"]))
    assert 0.88 < np.mean(inside) < 0.99


def test_many_predictors_need_no_bootstrap():
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(rng.normal(size=(60, 17)), columns=[f"x{i}" for i in range(17)])
    names = list(frame.columns[:16])
    with pytest.raises(OptionError, match="16 predictors have too many subsets"):
        drivers.dominance(frame, "x16", names)
    result = drivers.dominance(frame, "x16", names, n_boot=0, n_orders=50, seed=4)
    assert result.info["seed"] == 4
    assert (result.table["std_error"] > 0).all()


@pytest.mark.parametrize("function", [drivers.relative_weights, drivers.dominance, drivers.regression])
def test_combinations_are_refused(function):
    frame = customers().assign(sum=lambda d: d["p1"] + d["p2"])
    with pytest.raises(InputError, match="combination of"):
        function(frame, "satisfaction", ["p1", "p2", "sum"])
    with pytest.raises(InputError, match="'p1' is the outcome"):
        function(frame, "p1", ["p1", "p2"])


def test_moments_have_their_limits():
    moments = Moments(("a", "b", "y"), None, None, np.array([[1, 0.2, 0.3], [0.2, 1, 0.1], [0.3, 0.1, 1]]), 3)
    with pytest.raises(InputError, match="need more than 3 cases"):
        drivers.relative_weights(moments, "y", ["a", "b"])
    with pytest.raises(OptionError, match="moments allow only robust='classic'"):
        drivers.regression(moments, "y", ["a", "b"])
    with pytest.raises(InputError, match="no standard deviation"):
        drivers.regression(moments, "y", ["a", "b"], robust="classic")


def test_too_few_cases_and_one_cluster():
    frame = customers()
    with pytest.raises(ModelError, match="3 cases cannot carry"):
        drivers.regression(frame.iloc[:3], "satisfaction", ["p1", "p2"])
    with pytest.raises(InputError, match="at least two clusters"):
        drivers.regression(frame.assign(one="x"), "satisfaction", ["p1"], cluster="one")
    some = frame.assign(branch=frame["branch"].where(frame.index > 4))
    assert drivers.regression(some, "satisfaction", ["p1"], cluster="branch").info["n_excluded"] == 8


def test_retention_needs_a_yes_and_a_no():
    frame = customers()
    with pytest.raises(InputError, match="'renewed' must hold both 0 and 1"):
        drivers.retention(frame.assign(renewed=1), "renewed", ["satisfaction"])
    with pytest.raises(InputError, match="'renewed' must hold both 0 and 1"):
        drivers.retention(frame.assign(renewed=frame["renewed"] + 1), "renewed", ["satisfaction"])
    with pytest.raises(ModelError, match="separate the outcome"):
        drivers.retention(frame.assign(copy=frame["renewed"] * 2), "renewed", ["copy"])


def test_turning_the_outcome_round_turns_all_signs():
    frame = customers()
    one = drivers.retention(frame, "renewed", ["satisfaction", "recommend"])
    two = drivers.retention(
        frame.assign(renewed=1 - frame["renewed"]), "renewed", ["satisfaction", "recommend"]
    )
    for part in ("coefficient", "marginal"):
        assert one.value("satisfaction", part=part) == pytest.approx(-two.value("satisfaction", part=part))
    assert one.value("satisfaction", part="auc") == pytest.approx(1 - two.value("satisfaction", part="auc"))


def test_ties_count_half_in_the_area():
    area, cov = auc.areas(np.array([1.0, 1, 1, 1]), np.array([0, 1, 0, 1]))
    assert area[0] == 0.5
    assert cov[0, 0] == 0


def test_dominance_is_what_pingouin_calls_relative_importance():
    import pingouin

    frame = customers()[[*MARKS, "satisfaction"]].dropna()
    theirs = pingouin.linear_regression(frame[MARKS], frame["satisfaction"], relimp=True)["relimp"].iloc[1:]
    ours = drivers.dominance(frame, "satisfaction", MARKS, n_boot=0).table["estimate"]
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def test_scores_that_differ_by_rounding_alone_are_ties():
    scores = np.array([0.3, 0.1 + 0.2, 0.1, 0.5])
    area, _ = auc.areas(scores, np.array([0, 1, 0, 1]))
    assert area == pytest.approx([(0.5 + 1 + 1 + 1) / 4], abs=1e-15)


@pytest.mark.parametrize("cluster", [None, "branch"])
def test_an_outcome_that_never_changes_has_no_drivers(cluster):
    frame = customers().assign(satisfaction=8.0)
    with pytest.raises(InputError, match="all 58 answers to 'satisfaction' are the same"):
        drivers.regression(frame, "satisfaction", ["p1", "p2"], cluster=cluster)
