"""Power by simulation: errors, failures and the same answer from several processes."""

from __future__ import annotations

import math
from functools import partial

import pandas as pd
import pytest

from klantstudie.analyses import equivalence, power
from klantstudie.errors import InputError, OptionError
from klantstudie.result import build
from klantstudie.study import simulate
from tests.reference.functions import student, two_groups


def test_several_processes_give_the_same_answer():
    one, two = (
        power.simulate(two_groups, student, n=30, term="difference", n_sim=20, workers=workers)
        for workers in (1, 2)
    )
    pd.testing.assert_frame_equal(one.table, two.table)


def test_failures_count_against_power_and_are_told():
    def moody(frame):
        if frame["y"].iloc[0] > 0:
            raise InputError("not today")
        return student(frame)

    row = power.simulate(two_groups, moody, n=400, term="difference", n_sim=40).table.iloc[0]
    assert "not today" in row["note"]
    assert 0.2 < row["estimate"] < 0.8


def test_an_analysis_without_a_p_value_has_no_power():
    def silent(frame):
        return build("demo", [{"term": "a", "estimate": 1.0}], n_total=1, n_used=1, method="m", reference="r")

    with pytest.raises(InputError, match="no p value for 'a'"):
        power.simulate(two_groups, silent, n=20, term="a", n_sim=10)


def test_effects_that_do_not_enclose_the_power_give_no_number():
    result = power.sensitivity(two_groups, student, n=20, effects=[0.0, 0.1], term="difference", n_sim=30)
    assert math.isnan(result.value("minimal_detectable", "effect"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_sim": 5}, "n_sim must be a whole number of at least 10"),
        ({"n": 1}, "n must be"),
        ({"workers": 0}, "workers"),
    ],
)
def test_wrong_settings(options, message):
    with pytest.raises(OptionError, match=message):
        power.simulate(two_groups, student, **({"n": 20, "term": "difference", "n_sim": 10} | options))


def test_sensitivity_needs_two_effects_and_a_power():
    with pytest.raises(InputError, match="two different effects"):
        power.sensitivity(two_groups, student, n=20, effects=[0.5, 0.5], term="difference")
    with pytest.raises(OptionError, match="power must lie"):
        power.sensitivity(two_groups, student, n=20, effects=[0.1, 0.5], term="difference", power=80)


def test_where_names_the_row_and_a_simulated_study_serves_as_generator():
    found = power.simulate(
        partial(simulate.scored, "02"),
        partial(equivalence.dependent_correlations, outcome="prestatie", x="beeld_klant", y="beeld_directie"),
        n=[15, 150],
        term="beeld_klant − beeld_directie",
        where={"part": "difference"},
        n_sim=20,
        workers=2,
    )
    assert found.value("n = 15") < 0.6 < found.value("n = 150")
