"""Moderation: the interaction of x and w, simple slopes at chosen values of w, and Johnson-Neyman regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.analyses._rows import tested
from klantstudie.errors import InputError, OptionError, level, option, whole
from klantstudie.numerics import regression
from klantstudie.result import Result, build

ERRORS = regression.CLASSIC + regression.HETEROSCEDASTIC
REFERENCE = "Aiken and West (1991); Bauer and Curran (2005); Hayes (2022), model 1"


def moderation(
    frame: pd.DataFrame,
    x: str,
    w: str,
    y: str,
    *,
    covariates: Sequence[str] = (),
    center: str = "mean",
    values: str | Sequence[float] = "sd",
    errors: str = "classic",
    conf_level: float = 0.95,
) -> Result:
    """Return the regression of y on x, w and their product, and the slope of x at chosen values of w.

    Part "coefficient": intercept, x, w, `x:w` and covariates; with `center="mean"` x and w are taken from
    their means, so that the slope of x holds at the mean of w ("none": at w = 0). Part "simple_slope": the
    slope of x where w has the value in the column `moderator`, always in w's own units: mean and one SD
    around it ("sd"), the 16th, 50th and 84th percentile ("quantiles"), or a list; both values when w has two.
    `errors` is "classic" or hc0 to hc3. fit: R2, and the change in R2, F and p of the product. Rows with a
    missing answer are left out.

    References: Aiken and West (1991); Hayes (2022), model 1.
    """
    option("center", center, ("mean", "none"))
    covariates = frames.names(covariates, "covariates") if len(covariates) else []
    model = _fit(frame, x, w, y, covariates, errors)
    conf_level = level(conf_level)
    shift = (model.x.mean(), model.w.mean()) if center == "mean" else (0.0, 0.0)
    fit = model.refit(*shift)
    rows = [
        _row(name, "coefficient", fit, unit, conf_level)
        for name, unit in zip(model.names, np.eye(len(model.names)), strict=True)
    ]
    plain = model.refit(0.0, 0.0)
    for label, value in chosen_values(model.w, values):
        rows.append(
            _row(x, "simple_slope", plain, model.slope_at(value), conf_level)
            | {"choice": label, "moderator": value}
        )
    without = regression.ols(np.delete(plain_design(model, 0.0, 0.0), 3, axis=1), model.y)
    change = fit.statistic[3] ** 2
    return build(
        "process.moderation",
        rows,
        n_total=len(frame),
        n_used=len(model.y),
        method=f"PROCESS model 1; linear regression, {errors} standard errors; centred: {center}",
        reference=REFERENCE,
        conf_level=conf_level,
        fit={
            "r_squared": fit.r_squared,
            "r_squared_change": fit.r_squared - without.r_squared,
            "f_change": change,
            "df2": fit.df_resid,
            "p_change": float(stats.f.sf(change, 1, fit.df_resid)),
        },
        process_model=1,
    )


def johnson_neyman(
    frame: pd.DataFrame,
    x: str,
    w: str,
    y: str,
    *,
    covariates: Sequence[str] = (),
    errors: str = "classic",
    points: int = 50,
    conf_level: float = 0.95,
) -> Result:
    """Return where on w the slope of x differs from zero: the bounds of the region and the slope along w.

    Part "bound": the values of w (column `moderator`) where the interval of the slope just touches zero, with
    the slope there and the share of cases below (numbered in `choice`); `note` says "outside" when no case
    has such a value. Part "curve": the slope, its interval and p at `points` values from the smallest to the
    largest w, to be drawn as a band. The band is pointwise: it does not correct for looking at many values.
    info["region"] tells in words where the slope is significant within the data. Rows with a missing answer
    are left out. Errors: w with two values.

    References: Johnson and Neyman (1936); Bauer and Curran (2005).
    """
    conf_level, points = level(conf_level), whole("points", points, 2)
    covariates = frames.names(covariates, "covariates") if len(covariates) else []
    model = _fit(frame, x, w, y, covariates, errors)
    if len(np.unique(model.w)) < 3:
        raise InputError(f"'{w}' has two values: use moderation, which gives the slope at both")
    fit = model.refit(0.0, 0.0)
    low, high = float(model.w.min()), float(model.w.max())
    bounds = _bounds(fit, conf_level)
    rows = [
        _row(x, "bound", fit, model.slope_at(value), conf_level)
        | {
            "choice": str(place),
            "moderator": value,
            "share": float((model.w < value).mean()),
            "note": "" if low <= value <= high else "outside",
        }
        for place, value in enumerate(bounds, 1)
    ]
    rows += [
        _row(x, "curve", fit, model.slope_at(value), conf_level) | {"choice": str(place), "moderator": value}
        for place, value in enumerate(np.linspace(low, high, points), 1)
    ]
    return build(
        "process.johnson_neyman",
        rows,
        n_total=len(frame),
        n_used=len(model.y),
        method=f"PROCESS model 1; linear regression, {errors} standard errors; pointwise regions",
        reference=REFERENCE,
        conf_level=conf_level,
        process_model=1,
        region=_region(model, fit, [value for value in bounds if low < value < high], conf_level),
    )


@dataclass(frozen=True)
class Model:
    """The columns of a moderation model, and how it is fitted after a shift of x and w."""

    x: np.ndarray
    w: np.ndarray
    y: np.ndarray
    covariates: np.ndarray
    errors: str
    names: tuple[str, ...]

    def refit(self, shift_x: float, shift_w: float) -> regression.Fit:
        """Fit with x and w counted from the given points."""
        return regression.ols(
            plain_design(self, shift_x, shift_w), self.y, errors=self.errors, names=self.names
        )

    def slope_at(self, value: float) -> np.ndarray:
        """Return the weights of the coefficients that make the slope of x at a value of w (w not shifted)."""
        weights = np.zeros(4 + self.covariates.shape[1])
        weights[1], weights[3] = 1.0, value
        return weights


def plain_design(model: Model, shift_x: float, shift_w: float) -> np.ndarray:
    """Return ones, x, w, their product and the covariates."""
    x, w = model.x - shift_x, model.w - shift_w
    return np.column_stack([np.ones(len(x)), x, w, x * w, model.covariates])


def chosen_values(w: np.ndarray, values: str | Sequence[float]) -> list[tuple[str, float]]:
    """Return label and value of w for every point at which an effect is shown."""
    two = np.unique(w)
    if isinstance(values, str):
        option("values", values, ("sd", "quantiles"))
        if len(two) == 2:
            return [("value", float(value)) for value in two]
        if values == "sd":
            mean, sd = float(w.mean()), float(w.std(ddof=1))
            return [("mean − 1 SD", mean - sd), ("mean", mean), ("mean + 1 SD", mean + sd)]
        found = np.quantile(w, [0.16, 0.50, 0.84])
        return [(f"P{p}", float(value)) for p, value in zip((16, 50, 84), found, strict=True)]
    try:
        found = [float(value) for value in values]
    except (TypeError, ValueError):
        found = []
    if not found or not np.isfinite(found).all():
        raise OptionError(f"values must be 'sd', 'quantiles' or a list of numbers; given: {values!r}")
    return [("value", value) for value in found]


def _fit(frame: pd.DataFrame, x: str, w: str, y: str, covariates: Sequence[str], errors: str) -> Model:
    option("errors", errors, ERRORS)
    columns = frames.names([x, w, y, *covariates], "x, w, y and covariates")
    kept, _ = frames.complete(frame, columns, at_least=5)
    constant = [name for name in columns if kept[name].nunique() == 1]
    if constant:
        raise InputError(f"no variance: {', '.join(constant)}")
    # Sorted, so that the order of the rows cannot change the last digits.
    table = kept.to_numpy(copy=True)
    table = table[np.lexsort(table.T[::-1])]
    names = ("intercept", x, w, f"{x}:{w}", *covariates)
    return Model(table[:, 0], table[:, 1], table[:, 2], table[:, 3:], errors, names)


def _row(term: str, part: str, fit: regression.Fit, weights: np.ndarray, conf_level: float) -> dict:
    named = {"term": term, "part": part, "choice": "", "moderator": np.nan}
    return named | tested(*fit.contrast(weights), conf_level)


def _bounds(fit: regression.Fit, conf_level: float) -> list[float]:
    """Solve (b1 + b3 w)^2 = t^2 var(b1 + b3 w) for w."""
    t2 = stats.t.ppf((1 + conf_level) / 2, fit.df_resid) ** 2
    b1, b3, cov = fit.coef[1], fit.coef[3], fit.cov
    square = b3**2 - t2 * cov[3, 3]
    linear = 2 * (b1 * b3 - t2 * cov[1, 3])
    plain = b1**2 - t2 * cov[1, 1]
    if square == 0:
        return [] if linear == 0 else [float(-plain / linear)]
    room = linear**2 - 4 * square * plain
    if room < 0:
        return []
    # The stable form of the quadratic formula: no difference of nearly equal numbers.
    q = -(linear + np.copysign(np.sqrt(room), linear)) / 2
    roots = [q / square, plain / q] if q != 0 else [0.0]
    return sorted(float(root) for root in roots)


def _region(model: Model, fit: regression.Fit, inside: list[float], conf_level: float) -> list[dict]:
    """Return the stretches of w within the data and whether the slope is significant in each."""
    ends = [float(model.w.min()), *inside, float(model.w.max())]
    found = []
    for start, stop in zip(ends, ends[1:], strict=False):
        row = _row("", "", fit, model.slope_at((start + stop) / 2), conf_level)
        found.append({"from": start, "to": stop, "significant": bool(row["p_value"] < 1 - conf_level)})
    return found
