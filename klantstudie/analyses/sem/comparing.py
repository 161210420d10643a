"""Measurement invariance between groups, full and partial, and latent means; stands on klantstudie.numerics.sem."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from klantstudie.analyses.sem._ladder import (
    ALPHA,
    bounded,
    equalities,
    fit_step,
    row_of,
    rule,
    steps_of,
)
from klantstudie.analyses.sem._setting import Setting, prepare
from klantstudie.errors import ModelError, OptionError, level, option
from klantstudie.numerics.equivalence import decide, overall, two_one_sided
from klantstudie.numerics.sem.difference import difference
from klantstudie.numerics.sem.engine import Fit, measures
from klantstudie.numerics.sem.modification import releases
from klantstudie.numerics.sem.standard import derivative, estimates
from klantstudie.result import Result, build

LADDER = ["Meredith (1993)", "Cheung and Rensvold (2002)", "Satorra and Bentler (2001)"]
UNTIL = ("p", "cfi")


def _setting(
    data: pd.DataFrame, model: str, group: str, estimator: str, missing: str, likelihood: str
) -> Setting:
    if not isinstance(group, str):
        raise OptionError(f"group: name the column of the groups; given: {group!r}")
    return prepare(data, model, estimator=estimator, missing=missing, likelihood=likelihood, group=group)


def invariance(
    data: pd.DataFrame,
    model: str,
    group: str,
    *,
    steps: Sequence[str] | None = None,
    partial: Sequence[str] = (),
    estimator: str = "ml",
    missing: str = "listwise",
    likelihood: str = "normal",
    bound: float = 0.01,
) -> Result:
    """The ladder of measurement invariance: does a questionnaire measure the same thing in the same way in all groups?

    One row a step. "configural": the same form; "metric": equal loadings (relations may be compared); "scalar": equal
    intercepts as well (means may be compared); "strict": equal residual variances as well. Ordered items ("wlsmv")
    climb configural, thresholds, metric, scalar (Wu and Estabrook). Every step is compared with the one before:
    delta_chisq is scaled where the estimator is (Satorra-Bentler for mlr, Satorra 2000 for wlsmv), delta_cfi is the
    change of the (robust) CFI, and decision is "supported" when p >= .05 and CFI falls by no more than `bound`,
    "negligible" when only the test objects, "different" when both do, "inconclusive" when only CFI does. `partial`
    names parameters that stay free in every step, such as "x3 ~1". Missing answers as in `fit`.

    Errors: ModelError names the step that could not be fitted, and why; OptionError; InputError.
    References: Meredith (1993); Cheung and Rensvold (2002); Satorra and Bentler (2001); Wu and Estabrook (2016).
    """
    bounded(bound)
    setting = _setting(data, model, group, estimator, missing, likelihood)
    rows, before, warnings = [], None, list(setting.notes)
    for step in steps_of(setting, steps):
        fitted = fit_step(setting, step, partial)
        rows.append(row_of(step, fitted, before, bound))
        warnings += [f"{step}: {warning}" for warning in fitted.warnings]
        before = fitted
    return build(
        "sem.invariance",
        rows,
        **_described(setting, rule(bound)),
        decision=_overall(rows),
        reached=_reached(rows),
        partial=list(partial),
        warnings=warnings,
        model=model,
    )


def _described(setting: Setting, words: str) -> dict:
    described = setting.described()
    described["method"] += f"; {words}"
    described["reference"] = [*described["reference"], *LADDER]
    return described


def _overall(rows: Sequence[dict]) -> str:
    """The decision of the first step that is not supported; of the last when all are."""
    told = [row["decision"] for row in rows if row["decision"] not in ("", "not_testable")]
    if not told:
        return "not_testable"
    return next((word for word in told if word != "supported"), "supported")


def _reached(rows: Sequence[dict]) -> str:
    """The highest step that is not rejected."""
    reached = rows[0]["term"]
    for row in rows[1:]:
        if row["decision"] in ("different", "inconclusive"):
            break
        reached = row["term"]
    return reached


def partial_invariance(
    data: pd.DataFrame,
    model: str,
    group: str,
    *,
    until: str = "p",
    last: str = "scalar",
    estimator: str = "ml",
    missing: str = "listwise",
    likelihood: str = "normal",
    bound: float = 0.01,
) -> Result:
    """Climb the ladder and free, one at a time, the parameters that differ between the groups, with a log.

    At a step that fails, the equality with the largest score test is given up and the model fitted again, until the
    difference with the step before is no longer significant (`until="p"`, p >= .05) or CFI falls by no more than
    `bound` (`until="cfi"`). Every factor keeps at least two items that are equal; an item whose loading differs has its
    intercept freed as well. One row a model: part is the step, term the step itself or the parameter freed, statistic
    the score test of that equality before it was freed; then fit, difference and decision as in `invariance`.
    `info["freed"]` lists what was freed and goes into `partial=` of the other functions. Freeing by score test is
    exploration: state it, and check in other data. Missing answers as in `fit`.

    Errors: ModelError when nothing more may be freed while the step still fails; OptionError; InputError.
    References: Byrne, Shavelson and Muthén (1989); Steenkamp and Baumgartner (1998); Yoon and Kim (2014).
    """
    bounded(bound)
    option("until", until, UNTIL)
    setting = _setting(data, model, group, estimator, missing, likelihood)
    ladder = steps_of(setting, None)
    option("last", last, ladder[1:])
    rows, freed, _ = climb(setting, ladder[: ladder.index(last) + 1], until, bound)
    words = f"{rule(bound)}; equalities given up one at a time by score test until {'p' if until == 'p' else 'CFI'}"
    return build(
        "sem.partial_invariance",
        rows,
        **_described(setting, words + " is within its bound"),
        decision=rows[-1]["decision"] or "not_testable",
        freed=freed,
        warnings=list(setting.notes),
        model=model,
    )


def climb(
    setting: Setting, ladder: Sequence[str], until: str, bound: float
) -> tuple[list[dict], list[str], Fit]:
    """Return the log of a climb with releases, the freed parameters, and the last model."""
    freed: list[str] = []
    before = fit_step(setting, ladder[0])
    rows = [row_of(ladder[0], before, None, bound) | {"part": ladder[0]}]
    new = before
    for step in ladder[1:]:
        freed += _with_their_intercepts(setting, step, freed)
        new = fit_step(setting, step, freed)
        row = row_of(step, new, before, bound)
        rows.append(row | {"part": step})
        while _fails(row, until, bound):
            release = _next(setting, step, new, freed)
            freed.append(release.row.term)
            new = fit_step(setting, step, freed)
            row = row_of(release.row.term, new, before, bound)
            rows.append(row | {"part": step, "statistic": release.value})
        before = new
    for row in rows:
        row.setdefault("statistic", np.nan)
    return rows, freed, new


def _fails(row: dict, until: str, bound: float) -> bool:
    if row["delta_df"] <= 0:
        return False
    return row["p_value"] < ALPHA if until == "p" else row["delta_cfi"] < -bound


def _with_their_intercepts(setting: Setting, step: str, freed: Sequence[str]) -> list[str]:
    """The intercepts of items whose loading is free: comparing them would compare two different slopes."""
    if step != "scalar" or setting.estimator == "wlsmv":
        return []
    items = [term.split("=~")[1].strip() for term in freed if "=~" in term]
    return [f"{item} ~1" for item in items if f"{item} ~1" not in freed]


def _next(setting: Setting, step: str, fitted: Fit, freed: Sequence[str]):
    ops = {"thresholds": "|", "metric": "=~", "scalar": "~1", "strict": "~~"}
    op = "|" if setting.estimator == "wlsmv" and step == "scalar" else ops[step]
    loads = [row for row in fitted.table.rows if row.op == "=~" and row.group == 0]
    for release in releases(fitted):
        row = release.row
        if row.op == op and _leaves_two(row, loads, op, freed):
            return release
    raise ModelError(
        f"step '{step}': nothing more can be freed while every factor keeps two equal items, and the step still fails "
        f"(freed so far: {', '.join(freed) or 'nothing'}). The groups do not measure the same; compare them with care"
    )


def _leaves_two(row, loads, op: str, freed: Sequence[str]) -> bool:
    item = row.rhs if op == "=~" else row.lhs
    if op == "~1" and item not in {load.rhs for load in loads}:
        return False
    for factor in {load.lhs for load in loads if load.rhs == item}:
        own = [load.rhs for load in loads if load.lhs == factor]
        loose = {name for name in own for term in freed if _item(term, op) == name} | {item}
        if len(own) - len(loose) < 2:
            return False
    return True


def _item(term: str, op: str) -> str:
    if op == "=~":
        return term.split("=~")[1].strip() if "=~" in term else ""
    return term.split(op)[0].strip() if op in term and "=~" not in term else ""


def latent_means(
    data: pd.DataFrame,
    model: str,
    group: str,
    *,
    partial: Sequence[str] | None = None,
    estimator: str = "ml",
    missing: str = "listwise",
    likelihood: str = "normal",
    conf_level: float = 0.95,
    bound: float = 0.01,
    bounds: tuple[float, float] | None = None,
) -> Result:
    """Differences between groups in the means of factors, with and without the equalities that do not hold.

    Part "scalar" holds all loadings and intercepts equal; part "partial" frees the parameters named in `partial`, or,
    by default, those that `partial_invariance` frees; both are always shown, because a conclusion that hangs on them
    is no conclusion. estimate is the mean of the group minus that of the reference group (the first), in the unit of
    the factor's first item; effect is that difference over the pooled standard deviation of the factor (d, from
    Hancock), with a delta-method interval. decision is "different" when both parts find p < .05 and the same sign,
    otherwise "inconclusive" (which is not "equal"). With `bounds`, such as (-0.2, 0.2) in standard deviations of the
    factor, two one-sided tests of the effect say whether it lies within them: "equivalent", "different", "negligible"
    (different, but within the bounds) or "inconclusive", again only when both parts agree. The fit is that of the
    partial model; `delta_chisq` tests that no factor mean differs at all. Ordered items ("wlsmv") hold thresholds and
    loadings equal. Missing answers as in `fit`.

    Errors: ModelError when a model cannot be fitted; OptionError; InputError.
    References: Sörbom (1974); Hancock (2001); Steenkamp and Baumgartner (1998); Schuirmann (1987).
    """
    level(conf_level)
    bounded(bound)
    if bounds is not None and not (len(bounds) == 2 and bounds[0] < 0 < bounds[1]):
        raise OptionError(
            f"bounds must enclose zero, the lower one first, such as (-0.2, 0.2); given: {bounds!r}"
        )
    setting = _setting(data, model, group, estimator, missing, likelihood)
    full = fit_step(setting, "scalar")
    if partial is None:
        ladder = steps_of(setting, None)
        try:
            _, freed, loose = climb(setting, ladder[: ladder.index("scalar") + 1], "p", bound)
        except ModelError as problem:
            raise ModelError(
                f"{problem}. Name the parameters to free yourself: partial=['x3 ~1']"
            ) from problem
    else:
        freed = list(partial)
        loose = fit_step(setting, "scalar", freed)
    rows = _means(setting, full, "scalar", conf_level) + _means(setting, loose, "partial", conf_level)
    described = _described(setting, "mean differences between factors, and d from the pooled latent variance")
    described["reference"] = [*described["reference"], "Hancock (2001)"]
    told = _told(rows, bounds, conf_level)
    if bounds is not None:
        described["method"] += f"; two one-sided tests of d against {bounds[0]:g} and {bounds[1]:g}"
        described["reference"].append("Schuirmann (1987)")
    for row, word in zip(rows, told + told, strict=True):
        row["decision"] = word
    return build(
        "sem.latent_means",
        rows,
        **described,
        conf_level=conf_level,
        decision=overall(told),
        fit=_omnibus(setting, loose, freed),
        freed=freed,
        warnings=[*setting.notes, *full.warnings],
        model=model,
    )


def _told(rows: Sequence[dict], bounds: tuple[float, float] | None, conf_level: float) -> list[str]:
    """The decision on each difference: a word only when both models say it, and differences with the same sign."""
    half = len(rows) // 2
    told = []
    for one, two in zip(rows[:half], rows[half:], strict=True):
        words = {_word(row, bounds, conf_level) for row in (one, two)}
        agree = len(words) == 1 and (words == {"equivalent"} or one["estimate"] * two["estimate"] > 0)
        told.append(words.pop() if agree else "inconclusive")
    return told


def _word(row: dict, bounds: tuple[float, float] | None, conf_level: float) -> str:
    if bounds is None:
        return "different" if row["p_value"] < ALPHA else "inconclusive"
    error = (row["effect_high"] - row["effect_low"]) / 2 / norm.ppf((1 + conf_level) / 2)
    _, low, _, high = two_one_sided(row["effect"], error, np.inf, *bounds)
    return decide(row["p_value"], max(low, high), 1 - conf_level)


def _omnibus(setting: Setting, fitted: Fit, freed: Sequence[str]) -> dict[str, float]:
    """The fit of the model, and the test that no factor mean differs at all."""
    equal = [*equalities(setting, "scalar"), "means"]
    change = difference(fitted, setting.fit(equal, freed))
    return measures(fitted) | {
        "delta_chisq": change.chisq,
        "delta_df": float(change.df),
        "delta_p_value": change.p_value,
    }


def _means(setting: Setting, fitted: Fit, part: str, conf_level: float) -> list[dict]:
    problem, table = fitted.problem, fitted.table
    sizes = [part_.n for part_ in problem.parts]

    def means_and_effects(theta: np.ndarray) -> np.ndarray:
        _, implied = estimates(problem, theta)
        out = []
        for k in range(len(table.latent)):
            place = len(table.observed) + k
            first = implied[0]
            for number in range(1, len(implied)):
                other = implied[number]
                gap = other.all_mean[..., place] - first.all_mean[..., place]
                spread = (
                    sizes[0] * first.all_cov[..., place, place]
                    + sizes[number] * other.all_cov[..., place, place]
                ) / (sizes[0] + sizes[number])
                out += [gap, gap / np.sqrt(spread)]
        return np.stack(out, axis=-1)

    found = means_and_effects(fitted.theta)
    slopes = derivative(means_and_effects, fitted.theta)
    errors = np.sqrt(np.maximum(((slopes @ fitted.covariance) * slopes).sum(1), 0.0))
    half = norm.ppf((1 + conf_level) / 2)
    rows, k = [], 0
    for factor in table.latent:
        for label in setting.groups[1:]:
            gap, effect = found[k], found[k + 1]
            z = gap / errors[k] if errors[k] > 0 else np.nan
            rows.append(
                {
                    "term": factor,
                    "part": part,
                    "group": label,
                    "reference_group": setting.groups[0],
                    "estimate": gap,
                    "std_error": errors[k],
                    "statistic": z,
                    "p_value": 2 * norm.sf(abs(z)),
                    "conf_low": gap - half * errors[k],
                    "conf_high": gap + half * errors[k],
                    "effect": effect,
                    "effect_name": "d",
                    "effect_low": effect - half * errors[k + 1],
                    "effect_high": effect + half * errors[k + 1],
                }
            )
            k += 2
    return rows
