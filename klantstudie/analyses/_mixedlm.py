"""The door to mixedlm: a linear mixed model on plain arrays, with Satterthwaite df, as lme4 and lmerTest give
it.

Columns get plain names on the way in, so that any spelling of a survey's columns works, and arrays come out.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from klantstudie.errors import ModelError


@dataclass(frozen=True)
class Mixed:
    """A fitted mixed model.

    `coef`, `cov` and `df` belong to the columns of x; `between` holds per grouping the covariance matrix of
    its random effects (intercept first, then the slopes); `effects` and `effects_var` per grouping the
    predicted effects of each level (levels by effects) and their conditional variances. `criterion` is the
    REML criterion or the deviance.
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
    import mixedlm

    names = [f"x{place}" for place in range(1, x.shape[1])]
    frame = pd.DataFrame({"y": y, **{name: x[:, place] for place, name in enumerate(names, 1)}})
    keys = {}
    for number, (name, codes) in enumerate(groups.items()):
        keys[name] = f"g{number}"
        # Padded, so that the order of the labels is the order of the codes.
        frame[f"g{number}"] = pd.Series([f"{code:07d}" for code in codes], dtype=object).to_numpy()
    random = []
    for number, key in enumerate(keys.values()):
        inside = " + ".join(["1", *(f"x{place}" for place in slopes)]) if number == 0 else "1"
        random.append(f"({inside} | {key})")
    formula = f"y ~ {' + '.join([*(names or ['1']), *random])}"
    control = mixedlm.lmerControl(check_nlev_gtreq_5="ignore", check_scaleX="ignore", ftol=1e-12, gtol=1e-8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = mixedlm.lmer(formula, frame, REML=reml, control=control)
            df = np.asarray(mixedlm.satterthwaite_df(found).df, dtype=float)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as problem:
            raise ModelError(f"the mixed model has no answer: {problem}") from None
    if not reml:
        # mixedlm gives the residual variance n - p degrees of freedom; under maximum likelihood it has n.
        df = 2 / (2 / df - 2 / (len(y) - x.shape[1]) + 2 / len(y))
    coef = np.array(list(found.fixef().values()), dtype=float)
    if not found.converged or len(coef) != x.shape[1]:
        raise ModelError(f"the mixed model did not converge ({found.message})")
    spread = found.VarCorr().groups
    between = {name: np.atleast_2d(np.asarray(spread[key].cov, dtype=float)) for name, key in keys.items()}
    effects, effects_var = {}, {}
    if predict:
        ranef = found.ranef(condVar=True)
        for name, key in keys.items():
            effects[name] = np.column_stack(list(ranef.values[key].values()))
            effects_var[name] = np.column_stack(list(ranef.condVar[key].values()))
    sizes = [len(matrix) for matrix in between.values()]
    return Mixed(
        coef,
        np.asarray(found.vcov(), dtype=float),
        df,
        between,
        float(found.sigma) ** 2,
        float(found.REMLcrit() if reml else found.get_deviance()),
        x.shape[1] + sum(size * (size + 1) // 2 for size in sizes) + 1,
        bool(found.isSingular()),
        effects,
        effects_var,
    )
