"""Importance against performance: where to improve, with the uncertainty of every point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.errors import InputError, OptionError, level, option, whole
from klantstudie.numerics import gaps as numerics
from klantstudie.numerics.importance import relative_weights
from klantstudie.numerics.resampling import case_covariances, percentile
from klantstudie.result import Result, build

DERIVED = {
    "correlation": "correlation with the outcome, Fisher z interval",
    "relative_weight": "share in the explained variance, percentile interval",
}
QUADRANTS = {
    (True, True): "keep_up",
    (True, False): "concentrate",
    (False, False): "low_priority",
    (False, True): "overkill",
}


def importance_performance(
    frame: pd.DataFrame,
    performance: Sequence[str],
    importance: Sequence[str] | None = None,
    *,
    outcome: str | None = None,
    derived: str = "correlation",
    crosshair: str | tuple[float, float] = "mean",
    importance_scale: tuple[float, float] | None = None,
    n_boot: int = 5000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Importance and performance per attribute with intervals, and the field of the matrix each one falls in.

    `importance` gives the stated importance (pairs `performance[i]` with `importance[i]`), `outcome` the
    derived one: the correlation of the attribute with the outcome, or its share in the explained variance
    (derived="relative_weight": Johnson's weights over the rows complete on all attributes, percentile
    intervals from resampled rows). One row per attribute and kind (part = stated or derived).
    The lines are the mean or median of the points ("mean", "median") or a given (importance, performance).
    A point is "supported" in its field when both its intervals stay on one side of the lines, else
    "inconclusive": sampling error of the lines themselves is not counted. Means have t intervals,
    correlations Fisher z; half axes and angle (degrees) describe the joint ellipse of a stated pair of means
    (Hotelling). `importance_scale` adds the share of importance answers at the top: a ceiling leaves little
    to rank. Missing answers are left out per attribute; each row carries its own n.
    Errors: unequal lists, neither importance nor outcome, an unknown crosshair, an attribute with fewer
    than four complete pairs, an attribute without variance or that follows from the others.

    References: Martilla and James (1977); Gustafsson and Johnson (2004) for stated and derived importance;
    Johnson (2000) for relative weights.
    """
    conf_level = level(conf_level)
    option("derived", derived, tuple(DERIVED))
    items = frames.names(performance, "performance")
    if importance is None and outcome is None:
        raise OptionError("give importance (stated), outcome (derived importance) or both")
    taken = frames.numeric(frame, items, "performance")
    used = pd.Series(False, index=taken.index)
    rows: list[dict] = []
    if importance is not None:
        found, kept = _stated(taken, frame, items, importance, importance_scale, conf_level)
        rows, used = rows + _placed(found, crosshair), used | kept
    if outcome is not None:
        boot = (whole("n_boot", n_boot, 100), whole("seed", seed))
        found, kept = _derived(taken, frame, items, outcome, derived, boot, conf_level)
        only = importance is None or isinstance(crosshair, str)
        rows, used = rows + _placed(found, crosshair if only else "mean"), used | kept
    return build(
        "gaps.importance_performance",
        rows,
        n_total=len(frame),
        n_used=int(used.sum()),
        missing="per attribute",
        method="means with t intervals" + (f"; derived importance: {DERIVED[derived]}" if outcome else ""),
        conf_level=conf_level,
        seed=seed if outcome and derived == "relative_weight" else None,
        reference="Martilla and James (1977); Gustafsson and Johnson (2004)"
        + ("; Johnson (2000)" if outcome and derived == "relative_weight" else ""),
        bounded=("importance@derived",),
        crosshair=crosshair if isinstance(crosshair, str) else tuple(crosshair),
    )


def _stated(
    taken: pd.DataFrame,
    frame: pd.DataFrame,
    items: list[str],
    importance: Sequence[str],
    scale: tuple[float, float] | None,
    conf_level: float,
) -> tuple[list[dict], pd.Series]:
    ratings = frames.names(importance, "importance")
    if len(ratings) != len(items):
        raise InputError(
            f"performance and importance must be pairs; given: {len(items)} and {len(ratings)} items"
        )
    rated = frames.numeric(frame, ratings, "importance")
    rows, used = [], pd.Series(False, index=taken.index)
    for item, rating in zip(items, ratings, strict=True):
        both = np.column_stack([rated[rating], taken[item]])
        keep = ~np.isnan(both).any(axis=1)
        _enough(item, keep)
        both, used = both[keep], used | keep
        n = len(both)
        cov = np.cov(both, rowvar=False) / n
        long, short, angle = numerics.ellipse(cov, n, conf_level)
        row = {"term": item, "part": "stated", "n": n}
        row |= _mean("importance", both[:, 0], conf_level) | _mean("performance", both[:, 1], conf_level)
        row |= {"ellipse_long": long, "ellipse_short": short, "ellipse_angle": float(np.degrees(angle))}
        if scale is not None:
            row["ceiling"] = float((both[:, 0] >= max(scale)).mean())
        rows.append(row)
    return rows, used


def _derived(
    taken: pd.DataFrame,
    frame: pd.DataFrame,
    items: list[str],
    outcome: str,
    kind: str,
    boot: tuple[int, int],
    conf_level: float,
) -> tuple[list[dict], pd.Series]:
    result = frames.numeric(frame, outcome, "outcome")[outcome]
    if outcome in items:
        raise InputError(f"outcome: '{outcome}' is one of the performance items")
    both = taken.assign(**{outcome: result})
    if kind == "relative_weight":
        return _weighed(both, items, outcome, boot, conf_level)
    rows, used = [], pd.Series(False, index=taken.index)
    for item in items:
        pair = both[[item, outcome]]
        keep = pair.notna().all(axis=1)
        _enough(item, keep.to_numpy())
        x, y = pair[keep].to_numpy().T
        _varied(x, y, item, outcome)
        used |= keep
        r = float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))
        z = np.arctanh(np.clip(r, -1 + 1e-15, 1 - 1e-15))
        reach = stats.norm.ppf((1 + conf_level) / 2) / np.sqrt(len(x) - 3)
        row = {"term": item, "part": "derived", "n": len(x)}
        row |= {"importance": r, "importance_low": np.tanh(z - reach), "importance_high": np.tanh(z + reach)}
        rows.append(row | _mean("performance", x, conf_level))
    return rows, used


def _weighed(
    both: pd.DataFrame, items: list[str], outcome: str, boot: tuple[int, int], conf_level: float
) -> tuple[list[dict], pd.Series]:
    """Return the rows with each attribute's share in the explained variance, over complete rows."""
    keep = both.notna().all(axis=1)
    if keep.sum() < len(items) + 3:
        raise InputError(
            f"outcome: {keep.sum()} rows are complete on all attributes; too few for their weights"
        )
    values = both[keep].to_numpy()
    for item, x in zip(items, values.T[:-1], strict=True):
        _varied(x, values[:, -1], item, outcome)
    weights = relative_weights(np.cov(values, rowvar=False))
    if np.isnan(weights).any():
        raise InputError(
            "performance: one attribute follows from the others; their weights cannot be told apart"
        )
    draws = relative_weights(case_covariances(values, boot[0], np.random.default_rng(boot[1])))
    low, high = percentile(draws / draws.sum(1, keepdims=True), conf_level)
    rows = [
        {"term": item, "part": "derived", "n": len(values), "importance": weights[i] / weights.sum()}
        | {"importance_low": low[i], "importance_high": high[i]}
        | _mean("performance", values[:, i], conf_level)
        for i, item in enumerate(items)
    ]
    return rows, keep


def _varied(x: np.ndarray, y: np.ndarray, item: str, outcome: str) -> None:
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise InputError(f"outcome: '{item}' or '{outcome}' has no variance, so no derived importance")


def _enough(item: str, keep: np.ndarray) -> None:
    if keep.sum() < 4:
        raise InputError(f"performance: '{item}' has {keep.sum()} complete pairs; at least 4 are needed")


def _mean(name: str, values: np.ndarray, conf_level: float) -> dict[str, float]:
    n = len(values)
    centre = float(values.mean())
    reach = stats.t.ppf((1 + conf_level) / 2, n - 1) * values.std(ddof=1) / np.sqrt(n)
    return {name: centre, f"{name}_low": centre - reach, f"{name}_high": centre + reach}


def _placed(rows: list[dict], crosshair: str | tuple[float, float]) -> list[dict]:
    """Return the rows with the lines, the field, and whether both intervals stay on one side."""
    centres = {"mean": np.mean, "median": np.median}
    if isinstance(crosshair, str):
        if crosshair not in centres:
            raise OptionError(f"crosshair must be 'mean', 'median' or two numbers; given: {crosshair!r}")
        lines = [
            float(centres[crosshair]([row[name] for row in rows])) for name in ("importance", "performance")
        ]
    else:
        lines = [float(line) for line in crosshair]
        if len(lines) != 2:
            raise OptionError(
                f"crosshair must be two numbers, (importance, performance); given: {crosshair!r}"
            )
    placed = []
    for row in rows:
        sides, certain = [], True
        for name, line in zip(("importance", "performance"), lines, strict=True):
            sides.append(row[name] >= line)
            certain &= not row[f"{name}_low"] <= line <= row[f"{name}_high"]
        placed.append(
            row
            | {"importance_line": lines[0], "performance_line": lines[1]}
            | {"quadrant": QUADRANTS[tuple(sides)], "decision": "supported" if certain else "inconclusive"}
        )
    return placed
