"""Ordinal answers: cumulative link models, their test of proportional odds, and a random intercept; numpy and scipy.

Own code: statsmodels' OrderedModel prints log increments instead of thresholds, and has no random intercept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie.errors import InputError, OptionError, level, option, whole
from klantstudie.frames import coded, labels, names, numeric, ordered_labels, require
from klantstudie.numerics import ordinal as core
from klantstudie.result import Result, build

__all__ = ["cumulative", "mixed", "probabilities"]

REFERENCE = ("McCullagh (1980)", "Agresti (2010)")


def cumulative(
    frame: pd.DataFrame,
    outcome: str,
    predictors: str | Sequence[str],
    *,
    weights: str | None = None,
    link: str = "logit",
    conf_level: float = 0.95,
) -> Result:
    """Regress an ordinal answer on predictors: one effect per predictor on all thresholds between answers at once.

    Part "effect": the shift on the scale of the link (logit: log odds of a higher answer; Wald z test and interval),
    with the odds ratio as effect for the logit. Part "threshold": the cut points, "1|2" between answers 1 and 2. Part
    "proportional_odds": per predictor the likelihood ratio test of one effect against an effect per threshold (logit:
    the assumption of proportional odds). Label columns become 0/1 columns against their first label. `weights` counts
    how often each row occurred (whole frequencies). Rows with a missing answer are left out; n counts answers.
    fit: log-likelihood, AIC, n. Errors: fewer than three different answers (two are a logistic regression), a
    predictor that separates the answers, constant predictors.

    References: McCullagh (1980); Agresti (2010).
    """
    level(conf_level)
    data = _Data(frame, outcome, predictors, weights, None)
    model = data.model(link)
    found = core.fit(model, data.start(link), data.columns)
    rows = _rows(data, found, link, conf_level)
    for name, columns in data.groups.items():
        places = [data.columns.index(column) for column in columns]
        free = core.highest(data.model(link, places), _spread(found.coef, data, places))
        statistic = max(2 * (free - found.loglik), 0.0)
        df = len(places) * (data.levels - 2)
        row = {
            "term": name,
            "part": "proportional_odds",
            "statistic": statistic,
            "statistic_name": "χ²",
            "df": df,
        }
        rows.append(row | {"p_value": float(stats.chi2.sf(statistic, df))})
    return _answer(
        "ordinal.cumulative", data, found, rows, link, conf_level, len(found.coef), "cumulative link model"
    )


def mixed(
    frame: pd.DataFrame,
    outcome: str,
    predictors: str | Sequence[str],
    cluster: str,
    *,
    weights: str | None = None,
    link: str = "logit",
    points: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Regress an ordinal answer on predictors with a random intercept per cluster (a judge, an employee, a branch).

    As `cumulative`, within clusters; part "variance" holds the variance between clusters on the scale of the link, its
    square root in the row below, and for the logit the intraclass correlation (variance over variance + π²/3). The
    integral over the random intercept is by Laplace's method (`points=1`) or by adaptive Gauss-Hermite quadrature with
    that many points. Rows with a missing answer or cluster are left out. Errors: fewer than three clusters, clusters
    that do not differ, and as `cumulative`.

    References: McCullagh (1980); Agresti (2010); Pinheiro and Bates (1995).
    """
    level(conf_level)
    if whole("points", points, 1) > 51:
        raise OptionError(f"points must be at most 51; given: {points}")
    data = _Data(frame, outcome, predictors, weights, cluster)
    model = data.model(link)
    plain = core.fit(model, data.start(link), data.columns)
    found = core.fit_mixed(
        model, plain.coef, core.quadrature(data.codes, data.n_clusters, points), data.columns
    )
    rows = _rows(data, found, link, conf_level)
    variance = found.sigma**2
    latent = {"logit": math.pi**2 / 3, "probit": 1.0, "cloglog": math.pi**2 / 6}[link]
    rows += [
        {"term": cluster, "part": "variance", "estimate": variance},
        {"term": cluster, "part": "sd", "estimate": found.sigma},
        {"term": cluster, "part": "icc", "estimate": variance / (variance + latent)},
    ]
    how = "Laplace" if points == 1 else f"adaptive Gauss-Hermite quadrature, {points} points"
    method = f"cumulative link mixed model, {how}"
    free = len(found.coef) + 1
    return _answer(
        "ordinal.mixed",
        data,
        found,
        rows,
        link,
        conf_level,
        free,
        method,
        n_clusters=data.n_clusters,
        points=points,
    )


def probabilities(
    frame: pd.DataFrame,
    outcome: str,
    predictors: str | Sequence[str],
    *,
    at: Sequence[Mapping[str, Any]],
    weights: str | None = None,
    link: str = "logit",
    conf_level: float = 0.95,
) -> Result:
    """Predict the probability of each answer for given values of the predictors, from a cumulative link model.

    `at` lists profiles, such as {"temp": "warm", "contact": "no"}; each names every predictor. One row a profile
    (term) and answer: a probability between 0 and 1 with delta-method standard error and an interval made on the
    logit scale. Rows with a missing answer are left out. Errors: a profile without a predictor or with an unknown
    label, and as `cumulative`.

    References: McCullagh (1980); Agresti (2010).
    """
    level(conf_level)
    data = _Data(frame, outcome, predictors, weights, None)
    found = core.fit(data.model(link), data.start(link), data.columns)
    z = stats.norm.ppf(0.5 + conf_level / 2)
    rows = []
    for profile in at:
        values = np.repeat(data.profile(profile)[None, :], data.levels, axis=0)
        model = core.Likelihood(np.arange(data.levels), values, np.ones(data.levels), data.levels, link)
        p, fa, fb, _, _ = model.parts(found.coef)
        gradient = fa[:, None] * model.upper - fb[:, None] * model.lower
        error = np.sqrt(np.einsum("ij,jk,ik->i", gradient, found.cov, gradient))
        centre, half = np.log(p / (1 - p)), z * error / (p * (1 - p))
        for place, answer in enumerate(data.answers):
            low, high = (1 / (1 + math.exp(-(centre[place] + side * half[place]))) for side in (-1, 1))
            rows.append(
                {
                    "term": ", ".join(f"{name} = {value}" for name, value in profile.items()),
                    "answer": f"{answer:g}",
                }
                | {"estimate": p[place], "std_error": error[place], "conf_low": low, "conf_high": high}
            )
    return build(
        "ordinal.probabilities",
        rows,
        n_total=data.n_total,
        n_used=data.n_used,
        method=f"cumulative link model, {link}; delta method, interval on the logit scale",
        reference=REFERENCE,
        conf_level=conf_level,
        bounded=("estimate",),
    )


class _Data:
    """The complete rows of one model: answers as codes, predictors as numbers, weights and clusters."""

    def __init__(
        self,
        frame: pd.DataFrame,
        outcome: str,
        predictors: str | Sequence[str],
        weights: str | None,
        cluster: str | None,
    ):
        listed = names(predictors, "predictors")
        require(frame, [outcome], "outcome")
        matrix, self.groups = coded(frame, listed)
        answer = numeric(frame, outcome, "outcome")[outcome]
        weight = numeric(frame, weights, "weights")[weights] if weights else pd.Series(1.0, index=frame.index)
        if (weight < 0).any() or (weight.dropna() % 1 != 0).any():
            raise InputError(f"weights: '{weights}' must hold whole frequencies (0, 1, 2, …)")
        keep = answer.notna() & matrix.notna().all(axis=1) & weight.notna()
        codes = labels(frame, cluster, "cluster") if cluster else None
        if codes is not None:
            keep &= codes.notna()
        counted = keep & (weight > 0)
        self.frame, self.predictors = frame, listed
        self.columns = list(matrix.columns)
        self.answers = sorted(float(one) for one in answer[counted].unique())
        self.levels = len(self.answers)
        if self.levels < 3:
            raise InputError(
                f"outcome: '{outcome}' has {self.levels} different answers; an ordinal model needs three, two are a "
                "logistic regression"
            )
        self.y = np.searchsorted(self.answers, answer[counted].to_numpy())
        self.x = matrix[counted].to_numpy(copy=True)
        self.weights = weight[counted].to_numpy(copy=True)
        constant = [
            name for name, spread in zip(self.columns, np.ptp(self.x, axis=0), strict=True) if spread == 0
        ]
        if constant:
            raise InputError(f"predictors: no variance in {', '.join(constant)}")
        self.n_total = int(weight.fillna(1).sum())
        self.n_used = int(self.weights.sum())
        if codes is not None:
            found = ordered_labels(codes[counted])
            if len(found) < 3:
                raise InputError(
                    f"cluster: '{cluster}' has {len(found)} clusters; a variance between them needs three"
                )
            self.n_clusters = len(found)
            self.codes = np.array([found.index(str(label)) for label in codes[counted]])

    def model(self, link: str, nominal: Sequence[int] = ()) -> core.Likelihood:
        option("link", link, tuple(core.LINKS))
        return core.Likelihood(self.y, self.x, self.weights, self.levels, link, nominal)

    def start(self, link: str) -> np.ndarray:
        option("link", link, tuple(core.LINKS))
        return core.starts(self.y, self.weights, self.levels, link, len(self.columns))

    def profile(self, given: Mapping[str, Any]) -> np.ndarray:
        missing = [name for name in self.predictors if name not in given]
        if missing:
            raise InputError(f"at: a profile must name every predictor; missing: {', '.join(missing)}")
        values = np.zeros(len(self.columns))
        for name in self.predictors:
            columns = self.groups[name]
            if columns == [name]:
                values[self.columns.index(name)] = float(given[name])
                continue
            known = ordered_labels(labels(self.frame, name))
            if str(given[name]) not in known:
                raise InputError(f"at: '{name}' has no label '{given[name]}'; it has {', '.join(known)}")
            if str(given[name]) != known[0]:
                values[self.columns.index(f"{name}: {given[name]}")] = 1.0
        return values


def _spread(coef: np.ndarray, data: _Data, places: Sequence[int]) -> np.ndarray:
    """Return starting values in which the nominal effects begin at the common one."""
    cuts = data.levels - 1
    pieces = [coef[:cuts]]
    for place in range(len(data.columns)):
        pieces.append(np.repeat(coef[cuts + place], cuts if place in places else 1))
    return np.concatenate(pieces)


def _rows(data: _Data, found: core.Fit, link: str, conf_level: float) -> list[dict[str, Any]]:
    cuts = data.levels - 1
    z = stats.norm.ppf(0.5 + conf_level / 2)
    error = np.sqrt(np.diag(found.cov))
    terms = [(name, "effect", cuts + place) for place, name in enumerate(data.columns)]
    terms += [
        (f"{low:g}|{high:g}", "threshold", place)
        for place, (low, high) in enumerate(zip(data.answers[:-1], data.answers[1:], strict=True))
    ]
    rows = []
    for name, part, place in terms:
        estimate, se = found.coef[place], error[place]
        row = {
            "term": name,
            "part": part,
            "estimate": estimate,
            "std_error": se,
            "conf_low": estimate - z * se,
        }
        row |= {"conf_high": estimate + z * se}
        if part == "effect":
            row |= {
                "statistic": estimate / se,
                "statistic_name": "z",
                "p_value": 2 * stats.norm.sf(abs(estimate / se)),
            }
            if link == "logit":
                ends = [math.exp(estimate + side * z * se) for side in (-1, 0, 1)]
                row |= {
                    "effect": ends[1],
                    "effect_low": ends[0],
                    "effect_high": ends[2],
                    "effect_name": "odds ratio",
                }
        rows.append(row)
    return rows


def _answer(
    kind: str,
    data: _Data,
    found: core.Fit,
    rows: list[dict[str, Any]],
    link: str,
    conf_level: float,
    free: int,
    method: str,
    **more: Any,
) -> Result:
    return build(
        kind,
        rows,
        n_total=data.n_total,
        n_used=data.n_used,
        method=f"{method}, {link}; maximum likelihood, Wald intervals",
        reference=REFERENCE,
        conf_level=conf_level,
        bounded=("estimate@icc",),
        fit={"loglik": found.loglik, "aic": 2 * free - 2 * found.loglik, "n": data.n_used},
        **more,
    )
