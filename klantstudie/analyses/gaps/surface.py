"""Polynomial regression of an outcome on expectation and experience, and the test of the difference score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.errors import InputError, ModelError, OptionError, level, option, whole
from klantstudie.moments import Moments
from klantstudie.numerics import regression
from klantstudie.numerics import surface as numerics
from klantstudie.result import Result, build

ERRORS = ("classic", "hc3", "bootstrap")


@dataclass(frozen=True)
class _Fitted:
    """The quadratic model, the covariance of 1..y^2 and the outcome, and the draws of the coefficients if any."""

    fit: regression.Fit
    cov: np.ndarray
    n_total: int
    draws: np.ndarray | None = None
    ranges: tuple[tuple[float, float], tuple[float, float]] | None = None


def surface(
    data: pd.DataFrame | Moments,
    outcome: str,
    expectation: str | Sequence[str],
    perception: str | Sequence[str],
    *,
    center: float | None = None,
    errors: str = "classic",
    n_boot: int = 5000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Regress the outcome on expectation x, experience y, x^2, xy and y^2, and test what a gap score assumes.

    Several items are averaged. `center`, the middle of the scale, is taken off both (Moments come centred,
    with the columns x, y, "x^2", "x*y" and "y^2" under their own names). Part "coefficient" holds b0 to b5
    in outcome units; part "surface" a1, a2 (slope and curve where both are equal), a3, a4 (where they are
    opposed) and a5 (b3 - b5); part "axis" the stationary point x0, y0 and intercept and slope of the
    principal axes (p10, p11; p20, p21). `fit` compares R squared of the gap score, of both parts, and of
    the quadratic, with the F tests between them. Decision: "not_justified" when the constraints of the
    difference score (b1 = -b2, b3 = b4 = b5 = 0) are rejected; "justified" when they are not and the gap
    predicts the outcome; else "inconclusive". Errors are classic, "hc3", or "bootstrap" (percentile
    intervals; p never 0), F tests use the same covariance. Rows with a missing answer are left out and
    counted.
    Errors: no centre for a frame, a centre for Moments, predictors that are combinations of one another.

    References: Edwards and Parry (1993); Edwards (2002); Shanock et al. (2010).
    """
    conf_level = level(conf_level)
    option("errors", errors, ERRORS)
    if isinstance(data, Moments):
        fitted = _from_moments(data, outcome, expectation, perception, center, errors)
    else:
        boot = (whole("n_boot", n_boot, 100), whole("seed", seed)) if errors == "bootstrap" else None
        fitted = _from_frame(data, outcome, expectation, perception, center, errors, boot)
    rows, failed = _rows(fitted, conf_level)
    numbers = _numbers(fitted)
    extra = {"center": center, "ranges": fitted.ranges, "n_failed": failed}
    return build(
        "gaps.surface",
        rows,
        n_total=fitted.n_total,
        n_used=fitted.fit.n,
        method=f"polynomial regression, {errors} standard errors, "
        + ("moments as given" if center is None else f"both centred at {center:g}"),
        conf_level=conf_level,
        seed=seed if errors == "bootstrap" else None,
        reference="Edwards and Parry (1993); Edwards (2002); Shanock et al. (2010)",
        decision=_decision(numbers, fitted, conf_level),
        fit=numbers,
        **{name: value for name, value in extra.items() if value is not None},
    )


def _from_moments(
    data: Moments, outcome: str, expectation: object, perception: object, center: float | None, errors: str
) -> _Fitted:
    if center is not None:
        raise OptionError("center: moments cannot be centred again; give moments of centred scores")
    if errors != "classic":
        raise OptionError(f"errors='{errors}' needs the answers; from moments only 'classic' is possible")
    if not (isinstance(expectation, str) and isinstance(perception, str)):
        raise InputError("from moments, expectation and perception are one column each")
    x, y = expectation, perception
    known = data.select([x, y, f"{x}^2", f"{x}*{y}", f"{y}^2", outcome])
    cov = known.cov
    fit = regression.from_cov(cov[:5, :5], cov[:5, 5], cov[5, 5], known.n, known.mean[:5], known.mean[5])
    return _Fitted(fit, cov, known.n)


def _from_frame(
    frame: pd.DataFrame,
    outcome: str,
    expectation: str | Sequence[str],
    perception: str | Sequence[str],
    center: float | None,
    errors: str,
    boot: tuple[int, int] | None,
) -> _Fitted:
    if center is None:
        raise OptionError(
            "center: give the middle of the scale (4 on a scale of 1 to 7), or 0 to leave it be"
        )
    before, after = frames.names(expectation, "expectation"), frames.names(perception, "perception")
    frames.require(frame, outcome, "outcome")
    frames.require(frame, before, "expectation")
    columns = [outcome, *before, *after]
    kept, n_total = frames.complete(frame, columns, "outcome, expectation and perception", at_least=7)
    x, y = (kept[items].mean(axis=1).to_numpy() - center for items in (before, after))
    z = kept[outcome].to_numpy()
    frames.varied(z, outcome, "outcome")
    plan = numerics.design(x, y)
    if regression.dependent(plan):
        raise ModelError("expectation and perception (and their squares) are combinations of one another")
    fit = regression.ols(plan, z, errors="hc3" if errors == "hc3" else "classic")
    draws = None
    if boot is not None:
        draws = numerics.resampled(plan, z, boot[0], np.random.default_rng(boot[1]))
        sound = draws[~np.isnan(draws).any(axis=1)]
        if len(sound) < 0.9 * len(draws):
            raise ModelError(
                f"{len(draws) - len(sound)} of {len(draws)} resamples have no solution; too few cases"
            )
        fit = replace(fit, cov=np.cov(sound, rowvar=False))
    cov = np.cov(np.column_stack([plan[:, 1:], z]), rowvar=False)
    ranges = tuple((float(values.min()), float(values.max())) for values in (x, y))
    return _Fitted(fit, cov, n_total, draws, ranges)


def _rows(fitted: _Fitted, conf_level: float) -> tuple[list[dict], int | None]:
    b, cov = fitted.fit.coef, fitted.fit.cov
    lines = numerics.LINES
    estimate = np.concatenate([b, lines @ b, numerics.axes(b)[0]])
    error = np.concatenate(
        [fitted.fit.se, np.sqrt(np.diag(lines @ cov @ lines.T)), numerics.axes_errors(b, cov)]
    )
    df = fitted.fit.df_resid
    names = [("coefficient", f"b{i}") for i in range(6)] + [("surface", f"a{i}") for i in range(1, 6)]
    names += [("axis", name) for name in numerics.AXES]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = estimate / error
    if fitted.draws is None:
        reach = stats.t.ppf((1 + conf_level) / 2, df) * error
        low, high, p, failed = estimate - reach, estimate + reach, 2 * stats.t.sf(np.abs(t), df), None
    else:
        draws = fitted.draws[~np.isnan(fitted.draws).any(axis=1)]
        failed = len(fitted.draws) - len(draws)
        every = np.column_stack([draws, draws @ lines.T, numerics.axes(draws)])
        low, high = np.nanquantile(every, [(1 - conf_level) / 2, (1 + conf_level) / 2], axis=0)
        side = np.minimum((every <= 0).sum(0), (every >= 0).sum(0))
        p = np.minimum(2 * (side + 1) / (len(every) + 1), 1.0)
        # Ratios of draws have no variance to speak of; the axes keep their percentile interval alone.
        error = np.concatenate([error[:11], np.full(len(numerics.AXES), np.nan)])
        t = np.full_like(t, np.nan)
    axis = np.array([part == "axis" for part, _ in names])
    # A point or an axis at zero is no hypothesis anyone holds: those rows have an interval and no test.
    t, p = np.where(axis, np.nan, t), np.where(axis, np.nan, p)
    rows = [
        {"term": name, "part": part, "estimate": estimate[i], "std_error": error[i], "statistic": t[i]}
        | {
            "statistic_name": "" if np.isnan(t[i]) else "t",
            "df": np.nan if np.isnan(t[i]) else df,
            "p_value": p[i],
        }
        | {"conf_low": low[i], "conf_high": high[i]}
        for i, (part, name) in enumerate(names)
    ]
    return rows, failed


def _numbers(fitted: _Fitted) -> dict[str, float]:
    f_gap, _, _, p_gap = fitted.fit.wald(numerics.GAP)
    f_quadratic, _, _, p_quadratic = fitted.fit.wald(numerics.QUADRATIC)
    cov = fitted.cov
    linear = float(np.linalg.solve(cov[:2, :2], cov[:2, 5]) @ cov[:2, 5]) / cov[5, 5]
    return {
        "r_squared": fitted.fit.r_squared,
        "r_squared_gap": _gap_slope(fitted)[1],
        "r_squared_linear": linear,
        "f_gap": f_gap,
        "p_gap": p_gap,
        "f_quadratic": f_quadratic,
        "p_quadratic": p_quadratic,
        "df": fitted.fit.df_resid,
    }


def _gap_slope(fitted: _Fitted) -> tuple[float, float]:
    """Return slope and R squared of the outcome on experience minus expectation."""
    cov = fitted.cov
    spread = cov[0, 0] + cov[1, 1] - 2 * cov[0, 1]
    along = cov[1, 5] - cov[0, 5]
    if spread <= 1e-12 * (cov[0, 0] + cov[1, 1]):
        return np.nan, np.nan
    return float(along / spread), float(along**2 / spread / cov[5, 5])


def _decision(numbers: dict[str, float], fitted: _Fitted, conf_level: float) -> str:
    if numbers["p_gap"] < 1 - conf_level:
        return "not_justified"
    r_squared, df = numbers["r_squared_gap"], fitted.fit.n - 2
    p_slope = stats.f.sf(r_squared * df / (1 - r_squared), 1, df) if r_squared < 1 else 0.0
    return "justified" if p_slope < 1 - conf_level else "inconclusive"
