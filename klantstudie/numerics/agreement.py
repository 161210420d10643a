"""Agreement within groups and intraclass correlations on plain arrays; on numpy and scipy's F distribution.

References: James, Demaree and Wolf (1984); Lindell, Brandt and Whitney (1999); Brown and Hauenstein (2005);
Burke, Finkelstein and Dusig (1999); Shrout and Fleiss (1979); Bliese (2000); Searle, Casella and McCulloch
(1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from klantstudie.errors import InputError, ModelError

NULLS = ("uniform", "slight", "moderate", "heavy", "triangular", "normal")
# Expected variance of random answers, by number of answer options: as in the R package WGA and in Stata's ira 0.1.0,
# which cite LeBreton and Senter (2008).
NULL_VARIANCE = {
    5: (2.00, 1.34, 0.90, 0.44, 1.32, 1.04),
    6: (2.92, 1.85, 1.26, 0.69, 1.45, 1.25),
    7: (4.00, 2.90, 2.14, 1.39, 2.10, 1.40),
    8: (5.25, 3.47, 2.79, 2.35, 2.81, 1.73),
    9: (6.67, 5.66, 4.73, 3.16, 3.00, 1.58),
    10: (8.25, 6.30, 5.09, 3.46, 2.89, 1.45),
    11: (10.00, 7.31, 6.32, 4.02, 3.32, 1.40),
}


@dataclass(frozen=True)
class Oneway:
    """A one-way random-effects analysis of variance: mean squares, sizes and F."""

    ms_between: float
    ms_within: float
    df_between: int
    df_within: int
    mean_size: float
    k0: float
    harmonic: float

    @property
    def f(self) -> float:
        """The ratio of the mean squares."""
        return self.ms_between / self.ms_within if self.ms_within > 0 else np.inf

    @property
    def p_value(self) -> float:
        """The p value of that ratio."""
        return float(stats.f.sf(self.f, self.df_between, self.df_within))


def null_variance(null: str, options: int) -> float | None:
    """Return the expected variance of random answers; None where none was published for so many options."""
    if null == "uniform":
        return (options**2 - 1) / 12
    row = NULL_VARIANCE.get(options)
    return row[NULLS.index(null)] if row else None


def rwg(answers: np.ndarray, null: float) -> float:
    """Return 1 - variance / null variance for one item of one group (before truncation)."""
    return 1 - float(np.var(answers, ddof=1)) / null


def rwg_j(answers: np.ndarray, null: float) -> float:
    """Return rwg(j) of James et al. for the items (columns) of one group, before truncation."""
    share = float(np.var(answers, axis=0, ddof=1).mean()) / null
    items = answers.shape[1]
    below = items * (1 - share) + share
    return items * (1 - share) / below if below != 0 else np.nan


def rwg_j_lindell(answers: np.ndarray, null: float) -> float:
    """Return r*wg(j) of Lindell et al.: 1 - mean item variance / null variance; negative values stand."""
    return 1 - float(np.var(answers, axis=0, ddof=1).mean()) / null


def awg(answers: np.ndarray, low: float, high: float) -> tuple[float, np.ndarray]:
    """Return awg averaged over the items that allow it, and which items those are.

    An item is left out when its mean lies so near an end of the scale that the maximum variance is not
    attainable: below (low (k - 1) + high) / k or above (high (k - 1) + low) / k, unless all answers stand at
    that end (awg 1).
    """
    k = len(answers)
    mean, variance = answers.mean(0), answers.var(0, ddof=1)
    at_end = (mean == low) | (mean == high)
    inside = (mean >= (low * (k - 1) + high) / k) & (mean <= (high * (k - 1) + low) / k)
    possible = ((high + low) * mean - mean**2 - high * low) * k / (k - 1)
    values = np.where(at_end, 1.0, 1 - 2 * variance / np.where(at_end, 1.0, possible))
    used = at_end | inside
    return (float(values[used].mean()) if used.any() else np.nan), used


def average_deviation(answers: np.ndarray, around: str) -> float:
    """Return the mean absolute deviation from the mean or median of each item, averaged over the items."""
    center = answers.mean(0) if around == "mean" else np.median(answers, axis=0)
    return float(np.abs(answers - center).mean(0).mean())


def oneway(values: np.ndarray, group: np.ndarray) -> Oneway:
    """Return the one-way analysis of variance of values by whole-number group codes from 0."""
    sizes = np.bincount(group).astype(float)
    count, total = len(sizes), float(len(values))
    if count < 2:
        raise InputError(f"at least two groups are needed; the data have {count}")
    if total <= count:
        raise InputError("every group holds one case: the variance within groups is unknown")
    means = np.bincount(group, values) / sizes
    within = float(((values - means[group]) ** 2).sum()) / (total - count)
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (count - 1)
    if between <= 0 and within <= 0:
        raise InputError("all values are equal: there is no variance to divide")
    k0 = (total - (sizes**2).sum() / total) / (count - 1)
    harmonic = count / (1 / sizes).sum()
    return Oneway(between, within, count - 1, int(total) - count, total / count, float(k0), float(harmonic))


def icc_from_f(f: float, size: float) -> tuple[float, float]:
    """Return ICC(1) and ICC(2) for a ratio of mean squares and a group size."""
    if np.isinf(f):
        return 1.0, 1.0
    return (f - 1) / (f + size - 1), (1 - 1 / f if f > 0 else -np.inf)


def icc_anova(table: Oneway, size: float, conf_level: float) -> np.ndarray:
    """Return ICC(1) and ICC(2), each with the ends of its F interval, as a 2 by 3 array."""
    tail = (1 + conf_level) / 2
    low = table.f / stats.f.ppf(tail, table.df_between, table.df_within)
    high = table.f * stats.f.ppf(tail, table.df_within, table.df_between)
    return np.array([icc_from_f(f, size) for f in (table.f, low, high)]).T


@dataclass(frozen=True)
class RandomIntercept:
    """A one-way random-intercept model by (restricted) maximum likelihood."""

    mean: float
    between: float
    within: float
    criterion: float
    ratio: float


def random_intercept(values: np.ndarray, group: np.ndarray, *, reml: bool = True) -> RandomIntercept:
    """Fit a mean, a variance between and a variance within groups; the ratio of the variances is profiled."""
    parts = _Profile(values, group, reml)
    ratio = parts.best()
    mean, spread = parts.at(ratio)
    within = spread / parts.freedom
    return RandomIntercept(mean, ratio * within, within, parts.criterion(ratio), ratio)


def icc_profile(
    values: np.ndarray, group: np.ndarray, size: float, conf_level: float, *, reml: bool = True
) -> np.ndarray:
    """Return ICC(1) and ICC(2) by likelihood, each with its profile-likelihood interval, as a 2 by 3
    array.
    """
    parts = _Profile(values, group, reml)
    ratio = parts.best()
    bound = parts.criterion(ratio) + stats.chi2.ppf(conf_level, 1)

    def beyond(value: float) -> float:
        return parts.criterion(value) - bound

    low = optimize.brentq(beyond, 0.0, ratio, xtol=1e-14) if ratio > 0 and beyond(0.0) > 0 else 0.0
    top = max(2 * ratio, 1.0)
    while beyond(top) < 0:
        top *= 4
        if top > 1e12:
            raise ModelError("the interval of the ICC has no upper end")
    high = optimize.brentq(beyond, ratio, top, xtol=1e-14)
    ratios = np.array([ratio, low, high])
    return np.array([ratios / (1 + ratios), ratios * size / (1 + ratios * size)])


class _Profile:
    """The profile (restricted) likelihood of the ratio of the variance between to that within groups."""

    def __init__(self, values: np.ndarray, group: np.ndarray, reml: bool):
        self.sizes = np.bincount(group).astype(float)
        if len(self.sizes) < 2:
            raise InputError(f"at least two groups are needed; the data have {len(self.sizes)}")
        self.means = np.bincount(group, values) / self.sizes
        self.within = float(((values - self.means[group]) ** 2).sum())
        if self.within <= 1e-12 * float(((values - values.mean()) ** 2).sum()):
            raise ModelError("no variance within groups: the likelihood has no maximum")
        self.freedom = len(values) - (1 if reml else 0)
        self.reml = reml

    def at(self, ratio: float) -> tuple[float, float]:
        weights = self.sizes / (1 + self.sizes * ratio)
        mean = float(weights @ self.means / weights.sum())
        return mean, self.within + float(weights @ (self.means - mean) ** 2)

    def criterion(self, ratio: float) -> float:
        """Minus twice the log-likelihood."""
        weights = self.sizes / (1 + self.sizes * ratio)
        _, spread = self.at(ratio)
        value = self.freedom * (1 + np.log(2 * np.pi * spread / self.freedom))
        value += np.log1p(self.sizes * ratio).sum()
        return float(value + (np.log(weights.sum()) if self.reml else 0.0))

    def slope(self, ratio: float) -> float:
        weights = self.sizes / (1 + self.sizes * ratio)
        mean, spread = self.at(ratio)
        value = -self.freedom * float(weights**2 @ (self.means - mean) ** 2) / spread + weights.sum()
        return float(value - ((weights**2).sum() / weights.sum() if self.reml else 0.0))

    def best(self) -> float:
        if self.slope(0.0) >= 0:
            return 0.0
        top = 1.0
        while self.slope(top) < 0:
            top *= 4
        return float(optimize.brentq(self.slope, 0.0, top, xtol=1e-15))


def shrout_fleiss(ratings: np.ndarray, conf_level: float) -> list[dict[str, float]]:
    """Return the six ICC forms for a complete targets-by-raters table: estimate, F, df, df2, p, low and
    high.
    """
    n, k = ratings.shape
    if n < 2 or k < 2:
        raise InputError(f"at least two targets and two raters are needed; complete are {n} and {k}")
    rows, columns = ratings.mean(1), ratings.mean(0)
    total = ratings - ratings.mean()
    between = k * float(((rows - ratings.mean()) ** 2).sum()) / (n - 1)
    judges = n * float(((columns - ratings.mean()) ** 2).sum()) / (k - 1)
    rest = total - (rows - ratings.mean())[:, None] - (columns - ratings.mean())[None, :]
    error = float((rest**2).sum()) / ((n - 1) * (k - 1))
    within = float(((ratings - rows[:, None]) ** 2).sum()) / (n * (k - 1))
    if between <= 0 and within <= 0:
        raise InputError("all ratings are equal: an intraclass correlation does not exist")
    tail = (1 + conf_level) / 2
    f1, df1 = _ratio(between, within), (n - 1, n * (k - 1))
    f3, df3 = _ratio(between, error), (n - 1, (n - 1) * (k - 1))
    one = _consistent(f1, *df1, k, tail)
    three = _consistent(f3, *df3, k, tail)
    two = _agreement(n, k, between, judges, error, tail)
    forms = []
    for single, f, df in ((one, f1, df1), (two, f3, df3), (three, f3, df3)):
        forms.append(_form(single, f, df))
    for single, f, df in ((one, f1, df1), (two, f3, df3), (three, f3, df3)):
        forms.append(_form([_step_up(value, k) for value in single], f, df))
    return forms


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else np.inf


def _form(values: list[float], f: float, df: tuple[int, int]) -> dict[str, float]:
    return {
        "estimate": values[0],
        "conf_low": values[1],
        "conf_high": values[2],
        "statistic": f,
        "df": df[0],
        "df2": df[1],
        "p_value": float(stats.f.sf(f, *df)),
    }


def _step_up(value: float, k: int) -> float:
    # At -1 / (k - 1) and below the reliability of a mean has no value.
    below = 1 + value * (k - 1)
    return value * k / below if below > 1e-12 else np.nan


def _consistent(f: float, df: int, df2: int, k: int, tail: float) -> list[float]:
    ends = (f, f / stats.f.ppf(tail, df, df2), f * stats.f.ppf(tail, df2, df))
    return [float((end - 1) / (end + k - 1)) if np.isfinite(end) else 1.0 for end in ends]


def _agreement(n: int, k: int, between: float, judges: float, error: float, tail: float) -> list[float]:
    icc = (between - error) / (between + (k - 1) * error + k * (judges - error) / n)
    ratio = _ratio(judges, error)
    if not np.isfinite(ratio):
        return [float(icc), np.nan, np.nan]
    inner = n * (1 + (k - 1) * icc) - k * icc
    df = (k - 1) * (n - 1) * (k * icc * ratio + inner) ** 2
    df /= (n - 1) * k**2 * icc**2 * ratio**2 + inner**2
    up, down = stats.f.ppf(tail, n - 1, df), stats.f.ppf(tail, df, n - 1)
    rest = k * judges + (k * n - k - n) * error
    if not np.isfinite([up, down]).all() or max(up, down) > 1e100:
        return [float(icc), np.nan, np.nan]
    low = n * (between - up * error) / (up * rest + n * between)
    high = n * (down * between - error) / (rest + n * down * between)
    return [float(icc), float(low), float(high)]


def kendall(ratings: np.ndarray) -> tuple[float, float, int, float, np.ndarray, float]:
    """Return Kendall's W corrected for ties, chi-square, df, p, the mean ranks and the mean Spearman
    correlation.

    Rows are judges, columns the objects they rank or rate.
    """
    judges, objects = ratings.shape
    if judges < 2 or objects < 2:
        raise InputError(f"at least two judges and two objects are needed; given are {judges} and {objects}")
    ranks = stats.rankdata(ratings, axis=1)
    spread = float(((ranks.sum(0) - judges * (objects + 1) / 2) ** 2).sum())
    ties = 0.0
    for row in ranks:
        counts = np.unique(row, return_counts=True)[1].astype(float)
        ties += float((counts**3 - counts).sum())
    below = judges**2 * (objects**3 - objects) - judges * ties
    if below <= 0:
        raise InputError("every judge gives all objects the same mark: there is no ranking to compare")
    w = 12 * spread / below
    chisq = judges * (objects - 1) * w
    centered = ranks - ranks.mean(1, keepdims=True)
    size = np.sqrt((centered**2).sum(1))
    with np.errstate(invalid="ignore", divide="ignore"):
        corr = centered @ centered.T / np.outer(size, size)
    pairs = corr[np.triu_indices(judges, 1)]
    mean_r = float(np.nanmean(pairs)) if np.isfinite(pairs).any() else np.nan
    return w, chisq, objects - 1, float(stats.chi2.sf(chisq, objects - 1)), ranks.mean(0), mean_r
