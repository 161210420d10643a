"""Least squares and its robust errors against R 4.2.2 (lm, sandwich 3.0.2, clubSandwich 0.5.8)."""

from __future__ import annotations

import numpy as np
import pytest

from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.numerics import regression

# R: y, x, z and g as below; lm(y ~ x + z), vcovHC(m, type), vcovCR(m, g, type), coef_test, linear_contrast
Y = np.array([3, 5, 4, 8, 9, 7, 12, 11, 15, 13.0])
X = np.column_stack([np.ones(10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 11], [0, 1, 0, 1, 1, 0, 0, 1, 1, 0]])
G = np.array(["a", "a", "a", "b", "b", "b", "c", "c", "d", "d"])
R = {
    "coef": [1.32727272727273, 1.15584415584416, 1.8],
    "classic": [1.05906522937009, 0.150014656858876, 0.912010155201736],
    "hc0": [0.662331519907317, 0.104590569888352, 0.763042440650431],
    "hc1": [0.791637581457159, 0.125009641397147, 0.912010155201736],
    "hc2": [0.796631183903728, 0.13427416831055, 0.900604652056035],
    "hc3": [0.967243762995277, 0.175518258691762, 1.07526168411748],
    "cr0": [0.575757636228596, 0.0188213704371272, 0.991158212799449],
    "cr1": [0.664827652529125, 0.021733046576786, 1.14449092193854],
    "cr1s": [0.753843699990396, 0.0246429584888398, 1.29773072452303],
    "cr2": [0.694190160701139, 0.0376423941513894, 1.11448532857442],
    "df_cr2": [1.35949565912571, 1.64218758871336, 2.93063908045201],
    "contrast": [2.95584415584415, 1.10202275028256, 2.89393997490089],
    "w_cr2": [1.64578110325785, 0.104530324450869, 1.78809488937317],
    "w_df": [2.72496162824391, 1.6858702797128, 2.10231575846254],
    "w_coef": [1.45735064228913, 1.13000747638143, 1.94617005369401],
    "w_se": [1.65694125909399, 0.19518635801563, 1.05053522789928],
    "w_r2": [0.831360581483288, 0.783177890478513],
}


@pytest.mark.parametrize("errors", regression.COVARIANCES)
def test_standard_errors_equal_those_of_r(errors):
    fit = regression.ols(X, Y, errors=errors, cluster=G)
    np.testing.assert_allclose(fit.coef, R["coef"], rtol=1e-10)
    np.testing.assert_allclose(fit.se, R[errors], rtol=1e-10)


def test_satterthwaite_df_equal_those_of_clubsandwich():
    fit = regression.ols(X, Y, errors="cr2", cluster=G)
    np.testing.assert_allclose(fit.df, R["df_cr2"], rtol=1e-8)
    estimate, error, df = fit.contrast([0, 1, 1])
    np.testing.assert_allclose([estimate, error, df], R["contrast"], rtol=1e-8)


def test_weighted_cr2_equals_that_of_clubsandwich():
    fit = regression.ols(X, Y, errors="cr2", cluster=G, weights=np.arange(1, 11.0))
    np.testing.assert_allclose(fit.se, R["w_cr2"], rtol=1e-8)
    np.testing.assert_allclose(fit.df, R["w_df"], rtol=1e-8)


def test_weighted_fit_equals_that_of_r():
    fit = regression.ols(X, Y, weights=np.arange(1, 11.0))
    np.testing.assert_allclose(fit.coef, R["w_coef"], rtol=1e-10)
    np.testing.assert_allclose(fit.se, R["w_se"], rtol=1e-10)
    np.testing.assert_allclose([fit.r_squared, fit.r_squared_adjusted], R["w_r2"], rtol=1e-10)


def test_moments_give_the_same_fit_as_the_data():
    fit = regression.ols(X, Y)
    cov = np.cov(np.column_stack([X[:, 1:], Y]), rowvar=False)
    printed = regression.from_cov(cov[:2, :2], cov[:2, 2], cov[2, 2], 10, X[:, 1:].mean(0), Y.mean())
    np.testing.assert_allclose(printed.coef, fit.coef)
    np.testing.assert_allclose(printed.cov, fit.cov, atol=1e-12)
    np.testing.assert_allclose([printed.r_squared, printed.sigma2], [fit.r_squared, fit.sigma2])


def test_wald_of_all_slopes_is_the_overall_f():
    fit = regression.ols(X, Y)
    f, df, df2, _ = fit.wald(np.eye(3)[1:])
    assert (df, df2) == (2, 7.0)
    assert f == pytest.approx(fit.r_squared / 2 / ((1 - fit.r_squared) / 7))


def test_cr2_is_invariant_to_the_order_and_the_names_of_the_clusters():
    turn = np.random.default_rng(1).permutation(10)
    names = np.array([{"a": 4, "b": 3, "c": 2, "d": 1}[label] for label in G])
    plain = regression.ols(X, Y, errors="cr2", cluster=G)
    other = regression.ols(X[turn], Y[turn], errors="cr2", cluster=names[turn])
    np.testing.assert_allclose(other.cov, plain.cov)
    np.testing.assert_allclose(other.df, plain.df)


def test_impossible_fits_say_what_is_wrong():
    with pytest.raises(ModelError, match=r"columns \[3\]"):
        regression.ols(np.column_stack([X, X[:, 1] + X[:, 2]]), Y)
    with pytest.raises(ModelError, match="3 cases"):
        regression.ols(X[:3], Y[:3])
    with pytest.raises(InputError, match="at least two clusters"):
        regression.ols(X, Y, errors="cr2", cluster=np.ones(10))
    with pytest.raises(InputError, match="needs the cluster"):
        regression.ols(X, Y, errors="cr1")
    with pytest.raises(OptionError, match="hc3"):
        regression.ols(X, Y, errors="hc9")
    with pytest.raises(ModelError, match="singular"):
        regression.from_cov(np.ones((2, 2)), [1, 1], 2, 30, [0, 0], 0)
