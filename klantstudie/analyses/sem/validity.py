"""Whether scales measure what they should and differ from each other: reliability, AVE, Fornell-Larcker, HTMT."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from klantstudie.analyses.sem._setting import prepare
from klantstudie.errors import InputError, ModelError, OptionError, level, option, whole
from klantstudie.frames import complete
from klantstudie.moments import Moments, as_moments
from klantstudie.numerics.reliability import to_corr
from klantstudie.numerics.resampling import case_covariances, normal_covariances, percentile
from klantstudie.numerics.sem import bootstrap
from klantstudie.numerics.sem.engine import Fit
from klantstudie.numerics.sem.standard import everything
from klantstudie.numerics.validity import average_variance, composite_reliability, htmt
from klantstudie.result import Result, build

SAFE = re.compile(r"[A-Za-z][A-Za-z0-9_.]*$")
MOST_FAILED = 0.2  # share of bootstrap draws that may fail before the intervals are refused


def validity(
    data: pd.DataFrame | Moments,
    scales: Mapping[str, Sequence[str]],
    *,
    kind: str = "htmt",
    bound: float = 0.85,
    standardized: bool = True,
    n_boot: int = 0,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Convergent and discriminant validity of scales, with a decision per pair.

    A confirmatory factor model (maximum likelihood, each item on its own scale, correlated factors) gives
    "composite_reliability" and "ave" (average variance extracted) per scale of two or more items, "correlation" per
    pair (term "A ~~ B") and "fornell_larcker" per scale: the square root of AVE, whose `threshold` is the largest
    absolute correlation of that scale's factor with another. Part "htmt" is, per pair, the mean absolute correlation
    between the items of two scales over the geometric mean of those within (kind="htmt", arithmetic means, the
    original and what SmartPLS prints; kind="htmt2": geometric means, as semTools now does by default); its
    `threshold` is `bound` (.85, or .90 for constructs that are close in theory). All values lie between 0 and about 1.

    `standardized=True` takes composite reliability and AVE from standardised loadings, (sum l)^2 / ((sum l)^2 +
    sum(1 - l^2)) and mean l^2, as papers recompute them; False takes them from loadings and error variances on the
    scale of the answers (semTools). With `n_boot`, percentile intervals over resampled rows (from Moments: samples of
    the normal law). The decision of a pair is "distinct" when the interval of its HTMT lies below the bound,
    "not_distinct" when it lies above, else "inconclusive". That of a scale by Fornell and Larcker is "distinct" when
    the interval of the root of its AVE minus the largest correlation, both from the same draws, lies above zero,
    "not_distinct" when it lies below, else "inconclusive". Without intervals the estimates decide. Rows with a missing
    answer are left out.

    Errors: ModelError when the factor model is not identified or does not converge (htmt needs none: see
    `info["warnings"]` for a negative variance); InputError and OptionError as elsewhere.
    References: Joreskog (1971); Fornell and Larcker (1981); Henseler, Ringle and Sarstedt (2015); Roemer, Schuberth
    and Henseler (2021).
    """
    option("kind", kind, ("htmt", "htmt2"))
    level(conf_level)
    if not (isinstance(bound, (int, float)) and 0 < bound <= 1):
        raise OptionError(f"bound must lie between 0 and 1, such as .85 or .90; given: {bound!r}")
    draws = whole("n_boot", n_boot)
    read = _scales(scales)
    items = [item for block in read.values() for item in block]
    moments, n_total = as_moments(data, items, "scales")
    fit, words = _factors(data, moments, read)
    places = [np.array([items.index(item) for item in block]) for block in read.values()]
    geometric = kind == "htmt2"
    found = _measures(fit, fit.theta[None, :], read, words, standardized)
    ratios = htmt(moments.corr[None], places, geometric=geometric)
    spread, failed = {}, 0
    if draws:
        many = bootstrap.complete(fit, draws, np.random.default_rng(seed))
        fine = ~np.isnan(many).any(1)
        failed = int((~fine).sum())
        if failed > MOST_FAILED * draws:
            raise ModelError(f"{failed} of {draws} bootstrap draws of the factor model failed; use n_boot=0")
        spread = _measures(fit, many[fine], read, words, standardized)
        stack = _resampled(data, moments, items, draws, seed)
        spread |= {
            ("htmt", pair): value for pair, value in _pairs(read, htmt(stack, places, geometric=geometric))
        }
    found |= {("htmt", pair): value for pair, value in _pairs(read, ratios)}
    rows = [_row(key, value, spread, found, read, bound, conf_level) for key, value in found.items()]
    formula = "standardised loadings" if standardized else "loadings on the scale of the answers"
    return build(
        "sem.validity",
        rows,
        n_total=n_total,
        n_used=moments.n,
        method=f"composite reliability and AVE from {formula} of a maximum-likelihood factor model; "
        f"{'HTMT2 (geometric means)' if geometric else 'HTMT (original, arithmetic means)'}, bound {bound:g}"
        + (
            f"; percentile intervals over {draws} draws; Fornell-Larcker by the interval of √AVE minus the largest correlation"
            if draws
            else "; no intervals"
        ),
        reference=["Fornell and Larcker (1981)", "Henseler, Ringle and Sarstedt (2015)"],
        conf_level=conf_level if draws else None,
        seed=seed if draws else None,
        decision=_overall([row["decision"] for row in rows if row["part"] == "htmt"]),
        bounded=[
            "estimate@composite_reliability",
            "estimate@ave",
            "estimate@correlation",
            "estimate@fornell_larcker",
            "threshold@fornell_larcker",
        ],
        warnings=list(fit.warnings),
        n_boot=draws,
        n_failed=failed,
    )


def _scales(scales: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    if not isinstance(scales, Mapping) or len(scales) < 2:
        raise InputError("scales: name at least two scales, each with its list of items")
    read = {str(name): [block] if isinstance(block, str) else list(block) for name, block in scales.items()}
    empty = [name for name, block in read.items() if not block]
    if empty:
        raise InputError(f"scales: no items in {', '.join(empty)}")
    return read


def _factors(
    data: pd.DataFrame | Moments, moments: Moments, read: dict[str, list[str]]
) -> tuple[Fit, dict[str, str]]:
    """Fit one factor per scale; `words` gives each scale and item the name it has in the model text."""
    items = [item for block in read.values() for item in block]
    words = {item: item if SAFE.match(str(item)) else f"item_{k + 1}_" for k, item in enumerate(items)}
    for k, name in enumerate(read):
        clear = SAFE.match(name) and name not in words.values()
        words["scale " + name] = name if clear else f"scale_{k + 1}_"
    text = "\n".join(
        f"{words['scale ' + name]} =~ {' + '.join(words[item] for item in block)}"
        for name, block in read.items()
    )
    if isinstance(data, Moments):
        named = tuple(words[item] for item in items)
        sd = np.where(np.isnan(moments.sd), 1.0, moments.sd)
        used: pd.DataFrame | Moments = Moments(named, moments.mean, sd, moments.corr, moments.n)
    else:
        used = complete(data, items, "scales")[0].rename(columns=words)
    return prepare(used, text).fit(), words


def _measures(
    fit: Fit, theta: np.ndarray, read: dict[str, list[str]], words: dict[str, str], standardized: bool
) -> dict[tuple[str, str], np.ndarray]:
    """Return each number of the factor model in each draw, by part and term."""
    std = everything(fit.problem, theta, std=True)
    plain = std if standardized else everything(fit.problem, theta, std=False)
    at = {(row.lhs, row.op, row.rhs): place for place, row in enumerate(fit.table.rows)}
    reliable, shared, between = {}, {}, {}
    for name, block in read.items():
        if len(block) < 2:
            continue
        factor = words["scale " + name]
        loads = plain[:, [at[factor, "=~", words[item]] for item in block]]
        errors = plain[:, [at[words[item], "~~", words[item]] for item in block]]
        if not standardized:
            loads = loads * np.sqrt(plain[:, [at[factor, "~~", factor]]])
        reliable["composite_reliability", name] = composite_reliability(loads, errors)
        shared["ave", name] = average_variance(loads, errors)
    for first, second in combinations(read, 2):
        pair = words["scale " + first], words["scale " + second]
        place = at.get((pair[0], "~~", pair[1]), at.get((pair[1], "~~", pair[0])))
        between["correlation", f"{first} ~~ {second}"] = std[:, place]
    root = {("fornell_larcker", name): np.sqrt(value) for (_, name), value in shared.items()}
    return reliable | shared | root | between


def _pairs(read: dict[str, list[str]], ratios: np.ndarray) -> list[tuple[str, np.ndarray]]:
    names = list(read)
    return [(f"{names[a]} ~~ {names[b]}", ratios[:, b, a]) for a, b in combinations(range(len(names)), 2)]


def _resampled(
    data: pd.DataFrame | Moments, moments: Moments, items: list[str], draws: int, seed: int
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if isinstance(data, Moments):
        return to_corr(normal_covariances(moments.corr, moments.n, draws, rng))
    stack = case_covariances(complete(data, items, "scales")[0].to_numpy(copy=True), draws, rng)
    return to_corr(stack[np.diagonal(stack, axis1=1, axis2=2).min(1) > 0])


def _row(
    key: tuple[str, str],
    value: np.ndarray,
    spread: dict[tuple[str, str], np.ndarray],
    found: dict[tuple[str, str], np.ndarray],
    read: dict[str, list[str]],
    bound: float,
    conf_level: float,
) -> dict[str, object]:
    part, term = key
    low, high = percentile(spread[key], conf_level) if key in spread else (np.nan, np.nan)
    row = {
        "term": term,
        "part": part,
        "estimate": float(value[0]),
        "conf_low": float(low),
        "conf_high": float(high),
        "threshold": np.nan,
        "decision": "",
    }
    if part == "htmt":
        row["threshold"] = bound
        lowest, highest = (low, high) if key in spread else (value[0], value[0])
        row["decision"] = (
            "distinct" if highest < bound else "not_distinct" if lowest >= bound else "inconclusive"
        )
    elif part == "fornell_larcker":
        row["threshold"] = float(_largest(term, found, read)[0])
        margin = value - _largest(term, found, read)
        low, high = (
            percentile(spread[key] - _largest(term, spread, read), conf_level)
            if key in spread
            else margin[[0, 0]]
        )
        row["decision"] = "distinct" if low > 0 else "not_distinct" if high <= 0 else "inconclusive"
    return row


def _largest(term: str, drawn: dict[tuple[str, str], np.ndarray], read: dict[str, list[str]]) -> np.ndarray:
    """Return the largest absolute correlation of a factor with another, in each draw."""
    pairs = [f"{a} ~~ {b}" for a, b in combinations(read, 2) if term in (a, b)]
    return np.max([np.abs(drawn["correlation", pair]) for pair in pairs], axis=0)


def _overall(decisions: Sequence[object]) -> str:
    if "not_distinct" in decisions:
        return "not_distinct"
    return "distinct" if all(word == "distinct" for word in decisions) else "inconclusive"
