"""Edges, errors, properties and recovery of the factors room."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses import factors
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.moments import Moments
from tests.examples.factors import ITEMS, make_frame


def loadings(result) -> np.ndarray:
    table = result.table[result.table["part"] == "loading"]
    return table.pivot(index="term", columns="group", values="estimate").to_numpy()


def known_model() -> tuple[Moments, np.ndarray]:
    pattern = np.zeros((9, 3))
    pattern[range(9), [0, 0, 0, 1, 1, 1, 2, 2, 2]] = [0.9, 0.8, 0.8, 0.8, 0.7, 0.75, 0.6, 0.7, 0.65]
    phi = np.array([[1, 0.3, 0.4], [0.3, 1, 0.2], [0.4, 0.2, 1]])
    corr = pattern @ phi @ pattern.T
    np.fill_diagonal(corr, 1)
    return Moments(tuple(f"v{i}" for i in range(9)), None, None, corr, 500), pattern


@pytest.mark.parametrize("method", ["minres", "ml"])
@pytest.mark.parametrize("rotation", ["oblimin", "promax"])
def test_an_exact_simple_structure_comes_back(method, rotation):
    moments, pattern = known_model()
    result = factors.explore(moments, list(moments.columns), 3, rotation=rotation, method=method)
    slack = 1e-5 if rotation == "oblimin" else 0.05
    assert np.abs(loadings(result) - pattern).max() < slack
    assert result.fit["chisq"] == pytest.approx(0, abs=1e-6)
    assert result.fit["p_value"] == pytest.approx(1)


def test_rotation_leaves_uniquenesses_and_fit_alone():
    moments, _ = known_model()
    seen = [
        factors.explore(moments, list(moments.columns), 2, rotation=r) for r in ("none", "varimax", "oblimin")
    ]
    unique = [r.table.loc[r.table["part"] == "uniqueness", "estimate"].to_numpy() for r in seen]
    for other, result in zip(unique[1:], seen[1:], strict=True):
        assert other == pytest.approx(unique[0], abs=1e-8)
        assert result.fit["chisq"] == pytest.approx(seen[0].fit["chisq"], abs=1e-6)


def test_turning_an_item_turns_its_loadings():
    frame = make_frame()
    plain = factors.explore(frame, ITEMS, 2)
    turned = factors.explore(frame.assign(a2=-frame["a2"]), ITEMS, 2)
    assert turned.value("a2", group="F1", part="loading") == pytest.approx(
        -plain.value("a2", group="F1", part="loading"), abs=1e-6
    )


def test_frame_and_moments_agree():
    frame = make_frame()
    moments = Moments.from_frame(frame, ITEMS)
    for call in (factors.adequacy, factors.how_many, factors.common_method):
        pd.testing.assert_frame_equal(call(frame, ITEMS).table, call(moments, ITEMS).table)


def test_no_degrees_of_freedom_gives_no_test():
    result = factors.explore(make_frame(), ITEMS[:3], 1)
    assert result.fit["df"] == 0
    assert np.isnan(result.fit["chisq"])


def test_too_many_factors_says_how_many_are_possible():
    with pytest.raises(ModelError, match="at most 3"):
        factors.explore(make_frame(), ITEMS, 5)


def test_a_heywood_case_is_named():
    corr = np.array([[1, 0.9, 0.6, 0.1], [0.9, 1, 0.2, 0.3], [0.6, 0.2, 1, 0.2], [0.1, 0.3, 0.2, 1]])
    moments = Moments(tuple("abcd"), None, None, corr, 100)
    result = factors.explore(moments, list("abcd"), 1)
    assert result.info["heywood"] == ("a",)


def test_wrong_options_and_inputs():
    frame = make_frame()
    with pytest.raises(OptionError, match="did you mean 'varimax'"):
        factors.explore(frame, ITEMS, 2, rotation="varimx")
    with pytest.raises(OptionError, match="'minres', 'ml'"):
        factors.explore(frame, ITEMS, 2, method="pca")
    with pytest.raises(OptionError, match="n_factors"):
        factors.explore(frame, ITEMS, 0)
    with pytest.raises(InputError, match="at least 3 items"):
        factors.adequacy(frame, ITEMS[:2])
    with pytest.raises(InputError, match="need the answers"):
        factors.how_many(Moments.from_frame(frame, ITEMS), ITEMS, correlation="polychoric")
    with pytest.raises(InputError, match="more than 20"):
        factors.explore(frame, ITEMS, 2, correlation="polychoric")
    with pytest.raises(InputError, match="no variance.*a1"):
        factors.adequacy(frame.assign(a1=1), ITEMS)
    with pytest.raises(OptionError, match="also one of the items"):
        factors.common_method(frame, ITEMS, marker="a1")


def test_a_sum_of_items_is_singular():
    frame = make_frame().assign(a3=lambda d: d["a1"] + d["a2"])
    with pytest.raises(ModelError, match="singular"):
        factors.adequacy(frame, ITEMS)


def test_more_items_than_cases():
    frame = pd.DataFrame(np.random.default_rng(2).standard_normal((5, 8)), columns=list("abcdefgh"))
    with pytest.raises(ModelError, match="singular"):
        factors.adequacy(frame, list("abcdefgh"))
    assert factors.how_many(frame, list("abcdefgh"), n_sim=20).fit["n_components"] >= 0


def test_unrelated_variables_suggest_no_factor():
    frame = pd.DataFrame(np.random.default_rng(5).standard_normal((300, 8)), columns=list("abcdefgh"))
    result = factors.how_many(frame, list("abcdefgh"))
    assert result.fit["n_components"] <= 1  # at the 95% quantile one of twenty such samples has one by chance
    assert result.fit["n_map"] == 0


def test_parallel_analysis_finds_the_factors():
    moments, _ = known_model()
    result = factors.how_many(moments, list(moments.columns))
    assert result.fit["n_components"] == result.fit["n_factors"] == result.fit["n_map"] == 3


def test_harman_never_decides():
    result = factors.common_method(make_frame(), ITEMS)
    assert result.info["decision"] == "not_testable"
    assert "proves nothing" in result.row("first_component")["note"]


def test_harman_asks_the_questions_behind_scale_scores():
    frame = make_frame().assign(
        a=lambda one: one[ITEMS[:3]].mean(axis=1), b=lambda one: one[ITEMS[3:]].mean(axis=1)
    )
    plain = factors.common_method(frame, ITEMS).value("first_component")
    asked = factors.common_method(frame, ["a", "b"], marker="marker", questions=ITEMS)
    assert asked.value("first_component") == pytest.approx(plain)
    assert {"a ~~ b"} == set(asked.table.loc[asked.table["part"] == "adjusted", "term"])
    assert "harman" not in set(factors.common_method(frame, ["a", "b"], marker="marker").table["part"])
    with pytest.raises(InputError, match="at least three"):
        factors.common_method(frame, ["a", "b"])
    with pytest.raises(OptionError, match="also one of the questions"):
        factors.common_method(frame, ["a", "b"], marker="marker", questions=[*ITEMS, "marker"])


def test_marker_takes_a_shared_part_out():
    rng = np.random.default_rng(6)
    method = rng.standard_normal(5000)
    frame = pd.DataFrame({name: 0.5 * method + rng.standard_normal(5000) for name in ("x", "y", "m")})
    result = factors.common_method(frame, ["x", "y"], marker="m")
    assert result.value("x ~~ y", part="observed") == pytest.approx(0.2, abs=0.05)
    assert result.value("x ~~ y", part="adjusted") == pytest.approx(0, abs=0.06)
