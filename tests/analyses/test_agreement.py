"""Agreement: published values, edges, error messages, properties and coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klantstudie.analyses import agreement
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.numerics import coding
from klantstudie.numerics.agreement import NULL_VARIANCE, icc_anova, icc_profile, oneway


def frame(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


TWO = frame(team=["a", "a", "b", "b"], item=[4.0, 4, 2, 3])


def test_shrout_and_fleiss_1979_as_printed():
    table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    rows = [(i, j, mark) for i, row in enumerate(table) for j, mark in enumerate(row)]
    result = agreement.icc_raters(pd.DataFrame(rows, columns=["t", "r", "m"]), "t", "r", "m")
    assert [round(value, 2) for value in result.table["estimate"]] == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]


def test_uniform_null_works_for_any_number_of_options_and_the_others_for_five_to_eleven():
    data = frame(team=["a", "a"], item=[1.0, 3])
    assert agreement.rwg(data, "item", "team", scale=(1, 3)).info["null_variance"] == pytest.approx(8 / 12)
    with pytest.raises(OptionError, match="5 to 11 answer options, not for 3"):
        agreement.rwg(data, "item", "team", scale=(1, 3), null="slight")
    for options, row in NULL_VARIANCE.items():
        assert row[0] == pytest.approx((options**2 - 1) / 12, abs=0.005)


def test_a_group_of_one_has_no_value_and_is_counted():
    data = pd.concat([TWO, frame(team=["c"], item=[5.0])])
    result = agreement.rwg(data, "item", "team", scale=(1, 5))
    assert np.isnan(result.value("item", group="c"))
    assert result.row("item", group="c")["note"] == "one_answer"
    assert (result.info["n_used"], result.info["n_excluded"]) == (4, 1)


def test_disagreement_beyond_chance_is_truncated_and_says_so():
    data = frame(team=["a", "a", "b", "b"], item=[1.0, 5, 3, 3])
    result = agreement.rwg(data, "item", "team", scale=(1, 5))
    assert list(result.table["estimate"]) == [0.0, 1.0]
    assert list(result.table["note"]) == ["truncated", ""]
    assert result.info["n_truncated"] == 1


def test_rwg_j_is_truncated_where_its_formula_turns_round():
    # With ten items and a variance of 4 times chance the plain formula gives 1.11, which means nothing.
    data = frame(team=["a", "a"], **{f"i{k}": [1.0, 5.0] for k in range(10)})
    result = agreement.rwg_j(data, [f"i{k}" for k in range(10)], "team", scale=(1, 5))
    assert result.value("rwg(j)", group="a") == 0
    lindell = agreement.rwg_j(data, ["i0", "i1"], "team", scale=(1, 5), kind="lindell")
    assert lindell.value("r*wg(j)", group="a") == -3


def test_awg_names_the_items_it_could_use():
    data = frame(team=["a"] * 3, near=[1.0, 1, 2], far=[2.0, 3, 4])
    result = agreement.awg(data, ["near", "far"], "team", scale=(1, 5))
    assert result.row("awg", group="a")["note"] == "far"
    assert agreement.awg(frame(team=["a"] * 3, i=[5.0, 5, 5]), "i", "team", scale=(1, 5)).value("awg") == 1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: agreement.rwg(TWO, "item", "team", scale=(1, 3)), InputError, "outside the scale 1 to 3"),
        (lambda: agreement.rwg(TWO, "item", "team", scale=(5, 1)), OptionError, "lower to a higher"),
        (lambda: agreement.rwg(TWO, "item", "team", scale=7), OptionError, "two ends"),
        (lambda: agreement.rwg(TWO, "item", "team", scale=(1, 5), null="flat"), OptionError, "'uniform'"),
        (lambda: agreement.rwg(TWO, "itm", "team", scale=(1, 5)), InputError, "did you mean 'item'"),
        (lambda: agreement.rwg_j(TWO, ["item"], "team", scale=(1, 5), kind="x"), OptionError, "'lindell'"),
        (lambda: agreement.icc_groups(TWO, "item", "team", method="ml"), OptionError, "'reml'"),
        (lambda: agreement.icc_groups(TWO, "item", "team", size="median"), OptionError, "'harmonic'"),
        (lambda: agreement.icc_groups(TWO.iloc[:2], "item", "team"), InputError, "at least two groups"),
        (lambda: agreement.icc_groups(TWO.iloc[::2], "item", "team"), InputError, "one complete answer"),
        (lambda: agreement.aggregation(TWO, ["item"], "team", scale=(1, 5), null=[]), OptionError, "null"),
        (lambda: agreement.coders(TWO, ["item"]), InputError, "at least two columns"),
        (lambda: agreement.coders(TWO, ["item", "team"], level="interval"), InputError, "not numbers"),
        (lambda: agreement.coders(frame(a=[1, 1], b=[1, 1])), InputError, "same category"),
        (lambda: agreement.coders(frame(a=[1, np.nan], b=[np.nan, 1])), InputError, "two units"),
        (lambda: agreement.rank_agreement(frame(a=[1.0], b=[2.0]), ["a", "b"]), InputError, "at least 2"),
        (
            lambda: agreement.rank_agreement(frame(a=[1.0, 1], b=[1.0, 1]), ["a", "b"]),
            InputError,
            "same mark",
        ),
    ],
)
def test_errors_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_constant_answers_leave_nothing_to_divide():
    with pytest.raises(InputError, match="all values are equal"):
        agreement.icc_groups(TWO.assign(item=3.0), "item", "team")


def test_all_answers_missing_is_an_error():
    with pytest.raises(InputError, match="no row has an answer"):
        agreement.rwg(TWO.assign(item=np.nan), "item", "team", scale=(1, 5))


def test_no_variance_within_groups_is_an_error_for_reml_and_one_for_anova():
    data = frame(team=["a", "a", "b", "b"], item=[1.0, 1, 3, 3])
    assert agreement.icc_groups(data, "item", "team").value("ICC(1)") == pytest.approx(1, nan_ok=True)
    with pytest.raises(ModelError, match="no variance within"):
        agreement.icc_groups(data, "item", "team", method="reml")


def test_reml_is_never_negative_where_anova_is():
    data = frame(team=list("aabbcc"), item=[1.0, 5, 2, 4, 3, 3])
    assert agreement.icc_groups(data, "item", "team").value("ICC(1)") < 0
    assert agreement.icc_groups(data, "item", "team", method="reml").value("ICC(1)") == 0


def test_reml_equals_anova_for_equal_group_sizes():
    draw = np.random.default_rng(1)
    data = frame(
        team=np.repeat(np.arange(12), 5), item=np.repeat(draw.normal(size=12), 5) + draw.normal(size=60)
    )
    anova = agreement.icc_groups(data, "item", "team").table["estimate"]
    reml = agreement.icc_groups(data, "item", "team", method="reml").table["estimate"]
    np.testing.assert_allclose(anova, reml, rtol=1e-9)


def test_a_target_that_a_rater_missed_is_left_out_and_a_double_rating_is_refused():
    data = frame(t=list("aabbcc"), r=[1, 2] * 3, m=[1.0, 2, 3, 5, 4, np.nan])
    assert agreement.icc_raters(data, "t", "r", "m").info["n_excluded"] == 2
    with pytest.raises(InputError, match="rater '1' rated target 'a' more than once"):
        agreement.icc_raters(pd.concat([data, data.iloc[:1]]), "t", "r", "m")
    with pytest.raises(InputError, match="1 of 3 targets"):
        agreement.icc_raters(data.assign(m=[1.0, 2, 3, np.nan, 4, np.nan]), "t", "r", "m")
    with pytest.raises(InputError, match="all ratings are equal"):
        agreement.icc_raters(data.assign(m=2.0), "t", "r", "m")


def test_a_reliability_that_has_no_value_is_left_empty():
    data = frame(t=list("aabbcc"), r=[1, 2] * 3, m=[1.0, 4, 4, 1, 2, 3])
    table = agreement.icc_raters(data, "t", "r", "m").table
    known = table.dropna(subset=["conf_low", "conf_high"])
    assert (known["conf_low"] <= known["conf_high"]).all()
    assert not np.isinf(table[["estimate", "conf_low", "conf_high"]].to_numpy()).any()


def test_raters_in_perfect_agreement_have_icc_one():
    data = frame(t=list("aabbcc"), r=[1, 2] * 3, m=[1.0, 1, 3, 3, 4, 4])
    result = agreement.icc_raters(data, "t", "r", "m")
    assert (result.table["estimate"] == 1).all()


def test_aggregation_decides_by_its_stated_rule():
    draw = np.random.default_rng(2)
    team = np.repeat(np.arange(20), 8)
    level = np.repeat(draw.normal(3, 0.9, 20), 8)
    alike = {f"i{k}": np.clip(np.round(level + draw.normal(0, 0.4, 160)), 1, 5) for k in range(3)}
    apart = {f"i{k}": draw.integers(1, 6, 160).astype(float) for k in range(3)}
    names = ["i0", "i1", "i2"]
    assert (
        agreement.aggregation(frame(team=team, **alike), names, "team", scale=(1, 5)).info["decision"]
        == "justified"
    )
    both = frame(team=team, **alike, **{f"r{name}": values for name, values in apart.items()})
    result = agreement.aggregation(
        both, {"clear": names, "random": ["ri0", "ri1", "ri2"]}, "team", scale=(1, 5), null="uniform"
    )
    assert result.info["decision"] == "not_justified"
    assert result.row("decision", part="clear")["decision"] == "justified"
    assert result.row("decision", part="random")["decision"] == "not_justified"
    assert set(result.table.loc[result.table["term"] != "decision", "decision"]) == {""}


def test_coders_take_text_and_ignore_units_without_a_code():
    data = frame(a=["x", "y", None, "x"], b=["x", "y", None, "y"])
    result = agreement.coders(data)
    assert (result.info["n_used"], result.info["n_excluded"]) == (3, 1)
    assert result.value("percent") == pytest.approx(2 / 3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=4, max_size=12), st.permutations(range(4)))
def test_renaming_nominal_categories_changes_nothing(units, names):
    if len({code for unit in units for code in unit}) < 2:
        return
    plain = pd.DataFrame(units, columns=list("abc"))
    renamed = plain.replace({old: f"name{new}" for old, new in enumerate(names)})
    left, right = agreement.coders(plain).table, agreement.coders(renamed).table
    np.testing.assert_allclose(left["estimate"], right["estimate"], atol=1e-12)
    np.testing.assert_allclose(left["std_error"], right["std_error"], atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=4, max_size=9))
def test_reversing_the_scale_changes_no_index_of_agreement(answers):
    team = [k % 2 for k in range(len(answers))]
    plain = frame(team=team, item=np.array(answers, dtype=float))
    turned = plain.assign(item=6 - plain["item"])
    for name in ("rwg", "awg", "average_deviation"):
        compute = getattr(agreement, name)
        left = compute(plain, "item", "team", scale=(1, 5)).table["estimate"]
        right = compute(turned, "item", "team", scale=(1, 5)).table["estimate"]
        np.testing.assert_allclose(left, right, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("icc", [0.1, 0.4])
def test_icc_intervals_cover_as_they_say(icc):
    draw = np.random.default_rng(11)
    group = np.repeat(np.arange(30), 8)
    hits = np.zeros(2)
    rounds = 400
    for _ in range(rounds):
        values = np.sqrt(icc) * draw.normal(size=30)[group] + np.sqrt(1 - icc) * draw.normal(size=240)
        for place, found in enumerate(
            (icc_anova(oneway(values, group), 8.0, 0.95), icc_profile(values, group, 8.0, 0.95))
        ):
            hits[place] += found[0, 1] <= icc <= found[0, 2]
    assert (np.abs(hits / rounds - 0.95) < 4 * np.sqrt(0.95 * 0.05 / rounds)).all()


def coded(draw, n, coders, prior, skill, missing=0.0):
    """Units whose coders see the real category as often as `skill` says, and otherwise guess by the prior."""
    real = draw.choice(len(prior), n, p=prior)
    guessed = draw.choice(len(prior), (n, coders), p=prior)
    codes = np.where(draw.random((n, coders)) < skill, real[:, None], guessed)
    return np.where(draw.random((n, coders)) < missing, -1, codes)


@pytest.mark.slow
@pytest.mark.parametrize("skill", [0.6, 0.9])
@pytest.mark.parametrize(("n", "coders", "missing"), [(50, 2, 0.0), (50, 4, 0.2), (100, 3, 0.0)])
@pytest.mark.parametrize(
    ("scale", "prior"),
    [
        ("nominal", [0.5, 0.5]),
        ("nominal", [0.7, 0.2, 0.1]),
        ("ordinal", [0.1, 0.2, 0.4, 0.2, 0.1]),
        ("interval", [0.1, 0.2, 0.4, 0.2, 0.1]),
    ],
)
def test_coder_intervals_cover_as_their_docstring_says(scale, prior, n, coders, missing, skill):
    draw, rounds, hits = np.random.default_rng(12), 500, np.zeros((2, 2))
    values = np.arange(len(prior), dtype=float)
    truths = coding.coefficients(coded(draw, 100_000, coders, prior, skill), values, scale)
    tried = 0
    for _ in range(rounds):
        found = coding.coefficients(coded(draw, n, coders, prior, skill, missing), values, scale)
        ends = [[coding.interval(found[i], kind, 0.95) for kind in ("log", "t")] for i in (2, 5)]
        tried += not np.isnan(ends).any()
        hits += [[low <= truths[i].estimate <= high for low, high in pair] for i, pair in zip((2, 5), ends)]
    log, t = (hits / tried).T
    assert (log > 0.912 - 0.035).all() and (log < 0.973 + 0.02).all()
    assert (t > 0.835 - 0.045).all()


@pytest.mark.slow
def test_a_rare_category_makes_the_interval_of_alpha_too_short():
    draw, hits = np.random.default_rng(5), 0
    truth = coding.coefficients(coded(draw, 100_000, 3, [0.9, 0.1], 0.6), np.arange(2.0), "nominal")[
        5
    ].estimate
    for _ in range(500):
        codes = coded(draw, 20, 3, [0.9, 0.1], 0.6)
        if len(np.unique(codes)) > 1:
            alpha = coding.coefficients(codes, np.arange(2.0), "nominal")[5]
            low, high = coding.interval(alpha, "log", 0.95)
            hits += low <= truth <= high
    assert 0.55 < hits / 500 < 0.8


def test_where_nobody_disagrees_there_is_no_interval():
    row = agreement.coders(frame(a=["x", "y", "x"], b=["x", "y", "x"])).row("gwet_ac1")
    assert row["estimate"] == 1 and np.isnan([row["conf_low"], row["conf_high"], row["p_value"]]).all()
