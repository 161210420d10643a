"""Providers compared fairly: case mix, empirical Bayes estimates, reliability, stars and funnel limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.analyses import _mixedlm
from klantstudie.analyses.multilevel.nested import FEW, read, varies
from klantstudie.errors import ModelError, level
from klantstudie.numerics import regression
from klantstudie.result import Result, build


def ranking(
    frame: pd.DataFrame,
    outcome: str,
    cluster: str,
    *,
    case_mix: Sequence[str] = (),
    conf_level: float = 0.95,
) -> Result:
    """Return providers in the order of their mark, after correction for who their customers are.

    One row a provider, best first. `mean` is the raw mean, `adjusted` the mean at the average case mix,
    `estimate` the same drawn towards the overall mean as far as the provider's data are unreliable (empirical
    Bayes), with its comparison interval. `reliability` (0 to 1) is the share of variance in adjusted means of
    this n that is not chance. `stars`: 3 when the interval lies above the overall mean, 1 below, 2 otherwise.
    `limit_low` and `limit_high` are funnel limits: where an adjusted mean of this n would lie if all
    providers were equal. fit: the overall mean, ICC after case mix, variances, and the mean reliability. Rows
    with a missing answer are left out. Errors: fewer than five providers. A rank says little when the
    intervals overlap.

    References: Goldstein and Spiegelhalter (1996); Spiegelhalter (2005); Snijders and Bosker (2012).
    """
    conf_level = level(conf_level)
    case_mix = frames.names(case_mix, "case_mix") if len(case_mix) else []
    nested = read(frame, [outcome, *case_mix], [cluster])
    varies(nested, [outcome, *case_mix])
    y, codes = nested.values[outcome], nested.codes[cluster]
    mix = [nested.values[name] - nested.values[name].mean() for name in case_mix]
    x = np.column_stack([np.ones(nested.n), *mix])
    combined = [case_mix[place - 1] for place in regression.dependent(x)]
    if combined:
        raise ModelError(f"case_mix: a combination of the other columns: {', '.join(combined)}")
    fit = _mixedlm.fit(y, x, {cluster: codes}, predict=True)
    between, within = float(fit.between[cluster][0, 0]), fit.within
    size = np.bincount(codes)
    raw = np.bincount(codes, y) / size
    adjusted = np.bincount(codes, y - x[:, 1:] @ fit.coef[1:]) / size
    overall = float(fit.coef[0])
    estimate = overall + fit.effects[cluster]
    error = np.sqrt(fit.effects_var[cluster])
    z = stats.norm.ppf((1 + conf_level) / 2)
    limit = z * np.sqrt(within / size)
    reliability = between / (between + within / size)
    rows = []
    for number, place in enumerate(np.lexsort((np.arange(len(size)), -np.round(estimate, 12))), 1):
        low, high = estimate[place] - z * error[place], estimate[place] + z * error[place]
        rows.append(
            {
                "term": nested.labels[cluster][place],
                "rank": number,
                "n": size[place],
                "mean": raw[place],
                "adjusted": adjusted[place],
                "estimate": estimate[place],
                "std_error": error[place],
                "conf_low": low,
                "conf_high": high,
                "reliability": reliability[place],
                "stars": 3 if low > overall else 1 if high < overall else 2,
                "limit_low": overall - limit[place],
                "limit_high": overall + limit[place],
            }
        )
    return build(
        "multilevel.ranking",
        rows,
        n_total=nested.n_total,
        n_used=nested.n,
        method="random intercepts, REML, empirical Bayes"
        + (f"; case mix: {', '.join(case_mix)}" if len(case_mix) else "; no case mix"),
        reference="Goldstein and Spiegelhalter (1996); Spiegelhalter (2005)",
        conf_level=conf_level,
        fit={
            "overall": overall,
            "icc": between / (between + within),
            "variance_between": between,
            "variance_within": within,
            "mean_reliability": float(reliability.mean()),
            "n_groups": len(size),
        },
        singular=fit.singular,
        few_groups=len(size) < FEW,
    )
