"""Printed means, standard deviations, loadings and tests: could they have come out of data? (scipy's laws)"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from klantstudie.errors import InputError, option, whole
from klantstudie.numerics import printed
from klantstudie.result import Result, build

__all__ = ["ave", "composite_reliability", "grim", "grimmer", "reported", "sd_limits"]

Printed = str | float


def grim(
    mean: Printed | Sequence[Printed],
    n: int | Sequence[int],
    *,
    items: int = 1,
    digits: int | None = None,
) -> Result:
    """Check whether printed means can be means of whole answers (GRIM).

    `mean` is printed text ("3.45" or "3,45") or a number with `digits`; one or several. `items` is the number of
    items averaged per person. One row a mean: the nearest possible mean, decision possible or impossible. With
    n × items of 10^decimals or more every mean is possible: decision not_testable. No data, so nothing is missing.
    Errors: unequal lengths, n below 1, a number without its decimals.

    References: Brown and Heathers (2017).
    """
    rows = []
    for text, size in _together(mean, n):
        value, half = printed.read(text, digits)
        cells = whole("n", size, 1) * whole("items", items, 1)
        nearest = round(value * cells) / cells
        if cells * 2 * half >= 1:
            decision = "not_testable"
        else:
            decision = "possible" if printed.possible_sums(value, half, cells) else "impossible"
        rows.append(
            {
                "term": str(text),
                "reported": value,
                "printed": str(text),
                "recomputed": nearest,
                "n": size,
                "decision": decision,
            }
        )
    return _checked("recheck.grim", rows, "GRIM", "Brown and Heathers (2017)")


def grimmer(
    mean: Printed | Sequence[Printed],
    sd: Printed | Sequence[Printed],
    n: int | Sequence[int],
    *,
    items: int = 1,
    digits: int | None = None,
) -> Result:
    """Check whether a printed mean and standard deviation can belong to whole answers (GRIMMER).

    As `grim`, with the standard deviation (n − 1) beside the mean: sum and sum of squares must be whole, and both odd
    or both even. One row a pair, decision possible or impossible. Errors as `grim`; n below 2.

    References: Anaya (2016); Allard (2018).
    """
    rows = []
    for text, spread, size in _together(mean, sd, n):
        value, half = printed.read(text, digits)
        deviation, sd_half = printed.read(spread, digits)
        count = whole("n", size, 2)
        fits = printed.possible_spread(value, deviation, (half, sd_half), count, whole("items", items, 1))
        row = {
            "term": f"M = {text}, SD = {spread}",
            "printed": f"M = {text}, SD = {spread}",
            "mean": value,
            "sd": deviation,
            "n": count,
        }
        rows.append(row | {"decision": "possible" if fits else "impossible"})
    return _checked("recheck.grimmer", rows, "GRIMMER, analytic form", "Anaya (2016); Allard (2018)")


def sd_limits(
    mean: Printed,
    sd: Printed,
    n: int,
    *,
    scale: tuple[float, float],
    digits: int | None = None,
) -> Result:
    """Check whether a printed standard deviation fits in its answer scale.

    The limits are those of n whole answers between the ends of `scale` with this mean: all answers next to the mean,
    and all answers at the ends. One row: reported, possible_low, possible_high, decision. Rounding of mean and
    standard deviation is allowed for. Errors: a mean outside the scale, n below 2.

    References: Brown and Heathers (2017).
    """
    value, half = printed.read(mean, digits)
    deviation, sd_half = printed.read(sd, digits)
    low, high = (float(end) for end in scale)
    count = whole("n", n, 2)
    if not low - half <= value <= high + half:
        raise InputError(f"a mean of {value:g} lies outside the scale from {low:g} to {high:g}")
    around = [min(max(value + side * half, low), high) for side in (-1, 0, 1)]
    limits = [printed.spread_limits(point, count, low, high) for point in around]
    # where the rounded mean can be a whole number, all answers can be equal
    smallest = 0.0 if math.floor(around[2]) >= around[0] else min(limit[0] for limit in limits)
    largest = max(limit[1] for limit in limits)
    fits = smallest - sd_half <= deviation <= largest + sd_half
    row = {
        "term": f"M = {mean}, SD = {sd}",
        "mean": value,
        "n": count,
        "reported": deviation,
        "printed": str(sd),
    }
    row |= {
        "possible_low": smallest,
        "possible_high": largest,
        "decision": "possible" if fits else "impossible",
    }
    return _checked(
        "recheck.sd_limits",
        [row],
        "limits of the standard deviation",
        "Brown and Heathers (2017)",
    )


def ave(loadings: Sequence[float] | Mapping[str, Sequence[float]], *, digits: int = 2) -> Result:
    """Recompute the average variance extracted from printed standardized loadings.

    The mean squared loading, between 0 and 1; one row a construct, with the values that rounding to `digits` decimals
    leaves possible. Give a list of loadings, or a mapping from construct to its list. No data, so nothing is missing.
    Errors: a loading outside −1 to 1, no loadings.

    References: Fornell and Larcker (1981).
    """
    return _from_loadings(
        "recheck.ave",
        loadings,
        digits,
        lambda values: float(np.mean(values**2)),
        "mean of λ²",
    )


def composite_reliability(
    loadings: Sequence[float] | Mapping[str, Sequence[float]], *, digits: int = 2
) -> Result:
    """Recompute the composite reliability (congeneric, uncorrelated errors) from printed standardized loadings.

    (Σλ)² / ((Σλ)² + Σ(1 − λ²)), between 0 and 1; one row a construct, with the values that rounding leaves possible.
    No data, so nothing is missing. Errors: a loading outside −1 to 1, no loadings.

    References: Fornell and Larcker (1981); Jöreskog (1971).
    """

    def reliability(values: np.ndarray) -> float:
        common = float(values.sum()) ** 2
        return common / (common + float((1 - values**2).sum()))

    formula = "(Σλ)² / ((Σλ)² + Σ(1 − λ²))"
    return _from_loadings("recheck.composite_reliability", loadings, digits, reliability, formula)


def reported(
    test: str,
    values: Mapping[str, Sequence[Printed]],
    *,
    claimed: Mapping[str, Printed] | None = None,
    digits: int | None = None,
    seed: int = 1,
) -> Result:
    """Recompute a test from a printed summary table and hold it against what was claimed.

    `test` is "t_independent" (values mean, sd, n of two groups; pooled), "t_welch", "t_paired" (mean, sd of two
    measurements, r and n), "f_oneway" (mean, sd, n per group), "chi2" (counts, rows after each other, and columns)
    or "r" (r and n). Rows "statistic" and "p_value": recomputed, the range that rounding of the inputs leaves, and,
    where `claimed`, the reported value with green (it comes out), amber (rounding of the inputs can explain it) or
    red. No data, so nothing is missing. Errors: a value that is missing for the test.

    References: Brown and Heathers (2017); Nuijten et al. (2016).
    """
    option("test", test, tuple(TESTS))
    needed, compute = TESTS[test]
    absent = [name for name in needed if name not in values]
    if absent:
        raise InputError(f"{test} needs {', '.join(needed)}; missing: {', '.join(absent)}")
    centre, halves, places = [], [], {}
    for name in needed:
        exact = name in ("n", "counts", "columns")
        read = [printed.read(value, 0 if exact else digits) for value in values[name]]
        places[name] = slice(len(centre), len(centre) + len(read))
        centre += [value for value, _ in read]
        halves += [0.0 if exact else half for _, half in read]

    def outcome(which: int) -> Callable[[np.ndarray], float]:
        return lambda point: compute({name: point[place] for name, place in places.items()})[which]

    rows = []
    for which, column in enumerate(("statistic", "p_value")):
        middle = outcome(which)(np.asarray(centre))
        low, high = printed.box_range(outcome(which), centre, halves, seed)
        row: dict[str, Any] = {
            "term": column,
            "recomputed": middle,
            "possible_low": low,
            "possible_high": high,
        }
        if claimed and column in claimed:
            value, half = printed.read(claimed[column], digits)
            row |= {
                "reported": value,
                "printed": str(claimed[column]),
                "decision": _light(value, half, middle, low, high),
            }
        rows.append(row)
    return _checked(
        "recheck.reported",
        rows,
        f"{test} from printed numbers",
        "Brown and Heathers (2017)",
        seed=seed,
    )


def _light(value: float, half: float, middle: float, low: float, high: float) -> str:
    edge = half * (1 + 1e-9)
    if abs(value - middle) <= edge:
        return "green"
    return "amber" if low - edge <= value <= high + edge else "red"


def _independent(given: Mapping[str, np.ndarray]) -> tuple[float, float]:
    (m1, m2), (s1, s2), (n1, n2) = given["mean"], given["sd"], given["n"]
    pooled = ((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2)
    t = (m1 - m2) / math.sqrt(pooled * (1 / n1 + 1 / n2))
    return t, float(2 * stats.t.sf(abs(t), n1 + n2 - 2))


def _welch(given: Mapping[str, np.ndarray]) -> tuple[float, float]:
    (m1, m2), parts, n = given["mean"], given["sd"] ** 2 / given["n"], given["n"]
    df = parts.sum() ** 2 / (parts**2 / (n - 1)).sum()
    t = (m1 - m2) / math.sqrt(parts.sum())
    return t, float(2 * stats.t.sf(abs(t), df))


def _paired(given: Mapping[str, np.ndarray]) -> tuple[float, float]:
    (m1, m2), (s1, s2), r, n = given["mean"], given["sd"], given["r"][0], given["n"][0]
    t = (m1 - m2) / math.sqrt((s1**2 + s2**2 - 2 * r * s1 * s2) / n)
    return t, float(2 * stats.t.sf(abs(t), n - 1))


def _oneway(given: Mapping[str, np.ndarray]) -> tuple[float, float]:
    mean, sd, n = given["mean"], given["sd"], given["n"]
    total, groups = n.sum(), len(n)
    between = (n * (mean - (n * mean).sum() / total) ** 2).sum() / (groups - 1)
    within = ((n - 1) * sd**2).sum() / (total - groups)
    return between / within, float(stats.f.sf(between / within, groups - 1, total - groups))


def _chi2(given: Mapping[str, np.ndarray]) -> tuple[float, float]:
    counts = given["counts"].reshape(-1, int(given["columns"][0]))
    expected = np.outer(counts.sum(1), counts.sum(0)) / counts.sum()
    chi2 = float(((counts - expected) ** 2 / expected).sum())
    return chi2, float(stats.chi2.sf(chi2, (counts.shape[0] - 1) * (counts.shape[1] - 1)))


def _correlation(given: Mapping[str, np.ndarray]) -> tuple[float, float]:
    r, n = given["r"][0], given["n"][0]
    if abs(r) >= 1:
        return math.nan, math.nan
    t = r * math.sqrt((n - 2) / (1 - r**2))
    return t, float(2 * stats.t.sf(abs(t), n - 2))


TESTS: Mapping[
    str,
    tuple[tuple[str, ...], Callable[[Mapping[str, np.ndarray]], tuple[float, float]]],
] = {
    "t_independent": (("mean", "sd", "n"), _independent),
    "t_welch": (("mean", "sd", "n"), _welch),
    "t_paired": (("mean", "sd", "r", "n"), _paired),
    "f_oneway": (("mean", "sd", "n"), _oneway),
    "chi2": (("counts", "columns"), _chi2),
    "r": (("r", "n"), _correlation),
}


def _together(*columns: Any) -> list[tuple]:
    listed = [
        [value] if isinstance(value, (str, int, float, np.number)) else list(value) for value in columns
    ]
    if len({len(values) for values in listed}) != 1:
        raise InputError(
            f"give equally many of each; given: {', '.join(str(len(values)) for values in listed)}"
        )
    return list(zip(*listed, strict=True))


def _from_loadings(
    kind: str,
    loadings: Any,
    digits: int,
    formula: Callable[[np.ndarray], float],
    method: str,
) -> Result:
    constructs = loadings if isinstance(loadings, Mapping) else {"construct": loadings}
    half = 0.5 * 10.0 ** -whole("digits", digits)
    rows = []
    for name, given in constructs.items():
        values = np.asarray(list(given), dtype=float)
        if len(values) == 0 or np.isnan(values).any() or (np.abs(values) > 1).any():
            raise InputError(
                f"{name}: standardized loadings between −1 and 1 are needed; given: {list(given)}"
            )
        # both formulas rise with every loading that counts in the construct's direction
        ends = [formula(np.clip(values + side * half, -1, 1)) for side in (-1, 1)]
        squared = [formula(np.sign(values) * np.clip(np.abs(values) + side * half, 0, 1)) for side in (-1, 1)]
        row = {"term": str(name), "estimate": formula(values), "n": len(values)}
        rows.append(
            row
            | {
                "possible_low": min(ends + squared),
                "possible_high": max(ends + squared),
            }
        )
    return _checked(
        kind,
        rows,
        method,
        "Fornell and Larcker (1981)",
        bounded=("estimate", "possible_low", "possible_high"),
    )


def _checked(kind: str, rows: list[dict[str, Any]], method: str, reference: str, **more: Any) -> Result:
    ranked = ("impossible", "red", "amber", "possible", "green", "not_testable")
    words = {row.get("decision") for row in rows}
    decision = next((word for word in ranked if word in words), None)
    given = {
        "n_total": len(rows),
        "n_used": len(rows),
        "missing": "none: printed numbers",
        "decision": decision,
    }
    return build(kind, rows, method=method, reference=reference, **given, **more)
