"""Ordinary and weighted least squares in closed form, with classic, robust and clustered errors; on numpy.

Every room that needs a linear model comes here. The design `x` holds its own column of ones. Covariances:
hc0 to hc3 (White 1980; MacKinnon and White 1985); cr0; cr1 = cr0 times G / (G - 1); cr1s = cr1 times
(n - 1) / (n - k), which is what Stata and statsmodels print; cr2 with Satterthwaite degrees of freedom, meant
for few clusters.

References: Bell and McCaffrey (2002); Pustejovsky and Tipton (2018), with independent errors as
the working model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from klantstudie.errors import InputError, ModelError, option

CLASSIC = ("classic",)
HETEROSCEDASTIC = ("hc0", "hc1", "hc2", "hc3")
CLUSTERED = ("cr0", "cr1", "cr1s", "cr2")
COVARIANCES = CLASSIC + HETEROSCEDASTIC + CLUSTERED
RANK = 1e-16  # a column with a smaller share (of its square) outside the others is a combination of them
FLAT = 1e-10  # the smallest eigenvalue of printed correlations that still counts as more than rounding


@dataclass(frozen=True)
class Fit:
    """A fitted linear model: coefficients (k), their covariance (k by k) and degrees of freedom (k).

    `df` is n - k for classic and hc errors, G - 1 for cr0, cr1 and cr1s, Satterthwaite's (one each) for cr2.
    `bread` is (X'WX)^-1. `residuals` and `fitted` are on the scale of y (empty when fitted from moments).
    `parts` holds, for cr2, what the degrees of freedom of any other contrast need.
    """

    coef: np.ndarray
    cov: np.ndarray
    df: np.ndarray
    df_resid: float
    sigma2: float
    r_squared: float
    n: int
    bread: np.ndarray
    residuals: np.ndarray
    fitted: np.ndarray
    n_clusters: int = 0
    parts: tuple[np.ndarray, ...] = ()

    @property
    def se(self) -> np.ndarray:
        """Standard errors of the coefficients."""
        return np.sqrt(np.maximum(np.diag(self.cov), 0.0))

    @property
    def statistic(self) -> np.ndarray:
        """Coefficients over their standard errors (NaN where the error is zero)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.se > 0, self.coef / self.se, np.nan)

    @property
    def p_value(self) -> np.ndarray:
        """Two-sided p values from the t distribution."""
        return 2 * stats.t.sf(np.abs(self.statistic), self.df)

    @property
    def r_squared_adjusted(self) -> float:
        """Explained variance adjusted for the number of predictors."""
        return 1 - (1 - self.r_squared) * (self.n - 1) / self.df_resid

    def interval(self, conf_level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        """Return the lower and upper ends of the confidence intervals of the coefficients."""
        width = stats.t.ppf((1 + conf_level) / 2, self.df) * self.se
        return self.coef - width, self.coef + width

    def contrast(self, weights: np.ndarray) -> tuple[float, float, float]:
        """Return estimate, standard error and degrees of freedom of a weighted sum of the coefficients."""
        weights = np.asarray(weights, dtype=float)
        estimate = float(weights @ self.coef)
        error = float(np.sqrt(max(weights @ self.cov @ weights, 0.0)))
        return (
            estimate,
            error,
            satterthwaite(self, weights) if self.parts else float(self.df[0]),
        )

    def wald(
        self, hypotheses: np.ndarray, values: np.ndarray | float = 0.0
    ) -> tuple[float, int, float, float]:
        """Test that the rows of `hypotheses` times the coefficients equal `values`: F, df, df2 and p."""
        rows = np.atleast_2d(np.asarray(hypotheses, dtype=float))
        away = rows @ self.coef - values
        spread = rows @ self.cov @ rows.T
        q = np.linalg.matrix_rank(spread)
        if q < len(rows):
            raise ModelError(
                f"the {len(rows)} hypotheses cannot be tested together: their covariance has rank {q}"
            )
        f = float(away @ np.linalg.solve(spread, away)) / q
        df2 = float(self.df.min()) if self.n_clusters else float(self.df_resid)
        return f, int(q), df2, float(stats.f.sf(f, q, df2))


def ols(
    x: np.ndarray,
    y: np.ndarray,
    *,
    errors: str = "classic",
    cluster: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    absorbed: int = 0,
    names: Sequence[str] = (),
) -> Fit:
    """Fit y on the columns of x (n by k, its own ones included) by (weighted) least squares.

    `errors` is one of COVARIANCES; the cr ones need `cluster`, n labels of any kind. `weights` are relative
    inverse variances. `absorbed` counts parameters removed beforehand (unit means); they cost degrees of
    freedom. `names` of the columns are for the error when one is a combination of those before it.
    """
    option("errors", errors, COVARIANCES)
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    n, k = x.shape
    root = np.ones(n) if weights is None else np.sqrt(np.asarray(weights, dtype=float))
    xw, yw = x * root[:, None], y * root
    if n - k - absorbed < 1:
        raise ModelError(f"{n} cases cannot carry a model with {k + absorbed} coefficients")
    combined = dependent(xw)
    if combined:
        told = ", ".join(names[place] for place in combined) if names else f"columns {combined} of the design"
        raise ModelError(f"constant, or a combination of the columns before it: {told}")
    q, r = np.linalg.qr(xw)
    inverse = np.linalg.inv(r)
    bread = inverse @ inverse.T
    coef = inverse @ (q.T @ yw)
    fitted = x @ coef
    residuals = y - fitted
    away = residuals * root
    df_resid = float(n - k - absorbed)
    sigma2 = float(away @ away) / df_resid
    cov, df, groups, parts = _covariance(errors, xw, away, bread, q, sigma2, df_resid, cluster, root)
    return Fit(
        coef,
        cov,
        df,
        df_resid,
        sigma2,
        _explained(y, residuals, root, x),
        n,
        bread,
        residuals,
        fitted,
        groups,
        parts,
    )


def from_cov(
    cov_x: np.ndarray,
    cov_xy: np.ndarray,
    var_y: float,
    n: int,
    mean_x: np.ndarray,
    mean_y: float,
) -> Fit:
    """Fit by least squares from printed moments (divisor n - 1); the intercept is the first coefficient."""
    cov_x, cov_xy = (
        np.atleast_2d(np.asarray(cov_x, dtype=float)),
        np.asarray(cov_xy, dtype=float),
    )
    mean_x = np.asarray(mean_x, dtype=float)
    k = len(cov_xy) + 1
    df_resid = float(n - k)
    if df_resid < 1:
        raise ModelError(f"{n} cases cannot carry a model with {k} coefficients")
    spread = np.sqrt(np.diag(cov_x))
    if (spread == 0).any() or np.linalg.eigvalsh(cov_x / np.outer(spread, spread)).min() < FLAT:
        raise ModelError(
            "the covariance matrix of the predictors is singular: one is a combination of the others"
        )
    inner = np.linalg.inv(cov_x)
    slopes = inner @ cov_xy
    explained = float(slopes @ cov_xy)
    sigma2 = max(var_y - explained, 0.0) * (n - 1) / df_resid  # rounding can take a perfect fit below zero
    bread = np.empty((k, k))
    bread[1:, 1:] = inner / (n - 1)
    bread[0, 1:] = bread[1:, 0] = -bread[1:, 1:] @ mean_x
    bread[0, 0] = 1 / n + mean_x @ bread[1:, 1:] @ mean_x
    coef = np.concatenate([[mean_y - slopes @ mean_x], slopes])
    none = np.empty(0)
    return Fit(
        coef,
        sigma2 * bread,
        np.full(k, df_resid),
        df_resid,
        sigma2,
        explained / var_y,
        int(n),
        bread,
        none,
        none,
    )


def dependent(x: np.ndarray) -> list[int]:
    """Return the positions of columns that are combinations of columns before them."""
    scale = np.linalg.norm(x, axis=0)
    scaled = x / np.where(scale > 0, scale, 1.0)
    left: list[np.ndarray] = []
    found = []
    for place, column in enumerate(scaled.T):
        basis = np.array(left).T if left else np.empty((len(column), 0))
        for _ in range(2):
            column = column - basis @ (basis.T @ column)
        size = np.linalg.norm(column)
        if size < np.sqrt(RANK):
            found.append(place)
        else:
            left.append(column / size)
    return found


def satterthwaite(fit: Fit, weights: np.ndarray) -> float:
    """Return the degrees of freedom of a contrast under cr2 errors (Bell and McCaffrey 2002)."""
    sizes, sums, weighted, squares = fit.parts  # see _cr2
    lengths = np.einsum("i,gij,j->g", weights, sizes, weights)
    a, b = sums @ weights, weighted @ weights
    bread = fit.bread
    middle = np.block([[-bread @ squares @ bread, bread], [bread, np.zeros_like(bread)]])
    return freedom(lengths, np.column_stack([a, b]), middle)


def freedom(lengths: np.ndarray, sides: np.ndarray, middle: np.ndarray) -> float:
    """Return tr(P)^2 / tr(PP) for P = diag(lengths) - sides middle sides', without making P (clusters by
    clusters).
    """
    turned = sides @ middle
    own = (turned * sides).sum(1)
    inner = middle @ (sides.T @ sides)
    total = (lengths**2).sum() - 2 * lengths @ own + np.trace(inner @ inner)
    return float((lengths.sum() - own.sum()) ** 2 / total)


def codes(labels: Sequence[object] | np.ndarray) -> tuple[np.ndarray, int]:
    """Return whole numbers from 0 for the labels, and how many labels there are."""
    found, numbers = np.unique(np.asarray(labels), return_inverse=True)
    return numbers.ravel(), len(found)


def _explained(y: np.ndarray, residuals: np.ndarray, root: np.ndarray, x: np.ndarray) -> float:
    weight = root**2
    ones = np.ones(len(y))
    # Without an intercept in its span the model is compared with zero, as R and statsmodels do.
    gap = ones - x @ np.linalg.lstsq(x, ones, rcond=None)[0]
    center = np.average(y, weights=weight) if np.abs(gap).max() < 1e-8 else 0.0
    total = float(weight @ (y - center) ** 2)
    return 1 - float(weight @ residuals**2) / total if total > 0 else float("nan")


def _covariance(
    errors: str,
    x: np.ndarray,
    away: np.ndarray,
    bread: np.ndarray,
    q: np.ndarray,
    sigma2: float,
    df_resid: float,
    cluster: np.ndarray | None,
    root: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, int, tuple[np.ndarray, ...]]:
    n, k = x.shape
    if errors == "classic":
        return sigma2 * bread, np.full(k, df_resid), 0, ()
    if errors in HETEROSCEDASTIC:
        leverage = np.minimum((q**2).sum(1), 1 - 1e-12)
        factor = {
            "hc0": np.ones(n),
            "hc1": np.full(n, n / df_resid),
            "hc2": 1 / (1 - leverage),
            "hc3": 1 / (1 - leverage) ** 2,
        }[errors]
        scores = x * (away * np.sqrt(factor))[:, None]
        return bread @ (scores.T @ scores) @ bread, np.full(k, df_resid), 0, ()
    if cluster is None:
        raise InputError(f"errors='{errors}' needs the cluster of every case")
    numbers, count = codes(cluster)
    if count < 2:
        raise InputError(f"cluster-robust errors need at least two clusters; the data have {count}")
    if errors == "cr2":
        return _cr2(x, away, bread, numbers, count, root)
    sums = np.zeros((count, k))
    np.add.at(sums, numbers, x * away[:, None])
    factor = {
        "cr0": 1.0,
        "cr1": count / (count - 1),
        "cr1s": count / (count - 1) * (n - 1) / df_resid,
    }[errors]
    return factor * bread @ (sums.T @ sums) @ bread, np.full(k, count - 1.0), count, ()


def _cr2(
    x: np.ndarray, away: np.ndarray, bread: np.ndarray, numbers: np.ndarray, count: int, root: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int, tuple[np.ndarray, ...]]:
    """Return the cr2 covariance; x and away come multiplied by root, the square root of the weights.

    The working model is independent errors of equal variance, whatever the weights. The parts kept per
    cluster are, with P = A W X bread: P'P, X'P and X'WP; and X'WWX of all.
    """
    k = x.shape[1]
    plain, weight = x / root[:, None], root**2
    scored = plain * weight[:, None]
    squares = scored.T @ scored
    inner = np.block([[bread @ squares @ bread, -bread], [-bread, np.zeros((k, k))]])
    order = np.argsort(numbers, kind="stable")
    ends = np.searchsorted(numbers[order], np.arange(count + 1))
    meat = np.zeros((k, k))
    sizes, sums, weighted = (np.empty((count, k, k)) for _ in range(3))
    lengths = np.diff(ends)
    for length in np.unique(lengths):
        # Clusters of one size go together, in one batch of small matrices.
        which = np.flatnonzero(lengths == length)
        rows = order[ends[which][:, None] + np.arange(length)]
        xg, wg = plain[rows], scored[rows]
        # Residuals in the cluster have covariance I + Q C Q', so its inverse root is I + Q (f(C) - I) Q'.
        basis, upper = np.linalg.qr(np.concatenate([xg, wg], axis=2))
        values, vectors = np.linalg.eigh(upper @ inner @ upper.swapaxes(1, 2))
        room = 1 + values
        factor = np.where(room > 1e-10, 1 / np.sqrt(np.maximum(room, 1e-10)), 0.0)
        turned = basis @ vectors
        adjusted = wg + turned @ ((factor - 1)[:, :, None] * (turned.swapaxes(1, 2) @ wg))
        score = np.einsum("gnk,gn->gk", adjusted, (away / root)[rows])
        meat += score.T @ score
        ready = adjusted @ bread
        sizes[which] = ready.swapaxes(1, 2) @ ready
        sums[which], weighted[which] = xg.swapaxes(1, 2) @ ready, wg.swapaxes(1, 2) @ ready
    cov = bread @ meat @ bread
    parts = (sizes, sums, weighted, squares)
    shell = Fit(np.empty(k), cov, np.empty(k), 0.0, 0.0, 0.0, len(x), bread, away, away, count, parts)
    df = np.array([satterthwaite(shell, unit) for unit in np.eye(k)])
    return cov, df, count, parts
