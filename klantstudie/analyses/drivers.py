"""What drives the outcome: regression, shares of explained variance, and retention as a logistic regression.

Stands on numerics.regression and numerics.importance, and on statsmodels (Logit) for retention.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.analyses._statsmodels import logit
from klantstudie.errors import InputError, OptionError, level, option, whole
from klantstudie.moments import Moments, as_moments
from klantstudie.numerics import auc, importance, resampling
from klantstudie.numerics import regression as least_squares
from klantstudie.result import Result, build

__all__ = ["dominance", "regression", "relative_weights", "retention"]


def regression(
    data: pd.DataFrame | Moments,
    outcome: str,
    predictors: Sequence[str],
    *,
    robust: str = "hc3",
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Regress the outcome on the predictors: coefficients, standardised betas and variance inflation.

    Coefficients are in outcome units per unit of the predictor; `standardized` is in standard deviations of
    both; `vif` is 1 for a predictor that is unrelated to the others. Errors: robust="hc3" or "classic";
    with a `cluster` column CR2 errors with Satterthwaite degrees of freedom, which also serve few clusters.
    From Moments only robust="classic" is possible. `fit` holds R squared and the test that all slopes are 0
    with the same errors. Rows with a missing answer (or cluster) are left out and counted.
    Errors: a predictor that is a combination of others, fewer cases than coefficients, one cluster only.

    References: MacKinnon and White (1985); Long and Ervin (2000); Pustejovsky and Tipton (2018).
    """
    conf_level = level(conf_level)
    option("robust", robust, ("hc3", "classic"))
    names = _predictors(outcome, predictors)
    if isinstance(data, Moments):
        if cluster is not None or robust != "classic":
            raise OptionError("moments allow only robust='classic', without cluster")
        known, n_total = as_moments(data, [*names, outcome], "predictors and outcome")
        cov, mean = known.cov, known.mean
        fit = least_squares.from_cov(cov[:-1, :-1], cov[:-1, -1], cov[-1, -1], known.n, mean[:-1], mean[-1])
        errors = "classic"
    else:
        kept, labels, n_total = _complete(data, outcome, names, cluster)
        plan = np.column_stack([np.ones(len(kept)), kept[names]])
        frames.varied(kept[outcome], outcome, "outcome")
        _independent(plan, names)
        errors = "cr2" if cluster else robust
        fit = least_squares.ols(plan, kept[outcome].to_numpy(), errors=errors, cluster=labels)
        cov = np.atleast_2d(np.cov(kept[[*names, outcome]].to_numpy(), rowvar=False))
    rows = _coefficients(fit, names, cov, conf_level)
    f, df, df2, p = fit.wald(np.eye(len(names) + 1)[1:])
    return build(
        "drivers.regression",
        rows,
        n_total=n_total,
        n_used=fit.n,
        method=f"least squares, {errors} errors" + (f" by {cluster} ({fit.n_clusters})" if cluster else ""),
        conf_level=conf_level,
        reference="MacKinnon and White (1985); Long and Ervin (2000); Pustejovsky and Tipton (2018)",
        fit={
            "r_squared": fit.r_squared,
            "r_squared_adjusted": fit.r_squared_adjusted,
            "statistic": f,
            "df": df,
            "df2": df2,
            "p_value": p,
        },
        **({"n_clusters": fit.n_clusters} if cluster else {}),
    )


def relative_weights(
    data: pd.DataFrame | Moments,
    outcome: str,
    predictors: Sequence[str],
    *,
    n_boot: int = 5000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Divide the explained variance over correlated predictors: Johnson's relative weights.

    The weights sum to R squared; `share` divides them by it. Percentile intervals come from resampled rows
    (from Moments: of normal samples). A weight is never below 0, so its own interval cannot test it: the
    decision is "supported" when the interval of its difference with the weight of a random predictor, added
    to each resample, lies above 0, else "inconclusive"; p_value is the one-sided share of resamples at or
    below 0, never 0. n_boot=0 leaves both out. Rows with a missing answer are left out and counted.
    Errors: a predictor that is a combination of others, a column without variance.

    References: Johnson (2000); Tonidandel, LeBreton and Johnson (2009).
    """
    conf_level = level(conf_level)
    n_boot, seed = whole("n_boot", n_boot), whole("seed", seed)
    names = _predictors(outcome, predictors)
    known, draws, n_total = _moments_and_draws(data, outcome, names, n_boot, seed)
    weights = importance.relative_weights(known.cov)
    rows = _shares(names, weights)
    if draws is not None:
        noisy = importance.relative_weights(
            importance.with_noise(draws, known.n, np.random.default_rng([seed, 2]))
        )
        ends = resampling.percentile(importance.relative_weights(draws), conf_level)
        beyond = noisy[:, 1:] - noisy[:, :1]
        low, _ = resampling.percentile(beyond, conf_level)
        at_most = (beyond <= 0).sum(0)
        for i, row in enumerate(rows):
            row |= {"conf_low": ends[0][i], "conf_high": ends[1][i]}
            row |= {"p_value": (at_most[i] + 1) / (len(beyond) + 1)}
            row |= {"decision": "supported" if low[i] > 0 else "inconclusive"}
    return build(
        "drivers.relative_weights",
        rows,
        n_total=n_total,
        n_used=known.n,
        method="Johnson's relative weights"
        + _drawn(data, n_boot)
        + ("; one-sided p, decision by the interval" if n_boot else ""),
        conf_level=conf_level if n_boot else None,
        seed=seed if n_boot else None,
        reference="Johnson (2000); Tonidandel, LeBreton and Johnson (2009)",
        bounded=("estimate",),
        fit={"r_squared": weights.sum()},
    )


def dominance(
    data: pd.DataFrame | Moments,
    outcome: str,
    predictors: Sequence[str],
    *,
    n_boot: int = 1000,
    n_orders: int = 5000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Divide the explained variance by general dominance: the mean gain in R squared over all orders of entry.

    The values sum to R squared; `share` divides them by it. Up to 15 predictors all subsets are visited;
    beyond, a random `n_orders` orders are, and std_error is then the Monte-Carlo error of each value.
    Percentile intervals come from resampled rows (from Moments: of normal samples), up to 10 predictors;
    n_boot=0 leaves them out. Rows with a missing answer are left out and counted.
    Errors: a predictor that is a combination of others, a column without variance, a bootstrap of more than
    10 predictors.

    References: Budescu (1993); Azen and Budescu (2003); Gromping (2007).
    """
    conf_level = level(conf_level)
    n_boot, seed = whole("n_boot", n_boot), whole("seed", seed)
    names = _predictors(outcome, predictors)
    if n_boot and len(names) > 10:
        raise OptionError(f"n_boot: {len(names)} predictors have too many subsets to resample; use n_boot=0")
    known, draws, n_total = _moments_and_draws(data, outcome, names, n_boot, seed)
    sampled = len(names) > importance.EXACT
    if sampled:
        orders = whole("n_orders", n_orders, 2)
        gains, error = importance.sampled_dominance(known.cov, orders, np.random.default_rng(seed))
        how = f"general dominance over {orders} random orders"
    else:
        gains, error, how = (
            importance.general_dominance(known.cov),
            None,
            "general dominance over all subsets",
        )
    rows = _shares(names, gains)
    if error is not None:
        for row, spread in zip(rows, error, strict=True):
            row["std_error"] = spread
    if draws is not None:
        low, high = resampling.percentile(importance.general_dominance(draws), conf_level)
        for i, row in enumerate(rows):
            row |= {"conf_low": low[i], "conf_high": high[i]}
    return build(
        "drivers.dominance",
        rows,
        n_total=n_total,
        n_used=known.n,
        method=how + _drawn(data, n_boot),
        conf_level=conf_level if n_boot else None,
        seed=seed if n_boot or sampled else None,
        reference="Budescu (1993); Azen and Budescu (2003); Gromping (2007)",
        bounded=("estimate",),
        fit={"r_squared": gains.sum()},
    )


def retention(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Predict a yes or no (1 or 0), such as renewal, by logistic regression, and say how well it tells them apart.

    Part "coefficient": log odds per unit, with the odds ratio as effect; part "marginal": the average
    marginal effect, in probability per unit, with delta-method errors; part "auc": the area under the ROC
    curve of the model and of each predictor alone (0.5 is chance; below 0.5 a high value goes with 0), with
    DeLong intervals. `fit` holds the likelihood-ratio test against no predictors, McFadden's R squared, AIC
    and BIC. With `cluster` the errors of coefficients and marginal effects are cluster-robust. Rows with a
    missing answer are left out and counted.
    Errors: an outcome with other values than 0 and 1 or only one of them, predictors that separate the
    outcome.

    References: McFadden (1974); DeLong, DeLong and Clarke-Pearson (1988); Mize, Doan and Long (2019).
    """
    conf_level = level(conf_level)
    names = _predictors(outcome, predictors)
    kept, labels, n_total = _complete(frame, outcome, names, cluster)
    y = kept[outcome].to_numpy()
    if set(np.unique(y)) != {0.0, 1.0}:
        raise InputError(f"outcome: '{outcome}' must hold both 0 and 1 and nothing else")
    plan = np.column_stack([np.ones(len(kept)), kept[names]])
    _independent(plan, names)
    found = logit(plan, y, None if labels is None else least_squares.codes(labels)[0])
    rows = _logit_rows(found, names, conf_level)
    rows += _area_rows(found.fitted, kept[names].to_numpy(), y, names, conf_level)
    df = len(names)
    chisq = 2 * (found.loglik - found.loglik_null)
    return build(
        "drivers.retention",
        rows,
        n_total=n_total,
        n_used=len(kept),
        method="logistic regression"
        + (f", cluster-robust errors by {cluster}" if cluster else "")
        + "; DeLong areas",
        conf_level=conf_level,
        reference="McFadden (1974); DeLong, DeLong and Clarke-Pearson (1988); Mize, Doan and Long (2019)",
        bounded=("estimate@auc", "estimate@marginal"),
        fit={
            "loglik": found.loglik,
            "chisq": chisq,
            "df": df,
            "p_value": stats.chi2.sf(chisq, df),
            "pseudo_r_squared": 1 - found.loglik / found.loglik_null,
            "aic": -2 * found.loglik + 2 * (df + 1),
            "bic": -2 * found.loglik + np.log(len(kept)) * (df + 1),
        },
    )


def _predictors(outcome: str, predictors: Sequence[str]) -> list[str]:
    listed = frames.names(predictors, "predictors")
    if outcome in listed:
        raise InputError(f"predictors: '{outcome}' is the outcome")
    return listed


def _complete(
    frame: pd.DataFrame, outcome: str, names: list[str], cluster: str | None
) -> tuple[pd.DataFrame, np.ndarray | None, int]:
    frames.require(frame, outcome, "outcome")
    if cluster is None:
        kept, n_total = frames.complete(frame, [*names, outcome], "predictors and outcome", at_least=2)
        return kept, None, n_total
    label = frames.labels(frame, cluster, "cluster")
    known = label.notna().to_numpy()
    kept, _ = frames.complete(frame[known], [*names, outcome], "predictors and outcome", at_least=2)
    complete = frame[known][[*names, outcome]].notna().all(axis=1).to_numpy()
    return kept, label[known][complete].to_numpy(dtype=str), len(frame)


def _independent(plan: np.ndarray, names: list[str]) -> None:
    combined = least_squares.dependent(plan)
    if combined:
        told = ", ".join(names[place - 1] for place in combined)
        raise InputError(
            f"predictors: {told} has no variance or is a combination of the predictors before it"
        )


def _coefficients(
    fit: least_squares.Fit, names: list[str], cov: np.ndarray, conf_level: float
) -> list[dict[str, object]]:
    low, high = fit.interval(conf_level)
    sd = np.sqrt(np.diag(cov))
    beta = np.concatenate([[np.nan], fit.coef[1:] * sd[:-1] / sd[-1]])
    corr = cov[:-1, :-1] / np.outer(sd[:-1], sd[:-1])
    inflation = np.concatenate([[np.nan], np.diag(np.linalg.inv(corr))])
    return [
        {
            "term": name,
            "estimate": fit.coef[i],
            "std_error": fit.se[i],
            "statistic": fit.statistic[i],
            "statistic_name": "t",
            "df": fit.df[i],
            "p_value": fit.p_value[i],
            "conf_low": low[i],
            "conf_high": high[i],
            "standardized": beta[i],
            "vif": inflation[i],
        }
        for i, name in enumerate(["intercept", *names])
    ]


def _moments_and_draws(
    data: pd.DataFrame | Moments, outcome: str, names: list[str], n_boot: int, seed: int
) -> tuple[Moments, np.ndarray | None, int]:
    """Return the moments, covariance matrices of n_boot resamples (None for 0), and the number of rows."""
    columns = [*names, outcome]
    if isinstance(data, Moments):
        chosen = data.select(columns, "predictors and outcome")
        # Weights need correlations only, so a source without standard deviations will do.
        sd = np.where(np.isnan(chosen.sd), 1.0, chosen.sd)
        known, values, n_total = (
            Moments.from_cov(columns, chosen.corr * np.outer(sd, sd), chosen.n),
            None,
            chosen.n,
        )
    else:
        frames.require(data, names, "predictors")
        kept, n_total = frames.complete(data, columns, "predictors and outcome", at_least=len(columns) + 1)
        known, values = Moments.from_frame(kept, columns), kept.to_numpy()
    if np.linalg.eigvalsh(known.corr[:-1, :-1])[0] < 1e-10:
        raise InputError("predictors: one is a combination of the others; no shares can be told apart")
    if not n_boot:
        return known, None, n_total
    rng = np.random.default_rng(seed)
    if values is None:
        if known.n <= len(columns):
            raise InputError(
                f"n_boot: normal samples need more than {len(columns)} cases; the moments have {known.n}"
            )
        return known, resampling.normal_covariances(known.cov, known.n, n_boot, rng), n_total
    return known, resampling.case_covariances(values, n_boot, rng), n_total


def _drawn(data: pd.DataFrame | Moments, n_boot: int) -> str:
    if not n_boot:
        return ", no intervals"
    return f"; {n_boot} {'normal samples' if isinstance(data, Moments) else 'resamples of rows'}"


def _shares(names: list[str], weights: np.ndarray) -> list[dict[str, object]]:
    total = weights.sum()
    return [
        {"term": name, "estimate": weight, "share": weight / total}
        for name, weight in zip(names, weights, strict=True)
    ]


def _logit_rows(found: object, names: list[str], conf_level: float) -> list[dict[str, object]]:
    reach = stats.norm.ppf((1 + conf_level) / 2)
    error = np.sqrt(np.diag(found.cov))
    rows = []
    for part, terms, estimates, errors in (
        ("coefficient", ["intercept", *names], found.coef, error),
        ("marginal", names, found.marginal, found.marginal_error),
    ):
        for term, estimate, spread in zip(terms, estimates, errors, strict=True):
            low, high = estimate - reach * spread, estimate + reach * spread
            row = {"term": term, "part": part, "estimate": estimate, "std_error": spread}
            row |= {"statistic": estimate / spread, "statistic_name": "z"}
            row |= {"p_value": 2 * stats.norm.sf(abs(estimate / spread)), "conf_low": low, "conf_high": high}
            if part == "coefficient" and term != "intercept":
                row |= {"effect": np.exp(estimate), "effect_name": "OR"}
                row |= {"effect_low": np.exp(low), "effect_high": np.exp(high)}
            rows.append(row)
    return rows


def _area_rows(
    fitted: np.ndarray, x: np.ndarray, y: np.ndarray, names: list[str], conf_level: float
) -> list[dict[str, object]]:
    reach = stats.norm.ppf((1 + conf_level) / 2)
    area, cov = auc.areas(np.column_stack([fitted, x]), y)
    error = np.sqrt(np.diag(cov))
    return [
        {"term": term, "part": "auc", "estimate": a, "std_error": e}
        | {"conf_low": max(a - reach * e, 0.0), "conf_high": min(a + reach * e, 1.0)}
        for term, a, e in zip(["total", *names], area, error, strict=True)
    ]
