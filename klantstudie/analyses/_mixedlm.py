"""The door to mixedlm: a linear mixed model on plain arrays, with Satterthwaite df, as lme4 and lmerTest give
it.

Columns get plain names on the way in, so that any spelling of a survey's columns works, and arrays come out.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from klantstudie.errors import ModelError


@dataclass(frozen=True)
class Mixed:
    """A fitted mixed model.

    `coef`, `cov` and `df` belong to the columns of x; `between` holds per grouping the covariance matrix of
    its random effects (intercept first, then the slopes); `effects` and `effects_var` per grouping the
    predicted intercept of each level and its conditional variance. `criterion` is the REML criterion or the
    deviance.
    """

    coef: np.ndarray
    cov: np.ndarray
    df: np.ndarray
    between: dict[str, np.ndarray]
    within: float
    criterion: float
    n_parameters: int
    singular: bool
    effects: dict[str, np.ndarray]
    effects_var: dict[str, np.ndarray]

    @property
    def se(self) -> np.ndarray:
        """Standard errors of the coefficients."""
        return np.sqrt(np.diag(self.cov))


def fit(
    y: np.ndarray,
    x: np.ndarray,
    groups: Mapping[str, np.ndarray],
    *,
    slopes: Sequence[int] = (),
    reml: bool = True,
    predict: bool = False,
) -> Mixed:
    """Fit y on the columns of x (the first is the ones) with random effects of every grouping (codes from 0).

    `slopes` are columns of x whose slope varies over the first grouping, correlated with its intercept.
    `predict` adds the predicted effects of the levels.
    """
    slopes = list(slopes)
    if np.abs(y - x @ np.linalg.lstsq(x, y, rcond=None)[0]).max() <= 1e-10 * np.abs(y - y.mean()).max():
        raise ModelError("the predictors explain the outcome exactly: nothing is left to vary")
    # Powers of two cost no digits, and an optimiser likes numbers of the size of one.
    unit = np.array([1.0, *(_power(column - column.mean()) for column in x.T[1:])])
    own = _power(y - y.mean())
    frame = pd.DataFrame({"y": y / own, **{f"x{i}": x[:, i] / unit[i] for i in range(1, x.shape[1])}})
    keys = {name: f"g{number}" for number, name in enumerate(groups)}
    for name, key in keys.items():
        # Padded, so that the order of the labels is the order of the codes.
        frame[key] = pd.Series([f"{code:07d}" for code in groups[name]], dtype=object).to_numpy()
    # Random slopes turn around the mean of x: around a far zero, they would correlate perfectly with intercepts.
    for place in slopes:
        frame[f"z{place}"] = frame[f"x{place}"] - frame[f"x{place}"].mean()
    first = " + ".join(["1", *(f"z{place}" for place in slopes)])
    random = [f"({'1' if number else first} | {key})" for number, key in enumerate(keys.values())]
    fixed = [f"x{place}" for place in range(1, x.shape[1])] or ["1"]
    found, df = _solve(f"y ~ {' + '.join([*fixed, *random])}", frame, reml, len(slopes), len(keys) - 1)
    if not reml:
        # mixedlm gives the residual variance n - p degrees of freedom; under maximum likelihood it has n.
        df = 2 / (2 / df - 2 / (len(y) - x.shape[1]) + 2 / len(y))
    coef = np.array(list(found.fixef().values()), dtype=float)
    if len(coef) != x.shape[1]:
        raise ModelError("a predictor is a combination of the others")
    back = own / unit
    spread = found.VarCorr().groups
    between = {name: np.atleast_2d(np.asarray(spread[key].cov, dtype=float)) for name, key in keys.items()}
    for number, name in enumerate(between):
        turn = np.diag(back[[0, *slopes]]) if number == 0 else np.diag(back[:1])
        if number == 0 and len(slopes):
            turn[0, 1:] = -back[slopes] * x[:, slopes].mean(0)
        between[name] = turn @ between[name] @ turn.T
    effects, effects_var = {}, {}
    if predict:
        ranef = found.ranef(condVar=True)
        for name, key in keys.items():
            effects[name] = next(iter(ranef.values[key].values())) * own
            effects_var[name] = next(iter(ranef.condVar[key].values())) * own**2
    sizes = [len(matrix) for matrix in between.values()]
    free = len(y) - (x.shape[1] if reml else 0)
    criterion = float(found.REMLcrit() if reml else found.get_deviance())
    return Mixed(
        coef * back,
        np.asarray(found.vcov(), dtype=float) * np.outer(back, back),
        df,
        between,
        (float(found.sigma) * own) ** 2,
        criterion + 2 * free * np.log(own) + (2 * np.log(unit).sum() if reml else 0.0),
        x.shape[1] + sum(size * (size + 1) // 2 for size in sizes) + 1,
        bool(found.isSingular()) or any(_at_edge(matrix) for matrix in between.values()),
        effects,
        effects_var,
    )


def _at_edge(cov: np.ndarray) -> bool:
    """Say whether two random effects correlate so nearly perfectly that their degrees of freedom mean
    little.
    """
    sd = np.sqrt(np.diag(cov))
    if (sd == 0).any():
        return True
    return bool((np.abs(cov / np.outer(sd, sd))[np.triu_indices(len(cov), 1)] > 0.999).any())


def _power(values: np.ndarray) -> float:
    size = float(np.sqrt(np.mean(np.square(values))))
    return 2.0 ** round(np.log2(size)) if size > 0 else 1.0


def _solve(
    formula: str, frame: pd.DataFrame, reml: bool, random_slopes: int, others: int
) -> tuple[Any, np.ndarray]:
    import mixedlm

    # With random slopes the criterion can have more than one low point: start from more than one place.
    size = 1 + random_slopes
    corner = np.r_[0, np.cumsum(np.arange(size, 1, -1))]
    starts: list[dict[str, np.ndarray]] = [{}]
    for spread, lean in ((0.3, 0.0), (1.0, -0.3)) if random_slopes else ():
        theta = np.full(size * (size + 1) // 2, lean)
        theta[corner] = spread
        starts.append({"start": np.r_[theta, np.full(others, spread)]})
    kept, message = None, ""
    settings = {"check_nlev_gtreq_5": "ignore", "check_scaleX": "ignore", "maxiter": 20000}
    for start in starts:
        # At the edge of zero variance the restart can fail where the plain fit stands: try that too.
        for restart in (True, False):
            control = mixedlm.lmerControl(restart_edge=restart, **settings)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    found = mixedlm.lmer(formula, frame, REML=reml, control=control, **start)
                except (ValueError, ArithmeticError, RuntimeError) as problem:
                    message = str(problem)
                    continue
            if found.converged:
                if kept is None or found.deviance < kept.deviance - 1e-7:
                    kept = found
                break
            message = str(found.message)
    if kept is None:
        raise ModelError(f"the mixed model did not converge ({message})")
    return kept, np.asarray(mixedlm.satterthwaite_df(kept).df, dtype=float)
