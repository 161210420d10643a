"""Meta-analysis: printed values, edges, error messages, properties and coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses import meta
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.numerics import meta as numeric

DATA = pd.DataFrame({"r": [0.1, 0.3, 0.5, 0.2], "n": [50.0, 80, 60, 100], "year": [2001, 2001, 2003, 2004]})


def test_equal_effects_have_no_variance_between_studies():
    for method in numeric.METHODS:
        for scale in (False, "adhoc"):
            result = meta.random_effects(DATA.assign(r=0.3), "r", n="n", method=method, knapp_hartung=scale)
            assert result.value(column="tau2") == 0
            assert result.value(column="i_squared") == 0
            assert result.value("pooled", part="pooled") == pytest.approx(0.3)
            low, high = (result.value("pooled", end, part="pooled") for end in ("conf_low", "conf_high"))
            assert high - low > 0.15


def test_knapp_hartung_needs_effects_that_differ_and_an_exact_word():
    with pytest.raises(ModelError, match="exactly on the model.*'adhoc'"):
        meta.random_effects(DATA.assign(r=0.3), "r", n="n")
    with pytest.raises(OptionError, match="True, False or 'adhoc'"):
        meta.random_effects(DATA, "r", n="n", knapp_hartung="ad hoc")


def test_a_row_of_few_studies_is_never_surer_than_its_sampling_error():
    near = pd.DataFrame({"r": [0.20, 0.20, 0.21, 0.20], "n": [50.0, 80, 60, 100], "year": [1, 2, 3, 4]})
    rows = meta.cumulative(near, "r", "year", n="n").table
    plain = meta.cumulative(near, "r", "year", n="n", knapp_hartung=False).table
    assert (rows["conf_low"] < plain["conf_low"]).all() and (rows["conf_high"] > plain["conf_high"]).all()


def test_two_studies_are_enough_and_one_is_not():
    assert meta.random_effects(DATA.head(2), "r", n="n").info["n_used"] == 2
    with pytest.raises(InputError, match="1 of 4 studies"):
        meta.random_effects(DATA.assign(r=[0.2, np.nan, np.nan, np.nan]), "r", n="n")


def test_a_missing_study_is_counted():
    info = meta.random_effects(DATA.assign(r=[0.1, np.nan, 0.5, 0.2]), "r", n="n").info
    assert (info["n_total"], info["n_used"], info["n_excluded"]) == (4, 3, 1)


def test_changing_the_sign_of_all_effects_changes_the_sign_of_the_answer():
    plain = meta.random_effects(DATA, "r", n="n").row("pooled", part="pooled")
    turned = meta.random_effects(DATA.assign(r=-DATA["r"]), "r", n="n").row("pooled", part="pooled")
    assert turned["estimate"] == pytest.approx(-plain["estimate"])
    assert turned["pred_low"] == pytest.approx(-plain["pred_high"])


def test_a_moderator_may_be_counted_from_anywhere():
    data = DATA.assign(age=DATA["year"] - 2000)
    one = meta.regression(data, "r", ["year"], n="n")
    other = meta.regression(data, "r", ["age"], n="n")
    assert one.value("year") == pytest.approx(other.value("age"))
    assert one.value(column="tau2") == pytest.approx(other.value(column="tau2"))


def test_the_last_cumulative_row_is_the_whole():
    whole = meta.random_effects(DATA, "r", n="n").value("pooled", part="pooled")
    table = meta.cumulative(DATA, "r", "year", n="n").table
    assert list(table["wave"]) == ["2001", "2003", "2004"]
    assert table["estimate"].iloc[-1] == pytest.approx(whole)


def test_studies_of_the_same_name_are_told_apart():
    result = meta.random_effects(DATA.assign(study=["a", "b", "a", "c"]), "r", n="n", study="study")
    assert list(result.table["term"][-4:]) == ["a (1)", "b", "a (2)", "c"]


def test_perfect_reliability_changes_nothing_but_the_variance_formula():
    data = DATA.assign(rel=1.0)
    result = meta.hunter_schmidt(data, "r", "n", reliability_x="rel")
    assert result.value("mean_rho") == pytest.approx(result.value("mean_r"))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: meta.random_effects(DATA, "r"), OptionError, "either n"),
        (lambda: meta.random_effects(DATA, "r", n="n", variance="n"), OptionError, "either n"),
        (lambda: meta.random_effects(DATA, "r", n="n", measure="or"), OptionError, "'raw'"),
        (lambda: meta.random_effects(DATA, "r", n="n", measure="d"), OptionError, "two columns"),
        (lambda: meta.random_effects(DATA, "r", n="n", measure="raw"), OptionError, "variance column"),
        (lambda: meta.random_effects(DATA, "r", n=["n", "year"]), OptionError, "one column"),
        (lambda: meta.random_effects(DATA, "r", n="n", method="he"), OptionError, "'reml'"),
        (lambda: meta.random_effects(DATA.assign(r=1.0), "r", n="n"), InputError, "no correlation"),
        (lambda: meta.random_effects(DATA.assign(n=3.0), "r", n="n"), InputError, "four cases"),
        (lambda: meta.random_effects(DATA.assign(v=0.0), "r", variance="v"), InputError, "above zero"),
        (
            lambda: meta.random_effects(DATA.assign(m=1.0), "r", n=["n", "m"], measure="d"),
            InputError,
            "two cases",
        ),
        (lambda: meta.regression(DATA, "r", ["year"], n="nn"), InputError, "did you mean 'n'"),
        (lambda: meta.regression(DATA.assign(k=2.0), "r", ["k"], n="n"), ModelError, "does not vary"),
        (lambda: meta.regression(DATA.head(2), "r", ["year"], n="n"), ModelError, "2 studies"),
        (lambda: meta.small_study(DATA.assign(n=50.0), "r", n="n"), ModelError, "same standard error"),
        (lambda: meta.small_study(DATA.head(2), "r", n="n"), ModelError, "three studies"),
        (lambda: meta.small_study(DATA.head(2), "r", n="n", test="rank"), ModelError, "three studies"),
        (lambda: meta.leave_one_out(DATA.head(2), "r", n="n"), InputError, "three studies"),
        (
            lambda: meta.hunter_schmidt(DATA.assign(a=1.2), "r", "n", reliability_x="a"),
            InputError,
            "at most at 1",
        ),
        (lambda: meta.hunter_schmidt(DATA, "r", "n", artefacts="guess"), OptionError, "'drop'"),
        (lambda: meta.hunter_schmidt(DATA.assign(r=2.0), "r", "n"), InputError, "between -1 and 1"),
        (
            lambda: meta.small_study(DATA.assign(n=50.0), "r", n="n", test="rank"),
            ModelError,
            "same standard error",
        ),
        (lambda: meta.small_study(DATA.assign(r=0.3), "r", n="n"), ModelError, "same effect"),
        (lambda: meta.small_study(DATA.assign(r=0.3), "r", n="n", test="rank"), ModelError, "same effect"),
    ],
)
def test_errors_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["reml", "dl", "pm"])
def test_knapp_hartung_intervals_cover_as_they_say(method):
    draw = np.random.default_rng(3)
    rounds, hits, inside = 600, 0, 0
    many = 60  # with few studies the prediction interval is too narrow, since tau2 is taken as known
    for _ in range(rounds):
        v = draw.uniform(0.01, 0.08, 12)
        y = 0.3 + draw.normal(0, 0.2, 12) + draw.normal(0, np.sqrt(v))
        fit = numeric.fit(y, v, method=method)
        low, high = fit.interval(0.95)
        hits += low[0] <= 0.3 <= high[0]
        v = draw.uniform(0.01, 0.08, many)
        fit = numeric.fit(0.3 + draw.normal(0, np.sqrt(0.04 + v)), v, method=method)
        low, high = fit.prediction(0.95)
        inside += low <= draw.normal(0.3, 0.2) <= high
    assert hits / rounds == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / rounds))
    assert inside / rounds == pytest.approx(0.95, abs=0.036)


@pytest.mark.slow
def test_egger_keeps_its_level_without_small_study_effects():
    draw = np.random.default_rng(4)
    rounds, found = 1000, 0
    for _ in range(rounds):
        v = draw.uniform(0.01, 0.1, 20)
        coef, cov, df = numeric.egger(0.2 + draw.normal(0, np.sqrt(v)), v)
        found += abs(coef[1]) / np.sqrt(cov[1, 1]) > 2.1009  # t(18), two-sided .05
    assert found / rounds == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / rounds))


def test_a_corrected_correlation_above_one_says_so():
    strong = meta.hunter_schmidt(DATA.assign(r=[0.8, 0.9, 0.85, 0.9], a=0.4), "r", "n", reliability_x="a")
    assert strong.value("mean_rho") > 1
    assert strong.row("mean_rho")["note"] == "above_one"
    assert "note" not in meta.hunter_schmidt(DATA.assign(a=0.4), "r", "n", reliability_x="a").table
