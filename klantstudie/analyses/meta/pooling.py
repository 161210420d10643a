"""Pooled effects: random effects with prediction interval, Hunter-Schmidt with artefacts, and
meta-regression.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.analyses.meta.studies import Studies, read
from klantstudie.errors import InputError, level, option
from klantstudie.numerics import meta
from klantstudie.result import Result, build

SCALE = {
    "r": "Fisher z, printed as r",
    "z": "Fisher z",
    "d": "standardised mean difference (Hedges' correction where n is given)",
    "raw": "effects as given",
}
VARIANCE = {
    "reml": "restricted maximum likelihood (REML)",
    "dl": "DerSimonian-Laird",
    "pm": "Paule-Mandel",
    "ml": "maximum likelihood",
}
INTERVALS = {
    True: "Knapp-Hartung",
    "adhoc": "Knapp-Hartung, never narrower than the normal approximation",
    False: "normal approximation",
}


def random_effects(
    frame: pd.DataFrame,
    effect: str,
    *,
    n: str | Sequence[str] | None = None,
    variance: str | None = None,
    study: str | None = None,
    measure: str = "r",
    method: str = "reml",
    knapp_hartung: bool | str = True,
    conf_level: float = 0.95,
) -> Result:
    """Return the pooled effect of studies with its confidence and prediction interval, and every study beside
    it.

    One row of the frame is one study. `measure` says what `effect` holds: "r" (pooled as Fisher z, printed as
    r), "z" (Fisher z), "d" (standardised mean difference, n = two columns) or "raw" (any effect with its
    variance). Give `n` or `variance`, the latter on the pooling scale. Part "pooled": estimate, interval, and
    in `pred_low` and `pred_high` where the true effect of a new study is expected; for "r" the row "fisher_z"
    holds the same before the way back, with standard error and test. Part "study": each effect, its interval
    and weight (the weights sum to 1). With `knapp_hartung` tests and intervals use t with k - 1 df and an
    estimated scale; few effects that happen to lie close together then give an interval that is far too short,
    which "adhoc" prevents by a scale of at least 1. fit: tau2 with its Q-profile interval, I2 (share of variance that is not sampling error),
    Q with df and p. With few studies the prediction interval is known to be too narrow. Studies with a missing
    value are left out. Errors: fewer than two studies, a correlation of 1.

    References: DerSimonian and Laird (1986); Viechtbauer (2005); Knapp and Hartung (2003); Higgins et al.
    (2009).
    """
    conf_level = level(conf_level)
    option("method", method, meta.METHODS)
    studies = read(frame, effect, n, variance, study, measure)
    fit = meta.fit(studies.y, studies.v, method=method, knapp_hartung=knapp_hartung, conf_level=conf_level)
    low, high = fit.interval(conf_level)
    pred = fit.prediction(conf_level)
    test = {
        "std_error": fit.se[0],
        "statistic": fit.statistic[0],
        "statistic_name": "t" if knapp_hartung else "z",
        "df": fit.df if knapp_hartung else np.nan,
        "p_value": fit.p_value[0],
    }
    back = studies.back
    pooled = {
        "term": "pooled",
        "part": "pooled",
        "estimate": back(fit.coef[0]),
        "conf_low": back(low[0]),
        "conf_high": back(high[0]),
        "pred_low": back(pred[0]),
        "pred_high": back(pred[1]),
        "n": np.nan if np.isnan(studies.n).any() else studies.n.sum(),
    }
    if measure == "r":
        z = {
            "estimate": fit.coef[0],
            "conf_low": low[0],
            "conf_high": high[0],
            "pred_low": pred[0],
            "pred_high": pred[1],
        }
        rows = [pooled, {"term": "pooled", "part": "fisher_z", **z, **test, "n": pooled["n"]}]
    else:
        rows = [pooled | test]
    rows += _study_rows(studies, fit.weights, conf_level)
    return build(
        "meta.random_effects",
        rows,
        n_total=studies.n_total,
        n_used=len(studies.y),
        method=f"{SCALE[measure]}; tau2 by {VARIANCE[method]}; {INTERVALS[knapp_hartung]}",
        reference="Viechtbauer (2005); Knapp and Hartung (2003)",
        conf_level=conf_level,
        bounded=("estimate@pooled", "estimate@study") if studies.bounded else (),
        fit=heterogeneity(fit),
        measure=measure,
    )


def regression(
    frame: pd.DataFrame,
    effect: str,
    moderators: Sequence[str],
    *,
    n: str | Sequence[str] | None = None,
    variance: str | None = None,
    study: str | None = None,
    measure: str = "r",
    method: str = "reml",
    knapp_hartung: bool | str = True,
    conf_level: float = 0.95,
) -> Result:
    """Return how effects of studies depend on features of the studies (mixed-effects meta-regression).

    Numbers enter as they are; a text column is split into its labels, compared with the first
    (`reference_group`). Coefficients stay on the pooling scale (Fisher z for "r"). fit: remaining tau2 and
    I2, R2 as the share of tau2 that the moderators explain (cut at 0), the test of all moderators (statistic,
    df, df2, p) and of what remains (q, q_p). Other arguments as in random_effects. Studies with a missing
    value or moderator are left out. It compares studies, not people: a moderator of studies need not hold
    within them.

    References: Thompson and Higgins (2002); Knapp and Hartung (2003); Viechtbauer (2010).
    """
    conf_level = level(conf_level)
    listed = frames.names(moderators, "moderators")
    studies = read(frame, effect, n, variance, study, measure, listed)
    labels, columns = _design(frame.loc[studies.rows], listed)
    x = np.column_stack([np.ones(len(studies.y)), *columns])
    settings = {"method": method, "knapp_hartung": knapp_hartung, "conf_level": conf_level}
    fit = meta.fit(studies.y, studies.v, x, **settings)
    empty = meta.fit(studies.y, studies.v, **settings)
    low, high = fit.interval(conf_level)
    rows = [
        {
            "term": name,
            "group": group,
            "reference_group": reference,
            "estimate": fit.coef[i],
            "std_error": fit.se[i],
            "statistic": fit.statistic[i],
            "statistic_name": "t" if knapp_hartung else "z",
            "df": fit.df if knapp_hartung else np.nan,
            "p_value": fit.p_value[i],
            "conf_low": low[i],
            "conf_high": high[i],
        }
        for i, (name, group, reference) in enumerate([("intercept", "", ""), *labels])
    ]
    explained = max(0.0, 1 - fit.tau2 / empty.tau2) if empty.tau2 > 0 else np.nan
    return build(
        "meta.regression",
        rows,
        n_total=studies.n_total,
        n_used=len(studies.y),
        method=f"{SCALE[measure]}; tau2 by {VARIANCE[method]}; {INTERVALS[knapp_hartung]}",
        reference="Thompson and Higgins (2002); Viechtbauer (2010)",
        conf_level=conf_level,
        fit={
            "tau2": fit.tau2,
            "i_squared": fit.i_squared,
            "r_squared": explained,
            "statistic": fit.f if knapp_hartung else fit.f * len(labels),
            "df": len(labels),
            "df2": fit.df if knapp_hartung else np.nan,
            "p_value": fit.f_p,
            "q": fit.q,
            "q_p": fit.q_p,
        },
        measure=measure,
    )


def hunter_schmidt(
    frame: pd.DataFrame,
    effect: str,
    n: str,
    *,
    reliability_x: str | None = None,
    reliability_y: str | None = None,
    artefacts: str = "mean",
    credibility: float = 0.80,
    conf_level: float = 0.95,
) -> Result:
    """Return a psychometric meta-analysis of correlations: bare bones, and corrected for unreliability.

    Row "mean_r": the mean correlation weighted by sample size; `sd` is the standard deviation of the true
    correlations, `share` the part of the observed variance that sampling error explains, `pred_low` and
    `pred_high` the credibility interval in which that percentage of true correlations lies. With
    reliabilities (columns with values in (0, 1]) the row "mean_rho" holds the same after correcting each
    study; a missing reliability is filled with the mean of the known ones ("mean") or the study is left out
    ("drop"). A corrected mean above 1 gets the note "above_one". fit: observed and artefactual variance of the last row. Studies without correlation or n are
    left out.

    References: Hunter and Schmidt (2004); Schmidt and Hunter (2015).
    """
    conf_level, credibility = level(conf_level), level(credibility)
    option("artefacts", artefacts, ("mean", "drop"))
    named = [name for name in (reliability_x, reliability_y) if name is not None]
    values = frames.numeric(frame, [effect, n, *named], "effect, n and reliabilities")
    kept = values[values[[effect, n, *(named if artefacts == "drop" else [])]].notna().all(axis=1)]
    if len(kept) < 2:
        raise InputError(f"{len(kept)} of {len(frame)} studies are complete; two are needed")
    r, size = kept[effect].to_numpy(), kept[n].to_numpy()
    if (np.abs(r) > 1).any() or (size < 2).any():
        raise InputError(f"'{effect}' must lie between -1 and 1 and '{n}' be at least 2")
    bare = meta.hunter_schmidt(r, size)
    rows = [_psychometric("mean_r", bare, len(r), conf_level, credibility)]
    last, filled = bare, {}
    if named:
        product = np.ones(len(r))
        for name in named:
            known = kept[name].dropna()
            if known.empty or (known <= 0).any() or (known > 1).any():
                raise InputError(f"reliabilities in '{name}' must lie above 0 and at most at 1")
            filled[name] = int(kept[name].isna().sum())
            product *= kept[name].fillna(known.mean()).to_numpy()
        last = meta.hunter_schmidt(r, size, np.sqrt(product))
        corrected = _psychometric("mean_rho", last, len(r), conf_level, credibility)
        rows.append(corrected | ({"note": "above_one"} if abs(last.mean) > 1 else {}))
    return build(
        "meta.hunter_schmidt",
        rows,
        n_total=len(frame),
        n_used=len(r),
        method=f"bare bones{' and individual corrections for unreliability' if named else ''}; "
        f"{credibility:.0%} credibility interval",
        reference="Hunter and Schmidt (2004)",
        conf_level=conf_level,
        bounded=("estimate",),
        fit={"variance_observed": last.observed, "variance_artefact": last.artefact, "n": size.sum()},
        credibility=credibility,
        n_filled=filled,
    )


def heterogeneity(fit: meta.Fit) -> dict[str, float]:
    """Return the fit numbers of a pooled model."""
    return {
        "tau2": fit.tau2,
        "tau2_low": fit.tau2_low,
        "tau2_high": fit.tau2_high,
        "i_squared": fit.i_squared,
        "q": fit.q,
        "df": fit.q_df,
        "q_p": fit.q_p,
    }


def _study_rows(studies: Studies, weights: np.ndarray, conf_level: float) -> list[dict]:
    width = stats.norm.ppf((1 + conf_level) / 2) * np.sqrt(studies.v)
    return [
        {
            "term": name,
            "part": "study",
            "n": studies.n[i],
            "estimate": studies.back(studies.y[i]),
            "conf_low": studies.back(studies.y[i] - width[i]),
            "conf_high": studies.back(studies.y[i] + width[i]),
            "std_error": np.nan if studies.measure == "r" else np.sqrt(studies.v[i]),
            "weight": weights[i],
        }
        for i, name in enumerate(studies.names)
    ]


def _design(
    frame: pd.DataFrame, moderators: list[str]
) -> tuple[list[tuple[str, str, str]], list[np.ndarray]]:
    labels, columns = [], []
    for name in moderators:
        if pd.api.types.is_numeric_dtype(frame[name]):
            labels.append((name, "", ""))
            columns.append(frames.numeric(frame, name)[name].to_numpy())
            continue
        text = frames.labels(frame, name, "moderators")
        found = frames.ordered_labels(text)
        for label in found[1:]:
            labels.append((name, label, found[0]))
            columns.append((text == label).to_numpy(dtype=float))
    return labels, columns


def _psychometric(
    term: str, found: meta.HunterSchmidt, k: int, conf_level: float, credibility: float
) -> dict[str, float | str]:
    width = stats.norm.ppf((1 + conf_level) / 2) * found.std_error
    reach = stats.norm.ppf((1 + credibility) / 2) * found.sd
    return {
        "term": term,
        "n": k,
        "estimate": found.mean,
        "sd": found.sd,
        "std_error": found.std_error,
        "conf_low": found.mean - width,
        "conf_high": found.mean + width,
        "pred_low": found.mean - reach,
        "pred_high": found.mean + reach,
        "share": min(found.artefact / found.observed, 1.0) if found.observed > 0 else np.nan,
    }
