"""Fits a model to samples and keeps what the rest needs: estimates, their covariance, tests, baseline, warnings.

The baseline is the independence model: all variables uncorrelated, except exogenous ones among each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from klantstudie.errors import ModelError
from klantstudie.numerics.sem import indices, inference
from klantstudie.numerics.sem.inference import Robust, Test
from klantstudie.numerics.sem.matrices import Model
from klantstudie.numerics.sem.moments import Sample
from klantstudie.numerics.sem.objective import Normal, Ordinal, OrdinalSample, Problem
from klantstudie.numerics.sem.optimise import CRAWL, failed, identified, minimise, quasi_newton, start
from klantstudie.numerics.sem.standard import estimates
from klantstudie.numerics.sem.table import Row, Table

# Further tries when the first leads nowhere: what factors explain of their markers, and the longest step (0: BFGS).
AGAIN = ((0.5, 0.1), (0.25, 0.2), (0.75, 0.2), (0.5, 0.0))

STEPS_AGAIN = 120


@dataclass
class Fit:
    """A fitted model. `covariance` is that of the free parameters; `null` the fit of the independence model."""

    problem: Problem
    theta: np.ndarray
    estimator: str
    wishart: bool
    covariance: np.ndarray
    test: Test
    null: Fit | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def table(self) -> Table:
        """The parameter table."""
        return self.problem.model.table

    @property
    def complete(self) -> bool:
        """Whether no answer is missing."""
        return all(isinstance(p, Ordinal) or p.sample.complete for p in self.problem.parts)

    @property
    def n_index(self) -> int:
        """The number of cases that the fit indices divide by."""
        less = len(self.problem.parts) if self.wishart or self.estimator == "wlsmv" else 0
        return self.problem.n - less

    @cached_property
    def robust(self) -> Robust | None:
        """What the robust fit indices rest on; None where there are none."""
        df, df0 = self.test.df, self.null.test.df
        if df <= 0 or df0 <= 0:
            return None
        if self.estimator == "wlsmv":
            return inference.ordered(self.problem, self.theta, df, df0)
        if not self.complete:
            scaled = self.estimator == "mlr"
            return inference.incomplete(
                self.problem, self.theta, self.null.problem, self.null.theta, df, df0, scaled
            )
        if self.estimator == "mlr":
            return Robust(self.test.chisq, self.test.factor, self.null.test.chisq, self.null.test.factor)
        return None


def estimate(
    table: Table,
    samples: Sequence[Sample | OrdinalSample],
    *,
    estimator: str = "ml",
    wishart: bool = False,
    groups: Sequence[str] = (),
    baseline: bool = True,
) -> Fit:
    """Fit a model; ModelError when it is not identified or does not converge."""
    fit = _solved(table, samples, estimator, wishart, groups)
    fit.warnings += _warnings(fit, groups)
    if baseline:
        fit.null = independence(table, samples, estimator, wishart)
    return fit


def problem_of(table: Table, samples: Sequence[Sample | OrdinalSample]) -> Problem:
    """Return the problem of a table and its samples."""
    model = Model(table)
    if table.ordered:
        return Problem(model, [Ordinal(sample) for sample in samples], model.fixed)
    parts = [Normal(sample, table.meanstructure) for sample in samples]
    return Problem(model, parts, model.with_sample([s.mean for s in samples], [s.cov for s in samples]))


def started(table: Table, samples: Sequence[Sample | OrdinalSample], share: float = 0.0) -> np.ndarray:
    """Return starting values of a table for these samples; `share` as in `start`."""
    if not table.ordered:
        return start(table, [s.mean for s in samples], [s.cov for s in samples], [], share)
    size = len(table.observed)
    cuts = []
    for sample in samples:
        each: dict[tuple[str, str], float] = {}
        for k, name in enumerate(table.observed):
            for t, cut in enumerate(sample.thresholds[sample.items == k], 1):
                each[name, f"t{t}"] = float(cut)
        cuts.append(each)
    return start(table, [np.zeros(size)] * len(samples), [s.corr for s in samples], cuts, share)


def _solved(
    table: Table,
    samples: Sequence[Sample | OrdinalSample],
    estimator: str,
    wishart: bool,
    groups: Sequence[str],
) -> Fit:
    problem = problem_of(table, samples)
    names = [table.name(row, groups) for row in table.free_rows]
    moments = inference.n_moments(problem)
    if table.n_free > moments:
        raise ModelError(
            f"the model is not identified: {table.n_free} free parameters for {moments} sample moments. Fix or equate "
            "parameters, or add indicators"
        )
    first = started(table, samples)
    if not np.isfinite(problem.value(first)):
        raise ModelError(
            "the start values imply a covariance matrix that is not positive definite; give no start values, or others"
        )
    theta, done = minimise(problem, first, crawl=CRAWL)
    if not done[0]:  # a model that is not identified near its start is not identified anywhere
        identified(problem, _nearby(problem, first), names)
    for share, longest in AGAIN:
        if done[0]:
            break
        second = started(table, samples, share)
        if np.isfinite(problem.value(second)):
            near = second if longest else quasi_newton(problem, second)
            new, done = minimise(problem, near, steps=STEPS_AGAIN, longest=longest or 0.5, crawl=CRAWL)
            theta = new if done[0] else theta
    if not done[0]:
        identified(problem, theta, names)
        raise failed(problem, theta, names)
    identified(problem, theta, names)
    covariance = inference.covariance(problem, theta, estimator, wishart=wishart)
    return Fit(
        problem,
        theta,
        estimator,
        wishart,
        covariance,
        inference.test(problem, theta, estimator, wishart=wishart),
    )


def _nearby(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """A point near theta that no symmetry of a start can hide in."""
    unit = 1 / np.sqrt(np.maximum(np.diag(problem.information(theta)), 1e-12))
    return theta + 0.1 * unit * np.sin(1.7 * np.arange(1, theta.size + 1))


def independence(
    table: Table, samples: Sequence[Sample | OrdinalSample], estimator: str, wishart: bool
) -> Fit:
    """Fit the independence model of the same variables."""
    rows: list[Row] = []
    own = [name for name in table.observed if name not in table.exogenous]
    x = table.exogenous
    for group in range(table.n_groups):
        for name in own:
            if name in table.ordered:
                cuts = range(table.ordered[name])
                rows += [Row(name, "|", f"t{k + 1}", group) for k in cuts]
                rows.append(Row(name, "~~", name, group, value=1.0, open=False))
                rows.append(Row(name, "~1", "", group, value=0.0, open=False))
            else:
                rows.append(Row(name, "~~", name, group))
                rows += [Row(name, "~1", "", group)] if table.meanstructure else []
        for i, name in enumerate(x):
            rows += [Row(name, "~~", other, group, sample=True, open=False) for other in x[i:]]
            rows += [Row(name, "~1", "", group, sample=True, open=False)] if table.meanstructure else []
    count = 0
    for row in rows:
        if row.open:
            row.free, count = count, count + 1
    null = Table(rows, table.observed, [], x, table.ordered, table.n_groups, table.meanstructure, count)
    problem = problem_of(null, samples)
    theta, done = minimise(problem, started(null, samples))
    if not done[0]:
        raise ModelError(
            "the baseline (independence) model did not converge; some variable has hardly any variance"
        )
    tested = inference.test(problem, theta, estimator, wishart=wishart)
    return Fit(problem, theta, estimator, wishart, np.zeros((0, 0)), tested)


def _warnings(fit: Fit, groups: Sequence[str]) -> list[str]:
    """Say what is odd about a solution: negative variances, correlations beyond 1, factors that coincide."""
    table, out = fit.table, []
    values, implied = estimates(fit.problem, fit.theta)
    for number, row in enumerate(table.rows):
        if (
            row.op == "~~"
            and row.lhs == row.rhs
            and values[number] < 0
            and (row.free >= 0 or row.lhs in table.ordered)
        ):
            out.append(
                f"Heywood case: the variance {table.name(row, groups)} is negative ({values[number]:.3f}). The model "
                "may be wrong, the sample small, or the factor has too few good indicators"
            )
    for number, (group, found) in enumerate(zip(fit.problem.model.groups, implied, strict=True)):
        latent = found.all_cov[group.n_observed :, group.n_observed :]
        spread = np.diag(latent)
        where = f" in group {groups[number]}" if len(groups) > 1 else ""
        if latent.size and (spread > 0).all():
            corr = latent / np.sqrt(np.outer(spread, spread))
            if np.linalg.eigvalsh(corr)[0] < -1e-8:
                i, j = np.unravel_index(np.abs(corr - np.eye(len(corr))).argmax(), corr.shape)
                out.append(
                    f"the covariance matrix of the factors{where} is not positive definite (largest correlation: "
                    f"{table.latent[i]} with {table.latent[j]}, {corr[i, j]:.2f}); two factors may be one"
                )
    return out


def loglik(fit: Fit) -> tuple[float, float]:
    """Return the log likelihood of the model and of the saturated model; exogenous variables count as given."""
    saturated = discrepancy = 0.0
    values = fit.problem.group_values(fit.theta)
    for group, part, f in zip(fit.problem.model.groups, fit.problem.parts, values, strict=True):
        sample = part.sample
        answers = sum(pattern.n * pattern.seen.size for pattern in sample.patterns)
        saturated -= answers * np.log(2 * np.pi) / 2 + sample.n * float(sample.entropy)
        if group.x.size:
            block = sample.cov[np.ix_(group.x, group.x)]
            saturated += sample.n / 2 * (group.x.size * (np.log(2 * np.pi) + 1) + np.linalg.slogdet(block)[1])
        discrepancy += sample.n * float(f)
    return saturated - discrepancy, saturated


def measures(fit: Fit) -> dict[str, float]:
    """Return the fit indices of a model, by their names in the vocabulary."""
    test, null, n, groups = fit.test, fit.null.test, fit.n_index, len(fit.problem.parts)
    low, high = indices.rmsea_interval(test.chisq, test.df, n, groups)
    out = {
        "chisq": test.chisq,
        "df": float(test.df),
        "p_value": test.p_value,
        "cfi": indices.cfi(test.chisq, test.df, null.chisq, null.df),
        "tli": indices.tli(test.chisq, test.df, null.chisq, null.df),
        "rmsea": indices.rmsea(test.chisq, test.df, n, groups),
        "rmsea_low": low,
        "rmsea_high": high,
        "srmr": _srmr(fit),
    }
    if fit.estimator != "wlsmv":
        value, _ = loglik(fit)
        out |= {
            "loglik": float(value),
            "aic": -2 * float(value) + 2 * fit.table.n_free,
            "bic": -2 * float(value) + fit.table.n_free * float(np.log(fit.problem.n)),
        }
    out |= {"n": float(fit.problem.n), "n_parameters": float(fit.table.n_free)}
    out |= {"chisq_baseline": null.chisq, "df_baseline": float(null.df)}
    if fit.estimator != "ml":
        out |= _scaled(fit)
    if fit.estimator != "ml" or not fit.complete:
        out |= _robust(fit)
    return out


def _srmr(fit: Fit) -> float:
    values, implied = estimates(fit.problem, fit.theta)
    total = 0.0
    for share, group, part, found in zip(
        fit.problem.shares, fit.problem.model.groups, fit.problem.parts, implied, strict=True
    ):
        sample = part.sample
        if isinstance(part, Ordinal):
            expected = np.eye(len(sample.corr))
            i, j = sample.pairs
            expected[i, j] = expected[j, i] = part.moments(found, group, values)[sample.thresholds.size :]
            total += share * indices.srmr(sample.corr, expected)
        elif part.meanstructure:
            total += share * indices.srmr(sample.cov, found.cov, sample.mean, found.mean)
        else:
            total += share * indices.srmr(sample.cov, found.cov)
    return total


def _scaled(fit: Fit) -> dict[str, float]:
    test, null, n, groups = fit.test, fit.null.test, fit.n_index, len(fit.problem.parts)
    # The scaled RMSEA of MLR tests X against its mean tr(UG); that of WLSMV takes the shifted statistic as it is.
    x, df = (test.scaled, test.df) if fit.estimator == "wlsmv" else (test.chisq, test.trace)
    low, high = indices.rmsea_interval(x, df, n, groups)
    return {
        "chisq_scaled": test.scaled,
        "p_value_scaled": test.p_scaled,
        "scaling_factor": test.factor,
        "cfi_scaled": indices.cfi(test.scaled, test.df, null.scaled, null.df),
        "tli_scaled": indices.tli(test.scaled, test.df, null.scaled, null.df),
        "rmsea_scaled": indices.rmsea(x, df, n, groups),
        "rmsea_low_scaled": low,
        "rmsea_high_scaled": high,
    }


def _robust(fit: Fit) -> dict[str, float]:
    test, null, n, groups = fit.test, fit.null.test, fit.n_index, len(fit.problem.parts)
    robust = fit.robust
    if robust is None:
        other = 0.0 if test.df == 0 else np.nan
        out = {"cfi_robust": np.nan, "tli_robust": np.nan}
        return out | {f"{name}_robust": other for name in ("rmsea", "rmsea_low", "rmsea_high")}
    c, c0 = robust.factor, robust.factor_null
    scaled = robust.chisq / c if fit.estimator != "mlr" or not fit.complete else test.scaled
    low, high = indices.rmsea_interval(scaled, test.df, n, groups, c)
    return {
        "cfi_robust": indices.cfi(robust.chisq, test.df, robust.chisq_null, null.df, c, c0),
        "tli_robust": indices.tli(robust.chisq, test.df, robust.chisq_null, null.df, c, c0),
        "rmsea_robust": indices.rmsea(robust.chisq, test.df, n, groups, c),
        "rmsea_low_robust": low,
        "rmsea_high_robust": high,
    }
