"""Ordinal models: edges, errors, invariances and recovery of known effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses import ordinal
from klantstudie.errors import InputError, ModelError, OptionError
from tests.examples.ordinal import marks


def test_reversing_the_answers_turns_the_effects_around():
    frame = marks()
    turned = frame.assign(mark=5 - frame["mark"])
    one, two = (ordinal.cumulative(data, "mark", "effort") for data in (frame, turned))
    assert one.value("effort", part="effect") == pytest.approx(-two.value("effort", part="effect"), abs=1e-7)


def test_frequencies_count_as_rows():
    frame = marks().dropna()
    table = frame.assign(effort=frame["effort"].round()).groupby(["mark", "effort"], as_index=False).size()
    rows = table.loc[table.index.repeat(table["size"])]
    weighted = ordinal.cumulative(table, "mark", "effort", weights="size")
    plain = ordinal.cumulative(rows, "mark", "effort")
    pd.testing.assert_frame_equal(weighted.table, plain.table, rtol=1e-8)
    assert weighted.info["n_used"] == len(rows)


def test_scaling_a_predictor_scales_its_effect():
    frame = marks()
    one = ordinal.cumulative(frame, "mark", "effort").value("effort", part="effect")
    ten = ordinal.cumulative(frame.assign(effort=10 * frame["effort"]), "mark", "effort").value(
        "effort", part="effect"
    )
    assert one == pytest.approx(10 * ten, rel=1e-6)


def test_quadrature_and_laplace_agree_for_many_answers_per_cluster():
    one, many = (ordinal.mixed(marks(), "mark", "effort", "employee", points=points) for points in (1, 9))
    assert one.value("effort", part="effect") == pytest.approx(many.value("effort", part="effect"), rel=0.02)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda f: f.assign(mark=(f["mark"] > 2).astype(float)), InputError, "two are a logistic regression"),
        (lambda f: f.assign(effort=1.0), InputError, "no variance in effort"),
        (lambda f: f.assign(effort=f["mark"]), ModelError, "separates the answers"),
        (lambda f: f.assign(channel="web"), InputError, "one label only"),
        (lambda f: f.assign(mark=np.nan), InputError, "0 different answers"),
    ],
)
def test_unanswerable_questions_are_refused(change, error, message):
    with pytest.raises(error, match=message):
        ordinal.cumulative(change(marks()), "mark", ["effort", "channel"])


def test_predictors_that_are_sums_of_others_are_refused():
    frame = marks()
    with pytest.raises(ModelError, match="cannot be told apart"):
        ordinal.cumulative(frame.assign(twice=2 * frame["effort"]), "mark", ["effort", "twice"])


def test_clusters_that_do_not_differ_are_said_so():
    chance = np.random.default_rng(3)
    frame = pd.DataFrame({"mark": chance.integers(1, 5, 400).astype(float), "x": chance.normal(size=400)})
    frame["judge"] = np.arange(400) % 40
    frame["mark"] = frame.groupby("judge")["mark"].transform("first").where(frame.index < 0, frame["mark"])
    try:
        result = ordinal.mixed(frame, "mark", "x", "judge")
    except ModelError as error:
        assert "do not differ" in str(error)
    else:
        assert result.value("judge", part="variance") < 0.1


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"link": "logt"}, OptionError, "did you mean 'logit'"),
        ({"weights": "effort"}, InputError, "whole frequencies"),
        ({"conf_level": 95}, OptionError, "conf_level"),
    ],
)
def test_wrong_settings(options, error, message):
    with pytest.raises(error, match=message):
        ordinal.cumulative(marks(), "mark", "effort", **options)


def test_profiles_must_be_complete_and_known():
    with pytest.raises(InputError, match="missing: channel"):
        ordinal.probabilities(marks(), "mark", ["effort", "channel"], at=[{"effort": 0}])
    with pytest.raises(InputError, match="no label 'fax'"):
        ordinal.probabilities(marks(), "mark", ["channel"], at=[{"channel": "fax"}])


def test_probabilities_sum_to_one():
    result = ordinal.probabilities(marks(), "mark", "effort", at=[{"effort": 0.3}])
    assert result.table["estimate"].sum() == pytest.approx(1)


@pytest.mark.slow
def test_intervals_of_a_mixed_model_cover_the_truth():
    covered = 0
    for seed in range(60):
        chance = np.random.default_rng(seed)
        judge = np.repeat(np.arange(30), 10)
        x = chance.normal(size=300)
        latent = 0.7 * x + chance.normal(0, 0.8, 30)[judge] + chance.logistic(size=300)
        frame = pd.DataFrame({"y": np.digitize(latent, [-1.5, 0, 1.5]).astype(float), "x": x, "judge": judge})
        row = ordinal.mixed(frame, "y", "x", "judge").row("x", part="effect")
        covered += row["conf_low"] <= 0.7 <= row["conf_high"]
    assert covered >= 51  # 95% of 60 is 57; fewer than 51 happens once in a thousand
