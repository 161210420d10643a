"""Mediation and moderation: edges, error messages, algebra, agreement between methods and coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri

from klantstudie.analyses import process
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.moments import Moments
from klantstudie.numerics import pathboot


def people(n: int = 120, seed: int = 5) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    x, w = draw.normal(size=n), draw.normal(5, 2, n)
    m = 0.5 * x + 0.1 * x * (w - 5) + draw.normal(size=n)
    k = 0.4 * x + 0.3 * m + draw.normal(size=n)
    y = 0.3 * x + 0.4 * m + 0.3 * k + draw.normal(size=n)
    bought = (y > 0).astype(float)
    return pd.DataFrame({"x": x, "w": w, "m": m, "k": k, "y": y, "bought": bought})


def test_total_is_direct_plus_indirect():
    for serial in (False, True):
        result = process.mediation(people(), "x", ["m", "k"], "y", serial=serial, method="delta")
        parts = result.value("direct") + result.value("indirect")
        assert float(result.value("total")) == pytest.approx(float(parts), abs=1e-12)


def test_order_of_a_chain_matters_and_of_parallel_mediators_does_not():
    one = process.mediation(people(), "x", ["m", "k"], "y", method="delta")
    other = process.mediation(people(), "x", ["k", "m"], "y", method="delta")
    assert one.value("indirect:m") == pytest.approx(other.value("indirect:m"))
    chain = process.mediation(people(), "x", ["m", "k"], "y", serial=True, method="delta")
    assert chain.info["process_model"] == 6
    assert list(chain.table.loc[chain.table["part"] == "indirect", "term"]) == [
        "indirect:m",
        "indirect:k",
        "indirect:m>k",
        "indirect",
    ]


def test_bootstrap_monte_carlo_and_delta_agree_in_a_large_sample():
    data = people(2000)
    found = {
        m: process.mediation(data, "x", "m", "y", method=m).row("indirect")
        for m in ("percentile", "bca", "montecarlo", "delta")
    }
    for row in found.values():
        assert row["estimate"] == pytest.approx(found["delta"]["estimate"])
        assert row["std_error"] == pytest.approx(found["delta"]["std_error"], rel=0.1)
        assert row["conf_low"] == pytest.approx(found["delta"]["conf_low"], abs=0.01)


def test_a_bootstrap_p_is_never_zero_and_the_seed_is_in_the_answer():
    result = process.mediation(people(400), "x", "m", "y", n_boot=200, seed=9)
    assert result.row("indirect")["p_value"] == 1 / 200
    assert (result.info["seed"], result.info["n_boot"], result.info["process_model"]) == (9, 200, 4)
    assert process.mediation(people(), "x", "m", "y", method="delta").info["seed"] is None


def test_one_covariate_may_be_named_without_a_list():
    one = process.mediation(people(), "x", "m", "y", covariates="w", method="delta").table
    pd.testing.assert_frame_equal(
        one, process.mediation(people(), "x", "m", "y", covariates=["w"], method="delta").table
    )


def test_missing_answers_are_counted():
    data = people()
    data.loc[[1, 4], "m"] = np.nan
    info = process.mediation(data, "x", "m", "y", method="delta").info
    assert (info["n_total"], info["n_used"], info["n_excluded"]) == (120, 118, 2)


def test_bca_equals_its_definition_on_given_draws():
    draws = np.random.default_rng(2).gamma(3, size=(4000, 1)) - 1
    observed, jackknife = np.array([1.6]), np.random.default_rng(3).gamma(2, size=(60, 1))
    ends, p = pathboot.bca(draws, observed, jackknife, 0.9)
    z0 = ndtri((draws < 1.6).mean())
    d = jackknife.mean() - jackknife[:, 0]
    a = (d**3).sum() / (6 * (d**2).sum() ** 1.5)
    for end, z in zip(ends[:, 0], (ndtri(0.05), ndtri(0.95)), strict=True):
        assert end == pytest.approx(np.quantile(draws, ndtr(z0 + (z0 + z) / (1 - a * (z0 + z)))))
    # The p value is the level at which the interval just touches zero.
    touching, _ = pathboot.bca(draws, observed, jackknife, 1 - p[0])
    assert np.abs(touching).min() == pytest.approx(0, abs=0.01)


def test_simple_slopes_are_the_formula_at_the_value_shown():
    result = process.moderation(people(), "x", "w", "y", values=[2.0, 7.5], center="none")
    b1, b3 = (float(result.value(name, part="coefficient")) for name in ("x", "x:w"))
    for row in result.table[result.table["part"] == "simple_slope"].itertuples():
        assert row.estimate == pytest.approx(b1 + b3 * row.moderator)
    assert process.moderation(people(), "x", "w", "y").value("x", choice="mean") == pytest.approx(
        process.moderation(people(), "x", "w", "y").value("x", part="coefficient")
    )


def test_a_moderator_with_two_values_is_shown_at_both():
    data = people().assign(w=lambda f: (f["w"] > 5).astype(float))
    result = process.moderation(data, "x", "w", "y")
    assert list(result.table["moderator"].dropna()) == [0.0, 1.0]
    with pytest.raises(InputError, match="two values"):
        process.johnson_neyman(data, "x", "w", "y")


def test_at_a_johnson_neyman_bound_the_interval_touches_zero():
    result = process.johnson_neyman(people(400), "x", "w", "m")
    bounds = result.table[result.table["part"] == "bound"]
    assert len(bounds) > 0
    np.testing.assert_allclose(bounds[["conf_low", "conf_high"]].abs().min(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(bounds["p_value"], 0.05)
    stretches = result.info["region"]
    assert stretches[0]["from"] == pytest.approx(people(400)["w"].min())
    for stretch in stretches:
        inside = result.table[(result.table["part"] == "curve")]
        inside = inside[inside["moderator"].between(stretch["from"] + 1e-9, stretch["to"] - 1e-9)]
        assert ((inside["p_value"] < 0.05) == stretch["significant"]).all()


def test_no_johnson_neyman_bound_is_an_answer_too():
    data = people().assign(y=lambda f: f["x"] * 10 + f["k"])
    result = process.johnson_neyman(data, "x", "w", "y", points=5)
    inside = [stretch for stretch in result.info["region"] if stretch["significant"]]
    assert inside and len(result.info["region"]) == 1


def test_conditional_indirect_effects_follow_the_index():
    result = process.moderated_mediation(people(), "x", "m", "y", "w", method="delta")
    rows = result.table[result.table["part"] == "conditional"]
    slope = np.diff(rows["estimate"]) / np.diff(rows["moderator"])
    np.testing.assert_allclose(slope, float(result.value("index")), rtol=1e-9)
    assert result.info["process_model"] == 7


def test_the_index_does_not_depend_on_where_w_has_its_zero():
    data = people()
    for stage in ("first", "second"):
        one = process.moderated_mediation(data, "x", "m", "y", "w", stage=stage, n_boot=300)
        moved = process.moderated_mediation(
            data.assign(w=data["w"] + 100), "x", "m", "y", "w", stage=stage, n_boot=300
        )
        for column in ("estimate", "conf_low", "conf_high"):
            assert moved.value("index", column) == pytest.approx(one.value("index", column), rel=1e-6)


DATA = people()
MOMENTS = Moments.from_frame(DATA, ["x", "m", "y"])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: process.mediation(DATA, "x", "m", "y", method="sobel"), OptionError, "'delta'"),
        (lambda: process.mediation(MOMENTS, "x", "m", "y"), InputError, "moments have none"),
        (
            lambda: process.mediation(MOMENTS, "x", "m", "y", method="delta", outcome="binary"),
            InputError,
            "rows",
        ),
        (lambda: process.mediation(DATA, "x", "m", "y", n_boot=50), OptionError, "at least 100"),
        (lambda: process.mediation(DATA, "x", "m", "y", serial=True), OptionError, "at least two mediators"),
        (lambda: process.mediation(DATA, "x", "x", "y"), InputError, "more than once"),
        (lambda: process.mediation(DATA, "x", "m", "y", outcome="binary"), InputError, "needs two values"),
        (
            lambda: process.mediation(DATA.assign(m=3.0), "x", "m", "y", method="delta"),
            InputError,
            "no variance",
        ),
        (
            lambda: process.mediation(DATA.assign(k=DATA["m"] * 2), "x", ["m", "k"], "y", method="delta"),
            ModelError,
            "combination",
        ),
        (
            lambda: process.mediation(DATA.assign(b=(DATA["x"] > 0) * 1), "x", "m", "b", outcome="binary"),
            ModelError,
            "separate its two values",
        ),
        (lambda: process.mediation(DATA.head(3), "x", "m", "y", method="delta"), ModelError, "3 cases"),
        (lambda: process.moderation(DATA, "x", "w", "y", values="iqr"), OptionError, "'quantiles'"),
        (lambda: process.moderation(DATA, "x", "w", "y", values=["low"]), OptionError, "list of numbers"),
        (lambda: process.moderation(DATA, "x", "w", "y", center="median"), OptionError, "'none'"),
        (lambda: process.moderation(DATA, "x", "w", "y", errors="cr2"), OptionError, "'hc3'"),
        (lambda: process.moderation(DATA.assign(w=1.0), "x", "w", "y"), InputError, "no variance: w"),
        (
            lambda: process.moderated_mediation(DATA, "x", "m", "y", "w", stage="third"),
            OptionError,
            "'second'",
        ),
        (lambda: process.moderated_mediation(DATA, "x", "m", "y", "q"), InputError, "'q'"),
        (
            lambda: process.moderation(DATA.assign(z=DATA["x"]), "x", "z", "y"),
            ModelError,
            "constant, or a combination of the columns before it: z",
        ),
        (lambda: process.moderation(DATA, "x", "w", "y", values=[]), OptionError, "a list of numbers"),
        (
            lambda: process.moderated_mediation(DATA, "x", "m", "y", "w", stage="both", values=[1.0]),
            OptionError,
            "name at least two",
        ),
    ],
)
def test_errors_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_sample_too_small_to_resample_says_so():
    data = pd.DataFrame({"x": [0.0, 0, 0, 0, 1], "m": [1.0, 2, 3, 5, 4], "y": [2.0, 1, 4, 3, 6]})
    with pytest.raises(ModelError, match="could not be fitted"):
        process.mediation(data, "x", "m", "y")


def test_a_mediator_that_carries_everything_has_no_bca_interval_on_one_side_only():
    draws = np.linspace(1, 2, 500)[:, None]
    with pytest.raises(ModelError, match="one side"):
        pathboot.bca(draws, np.array([3.0]), draws[:50], 0.95)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["percentile", "bca", "montecarlo"])
def test_indirect_intervals_cover_as_they_say(method):
    draw = np.random.default_rng(7)
    hits, rounds, n = 0, 400, 150
    for _ in range(rounds):
        x = draw.normal(size=n)
        m = 0.4 * x + draw.normal(size=n)
        y = 0.4 * m + 0.1 * x + draw.normal(size=n)
        row = process.mediation(
            pd.DataFrame({"x": x, "m": m, "y": y}), "x", "m", "y", method=method, n_boot=1000
        )
        hits += row.value("indirect", "conf_low") <= 0.16 <= row.value("indirect", "conf_high")
    assert hits / rounds == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / rounds))


@pytest.mark.slow
def test_the_index_of_moderated_mediation_covers_as_it_says():
    draw = np.random.default_rng(8)
    hits, rounds, n = 0, 300, 200
    for _ in range(rounds):
        x, w = draw.normal(size=n), draw.normal(size=n)
        m = 0.3 * x + 0.3 * x * w + draw.normal(size=n)
        y = 0.5 * m + draw.normal(size=n)
        data = pd.DataFrame({"x": x, "w": w, "m": m, "y": y})
        row = process.moderated_mediation(data, "x", "m", "y", "w", n_boot=800).row("index")
        hits += row["conf_low"] <= 0.15 <= row["conf_high"]
    assert hits / rounds == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / rounds))


def test_a_mediator_that_is_the_outcome_leaves_no_error():
    result = process.mediation(DATA.assign(y=2 * DATA["m"]), "x", "m", "y", method="delta")
    assert result.value("b") == pytest.approx(2)
    assert result.value("b", "std_error") == pytest.approx(0, abs=1e-6)
