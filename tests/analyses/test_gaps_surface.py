"""Surface, penalty and reward, reliability of a difference: edges, messages, properties and recovery."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses import gaps
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.moments import Moments
from klantstudie.numerics import surface as numerics
from klantstudie.numerics.resampling import case_counts
from tests.examples.gaps import EXPECTATION, PERCEPTION, customers


def simulated(n: int, seed: int, b: tuple[float, ...], noise: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, y = rng.multivariate_normal([1, 0.5], [[1, 0.4], [0.4, 1.2]], size=n).T
    return pd.DataFrame({"E": x, "P": y, "Y": numerics.design(x, y) @ b + rng.normal(scale=noise, size=n)})


def test_bootstrap_is_a_plain_loop_over_resamples():
    frame = simulated(60, 1, (5, 0.2, 0.6, 0.1, -0.1, 0.05))
    plan = numerics.design(frame["E"].to_numpy(), frame["P"].to_numpy())
    fast = numerics.resampled(plan, frame["Y"].to_numpy(), 50, np.random.default_rng(3))
    counts = np.concatenate(list(case_counts(60, 50, np.random.default_rng(3)))).astype(int)
    slow = [
        np.linalg.lstsq(plan[rows], frame["Y"].to_numpy()[rows], rcond=None)[0]
        for rows in (np.repeat(np.arange(60), count) for count in counts)
    ]
    np.testing.assert_allclose(fast, slow, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("errors", ["classic", "hc3", "bootstrap"])
def test_a_true_difference_score_is_justified(errors):
    frame = simulated(400, 2, (5, -0.6, 0.6, 0, 0, 0))
    result = gaps.surface(frame, "Y", "E", "P", center=0, errors=errors, n_boot=1000)
    assert result.info["decision"] == "justified"
    assert result.fit["r_squared_gap"] == pytest.approx(result.fit["r_squared_linear"], abs=0.01)


def test_noise_leaves_the_difference_score_undecided():
    assert gaps.surface(simulated(80, 4, (5, 0, 0, 0, 0, 0)), "Y", "E", "P", center=0).info["decision"] == (
        "inconclusive"
    )


@pytest.mark.parametrize("errors", ["classic", "hc3", "bootstrap"])
def test_surface_intervals_cover_the_truth(errors):
    b = np.array([5, 0.3, 0.7, -0.1, 0.15, -0.1])
    truth = np.concatenate([b, numerics.LINES @ b])
    inside = []
    for seed in range(40):
        table = gaps.surface(
            simulated(120, 100 + seed, tuple(b)), "Y", "E", "P", center=0, errors=errors, n_boot=500
        ).table[:11]
        inside.append((table["conf_low"] <= truth) & (truth <= table["conf_high"]))
    assert 0.91 < np.mean(inside) < 0.98


def test_centring_moves_the_lines_and_not_the_model():
    frame = customers()
    one = gaps.surface(frame, "satisfaction", EXPECTATION, PERCEPTION, center=4)
    two = gaps.surface(frame, "satisfaction", EXPECTATION, PERCEPTION, center=5)
    for name in ("r_squared", "f_gap", "p_quadratic"):
        assert one.fit[name] == pytest.approx(two.fit[name], rel=1e-9)
    for term in ("b3", "b4", "b5"):
        assert one.value(term) == pytest.approx(two.value(term), rel=1e-8)
    assert one.value("x0") - two.value("x0") == pytest.approx(1, abs=1e-6)


def test_a_plane_has_no_stationary_point():
    assert np.isnan(numerics.axes(np.array([1.0, 2, 3, 0, 0, 0]))).all()


def test_surface_says_what_is_wrong():
    frame = customers()
    with pytest.raises(OptionError, match="center: give the middle of the scale"):
        gaps.surface(frame, "satisfaction", EXPECTATION, PERCEPTION)
    with pytest.raises(OptionError, match="'classic', 'hc3', 'bootstrap'"):
        gaps.surface(frame, "satisfaction", "e1", "p1", center=4, errors="hc4")
    with pytest.raises(ModelError, match="combinations of one another"):
        gaps.surface(frame.assign(p1=frame["e1"]), "satisfaction", "e1", "p1", center=4)
    with pytest.raises(InputError, match="at least 7"):
        gaps.surface(frame.iloc[:6], "satisfaction", "e1", "p1", center=4)
    tiny = pd.DataFrame(
        {"E": [1.0, 2, 3, 1, 2, 3, 2, 1], "P": [1.0, 1, 2, 3, 3, 1, 2, 2], "Y": [1.0, 2, 3, 4, 3, 2, 1, 2]}
    )
    with pytest.raises(ModelError, match="resamples have no solution"):
        gaps.surface(tiny, "Y", "E", "P", center=2, errors="bootstrap")


def test_surface_from_moments_refuses_what_moments_cannot_do():
    frame = simulated(50, 5, (5, 0.2, 0.6, 0, 0, 0))
    squares = frame.assign(**{"E^2": frame["E"] ** 2, "E*P": frame["E"] * frame["P"], "P^2": frame["P"] ** 2})
    moments = Moments.from_frame(squares, list(squares.columns))
    assert gaps.surface(moments, "Y", "E", "P").value("a1") == pytest.approx(
        gaps.surface(frame, "Y", "E", "P", center=0).value("a1")
    )
    with pytest.raises(OptionError, match="cannot be centred again"):
        gaps.surface(moments, "Y", "E", "P", center=0)
    with pytest.raises(OptionError, match="needs the answers"):
        gaps.surface(moments, "Y", "E", "P", errors="hc3")
    with pytest.raises(InputError, match="one column each"):
        gaps.surface(moments, "Y", ["E"], "P")


def test_penalty_reward_finds_the_asymmetry():
    rng = np.random.default_rng(6)
    marks = pd.DataFrame(
        {name: rng.integers(1, 6, 600) for name in ("basic", "delight", "linear", "nothing")}
    )
    outcome = (
        -1.5 * (marks["basic"] <= 2)
        + 1.5 * (marks["delight"] >= 4)
        - (marks["linear"] <= 2)
        + (marks["linear"] >= 4)
    )
    frame = marks.assign(Y=outcome + rng.normal(scale=0.7, size=600))
    table = gaps.penalty_reward(frame, "Y", list(marks), cuts=(2, 4)).table.set_index(["term", "part"])
    found = [table.loc[(name, "contrast"), "category"] for name in marks]
    assert found == ["must_be", "attractive", "one_dimensional", "inconclusive"]


def test_a_sure_penalty_and_an_unsure_reward_decide_nothing():
    table = gaps.penalty_reward(customers(), "satisfaction", PERCEPTION, cuts=(4, 6)).table
    row = table[(table["term"] == "p1") & (table["part"] == "contrast")].iloc[0]
    assert row["p_adjusted"] > 0.05
    assert row["category"] == "inconclusive"


def test_penalty_reward_says_what_is_wrong():
    frame = customers()
    with pytest.raises(InputError, match="nobody gave 'p1' a low mark"):
        gaps.penalty_reward(frame, "satisfaction", ["p1"], cuts=(0, 6))
    with pytest.raises(OptionError, match="must lie below"):
        gaps.penalty_reward(frame, "satisfaction", ["p1"], cuts=(6, 4))
    with pytest.raises(OptionError, match="cuts must be two numbers"):
        gaps.penalty_reward(frame, "satisfaction", ["p1"], cuts=4)
    with pytest.raises(InputError, match="the marks of twin follow from the others"):
        gaps.penalty_reward(frame.assign(twin=frame["p1"]), "satisfaction", ["p1", "twin"], cuts=(4, 6))


def test_the_difference_of_alike_sides_is_unreliable():
    rng = np.random.default_rng(7)
    trait = rng.normal(size=(400, 1))
    items = trait + rng.normal(scale=0.6, size=(400, 6))
    frame = pd.DataFrame(items, columns=["e1", "e2", "e3", "p1", "p2", "p3"])
    result = gaps.difference_reliability(frame, ["e1", "e2", "e3"], ["p1", "p2", "p3"], n_boot=0)
    assert result.value("expectation") > 0.85
    assert abs(result.value("difference")) < 0.2
    assert result.table["conf_low"].isna().all()
    assert result.info["seed"] is None


def test_difference_reliability_says_what_is_wrong():
    frame = customers()
    with pytest.raises(InputError, match="alpha needs two items; given: 1"):
        gaps.difference_reliability(frame, ["e1"], ["p1", "p2"])
    with pytest.raises(InputError, match="at once: e1"):
        gaps.difference_reliability(frame, ["e1", "e2"], ["p1", "e1"])
    twins = frame.assign(t1=frame["e1"], t2=frame["e2"])
    with pytest.raises(InputError, match="has no variance"):
        gaps.difference_reliability(twins, ["e1", "e2"], ["t1", "t2"])


def test_an_outcome_that_never_changes_has_no_surface():
    frame = customers().assign(satisfaction=8.0)
    with pytest.raises(InputError, match="answers to 'satisfaction' are the same; nothing varies with them"):
        gaps.surface(frame, "satisfaction", "e1", "p1", center=4)
