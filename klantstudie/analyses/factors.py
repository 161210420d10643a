"""Exploratory factor analysis: adequacy, number of factors, loadings, common method; stands on numpy's eigenvalues."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import t as t_law

from klantstudie.errors import InputError, ModelError, OptionError, level, option, whole
from klantstudie.frames import complete
from klantstudie.frames import names as named
from klantstudie.moments import Moments, as_moments
from klantstudie.numerics import dimensions
from klantstudie.numerics.factoring import Factors, degrees_of_freedom, extract
from klantstudie.numerics.polychoric import polychoric
from klantstudie.numerics.rotation import arrange, oblimin, promax, varimax
from klantstudie.result import Result, build

__all__ = ["adequacy", "common_method", "explore", "how_many"]

MOST_CATEGORIES = 20  # more different answers than this are no ordered categories
HARMAN = (
    "Harman's test proves nothing: a first factor below half of the variance does not show that method variance is "
    "absent, nor does one above it show that it is there (Podsakoff et al., 2003)"
)


def adequacy(data: pd.DataFrame | Moments, items: Sequence[str]) -> Result:
    """Whether the items have enough in common to be factored: Kaiser-Meyer-Olkin and Bartlett's test.

    The estimate is the KMO measure (0 to 1) of all items ("total") and of each item; fit holds Bartlett's chi-square
    that all correlations are zero. Rows with a missing answer are left out. The numbers choose nothing by themselves.

    Errors: InputError for fewer than three items or an absent or constant column; ModelError when an item is an
    exact sum of others.
    References: Kaiser (1974); Bartlett (1950).
    """
    moments, n_total = _moments(data, items, 3)
    corr = moments.corr
    if np.linalg.eigvalsh(corr)[0] < 1e-10:
        raise ModelError(
            "the correlation matrix is singular: an item is a sum of others, or there are too few cases"
        )
    overall, each = dimensions.sampling_adequacy(corr)
    statistic, df, p = dimensions.sphericity(corr, moments.n)
    rows = [{"term": "total", "part": "kmo", "estimate": overall}]
    rows += [
        {"term": name, "part": "kmo", "estimate": value}
        for name, value in zip(moments.columns, each, strict=True)
    ]
    return build(
        "factors.adequacy",
        rows,
        n_total=n_total,
        n_used=moments.n,
        method="Kaiser-Meyer-Olkin measure; Bartlett's test of sphericity",
        reference=["Kaiser (1974)", "Bartlett (1950)"],
        bounded=["estimate"],
        fit={"chisq": statistic, "df": df, "p_value": p},
    )


def how_many(
    data: pd.DataFrame | Moments,
    items: Sequence[str],
    *,
    correlation: str = "pearson",
    n_sim: int = 200,
    quantile: float = 0.95,
    seed: int = 1,
) -> Result:
    """How many factors: Horn's parallel analysis and Velicer's minimum average partial.

    One row per eigenvalue (term "1", "2", …) and part: "component" (of the correlation matrix) and "factor" (with the
    communalities of one minres factor on the diagonal). `estimate` is the eigenvalue, `threshold` the quantile of it
    among unrelated variables; rows before the first that falls to the threshold count. Part "map" holds the mean
    squared partial correlation after that many components are removed. fit: the numbers suggested. With "pearson"
    the unrelated variables are normal; with "polychoric" the answers of each item are shuffled (frame only). Rows
    with a missing answer are left out.

    Errors: InputError for fewer than three items, a constant column, or more than 20 different answers with
    polychoric; OptionError for a wrong option.
    References: Horn (1965); Velicer (1976); Auerswald and Moshagen (2019).
    """
    option("correlation", correlation, ("pearson", "polychoric"))
    draws = whole("n_sim", n_sim, 20)
    level(quantile)
    corr, n, n_total, names, values = _correlations(data, items, correlation, 3)
    rng = np.random.default_rng(seed)
    if values is None:
        random = dimensions.random_correlations(n, len(corr), draws, rng)
    else:
        random = dimensions.permuted_polychorics(values, draws, rng)
    rows, numbers = [], {}
    for part, values_of in (("component", dimensions.component_values), ("factor", dimensions.factor_values)):
        observed = values_of(corr)
        threshold = np.quantile(values_of(random), quantile, axis=0)
        numbers[f"n_{part}s"] = dimensions.suggested(observed, threshold)
        rows += [
            {"term": str(k + 1), "part": part, "estimate": observed[k], "threshold": threshold[k]}
            for k in range(len(names))
        ]
    partials = dimensions.average_partials(corr)
    rows += [{"term": str(k), "part": "map", "estimate": value} for k, value in enumerate(partials)]
    numbers["n_map"] = int(np.nanargmin(partials))
    return build(
        "factors.how_many",
        rows,
        n_total=n_total,
        n_used=n,
        method=f"parallel analysis of {correlation} correlations ({draws} random matrices, {quantile:.0%} quantile, "
        f"{'normal variables' if values is None else 'shuffled answers'}); minimum average partial",
        reference=["Horn (1965)", "Velicer (1976)"],
        seed=seed,
        fit=numbers,
        bounded=["estimate@map"],
        n_sim=draws,
    )


def explore(
    data: pd.DataFrame | Moments,
    items: Sequence[str],
    n_factors: int,
    *,
    rotation: str = "oblimin",
    method: str = "minres",
    correlation: str = "pearson",
) -> Result:
    """Exploratory factor analysis: loadings, uniquenesses, factor correlations and fit.

    Rows by part: "loading" (term = item, group = F1, F2, …: the pattern, standardised items), "uniqueness" (0 to 1),
    "factor_correlation" (term "F1 ~~ F2", oblique rotations only) and "variance" (per factor: sum of squared
    loadings weighted by the factor correlations as estimate, and as a share of the items). Factors stand in falling
    order of their squared loadings and point so that loadings are mostly positive. fit: chi-square with Bartlett's
    correction and its p, RMSEA, TLI and the root mean square of the residual correlations; NaN where there are no
    degrees of freedom. Rotations: "oblimin" (gamma 0), "promax" (power 4), "varimax" (both Kaiser-normalised),
    "none". With correlation="polychoric" (frame only) the chi-square is rough. Items whose uniqueness touches .005
    (a Heywood case) are named in `info["heywood"]`. Rows with a missing answer are left out.

    Errors: ModelError for too many factors or when nothing converges; InputError and OptionError as elsewhere.
    References: Harman and Jones (1966); Joreskog (1967); Jennrich (2002); Hendrickson and White (1964); Kaiser (1958);
    Bartlett (1950); Tucker and Lewis (1973).
    """
    option("rotation", rotation, ("oblimin", "varimax", "promax", "none"))
    option("method", method, ("minres", "ml"))
    option("correlation", correlation, ("pearson", "polychoric"))
    m = whole("n_factors", n_factors, 1)
    corr, n, n_total, names, _ = _correlations(data, items, correlation, 3)
    p = len(corr)
    df = degrees_of_freedom(p, m)
    if df < 0:
        most = max(k for k in range(p) if degrees_of_freedom(p, k) >= 0)
        raise ModelError(f"n_factors={m} is too many for {p} items: at most {most} can be identified")
    found = extract(corr, m, method)
    if not found.converged:
        raise ModelError(f"{method} found no solution with {m} factors; ask for fewer, or the other method")
    pattern, phi = _rotate(found.loadings, rotation, m)
    heywood = [name for name, u in zip(names, found.uniqueness, strict=True) if u < 0.00501]
    return build(
        "factors.explore",
        _loading_rows(names, pattern, phi, found, oblique=rotation in ("oblimin", "promax")),
        n_total=n_total,
        n_used=n,
        method=f"{method}, {rotation if m > 1 else 'no'} rotation, {correlation} correlations",
        reference=[
            "Harman and Jones (1966)" if method == "minres" else "Joreskog (1967)",
            *ROTATIONS[rotation],
        ],
        bounded=["estimate@uniqueness", "estimate@factor_correlation"],
        fit=_fit(corr, pattern @ phi @ pattern.T, n, df),
        heywood=tuple(heywood),
    )


ROTATIONS = {
    "oblimin": ["Jennrich (2002)"],
    "promax": ["Hendrickson and White (1964)"],
    "varimax": ["Kaiser (1958)"],
    "none": [],
}


def common_method(
    data: pd.DataFrame | Moments,
    items: Sequence[str],
    *,
    marker: str | None = None,
    shared: str = "lowest",
    questions: Sequence[str] | None = None,
) -> Result:
    """Common method variance: correlations with the marker's share taken out, and Harman's factor with its warning.

    `items` are the measured variables (items or scale scores). With a `marker`, a variable that in theory has nothing
    to do with them, part "marker" holds the correlation taken as method variance (the marker's lowest absolute
    correlation with an item, or with shared="mean" the mean of the absolute correlations), part "observed" each
    correlation and part "adjusted" the same after correction, (r - r_m) / (1 - r_m), with its t test on n - 3 degrees
    of freedom. Part "harman" is the share of the first principal component (0 to 1) of the `questions`: the single
    answers behind scale scores, by default the items themselves. It decides nothing: the note of that row says why.
    Of two there is no such row: the first of two components always holds half or more. Rows with a missing answer are
    left out.

    Errors: InputError for fewer than two items, without a marker for fewer than three questions; OptionError for a
    marker among them or a wrong option.
    References: Lindell and Whitney (2001); Podsakoff, MacKenzie, Lee and Podsakoff (2003).
    """
    option("shared", shared, ("lowest", "mean"))
    role = "items" if questions is None else "questions"
    items, asked = named(items, "items"), named(items if questions is None else questions, role)
    if marker in [*items, *asked]:
        raise OptionError(f"marker '{marker}' is also one of the {role}; a marker measures something else")
    if len(items) < 2:
        raise InputError("items: at least two are needed")
    if marker is None and len(asked) < 3:
        raise InputError(f"{role}: Harman's component needs at least three; given: {', '.join(asked)}")
    wanted = [*items, *([] if marker is None else [marker]), *asked]
    moments, n_total = as_moments(data, list(dict.fromkeys(wanted)), "items")
    rows = [] if marker is None else _marker_rows(moments, len(items), marker, shared)
    told = [] if marker is None else [f"marker correction ({shared} correlation)"]
    if len(asked) > 2:
        first = float(np.linalg.eigvalsh(moments.select(asked).corr)[-1] / len(asked))
        rows.append({"term": "first_component", "part": "harman", "estimate": first, "note": HARMAN})
        told.append(f"Harman's first component of {len(asked)} questions")
    return build(
        "factors.common_method",
        rows,
        n_total=n_total,
        n_used=moments.n,
        method="; ".join(told),
        reference=["Lindell and Whitney (2001)", "Podsakoff et al. (2003)"],
        bounded=["estimate"],
        decision="not_testable" if marker is None else None,
        note=HARMAN,
    )


def _marker_rows(moments: Moments, p: int, marker: str, shared: str) -> list[dict]:
    names, n = moments.columns, moments.n
    with_marker = moments.corr[p, :p]
    size = np.abs(with_marker)
    lowest = int(size.argmin())
    r_m = float(size.mean() if shared == "mean" else size[lowest])
    if n < 4 or r_m >= 1:
        raise InputError(
            "marker: at least four cases and a marker that is not identical to an item are needed"
        )
    note = "mean of the absolute correlations" if shared == "mean" else f"with {names[lowest]}"
    rows = [{"term": marker, "part": "marker", "estimate": r_m, "note": note}]
    for i in range(p):
        for j in range(i):
            r = moments.corr[i, j]
            adjusted = (r - r_m) / (1 - r_m)
            pair = {"term": f"{names[j]} ~~ {names[i]}"}
            rows.append({**pair, "part": "observed", **_tested(r, n - 2)})
            rows.append({**pair, "part": "adjusted", **_tested(adjusted, n - 3)})
    return rows


def _tested(r: float, df: int) -> dict:
    statistic = r * np.sqrt(df / max(1 - r**2, 1e-300))
    p = 2 * float(t_law.sf(abs(statistic), df))
    return {"estimate": r, "statistic_name": "t", "statistic": statistic, "df": df, "p_value": p}


def _moments(data: pd.DataFrame | Moments, items: Sequence[str], at_least: int) -> tuple[Moments, int]:
    moments, n_total = as_moments(data, items, "items")
    if len(moments.columns) < at_least:
        raise InputError(f"items: at least {at_least} items are needed; given: {', '.join(moments.columns)}")
    return moments, n_total


def _correlations(
    data: pd.DataFrame | Moments, items: Sequence[str], correlation: str, at_least: int
) -> tuple[np.ndarray, int, int, tuple[str, ...], np.ndarray | None]:
    """Correlations, n, n before missing answers, names, and the answers themselves where polychorics are asked."""
    moments, n_total = _moments(data, items, at_least)
    if correlation == "pearson":
        return moments.corr, moments.n, n_total, moments.columns, None
    if isinstance(data, Moments):
        raise InputError("polychoric correlations need the answers themselves, not moments")
    kept, _ = complete(data, list(moments.columns), "items")
    many = [name for name in kept.columns if kept[name].nunique() > MOST_CATEGORIES]
    if many:
        raise InputError(
            f"items: {', '.join(many)} has more than {MOST_CATEGORIES} different answers; use pearson"
        )
    values = kept.to_numpy(copy=True)
    corr = polychoric(values).corr
    return corr, len(kept), n_total, moments.columns, values


def _rotate(loadings: np.ndarray, rotation: str, m: int) -> tuple[np.ndarray, np.ndarray]:
    phi = np.eye(m)
    if m == 1 or rotation == "none":
        return loadings, phi
    if rotation == "varimax":
        pattern = varimax(loadings)
    elif rotation == "promax":
        pattern, phi = promax(loadings)
    else:
        pattern, phi, fine = oblimin(loadings)
        if not fine:
            raise ModelError("oblimin did not converge; ask for fewer factors or another rotation")
    return arrange(pattern, phi)


def _loading_rows(
    names: Sequence[str], pattern: np.ndarray, phi: np.ndarray, found: Factors, *, oblique: bool
) -> list[dict]:
    p, m = pattern.shape
    factors = [f"F{k + 1}" for k in range(m)]
    rows = [
        {"term": name, "part": "loading", "group": factor, "estimate": pattern[i, k]}
        for i, name in enumerate(names)
        for k, factor in enumerate(factors)
    ]
    unique = 1 - np.einsum("ik,kl,il->i", pattern, phi, pattern)
    rows += [
        {"term": name, "part": "uniqueness", "estimate": value}
        for name, value in zip(names, unique, strict=True)
    ]
    if oblique:
        rows += [
            {"term": f"{factors[k]} ~~ {factors[j]}", "part": "factor_correlation", "estimate": phi[k, j]}
            for j in range(m)
            for k in range(j)
        ]
    weight = np.diag(phi @ pattern.T @ pattern)
    rows += [
        {"term": factor, "part": "variance", "estimate": value, "share": value / p}
        for factor, value in zip(factors, weight, strict=True)
    ]
    return rows


def _fit(corr: np.ndarray, common: np.ndarray, n: int, df: int) -> dict[str, float]:
    """Fit from the likelihood discrepancy of the solution, whatever the method that found it.

    chi-square = F (n - 1 - (2p + 5)/6 - 2m/3) (Bartlett); RMSEA = sqrt((chi-square - df) / (df (n - 1))); TLI from
    F per degree of freedom of the null model and this one (Tucker and Lewis).
    """
    p = len(corr)
    model = common.copy()
    np.fill_diagonal(model, 1.0)
    residual = corr - model
    numbers = {"rmsr": float(np.sqrt((residual**2).sum() / (p * (p - 1)))), "df": float(df)}
    numbers |= dict.fromkeys(("chisq", "p_value", "rmsea", "tli"), np.nan)
    least = min(np.linalg.eigvalsh(model)[0], np.linalg.eigvalsh(corr)[0])
    if least < 1e-10 or df == 0:
        return numbers
    ratio = np.linalg.solve(model, corr)
    discrepancy = np.trace(ratio) - np.linalg.slogdet(ratio)[1] - p
    m = np.linalg.matrix_rank(common)
    times = n - 1 - (2 * p + 5) / 6 - 2 * m / 3
    chisq = discrepancy * times
    null = -np.linalg.slogdet(corr)[1] / (p * (p - 1) / 2)
    numbers["chisq"], numbers["p_value"] = float(chisq), float(chi2.sf(chisq, df))
    numbers["rmsea"] = float(np.sqrt(max(chisq - df, 0) / (df * (n - 1))))
    numbers["tli"] = float((null - discrepancy / df) / (null - 1 / times))
    return numbers
