"""Rechecking printed numbers: notation, edges, and that nothing true is called impossible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from klantstudie.analyses import recheck
from klantstudie.errors import InputError, OptionError


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("t(28) = −2.20, p = .036", "consistent"),
        ("F(1, 57) = 4.02, p = .0497", "consistent"),
        ("F(1,25; 57,3) = 4,02; p < ,01", "inconsistent"),
        ("t(28) = 2.20, d = 0.83 [0.1, 1.5], p = .036", "consistent"),
        ("t(30) = 1.80, p = .041 (one-tailed)", "consistent"),
        ("t(30) = 1,80; p = ,041 (eenzijdig getoetst)", "consistent"),
        ("t(30) = 1.80, p = .041", "decision_error"),
        ("Q(60) = 285.65, p < .001", "consistent"),
        ("chi2(2) = 0.50, p > .05", "consistent"),
        ("χ2(1; N = 90) = 3,50; p = ,061", "consistent"),
        ("z = 0.00, p = 1.00", "consistent"),
        ("t = 2.10, p = .04", "not_testable"),
    ],
)
def test_notation(text, decision):
    assert recheck.p_values(text).table["decision"].tolist() == [decision]


def test_one_sided_is_noted():
    assert (
        recheck.p_values("t(30) = 1.80, p = .041, one-sided").table["note"].item()
        == "consistent as a one-sided test"
    )


@pytest.mark.parametrize("text", ["", "geen toets", "n = 30", "part(12) = 3"])
def test_text_without_a_test_is_refused(text):
    with pytest.raises(InputError, match="no reported test found"):
        recheck.p_values(text)


@given(st.lists(st.integers(1, 7), min_size=3, max_size=40))
def test_no_real_sample_is_called_impossible(answers):
    mean, sd, n = np.mean(answers), np.std(answers, ddof=1), len(answers)
    assert recheck.grim(f"{mean:.2f}", n).info["decision"] in (
        "possible",
        "not_testable",
    )
    assert recheck.grimmer(f"{mean:.2f}", f"{sd:.2f}", n).info["decision"] == "possible"
    assert recheck.sd_limits(f"{mean:.2f}", f"{sd:.2f}", n, scale=(1, 7)).info["decision"] == "possible"


@given(st.lists(st.integers(3, 15), min_size=4, max_size=30))
def test_scale_means_of_several_items_are_possible(sums):
    means = np.array(sums) / 3
    found = recheck.grimmer(f"{means.mean():.2f}", f"{means.std(ddof=1):.2f}", len(sums), items=3)
    assert found.info["decision"] == "possible"
    assert recheck.grim(f"{means.mean():.2f}", len(sums), items=3).info["decision"] != "impossible"


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=8))
def test_average_variance_lies_in_its_rounding_interval(loadings):
    rounded = np.round(loadings, 2)
    row = recheck.ave(list(rounded)).table.iloc[0]
    assert row["possible_low"] - 1e-12 <= np.mean(np.square(loadings)) <= row["possible_high"] + 1e-12


def test_a_true_test_is_green_and_a_typing_error_red():
    values = {
        "mean": ["7.37", "6.81"],
        "sd": ["1.96", "2.05"],
        "r": [".75"],
        "n": [250],
    }
    found = recheck.reported("t_paired", values, claimed={"statistic": "6.20"})
    assert found.info["decision"] in ("green", "amber")
    assert recheck.reported("t_paired", values, claimed={"statistic": "2.60"}).info["decision"] == "red"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: recheck.grim(3.4, 20),
            InputError,
            "as it was printed, such as '3.40'",
        ),
        (lambda: recheck.grim("drie", 20), InputError, "not a printed number"),
        (
            lambda: recheck.grim(["3.4", "3.5"], 20),
            InputError,
            "equally many of each; given: 2, 1",
        ),
        (lambda: recheck.grim("3.4", 0), OptionError, "at least 1"),
        (
            lambda: recheck.sd_limits("9.0", "1.0", 20, scale=(1, 7)),
            InputError,
            "outside the scale",
        ),
        (lambda: recheck.ave([0.7, 1.2]), InputError, "between −1 and 1"),
        (lambda: recheck.ave([]), InputError, "between −1 and 1"),
        (
            lambda: recheck.reported("t_paird", {}),
            OptionError,
            "did you mean 't_paired'",
        ),
        (
            lambda: recheck.reported("t_paired", {"mean": ["1", "2"]}),
            InputError,
            "missing: sd, r, n",
        ),
    ],
)
def test_wrong_use_says_what_is_right(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_many_rounded_inputs_use_random_corners():
    values = {
        "mean": [f"{m:.2f}" for m in range(1, 9)],
        "sd": ["1.00"] * 8,
        "n": [20] * 8,
    }
    row = recheck.reported("f_oneway", values).table.iloc[0]
    assert row["possible_low"] < row["recomputed"] < row["possible_high"]
