"""Mixed models with centring within groups, and the variance that each level holds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.analyses import _mixedlm
from klantstudie.analyses._rows import tested
from klantstudie.analyses.multilevel.nested import FEW, Nested, read, varies
from klantstudie.errors import ModelError, OptionError, level, option
from klantstudie.numerics import agreement, regression
from klantstudie.numerics import mixed as numeric
from klantstudie.numerics import variances as parts
from klantstudie.result import Result, build

REFERENCE = "Bates et al. (2015); Kuznetsova, Brockhoff and Christensen (2017)"
WIDEST = 3000  # labels outside the largest level; beyond, the profile of a variance takes too long


def mixed(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    cluster: str,
    *,
    slopes: Sequence[str] = (),
    center: Sequence[str] = (),
    method: str = "reml",
    errors: str = "model",
    conf_level: float = 0.95,
) -> Result:
    """Return a linear mixed model: fixed effects with Satterthwaite df, and the variances between and within
    groups.

    An empty list of predictors is the null model. Predictors in `center` are taken from their group's mean,
    and the mean enters too: part "within" is the effect inside groups, part "between" that of group means;
    the others stand in part "fixed". `slopes` are predictors whose (within) slope differs over groups,
    correlated with the intercept. Part "variance" holds the variance of intercepts (term: the cluster),
    slopes and residual, part "correlation" that of random effects. `errors="cr2"` gives cluster-robust errors
    with the model as working model. fit: ICC of the outcome without predictors, marginal and conditional R2,
    log-likelihood, deviance (with "reml" the REML criterion; it compares models with the same fixed part
    only), AIC, BIC. info: `singular` when a variance is zero or effects correlate (almost) perfectly: the
    degrees of freedom of the slopes concerned are then rough in every program; `few_groups` below 30. Rows
    with a missing answer are left out. Errors: fewer than five groups, groups of one row only.

    References: Bates et al. (2015); Kuznetsova, Brockhoff and Christensen (2017); Enders and Tofighi (2007);
    Nakagawa and Schielzeth (2013); Johnson (2014); Pustejovsky and Tipton (2018).
    """
    option("method", method, ("reml", "ml"))
    option("errors", errors, ("model", "cr2"))
    conf_level = level(conf_level)
    listed = frames.names(predictors, "predictors") if len(predictors) else []
    slopes = frames.names(slopes, "slopes") if len(slopes) else []
    center = frames.names(center, "center") if len(center) else []
    for role, chosen in (("slopes", slopes), ("center", center)):
        stray = [name for name in chosen if name not in listed]
        if stray:
            raise OptionError(f"{role} must be among the predictors; '{stray[0]}' is not")
    nested = read(frame, [outcome, *listed], [cluster])
    varies(nested, [outcome, *listed])
    terms, x = _design(nested, listed, cluster, center)
    places = [
        1 + next(i for i, (name, part) in enumerate(terms) if name == slope and part != "between")
        for slope in slopes
    ]
    y, codes = nested.values[outcome], nested.codes[cluster]
    still = [slope for slope in slopes if not nested.moves(slope, cluster)]
    if still:
        raise ModelError(
            f"'{still[0]}' does not vary within '{cluster}': its slope cannot differ over groups"
        )
    fit = _mixedlm.fit(y, x, {cluster: codes}, slopes=places, reml=method == "reml")
    between = fit.between[cluster]
    cov, df = fit.cov, fit.df
    z = x[:, [0, *places]]
    if errors == "cr2":
        cov, df = numeric.cr2(x, y - x @ fit.coef, z, between, fit.within, codes)
    error = np.sqrt(np.diag(cov))
    rows = [
        {"term": name, "part": part} | tested(fit.coef[i], error[i], df[i], conf_level)
        for i, (name, part) in enumerate([("intercept", "fixed"), *terms])
    ]
    rows += _variances(between, [cluster, *slopes], fit.within)
    marginal, conditional = numeric.explained(x @ fit.coef, numeric.random_variance(z, between), fit.within)
    empty = agreement.random_intercept(y, codes, reml=method == "reml")
    return build(
        "multilevel.mixed",
        rows,
        n_total=nested.n_total,
        n_used=nested.n,
        method=f"{method.upper()}; "
        + ("CR2 errors, Satterthwaite df" if errors == "cr2" else "Satterthwaite df")
        + (
            "; parts within and between groups: predictors centred within groups, group means added"
            if center
            else ""
        ),
        reference=REFERENCE,
        conf_level=conf_level,
        fit={
            "icc": empty.between / (empty.between + empty.within),
            "r_squared_marginal": marginal,
            "r_squared_conditional": conditional,
            **_likelihood(fit, nested.n),
            "n_groups": len(nested.labels[cluster]),
        },
        bounded=("estimate@correlation",),
        singular=fit.singular,
        few_groups=len(nested.labels[cluster]) < FEW,
    )


def variance_parts(
    frame: pd.DataFrame,
    outcome: str,
    levels: Sequence[str],
    *,
    predictors: Sequence[str] = (),
    bound: float | None = None,
    method: str = "reml",
    conf_level: float = 0.95,
) -> Result:
    """Return how the variance of an outcome divides over levels, crossed or nested, and what is left.

    `levels` are columns of labels, such as customer, employee and branch. Labels that mean the same thing
    everywhere give crossed levels; write "branch/team" when team labels start again in every branch. Part
    "variance": the variance of every level and the residual, its `share` of the total, both with profile
    intervals of the criterion that was fitted, and `n`, the number of labels. With a `bound` (a share between 0
    and 1) the first level is "supported" when the interval of its share lies above it, "negligible" when it lies
    below ("equivalent" when it also holds zero), else "inconclusive". Part "fixed":
    the mean and the effects of `predictors`, with Satterthwaite df. fit: log-likelihood and deviance (with
    "reml" the REML criterion), AIC, BIC. Works at the size of tens of thousands of rows with thousands of
    crossed labels; where the second-largest level has more than 3,000 labels there are no intervals. Rows with
    a missing answer or label are left out. Errors: fewer than five labels in a level, two levels
    that are the same.

    References: Bates et al. (2015); Kuznetsova, Brockhoff and Christensen (2017); Venzon and Moolgavkar (1988).
    """
    option("method", method, ("reml", "ml"))
    conf_level = level(conf_level)
    if bound is not None and not 0 < bound < 1:
        raise OptionError(f"bound must be a share between 0 and 1; given: {bound!r}")
    named = frames.names(levels, "levels")
    predictors = frames.names(predictors, "predictors") if len(predictors) else []
    nested = read(frame, [outcome, *predictors], named)
    varies(nested, [outcome, *predictors])
    for first, second in combinations(named, 2):
        pairs = len(np.unique(nested.codes[first] * nested.n + nested.codes[second]))
        if pairs == len(nested.labels[first]) == len(nested.labels[second]):
            raise ModelError(
                f"'{first}' and '{second}' put the same rows together: they cannot be told apart"
            )
    x = np.column_stack([np.ones(nested.n), *(nested.values[name] for name in predictors)])
    _independent(x, predictors)
    fit = _mixedlm.fit(nested.values[outcome], x, nested.codes, reml=method == "reml")
    variances = [*(float(fit.between[name][0, 0]) for name in named), fit.within]
    counts = [*(len(nested.labels[name]) for name in named), nested.n]
    wide = sum(sorted(counts[:-1])[:-1]) > WIDEST
    ends = (
        [{}] * len(counts) if wide else _profiled(nested, outcome, x, variances, method == "reml", conf_level)
    )
    rows: list[dict] = [
        {"term": name, "part": "variance", "n": n, "estimate": value, "share": value / sum(variances)} | end
        for name, n, value, end in zip([*named, "residual"], counts, variances, ends, strict=True)
    ]
    if bound is not None:
        rows[0]["decision"] = _beyond(rows[0], bound)
    rows += [
        {"term": name, "part": "fixed"} | tested(fit.coef[i], fit.se[i], fit.df[i], conf_level)
        for i, name in enumerate(["intercept", *predictors])
    ]
    return build(
        "multilevel.variance_parts",
        rows,
        n_total=nested.n_total,
        n_used=nested.n,
        method=f"{method.upper()}, random intercepts; "
        + ("no intervals of variances; " if wide else "profile intervals of variances; ")
        + "Satterthwaite df",
        reference=REFERENCE + "; Venzon and Moolgavkar (1988)",
        conf_level=conf_level,
        decision=rows[0].get("decision"),
        fit=_likelihood(fit, nested.n),
        singular=fit.singular,
        few_groups=min(len(labels) for labels in nested.labels.values()) < FEW,
    )


def _profiled(
    nested: Nested, outcome: str, x: np.ndarray, variances: Sequence[float], reml: bool, conf_level: float
) -> list[dict[str, float]]:
    """Return the profile intervals of every variance and of its share, the residual last."""
    criterion = parts.Criterion(nested.values[outcome], x, list(nested.codes.values()), reml=reml)
    middle = criterion.best(np.sqrt(np.array(variances[:-1]) / variances[-1]))
    second = parts.curvature(criterion, middle)
    ends = []
    for place in [*range(len(variances) - 1), None]:
        low, high = parts.profile(
            criterion, middle, second, parts.deviation(criterion.unit, place), conf_level
        )
        share = parts.profile(criterion, middle, second, parts.root_share(place), conf_level, 1.0)
        ends.append(
            {
                "conf_low": low**2,
                "conf_high": high**2,
                "share_low": share[0] ** 2,
                "share_high": share[1] ** 2,
            }
        )
    return ends


def _beyond(one: dict, bound: float) -> str:
    if one.get("share_low", 0.0) > bound:
        return "supported"
    if one.get("share_high", 1.0) >= bound:
        return "inconclusive"
    return "negligible" if one["share_low"] > 0 else "equivalent"


def _design(
    nested: Nested, predictors: list[str], cluster: str, center: list[str]
) -> tuple[list[tuple[str, str]], np.ndarray]:
    terms, columns = [], [np.ones(nested.n)]
    for name in predictors:
        if name not in center:
            terms.append((name, "fixed"))
            columns.append(nested.values[name])
            continue
        mean, away = nested.split(name, cluster)
        if not nested.moves(name, cluster):
            raise ModelError(f"'{name}' does not vary within '{cluster}': it cannot be centred there")
        terms += [(name, "within"), (name, "between")]
        columns += [away, mean]
    x = np.column_stack(columns)
    _independent(x, [f"{name} ({part})" if part != "fixed" else name for name, part in terms])
    return terms, x


def _independent(x: np.ndarray, names: list[str]) -> None:
    combined = [(["intercept", *names])[place] for place in regression.dependent(x)]
    if combined:
        raise ModelError(f"a combination of the other predictors: {', '.join(combined)}")


def _variances(between: np.ndarray, names: list[str], within: float) -> list[dict]:
    rows = [{"term": name, "part": "variance", "estimate": between[i, i]} for i, name in enumerate(names)]
    rows.append({"term": "residual", "part": "variance", "estimate": within})
    sd = np.sqrt(np.diag(between))
    for j in range(len(names)):
        for i in range(j):
            value = between[i, j] / (sd[i] * sd[j]) if sd[i] * sd[j] > 0 else np.nan
            rows.append({"term": f"{names[i]} ~~ {names[j]}", "part": "correlation", "estimate": value})
    return rows


def _likelihood(fit: _mixedlm.Mixed, n: int) -> dict[str, float]:
    return {
        "loglik": -fit.criterion / 2,
        "deviance": fit.criterion,
        "aic": fit.criterion + 2 * fit.n_parameters,
        "bic": fit.criterion + np.log(n) * fit.n_parameters,
    }
