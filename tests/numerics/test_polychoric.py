"""The bivariate normal integral and the two-step polychoric correlation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import ndtri
from scipy.stats import multivariate_normal

from klantstudie.numerics.polychoric import (
    bivariate_cdf,
    bivariate_density,
    cell_probabilities,
    encode,
    maximise,
    polychoric,
    thresholds,
)


@pytest.mark.parametrize("rho", [-0.999, -0.95, -0.5, 0.0, 0.3, 0.89, 0.97, 0.9995])
def test_bivariate_cdf_is_that_of_scipy(rho):
    law = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    for h, k in np.random.default_rng(3).normal(size=(6, 2)):
        assert bivariate_cdf(h, k, rho) == pytest.approx(law.cdf([h, k]), abs=1e-10)
        assert bivariate_density(h, k, rho) == pytest.approx(law.pdf([h, k]), rel=1e-9)


def test_borders_at_infinity():
    assert bivariate_cdf(np.inf, 0.3, 0.5) == pytest.approx(0.6179114221889526)
    assert bivariate_cdf(-np.inf, 0.3, 0.5) == 0
    assert bivariate_density(np.inf, 0.0, 0.5) == 0


def test_recovers_a_known_correlation_from_two_categories():
    # with both cut at zero the share of equal answers is 1/2 + arcsin(rho) / pi
    rho = 0.6
    both = round(10_000 * (0.25 + np.arcsin(rho) / (2 * np.pi)))
    table = {(0, 0): both, (1, 1): both, (0, 1): 5000 - both, (1, 0): 5000 - both}
    values = np.array([pair for pair, times in table.items() for _ in range(times)], dtype=float)
    found = polychoric(values)
    assert found.corr[0, 1] == pytest.approx(np.sin(2 * np.pi * (both / 10_000 - 0.25)), abs=1e-9)
    assert found.thresholds[0] == pytest.approx([0.0])


def test_reversed_item_turns_the_sign_and_items_may_differ_in_categories():
    rng = np.random.default_rng(8)
    latent = rng.multivariate_normal([0, 0, 0], [[1, 0.5, 0.3], [0.5, 1, 0.4], [0.3, 0.4, 1]], 400)
    values = np.column_stack(
        [np.digitize(latent[:, 0], [-1, 0, 1]), latent[:, 1] > 0.5, np.digitize(latent[:, 2], [-0.5, 0.4])]
    ).astype(float)
    found = polychoric(values).corr
    turned = values.copy()
    turned[:, 0] = 3 - turned[:, 0]
    assert polychoric(turned).corr[0, 1:] == pytest.approx(-found[0, 1:], abs=1e-8)
    assert np.abs(found - np.array([[1, 0.5, 0.3], [0.5, 1, 0.4], [0.3, 0.4, 1]])).max() < 0.15


def test_perfect_order_is_reported_at_the_edge():
    ladder = np.arange(40) % 4
    found = polychoric(np.column_stack([ladder, ladder]).astype(float))
    assert found.at_edge == [(0, 1)]
    assert found.empty_cells.tolist() == [12]


def test_correction_fills_empty_cells_only():
    ladder = np.arange(40) % 4
    values = np.column_stack([ladder, ladder]).astype(float)
    assert polychoric(values, correction="half").corr[0, 1] < 0.99
    with pytest.raises(ValueError, match="'none' or 'half'"):
        polychoric(values, correction="psych")


def test_empty_category_single_category_and_stray_value_are_refused():
    with pytest.raises(ValueError, match="at least one answer"):
        thresholds(np.array([0, 2, 2]), 3)
    with pytest.raises(ValueError, match="two categories"):
        polychoric(np.ones((5, 2)))
    with pytest.raises(ValueError, match="not among"):
        encode(np.array([1.0, 2.5]), [1, 2, 3])


def test_agrees_with_lavaan_on_nine_ordered_items():
    # lavaan 0.6-14: lavCor(d, ordered = names(d)), and the thresholds of lavCor(…, output = "th")
    path = Path(__file__).parent.parent / "reference" / "data" / "holzinger_swineford_ordered.csv"
    values = pd.read_csv(path)[[f"x{k}" for k in range(1, 10)]].to_numpy(dtype=float)
    found = polychoric(values)
    assert found.corr[0, 1:4] == pytest.approx([0.34367378302, 0.50987026553, 0.40092406906], abs=1e-7)
    assert found.thresholds[0] == pytest.approx(
        [-0.90503186724205, -0.21397726811282, 0.39745779928461, 1.38480220408219], abs=1e-12
    )


def test_a_steep_likelihood_does_not_throw_the_estimate_over_the_edge():
    low = np.array([[-np.inf, ndtri(179 / 301), np.inf]])
    high = np.array([[-np.inf, ndtri(144 / 301), np.inf]])
    crossed = np.array([[[143.5, 35.5], [0.5, 121.5]]])
    found = maximise(crossed, low, high, np.array([0.7]))[0]

    def loss(rho: float) -> float:
        share, _ = cell_probabilities(low, high, np.array([rho]))
        return -(crossed * np.log(share)).sum()

    assert found == pytest.approx(minimize_scalar(loss, bounds=(0.9, 0.995), method="bounded").x, abs=1e-4)
