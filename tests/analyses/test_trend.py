"""Change over time: algebra, edges, error messages and coverage with few clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses import trend
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.moments import Moments
from klantstudie.numerics import panel, regression


def frame(teams: int = 10, waves: int = 4, effect: float = 0.5, seed: int = 1) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    team = np.repeat(np.arange(teams), waves)
    wave = np.tile(np.arange(1, waves + 1), teams)
    trained = (team >= teams // 2).astype(float)
    mark = draw.normal(size=teams)[team] + 0.1 * wave + effect * trained * (wave >= 3)
    mark = mark + draw.normal(0, 0.5, len(team))
    return pd.DataFrame(
        {
            "team": team,
            "wave": wave,
            "trained": trained,
            "mark": mark,
            "start": np.where(trained == 1, 3, np.nan),
        }
    )


DATA = frame()


def test_two_waves_with_units_are_the_difference_of_changes():
    data = DATA[DATA["wave"].isin([2, 3])]
    panel_answer = trend.difference_in_differences(
        data, "mark", "trained", "wave", unit="team", errors="classic"
    )
    wide = data.pivot(index=["team", "trained"], columns="wave", values="mark").reset_index()
    wide.columns = ["team", "trained", "pre", "post"]
    by_hand = trend.change(wide, "pre", "post", group="trained").row("change", part="difference")
    found = panel_answer.row("trained")
    assert found["estimate"] == pytest.approx(by_hand["estimate"])
    assert found["std_error"] == pytest.approx(by_hand["std_error"])
    assert found["df"] == by_hand["df"]


def test_a_treatment_that_moves_is_the_same_as_a_group_with_its_start():
    moving = DATA.assign(now=DATA["trained"] * (DATA["wave"] >= 3))
    one = trend.difference_in_differences(moving, "mark", "now", "wave", unit="team").row("now")
    other = trend.difference_in_differences(DATA, "mark", "trained", "wave", unit="team", start="3").row(
        "trained"
    )
    assert one["estimate"] == pytest.approx(other["estimate"])
    assert one["conf_low"] == pytest.approx(other["conf_low"])


def test_lord_is_explained_exactly():
    result = trend.ancova(
        DATA.pivot(index=["team", "trained"], columns="wave", values="mark")
        .reset_index()
        .rename(columns=str),
        "1",
        "4",
        "trained",
    )
    slope = result.value("1", part="ancova")
    expected = (1 - slope) * result.value("baseline")
    assert float(result.value("difference")) == pytest.approx(float(expected))


def test_a_wave_without_answers_keeps_its_row():
    data = DATA.assign(mark=DATA["mark"].where(DATA["wave"] != 2))
    for unit in (None, "team"):
        table = trend.waves(data, "mark", "wave", unit=unit).table
        row = table[(table["part"] == "wave") & (table["wave"] == "2")].iloc[0]
        assert (row["n"], row["n_missing"], row["note"]) == (0, 10, "no_answers")
        assert table["estimate"].isna().sum() == 3
    assert trend.slope(data, "mark", "wave").info["n_used"] == 30
    panel_answer = trend.difference_in_differences(data, "mark", "trained", "wave", unit="team", start="3")
    assert panel_answer.info["n_used"] == 30


def test_equal_weights_change_nothing():
    plain = trend.waves(DATA, "mark", "wave").table
    equal = trend.waves(DATA.assign(w=2.0), "mark", "wave", weights="w").table
    np.testing.assert_allclose(plain["std_error"], equal["std_error"])
    one = trend.slope(DATA, "mark", "wave", cluster="team").row("wave")
    other = trend.slope(DATA.assign(w=2.0), "mark", "wave", cluster="team", weights="w").row("wave")
    assert one["df"] == pytest.approx(other["df"])


@pytest.mark.parametrize(
    ("effect", "noise", "expected"),
    [
        (0.0, 0.01, "equivalent"),
        (0.05, 0.01, "negligible"),
        (0.5, 0.01, "different"),
        (0.0, 3.0, "inconclusive"),
    ],
)
def test_the_decision_about_standstill(effect, noise, expected):
    draw = np.random.default_rng(4)
    time = np.repeat(np.arange(6.0), 10)
    data = pd.DataFrame({"time": time, "mark": 5 + effect * time + draw.normal(0, noise, 60)})
    result = trend.slope(data, "mark", "time", bounds=0.1)
    assert result.info["decision"] == expected
    assert result.row("time", part="equivalence")["decision"] == expected


def test_pieces_without_a_bend_agree_with_the_line():
    time = np.arange(20.0)
    data = pd.DataFrame({"time": time, "mark": 2 * time + np.tile([0.1, -0.1], 10)})
    table = trend.slope(data, "mark", "time", breaks=[8]).table
    np.testing.assert_allclose(table.loc[table["part"] == "slope", "estimate"], 2, atol=0.02)
    assert abs(table.loc[table["part"] == "bend", "estimate"].iloc[0]) < 0.04


def test_event_study_without_waves_before_has_no_test_of_them():
    data = DATA[DATA["wave"] >= 2]
    result = trend.event_study(data, "mark", "start", "wave", unit="team")
    assert list(result.table["term"]) == ["-1", "0", "1"]
    assert not result.fit
    full = trend.event_study(DATA, "mark", "start", "wave", unit="team")
    assert full.row("-1")["estimate"] == 0
    assert full.info["several_starts"] is False


def moments(n: int, pre: float, post: float) -> Moments:
    return Moments(("pre", "post"), [pre, post], [1.0, 1.0], [[1, 0.5], [0.5, 1]], n)


ALL = {"control": moments(20, 5, 5), "trained": moments(20, 5, 6)}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: trend.waves(DATA.assign(mark=np.nan), "mark", "wave"), InputError, "no row has an answer"),
        (lambda: trend.waves(DATA.assign(w=-1.0), "mark", "wave", weights="w"), InputError, "negative"),
        (lambda: trend.waves(DATA.assign(team=1), "mark", "wave", unit="team"), InputError, "more than once"),
        (lambda: trend.slope(DATA[DATA["wave"] == 1], "mark", "wave"), InputError, "a slope needs two"),
        (lambda: trend.slope(DATA, "mark", "wave", breaks=[9]), OptionError, "between 1 and 4"),
        (lambda: trend.slope(DATA, "mark", "wave", bounds=(0.1, 0.2)), OptionError, "either side of zero"),
        (lambda: trend.slope(DATA, "mark", "wave", bounds="small"), OptionError, "two numbers"),
        (lambda: trend.slope(DATA, "mark", "wave", errors="cr2"), OptionError, "needs cluster"),
        (lambda: trend.slope(DATA, "mark", "wave", errors="hc5"), OptionError, "'hc3'"),
        (lambda: trend.difference_in_differences(DATA, "mark", "trained"), OptionError, "wave"),
        (
            lambda: trend.difference_in_differences(DATA, "mark", "trained", "wave", unit="team"),
            OptionError,
            "say in which wave",
        ),
        (
            lambda: trend.difference_in_differences(DATA, "mark", "trained", "wave", unit="team", start="9"),
            OptionError,
            "one of 2, 3, 4",
        ),
        (
            lambda: trend.difference_in_differences(
                DATA.assign(trained=2.0), "mark", "trained", "wave", unit="team"
            ),
            InputError,
            "0 and 1",
        ),
        (
            lambda: trend.difference_in_differences(
                DATA.assign(trained=1.0), "mark", "trained", "wave", unit="team"
            ),
            InputError,
            "same in every row",
        ),
        (
            lambda: trend.difference_in_differences(
                DATA.assign(now=DATA["wave"] >= 3).astype({"now": float}), "mark", "now", "wave", unit="team"
            ),
            ModelError,
            "no untreated unit",
        ),
        (
            lambda: trend.difference_in_differences(
                DATA.assign(now=DATA["trained"] * (DATA["wave"] >= 3)), "mark", "now", "wave"
            ),
            InputError,
            "must mark the group",
        ),
        (
            lambda: trend.difference_in_differences(
                DATA.assign(now=DATA["trained"] * (DATA["wave"] >= 3)),
                "mark",
                "now",
                "wave",
                unit="team",
                start="3",
            ),
            OptionError,
            "never changes",
        ),
        (
            lambda: trend.difference_in_differences(
                pd.concat([DATA, DATA.head(1)]), "mark", "trained", "wave", unit="team", start="3"
            ),
            InputError,
            "more than one row",
        ),
        (
            lambda: trend.difference_in_differences(
                DATA.assign(mark=1.0), "mark", "trained", "wave", start="3"
            ),
            InputError,
            "'mark' does not change",
        ),
        (lambda: trend.difference_in_differences(ALL, ["pre", "post"], "none"), InputError, "name one of"),
        (lambda: trend.difference_in_differences(ALL, "post", "trained"), InputError, "two columns"),
        (
            lambda: trend.event_study(DATA.assign(start=DATA["wave"]), "mark", "start", "wave", unit="team"),
            InputError,
            "same in all rows",
        ),
        (
            lambda: trend.event_study(DATA.assign(start=1.0), "mark", "start", "wave", unit="team"),
            InputError,
            "one wave before",
        ),
        (
            lambda: trend.event_study(DATA, "mark", "start", "wave", unit="team", window=(1, 2)),
            OptionError,
            "window must run",
        ),
        (lambda: trend.ancova(DATA, "mark", "wave", "team"), InputError, "two groups; it has 10"),
        (
            lambda: trend.change(
                pd.DataFrame({"a": [1.0, 2], "b": [2.0, 3], "g": [1, 2]}), "a", "b", group="g"
            ),
            InputError,
            "group '1' has one unit",
        ),
        (
            lambda: trend.slope(DATA.assign(q=-1.0), "mark", "wave", weights="q"),
            InputError,
            "'q' holds negative",
        ),
        (lambda: trend.slope(DATA.assign(mark=2.0), "mark", "wave"), InputError, "same in every row"),
        (
            lambda: trend.slope(DATA.assign(mark=DATA["wave"] / 3), "mark", "wave", bounds=0.1),
            InputError,
            "exactly on a line",
        ),
        (
            lambda: trend.slope(DATA, "mark", "wave", breaks=[2.2, 2.5, 2.8]),
            ModelError,
            "combination of the columns before it: wave 2.5–2.8",
        ),
        (
            lambda: trend.difference_in_differences(
                DATA.assign(
                    now=DATA["trained"] * (DATA["wave"] >= 2), mark=DATA["mark"].where(DATA["wave"] != 1)
                ),
                "mark",
                "now",
                "wave",
                unit="team",
                start="4",
            ),
            InputError,
            "'now' changes only between waves of which one has no answers",
        ),
        (
            lambda: trend.difference_in_differences(
                DATA.assign(odd=DATA["wave"] % 2),
                "mark",
                "trained",
                "wave",
                unit="team",
                start="3",
                cluster="odd",
            ),
            InputError,
            "more than one cluster of 'odd'",
        ),
        (
            lambda: trend.ancova(
                pd.DataFrame({"a": [1.0] * 6, "b": [2.0, 3, 4, 2, 5, 1], "g": [1, 2] * 3}), "a", "b", "g"
            ),
            ModelError,
            "constant, or a combination of the columns before it: a",
        ),
        (lambda: trend.change(DATA.head(1), "mark", "wave"), InputError, "there is one unit with both"),
    ],
)
def test_errors_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_wild_bootstrap_has_its_seed_and_takes_webb_weights_for_few_clusters():
    settings = {"unit": "team", "start": "3", "errors": "wild", "n_boot": 499}
    one = trend.difference_in_differences(DATA, "mark", "trained", "wave", **settings)
    assert one.info["seed"] == 1 and one.info["all_signs"] is False and one.info["n_boot"] == 499
    same = trend.difference_in_differences(DATA, "mark", "trained", "wave", **settings)
    assert one.value("trained", "p_value") == same.value("trained", "p_value")
    assert one.row("trained")["p_value"] > 0


@pytest.mark.slow
def test_cr2_and_wild_intervals_keep_their_level_with_ten_clusters_where_cr1_with_normal_does_not():
    rounds = 400
    draw = np.random.default_rng(21)
    hits = {"cr2": 0, "wild": 0, "normal": 0}
    for _ in range(rounds):
        team = np.repeat(np.arange(10), 8)
        dose = (team >= 7).astype(float)
        y = draw.normal(size=10)[team] + draw.normal(size=80)
        x = np.column_stack([dose, np.ones(80)])
        cr2 = regression.ols(x, y, errors="cr2", cluster=team)
        low, high = cr2.interval(0.95)
        hits["cr2"] += low[0] <= 0 <= high[0]
        cr1 = regression.ols(x, y, errors="cr1", cluster=team)
        hits["normal"] += abs(cr1.coef[0]) <= 1.96 * cr1.se[0]
        hits["wild"] += panel.WildBootstrap(x, y, 0, team, 399, 1).p_value(0.0) > 0.05
    assert hits["cr2"] / rounds == pytest.approx(0.95, abs=0.045)
    assert hits["wild"] / rounds >= 0.90
    assert hits["normal"] / rounds < 0.91


def test_waves_without_weight_or_with_one_answer_keep_their_row_and_say_why():
    silent = trend.waves(DATA.assign(q=(DATA["wave"] != 2) * 1.0), "mark", "wave", weights="q")
    assert list(silent.table.loc[silent.table["wave"] == "2", "note"]) == ["no_answers", "no_answers"]
    single = trend.waves(
        DATA.assign(mark=DATA["mark"].where((DATA["wave"] != 2) | (DATA["team"] == 0))), "mark", "wave"
    )
    assert list(single.table.loc[single.table["wave"] == "2", "note"]) == ["one_answer", "one_answer"]
