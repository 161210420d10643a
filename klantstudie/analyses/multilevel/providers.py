"""Providers compared fairly: case mix, empirical Bayes estimates, reliability, stars and funnel limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special, stats

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
    `rank` is the place in this list; `expected_rank` the place to be expected when chance is taken into
    account, nearer the middle the less is known. `limit_low` and `limit_high` are funnel limits: where an
    adjusted mean of this n would lie if all providers were equal, by the t distribution, or for marks of 0 and
    1 by the binomial (info["limits"]). fit: the overall mean, ICC after case mix, variances, the mean
    reliability, and `share_distinct`, the share of pairs of providers whose order is more certain than
    `conf_level` (two-sided). Rows with a missing answer are left out. Errors: fewer than five providers.

    References: Goldstein and Spiegelhalter (1996); Laird and Louis (1989) for the expected rank; Spiegelhalter
    (2005) for the limits; Snijders and Bosker (2012).
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
    binary = bool(np.isin(y, (0.0, 1.0)).all())
    limits = _limits(overall, within, size, None if binary else nested.n - len(size) - len(mix), conf_level)
    expected, distinct = _order(estimate, error, z)
    reliability = between / (between + within / size)
    rows = []
    for number, place in enumerate(np.lexsort((np.arange(len(size)), -np.round(estimate, 12))), 1):
        low, high = estimate[place] - z * error[place], estimate[place] + z * error[place]
        rows.append(
            {
                "term": nested.labels[cluster][place],
                "rank": number,
                "expected_rank": expected[place],
                "n": size[place],
                "mean": raw[place],
                "adjusted": adjusted[place],
                "estimate": estimate[place],
                "std_error": error[place],
                "conf_low": low,
                "conf_high": high,
                "reliability": reliability[place],
                "stars": 3 if low > overall else 1 if high < overall else 2,
                "limit_low": limits[0][place],
                "limit_high": limits[1][place],
            }
        )
    return build(
        "multilevel.ranking",
        rows,
        n_total=nested.n_total,
        n_used=nested.n,
        method="random intercepts, REML, empirical Bayes"
        + ("; corrected for case mix" if len(case_mix) else "; no case mix"),
        reference="Goldstein and Spiegelhalter (1996); Laird and Louis (1989); Spiegelhalter (2005)",
        conf_level=conf_level,
        fit={
            "overall": overall,
            "icc": between / (between + within),
            "variance_between": between,
            "variance_within": within,
            "mean_reliability": float(reliability.mean()),
            "share_distinct": distinct,
            "n_groups": len(size),
        },
        limits="binomial" if binary else "t",
        singular=fit.singular,
        few_groups=len(size) < FEW,
    )


def _limits(
    overall: float, within: float, size: np.ndarray, df: int | None, conf_level: float
) -> list[np.ndarray]:
    """Return the funnel limits of means of this size: by the t distribution, without df those of a share.

    The binomial ones are interpolated between whole counts, so that each tail holds exactly its part.
    """
    tails = ((1 - conf_level) / 2, (1 + conf_level) / 2)
    if df is not None:
        return [overall + stats.t.ppf(tail, df) * np.sqrt(within / size) for tail in tails]
    found, share = [], min(max(overall, 0.0), 1.0)
    for tail in tails:
        count = stats.binom.ppf(tail, size, share)
        up, down = stats.binom.cdf(count, size, share), stats.binom.cdf(count - 1, size, share)
        found.append((count - (up - tail) / (up - down)) / size)
    return found


def _order(estimate: np.ndarray, error: np.ndarray, z: float) -> tuple[np.ndarray, float]:
    """Return the expected rank of every provider and the share of pairs that can be told apart."""
    count = len(estimate)
    expected, apart = np.empty(count), 0
    for place in range(count):  # a row at a time: all pairs at once do not fit in memory
        noise = np.hypot(error, error[place])
        gap = np.divide(estimate - estimate[place], noise, out=np.zeros(count), where=noise > 0)
        expected[place] = 0.5 + special.ndtr(gap).sum()  # itself counts one half
        apart += int((np.abs(gap) > z).sum())
    return expected, apart / (count * (count - 1))
