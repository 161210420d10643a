"""Equivalence: is a difference, correlation or slope small enough to call negligible; scipy's t and normal laws.

"No effect" is said only here, after two one-sided tests against bounds that were stated in advance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie.errors import InputError, OptionError, level, option
from klantstudie.frames import complete, labels, names, numeric, ordered_labels, require
from klantstudie.moments import Moments, as_moments
from klantstudie.numerics import equivalence as core
from klantstudie.result import Result, build

__all__ = [
    "correlation",
    "dependent_correlations",
    "means",
    "means_printed",
    "methods",
    "paired",
    "proportions",
    "slope",
]

TOST = ("Schuirmann (1987)", "Lakens (2017)")


def means(
    frame: pd.DataFrame,
    outcome: str | Sequence[str],
    group: str,
    *,
    bounds: tuple[float, float],
    bounds_in: str = "raw",
    variances: str = "welch",
    reference: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Test whether two groups have equivalent means: two one-sided t tests beside the ordinary one.

    The estimate is the mean of one group minus that of the `reference` (by default the second in sorted order), in
    units of the outcome; `bounds` are in those units, or in standard deviations with `bounds_in="d"`. Part
    "difference" holds the ordinary test with its interval at `conf_level`; part "equivalence" the larger of both
    one-sided p values with the interval at 1 − 2α; parts "lower" and "upper" the one-sided tests. The decision is
    equivalent, different, negligible (different, but within the bounds) or inconclusive. Rows without outcome or group
    are left out. Of a list of outcomes each is tested on its own, without correction: `term` is then the outcome,
    `group` the difference, and the decision is equivalent only when all are.
    Errors: not exactly two groups, a reference that is neither, fewer than two answers in one, no variance, bounds that
    do not enclose zero.

    References: Schuirmann (1987); Lakens (2017).
    """
    if not isinstance(outcome, str):
        settings = {"bounds_in": bounds_in, "variances": variances, "reference": reference}
        settings |= {"bounds": bounds, "conf_level": conf_level}
        found = {one: means(frame, one, group, **settings) for one in names(outcome, "outcome")}
        unit = " standard deviations" if bounds_in == "d" else ""
        return _together(found, f"bounds {bounds[0]:.6g} to {bounds[1]:.6g}{unit}")
    require(frame, [outcome, group])
    values = numeric(frame, outcome, "outcome")[outcome]
    groups = labels(frame, group)
    keep = values.notna() & groups.notna()
    found = ordered_labels(groups[keep])
    if len(found) != 2:
        raise InputError(f"group: '{group}' must have two groups with answers; it has {len(found)}: {found}")
    if reference is not None:
        option("reference", reference, found)
        found.sort(key=lambda label: label == reference)
    parts = [values[keep & (groups == label)].to_numpy() for label in found]
    if min(map(len, parts)) < 2:
        raise InputError(f"group: each group of '{group}' needs at least two answers")
    described = (
        [part.mean() for part in parts],
        [part.std(ddof=1) for part in parts],
        [len(p) for p in parts],
    )
    return _two_means(
        "equivalence.means", described, found, len(frame), bounds, bounds_in, variances, conf_level
    )


def _together(found: Mapping[str, Result], within: str) -> Result:
    """Put the tests of several outcomes into one answer, each with its own n."""
    tables = [
        one.table.assign(group=one.table["term"], term=name, n=one.info["n_used"])
        for name, one in found.items()
    ]
    first = next(iter(found.values())).info
    name, _, *rest = first["method"].split("; ")
    return build(
        "equivalence.means",
        pd.concat(tables, ignore_index=True),
        n_total=first["n_total"],
        n_used=min(one.info["n_used"] for one in found.values()),
        method="; ".join([name, within, *rest]),
        missing="listwise per scale; n_used is the smallest",
        reference=TOST,
        conf_level=first["conf_level"],
        conf_level_equivalence=first["conf_level_equivalence"],
        decision=core.overall([one.info["decision"] for one in found.values()]),
    )


def means_printed(
    mean: Sequence[float],
    sd: Sequence[float],
    n: Sequence[int],
    *,
    bounds: tuple[float, float],
    bounds_in: str = "raw",
    variances: str = "welch",
    conf_level: float = 0.95,
    names: Sequence[str] = ("1", "2"),
) -> Result:
    """Test whether two printed means are equivalent, from M, SD and n of both groups.

    As `means`, without the data: `mean`, `sd` and `n` have two numbers each. The standardized difference is Hedges'
    g (with Welch: the root of the mean variance as standardizer). Errors: a standard deviation of zero or below,
    fewer than two cases.

    References: Schuirmann (1987); Lakens (2017).
    """
    described = (mean, sd, n)
    return _two_means(
        "equivalence.means_printed", described, names, None, bounds, bounds_in, variances, conf_level
    )


def _two_means(
    kind: str,
    described: tuple[Sequence[float], Sequence[float], Sequence[int]],
    names: Sequence[str],
    n_total: int | None,
    bounds: tuple[float, float],
    bounds_in: str,
    variances: str,
    conf_level: float,
) -> Result:
    mean, sd, n = described
    option("variances", variances, ("welch", "pooled"))
    if not len(mean) == len(sd) == len(n) == 2:
        raise InputError("mean, sd and n must have two numbers each, one per group")
    if min(sd) <= 0 or min(n) < 2:
        raise InputError(
            f"each group needs a standard deviation above 0 and n of at least 2; given: {sd}, {n}"
        )
    difference, error, df, unit = core.mean_difference(tuple(mean), tuple(sd), tuple(n), variances)
    correction = math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)
    name = "Welch" if variances == "welch" else "Student"
    return _tost(
        kind,
        f"{names[0]} − {names[1]}",
        (difference, error, df),
        _in_units(bounds, bounds_in, unit),
        conf_level,
        effect=(difference / unit * correction, "Hedges g"),
        n_used=int(sum(n)),
        n_total=int(sum(n)) if n_total is None else n_total,
        method=f"Two one-sided {name} t tests",
    )


def paired(
    data: pd.DataFrame | Moments,
    x: str,
    y: str,
    *,
    bounds: tuple[float, float],
    bounds_in: str = "raw",
    conf_level: float = 0.95,
) -> Result:
    """Test whether two measurements of the same cases have equivalent means (x minus y).

    Bounds are in units of the answers, or in standard deviations of the difference with `bounds_in="d"`. Cases with
    a missing x or y are left out. Accepts `Moments`. Errors: no variance in the difference.

    References: Schuirmann (1987); Lakens (2017).
    """
    moments, n_total = as_moments(data, [x, y])
    variance = moments.cov[0, 0] + moments.cov[1, 1] - 2 * moments.cov[0, 1]
    if variance <= 1e-14 * max(moments.cov[0, 0], moments.cov[1, 1]):
        raise InputError(f"'{x}' and '{y}' differ by a constant: the difference has no variance")
    difference, sd = float(moments.mean[0] - moments.mean[1]), math.sqrt(variance)
    return _tost(
        "equivalence.paired",
        f"{x} − {y}",
        (difference, sd / math.sqrt(moments.n), moments.n - 1),
        _in_units(bounds, bounds_in, sd),
        conf_level,
        effect=(difference / sd, "d_z"),
        n_used=moments.n,
        n_total=n_total,
        method="Two one-sided paired t tests",
    )


def proportions(
    counts: Sequence[int],
    n: Sequence[int],
    *,
    bounds: tuple[float, float],
    names: Sequence[str] = ("1", "2"),
    conf_level: float = 0.95,
) -> Result:
    """Test whether two shares are equivalent, from counts and group sizes.

    The estimate is the first share minus the second, between −1 and 1; normal approximation with the unpooled
    standard error. Counts are complete, so nothing is left out. Errors: a count above its n, shares of 0 or 1 in
    both groups (no standard error).

    References: Schuirmann (1987); Lakens (2017).
    """
    shares = [count / size for count, size in zip(counts, n, strict=True)]
    if len(shares) != 2 or min(counts) < 0 or max(shares) > 1:
        raise InputError(f"two counts between 0 and their n are needed; given: {list(counts)} of {list(n)}")
    error = math.sqrt(sum(p * (1 - p) / size for p, size in zip(shares, n, strict=True)))
    if error == 0:
        raise InputError("both shares are 0 or 1: there is no standard error; take an exact method")
    return _tost(
        "equivalence.proportions",
        f"{names[0]} − {names[1]}",
        (shares[0] - shares[1], error, math.inf),
        _in_units(bounds, "raw", 1.0),
        conf_level,
        effect=(
            2 * (math.asin(math.sqrt(shares[0])) - math.asin(math.sqrt(shares[1]))),
            "Cohen h",
        ),
        n_used=int(sum(n)),
        n_total=int(sum(n)),
        method="Two one-sided z tests, unpooled standard error",
    )


def correlation(
    data: pd.DataFrame | Moments,
    x: str,
    y: str,
    *,
    bounds: tuple[float, float],
    conf_level: float = 0.95,
) -> Result:
    """Test whether a correlation is small enough to call negligible.

    The estimate is Pearson's r; tests and intervals are on Fisher's z. Bounds are correlations. Cases with a missing
    x or y are left out. Accepts `Moments`. Errors: fewer than four cases, bounds outside −1 to 1.

    References: Lakens (2017); Fisher (1921).
    """
    moments, n_total = as_moments(data, [x, y])
    if moments.n < 4:
        raise InputError(f"a correlation needs at least four cases for its interval; there are {moments.n}")
    if max(map(abs, bounds)) >= 1:
        raise OptionError(f"bounds must be correlations between −1 and 1; given: {bounds}")
    r = float(moments.corr[0, 1])
    if abs(r) >= 1:
        raise InputError(f"'{x}' and '{y}' correlate perfectly: there is nothing to test")
    z_bounds = tuple(math.atanh(bound) for bound in _in_units(bounds, "raw", 1.0))
    return _tost(
        "equivalence.correlation",
        f"{x} ~~ {y}",
        (math.atanh(r), 1 / math.sqrt(moments.n - 3), math.inf),
        z_bounds,
        conf_level,
        back=math.tanh,
        effect=(r, "r"),
        bounded=("estimate", "effect"),
        n_used=moments.n,
        n_total=n_total,
        method="Two one-sided tests on Fisher's z",
    )


def slope(
    result: Result,
    term: str,
    *,
    bounds: tuple[float, float],
    conf_level: float = 0.95,
    part: str | None = None,
    group: str | None = None,
) -> Result:
    """Test whether an estimate of another analysis (a slope, a difference in differences) is negligible.

    Takes estimate, standard error and degrees of freedom from the row of that `term` (`part`, `group`); without degrees
    of freedom the normal law is used. Bounds are in units of the estimate. The cases are those of the analysis.
    Errors: a row without a standard error.

    References: Schuirmann (1987); Lakens (2017).
    """
    where = {name: value for name, value in (("part", part), ("group", group)) if value is not None}
    row = result.row(term, **where)
    error = float(row.get("std_error", math.nan))
    if not error > 0:
        raise InputError(
            f"{result.kind}: the row '{term}' has no standard error, so there is no equivalence test"
        )
    df = float(row.get("df", math.nan))
    return _tost(
        "equivalence.slope",
        term,
        (float(row["estimate"]), error, math.inf if math.isnan(df) else df),
        _in_units(bounds, "raw", 1.0),
        conf_level,
        n_used=result.info["n_used"],
        n_total=result.info["n_total"],
        method=f"Two one-sided tests on an estimate ({result.info['method']})",
    )


def dependent_correlations(
    data: pd.DataFrame | Moments,
    outcome: str,
    x: str,
    y: str,
    *,
    conf_level: float = 0.95,
) -> Result:
    """Compare two correlations that share the outcome: does x track it more closely than y does?

    The estimate is r(x, outcome) − r(y, outcome), between −2 and 2; Steiger's z with the mean correlation in the
    covariance, Zou's interval. Rows "x" and "y" hold the correlations with their own intervals. Cases with a missing
    answer on one of the three are left out. Accepts `Moments`. Errors: fewer than five cases.

    References: Steiger (1980); Zou (2007).
    """
    level(conf_level)
    moments, n_total = as_moments(data, [outcome, x, y])
    if moments.n < 5:
        raise InputError(f"at least five complete cases are needed; there are {moments.n}")
    r_x, r_y, r_xy = moments.corr[0, 1], moments.corr[0, 2], moments.corr[1, 2]
    if max(abs(r_x), abs(r_y)) >= 1:
        raise InputError("one of the correlations is perfect: there is nothing to test")
    if abs(r_xy) >= 1:
        raise InputError(f"'{x}' and '{y}' correlate perfectly: there is one correlation, not two")
    z, p_value = core.overlapping(r_x, r_y, r_xy, moments.n)
    low, high = core.overlapping_interval(r_x, r_y, r_xy, moments.n, conf_level)
    rows: list[dict[str, Any]] = [
        {
            "term": f"{x} − {y}",
            "part": "difference",
            "estimate": r_x - r_y,
            "statistic": z,
            "statistic_name": "z",
        }
        | {"p_value": p_value, "conf_low": low, "conf_high": high}
    ]
    for name, r in ((x, r_x), (y, r_y)):
        low, high = core.fisher_interval(r, moments.n, conf_level)
        rows.append(
            {
                "term": name,
                "part": "correlation",
                "estimate": r,
                "conf_low": low,
                "conf_high": high,
            }
        )
    return build(
        "equivalence.dependent_correlations",
        rows,
        n_total=n_total,
        n_used=moments.n,
        method="Steiger's z for overlapping correlations (mean r), Zou's interval",
        reference=("Steiger (1980)", "Zou (2007)"),
        conf_level=conf_level,
        decision="different" if p_value < 1 - conf_level else "inconclusive",
        bounded=("estimate@correlation",),
    )


def methods(frame: pd.DataFrame, a: str, b: str, *, conf_level: float = 0.95) -> Result:
    """Describe how well two views of the same cases agree: Lin's concordance and the limits of Bland and Altman.

    Rows: concordance (between −1 and 1, Lin's with population variances), bias (mean of a − b, in units of the
    answers) and the lower and upper limit of agreement (bias ∓ z·SD at `conf_level`) with their intervals, from the
    variance s²(1/n + z²/(2(n − 1))) of a limit. Cases with a missing answer are left out. Errors: fewer than three cases, no variance.

    References: Lin (1989, 2000); Bland and Altman (1986, 1999).
    """
    level(conf_level)
    kept, n_total = complete(frame, [a, b], at_least=3)
    x, y = kept[a].to_numpy(copy=True), kept[b].to_numpy(copy=True)
    rho_c, error, low, high = core.concordance(x, y, conf_level)
    n = len(kept)
    difference = x - y
    bias, sd = difference.mean(), difference.std(ddof=1)
    t = stats.t.ppf(0.5 + conf_level / 2, n - 1)
    z = stats.norm.ppf(0.5 + conf_level / 2)
    limit = sd * math.sqrt(1 / n + z**2 / (2 * (n - 1)))
    spread = {"bias": sd / math.sqrt(n), "lower_limit": limit, "upper_limit": limit}
    places = {"bias": bias, "lower_limit": bias - z * sd, "upper_limit": bias + z * sd}
    rows = [
        {
            "term": "concordance",
            "estimate": rho_c,
            "std_error": error,
            "conf_low": low,
            "conf_high": high,
        }
    ]
    for name, place in places.items():
        half = t * spread[name]
        rows.append(
            {
                "term": name,
                "estimate": place,
                "std_error": spread[name],
                "conf_low": place - half,
            }
            | {"conf_high": place + half}
        )
    return build(
        "equivalence.methods",
        [row | {"part": "concordance" if row["term"] == "concordance" else "agreement"} for row in rows],
        n_total=n_total,
        n_used=n,
        method="Lin's concordance (standard error on Fisher's z); Bland-Altman limits with approximate intervals",
        reference=("Lin (1989, 2000)", "Bland and Altman (1986, 1999)"),
        conf_level=conf_level,
        bounded=("estimate@concordance",),
    )


def _in_units(bounds: tuple[float, float], bounds_in: str, unit: float) -> tuple[float, float]:
    option("bounds_in", bounds_in, ("raw", "d"))
    try:
        low, high = (float(bound) for bound in bounds)
    except (TypeError, ValueError):
        raise OptionError(f"bounds must be two numbers such as (-0.5, 0.5); given: {bounds!r}") from None
    if not low < 0 < high:
        raise OptionError(f"bounds must enclose zero, the lower one first; given: {bounds!r}")
    return (low * unit, high * unit) if bounds_in == "d" else (low, high)


def _tost(
    kind: str,
    term: str,
    found: tuple[float, float, float],
    bounds: tuple[float, float],
    conf_level: float,
    *,
    n_used: int,
    n_total: int,
    method: str,
    effect: tuple[float, str] = (math.nan, ""),
    bounded: Sequence[str] = (),
    back: Any = float,
) -> Result:
    """Make the four rows; `back` turns the scale of the test into the scale of the report (tanh for Fisher's z)."""
    estimate, error, df = found
    alpha = 1 - level(conf_level)
    if alpha >= 0.5:
        raise OptionError(
            f"conf_level must be above 0.5 for two one-sided tests, such as 0.95; given: {conf_level}"
        )
    t_low, p_low, t_high, p_high = core.two_one_sided(estimate, error, df, *bounds)
    t = estimate / error
    p_difference = float(2 * stats.t.sf(abs(t), df))
    name = "z" if math.isinf(df) else "t"
    shown = math.nan if math.isinf(df) else df
    wide, narrow = (stats.t.ppf(1 - tail, df) * error for tail in (alpha / 2, alpha))
    p_equivalence = max(p_low, p_high)
    decision = core.decide(p_difference, p_equivalence, alpha)
    about = {"statistic_name": name, "df": shown}
    scaled = error if back is float else math.nan
    rows = [
        {
            "part": "difference",
            "estimate": back(estimate),
            "std_error": scaled,
            "statistic": t,
            "p_value": p_difference,
        }
        | {"conf_low": back(estimate - wide), "conf_high": back(estimate + wide)}
        | {"effect": effect[0], "effect_name": effect[1]},
        {
            "part": "equivalence",
            "estimate": back(estimate),
            "std_error": scaled,
            "p_value": p_equivalence,
        }
        | {"statistic": t_low if p_low >= p_high else t_high}
        | {
            "conf_low": back(estimate - narrow),
            "conf_high": back(estimate + narrow),
            "decision": decision,
        },
        {
            "part": "lower",
            "estimate": back(bounds[0]),
            "statistic": t_low,
            "p_value": p_low,
        },
        {
            "part": "upper",
            "estimate": back(bounds[1]),
            "statistic": t_high,
            "p_value": p_high,
        },
    ]
    return build(
        kind,
        [{"term": term} | row | about for row in rows],
        n_total=n_total,
        n_used=n_used,
        method=f"{method}; bounds {back(bounds[0]):.6g} to {back(bounds[1]):.6g}; equivalence by the "
        f"{100 * (1 - 2 * alpha):.4g}% interval",
        reference=TOST,
        conf_level=conf_level,
        decision=decision,
        bounded=bounded,
        bounds=tuple(float(np.round(back(bound), 12)) for bound in bounds),
        conf_level_equivalence=1 - 2 * alpha,
    )
