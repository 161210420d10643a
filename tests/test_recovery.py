"""What was put into the simulated studies comes out: 95 % intervals of 200 studies cover the truth as they say."""

from __future__ import annotations

import pytest

from tests.recovery import outside, studies, without

STUDIES = studies()


@pytest.mark.slow
@pytest.mark.parametrize("design", STUDIES)
def test_the_truth_lies_in_the_intervals_as_often_as_they_say(design):
    assert outside(design, STUDIES[design]) == {}


@pytest.mark.parametrize("design", STUDIES)
def test_every_truth_has_an_interval(design):
    assert without(design, STUDIES[design]) == []
