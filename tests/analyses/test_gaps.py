"""The gaps room: edges, messages and properties; its numbers are held in tests/reference/gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klantstudie.analyses import gaps
from klantstudie.errors import InputError, OptionError
from klantstudie.moments import Moments
from tests.examples.gaps import EXPECTATION, IMPORTANCE, PERCEPTION, customers


def test_moments_and_answers_give_the_same_gap():
    frame = customers().dropna(subset=[*EXPECTATION, *PERCEPTION])
    dimensions = {"contact": ["p1", "p2"]}
    answers = gaps.servqual(frame, EXPECTATION, PERCEPTION, dimensions=dimensions).table
    moments = Moments.from_frame(frame, [*EXPECTATION, *PERCEPTION])
    printed = gaps.servqual(moments, EXPECTATION, PERCEPTION, dimensions=dimensions).table
    pd.testing.assert_frame_equal(answers.drop(columns="p_rank"), printed.drop(columns="p_rank"), rtol=1e-9)
    assert printed["p_rank"].isna().all()


def test_pairwise_keeps_more_cases_than_listwise():
    listwise = gaps.servqual(customers(), EXPECTATION, PERCEPTION)
    pairwise = gaps.servqual(customers(), EXPECTATION, PERCEPTION, missing="pairwise")
    assert listwise.info["n_used"] == 57
    assert pairwise.value("p3", "n", part="pair") == 60
    assert pairwise.info["n_used"] == 60


def test_a_gap_without_spread_has_no_test():
    frame = pd.DataFrame({"e": [3.0, 4, 5, 6], "p": [4.0, 5, 6, 7], "e2": [1.0] * 4, "p2": [2.0, 3, 2, 3]})
    table = gaps.servqual(frame, ["e", "e2"], ["p", "p2"]).table.set_index("term")
    assert table.loc["p", "gap"] == 1
    assert np.isnan(
        table.loc["p", ["statistic", "p_value", "p_adjusted", "conf_low", "effect"]].astype(float)
    ).all()
    assert table.loc["p2", "p_adjusted"] == table.loc["p2", "p_value"]


def test_no_difference_at_all_has_no_rank_test():
    frame = pd.DataFrame({"e": [3.0, 4, 5], "p": [3.0, 4, 5]})
    assert np.isnan(gaps.servqual(frame, ["e"], ["p"]).value("p", "p_rank"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"expectation": ["e1"], "perception": ["p1", "p2"]}, "must be pairs; given: 1 and 2"),
        ({"expectation": ["e1", "p1"], "perception": ["p1", "e2"]}, "expectation and perception at once: p1"),
        (
            {"expectation": ["e1"], "perception": ["p1"], "dimensions": {"contact": ["p9"]}},
            "'contact' names p9",
        ),
        ({"expectation": ["e1"], "perception": ["p11"]}, "did you mean 'p1'"),
    ],
)
def test_servqual_says_what_is_wrong(arguments, message):
    with pytest.raises(InputError, match=message):
        gaps.servqual(customers(), **arguments)


def test_servqual_options_are_exact_words():
    with pytest.raises(OptionError, match="'listwise', 'pairwise'"):
        gaps.servqual(customers(), EXPECTATION, PERCEPTION, missing="drop")
    with pytest.raises(OptionError, match="adjust must be one of 'holm'"):
        gaps.servqual(customers(), EXPECTATION, PERCEPTION, adjust="Holm")


def test_all_missing_is_an_error():
    frame = customers().assign(p1=np.nan)
    with pytest.raises(InputError, match="0 of 60 rows are complete"):
        gaps.servqual(frame, EXPECTATION, PERCEPTION)
    with pytest.raises(InputError, match="p1: 0 rows with both answers"):
        gaps.servqual(frame, EXPECTATION, PERCEPTION, missing="pairwise")


@settings(max_examples=20, deadline=None)
@given(shift=st.floats(-5, 5), factor=st.floats(0.1, 10))
def test_shift_and_scale_of_both_sides_only_scale_the_gap(shift, factor):
    frame = customers()
    moved = frame.assign(**{name: frame[name] * factor + shift for name in [*EXPECTATION, *PERCEPTION]})
    before = gaps.servqual(frame, EXPECTATION, PERCEPTION).table
    after = gaps.servqual(moved, EXPECTATION, PERCEPTION).table
    np.testing.assert_allclose(after["gap"], before["gap"] * factor, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(after["effect"], before["effect"], rtol=1e-7)


def test_importance_performance_needs_an_importance():
    with pytest.raises(OptionError, match="importance .*outcome"):
        gaps.importance_performance(customers(), PERCEPTION)
    with pytest.raises(InputError, match="pairs; given: 3 and 2"):
        gaps.importance_performance(customers(), PERCEPTION, IMPORTANCE[:2])
    with pytest.raises(OptionError, match="crosshair must be 'mean', 'median'"):
        gaps.importance_performance(customers(), PERCEPTION, IMPORTANCE, crosshair="middle")
    with pytest.raises(InputError, match="one of the performance items"):
        gaps.importance_performance(customers(), PERCEPTION, outcome="p1")


def test_an_attribute_with_few_pairs_or_no_variance_is_named():
    frame = customers()
    frame.loc[3:, "i2"] = np.nan
    with pytest.raises(InputError, match="'p2' has 3 complete pairs"):
        gaps.importance_performance(frame, PERCEPTION, IMPORTANCE)
    with pytest.raises(InputError, match="'p3' or 'satisfaction' has no variance"):
        gaps.importance_performance(customers().assign(p3=4), PERCEPTION, outcome="satisfaction")


def test_the_ellipse_covers_both_means_together():
    rng = np.random.default_rng(4)
    inside = []
    for _ in range(400):
        both = rng.multivariate_normal([2, 3], [[1, 0.6], [0.6, 2]], size=30)
        row = gaps.importance_performance(pd.DataFrame(both, columns=["i", "p"]), ["p"], ["i"]).row("p")
        angle = np.radians(row["ellipse_angle"])
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        long, short = turn @ (np.array([2, 3]) - [row["importance"], row["performance"]])
        inside.append((long / row["ellipse_long"]) ** 2 + (short / row["ellipse_short"]) ** 2 <= 1)
    assert 0.92 < np.mean(inside) < 0.98


def test_relative_weights_as_importance_say_what_is_wrong():
    frame = customers()
    kind = {"outcome": "satisfaction", "derived": "relative_weight"}
    shares = gaps.importance_performance(frame, PERCEPTION, **kind)
    assert shares.table["importance"].sum() == pytest.approx(1)
    assert shares.info["seed"] == 1
    with pytest.raises(OptionError, match="'correlation', 'relative_weight'"):
        gaps.importance_performance(frame, PERCEPTION, outcome="satisfaction", derived="beta")
    with pytest.raises(InputError, match="5 rows are complete on all attributes; too few"):
        gaps.importance_performance(frame.iloc[:5], PERCEPTION, **kind)
    with pytest.raises(InputError, match="one attribute follows from the others"):
        gaps.importance_performance(frame.assign(twin=frame["p1"]), ["p1", "twin"], **kind)
