"""Conditional logit: which option of a set is chosen, given what each option offers; on numpy.

References: McFadden (1974); Krinsky and Robb (1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from klantstudie.errors import ModelError

STEPS = 100


@dataclass(frozen=True)
class Fit:
    """A fitted choice model: coefficients (k), covariance (k by k), log-likelihoods and scores per set (sets by k)."""

    coef: np.ndarray
    cov: np.ndarray
    loglik: float
    loglik_null: float
    scores: np.ndarray


def conditional_logit(x: np.ndarray, chosen: np.ndarray, sets: np.ndarray) -> Fit:
    """Fit a conditional logit by Newton steps.

    `x` is rows by attributes, `chosen` 0/1 with a single 1 in each set, `sets` whole numbers 0 … sets - 1 in any order.
    A model without a finite answer is a ModelError.
    """
    order = np.argsort(sets, kind="stable")
    x, chosen, sets = np.asarray(x, float)[order], np.asarray(chosen, float)[order], np.asarray(sets)[order]
    scale = x.std(0)
    scale[scale == 0] = 1.0
    ready = x / scale
    starts = np.flatnonzero(np.r_[True, np.diff(sets) > 0])
    numbers = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(sets)]))
    coef = np.zeros(x.shape[1])
    loglik_null, gradient, hessian, _ = _parts(ready, chosen, starts, numbers, coef)
    if np.linalg.eigvalsh(hessian).min() < 1e-9 * len(starts):
        raise ModelError(
            "the attributes do not differ within the choice sets, or one is a combination of the others"
        )
    loglik = loglik_null
    for _ in range(STEPS):
        step = np.linalg.lstsq(hessian, gradient, rcond=None)[0]
        for _ in range(30):  # half the step while it does not climb
            trial = _parts(ready, chosen, starts, numbers, coef + step)
            if trial[0] >= loglik - 1e-12:
                break
            step = step / 2
        coef = coef + step
        loglik, gradient, hessian, scores = trial
        if np.abs(step).max() < 1e-10:
            break
    else:
        raise ModelError("the choice model did not converge: an attribute seems to separate the choices")
    if np.abs(coef).max() > 15 or np.linalg.eigvalsh(hessian).min() < 1e-9 * len(starts):
        raise ModelError("the choice model has no finite answer: an attribute separates the choices")
    cov = np.linalg.inv(hessian) / np.outer(scale, scale)
    return Fit(coef / scale, cov, loglik, loglik_null, scores * scale)


def clustered(fit: Fit, cluster: np.ndarray) -> np.ndarray:
    """Return the covariance that lets the choices of one person hang together; `cluster` numbers the sets."""
    sums = np.zeros((int(cluster.max()) + 1, len(fit.coef)))
    np.add.at(sums, cluster, fit.scores)
    return fit.cov @ (sums.T @ sums) @ fit.cov


def _parts(
    x: np.ndarray, chosen: np.ndarray, starts: np.ndarray, numbers: np.ndarray, coef: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Return log-likelihood, gradient, information and the scores per set."""
    utility = x @ coef
    utility = utility - np.maximum.reduceat(utility, starts)[numbers]
    weight = np.exp(utility)
    total = np.add.reduceat(weight, starts)
    share = weight / total[numbers]
    loglik = float(chosen @ (utility - np.log(total)[numbers]))
    mean = np.add.reduceat(share[:, None] * x, starts, axis=0)
    away = x - mean[numbers]
    scores = np.add.reduceat((chosen - share)[:, None] * x, starts, axis=0)
    return loglik, scores.sum(0), away.T @ (share[:, None] * away), scores
