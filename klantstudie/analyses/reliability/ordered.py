"""Reliability of ordered answers: ordinal alpha, and Green and Yang's omega of the sum that is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from klantstudie.analyses.reliability._intake import MOST_FAILED, negative, taken
from klantstudie.errors import InputError, ModelError, level, whole
from klantstudie.frames import complete
from klantstudie.numerics import reliability as numbers
from klantstudie.numerics.polychoric import polychoric
from klantstudie.numerics.resampling import percentile
from klantstudie.numerics.sem.engine import estimate, problem_of
from klantstudie.numerics.sem.objective import OrdinalSample
from klantstudie.numerics.sem.optimise import minimise
from klantstudie.numerics.sem.ordered import of_ordered
from klantstudie.numerics.sem.syntax import parse
from klantstudie.numerics.sem.table import build as table_of
from klantstudie.result import Result, build

MOST_CATEGORIES = 20  # more different answers than this are no ordered categories


def ordinal_alpha(
    frame: pd.DataFrame,
    items: Sequence[str],
    *,
    n_boot: int = 0,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Ordinal alpha: alpha of the polychoric correlations of ordered answers.

    It is the reliability (at most 1) of a sum of the continuous variables thought to lie behind the answers, not of
    the sum score that is used; report it beside alpha. Polychorics are two-step estimates without a correction for
    empty cells. Rows with a missing answer are left out; with `n_boot` the interval is a percentile interval over
    resampled rows.

    Errors: InputError for fewer than two items, a constant item, or an item with more than 20 different answers.
    References: Zumbo, Gadermann and Zeisser (2007); Chalmers (2018); Olsson (1979).
    """
    level(conf_level)
    draws = whole("n_boot", n_boot)
    kept, n_total, turned = _ordered(frame, items, at_least=2)
    found = polychoric(kept.to_numpy(copy=True))
    spread = _draws(kept, draws, seed, lambda values: numbers.alpha(polychoric(values).corr))
    edge = [f"{kept.columns[i]} with {kept.columns[j]}" for i, j in found.at_edge]
    return build(
        "reliability.ordinal_alpha",
        [_row("ordinal_alpha", kept, float(numbers.alpha(found.corr)), spread, conf_level)],
        n_total=n_total,
        n_used=len(kept),
        method=f"alpha of two-step polychoric correlations; {_interval_name(draws)}",
        reference=["Zumbo, Gadermann and Zeisser (2007)", "Olsson (1979)"],
        conf_level=conf_level if draws else None,
        seed=seed if draws else None,
        bounded=["estimate"],
        n_boot=draws,
        n_failed=int(np.isnan(spread).sum()),
        negative_items=turned,
        note=f"polychoric correlation at its edge: {'; '.join(edge)}" if edge else "",
    )


def ordinal_omega(
    frame: pd.DataFrame,
    items: Sequence[str],
    *,
    n_boot: int = 0,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Green and Yang's omega: the reliability of the sum of ordered answers as it is used, thresholds and all.

    One factor is fitted to polychoric correlations (weighted least squares, WLSMV's estimates); the estimate (at
    most 1) is the share of the variance of the sum of the answers 1, 2, … that this factor explains, with the
    observed polychoric correlations in the variance. Unlike ordinal alpha it is about the scores at hand. Rows with a
    missing answer are left out; with `n_boot` the interval is a percentile interval over resampled rows, and a draw
    in which a category is empty or the factor is not found counts as failed.

    Errors: InputError for fewer than three items, a constant item, or an item with more than 20 different answers;
    ModelError when the factor is not found.
    References: Green and Yang (2009); Kelley and Pornprasertmanit (2016); Olsson (1979).
    """
    level(conf_level)
    draws = whole("n_boot", n_boot)
    kept, n_total, turned = _ordered(frame, items, at_least=3)
    values = kept.to_numpy(copy=True)
    names = [f"item{k}" for k in range(1, values.shape[1] + 1)]
    known = [np.unique(column) for column in values.T]
    text = f"f =~ NA*{' + '.join(names)}\nf ~~ 1*f"
    table = table_of(parse(text), ordered={n: len(k) - 1 for n, k in zip(names, known, strict=True)})
    sample = of_ordered(values, known, list(kept.columns))
    fit = estimate(table, [sample], estimator="wlsmv", baseline=False)
    loads = [row.free for row in table.rows if row.op == "=~"]

    def again(resample: np.ndarray) -> float:
        drawn = of_ordered(resample, known, list(kept.columns))
        theta, done = minimise(problem_of(table, [drawn]), fit.theta)
        return _green_yang(drawn, theta[loads]) if done[0] else np.nan

    found = _green_yang(sample, fit.theta[loads])
    if np.isnan(found):
        raise ModelError(
            f"ordinal_omega: the factor explains an item of {', '.join(kept.columns)} more than wholly (a loading of at "
            "least 1); leave an item out, join rare categories, or report alpha"
        )
    spread = _draws(kept, draws, seed, again)
    failed = int(np.isnan(spread).sum())
    if failed > MOST_FAILED * draws:
        raise ModelError(
            f"ordinal_omega: {failed} of {draws} bootstrap draws had an empty category or no solution, so that there "
            "is no interval; join rare categories, or ask for n_boot=0"
        )
    return build(
        "reliability.ordinal_omega",
        [_row("ordinal_omega", kept, found, spread, conf_level)],
        n_total=n_total,
        n_used=len(kept),
        method="omega of ordered answers (Green and Yang) from one factor of polychoric correlations; "
        + _interval_name(draws),
        reference=["Green and Yang (2009)", "Kelley and Pornprasertmanit (2016)"],
        conf_level=conf_level if draws else None,
        seed=seed if draws else None,
        bounded=["estimate"],
        warnings=list(fit.warnings),
        n_boot=draws,
        n_failed=failed,
        negative_items=turned,
    )


def _green_yang(sample: OrdinalSample, loadings: np.ndarray) -> float:
    """Omega of a solution; NaN when an item has no variance of its own left."""
    if np.abs(loadings).max() >= 1:
        return np.nan
    cuts = [sample.thresholds[sample.items == k] for k in range(len(loadings))]
    return numbers.green_yang(sample.corr, cuts, loadings)


def _ordered(
    frame: pd.DataFrame, items: Sequence[str], at_least: int
) -> tuple[pd.DataFrame, int, tuple[str, ...]]:
    """The complete rows, the number of all rows, and the items that run against the scale."""
    moments, _ = taken(frame, items, at_least)
    kept, n_total = complete(frame, items, "items", at_least=2)
    many = [name for name in kept.columns if kept[name].nunique() > MOST_CATEGORIES]
    if many:
        raise InputError(
            f"items: {', '.join(many)} has more than {MOST_CATEGORIES} different answers; use alpha and omega"
        )
    return kept, n_total, negative(moments, moments.cov)


def _row(term: str, kept: pd.DataFrame, value: float, spread: np.ndarray, conf_level: float) -> dict:
    low, high = percentile(spread, conf_level) if spread.size else (np.nan, np.nan)
    return {
        "term": term,
        "n": len(kept),
        "n_items": kept.shape[1],
        "estimate": value,
        "conf_low": low,
        "conf_high": high,
    }


def _interval_name(draws: int) -> str:
    return "percentile interval over resampled rows" if draws else "no interval"


def _draws(kept: pd.DataFrame, draws: int, seed: int, again: Callable[[np.ndarray], float]) -> np.ndarray:
    """A number of each resample of the rows; NaN where it does not exist."""
    values, rng = kept.to_numpy(copy=True), np.random.default_rng(seed)
    out = np.full(draws, np.nan)
    for place in range(draws):
        sample = values[rng.integers(0, len(values), len(values))]
        if (np.ptp(sample, axis=0) > 0).all():
            try:
                out[place] = again(sample)
            except ModelError:
                continue
    return out
