"""Fits a structural equation model in lavaan's syntax; stands on klantstudie.numerics.sem."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from klantstudie.analyses.sem._setting import Setting, prepare, sample_of
from klantstudie.errors import ModelError, level, whole
from klantstudie.moments import Moments
from klantstudie.numerics.sem import bootstrap
from klantstudie.numerics.sem.engine import Fit, measures
from klantstudie.numerics.sem.standard import derivative, estimates, everything
from klantstudie.result import Result, build

MOST_FAILED = 0.2  # share of bootstrap draws that may fail before the intervals are refused


def fit(
    data: pd.DataFrame | Moments,
    model: str,
    *,
    estimator: str = "ml",
    missing: str = "listwise",
    likelihood: str = "normal",
    group: str | None = None,
    equal: Sequence[str] = (),
    partial: Sequence[str] = (),
    conf_level: float = 0.95,
    n_boot: int = 0,
    seed: int = 1,
) -> Result:
    """Confirmatory factor analysis, path model or full structural equation model.

    `model` is a text in lavaan's syntax (`visual =~ x1 + x2`, `y ~ a*x`, `x1 ~~ x2`, `x1 ~1`, `x1 | t1`, `ab := a*b`);
    what it leaves out is added as lavaan's `sem()` does: first loadings 1, variances, covariances of the exogenous
    factors, exogenous observed variables as they are. `estimator`: "ml"; "mlr" (for answers that are not normal);
    "wlsmv" (all items are ordered categories). `missing`: "listwise" or "fiml" (uses every answer, given that what is
    missing depends on what was answered). `group`: one model a group, in the order of first appearance (or of the
    categories); `equal` holds "loadings", "intercepts", "residuals" and so on equal, except the parameters named in
    `partial`. `n_boot` > 0 gives percentile intervals from resampled cases (from a normal law with Moments), their
    standard deviation as standard error, and a p value that is never 0.

    One row a parameter: term as in the model (a defined parameter by its name), part loading, regression, covariance,
    variance, intercept, threshold, scale, r_squared or defined; estimate in the units of the variables; standardized
    with its own standard error from the delta method. Fixed parameters have no standard error. The fit indices follow
    lavaan 0.6-14; AIC and BIC count exogenous variables as given. Warnings (a negative variance) are in
    `info["warnings"]`.

    Errors: ModelError (names line and word of the model text; not identified; not converged; not positive definite;
    an empty category) with what to try; InputError; OptionError.
    References: Rosseel (2012); Jöreskog (1969); Yuan and Bentler (2000); Muthén, du Toit and Spisic (1997).
    """
    level(conf_level)
    whole("n_boot", n_boot)
    setting = prepare(
        data,
        model,
        estimator=estimator,
        missing=missing,
        likelihood=likelihood,
        group=group,
        equal=equal,
    )
    fitted = setting.fit(equal, partial)
    draws = draw(setting, fitted, n_boot, seed) if n_boot else None
    described = setting.described()
    more = {}
    if draws is not None:
        failed = int(np.isnan(draws[:, :1]).sum()) if draws.shape[1] else 0
        kind = "normal (parametric)" if setting.from_moments else "case"
        described["method"] += f"; {n_boot} {kind} bootstrap samples, percentile intervals"
        more = {"n_boot": n_boot, "n_boot_failed": failed}
    return build(
        "sem.fit",
        table_of(setting, fitted, conf_level, draws),
        **described,
        conf_level=conf_level,
        seed=seed if n_boot else None,
        fit=measures(fitted),
        bounded=["estimate@r_squared"],
        warnings=[*setting.notes, *fitted.warnings],
        model=model,
        **more,
    )


def draw(setting: Setting, fitted: Fit, n_boot: int, seed: int) -> np.ndarray:
    """Return bootstrap estimates of the free parameters; an error when too many draws fail."""
    rng = np.random.default_rng(seed)
    if setting.estimator != "wlsmv" and fitted.complete:
        draws = bootstrap.complete(fitted, n_boot, rng)
    else:
        names = setting.groups or [""]

        def again(values: np.ndarray, number: int):
            return sample_of(setting, values, names[number], saturated=False)

        draws = bootstrap.one_by_one(fitted, again, n_boot, rng)
    failed = float(np.isnan(draws).any(axis=1).mean()) if draws.size else 0.0
    if failed > MOST_FAILED:
        raise ModelError(
            f"{failed:.0%} of the bootstrap samples gave no solution, too many for an interval; the sample is small "
            "for this model. Use n_boot=0, join rare categories, or simplify the model"
        )
    return draws


def table_of(setting: Setting, fitted: Fit, conf_level: float, draws: np.ndarray | None = None) -> list[dict]:
    """Return one row a parameter: free, fixed, explained variance and defined ones."""
    problem, theta, table = fitted.problem, fitted.theta, fitted.table
    both = np.concatenate([everything(problem, theta, std=std) for std in (False, True)])

    def stacked(at: np.ndarray) -> np.ndarray:
        return np.concatenate([everything(problem, at, std=std) for std in (False, True)], axis=-1)

    slopes = derivative(stacked, theta)
    errors = np.sqrt(np.maximum(((slopes @ fitted.covariance) * slopes).sum(1), 0.0))
    errors[np.abs(slopes).max(axis=1, initial=0.0) < 1e-14] = np.nan
    size = len(both) // 2
    resampled = None
    if draws is not None:
        kept = draws[~np.isnan(draws).any(axis=1)]
        resampled = everything(problem, kept, std=False)
    rows = []
    terms = [(r.term, r.part, r.group, r) for r in table.rows]
    terms += [(name, "defined", -1, None) for name, _, _ in table.defined]
    for k, (term, part, group, row) in enumerate(terms):
        if part == "scale" and row.free < 0:
            continue
        tested = errors[k] if row is None or row.free >= 0 else np.nan
        label = setting.groups[group] if setting.groups and group >= 0 else ""
        rows.append(
            {
                "term": term,
                "part": part,
                "group": label,
                "estimate": both[k],
                **_tested(both[k], tested, conf_level, None if resampled is None else resampled[:, k]),
                "standardized": both[size + k],
                "standardized_error": errors[size + k],
            }
        )
    at = next((k for k, row in enumerate(rows) if row["part"] == "defined"), len(rows))
    return rows[:at] + explained(setting, fitted) + rows[at:]


def _tested(value: float, error: float, conf_level: float, draws: np.ndarray | None) -> dict[str, float]:
    """Return standard error, z, p and interval; all NaN for a parameter that is not estimated."""
    if not (np.isfinite(error) and error > 0):
        none = ("std_error", "statistic", "p_value", "conf_low", "conf_high")
        return dict.fromkeys(none, np.nan)
    if draws is None:
        z = value / error
        half = ndtri((1 + conf_level) / 2) * error
        low, high, p = value - half, value + half, 2 * ndtr(-abs(z))
    else:
        error = float(draws.std(ddof=1))
        z = value / error if error > 0 else np.nan
        tail = (1 - conf_level) / 2
        low, high = np.quantile(draws, [tail, 1 - tail])
        side = min((draws <= 0).sum(), (draws >= 0).sum())
        p = min(1.0, 2 * (1 + side) / (1 + draws.size))
    return {"std_error": error, "statistic": z, "p_value": p, "conf_low": low, "conf_high": high}


def explained(setting: Setting, fitted: Fit) -> list[dict]:
    """Return the explained variance of every endogenous variable: 1 - residual variance / total variance."""
    values, implied = estimates(fitted.problem, fitted.theta)
    table, rows = fitted.table, []
    for number, (group, found) in enumerate(zip(fitted.problem.model.groups, implied, strict=True)):
        spread = dict(zip(group.names, np.diag(found.all_cov), strict=True))
        label = setting.groups[number] if setting.groups else ""
        outcomes = {r.lhs for r in table.rows if r.op == "~"} | {r.rhs for r in table.rows if r.op == "=~"}
        for name in group.names:
            own = [
                k
                for k, r in enumerate(table.rows)
                if r.group == number and r.op == "~~" and r.lhs == r.rhs == name
            ]
            if name not in outcomes or not own or spread[name] <= 0:
                continue
            rows.append(
                {
                    "term": name,
                    "part": "r_squared",
                    "group": label,
                    "estimate": 1 - values[own[0]] / spread[name],
                }
            )
    return rows
