"""Corrections for several tests, held against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from klantstudie.errors import OptionError
from klantstudie.numerics.multiplicity import adjust


@settings(max_examples=40, deadline=None)
@given(
    p=st.lists(st.floats(0, 1), min_size=1, max_size=12),
    method=st.sampled_from(["holm", "bonferroni", "fdr_bh"]),
)
def test_equal_to_statsmodels(p, method):
    np.testing.assert_allclose(adjust(p, method), multipletests(p, method=method)[1], atol=1e-15)


def test_missing_p_values_do_not_count():
    np.testing.assert_allclose(adjust([0.01, np.nan, 0.02]), [0.02, np.nan, 0.02])
    assert np.isnan(adjust([np.nan])).all()
    np.testing.assert_allclose(adjust([0.2, 0.4], "none"), [0.2, 0.4])


def test_unknown_method():
    with pytest.raises(OptionError, match="adjust must be one of 'holm'"):
        adjust([0.1], "sidak")
