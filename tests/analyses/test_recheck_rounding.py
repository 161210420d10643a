"""What rounding leaves open: bounds, draws, repair of impossible matrices, errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses.recheck import rounding_interval
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.moments import Moments
from klantstudie.numerics.repair import nearest_correlation
from klantstudie.result import Result, build
from tests.reference.functions import slope


def pair(r: float = 0.45) -> Moments:
    return Moments(("x", "y"), None, [0.8, 1.2], [[1, r], [r, 1]], 120)


def partial(moments: Moments) -> Result:
    """Partial correlation of the first two given the third."""
    inverse = np.linalg.inv(moments.corr)
    value = -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1])
    given = {"n_total": moments.n, "n_used": moments.n, "method": "partial", "reference": "Yule (1907)"}
    return build("demo.partial", [{"term": "a ~~ b", "estimate": value}], **given)


def three(ab: float, ac: float, bc: float) -> Moments:
    return Moments(tuple("abc"), None, None, [[1, ab, ac], [ab, 1, bc], [ac, bc, 1]], 100)


def test_draws_lie_within_the_true_extremes_and_near_the_bound():
    row = rounding_interval(pair(), slope, n_draws=2000).row("x")
    lowest, highest = 0.445 * 1.15 / 0.85, 0.455 * 1.25 / 0.75
    assert lowest <= row["range_low"] < row["estimate"] < row["range_high"] <= highest
    assert row["range_high"] - row["range_low"] > 0.8 * (row["bound_high"] - row["bound_low"])


def test_decimals_are_found_or_given():
    assert rounding_interval(pair(), slope, n_draws=5).info["digits"] == {"sd": 1, "corr": 2}
    assert rounding_interval(pair(), slope, digits=3, n_draws=5).info["digits"] == {"sd": 3, "corr": 3}
    wide = rounding_interval(pair(), slope, digits=2, n_draws=5).row("x")
    narrow = rounding_interval(pair(), slope, digits=4, n_draws=5).row("x")
    ratio = (wide["bound_high"] - wide["bound_low"]) / (narrow["bound_high"] - narrow["bound_low"])
    assert ratio == pytest.approx(100, rel=1e-4)


def test_an_impossible_matrix_is_repaired_and_said():
    broken = three(0.90, 0.90, 0.60)
    result = rounding_interval(broken, partial, digits=2, n_draws=20)
    log = " ".join(result.info["repair_log"])
    assert "not positive definite" in log
    assert "of 20 drawn matrices were repaired" in log
    assert result.table[["range_low", "range_high"]].notna().all(axis=None)
    near = nearest_correlation(broken.corr)
    assert np.linalg.eigvalsh(near)[0] > 0
    assert np.diag(near) == pytest.approx(np.ones(3))
    assert np.abs(near - broken.corr).max() < 0.05


def test_a_matrix_on_the_edge_is_drawn_again_without_a_log():
    result = rounding_interval(three(0.90, 0.90, 0.63), partial, digits=2, n_draws=100)
    assert result.info["repair_log"] == ()
    row = result.row("a ~~ b")
    assert row["range_low"] < row["estimate"] < row["range_high"]


def test_nearest_matrix_leaves_a_good_one_alone():
    good = three(0.5, 0.4, 0.3).corr
    assert nearest_correlation(good) == pytest.approx(good, abs=1e-10)


def test_seed_decides_the_draws():
    one, two, other = (
        rounding_interval(pair(), slope, n_draws=20, seed=s).row("x")["range_low"] for s in (1, 1, 2)
    )
    assert one == two != other


def test_a_correlation_that_was_not_printed_stays_out():
    moments = Moments(
        tuple("abc"), None, [1.0, 2.0, 1.5], [[1, 0.3, np.nan], [0.3, 1, 0.2], [np.nan, 0.2, 1]], 80
    )
    result = rounding_interval(moments, slope, n_draws=10)
    assert result.row("a")["estimate"] == pytest.approx(0.6)


def test_what_is_wrong_is_said():
    with pytest.raises(InputError, match="needs Moments"):
        rounding_interval(pd.DataFrame({"x": [1.0]}), slope)
    with pytest.raises(InputError, match=r"more than 2 decimals \(0\.4567\)"):
        rounding_interval(pair(0.4567), slope, digits=2)
    with pytest.raises(OptionError, match="'cor' is none of mean, sd, corr, did you mean 'corr'"):
        rounding_interval(pair(), slope, digits={"cor": 2})
    with pytest.raises(OptionError, match="no column 'estimat', did you mean 'estimate'"):
        rounding_interval(pair(), slope, column="estimat")

    def never(moments: Moments) -> Result:
        if moments.corr[0, 1] != 0.45:
            raise ModelError("no answer")
        return slope(moments)

    with pytest.raises(ModelError, match="no answer next to"):
        rounding_interval(pair(), never)
