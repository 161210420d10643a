"""Edges, errors and recovery of validity in the room sem."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses.sem.validity import validity
from klantstudie.errors import InputError, OptionError
from klantstudie.moments import Moments

SCALES = {"warm": ["a1", "a2", "a3"], "kind": ["b1", "b2", "b3"]}
ITEMS = [item for block in SCALES.values() for item in block]


def population(r: float, loadings=(0.8, 0.7, 0.6)) -> Moments:
    pattern = np.kron(np.eye(2), np.array(loadings)[:, None])
    corr = pattern @ np.array([[1, r], [r, 1]]) @ pattern.T
    np.fill_diagonal(corr, 1)
    return Moments(tuple(ITEMS), np.zeros(6), np.ones(6), corr, 400)


def sample(r: float, n: int = 400, seed: int = 3) -> pd.DataFrame:
    values = np.random.default_rng(seed).multivariate_normal(np.zeros(6), population(r).corr, n)
    return pd.DataFrame(values, columns=ITEMS)


def test_exact_population_values_come_back():
    result = validity(population(0.6), SCALES)
    loadings = np.array([0.8, 0.7, 0.6])
    cr = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    assert result.value("warm", part="composite_reliability") == pytest.approx(cr, abs=1e-6)
    assert result.value("warm", part="ave") == pytest.approx((loadings**2).mean(), abs=1e-6)
    assert result.value("warm ~~ kind", part="correlation") == pytest.approx(0.6, abs=1e-6)
    assert result.value("kind", "threshold", part="fornell_larcker") == pytest.approx(0.6, abs=1e-6)
    # geometric means leave the product of loadings, so that HTMT2 is the factor correlation itself
    exact = validity(population(0.6), SCALES, kind="htmt2").value("warm ~~ kind", part="htmt")
    assert exact == pytest.approx(0.6, abs=1e-12)
    assert result.value("warm ~~ kind", part="htmt") != pytest.approx(0.6, abs=1e-4)


def test_decisions_follow_the_interval():
    assert validity(sample(0.4), SCALES, n_boot=200).info["decision"] == "distinct"
    assert validity(sample(0.97), SCALES, n_boot=200).info["decision"] == "not_distinct"
    assert validity(sample(0.85), SCALES, n_boot=200).info["decision"] == "inconclusive"
    assert validity(sample(0.97), SCALES).row("warm ~~ kind", part="htmt")["decision"] == "not_distinct"


def test_fornell_and_larcker_are_decided_by_the_interval_of_the_difference():
    """In the population the root of the AVE is .705 for both scales: at r = .705 no sample can tell."""

    def told(r: float, draws: int = 200) -> set[str]:
        table = validity(population(r), SCALES, n_boot=draws).table
        return set(table.loc[table["part"] == "fornell_larcker", "decision"])

    assert told(0.3) == {"distinct"}
    assert told(0.95) == {"not_distinct"}
    assert told(0.69) == told(0.72) == {"inconclusive"}
    assert told(0.69, draws=0) == {"distinct"}  # without an interval the estimates decide
    assert told(0.72, draws=0) == {"not_distinct"}


def test_a_turned_item_does_not_change_htmt():
    frame = sample(0.5)
    plain = validity(frame, SCALES).value("warm ~~ kind", part="htmt")
    turned = validity(frame.assign(a2=-frame["a2"]), SCALES).value("warm ~~ kind", part="htmt")
    assert turned == pytest.approx(plain)


def test_frame_and_moments_agree_and_the_unit_does_not_matter():
    frame = sample(0.5)
    left = validity(frame, SCALES).table
    right = validity(Moments.from_frame(frame, ITEMS), SCALES).table
    pd.testing.assert_frame_equal(left, right, rtol=1e-6)
    scaled = validity(frame.assign(a1=10 * frame["a1"]), SCALES).table
    pd.testing.assert_frame_equal(left, scaled, rtol=1e-5)
    bare = Moments(tuple(ITEMS), None, None, Moments.from_frame(frame, ITEMS).corr, 400)
    pd.testing.assert_frame_equal(left, validity(bare, SCALES).table, rtol=1e-5)


def test_names_with_blanks_and_scales_named_as_an_item():
    frame = sample(0.5).rename(columns={"a1": "vraag 1 (warm)"})
    result = validity(frame, {"warm gevoel": ["vraag 1 (warm)", "a2", "a3"], "b1": SCALES["kind"]})
    plain = validity(sample(0.5), SCALES)
    found = result.value("warm gevoel ~~ b1", part="correlation")
    assert found == pytest.approx(plain.value("warm ~~ kind", part="correlation"), abs=1e-8)


def test_a_single_item_has_no_reliability():
    result = validity(sample(0.5), {"warm": ["a1", "a2", "a3"], "kind": "b1"})
    assert not ((result.table["term"] == "kind") & (result.table["part"] == "ave")).any()
    assert np.isfinite(result.value("warm ~~ kind", part="htmt"))


def test_seed_decides_the_interval():
    one, two, other = (validity(sample(0.5), SCALES, n_boot=30, seed=s).table["conf_low"] for s in (1, 1, 2))
    assert one.equals(two)
    assert not one.equals(other)


def test_what_is_wrong_is_said():
    frame = sample(0.5)
    with pytest.raises(OptionError, match="'htmt', 'htmt2'"):
        validity(frame, SCALES, kind="htmt3")
    with pytest.raises(OptionError, match=r"\.85 or \.90"):
        validity(frame, SCALES, bound=85)
    with pytest.raises(InputError, match="at least two scales"):
        validity(frame, {"warm": ["a1", "a2", "a3"]})
    with pytest.raises(InputError, match="no items in kind"):
        validity(frame, {"warm": ["a1", "a2"], "kind": []})
    with pytest.raises(InputError, match="more than once: a1"):
        validity(frame, {"warm": ["a1", "a2"], "kind": ["a1", "b1"]})
    with pytest.raises(InputError, match="no column 'a9'"):
        validity(frame, {"warm": ["a9", "a2", "a3"], "kind": ["b1", "b2", "b3"]})
    with pytest.raises(InputError, match=r"no variance.*a1"):
        validity(frame.assign(a1=1.0), SCALES)
