"""Whether one model is nested in another: the freer one must reproduce every moment that the stricter one implies.

The freer model is fitted to the implied moments of the stricter one; a discrepancy of zero means nested (and df 0
between them, equivalent). This is a check at the estimates at hand, not a proof.

Source: Bentler and Satorra (2010).
"""

from __future__ import annotations

import numpy as np

from klantstudie.errors import ModelError
from klantstudie.numerics.sem.engine import AGAIN, Fit, problem_of, started
from klantstudie.numerics.sem.moments import of_moments
from klantstudie.numerics.sem.optimise import minimise
from klantstudie.numerics.sem.standard import estimates
from klantstudie.numerics.sem.table import Table

ZERO = 1e-6  # a discrepancy below this is the last digits of a minimiser


def nested(strict: Fit, free: Table) -> bool:
    """Say whether a fitted model of one group is nested in the model of a table for continuous variables."""
    implied = estimates(strict.problem, strict.theta)[1][0]
    observed = strict.table.observed
    order = [observed.index(name) for name in free.observed]
    cov, mean = implied.all_cov[np.ix_(order, order)], implied.all_mean[order]
    try:
        sample = of_moments(mean, cov, strict.problem.n, names=free.observed)
    except ModelError:  # a negative variance: these moments belong to no sample
        return False
    problem = problem_of(free, [sample])
    for share in (0.0, *(share for share, longest in AGAIN if longest)):
        first = started(free, [sample], share)
        if np.isfinite(problem.value(first)) and problem.value(minimise(problem, first)[0]) < ZERO:
            return True
    return False
