"""Mixed models and their kin: edges, error messages, algebra, coverage, and the size of a real rating
file.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses import multilevel
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.numerics.mixed import cr2

REFERENCE = Path(__file__).parents[1] / "reference" / "multilevel"
COLLEGES = Path(__file__).parents[2] / "data" / "raw" / "colleges" / "colleges.csv.gz"


def staff(teams: int = 12, size: int = 8, seed: int = 3, spread: float = 0.7) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    team = np.repeat(np.arange(teams), size)
    style = draw.normal(size=teams)[team]
    climate = 0.6 * style + 0.3 * draw.normal(size=teams)[team] + draw.normal(size=len(team))
    care = 0.4 * climate + spread * draw.normal(size=teams)[team] + draw.normal(size=len(team))
    return pd.DataFrame(
        {"team": team, "style": style, "climate": climate, "care": care, "age": draw.normal(40, 9, len(team))}
    )


DATA = staff()
TWO = DATA.assign(day=np.arange(96) % 8)


def test_centring_splits_a_slope_into_its_two_parts():
    result = multilevel.mixed(DATA, "care", ["climate"], "team", center=["climate"])
    mean = DATA.groupby("team")["climate"].transform("mean")
    by_hand = multilevel.mixed(DATA.assign(w=DATA["climate"] - mean, b=mean), "care", ["w", "b"], "team")
    assert result.value("climate", part="within") == pytest.approx(by_hand.value("w"))
    assert result.value("climate", part="between") == pytest.approx(by_hand.value("b"))
    within = np.polyfit(
        DATA["climate"] - mean, DATA["care"] - DATA.groupby("team")["care"].transform("mean"), 1
    )[0]
    assert result.value("climate", part="within") == pytest.approx(within)


def test_group_level_predictors_get_group_level_degrees_of_freedom():
    # With eight teams a z test prints p values of another order (traps of programs without df).
    data = staff(teams=8, size=20)
    row = multilevel.mixed(data, "care", ["style"], "team").row("style")
    assert 4 < row["df"] < 8
    assert row["statistic_name"] == "t"
    assert multilevel.mixed(data, "care", ["style"], "team").info["few_groups"] is True


def test_a_singular_fit_says_so():
    draw = np.random.default_rng(8)
    data = pd.DataFrame({"team": np.repeat(np.arange(10), 6), "care": draw.normal(size=60)})
    data["care"] -= data.groupby("team")["care"].transform("mean")
    result = multilevel.mixed(data, "care", [], "team")
    assert result.info["singular"] is True
    assert result.value("team", part="variance") == 0
    assert result.value(column="icc") == 0
    ranked = multilevel.ranking(data, "care", "team")
    assert ranked.info["singular"] is True
    assert set(ranked.table["stars"]) == {2.0}
    assert (ranked.table["reliability"] == 0).all()


def test_slopes_far_from_zero_and_in_any_unit_give_the_same_model():
    plain = multilevel.mixed(DATA, "care", ["climate"], "team", slopes=["climate"])
    far = DATA.assign(climate=DATA["climate"] * 1000 + 5e5, care=DATA["care"] / 1e4)
    moved = multilevel.mixed(far, "care", ["climate"], "team", slopes=["climate"])
    assert moved.value("climate", part="fixed") * 1e7 == pytest.approx(
        plain.value("climate", part="fixed"), rel=1e-5
    )
    assert moved.row("climate", part="fixed")["df"] == pytest.approx(
        plain.row("climate", part="fixed")["df"], rel=1e-3
    )
    for term, unit in (("climate", 1e14), ("residual", 1e8)):
        assert moved.value(term, part="variance") * unit == pytest.approx(
            plain.value(term, part="variance"), rel=1e-3
        )
    shift = 2 * (96 - 2) * np.log(1e4)
    assert moved.fit["deviance"] + shift - 2 * np.log(1000) == pytest.approx(plain.fit["deviance"], abs=1e-4)


def test_names_with_spaces_and_signs_are_fine():
    data = DATA.rename(columns={"care": "cijfer (1-10)", "climate": "klimaat & sfeer", "team": "team naam"})
    result = multilevel.mixed(
        data, "cijfer (1-10)", ["klimaat & sfeer"], "team naam", slopes=["klimaat & sfeer"]
    )
    assert "team naam ~~ klimaat & sfeer" in set(result.table["term"])


def test_where_providers_are_equal_nobody_is_ranked():
    chance = np.random.default_rng(2)
    data = pd.DataFrame({"helped": chance.integers(0, 2, 900), "team": np.arange(900) % 45})
    ranked = multilevel.ranking(data, "helped", "team")
    table = ranked.table
    outside = ((table["adjusted"] < table["limit_low"]) | (table["adjusted"] > table["limit_high"])).mean()
    assert ranked.info["limits"] == "binomial" and outside < 0.12
    assert ranked.value(column="share_distinct") == 0
    assert table["expected_rank"].between(15, 31).all()


def test_ranking_draws_small_providers_more_to_the_mean():
    data = pd.concat([DATA, staff(teams=12, size=2, seed=4).assign(team=lambda f: f["team"] + 100)])
    table = multilevel.ranking(data, "care", "team").table
    shrunken = (table["estimate"] - table["adjusted"]).abs() / (
        table["adjusted"] - table["adjusted"].mean()
    ).abs()
    big = table["n"] == 8
    assert shrunken[big].median() < shrunken[~big].median()
    assert table.loc[big, "reliability"].min() > table.loc[~big, "reliability"].max()
    assert list(table["rank"]) == sorted(table["rank"])
    assert (table["limit_high"] - table["limit_low"])[big].max() < (table["limit_high"] - table["limit_low"])[
        ~big
    ].min()


def test_nested_labels_that_start_again_are_told_apart():
    data = DATA.assign(branch=DATA["team"] // 2, unit=DATA["team"] % 2)
    result = multilevel.variance_parts(data, "care", ["branch", "branch/unit"])
    assert result.value("branch/unit", "n") == 12
    assert result.table.loc[result.table["part"] == "variance", "share"].sum() == pytest.approx(1)


def test_missing_answers_are_counted():
    info = multilevel.mixed(
        DATA.assign(climate=DATA["climate"].where(DATA.index > 3)), "care", ["climate"], "team"
    ).info
    assert (info["n_total"], info["n_used"], info["n_excluded"]) == (96, 92, 4)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: multilevel.mixed(DATA, "care", ["climate"], "team", slopes=["age"]),
            OptionError,
            "'age' is not",
        ),
        (lambda: multilevel.mixed(DATA, "care", ["climate"], "team", method="mle"), OptionError, "'ml'"),
        (lambda: multilevel.mixed(DATA, "care", ["climate"], "team", errors="hc3"), OptionError, "'cr2'"),
        (
            lambda: multilevel.mixed(DATA, "care", ["style"], "team", center=["style"]),
            ModelError,
            "cannot be centred",
        ),
        (lambda: multilevel.mixed(DATA[DATA["team"] < 4], "care", [], "team"), ModelError, "4 groups"),
        (lambda: multilevel.mixed(DATA.assign(who=range(96)), "care", [], "who"), ModelError, "one row"),
        (
            lambda: multilevel.mixed(DATA.assign(care=1.0), "care", [], "team"),
            InputError,
            "no variance: care",
        ),
        (
            lambda: multilevel.mixed(DATA.assign(twice=DATA["age"] * 2), "care", ["age", "twice"], "team"),
            ModelError,
            "combination of the other predictors: twice",
        ),
        (lambda: multilevel.mixed(DATA, "care", ["climat"], "team"), InputError, "did you mean 'climate'"),
        (
            lambda: multilevel.mixed(DATA.assign(care=np.nan), "care", [], "team"),
            InputError,
            "no row is complete",
        ),
        (lambda: multilevel.variance_parts(DATA, "care", ["team", "tem"]), InputError, "did you mean 'team'"),
        (lambda: multilevel.variance_parts(DATA, "care", ["team"], bound=5), OptionError, "between 0 and 1"),
        (
            lambda: multilevel.mediation_2_1_1(DATA, "age", "climate", "care", "team"),
            InputError,
            "mediation_1_1_1",
        ),
        (
            lambda: multilevel.mediation_2_1_1(
                DATA.assign(m=DATA["style"] * 2), "style", "m", "care", "team"
            ),
            InputError,
            "does not vary within",
        ),
        (
            lambda: multilevel.mediation_1_1_1(DATA, "style", "climate", "care", "team"),
            InputError,
            "does not vary",
        ),
        (
            lambda: multilevel.mediation_1_1_1(DATA, "age", "climate", "care", "team", n_draws=5),
            OptionError,
            "100",
        ),
        (lambda: multilevel.ranking(DATA.head(20), "care", "team"), ModelError, "3 groups"),
        (
            lambda: multilevel.ranking(
                DATA.assign(twice=DATA["age"]), "care", "team", case_mix=["age", "twice"]
            ),
            ModelError,
            "case_mix",
        ),
        (
            lambda: multilevel.mixed(DATA, "care", ["style"], "team", slopes=["style"]),
            ModelError,
            "'style' does not vary within 'team': its slope",
        ),
        (
            lambda: multilevel.mixed(DATA.assign(care=2 * DATA["age"] + 1), "care", ["age"], "team"),
            ModelError,
            "explain the outcome exactly",
        ),
        (
            lambda: multilevel.variance_parts(DATA.assign(same=DATA["team"] + 100), "care", ["team", "same"]),
            ModelError,
            "'team' and 'same' put the same rows together",
        ),
        (
            lambda: multilevel.mediation_2_1_1(
                DATA.assign(y=DATA["style"] ** 2), "style", "climate", "y", "team"
            ),
            InputError,
            "'y' does not vary within 'team'",
        ),
        (
            lambda: multilevel.mediation_1_1_1(
                DATA.assign(y=DATA["style"] ** 2), "age", "climate", "y", "team"
            ),
            InputError,
            "'y' does not vary within 'team'",
        ),
        (
            lambda: multilevel.mediation_1_1_1(
                DATA.assign(m=3 * DATA["climate"]), "climate", "m", "care", "team"
            ),
            ModelError,
            "x and m cannot be told apart",
        ),
    ],
)
def test_errors_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_groups_of_one_among_larger_groups_are_kept():
    data = pd.concat([DATA, pd.DataFrame({"team": [50, 51], "care": [1.0, 2.0]})])
    assert multilevel.mixed(data, "care", [], "team").value(column="n_groups") == 14
    assert multilevel.ranking(data, "care", "team").row("50")["n"] == 1


def test_cr2_of_a_model_without_group_variance_is_that_of_least_squares():
    from klantstudie.numerics import regression

    x = np.column_stack([np.ones(96), DATA["climate"], DATA["style"]])
    y, codes = DATA["care"].to_numpy(), DATA["team"].to_numpy()
    plain = regression.ols(x, y, errors="cr2", cluster=codes)
    cov, df = cr2(x, plain.residuals, np.ones((96, 1)), np.zeros((1, 1)), 1.0, codes)
    np.testing.assert_allclose(cov, plain.cov, rtol=1e-8)
    np.testing.assert_allclose(df, plain.df, rtol=1e-8)


def test_variances_have_the_profile_intervals_that_lme4_prints():
    # R: confint(lmer(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin), method = "profile"), lme4 1.1.31,
    # which lays a spline through the profile; the exact ends, found in R by minimising, are in the reference files.
    known = json.loads((REFERENCE / "variance_parts_crossed_ml.json").read_text(encoding="utf-8"))
    data = pd.DataFrame(known["data"]["columns"])
    found = multilevel.variance_parts(data, "diameter", ["plate", "sample"], method="ml")
    for term, low, high in (
        ("plate", 0.6335660, 1.1821040),
        ("sample", 1.0957892, 3.5562916),
        ("residual", 0.4858454, 0.6294535),
    ):
        row = found.row(term, part="variance")
        assert np.sqrt([row["conf_low"], row["conf_high"]]) == pytest.approx([low, high], rel=5e-5)


def test_a_level_without_variance_has_an_interval_from_zero():
    draw = np.random.default_rng(4)
    data = pd.DataFrame(
        {"y": draw.normal(size=120), "a": np.tile(np.arange(12), 10), "b": np.repeat(np.arange(20), 6)}
    )
    found = multilevel.variance_parts(data, "y", ["a", "b"], bound=0.5)
    table = found.table[found.table["part"] == "variance"].set_index("term")
    assert found.info["singular"]
    assert (table.loc[["a", "b"], ["conf_low", "share_low"]] == 0).all(axis=None)
    assert table.loc["residual", "share_high"] == 1
    assert (table["conf_low"] <= table["estimate"]).all() and (table["estimate"] < table["conf_high"]).all()
    assert (table["share_low"] <= table["share"]).all() and (table["share"] <= table["share_high"]).all()
    assert list(table["decision"]) == ["equivalent", "", ""] and found.info["decision"] == "equivalent"


def test_too_many_labels_leave_out_the_intervals_and_say_so(monkeypatch):
    from klantstudie.analyses.multilevel import models

    monkeypatch.setattr(models, "WIDEST", 7)
    found = multilevel.variance_parts(TWO, "care", ["team", "day"], bound=0.05)
    assert "no intervals of variances" in found.info["method"] and found.info["decision"] == "inconclusive"
    assert "share_low" not in found.table and found.table["conf_low"].notna().sum() == 1


def test_the_share_of_the_first_level_decides_and_its_interval_does_not_depend_on_the_unit():
    found = multilevel.variance_parts(TWO, "care", ["team", "day"], bound=0.05)
    other = multilevel.variance_parts(
        TWO.assign(care=1000 - 250 * TWO["care"]), "care", ["team", "day"], bound=0.05
    )
    assert found.info["decision"] == found.row("team", part="variance")["decision"]
    for column, factor in (("share_low", 1), ("share_high", 1), ("conf_low", 250**2), ("conf_high", 250**2)):
        assert other.value("team", column, part="variance") == pytest.approx(
            factor * found.value("team", column, part="variance"), rel=1e-5
        )


@pytest.mark.slow
def test_seventy_thousand_crossed_ratings_come_out_as_in_lme4():
    # R: lmer(y ~ service + (1 | s) + (1 | d) + (1 | dept), InstEval, bobyqa); lmerTest: df 15.36.
    data = pd.read_csv(COLLEGES)
    result = multilevel.variance_parts(data, "y", ["s", "d", "dept"], predictors=["service"])
    assert result.fit["deviance"] == pytest.approx(237733.83412752, abs=1e-5)
    assert result.value("intercept") == pytest.approx(3.2825877591668, abs=1e-7)
    assert result.value("service") == pytest.approx(-0.0926417117195, abs=1e-7)
    assert result.value("service", "std_error") == pytest.approx(0.0133891871382, rel=1e-5)
    assert result.value("intercept", "df") == pytest.approx(15.36, abs=0.01)
    for name, variance in (
        ("s", 0.10599799548),
        ("d", 0.26522119724),
        ("dept", 0.00691208755),
        ("residual", 1.38650034511),
    ):
        assert result.value(name, part="variance") == pytest.approx(variance, rel=1e-4)
        row = result.row(name, part="variance")
        assert (
            row["conf_low"] < variance < row["conf_high"]
            and row["share_low"] < row["share"] < row["share_high"]
        )


@pytest.mark.slow
def test_satterthwaite_intervals_cover_as_they_say_with_ten_teams():
    rounds, hits = 250, 0
    for seed in range(rounds):
        row = multilevel.mixed(
            staff(teams=10, size=6, seed=seed).assign(care=lambda f: f["care"] - 0.4 * f["climate"]),
            "care",
            ["style"],
            "team",
        ).row("style")
        hits += row["conf_low"] <= 0 <= row["conf_high"]
    assert hits / rounds == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / rounds))


@pytest.mark.slow
def test_monte_carlo_intervals_of_2_1_1_cover_as_they_say():
    # Between groups: a = 0.6; the effect of group means of climate on care equals the within effect, 0.4.
    rounds, hits = 250, 0
    for seed in range(rounds):
        data = staff(teams=40, size=10, seed=1000 + seed, spread=0.4)
        row = multilevel.mediation_2_1_1(data, "style", "climate", "care", "team", n_draws=2000).row(
            "indirect"
        )
        hits += row["conf_low"] <= 0.24 <= row["conf_high"]
    assert hits / rounds == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / rounds))


def test_multilevel_mediation_says_that_slopes_are_fixed():
    for result in (
        multilevel.mediation_2_1_1(DATA, "style", "climate", "care", "team", n_draws=100),
        multilevel.mediation_1_1_1(DATA, "age", "climate", "care", "team", n_draws=100),
    ):
        assert "random intercepts, fixed slopes" in result.info["method"]
