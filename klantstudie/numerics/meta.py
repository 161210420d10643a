"""Random-effects meta-analysis and meta-regression on arrays of effects and variances; on numpy and scipy.

References: DerSimonian and Laird (1986); Viechtbauer (2005, 2010); Paule and Mandel (1982); Knapp and Hartung
(2003); Higgins and Thompson (2002); Viechtbauer (2007) for the interval of tau2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from klantstudie.errors import ModelError, OptionError, option

METHODS = ("reml", "dl", "pm", "ml")


@dataclass(frozen=True)
class Fit:
    """A random-effects model: coefficients, their covariance, tau2 with interval, and heterogeneity of the
    residuals.

    `df` is the degrees of freedom of the t tests (infinite without Knapp-Hartung); `weights` sum to 1; `f`
    tests all coefficients but the first.
    """

    coef: np.ndarray
    cov: np.ndarray
    df: float
    tau2: float
    tau2_low: float
    tau2_high: float
    i_squared: float
    h_squared: float
    q: float
    q_df: int
    q_p: float
    weights: np.ndarray
    f: float = float("nan")
    f_p: float = float("nan")

    @property
    def se(self) -> np.ndarray:
        """Standard errors of the coefficients."""
        return np.sqrt(np.diag(self.cov))

    @property
    def statistic(self) -> np.ndarray:
        """Coefficients over their standard errors."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.se > 0, self.coef / self.se, np.nan)

    @property
    def p_value(self) -> np.ndarray:
        """Two-sided p values (t with Knapp-Hartung, else normal)."""
        return 2 * stats.t.sf(np.abs(self.statistic), self.df)

    def interval(self, conf_level: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of the confidence intervals."""
        width = stats.t.ppf((1 + conf_level) / 2, self.df) * self.se
        return self.coef - width, self.coef + width

    def prediction(self, conf_level: float) -> tuple[float, float]:
        """Return the interval for the true effect of a new study (of the first coefficient)."""
        width = stats.t.ppf((1 + conf_level) / 2, self.df) * np.sqrt(self.tau2 + self.cov[0, 0])
        return float(self.coef[0] - width), float(self.coef[0] + width)


def correction(df: np.ndarray) -> np.ndarray:
    """Return Hedges' exact small-sample correction J for standardised mean differences."""
    return np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / np.sqrt(df / 2)


def fit(
    y: np.ndarray,
    v: np.ndarray,
    x: np.ndarray | None = None,
    *,
    method: str = "reml",
    knapp_hartung: bool | str = True,
    conf_level: float = 0.95,
) -> Fit:
    """Fit y with known variances v on the columns of x (its ones included; ones alone when left out).

    With `knapp_hartung` "adhoc" the estimated scale is at least 1, so that errors are never below the normal ones.
    """
    option("method", method, METHODS)
    if knapp_hartung not in (True, False, "adhoc"):
        raise OptionError(f"knapp_hartung must be True, False or 'adhoc'; given: {knapp_hartung!r}")
    x = np.ones((len(y), 1)) if x is None else x
    k, p = x.shape
    if k - p < 1:
        raise ModelError(
            f"{k} studies cannot carry a model with {p} coefficients and a variance between studies"
        )
    if np.linalg.matrix_rank(x) < p:
        raise ModelError("a moderator is a combination of the others, or does not vary")
    shift = np.concatenate([[0.0], x[:, 1:].mean(0)])
    x = x - shift  # a moderator far from zero, such as a year, would cost the intercept its digits
    tau2 = {"dl": _dl, "pm": _pm}.get(method, _likelihood)(y, v, x, method)
    coef, bread, away = _weighted(y, v + tau2, x)
    weights = 1 / (v + tau2)
    df = float("inf")
    cov = bread
    if knapp_hartung:
        df = float(k - p)
        scale = float(weights @ away**2) / df
        if knapp_hartung == "adhoc":
            scale = max(scale, 1.0)
        elif scale < 1e-12:
            raise ModelError(
                "the effects lie exactly on the model, so that Knapp-Hartung has no scale to estimate; use "
                "knapp_hartung='adhoc' or False"
            )
        cov = bread * scale
    q = _q(0.0, y, v, x)
    low, high = _profile(y, v, x, conf_level)
    trace = _trace(1 / v, x)
    typical = (k - p) / trace
    f, f_p = float("nan"), float("nan")
    if p > 1:
        f = float(coef[1:] @ np.linalg.solve(cov[1:, 1:], coef[1:])) / (p - 1)
        f_p = float(stats.f.sf(f, p - 1, df)) if knapp_hartung else float(stats.chi2.sf(f * (p - 1), p - 1))
    undo = np.eye(p)
    undo[0] -= shift
    return Fit(
        undo @ coef,
        undo @ cov @ undo.T,
        df,
        tau2,
        low,
        high,
        tau2 / (tau2 + typical),
        (tau2 + typical) / typical,
        q,
        k - p,
        float(stats.chi2.sf(q, k - p)),
        weights / weights.sum(),
        f,
        f_p,
    )


def _weighted(y: np.ndarray, total: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    weights = 1 / total
    bread = np.linalg.inv(x.T @ (x * weights[:, None]))
    coef = bread @ (x.T @ (weights * y))
    return coef, bread, y - x @ coef


def _q(tau2: float, y: np.ndarray, v: np.ndarray, x: np.ndarray) -> float:
    _, _, away = _weighted(y, v + tau2, x)
    return float((away**2 / (v + tau2)).sum())


def _trace(weights: np.ndarray, x: np.ndarray) -> float:
    """Return the trace of W - W X (X'WX)^-1 X'W."""
    weighted = x * weights[:, None]
    return float(weights.sum() - np.trace(np.linalg.solve(x.T @ weighted, weighted.T @ weighted)))


def _dl(y: np.ndarray, v: np.ndarray, x: np.ndarray, _: str) -> float:
    return max(0.0, (_q(0.0, y, v, x) - (len(y) - x.shape[1])) / _trace(1 / v, x))


def _pm(y: np.ndarray, v: np.ndarray, x: np.ndarray, _: str) -> float:
    return _at(len(y) - x.shape[1], y, v, x)


def _at(target: float, y: np.ndarray, v: np.ndarray, x: np.ndarray) -> float:
    """Return the tau2 at which the weighted residual sum of squares equals a target; 0 when it is below at
    0.
    """
    if _q(0.0, y, v, x) <= target:
        return 0.0
    top = max(float(v.max()), float(np.var(y)), 1e-8)
    while _q(top, y, v, x) > target:
        top *= 4
        if top > 1e12:
            raise ModelError("the variance between studies has no upper end")
    return float(optimize.brentq(lambda t: _q(t, y, v, x) - target, 0.0, top, xtol=1e-15, rtol=1e-14))


def _profile(y: np.ndarray, v: np.ndarray, x: np.ndarray, conf_level: float) -> tuple[float, float]:
    df = len(y) - x.shape[1]
    low, high = stats.chi2.ppf([(1 - conf_level) / 2, (1 + conf_level) / 2], df)
    return _at(high, y, v, x), _at(low, y, v, x)


def _likelihood(y: np.ndarray, v: np.ndarray, x: np.ndarray, method: str) -> float:
    """Maximise the (restricted) likelihood: a grid finds the hill, the root of the score its top."""
    reml = method == "reml"

    def criterion(tau2: float) -> float:
        total = v + tau2
        _, bread, away = _weighted(y, total, x)
        value = np.log(total).sum() + (away**2 / total).sum()
        return float(value - np.linalg.slogdet(bread)[1] if reml else value)

    def slope(tau2: float) -> float:
        weights = 1 / (v + tau2)
        _, _, away = _weighted(y, v + tau2, x)
        spread = _trace(weights, x) if reml else weights.sum()
        return float(spread - (weights**2 * away**2).sum())

    top = 4 * max(float(np.var(y)), float(v.max()))
    grid = np.concatenate([[0.0], np.geomspace(1e-6 * top, top, 60)])
    best = int(np.argmin([criterion(value) for value in grid]))
    if best == 0 and slope(0.0) >= 0:
        return 0.0
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    if slope(low) >= 0:
        return float(low)
    return float(optimize.brentq(slope, low, high, xtol=1e-16, rtol=1e-14))


@dataclass(frozen=True)
class HunterSchmidt:
    """A psychometric meta-analysis of correlations: weighted mean, and observed and artefactual variance."""

    mean: float
    observed: float
    artefact: float
    std_error: float

    @property
    def sd(self) -> float:
        """Standard deviation of the true correlations."""
        return float(np.sqrt(max(self.observed - self.artefact, 0.0)))


def hunter_schmidt(r: np.ndarray, n: np.ndarray, attenuation: np.ndarray | None = None) -> HunterSchmidt:
    """Return bare bones (no attenuation factors) or individually corrected results.

    Sampling variance uses the mean uncorrected correlation; bare bones uses the mean sample size.
    """
    plain = float(n @ r / n.sum())
    if attenuation is None:
        observed = float(n @ (r - plain) ** 2 / n.sum())
        error = (1 - plain**2) ** 2 / (n.mean() - 1)
        return HunterSchmidt(plain, observed, float(error), float(np.sqrt(observed / len(r))))
    weights = n * attenuation**2
    corrected = r / attenuation
    mean = float(weights @ corrected / weights.sum())
    observed = float(weights @ (corrected - mean) ** 2 / weights.sum())
    error = float(weights @ ((1 - plain**2) ** 2 / (n - 1) / attenuation**2) / weights.sum())
    return HunterSchmidt(mean, observed, error, float(np.sqrt(observed / len(r))))


def _small_and_large(y: np.ndarray, v: np.ndarray) -> None:
    """Refuse studies that cannot tell whether small ones differ from large ones."""
    if len(y) < 3:
        raise ModelError(f"a test of small studies needs at least three studies; there are {len(y)}")
    if np.ptp(v) <= 1e-12 * v.max():
        raise ModelError("all studies have the same standard error: a small-study effect cannot be told")
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        raise ModelError(
            "all studies have the same effect: there is nothing that small studies could differ in"
        )


def egger(y: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return limit and slope of the regression of effects on standard errors, their covariance and df.

    Weighted by the inverse variances with a multiplicative dispersion, as Egger et al. (1997).
    """
    x = np.column_stack([np.ones(len(y)), np.sqrt(v)])
    _small_and_large(y, v)
    coef, bread, away = _weighted(y, v, x)
    df = float(len(y) - 2)
    return coef, bread * float((away**2 / v).sum()) / df, df


def begg(y: np.ndarray, v: np.ndarray) -> tuple[float, float]:
    """Return Kendall's tau of standardised effects and variances with its p value (Begg and Mazumdar
    1994).
    """
    _small_and_large(y, v)
    weights = 1 / v
    mean = float(weights @ y / weights.sum())
    standard = (y - mean) / np.sqrt(v - 1 / weights.sum())
    ties = len(np.unique(standard)) < len(y) or len(np.unique(v)) < len(v)
    found = stats.kendalltau(standard, v, method="asymptotic" if ties or len(y) > 49 else "exact")
    return float(found.statistic), float(found.pvalue)
