"""Where a model fits badly: modification indices and residual correlations; stands on klantstudie.numerics.sem."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from scipy.stats import chi2, norm

from klantstudie.analyses.sem._setting import prepare
from klantstudie.errors import ModelError, OptionError, option
from klantstudie.moments import Moments
from klantstudie.numerics.sem import modification as scores
from klantstudie.numerics.sem.engine import measures
from klantstudie.numerics.sem.residuals import residuals as left_over
from klantstudie.result import Result, build


def modification(
    data: pd.DataFrame | Moments,
    model: str,
    *,
    estimator: str = "ml",
    missing: str = "listwise",
    likelihood: str = "normal",
    group: str | None = None,
    equal: Sequence[str] = (),
    partial: Sequence[str] = (),
    minimum: float = 0.0,
) -> Result:
    """Modification indices: how much chi-square would fall if one parameter more were free, largest first.

    One row a parameter that the model leaves out or fixes: statistic is the index (a chi-square with df 1), estimate
    the expected parameter change in the units of the variables, standardized the same fully standardised. Only rows
    with an index of at least `minimum` are given. An index found in the data is a suggestion to be tested in other
    data: freeing by index until the model fits overfits the sample. Missing answers as in `fit`.

    Errors: ModelError when the model cannot be fitted, or nothing could be freed; OptionError for a wrong setting.
    References: Sörbom (1989); Saris, Satorra and Sörbom (1987); MacCallum, Roznowski and Necowitz (1992).
    """
    if not isinstance(minimum, (int, float)) or isinstance(minimum, bool) or minimum < 0:
        raise OptionError(f"minimum must be a number of at least 0; given: {minimum!r}")
    setting = prepare(
        data,
        model,
        estimator=estimator,
        missing=missing,
        likelihood=likelihood,
        group=group,
        equal=equal,
    )
    fitted = setting.fit(equal, partial)
    found = [index for index in scores.indices(fitted) if index.value >= minimum]
    if not found:
        raise ModelError(
            f"no parameter has a modification index of at least {minimum:g}; nothing that could be freed would help"
        )
    rows = [
        {
            "term": index.row.term,
            "part": index.row.part,
            "group": setting.groups[index.row.group] if setting.groups else "",
            "estimate": index.change,
            "statistic": index.value,
            "statistic_name": "MI",
            "df": 1,
            "p_value": float(chi2.sf(index.value, 1)),
            "standardized": index.standardized,
        }
        for index in found
    ]
    described = setting.described()
    described["method"] += "; score tests with the expected information, expected parameter change"
    return build(
        "sem.modification",
        rows,
        **described,
        fit=measures(fitted),
        warnings=[*setting.notes, *fitted.warnings],
        model=model,
    )


KINDS = ("correlation", "raw")


def residuals(
    data: pd.DataFrame | Moments,
    model: str,
    *,
    kind: str = "correlation",
    estimator: str = "ml",
    missing: str = "listwise",
    likelihood: str = "normal",
    group: str | None = None,
    equal: Sequence[str] = (),
    partial: Sequence[str] = (),
) -> Result:
    """What the model leaves unexplained: sample minus implied correlation (or covariance) of each pair.

    One row a pair (part "covariance") and, with a mean structure, a variable (part "intercept", the mean, over its
    standard deviation for kind="correlation"). estimate is the residual, from -1 to 1 for correlations; std_error and
    statistic (a z value, the standardised residual) say whether it is more than chance; kind="raw" takes covariances
    and adds the variances. Absolute correlation residuals above .10 deserve a look. Ordered items ("wlsmv") have
    residuals of their polychoric correlations. Missing answers as in `fit`.

    Errors: ModelError when the model cannot be fitted; OptionError for a wrong setting.
    References: Bollen (1989); Maydeu-Olivares (2017); Kline (2016).
    """
    option("kind", kind, KINDS)
    setting = prepare(
        data,
        model,
        estimator=estimator,
        missing=missing,
        likelihood=likelihood,
        group=group,
        equal=equal,
    )
    fitted = setting.fit(equal, partial)
    names = setting.observed
    rows = []
    for found in left_over(fitted, correlation=kind == "correlation"):
        z = found.value / found.error
        mean = found.j < 0
        same = found.i == found.j
        rows.append(
            {
                "term": f"{names[found.i]} ~1" if mean else f"{names[found.j]} ~~ {names[found.i]}",
                "part": "intercept" if mean else "variance" if same else "covariance",
                "group": setting.groups[found.group] if setting.groups else "",
                "estimate": found.value,
                "std_error": found.error,
                "statistic": z,
                "p_value": float(2 * norm.sf(abs(z))),
            }
        )
    described = setting.described()
    words = "correlation residuals (Bollen)" if kind == "correlation" else "raw residuals"
    described["method"] += f"; {words} with their standard errors"
    return build(
        "sem.residuals",
        rows,
        **described,
        bounded=["estimate@covariance"] if kind == "correlation" else [],
        fit=measures(fitted),
        warnings=[*setting.notes, *fitted.warnings],
        model=model,
    )
