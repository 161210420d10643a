"""Refits a model to resamples: all at once for complete data, one after the other otherwise; warm-started.

Each resample starts at the estimates of the sample; Fisher scoring with analytic derivatives runs on all of them
together. Draws that do not converge, or whose covariance matrix is singular, are NaN and counted.
Source: Efron and Tibshirani (1993); Bollen and Stine (1990) for resampling in structural equation models.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from klantstudie.errors import ModelError
from klantstudie.numerics.resampling import case_counts, normal_covariances
from klantstudie.numerics.sem.engine import Fit, problem_of
from klantstudie.numerics.sem.matrices import Model
from klantstudie.numerics.sem.moments import Pattern, Sample
from klantstudie.numerics.sem.objective import Normal, OrdinalSample, Problem
from klantstudie.numerics.sem.optimise import minimise

BLOCK = 400_000  # numbers held at once for the parameter vectors of one block
STEPS = 100
PRECISION = 1e-13  # a draw then lies within 1e-4 standard errors of its solution


def resampled_moments(
    sample: Sample, n_boot: int, rng: np.random.Generator, *, wishart: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return means (b, p) and covariances (b, p, p) of resampled cases; of a normal law where there are no cases."""
    n, p = sample.n, sample.cov.shape[-1]
    if sample.values is None:
        mean = np.broadcast_to(sample.mean, (n_boot, p))
        shift = rng.standard_normal((n_boot, p)) @ np.linalg.cholesky(sample.cov).T / np.sqrt(n)
        drawn = normal_covariances(sample.cov, n, n_boot, rng)
        return mean + shift, drawn * (1.0 if wishart else (n - 1) / n)
    centre = sample.values.mean(0)
    centred = sample.values - centre
    products = (centred[:, :, None] * centred[:, None, :]).reshape(n, p * p)
    means, covs = [], []
    for counts in case_counts(n, n_boot, rng):
        mean = counts @ centred / n
        second = (counts @ products).reshape(-1, p, p) / n - mean[:, :, None] * mean[:, None, :]
        means.append(mean + centre)
        covs.append(second * (n / (n - wishart)))
    return np.concatenate(means), np.concatenate(covs)


def complete(fit: Fit, n_boot: int, rng: np.random.Generator) -> np.ndarray:
    """Return the estimates of n_boot resamples of complete data, (n_boot, q); NaN where there is none."""
    drawn = [resampled_moments(part.sample, n_boot, rng, wishart=fit.wishart) for part in fit.problem.parts]
    out = np.full((n_boot, fit.theta.size), np.nan)
    size = fit.theta.size * sum(part.sample.cov.shape[-1] for part in fit.problem.parts) * 2
    step = max(1, BLOCK // max(size, 1))
    for first in range(0, n_boot, step):
        block = slice(first, min(first + step, n_boot))
        out[block] = _block(fit, [(mean[block], cov[block]) for mean, cov in drawn])
    return out


def _block(fit: Fit, drawn: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    good = np.ones(len(drawn[0][0]), dtype=bool)
    for _, cov in drawn:
        spread = np.sqrt(np.maximum(np.diagonal(cov, axis1=-2, axis2=-1), 1e-300))
        corr = cov / (spread[:, :, None] * spread[:, None, :])
        good &= np.linalg.eigvalsh(corr)[:, 0] > 1e-8
    out = np.full((good.size, fit.theta.size), np.nan)
    if not good.any():
        return out
    samples = []
    for (mean, cov), part in zip(drawn, fit.problem.parts, strict=True):
        mean, cov = mean[good], cov[good]
        pattern = Pattern(np.arange(cov.shape[-1]), part.n, mean, cov)
        entropy = (np.linalg.slogdet(cov)[1] + cov.shape[-1]) / 2
        samples.append(Sample(part.n, (pattern,), mean, cov, entropy))
    model = Model(fit.table)
    fixed = model.with_sample([s.mean for s in samples], [s.cov for s in samples])
    problem = Problem(model, [Normal(s, fit.table.meanstructure) for s in samples], fixed)
    theta, done = minimise(
        problem, np.repeat(fit.theta[None, :], good.sum(), axis=0), steps=STEPS, precision=PRECISION
    )
    out[np.flatnonzero(good)[done]] = theta[done]
    return out


def one_by_one(
    fit: Fit,
    again: Callable[[np.ndarray, int], Sample | OrdinalSample],
    n_boot: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the estimates of n_boot resamples of incomplete or ordered data; `again` makes a group's sample."""
    out = np.full((n_boot, fit.theta.size), np.nan)
    for draw in range(n_boot):
        try:
            samples = [
                again(part.sample.values[rng.integers(0, part.n, part.n)], number)
                for number, part in enumerate(fit.problem.parts)
            ]
            theta, done = minimise(
                problem_of(fit.table, samples), fit.theta, steps=STEPS, precision=PRECISION
            )
        except ModelError:
            continue
        if done[0]:
            out[draw] = theta
    return out
