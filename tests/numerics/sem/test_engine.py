"""The engine: derivatives are exact, answers do not depend on units, and simulated truth comes back."""

from __future__ import annotations

import numpy as np
import pytest

from klantstudie.errors import ModelError
from klantstudie.numerics.sem.engine import estimate, measures, problem_of, started
from klantstudie.numerics.sem.matrices import Implied
from klantstudie.numerics.sem.moments import of_incomplete, of_moments, of_values
from klantstudie.numerics.sem.objective import Normal
from klantstudie.numerics.sem.ordered import categories, of_ordered
from klantstudie.numerics.sem.standard import derivative, standardized
from klantstudie.numerics.sem.syntax import parse
from klantstudie.numerics.sem.table import build

MODEL = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\ng ~ f\nx2 ~~ x5"
NAMES = [f"x{k}" for k in range(1, 7)]


def simulated(n: int = 400, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    f = rng.standard_normal(n)
    g = 0.6 * f + 0.8 * rng.standard_normal(n)
    loads = np.array([1.0, 0.8, 0.7])
    noise = rng.standard_normal((n, 6)) * 0.7
    return np.concatenate([f[:, None] * loads, g[:, None] * loads], axis=1) + noise + np.arange(6)


def samples(kind: str):
    values = simulated()
    if kind == "complete":
        return build(parse(MODEL)), [of_values(values, names=NAMES)]
    if kind == "groups":
        blocks = [of_values(values[:150], names=NAMES), of_values(values[150:], names=NAMES)]
        return build(parse(MODEL), n_groups=2, equal=["loadings", "intercepts"]), blocks
    if kind == "missing":
        rng = np.random.default_rng(5)
        values = np.where(rng.random(values.shape) < 0.1, np.nan, values)
        return build(parse(MODEL), meanstructure=True), [of_incomplete(values, names=NAMES)]
    codes = np.digitize(values - np.arange(6), [-1, 0, 1]).astype(float)
    known = categories(codes, NAMES)
    table = build(parse(MODEL), ordered={n: len(k) - 1 for n, k in zip(NAMES, known, strict=True)})
    return table, [of_ordered(codes, known, NAMES)]


@pytest.mark.parametrize("kind", ["complete", "groups", "missing", "ordered"])
def test_gradient_and_hessian_are_exact(kind):
    table, data = samples(kind)
    problem = problem_of(table, data)
    theta = started(table, data) + 0.01
    unit = np.eye(theta.size)
    slope = [(problem.value(theta + 1e-5 * e) - problem.value(theta - 1e-5 * e)) / 2e-5 for e in unit]
    np.testing.assert_allclose(problem.slope(theta), slope, atol=1e-7)
    hessian = [(problem.slope(theta + 1e-5 * e) - problem.slope(theta - 1e-5 * e)) / 2e-5 for e in unit]
    np.testing.assert_allclose(problem.hessian(theta), hessian, atol=1e-6)


@pytest.mark.parametrize("kind", ["complete", "missing", "ordered"])
def test_derivatives_of_standardised_values_are_exact(kind):
    table, data = samples(kind)
    fit = estimate(table, data, estimator="wlsmv" if kind == "ordered" else "ml")

    def values(theta):
        return standardized(fit.problem, theta)

    unit = np.eye(fit.theta.size)
    numeric = [(values(fit.theta + 1e-5 * e) - values(fit.theta - 1e-5 * e)) / 2e-5 for e in unit]
    np.testing.assert_allclose(derivative(values, fit.theta), np.array(numeric).T, atol=1e-6)


@pytest.mark.parametrize("kind", ["complete", "missing"])
def test_the_observed_information_of_the_saturated_model_is_exact(kind):
    _, data = samples(kind)
    part = Normal(data[0], True)
    basis = part.basis(np.empty(0, dtype=int))
    rng = np.random.default_rng(4)
    noise = rng.standard_normal((6, 6)) * 0.05
    mean, cov = data[0].mean + noise[0], data[0].cov + noise @ noise.T

    def slope(change: np.ndarray) -> np.ndarray:
        move = np.einsum("r,ri,rj->ij", change, basis.u, basis.w)
        spread = cov + move + move.T
        return part.slope(Implied(mean + change @ basis.mean, spread, spread, spread, mean), basis)

    unit = np.eye(len(basis.u)) * 1e-5
    numeric = [(slope(step) - slope(-step)) / 2e-5 for step in unit]
    exact = part.curvature(Implied(mean, cov, cov, cov, mean), basis)
    np.testing.assert_allclose(exact, numeric, atol=1e-7)


def test_the_score_of_a_case_is_the_derivative_of_its_likelihood():
    for kind in ("complete", "missing"):
        table, data = samples(kind)
        fit = estimate(table, data)
        total = fit.problem.scores(fit.theta)[0].sum(0)
        np.testing.assert_allclose(total, np.zeros(fit.theta.size), atol=1e-4)


def test_units_do_not_matter():
    values = simulated()
    table = build(parse(MODEL))
    plain = estimate(table, [of_values(values, names=NAMES)], estimator="mlr")
    scaled = values * np.array([1, 100, 0.01, 3, 1e4, 1]) + 7
    other = estimate(table, [of_values(scaled, names=NAMES)], estimator="mlr")
    one, two = measures(plain), measures(other)
    for name in ("chisq", "chisq_scaled", "cfi", "rmsea_robust", "srmr"):
        assert one[name] == pytest.approx(two[name], abs=1e-7)
    np.testing.assert_allclose(
        standardized(plain.problem, plain.theta), standardized(other.problem, other.theta), atol=1e-7
    )


def test_incomplete_data_without_gaps_are_complete_data():
    values = simulated()
    table = build(parse(MODEL), meanstructure=True)
    one = estimate(table, [of_values(values, names=NAMES)])
    two = estimate(table, [of_incomplete(values, names=NAMES)])
    np.testing.assert_allclose(one.theta, two.theta, atol=1e-9)


def test_a_saturated_model_fits_perfectly():
    table = build(parse("x1 ~~ x2 + x3\nx2 ~~ x3"))
    fit = estimate(table, [of_values(simulated()[:, :3], names=NAMES[:3])])
    found = measures(fit)
    assert found["df"] == 0
    assert found["chisq"] == pytest.approx(0, abs=1e-8)
    assert np.isnan(found["p_value"])
    assert found["cfi"] == pytest.approx(1)
    assert found["rmsea"] == 0


def test_population_covariances_give_back_the_population():
    loads = np.zeros((6, 2))
    loads[:3, 0], loads[3:, 1] = [1, 0.8, 0.6], [1, 1.2, 0.9]
    latent = np.array([[1.0, 0.4], [0.4, 0.8]])
    cov = loads @ latent @ loads.T + np.diag([0.5, 0.4, 0.6, 0.7, 0.5, 0.4])
    table = build(parse("f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6"))
    fit = estimate(table, [of_moments(np.zeros(6), cov, 200)])
    found = {row.term: fit.theta[row.free] for row in table.free_rows}
    assert found["f =~ x2"] == pytest.approx(0.8, abs=1e-7)
    assert found["g =~ x5"] == pytest.approx(1.2, abs=1e-7)
    assert found["f ~~ g"] == pytest.approx(0.4, abs=1e-7)
    assert found["x4 ~~ x4"] == pytest.approx(0.7, abs=1e-7)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("f =~ x1 + x2", "4 free parameters for 3 sample moments"),
        ("f =~ NA*x1 + x2 + x3 + x4", "cannot tell these parameters apart"),
        ("f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\nf ~ g\ng ~ f", "not identified"),
    ],
)
def test_models_without_an_answer_say_why(model, message):
    table = build(parse(model))
    values = simulated()[:, [NAMES.index(name) for name in table.observed]]
    with pytest.raises(ModelError, match=message):
        estimate(table, [of_values(values, names=table.observed)])


def test_the_saturated_model_of_incomplete_data_maximises_its_likelihood():
    rng = np.random.default_rng(8)
    values = simulated(120)[:, :3]
    values = np.where(rng.random(values.shape) < 0.2, np.nan, values)
    found = of_incomplete(values, names=NAMES[:3])

    def loss(mean, cov):
        total = 0.0
        for pattern in found.patterns:
            part = cov[np.ix_(pattern.seen, pattern.seen)]
            away = pattern.mean - mean[pattern.seen]
            moved = pattern.cov + np.outer(away, away)
            total += pattern.n * (np.linalg.slogdet(part)[1] + np.trace(np.linalg.solve(part, moved)))
        return total

    best = loss(found.mean, found.cov)
    for _ in range(20):
        change = rng.standard_normal((3, 3)) * 1e-3
        assert loss(found.mean + rng.standard_normal(3) * 1e-3, found.cov + change @ change.T) > best
        assert loss(found.mean, found.cov * (1 + rng.standard_normal() * 1e-2)) > best


@pytest.mark.parametrize("seed", range(6))
def test_a_second_order_model_converges_in_any_units(seed):
    rng = np.random.default_rng(seed)
    general = rng.standard_normal((300, 1))
    factors = 0.7 * general + 0.7 * rng.standard_normal((300, 3))
    values = np.repeat(factors, 3, axis=1) * 0.8 + 0.6 * rng.standard_normal((300, 9))
    names = [f"y{k}" for k in range(1, 10)]
    table = build(parse("a =~ y1 + y2 + y3\nb =~ y4 + y5 + y6\nc =~ y7 + y8 + y9\ng =~ a + b + c"))
    one = estimate(table, [of_values(values, names=names)]).test.chisq
    units = 10.0 ** rng.integers(-3, 4, 9) * rng.choice([-1, 1], 9)
    two = estimate(table, [of_values(values * units, names=names)]).test.chisq
    assert one == pytest.approx(two, abs=1e-6)
