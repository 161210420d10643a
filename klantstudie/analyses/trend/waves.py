"""Means per wave and the slope over time, linear or in pieces, with a test of equivalence to no change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.analyses._rows import tested
from klantstudie.analyses.trend.rows import WORDS, chosen_errors, coefficient
from klantstudie.errors import InputError, OptionError, level
from klantstudie.numerics import panel, regression
from klantstudie.numerics.equivalence import decide, two_one_sided
from klantstudie.result import Result, build


def waves(
    frame: pd.DataFrame,
    outcome: str,
    wave: str,
    *,
    weights: str | None = None,
    unit: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Return the mean of an outcome at every wave and its change from the wave before.

    Part "wave": n, missing answers, mean with its t interval, and SD; with `weights` the weighted mean and
    the linearised standard error of survey samples. Part "change": the difference from the wave in
    `reference_group`, by Welch's test of separate samples, or, when `unit` names who answered, by the paired
    test of those who answered both times (weights are then not used for the change). A wave without any
    answer keeps its row, empty, with the note "no_answers". Waves are ordered by number or by name. Errors:
    no answers at all, one unit twice in a wave.

    References: Welch (1947); Lumley (2010) for weighted means.
    """
    conf_level = level(conf_level)
    columns = [outcome, *([weights] if weights else [])]
    values = frames.numeric(frame, columns, "outcome and weights")
    label = frames.labels(frame, wave, "wave")
    who = frames.labels(frame, unit, "unit") if unit else None
    order = frames.ordered_labels(label)
    weighed = values[weights] if weights else pd.Series(1.0, index=values.index)
    if (weighed < 0).any():
        raise InputError(f"weights: '{weights}' holds negative values")
    answered = values[outcome].notna() & weighed.notna() & label.notna()
    if who is not None:
        answered &= who.notna()
    if not answered.any():
        raise InputError(f"no row has an answer on '{outcome}' and a wave in '{wave}'")
    rows, parts = [], {}
    for name in order:
        inside = (label == name).fillna(False)
        here = inside & answered
        y, w = values.loc[here, outcome].to_numpy(), weighed[here].to_numpy()
        parts[name] = (y, w, here)
        rows.append(
            {
                "term": outcome,
                "part": "wave",
                "wave": name,
                "n": len(y),
                "n_missing": int(inside.sum()) - len(y),
            }
            | _mean(y, w, weights is not None, conf_level)
        )
    for before, after in zip(order, order[1:], strict=False):
        row = {"term": outcome, "part": "change", "wave": after, "reference_group": before}
        if who is None:
            rows.append(row | _welch(parts[before], parts[after], weights is not None, conf_level))
        else:
            rows.append(row | _paired(parts[before], parts[after], who, conf_level))
    return build(
        "trend.waves",
        rows,
        n_total=len(frame),
        n_used=int(answered.sum()),
        method=("weighted means; " if weights else "means; ")
        + ("change paired by unit" if unit else "change between samples (Welch)"),
        reference="Welch (1947)" + ("; Lumley (2010)" if weights else ""),
        conf_level=conf_level,
        missing="per wave",
    )


def slope(
    frame: pd.DataFrame,
    outcome: str,
    time: str,
    *,
    bounds: float | Sequence[float] | None = None,
    breaks: Sequence[float] = (),
    weights: str | None = None,
    unit: str | None = None,
    cluster: str | None = None,
    errors: str = "auto",
    conf_level: float = 0.95,
) -> Result:
    """Return how fast an outcome changes per unit of time, and whether that is as good as no change.

    Part "slope": one row, or with `breaks` (moments where the line may bend) one per piece, named by its
    ends, and part "bend": the difference between neighbouring pieces. With `bounds`, the largest slope that
    still counts as no change (a number b for -b to b, or two numbers), part "equivalence" holds two one-sided
    tests per piece: the larger p, and the interval of level 1 - 2 (1 - conf_level); `decision` is
    "equivalent" (within the bounds and not different from zero), "negligible" (different from zero but
    within), "different" or "inconclusive". A slope that is not significant is no proof of standstill; only
    "equivalent" is. With `unit`, who answered more than once, everyone has a level of their own and only change
    within units counts: who drops out or comes in no longer moves the line; R2 is then within units. `errors`
    "auto" is cr2 with a cluster (the units when left out) and hc3 without. Weights enter as sampling weights.
    Rows with a missing answer are left out. info["decision"] is that of the last piece. Errors: one moment
    only, a break outside the time observed, weights or hc errors with unit, nobody who answered twice.

    References: Schuirmann (1987); Lakens (2017); Pustejovsky and Tipton (2018).
    """
    conf_level = level(conf_level)
    cluster = cluster or unit
    kind = chosen_errors(errors, cluster is not None)
    if unit and (weights or kind.startswith("hc")):
        raise OptionError("unit goes with clustered or classic errors and without weights")
    limits = _limits(bounds)
    values = frames.numeric(
        frame, [outcome, time, *([weights] if weights else [])], "outcome, time and weights"
    )
    label = {name: frames.labels(frame, name, "unit and cluster") for name in (unit, cluster) if name}
    kept = values.notna().all(axis=1)
    for one in label.values():
        kept &= one.notna()
    values, label = values[kept], {name: one[kept].to_numpy(dtype=str) for name, one in label.items()}
    _enough(values, outcome, time, weights)
    moment = values[time].to_numpy()
    ends = _pieces(moment, breaks, time)
    # Each piece has its own column, the time spent in it so far: the coefficients are the slopes.
    columns = [np.clip(moment, low, high) - low for low, high in zip(ends, ends[1:], strict=False)]
    design, y = np.column_stack([np.ones(len(moment)), *columns]), values[outcome].to_numpy()
    names = _names(ends, time, len(columns))
    first, absorbed = 1, 0
    if unit:
        design, y, absorbed = _own_levels(design[:, 1:], y, label[unit])
        first = 0
    fit = regression.ols(
        design,
        y,
        errors=kind,
        cluster=label.get(cluster),
        weights=values[weights].to_numpy() if weights else None,
        absorbed=absorbed,
        names=["intercept", *names][1 - first :],
    )
    rows = [
        {"term": name, "part": "slope"} | coefficient(fit, place, conf_level)
        for place, name in enumerate(names, first)
    ]
    for place in range(first, first + len(names) - 1):
        contrast = np.zeros(len(fit.coef))
        contrast[place], contrast[place + 1] = -1.0, 1.0
        estimate, error, df = fit.contrast(contrast)
        bend = f"{ends[place + 1 - first]:g}"
        rows.append({"term": bend, "part": "bend"} | tested(estimate, error, df, conf_level))
    decision = None
    if limits is not None:
        for place, name in enumerate(names, first):
            row, decision = _equivalence(fit, place, limits, conf_level)
            rows.append({"term": name, "part": "equivalence"} | row)
    return build(
        "trend.slope",
        rows,
        n_total=len(frame),
        n_used=len(values),
        method=f"{'piecewise ' if breaks else ''}linear trend; {'change within units; ' if unit else ''}{WORDS[kind]}"
        + ("" if limits is None else f"; equivalence by the {100 * (2 * conf_level - 1):.4g}% interval"),
        reference="Schuirmann (1987); Lakens (2017)",
        conf_level=conf_level,
        decision=decision,
        fit={"r_squared": fit.r_squared},
        equivalence_bounds=limits,
        **({} if limits is None else {"conf_level_equivalence": 2 * conf_level - 1}),
    )


def _mean(y: np.ndarray, w: np.ndarray, weighted: bool, conf_level: float) -> dict[str, float | str]:
    if not len(y) or w.sum() <= 0:
        return {"mean": np.nan, "sd": np.nan, "note": "no_answers"}
    mean = float(w @ y / w.sum())
    if len(y) < 2:
        return {"mean": mean, "estimate": mean, "sd": np.nan, "note": "one_answer"}
    sd = float(np.sqrt(w @ (y - mean) ** 2 / w.sum() * len(y) / (len(y) - 1)))
    if weighted:
        error = float(np.sqrt(((w * (y - mean)) ** 2).sum() * len(y) / (len(y) - 1)) / w.sum())
    else:
        error = sd / np.sqrt(len(y))
    width = stats.t.ppf((1 + conf_level) / 2, len(y) - 1) * error
    return {
        "mean": mean,
        "estimate": mean,
        "sd": sd,
        "std_error": error,
        "conf_low": mean - width,
        "conf_high": mean + width,
    }


Part = tuple[np.ndarray, np.ndarray, pd.Series]


def _welch(before: Part, after: Part, weighted: bool, conf_level: float) -> dict[str, float | str]:
    found = [_mean(part[0], part[1], weighted, conf_level) for part in (before, after)]
    sizes = [len(before[0]), len(after[0])]
    if not all("std_error" in row for row in found):
        return {"n": sum(sizes), "note": "one_answer" if min(sizes) == 1 else "no_answers"}
    squares = [float(row["std_error"]) ** 2 for row in found]
    total = sum(squares)
    df = total**2 / sum(s**2 / (n - 1) for s, n in zip(squares, sizes, strict=True)) if total else np.nan
    difference = float(found[1]["mean"]) - float(found[0]["mean"])
    return {"n": sum(sizes)} | tested(difference, float(np.sqrt(total)), df, conf_level)


def _paired(before: Part, after: Part, who: pd.Series, conf_level: float) -> dict[str, float | str]:
    sides = []
    for part in (before, after):
        names = who[part[2]]
        if names.duplicated().any():
            raise InputError(f"unit '{names[names.duplicated()].iloc[0]}' answers more than once in one wave")
        sides.append(pd.Series(part[0], index=names.to_numpy(dtype=object)))
    both = pd.concat(sides, axis=1, join="inner").to_numpy(dtype=float)
    if len(both) < 2:
        return {"n": len(both), "note": "one_answer" if len(both) else "no_answers"}
    away = np.sort(both[:, 1] - both[:, 0])
    error = float(away.std(ddof=1) / np.sqrt(len(away)))
    return {"n": len(away)} | tested(float(away.mean()), error, len(away) - 1, conf_level)


def _own_levels(design: np.ndarray, y: np.ndarray, unit: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Return design and outcome less the means of every unit, and how many units there are."""
    codes, count = regression.codes(unit)
    design = panel.demean(design, codes)
    if np.abs(design).max() < 1e-12:
        raise InputError("unit: nobody answered at two moments, so there is no change within units")
    return design, panel.demean(y, codes), count


def _enough(values: pd.DataFrame, outcome: str, time: str, weights: str | None) -> None:
    if weights and ((values[weights] < 0).any() or not values[weights].any()):
        raise InputError(f"weights: '{weights}' holds negative values, or no value above zero")
    if values[time].nunique() < 2:
        raise InputError(f"'{time}' has {values[time].nunique()} moment(s) with answers: a slope needs two")
    if values[outcome].nunique() < 2:
        raise InputError(f"'{outcome}' is the same in every row: there is no change to test")


def _limits(bounds: float | Sequence[float] | None) -> tuple[float, float] | None:
    if bounds is None:
        return None
    try:
        low, high = (-abs(float(bounds)), abs(float(bounds))) if np.isscalar(bounds) else map(float, bounds)
    except (TypeError, ValueError):
        raise OptionError(f"bounds must be a number or two numbers (low, high); given: {bounds!r}") from None
    if not low < 0 < high:
        raise OptionError(f"bounds must lie on either side of zero; given: {low:g} and {high:g}")
    return low, high


def _pieces(moment: np.ndarray, breaks: Sequence[float], time: str) -> list[float]:
    low, high = float(moment.min()), float(moment.max())
    inner = sorted(float(value) for value in breaks)
    wrong = [value for value in inner if not low < value < high]
    if wrong:
        raise OptionError(
            f"breaks must lie between {low:g} and {high:g}, the range of '{time}'; given: {wrong[0]:g}"
        )
    return [low, *inner, high]


def _names(ends: list[float], time: str, count: int) -> list[str]:
    if count == 1:
        return [time]
    return [f"{time} {low:g}–{high:g}" for low, high in zip(ends, ends[1:], strict=False)]


def _equivalence(
    fit: regression.Fit, place: int, limits: tuple[float, float], conf_level: float
) -> tuple[dict[str, float | str], str]:
    estimate, error, df = float(fit.coef[place]), float(fit.se[place]), float(fit.df[place])
    alpha = 1 - conf_level
    if error <= 1e-12 * abs(estimate):
        raise InputError("the points lie exactly on a line: there is nothing to test")
    above, p_above, below, p_below = two_one_sided(estimate, error, df, *limits)
    p_value, statistic = max((p_above, above), (p_below, below))
    width = stats.t.ppf(1 - alpha, df) * error
    decision = decide(float(2 * stats.t.sf(abs(estimate / error), df)), p_value, alpha)
    row = {
        "estimate": estimate,
        "std_error": error,
        "statistic": statistic,
        "statistic_name": "t",
        "df": df,
        "p_value": p_value,
        "conf_low": estimate - width,
        "conf_high": estimate + width,
        "decision": decision,
    }
    return row, decision
