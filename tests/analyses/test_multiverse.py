"""The multiverse keeps its failures, refuses what its null cannot force, and is rarely surprised by nothing."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from klantstudie.analyses import equivalence, multiverse, ordinal
from klantstudie.errors import InputError, OptionError
from klantstudie.result import build
from tests.reference.functions import line

CHOICES = {"covariates": [[], ["z"]]}


def frame(slope: float, seed: int = 1, n: int = 60) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    made = pd.DataFrame(chance.normal(size=(n, 2)), columns=["x", "z"])
    return made.assign(y=slope * made["x"] + chance.normal(size=n))


def slope(data, covariates):
    return line(data, covariates, outcome="y", x="x")


def flat(data, covariates):
    """Two one-sided tests of the slope against -0.5 and 0.5."""
    row = slope(data, covariates).row("x")
    away = stats.norm.sf((0.5 - abs(row["estimate"])) / row["std_error"])
    answer = [{"term": "x", "estimate": row["estimate"], "p_value": away}]
    return build("made", answer, n_total=60, n_used=60, method="made", reference="made")


def test_where_direction_does_not_count_small_effects_of_either_sign_are_equivalent():
    zero = frame(0.0, n=400).assign(z=lambda data: data["z"] + 0.5 * data["x"])
    zero["y"] += 0.4 * zero["z"]  # pulls the slope up without z only
    assert set(np.sign(multiverse.explore(zero, flat, CHOICES, term="x").table["estimate"])) == {-1, 1}
    known = multiverse.explore(zero, flat, CHOICES, term="x", directed=False)
    assert known.info["decision"] == "supported"
    assert multiverse.explore(zero, flat, CHOICES, term="x").info["decision"] != "supported"
    large = multiverse.explore(frame(-0.6), flat, CHOICES, term="x", directed=False)
    assert large.info["decision"] == "inconclusive"
    with pytest.raises(InputError, match="direction"):
        multiverse.joint(known)


def test_options_may_have_names_to_be_called_by():
    plain = multiverse.explore(frame(0.5), slope, CHOICES, term="x")
    named = multiverse.explore(frame(0.5), slope, {"covariates": {"alone": [], "with z": ["z"]}}, term="x")
    assert named.table["choice"].tolist() == ["covariates = alone", "covariates = with z"]
    assert named.info["choices"] == {"covariates": ["alone", "with z"]}
    pd.testing.assert_frame_equal(named.table.drop(columns="choice"), plain.table.drop(columns="choice"))


def test_failures_stay_as_rows_with_their_reason():
    result = multiverse.explore(frame(0.8), slope, {"covariates": [[], ["zz"]]}, term="x")
    assert result.info["n_failed"] == 1
    assert result.table["note"].str.contains("zz").tolist() == [False, True]
    assert result.info["decision"] == "inconclusive"


def test_intervals_of_equivalence_keep_their_own_level():
    data = frame(0.0).assign(y=lambda known: known["x"] + 0.1 * known["z"])
    way = partial(equivalence.paired, x="x", y="y")
    found = {
        part: multiverse.explore(
            data, way, {"bounds": [(-1, 1), (-2, 2)]}, term="x − y", where={"part": part}
        )
        for part in ("difference", "equivalence")
    }
    assert found["difference"].info["conf_level"] == 0.95
    assert found["equivalence"].info["conf_level"] == pytest.approx(0.9)
    assert found["equivalence"].info["conf_level_test"] == 0.95
    assert multiverse.joint(found["equivalence"]).info["conf_level"] == 0.95


def test_a_whole_bound_is_told_without_decimals():
    def bounded(data, bounds):
        return slope(data, [])

    told = multiverse.explore(frame(1.0), bounded, {"bounds": [(-3.0, 3.0), (-1.5, 1.5)]}, term="x").table[
        "choice"
    ]
    assert told.tolist() == ["bounds = -3 … 3", "bounds = -1.5 … 1.5"]


def test_a_clear_effect_is_supported_and_its_mirror_opposite():
    assert multiverse.explore(frame(1.5), slope, CHOICES, term="x").info["decision"] == "supported"
    assert multiverse.explore(frame(-1.5), slope, CHOICES, term="x").info["decision"] == "opposite"


def test_no_answer_at_all_is_an_error():
    with pytest.raises(InputError, match="no universe gave an answer"):
        multiverse.explore(frame(1), slope, {"covariates": [["a"], ["b"]]}, term="x")


@pytest.mark.parametrize("choices", [{}, {"covariates": []}, {"covariates": "z"}])
def test_choices_must_be_lists(choices):
    with pytest.raises(OptionError, match="choices must map"):
        multiverse.explore(frame(1), slope, choices, term="x")


def test_programming_errors_are_not_hidden_as_failed_universes():
    def broken(data, covariates):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        multiverse.explore(frame(1), broken, CHOICES, term="x")


def test_an_analysis_that_is_not_linear_is_refused_by_the_bootstrap():
    def logged(data, covariates):
        return line(data.assign(y=np.exp(data["y"])), covariates, outcome="y", x="x")

    with pytest.raises(InputError, match="not linear in x"):
        multiverse.inference(frame(1), logged, CHOICES, term="x", outcome="y", x="x", n_boot=20)


@pytest.mark.parametrize("null", ["bootstrap", "permutation"])
def test_a_strong_effect_is_found_and_p_is_never_zero(null):
    result = multiverse.inference(
        frame(1.5), slope, CHOICES, term="x", outcome="y", x="x", null=null, n_boot=60
    )
    assert result.info["decision"] == "supported"
    assert result.table["p_value"].min() == pytest.approx(1 / 61)


def test_influence_names_the_choice_that_matters():
    result = multiverse.explore(frame(1.0), slope, {"covariates": [[], ["z"]]}, term="x")
    assert multiverse.influence(result).value("covariates", "share") == pytest.approx(1)
    with pytest.raises(InputError, match="takes the answer of multiverse.explore"):
        multiverse.influence(line(frame(1), [], outcome="y", x="x"))


def elsewhere(**columns):
    table = pd.DataFrame({"universe": [1, 2], "choice.z": ["a", "b"], "estimate": [0.5, 0.4], "n": 60})
    return table.assign(n_total=60, **columns)


def test_gathered_universes_are_every_combination_once():
    for wrong in (
        elsewhere(**{"choice.w": ["c", "d"]}),  # two of four
        elsewhere(**{"choice.z": ["a", "a"]}),
    ):
        with pytest.raises(InputError, match="every combination of the choices once"):
            multiverse.gathered(wrong, term="x")
    with pytest.raises(OptionError, match="none were given"):
        multiverse.gathered(elsewhere().drop(columns="choice.z"), term="x")
    with pytest.raises(InputError, match="no universe gave an answer; the first said: it broke"):
        multiverse.gathered(elsewhere(estimate=np.nan, note="it broke"), term="x")


def test_a_gathered_universe_without_p_value_counts_by_its_interval():
    result = multiverse.gathered(elsewhere(conf_low=[0.1, -0.1], conf_high=[0.9, 0.9]), term="x")
    assert result.fit["share_significant"] == 0.5
    bare = multiverse.gathered(elsewhere(), term="x")
    assert np.isnan(bare.fit["share_significant"])
    assert bare.info["decision"] == "not_testable"


def test_the_joint_test_from_p_values_is_absent_without_them_and_hurt_by_failures():
    bare = multiverse.joint(multiverse.gathered(elsewhere(), term="x"))
    assert bare.info["decision"] == "not_testable"
    assert bare.table["p_value"].isna().all()
    sure = multiverse.joint(multiverse.gathered(elsewhere(p_value=[0.001, 0.002]), term="x"))
    assert sure.info["decision"] == "supported"
    assert sure.value("every_universe", "p_value") == pytest.approx(0.002)
    half = elsewhere(p_value=[0.001, np.nan]).assign(estimate=[0.5, np.nan])
    failed = multiverse.joint(multiverse.gathered(half, term="x"))
    assert failed.info["decision"] == "inconclusive"
    torn = elsewhere(p_value=[0.001, 0.001]).assign(estimate=[0.5, -0.5])
    assert multiverse.joint(multiverse.gathered(torn, term="x")).value("any_universe", "p_value") == 1


@pytest.mark.parametrize("rho", [0.0, 0.7, 0.99])
def test_the_joint_test_keeps_its_level_whatever_the_dependence(rho):
    chance = np.random.default_rng(3)
    common = chance.normal(size=(400, 1))
    z = np.sqrt(rho) * common + np.sqrt(1 - rho) * chance.normal(size=(400, 5))
    rejected = 0
    for row in z:
        table = pd.DataFrame({"universe": range(5), "choice.z": list("abcde"), "estimate": row})
        table = table.assign(p_value=2 * stats.norm.sf(abs(row)), n=9, n_total=9)
        rejected += (
            multiverse.joint(multiverse.gathered(table, term="x")).value("any_universe", "p_value") < 0.05
        )
    assert rejected / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


@pytest.mark.slow
def test_under_the_null_the_joint_test_rejects_in_about_five_percent():
    rejected = [
        multiverse.inference(
            frame(0.0, seed), slope, CHOICES, term="x", outcome="y", x="x", n_boot=59, seed=seed
        ).value("median_estimate", "p_value")
        <= 0.05
        for seed in range(150)
    ]
    assert 0.01 <= np.mean(rejected) <= 0.10


def test_a_table_of_counts_has_more_cases_than_rows():
    frame = pd.DataFrame(
        {"y": [1.0, 2, 3, 1, 2, 3], "x": [0.0, 0, 0, 1, 1, 1], "often": [9.0, 5, 4, 3, 6, 8]}
    )
    counted = partial(ordinal.cumulative, outcome="y", weights="often", predictors="x")
    found = multiverse.explore(
        frame, counted, {"link": ["logit", "probit"]}, term="x", where={"part": "effect"}
    )
    assert (found.info["n_total"], found.info["n_used"]) == (35, 35)
