"""Reliability of a scale: alpha, omega, ordinal alpha and item statistics; stands on numpy and scipy's F alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from klantstudie.errors import InputError, ModelError, level, option, whole
from klantstudie.frames import complete, numeric
from klantstudie.moments import Moments, as_moments
from klantstudie.numerics import reliability as numbers
from klantstudie.numerics.polychoric import polychoric
from klantstudie.numerics.resampling import case_counts, case_covariances, normal_covariances, percentile
from klantstudie.result import Result, build

__all__ = ["alpha", "item_statistics", "omega", "ordinal_alpha", "scales"]

SCALE_COLUMNS = ["term", "part", "n", "n_items", "estimate", "conf_low", "conf_high", "note"]
MOST_CATEGORIES = 20  # more different answers than this are no ordered categories
MOST_FAILED = 0.2  # share of bootstrap draws that may fail before an interval is refused


def alpha(
    data: pd.DataFrame | Moments,
    items: Sequence[str],
    *,
    standardized: bool = False,
    conf_level: float = 0.95,
) -> Result:
    """Cronbach's alpha of a sum of items, with Feldt's interval.

    The estimate is a reliability (at most 1, below 0 when items run against each other). Raw alpha (of the items as
    they were answered) is the default, as in SPSS and psych; `standardized=True` gives every item the same variance,
    as SmartPLS and ADANCO do. Rows with a missing answer on any item are left out, and Feldt's interval uses the n
    that remains. Reverse-scored items must have been turned before: items with a negative item-rest correlation are
    named in `info["negative_items"]`. From Moments without standard deviations only `standardized=True` is possible.

    Errors: InputError for fewer than two items, an absent or constant column; OptionError for a wrong level.
    References: Cronbach (1951); Feldt (1965).
    """
    level(conf_level)
    moments, n_total = _moments(data, items)
    cov = moments.corr if standardized else _cov(moments)
    p = len(cov)
    estimate = float(numbers.alpha(cov))
    low, high = numbers.feldt(estimate, moments.n, p, conf_level)
    between = moments.corr[np.tril_indices(p, -1)]
    return build(
        "reliability.alpha",
        [
            {
                "term": "alpha",
                "n": moments.n,
                "n_items": p,
                "estimate": estimate,
                "conf_low": low,
                "conf_high": high,
            }
        ],
        n_total=n_total,
        n_used=moments.n,
        method=f"Cronbach's alpha, {'standardised' if standardized else 'raw'} items; interval of Feldt (F)",
        reference=["Cronbach (1951)", "Feldt (1965)"],
        conf_level=conf_level,
        bounded=["estimate"],
        fit={"mean_correlation": float(between.mean())},
        negative_items=_negative(moments, cov),
    )


def scales(
    data: pd.DataFrame | Moments,
    scales: Mapping[str, Sequence[str]],
    *,
    standardized: bool = False,
    n_boot: int = 500,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """The reliability of every scale of a study in one table: alpha, and omega total where it exists.

    Two rows a scale, part "alpha" and "omega_total", each a reliability (at most 1) with its interval and the n that
    is complete on that scale. A scale of one item has no row of numbers; a scale of two items has no omega, and
    neither has one whose single factor does not converge: the note says so. Settings as in `alpha` and `omega`.

    Errors: InputError when no scale is given, or as `alpha`.
    References: Cronbach (1951); Feldt (1965); McDonald (1999).
    """
    if not scales:
        raise InputError("scales: no scale was given; the codebook declares none")
    rows, used = [], []
    for name, items in scales.items():
        listed = list(items)
        if len(listed) < 2:
            rows.append({"term": name, "part": "alpha", "n_items": len(listed), "note": "one item"})
            continue
        first = alpha(data, listed, standardized=standardized, conf_level=conf_level)
        note = "negative_items" if first.info["negative_items"] else ""
        rows.append({**first.table.iloc[0], "term": name, "part": "alpha", "note": note})
        used.append(first.info["n_used"])
        row = {
            "term": name,
            "part": "omega_total",
            "n": first.info["n_used"],
            "n_items": len(listed),
            "note": "two items",
        }
        if len(listed) > 2:
            settings = {
                "standardized": standardized,
                "n_boot": n_boot,
                "seed": seed,
                "conf_level": conf_level,
            }
            try:
                row = {
                    **omega(data, listed, **settings).table.iloc[0],
                    "term": name,
                    "part": "omega_total",
                    "note": "",
                }
            except ModelError:
                row["note"] = "no one-factor solution"
        rows.append(row)
    n_total = data.n if isinstance(data, Moments) else len(data)
    return build(
        "reliability.scales",
        pd.DataFrame(rows).reindex(columns=SCALE_COLUMNS),
        n_total=n_total,
        n_used=min(used, default=0),
        missing="listwise per scale; n_used is the smallest",
        method=f"Cronbach's alpha (Feldt) and omega total (bootstrap), {'standardised' if standardized else 'raw'} items",
        reference=["Cronbach (1951)", "Feldt (1965)", "McDonald (1999)"],
        conf_level=conf_level,
        seed=seed,
        bounded=["estimate"],
        n_boot=n_boot,
    )


def item_statistics(
    data: pd.DataFrame | Moments, items: Sequence[str], *, standardized: bool = False
) -> Result:
    """Mean, spread, item-rest correlation and alpha if dropped of each item of a scale.

    Item-rest is the correlation of an item with the sum of the others (-1 to 1); alpha if dropped is alpha of the
    other items, on the same footing (raw or standardised) as item-rest. NaN where fewer than two items would remain.
    All numbers rest on the rows that are complete on the items; n_missing counts the missing answers per item in all
    rows (0 with Moments).

    Errors: as in `alpha`.
    References: Nunnally and Bernstein (1994); Cronbach (1951).
    """
    moments, n_total = _moments(data, items)
    cov = moments.corr if standardized else _cov(moments)
    missing = [0] * len(cov) if isinstance(data, Moments) else numeric(data, items, "items").isna().sum()
    rest, dropped = numbers.item_rest(cov), numbers.if_dropped(cov)
    rows = [
        {
            "term": name,
            "n": moments.n,
            "n_missing": int(absent),
            "mean": moments.mean[place],
            "sd": moments.sd[place],
            "item_rest": rest[place],
            "if_dropped": dropped[place],
        }
        for place, (name, absent) in enumerate(zip(moments.columns, missing, strict=True))
    ]
    return build(
        "reliability.item_statistics",
        rows,
        n_total=n_total,
        n_used=moments.n,
        method=f"item-rest correlation and alpha if dropped, {'standardised' if standardized else 'raw'} items",
        reference=["Nunnally and Bernstein (1994)", "Cronbach (1951)"],
        fit={"alpha": float(numbers.alpha(cov))},
        negative_items=_negative(moments, cov),
    )


def omega(
    data: pd.DataFrame | Moments,
    items: Sequence[str],
    *,
    kind: str = "total",
    n_factors: int = 3,
    standardized: bool = False,
    n_boot: int = 1000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """McDonald's omega of a sum of items, total or hierarchical, with a bootstrap interval.

    `kind="total"`: the share of the variance of the sum that one common factor (maximum likelihood) explains;
    variance as the model implies it. `kind="hierarchical"`: the share that the general factor explains after a
    Schmid-Leiman transformation of `n_factors` oblimin-rotated minres factors (omega_hierarchical), with omega_total
    of that same solution and the general factor's share of the common variance (ecv). Two factors do not identify
    the general one: both loadings are then set equal and `info["note"]` says so. Items are taken as they were
    answered, or `standardized` (psych's choice). Rows with a missing answer are left out. Intervals are percentile
    intervals over resampled rows; from Moments, over samples drawn from the normal law. `n_boot=0` gives none.

    Errors: InputError for fewer than three items (two per factor and one more with hierarchical), OptionError for a
    wrong option, ModelError when the factors are not found or touch a uniqueness of zero in the sample itself.
    References: McDonald (1999); Schmid and Leiman (1957); Zinbarg et al. (2005); Kelley and Pornprasertmanit (2016).
    """
    option("kind", kind, ("total", "hierarchical"))
    level(conf_level)
    draws = whole("n_boot", n_boot)
    m = 1 if kind == "total" else whole("n_factors", n_factors, 2)
    moments, n_total = _moments(data, items, at_least=3 if kind == "total" else max(4, 2 * m))
    cov = moments.corr if standardized else _cov(moments)
    found, fine = _omega(cov, m)
    if not fine:
        raise ModelError(
            f"omega: the {m}-factor solution of {', '.join(moments.columns)} did not converge or gave an item a "
            "uniqueness of zero; leave out an item, ask for fewer factors, or report alpha"
        )
    low = high = np.full(found.size, np.nan)
    failed = 0
    if draws:
        stack = _resampled(data, moments, cov, draws, seed, standardized)
        spread, kept = _omega(stack, m, tol=1e-6)
        failed = int((~kept).sum())
        if failed > MOST_FAILED * draws:
            raise ModelError(
                f"omega: {failed} of {draws} bootstrap draws gave no proper solution, so that there is no interval; "
                "ask for fewer factors, or for n_boot=0"
            )
        low, high = percentile(spread[kept], conf_level)
    terms = ["omega_total"] if kind == "total" else ["omega_hierarchical", "omega_total", "ecv"]
    rows = [
        {
            "term": term,
            "n": moments.n,
            "n_items": len(cov),
            "estimate": value,
            "conf_low": bottom,
            "conf_high": top,
        }
        for term, value, bottom, top in zip(terms, found, low, high, strict=True)
    ]
    scale = "standardised" if standardized else "raw"
    model = "one maximum-likelihood factor" if m == 1 else f"Schmid-Leiman, {m} minres factors, oblimin"
    return build(
        "reliability.omega",
        rows,
        n_total=n_total,
        n_used=moments.n,
        method=f"omega {kind}, {scale} items, {model}; {_interval_name(data, draws)}",
        reference=["McDonald (1999)", "Schmid and Leiman (1957)", "Zinbarg et al. (2005)"],
        conf_level=conf_level if draws else None,
        seed=seed if draws else None,
        bounded=["estimate"],
        n_boot=draws,
        n_failed=failed,
        negative_items=_negative(moments, cov),
        note="two factors do not identify a general factor: its two loadings are set equal" if m == 2 else "",
    )


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
    _moments(frame, items)
    kept, n_total = complete(frame, items, "items", at_least=2)
    values = kept.to_numpy(copy=True)
    many = [name for name in kept.columns if kept[name].nunique() > MOST_CATEGORIES]
    if many:
        raise InputError(
            f"items: {', '.join(many)} has more than {MOST_CATEGORIES} different answers; use alpha"
        )
    found = polychoric(values)
    estimate = float(numbers.alpha(found.corr))
    low = high = np.nan
    failed = 0
    if draws:
        spread = _ordinal_draws(values, draws, seed)
        failed = int(np.isnan(spread).sum())
        low, high = percentile(spread, conf_level)
    edge = [f"{kept.columns[i]} with {kept.columns[j]}" for i, j in found.at_edge]
    return build(
        "reliability.ordinal_alpha",
        [
            {
                "term": "ordinal_alpha",
                "n": len(kept),
                "n_items": values.shape[1],
                "estimate": estimate,
                "conf_low": low,
                "conf_high": high,
            }
        ],
        n_total=n_total,
        n_used=len(kept),
        method="alpha of two-step polychoric correlations; "
        + ("percentile interval over resampled rows" if draws else "no interval"),
        reference=["Zumbo, Gadermann and Zeisser (2007)", "Olsson (1979)"],
        conf_level=conf_level if draws else None,
        seed=seed if draws else None,
        bounded=["estimate"],
        n_boot=draws,
        n_failed=failed,
        note=f"polychoric correlation at its edge: {'; '.join(edge)}" if edge else "",
    )


def _moments(data: pd.DataFrame | Moments, items: Sequence[str], at_least: int = 2) -> tuple[Moments, int]:
    moments, n_total = as_moments(data, items, "items")
    if len(moments.columns) < at_least:
        raise InputError(f"items: at least {at_least} items are needed; given: {', '.join(moments.columns)}")
    return moments, n_total


def _cov(moments: Moments) -> np.ndarray:
    if np.isnan(moments.sd).any():
        raise InputError(
            "the moments have no standard deviations, so raw items cannot be had; ask for standardized=True"
        )
    return moments.cov


def _negative(moments: Moments, cov: np.ndarray) -> tuple[str, ...]:
    rest = numbers.item_rest(cov)
    return tuple(name for name, r in zip(moments.columns, rest, strict=True) if r < 0)


def _omega(cov: np.ndarray, m: int, tol: float = 1e-10) -> tuple[np.ndarray, np.ndarray]:
    if m > 1:
        return numbers.omega_hierarchical(cov, m, tol=tol)
    found, fine = numbers.omega_total(cov)
    return np.asarray(found)[..., None], fine


def _resampled(
    data: pd.DataFrame | Moments, moments: Moments, cov: np.ndarray, draws: int, seed: int, standardized: bool
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if isinstance(data, Moments):
        try:
            stack = normal_covariances(cov, moments.n, draws, rng)
        except (ValueError, np.linalg.LinAlgError) as problem:
            raise ModelError(
                f"no normal bootstrap from these moments ({problem}); ask for n_boot=0"
            ) from problem
    else:
        kept, _ = complete(data, list(moments.columns), "items")
        stack = case_covariances(kept.to_numpy(copy=True), draws, rng)
        spread = np.diagonal(stack, axis1=1, axis2=2).min(1)
        if (spread <= 0).any():
            raise ModelError(
                "an item is constant in a bootstrap draw: too few cases for an interval; use n_boot=0"
            )
    return numbers.to_corr(stack) if standardized else stack


def _interval_name(data: pd.DataFrame | Moments, draws: int) -> str:
    if not draws:
        return "no interval"
    drawn = "samples from the normal law" if isinstance(data, Moments) else "resampled rows"
    return f"percentile interval over {draws} {drawn}"


def _ordinal_draws(values: np.ndarray, draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    out = np.full(draws, np.nan)
    place = 0
    for block in case_counts(len(values), draws, rng):
        for counts in block:
            sample = np.repeat(values, counts.astype(int), axis=0)
            if (np.ptp(sample, axis=0) > 0).all():
                out[place] = numbers.alpha(polychoric(sample).corr)
            place += 1
    return out
