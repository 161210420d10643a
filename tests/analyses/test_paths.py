"""Edges, errors, properties and recovery of the paths room."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses import paths
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.moments import Moments
from tests.examples.paths import BLOCKS, ITEMS, LINES, make_frame


def test_frame_and_moments_agree():
    frame = make_frame()
    moments = Moments.from_frame(frame, ITEMS)
    left, right = paths.pls(frame, BLOCKS, LINES), paths.pls(moments, BLOCKS, LINES)
    pd.testing.assert_frame_equal(left.table, right.table)
    assert left.fit == pytest.approx(dict(right.fit))
    left = paths.priority(frame, BLOCKS, LINES, "Satisfaction", scale=(1, 10)).table
    right = paths.priority(moments, BLOCKS, LINES, "Satisfaction", scale=(1, 10)).table
    pd.testing.assert_frame_equal(left, right)


def test_the_unit_of_an_item_does_not_matter_and_a_turned_item_turns_its_loading():
    frame = make_frame()
    plain = paths.pls(frame, BLOCKS, LINES)
    scaled = paths.pls(frame.assign(i2=100 * frame["i2"]), BLOCKS, LINES)
    assert scaled.value("Image -> Value", part="path") == pytest.approx(
        plain.value("Image -> Value", part="path")
    )
    turned = paths.pls(frame.assign(i2=11 - frame["i2"]), BLOCKS, LINES)
    assert turned.value("i2", part="loading") == pytest.approx(-plain.value("i2", part="loading"))


def test_order_of_blocks_does_not_matter():
    frame = make_frame()
    turned = paths.pls(frame, dict(reversed(BLOCKS.items())), list(reversed(LINES)))
    plain = paths.pls(frame, BLOCKS, LINES)
    for term in ("Image -> Value", "Image -> Satisfaction"):
        assert turned.value(term, part="total") == pytest.approx(plain.value(term, part="total"), abs=1e-9)


def test_effects_add_up():
    result = paths.pls(make_frame(), BLOCKS, LINES)
    a, b = result.value("Image -> Value", part="path"), result.value("Value -> Satisfaction", part="path")
    direct = result.value("Image -> Satisfaction", part="path")
    assert result.value("Image -> Satisfaction", part="indirect") == pytest.approx(a * b)
    assert result.value("Image -> Satisfaction", part="total") == pytest.approx(a * b + direct)


def test_single_items_are_a_regression():
    frame = make_frame().dropna()
    result = paths.pls(frame, {"a": ["i1"], "b": ["v1"], "y": ["s1"]}, ["a + b -> y"])
    z = (frame - frame.mean()) / frame.std()
    slopes = np.linalg.lstsq(z[["i1", "v1"]].to_numpy(), z["s1"].to_numpy(), rcond=None)[0]
    assert [result.value(f"{x} -> y", part="path") for x in "ab"] == pytest.approx(slopes.tolist())
    assert not (result.table["part"] == "alpha").any()


def test_saturated_mode_b_of_single_items_fits_exactly():
    result = paths.pls(make_frame(), {"a": ["i1"], "y": ["s1"]}, ["a -> y"])
    assert result.fit["srmr"] == pytest.approx(0, abs=1e-12)
    assert result.fit["d_g"] == pytest.approx(0, abs=1e-12)


def test_consistent_pls_recovers_a_factor_model_that_plain_pls_shrinks():
    loadings = np.array([0.8, 0.7, 0.6])
    phi = np.array([[1, 0.5, 0.5 * 0.5 + 0.3], [0.5, 1, 0.5 + 0.3 * 0.5], [0.55, 0.65, 1]])
    phi[0, 2] = phi[2, 0] = 0.3 + 0.5 * 0.5
    phi[1, 2] = phi[2, 1] = 0.5 + 0.3 * 0.5
    pattern = np.kron(np.eye(3), loadings[:, None])
    corr = pattern @ phi @ pattern.T
    np.fill_diagonal(corr, 1)
    moments = Moments(tuple(ITEMS), None, None, corr, 1000)
    result = paths.pls(moments, BLOCKS, LINES, consistent=True)
    assert result.value("Image -> Value", part="path") == pytest.approx(0.5, abs=1e-6)
    assert result.value("Image -> Satisfaction", part="path") == pytest.approx(0.3, abs=1e-6)
    assert result.value("i1", part="loading") == pytest.approx(0.8, abs=1e-6)
    assert result.fit["srmr"] == pytest.approx(0, abs=1e-6)
    plain = paths.pls(moments, BLOCKS, LINES)
    assert plain.value("Image -> Value", part="path") < 0.45


@pytest.mark.parametrize("interaction", ["two_stage", "product_indicator", "orthogonal"])
def test_an_interaction_is_the_change_of_the_slope(interaction):
    rng = np.random.default_rng(77)
    x, m = rng.standard_normal((2, 20000))
    y = 0.4 * x + 0.3 * m + 0.25 * x * m + 0.5 * rng.standard_normal(20000)
    frame = pd.DataFrame({"x": x, "m": m, "y": (y - y.mean()) / y.std()})
    result = paths.pls(
        frame, {"X": ["x"], "M": ["m"], "Y": ["y"]}, ["X + M + X*M -> Y"], interaction=interaction
    )
    assert result.value("X*M -> Y", part="path") == pytest.approx(0.25 / y.std(), abs=0.02)
    assert not result.fit


def test_bootstrap_of_interactions_and_moments():
    frame = make_frame()
    result = paths.pls(frame, BLOCKS, ["Image + Value + Image*Value -> Satisfaction"], n_boot=60)
    row = result.row("Image*Value -> Satisfaction", part="path")
    assert row["conf_low"] < row["estimate"] < row["conf_high"]
    assert 2 / 61 <= row["p_value"] <= 1
    moments = Moments.from_frame(frame, ITEMS)
    drawn = paths.pls(moments, BLOCKS, LINES, n_boot=2000).row("Image -> Value", part="path")
    raw = paths.pls(frame, BLOCKS, LINES, n_boot=2000).row("Image -> Value", part="path")
    assert drawn["std_error"] == pytest.approx(raw["std_error"], rel=0.25)


def test_what_cannot_be_read_is_shown():
    frame = make_frame()
    for line, told in {
        "Image > Value": "cannot be read",
        "Imago -> Value": "did you mean 'Image'",
        "Image*Image -> Value": "two different constructs",
        "Image*Value -> Satisfaction": "also needs the arrows",
    }.items():
        with pytest.raises(ModelError, match=told):
            paths.pls(
                frame, BLOCKS, [line, "Image + Value -> Satisfaction"] if "also" not in told else [line]
            )
    with pytest.raises(ModelError, match="circle"):
        paths.pls(frame, BLOCKS, [*LINES, "Satisfaction -> Image"])
    with pytest.raises(ModelError, match="no arrow touches Value"):
        paths.pls(frame, BLOCKS, ["Image -> Satisfaction"])
    with pytest.raises(ModelError, match="more than once"):
        paths.pls(frame, BLOCKS, [*LINES, "Image -> Value"])
    with pytest.raises(ModelError, match="one block only: i1"):
        paths.pls(frame, {"a": ["i1", "i2"], "b": ["i1"]}, ["a -> b"])
    with pytest.raises(ModelError, match="no items"):
        paths.pls(frame, {"a": [], "b": ["i1"]}, ["a -> b"])


def test_wrong_options():
    frame = make_frame()
    with pytest.raises(OptionError, match="'path', 'centroid', 'factorial'"):
        paths.pls(frame, BLOCKS, LINES, scheme="paht")
    with pytest.raises(OptionError, match="'Imag' is no block, did you mean 'Image'"):
        paths.pls(frame, BLOCKS, LINES, modes={"Imag": "B"})
    with pytest.raises(OptionError, match="'A', 'B'"):
        paths.pls(frame, BLOCKS, LINES, modes="C")
    with pytest.raises(OptionError, match="not available for a model with interactions"):
        paths.pls(frame, BLOCKS, ["Image + Value + Image*Value -> Satisfaction"], consistent=True)
    with pytest.raises(InputError, match="needs the answers"):
        moments = Moments.from_frame(frame, ITEMS)
        paths.pls(moments, BLOCKS, ["Image + Value + Image*Value -> Satisfaction"])
    with pytest.raises(OptionError, match="'direct', 'earliest'"):
        paths.predict(frame, BLOCKS, LINES, antecedents="all")
    with pytest.raises(OptionError, match="lowest answer must be below"):
        paths.priority(frame, BLOCKS, LINES, "Satisfaction", scale=(10, 1))
    with pytest.raises(OptionError, match="did you mean 'Satisfaction'"):
        paths.priority(frame, BLOCKS, LINES, "Satisfacton", scale=(1, 10))


def test_edges_of_the_data():
    frame = make_frame()
    with pytest.raises(InputError, match=r"no variance.*i1"):
        paths.pls(frame.assign(i1=4), BLOCKS, LINES)
    with pytest.raises(InputError, match="complete"):
        paths.pls(frame.assign(i1=np.nan), BLOCKS, LINES)
    with pytest.raises(ModelError, match="mode B and its items are an exact sum"):
        double = frame.assign(i3=frame["i1"] + frame["i2"])
        paths.pls(double, BLOCKS, LINES, modes={"Image": "B"})
    with pytest.raises(ModelError, match="too few for 9 items"):
        paths.predict(frame.iloc[10:18], BLOCKS, LINES, n_folds=4)
    with pytest.raises(ModelError, match="more than the"):
        paths.predict(frame, BLOCKS, LINES, n_folds=1000)
    with pytest.raises(InputError, match="outside the scale 1 to 5"):
        paths.priority(frame, BLOCKS, LINES, "Satisfaction", scale=(1, 5))
    with pytest.raises(ModelError, match="no path leads to 'Image'"):
        paths.priority(frame, BLOCKS, LINES, "Image", scale=(1, 10))
    with pytest.raises(ModelError, match="negative outer weight of i2"):
        paths.priority(frame.assign(i2=11 - frame["i2"]), BLOCKS, LINES, "Satisfaction", scale=(1, 10))


def test_consistent_pls_refuses_an_impossible_reliability():
    corr = np.array([[1, -0.3, 0.4], [-0.3, 1, 0.4], [0.4, 0.4, 1]])
    moments = Moments(("a1", "a2", "y"), None, None, corr, 100)
    with pytest.raises(ModelError, match="rho_a of A lies outside"):
        paths.pls(moments, {"A": ["a1", "a2"], "Y": ["y"]}, ["A -> Y"], consistent=True)


def test_prediction_beats_the_mean_and_says_so():
    result = paths.predict(make_frame(), BLOCKS, LINES, n_repeats=2)
    assert (result.table["estimate"] > 0).all()
    assert result.info["decision"].startswith("predictive_")
    assert (result.table["rmse"] >= result.table["mae"]).all()


def test_seed_decides():
    one, two, other = (
        paths.predict(make_frame(), BLOCKS, LINES, n_repeats=1, seed=s).table for s in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, two)
    assert not np.allclose(one["estimate"], other["estimate"])


@pytest.mark.slow
def test_bootstrap_interval_covers():
    rng = np.random.default_rng(5)
    hits, times = 0, 200
    for _ in range(times):
        x = rng.standard_normal(120)
        y = 0.5 * x + np.sqrt(0.75) * rng.standard_normal(120)
        frame = pd.DataFrame({"x": x, "y": y})
        row = paths.pls(frame, {"X": ["x"], "Y": ["y"]}, ["X -> Y"], n_boot=500).row("X -> Y", part="path")
        hits += row["conf_low"] <= 0.5 <= row["conf_high"]
    assert abs(hits / times - 0.95) < 4 * np.sqrt(0.95 * 0.05 / times)
