"""Equivalence: decisions, edges, and how often the decision is right."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from klantstudie.analyses import equivalence
from klantstudie.errors import InputError, OptionError
from klantstudie.moments import Moments
from klantstudie.numerics.equivalence import decide
from klantstudie.result import build


@pytest.mark.parametrize(
    ("p_difference", "p_equivalence", "decision"),
    [
        (0.2, 0.2, "inconclusive"),
        (0.01, 0.2, "different"),
        (0.2, 0.01, "equivalent"),
        (0.01, 0.01, "negligible"),
    ],
)
def test_four_decisions(p_difference, p_equivalence, decision):
    assert decide(p_difference, p_equivalence, 0.05) == decision


def test_slope_equals_the_arithmetic_of_two_one_sided_tests():
    row = {"term": "year", "estimate": 0.02, "std_error": 0.05, "df": 40}
    source = build("demo.slope", [row], n_total=44, n_used=42, method="m", reference="r")
    result = equivalence.slope(source, "year", bounds=(-0.2, 0.2))
    assert result.value("year", "p_value", part="lower") == pytest.approx(stats.t.sf(4.4, 40))
    assert result.value("year", "p_value", part="upper") == pytest.approx(stats.t.cdf(-3.6, 40))
    assert result.value("year", "conf_high", part="equivalence") == pytest.approx(
        0.02 + stats.t.ppf(0.95, 40) * 0.05
    )
    assert result.info["n_excluded"] == 2
    with pytest.raises(InputError, match="no row"):
        equivalence.slope(source, "month", bounds=(-0.2, 0.2))


def test_slope_without_a_standard_error_is_refused():
    source = build(
        "demo.slope",
        [{"term": "a", "estimate": 1.0}],
        n_total=4,
        n_used=4,
        method="m",
        reference="r",
    )
    with pytest.raises(InputError, match="no standard error"):
        equivalence.slope(source, "a", bounds=(-1, 1))


def test_the_reference_is_subtracted_and_must_be_one_of_the_groups():
    frame = pd.DataFrame({"y": [1.0, 2, 4, 5, 9], "g": list("aabbb")})
    plain = equivalence.means(frame, "y", "g", bounds=(-1, 1), bounds_in="d")
    turned = equivalence.means(frame, "y", "g", bounds=(-1, 1), bounds_in="d", reference="a")
    assert turned.value("b − a", part="difference") == -plain.value("a − b", part="difference") == 4.5
    assert turned.info["decision"] == plain.info["decision"]
    with pytest.raises(OptionError, match="reference must be one of 'a', 'b'"):
        equivalence.means(frame, "y", "g", bounds=(-1, 1), reference="c")


def test_several_outcomes_are_equivalent_only_when_all_are():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {"g": list("ab") * 400, "same": rng.standard_normal(800), "few": rng.standard_normal(800)}
    )
    frame["apart"] = frame["same"] + (frame["g"] == "a")
    frame.loc[8:, "few"] = np.nan
    settings = {"bounds": (-0.3, 0.3), "bounds_in": "d"}
    found = equivalence.means(frame, ["same", "few"], "g", **settings)
    alone = equivalence.means(frame, "same", "g", **settings)
    assert found.value("same", part="equivalence") == alone.value("a − b", part="equivalence")
    assert found.row("few", part="difference")["n"] == found.info["n_used"] == 8
    assert found.level(found.row("same", part="equivalence")) == pytest.approx(0.90)
    assert found.info["decision"] == "inconclusive" and alone.info["decision"] == "equivalent"
    assert equivalence.means(frame, ["same", "apart"], "g", **settings).info["decision"] == "different"
    assert equivalence.means(frame, ["same"], "g", **settings).info["decision"] == "equivalent"


@pytest.mark.parametrize("bounds", [(0.1, 0.5), (0.5, -0.5), (1,), "wide", None])
def test_bounds_must_enclose_zero(bounds):
    with pytest.raises(OptionError, match="bounds must"):
        equivalence.means_printed([1, 2], [1, 1], [10, 10], bounds=bounds)


def test_groups_must_be_two_with_answers():
    frame = pd.DataFrame(
        {
            "y": [1.0, 2, 3, 4, np.nan],
            "g": ["a", "a", "b", "b", "c"],
            "h": list("aabca"),
        }
    )
    assert equivalence.means(frame, "y", "g", bounds=(-1, 1)).info["n_excluded"] == 1
    with pytest.raises(InputError, match=r"two groups with answers; it has 3"):
        equivalence.means(frame, "y", "h", bounds=(-1, 1))
    with pytest.raises(InputError, match="at least two answers"):
        equivalence.means(frame.iloc[:3], "y", "g", bounds=(-1, 1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda f: equivalence.paired(f, "x", "shifted", bounds=(-1, 1)),
            "differ by a constant",
        ),
        (
            lambda f: equivalence.correlation(f, "x", "shifted", bounds=(-0.5, 0.5)),
            "correlate perfectly",
        ),
        (
            lambda f: equivalence.correlation(f, "x", "few", bounds=(-0.5, 0.5)),
            "at least four cases",
        ),
        (lambda f: equivalence.methods(f, "x", "constant"), "no variance"),
        (
            lambda f: equivalence.proportions([5, 0], [5, 5], bounds=(-0.1, 0.1)),
            "no standard error",
        ),
        (
            lambda f: equivalence.proportions([6, 0], [5, 5], bounds=(-0.1, 0.1)),
            "between 0 and their n",
        ),
        (
            lambda f: equivalence.means_printed([1, 2], [0, 1], [5, 5], bounds=(-1, 1)),
            "standard deviation above 0",
        ),
    ],
)
def test_unanswerable_questions_are_refused(call, message):
    x = np.array([1.0, 2.0, 4.0, 7.0, 8.0])
    frame = pd.DataFrame({"x": x, "shifted": x + 2, "constant": 3.0, "few": [1, 2, 0, np.nan, np.nan]})
    with pytest.raises(InputError, match=message):
        call(frame)


def test_moments_and_frame_agree():
    chance = np.random.default_rng(1)
    frame = pd.DataFrame(chance.normal(size=(40, 3)), columns=["a", "b", "c"])
    moments = Moments.from_frame(frame, ["a", "b", "c"])
    for call in (
        lambda data: equivalence.paired(data, "a", "b", bounds=(-1, 1)),
        lambda data: equivalence.correlation(data, "a", "b", bounds=(-0.3, 0.3)),
        lambda data: equivalence.dependent_correlations(data, "a", "b", "c"),
    ):
        pd.testing.assert_frame_equal(call(frame).table, call(moments).table)


def test_perfect_concordance_has_no_interval():
    frame = pd.DataFrame({"a": [1.0, 2, 3, 5], "b": [1.0, 2, 3, 5]})
    result = equivalence.methods(frame, "a", "b")
    assert result.value("concordance") == pytest.approx(1)
    assert math.isnan(result.value("concordance", "conf_low"))


@given(st.floats(-5, 5), st.floats(0.1, 3), st.integers(5, 200))
def test_swapping_the_groups_mirrors_the_answer(mean, sd, n):
    one = equivalence.means_printed([mean, 0], [sd, 1], [n, 20], bounds=(-1, 1))
    two = equivalence.means_printed([0, mean], [1, sd], [20, n], bounds=(-1, 1))
    assert one.info["decision"] == two.info["decision"]
    assert one.value("1 − 2", part="difference") == -two.value("1 − 2", part="difference")


def test_at_the_bound_equivalence_is_claimed_in_five_percent():
    """At a true difference equal to the bound, the test claims equivalence in about alpha of the samples."""
    chance = np.random.default_rng(20261123)
    claimed = 0
    for _ in range(2000):
        x, y = chance.normal(0.5, 1, 60), chance.normal(0, 1, 60)
        found = equivalence.means_printed(
            [x.mean(), y.mean()],
            [x.std(ddof=1), y.std(ddof=1)],
            [60, 60],
            bounds=(-0.5, 0.5),
        )
        claimed += found.info["decision"] in ("equivalent", "negligible")
    assert 0.035 <= claimed / 2000 <= 0.065


def test_two_views_that_are_one_have_no_difference_of_correlations():
    frame = pd.DataFrame({"y": [1.0, 3, 2, 5, 4, 7], "a": [2.0, 1, 3, 4, 6, 5]}).assign(
        b=lambda f: 2 * f["a"]
    )
    with pytest.raises(
        InputError, match="'a' and 'b' correlate perfectly: there is one correlation, not two"
    ):
        equivalence.dependent_correlations(frame, "y", "a", "b")


def test_two_one_sided_tests_need_a_level_above_a_half():
    with pytest.raises(OptionError, match=r"conf_level must be above 0\.5"):
        equivalence.means_printed([1, 2], [1, 1], [10, 10], bounds=(-1, 1), conf_level=0.4)
