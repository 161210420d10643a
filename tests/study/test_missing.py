"""Missing answers: edges, errors, and that imputation recovers what deletion gets wrong."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.numerics import missing as maths
from klantstudie.result import build
from klantstudie.study.missing import impute, little_mcar, pattern, pool

DATA = Path(__file__).parents[1] / "reference/data"


@pytest.fixture
def air():
    return pd.read_csv(DATA / "airquality.csv")


# summary(pool(with(mice(d, m = 400, method, maxit = 10, seed = 1), lm(x9 ~ x1 + x3 + x5)))), R 4.2.2
MICE = {
    "pmm": {
        "constant": (3.4569890, 0.29319861),
        "x1": (0.2092088, 0.06324182),
        "x3": (0.1987332, 0.05969236),
        "x5": (0.1035133, 0.04903399),
    },
    "normal": {
        "constant": (3.4633977, 0.29412706),
        "x1": (0.2046212, 0.06228241),
        "x3": (0.2009615, 0.05918884),
        "x5": (0.1054230, 0.04879326),
    },
}


def regression(frame, outcome, predictors):
    """Ordinary least squares as a Result, to have something to pool."""
    x = np.column_stack([np.ones(len(frame)), frame[predictors].to_numpy()])
    y = frame[outcome].to_numpy()
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ x.T @ y
    df = len(y) - x.shape[1]
    error = np.sqrt(np.diag(inverse) * ((y - x @ b) ** 2).sum() / df)
    rows = [
        {"term": t, "estimate": e, "std_error": s, "df": df}
        for t, e, s in zip(["constant", *predictors], b, error, strict=True)
    ]
    return build("test.ols", rows, n_total=len(frame), n_used=len(frame), method="ols", reference="x")


def test_em_without_missing_answers_is_the_sample():
    values = np.random.default_rng(1).normal(size=(50, 3))
    found = maths.em_moments(values)
    assert_allclose(found.mean, values.mean(axis=0), atol=1e-12)
    assert_allclose(found.covariance, np.cov(values.T, ddof=0), atol=1e-12)


def test_little_edges(air):
    items = ["Ozone", "Solar.R", "Wind", "Temp"]
    with pytest.raises(InputError, match="no answers are missing; there is nothing to test"):
        little_mcar(air.dropna(), items)
    with pytest.raises(InputError, match="nobody answered"):
        little_mcar(air.assign(Wind=np.nan, Temp=np.nan), ["Wind", "Temp"])
    with pytest.raises(InputError, match="at least two items"):
        little_mcar(air, ["Ozone"])
    with pytest.raises(InputError, match="no column 'Ozon', did you mean 'Ozone'"):
        little_mcar(air, ["Ozon", "Wind"])
    with pytest.raises(ModelError, match="singular"):
        little_mcar(air.assign(twice=2 * air["Wind"], one=1.0), ["Ozone", "one", "Wind"])
    few = np.random.default_rng(1).normal(size=(30, 20))
    few[np.random.default_rng(2).random(few.shape) < 0.3] = np.nan
    with pytest.raises(ModelError, match="singular"):  # EM runs off to a singular covariance and is stopped
        little_mcar(pd.DataFrame(few).add_prefix("v"), [f"v{i}" for i in range(20)])
    sets = {"one": ["Ozone"], "whole": ["Wind", "Temp"], "all": items, "flat": ["Ozone", "k"]}
    told = little_mcar(air.assign(k=1.0), sets)
    assert told.table["note"].tolist() == ["one item", "no answers are missing", "", "singular covariance"]
    assert told.info["n_tested"] == 1
    assert told.value("all", "p_adjusted") == told.value("all", "p_value")
    with pytest.raises(InputError, match="no column 'Ozon'"):
        little_mcar(air, {"one": ["Ozon", "Wind"]})
    empty = pd.concat([air, pd.DataFrame({name: [np.nan] for name in items})], ignore_index=True)
    found = little_mcar(empty, items)
    assert found.info["n_excluded"] == 1
    assert found.value("little_mcar", "statistic") == pytest.approx(
        little_mcar(air, items).value("little_mcar", "statistic")
    )


def test_little_does_not_depend_on_order_scale_or_other_columns(air):
    items = ["Ozone", "Solar.R", "Wind", "Temp"]
    one = little_mcar(air, items).value("little_mcar", "statistic")
    other = air.sample(frac=1, random_state=1).assign(Ozone=lambda d: 1000 + 3 * d["Ozone"])
    assert little_mcar(other, items[::-1]).value("little_mcar", "statistic") == pytest.approx(one, rel=1e-6)


def test_pattern_of_nothing_missing(air):
    found = pattern(air, ["Wind", "Temp"])
    assert found.table["term"].tolist() == ["complete", "Wind", "Temp"]
    with pytest.raises(InputError, match="no rows"):
        pattern(air.iloc[:0], ["Wind"])


@pytest.mark.parametrize("method", ["pmm", "normal"])
def test_imputation_keeps_answers_and_is_seeded(air, method):
    before = air.copy(deep=True)
    one = impute(
        air, ["Ozone", "Solar.R"], auxiliary=["Wind", "Temp"], n_imputations=3, method=method, seed=4
    )
    two = impute(
        air, ["Ozone", "Solar.R"], auxiliary=["Wind", "Temp"], n_imputations=3, method=method, seed=4
    )
    pd.testing.assert_frame_equal(air, before)
    assert len(one) == 3
    for a, b in zip(one, two, strict=True):
        pd.testing.assert_frame_equal(a, b)
        assert a[["Ozone", "Solar.R"]].notna().all().all()
        known = air["Ozone"].notna()
        assert a.loc[known, "Ozone"].equals(air.loc[known, "Ozone"])
        if method == "pmm":
            assert a["Ozone"].isin(air["Ozone"].dropna()).all()
    assert not one[0]["Ozone"].equals(one[1]["Ozone"])
    assert one[1].attrs == {"imputation": 2, "seed": 4, "method": method}


def test_imputation_errors_and_groups_as_auxiliary(air):
    grouped = air.assign(maand=np.where(np.arange(len(air)) % 2, "mei", "juni"), half=air["Solar.R"])
    made = impute(grouped, ["Ozone"], auxiliary=["maand", "half"], n_imputations=2)
    assert made[0]["half"].isna().any()
    with pytest.raises(OptionError, match="method must be one of 'pmm', 'normal'"):
        impute(air, ["Ozone"], method="mean")
    with pytest.raises(OptionError, match="n_imputations must be a whole number of at least 2"):
        impute(air, ["Ozone"], n_imputations=1)
    with pytest.raises(InputError, match="nobody answered Ozone"):
        impute(air.assign(Ozone=np.nan), ["Ozone"])


def test_imputation_recovers_a_mean_that_deletion_gets_wrong():
    rng = np.random.default_rng(8)
    x = rng.normal(size=1500)
    y = 2 + x + 0.5 * rng.normal(size=1500)
    seen = np.where(rng.random(1500) < 1 / (1 + np.exp(1 - x)), np.nan, y)
    frame = pd.DataFrame({"x": x, "y": seen})
    for method in ("pmm", "normal"):
        means = [
            made["y"].mean() for made in impute(frame, ["y"], auxiliary=["x"], n_imputations=5, method=method)
        ]
        assert np.mean(means) == pytest.approx(2, abs=0.08)
    assert abs(np.nanmean(seen) - 2) > 0.15


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pmm", "normal"])
def test_pooled_regression_is_that_of_mice(method):
    """mice 3.x with 400 imputations on the same data; the allowance is the simulation error of both."""
    frame = pd.read_csv(DATA / "holzinger_missing.csv")
    made = impute(frame, [f"x{i}" for i in range(1, 10)], n_imputations=200, method=method, seed=2)
    found = pool([regression(one, "x9", ["x1", "x3", "x5"]) for one in made])
    for term, (estimate, error) in MICE[method].items():
        assert found.value(term) == pytest.approx(estimate, abs=0.15 * error)
        assert found.value(term, "std_error") == pytest.approx(error, rel=0.05)


def test_pool_without_spread_between_imputations_is_the_complete_answer():
    one = build(
        "a.b",
        [{"term": "t", "estimate": 2.0, "std_error": 0.5, "df": 20}],
        n_total=9,
        n_used=9,
        method="m",
        reference="r",
    )
    found = pool([one, one, one])
    assert found.value("t", "std_error") == 0.5
    assert found.value("t", "df") == pytest.approx(21 / 23 * 20)
    assert found.value("t", "riv") == 0
    assert "pooled over 3 imputations" in found.info["method"]


def test_pool_refuses_what_cannot_be_pooled():
    def made(term="t", **row):
        rows = [{"term": term, **row}]
        return build("a.b", rows, n_total=9, n_used=9, method="m", reference="r")

    good = made(estimate=1.0, std_error=0.1)
    with pytest.raises(OptionError, match="at least two"):
        pool([good])
    with pytest.raises(InputError, match="other rows"):
        pool([good, made("u", estimate=1.0, std_error=0.1)])
    with pytest.raises(InputError, match="returns no std_error"):
        pool([made(estimate=1.0)] * 2)
    with pytest.raises(InputError, match="no standard errors"):
        pool([made(estimate=1.0, std_error=np.nan)] * 2)
