"""Experiments: what the edges give, and that known effects come back."""

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses import experiment
from klantstudie.errors import InputError, KlantstudieError, ModelError, OptionError
from tests.examples.experiment import kitchen, offers


def test_a_balanced_two_by_two_is_the_difference_of_means():
    frame = kitchen().dropna()
    found = experiment.factorial(frame, "quality", ["sees", "seen"])
    means = frame.groupby(["sees", "seen"])["quality"].mean()
    by_hand = (means[1, 1] - means[0, 1]) - (means[1, 0] - means[0, 0])
    assert found.value("sees × seen", part="effect") == pytest.approx(by_hand)
    main = (means[1, 0] + means[1, 1] - means[0, 0] - means[0, 1]) / 2
    assert found.value("sees", part="effect") == pytest.approx(main)
    t, f = found.row("sees", part="effect")["statistic"], found.row("sees", part="test")["statistic"]
    assert t**2 == pytest.approx(f)


def test_three_factors_have_seven_terms():
    frame = kitchen().assign(third=lambda d: np.arange(80) // 4 % 2)
    table = experiment.factorial(frame, "quality", ["sees", "seen", "third"]).table
    assert (table["part"] == "test").sum() == 7
    assert (table["part"] == "cell").sum() == 8


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d[(d["sees"] == 0) | (d["seen"] == 0)], "sees: 1, seen: 1"),
        (lambda d: d[d["sees"] == 0], "one level only"),
        (lambda d: d.assign(quality=3.0), "does not vary"),
        (lambda d: d.assign(quality=np.nan), "no row is complete"),
    ],
)
def test_factorial_says_what_the_design_lacks(change, told):
    with pytest.raises(InputError, match=told):
        experiment.factorial(change(kitchen()), "quality", ["sees", "seen"])


def test_contrasts_refuse_wrong_plans():
    with pytest.raises(OptionError, match="sum to 0"):
        experiment.contrasts(kitchen(), "quality", "condition", {"x": {1: 1}})
    with pytest.raises(OptionError, match="'5'.*it has 1, 2, 3, 4"):
        experiment.contrasts(kitchen(), "quality", "condition", {"x": {1: 1, 5: -1}})
    with pytest.raises(OptionError, match="no contrast"):
        experiment.contrasts(kitchen(), "quality", "condition", {})
    with pytest.raises(OptionError, match="welch"):
        experiment.contrasts(kitchen(), "quality", "condition", {"x": {1: 1, 2: -1}}, robust="hc9")
    with pytest.raises(InputError, match="fewer than two"):
        frame = kitchen()
        frame.loc[0, "condition"] = 9
        experiment.contrasts(frame, "quality", "condition", {"x": {1: 1, 2: -1}})


def test_balance_has_no_p_values_and_follows_the_bound():
    found = experiment.balance(kitchen(), ["age"], "seen", bound=5.0)
    assert "p_value" not in found.table
    assert list(found.table["decision"]) == ["within_bound"]
    with pytest.raises(InputError, match="one|two"):
        experiment.balance(kitchen().assign(seen=1), ["age"], "seen")
    with pytest.raises(InputError, match="no '7'"):
        experiment.balance(kitchen(), ["age"], "seen", reference_group="7")
    with pytest.raises(InputError, match="constant within"):
        experiment.balance(kitchen(), ["seen"], "seen")
    same = experiment.balance(kitchen().assign(age=3.0), ["age"], "seen")
    assert same.value("age") == 0


def test_scaling_a_time_does_not_change_the_ratios():
    for model in ("log", "gamma"):
        once = experiment.times(kitchen(), "seconds", ["sees", "seen"], model=model)
        minutes = kitchen().assign(seconds=lambda d: d["seconds"] / 60)
        again = experiment.times(minutes, "seconds", ["sees", "seen"], model=model)
        assert once.value("seen", "effect") == pytest.approx(again.value("seen", "effect"))
        assert once.value("seen", "std_error") == pytest.approx(again.value("seen", "std_error"))


def test_times_refuse_zero_and_unknown_products():
    with pytest.raises(InputError, match="zero or less"):
        experiment.times(kitchen().fillna(0.0), "seconds", ["sees"])
    with pytest.raises(OptionError, match="not one of the predictors"):
        experiment.times(kitchen(), "seconds", ["sees"], interactions=[("sees", "seen")])
    with pytest.raises(InputError, match="combination"):
        experiment.times(kitchen().assign(other=lambda d: d["sees"]), "seconds", ["sees", "other"])


def test_a_set_with_a_gap_is_left_out_whole():
    found = experiment.choice(offers(), "chosen", "expert", "set", price="price")
    assert (found.info["n_total"], found.info["n_used"]) == (100, 99)


def test_choice_says_what_is_wrong():
    frame = offers()
    with pytest.raises(InputError, match="exactly one offer"):
        experiment.choice(frame.assign(chosen=0.0), "chosen", "expert", "set")
    with pytest.raises(InputError, match="must be 1"):
        experiment.choice(frame.assign(chosen=2.0), "chosen", "expert", "set")
    with pytest.raises(InputError, match="single offer"):
        experiment.choice(frame.drop_duplicates("set").assign(chosen=1.0), "chosen", "expert", "set")
    with pytest.raises(InputError, match="more than one 'person'"):
        mixed = frame.assign(person=np.arange(300))
        experiment.choice(mixed, "chosen", "expert", "set", cluster="person")
    with pytest.raises(ModelError, match="do not differ within"):
        experiment.choice(frame.assign(expert=1.0), "chosen", "expert", "set")
    with pytest.raises(ModelError, match="separates|did not converge"):
        experiment.choice(frame.assign(expert=frame["chosen"]), "chosen", "expert", "set")


def test_pay_is_empty_where_the_price_attracts():
    frame = offers().assign(price=lambda d: -d["price"])
    found = experiment.choice(frame, "chosen", "expert", "set", price="price")
    pay = found.table[found.table["part"] == "pay"]
    assert pay["estimate"].isna().all()
    assert "does not lower" in pay["note"].iloc[0]


def test_wrong_words_are_named():
    for call in (
        lambda: experiment.factorial(kitchen(), "quality", ["sees", "seen"], robust="hc4"),
        lambda: experiment.times(kitchen(), "seconds", ["sees"], model="normal"),
        lambda: experiment.contrasts(kitchen(), "quality", "condition", {"x": {1: 1, 2: -1}}, adjust="tukey"),
    ):
        with pytest.raises(KlantstudieError, match="hc3|log|holm"):
            call()


def test_known_effects_are_covered():
    chance, hits = np.random.default_rng(11), np.zeros(3)
    for _ in range(200):
        a, b = np.arange(60.0) % 2, np.repeat([0.0, 1.0], 30)
        y = 2 + 0.5 * a + 0.4 * a * b + chance.normal(size=60) * (1 + a)
        frame = pd.DataFrame(
            {"a": a, "b": b, "y": y, "t": np.exp(3 + 0.2 * b + 0.4 * chance.normal(size=60))}
        )
        frame["c"] = 1 + a + 2 * b
        row = experiment.factorial(frame, "y", ["a", "b"]).row("a × b", part="effect")
        hits[0] += row["conf_low"] <= 0.4 <= row["conf_high"]
        row = experiment.contrasts(frame, "y", "c", {"x": {1: -1, 4: 1}}).row("x")
        hits[1] += row["conf_low"] <= 0.9 <= row["conf_high"]
        row = experiment.times(frame, "t", ["a", "b"]).row("b")
        hits[2] += row["effect_low"] <= np.exp(0.2) <= row["effect_high"]
    assert ((hits / 200 > 0.904) & (hits / 200 < 0.996)).all(), hits / 200


@pytest.mark.slow
def test_willingness_to_pay_is_covered():
    chance, hits = np.random.default_rng(2), np.zeros(3)
    for _ in range(200):
        expert, price = chance.integers(0, 2, 900) * 1.0, chance.integers(0, 5, 900) * 5.0
        worth = (0.9 * expert - 0.08 * price + chance.gumbel(size=900)).reshape(300, 3)
        chosen = (worth == worth.max(1, keepdims=True)).ravel() * 1.0
        frame = pd.DataFrame(
            {"set": np.repeat(np.arange(300), 3), "expert": expert, "price": price, "chosen": chosen}
        )
        found = experiment.choice(frame, "chosen", "expert", "set", price="price", n_draws=1000)
        for place, (part, truth) in enumerate((("utility", 0.9), ("pay", 11.25), ("pay_drawn", 11.25))):
            row = found.row("expert", part=part)
            hits[place] += row["conf_low"] <= truth <= row["conf_high"]
    assert ((hits / 200 > 0.904) & (hits / 200 < 0.996)).all(), hits / 200


def test_a_time_that_never_changes_has_no_ratios():
    frame = pd.DataFrame({"time": [2.0] * 12, "x": range(12)})
    with pytest.raises(InputError, match="all 12 answers to 'time' are the same"):
        experiment.times(frame, "time", "x")
