"""Weights: raking as R's survey does it, trimming that keeps the shares, and errors that say what to mend."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.study.weighting import balance, design_effect, means, post_stratify, rake, regression

HERE = Path(__file__).parent
TRUTH = json.loads((HERE / "data/weights.json").read_text())
TARGETS = TRUTH["targets"]


@pytest.fixture
def customers():
    return pd.read_csv(HERE.parent / "reference/data/customers.csv").dropna(subset=["channel"])


def test_raking_is_that_of_survey(customers):
    np.testing.assert_allclose(rake(customers, TARGETS), TRUTH["equal"], rtol=1e-7)
    np.testing.assert_allclose(rake(customers, TARGETS, base="weight"), TRUTH["based"], rtol=1e-7)
    post = {(label,): share for label, share in TARGETS["branch"].items()}
    np.testing.assert_allclose(post_stratify(customers, ["branch"], post), TRUTH["post"], rtol=1e-9)


def test_weights_have_mean_one_and_meet_the_targets_also_when_trimmed(customers):
    before = customers.copy(deep=True)
    free = rake(customers, TARGETS, base="weight")
    trimmed = rake(customers, TARGETS, base="weight", trim=1.9)
    pd.testing.assert_frame_equal(customers, before)
    assert free.max() > 1.9 >= trimmed.max() - 1e-9
    for weights in (free, trimmed):
        assert weights.mean() == pytest.approx(1)
        found = balance(customers.assign(w=weights), TARGETS, "w").table
        np.testing.assert_allclose(found["estimate"], found["target"], atol=1e-8)
    counts = {
        name: {label: 1000 * share for label, share in shares.items()} for name, shares in TARGETS.items()
    }
    np.testing.assert_allclose(rake(customers, counts, base="weight"), free)


def test_post_strata_of_two_columns(customers):
    joint = customers.groupby(["branch", "channel"]).size()
    weights = post_stratify(customers, ["branch", "channel"], dict.fromkeys(joint.index, 1.0), base="weight")
    sums = weights.groupby([customers["branch"], customers["channel"]]).sum()
    np.testing.assert_allclose(sums, len(customers) / len(joint))


def test_what_cannot_be_weighted_is_told_at_once(customers):
    wrong = {"branch": {"Arnhem": 0.5, "Bredda": 0.5}, "channel": {"desk": 0.2, "phone": 0.5, "web": -0.3}}
    with pytest.raises(InputError) as caught:
        rake(customers.assign(channel=customers["channel"].where(customers.index != 3)), wrong)
    told = str(caught.value)
    for part in (
        "'branch' has no share for 'Breda', did you mean 'Bredda'?",
        "nobody has 'Bredda' in 'branch', did you mean 'Breda'?",
        "'channel' is missing in 1 rows",
        "'channel' has a share that is not positive",
    ):
        assert part in told, part
    with pytest.raises(ModelError, match=r"cannot be met together with no weight above 1\.01 times"):
        rake(customers, TARGETS, trim=1.01)
    with pytest.raises(OptionError, match="trim must be larger than 1"):
        rake(customers, TARGETS, trim=0.5)
    with pytest.raises(InputError, match="at least one column"):
        rake(customers, {})
    with pytest.raises(InputError, match="must hold a weight of at least 0"):
        rake(customers.assign(w=-1.0), TARGETS, base="w")


def test_equal_weights_change_nothing(customers):
    found = means(customers.assign(one=1.0), ["satisfaction"], "one")
    known = customers["satisfaction"].dropna()
    assert found.value("satisfaction") == pytest.approx(known.mean())
    assert found.value("satisfaction", "std_error") == pytest.approx(known.std() / np.sqrt(len(known)))
    assert design_effect(np.ones(9)).value("design_effect") == 1
    assert design_effect([1.0, np.nan, 1.0]).info["n_excluded"] == 1


def test_edges(customers):
    with pytest.raises(InputError, match="from 1 cluster; two are needed"):
        means(customers.assign(c="x"), ["satisfaction"], "weight", cluster="c")
    with pytest.raises(ModelError, match="constant or a combination"):
        regression(customers.assign(k=1.0), "satisfaction", ["k"], "weight")
    with pytest.raises(InputError, match="too few"):
        regression(customers.head(2), "satisfaction", ["p2"], "weight")
    with pytest.raises(InputError, match="cluster: column 'c' is missing in"):
        means(customers.assign(c=None), ["satisfaction"], "weight", cluster="c")
    with pytest.raises(InputError, match="at least one weight above 0"):
        design_effect([0.0, 0.0])
