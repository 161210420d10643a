"""Turns a fitted linear model into rows, and refuses errors that the data cannot give; shared by the trend
room.
"""

from __future__ import annotations

import numpy as np

from klantstudie.analyses._rows import tested
from klantstudie.errors import InputError, OptionError, option
from klantstudie.numerics import regression

WORDS = {
    "classic": "classic standard errors",
    "hc0": "HC0 standard errors",
    "hc1": "HC1 standard errors",
    "hc2": "HC2 standard errors",
    "hc3": "HC3 standard errors",
    "cr0": "cluster-robust standard errors (CR0)",
    "cr1": "cluster-robust standard errors (CR1)",
    "cr1s": "cluster-robust standard errors (CR1, as Stata)",
    "cr2": "cluster-robust standard errors (CR2, Satterthwaite df)",
    "wild": "restricted wild cluster bootstrap",
}


def chosen_errors(errors: str, has_cluster: bool, *, wild: bool = False) -> str:
    """Return the kind of standard error; "auto" is cr2 with clusters and hc3 without."""
    allowed = ("auto", *regression.COVARIANCES, *(("wild",) if wild else ()))
    option("errors", errors, allowed)
    if errors == "auto":
        return "cr2" if has_cluster else "hc3"
    if errors in (*regression.CLUSTERED, "wild") and not has_cluster:
        raise OptionError(
            f"errors='{errors}' needs cluster, the column that says which cases belong together"
        )
    return errors


def coefficient(fit: regression.Fit, place: int, conf_level: float) -> dict[str, float | str]:
    """Return one coefficient of a fit as a row."""
    return tested(float(fit.coef[place]), float(fit.se[place]), float(fit.df[place]), conf_level)


def binary(values: np.ndarray, name: str) -> np.ndarray:
    """Return values as 0 and 1 when they are exactly those."""
    if not np.isin(values, (0.0, 1.0)).all():
        odd = values[~np.isin(values, (0.0, 1.0))][0]
        raise InputError(f"'{name}' must hold 0 and 1 (treated or not); it holds {odd:g}")
    return values
