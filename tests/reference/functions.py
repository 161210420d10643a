"""Small analyses and generators that reference files hand to functions which take a function."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie.frames import complete
from klantstudie.moments import Moments
from klantstudie.numerics import regression
from klantstudie.result import Result, build


def line(
    frame: pd.DataFrame, covariates: list[str] = (), outcome: str = "rating", x: str = "complaints"
) -> Result:
    """Least squares of an outcome on x and covariates, classic standard errors."""
    names = [x, *covariates]
    kept, n_total = complete(frame, [outcome, *names])
    design = np.column_stack([np.ones(len(kept)), kept[names].to_numpy()])
    fit = regression.ols(design, kept[outcome].to_numpy(copy=True))
    low, high = fit.interval()
    rows = pd.DataFrame({"term": ["constant", *names], "estimate": fit.coef, "std_error": fit.se})
    rows["conf_low"], rows["conf_high"], rows["p_value"] = low, high, fit.p_value
    return build("demo.line", rows, n_total=n_total, n_used=len(kept), method="OLS", reference="Gauss (1809)")


def two_groups(n: int, seed: int, effect: float = 0.5) -> pd.DataFrame:
    """Two groups of n / 2 that differ by `effect` standard deviations."""
    chance = np.random.default_rng(seed)
    group = np.arange(n) % 2
    return pd.DataFrame({"group": group, "y": chance.normal(size=n) + effect * group})


def student(frame: pd.DataFrame) -> Result:
    """Student's t test of two groups."""
    parts = [frame.loc[frame["group"] == one, "y"] for one in (1, 0)]
    found = stats.ttest_ind(*parts)
    row = {"term": "difference", "estimate": parts[0].mean() - parts[1].mean(), "p_value": found.pvalue}
    return build(
        "demo.t", [row], n_total=len(frame), n_used=len(frame), method="t", reference="Student (1908)"
    )


def both_sides(frame: pd.DataFrame) -> Result:
    """Student's t test of two groups, two-sided and one-sided (the first above the second)."""
    parts = [frame.loc[frame["group"] == one, "y"] for one in (1, 0)]
    rows = [
        {"term": "difference", "part": part, "p_value": stats.ttest_ind(*parts, alternative=side).pvalue}
        for part, side in (("two_sided", "two-sided"), ("one_sided", "greater"))
    ]
    return build(
        "demo.t", rows, n_total=len(frame), n_used=len(frame), method="t", reference="Student (1908)"
    )


def slope(moments: Moments) -> Result:
    """Slope of the second column on the first, r s_y / s_x, with its standard error and r squared."""
    r = moments.corr[0, 1]
    row = {"term": moments.columns[0], "estimate": r * moments.sd[1] / moments.sd[0]}
    row["std_error"] = moments.sd[1] / moments.sd[0] * ((1 - r**2) / (moments.n - 2)) ** 0.5
    given = {"n_total": moments.n, "n_used": moments.n, "method": "slope", "reference": "Gauss (1809)"}
    return build("demo.slope", [row], fit={"r_squared": r**2}, **given)
