"""Chance-corrected agreement between coders, with missing codes and weights, on plain arrays; on numpy.

Standard errors take the coded units as the sample and the coders as fixed. For Krippendorff's alpha with
ordinal codes the distances depend on the codes' frequencies; its standard error holds those distances as they
are.

References: Gwet (2008, 2014); Krippendorff (2011); Fleiss (1971); Conger (1980); Brennan and Prediger (1981).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from klantstudie.errors import InputError

INTERVALS = ("log", "t")


@dataclass(frozen=True)
class Coefficient:
    """A coefficient, its standard error, observed and expected agreement, and the units it rests on."""

    name: str
    estimate: float
    std_error: float
    observed: float
    expected: float
    n: int


def interval(one: Coefficient, kind: str, conf_level: float) -> tuple[float, float]:
    """Return the interval of a coefficient: t on the log of 1 - estimate, or plain; none where nobody disagrees."""
    left = 1 - one.estimate
    if not (one.std_error > 0 and left > 1e-12):
        return np.nan, np.nan
    width = float(stats.t.ppf((1 + conf_level) / 2, one.n - 1)) * one.std_error
    if kind == "t":
        return one.estimate - width, min(one.estimate + width, 1.0)
    return 1 - left * float(np.exp(width / left)), 1 - left * float(np.exp(-width / left))


def weights(values: np.ndarray, level: str) -> np.ndarray:
    """Return agreement weights between the categories: identity, ordinal (Gwet) or quadratic."""
    size = len(values)
    if level == "nominal":
        return np.eye(size)
    if level == "ordinal":
        gap = np.abs(np.subtract.outer(np.arange(size), np.arange(size))) + 1.0
        pairs = gap * (gap - 1) / 2
        return 1 - pairs / pairs.max()
    gap = np.subtract.outer(values, values) ** 2
    return 1 - gap / gap.max()


def krippendorff_weights(values: np.ndarray, counts: np.ndarray, level: str) -> np.ndarray:
    """Return 1 - distance / largest distance for Krippendorff's metrics; `counts` are of the pairable
    codes.
    """
    if level == "nominal":
        return np.eye(len(values))
    if level == "interval":
        return weights(values, level)
    middle = np.cumsum(counts) - counts / 2
    gap = np.subtract.outer(middle, middle) ** 2
    return 1 - gap / gap.max()


def coefficients(table: np.ndarray, values: np.ndarray, level: str) -> list[Coefficient]:
    """Return six coefficients for a units-by-coders table of category positions (-1 where a code is missing).

    `values` are the numbers behind the categories (their order for ordinal codes). In order: percent
    agreement, Brennan-Prediger, Gwet's AC1 (AC2 when weighted), Fleiss' kappa, Conger's kappa, Krippendorff's
    alpha.
    """
    size = len(values)
    table = table[(table >= 0).any(1)]
    counts = np.stack([(table == k).sum(1) for k in range(size)], axis=1).astype(float)
    per_unit = counts.sum(1)
    if (per_unit >= 2).sum() < 2:
        raise InputError("at least two units must be coded by two coders or more")
    if size < 2:
        raise InputError("all codes are the same category: agreement beyond chance does not exist")
    grid = weights(values, level)
    pair = _Observed(counts, grid)
    share = counts / per_unit[:, None]
    found = [_percent(pair)]
    found.append(_coefficient("brennan_prediger", pair, grid.sum() / size**2, None))
    marginal = share.mean(0)
    factor = grid.sum() / (size * (size - 1))
    gwet = "gwet_ac1" if level == "nominal" else "gwet_ac2"
    found.append(
        _coefficient(gwet, pair, factor * float(marginal @ (1 - marginal)), factor * share @ (1 - marginal))
    )
    found.append(_coefficient("fleiss", pair, float(marginal @ grid @ marginal), share @ (grid @ marginal)))
    found.append(_coefficient("conger", pair, *_conger(table, size, grid)))
    found.append(_krippendorff(counts, values, level))
    return found


class _Observed:
    """Observed agreement overall and per unit."""

    def __init__(self, counts: np.ndarray, grid: np.ndarray):
        per_unit = counts.sum(1)
        self.n = len(counts)
        self.paired = per_unit >= 2
        agreeing = (counts * (counts @ grid - 1)).sum(1)
        below = np.where(self.paired, per_unit * (per_unit - 1), 1.0)
        self.each = np.where(self.paired, agreeing / below, 0.0)
        self.mean = float(self.each.sum() / self.paired.sum())


def _percent(pair: _Observed) -> Coefficient:
    each = pair.each * pair.n / pair.paired.sum()
    error = float(np.sqrt(((each - pair.mean) ** 2).sum() / (pair.n * (pair.n - 1))))
    return Coefficient("percent", pair.mean, error, pair.mean, np.nan, pair.n)


def _coefficient(name: str, pair: _Observed, chance: float, each_chance: np.ndarray | None) -> Coefficient:
    if 1 - chance < 1e-12:
        return Coefficient(name, np.nan, np.nan, pair.mean, chance, pair.n)
    value = (pair.mean - chance) / (1 - chance)
    each = pair.n / pair.paired.sum() * (pair.each - chance * pair.paired) / (1 - chance)
    if each_chance is not None:
        each = each - 2 * (1 - value) * (each_chance - chance) / (1 - chance)
    error = float(np.sqrt(((each - value) ** 2).sum() / (pair.n * (pair.n - 1))))
    return Coefficient(name, value, error, pair.mean, chance, pair.n)


def _conger(table: np.ndarray, size: int, grid: np.ndarray) -> tuple[float, np.ndarray]:
    n, coders = table.shape
    coded = (table >= 0).astype(float)
    number = coded.sum(0)
    if (number == 0).any():
        raise InputError("a coder has no code at all")
    is_category = np.stack([(table == k).astype(float) for k in range(size)], axis=2)  # n, coders, size
    marginal = is_category.sum(0) / number[:, None]
    mean = marginal.mean(0)
    spread = (marginal.T @ marginal - coders * np.outer(mean, mean)) / (coders - 1)
    chance = float((grid * (np.outer(mean, mean) - spread / coders)).sum())
    # The influence of each unit on the chance agreement, with the coder's own number of codes estimated.
    presence = coded - number / n
    away = (is_category - presence[:, :, None] * marginal[None]) * (n / number)[None, :, None]
    weighted = away @ grid
    each = (weighted * (coders * mean[None] - marginal)[None]).sum((1, 2)) / (coders * (coders - 1))
    return chance, each


def _krippendorff(counts: np.ndarray, values: np.ndarray, level: str) -> Coefficient:
    counts = counts[counts.sum(1) >= 2]
    n, per_unit = len(counts), counts.sum(1)
    mean = per_unit.mean()
    small = 1 / per_unit.sum()
    grid = krippendorff_weights(values, counts.sum(0), level)
    agreeing = (counts * (counts @ grid - 1)).sum(1)
    plain = float((agreeing / (mean * (per_unit - 1))).mean())
    observed = (1 - small) * plain + small
    marginal = (counts / mean).mean(0)
    chance = float(marginal @ grid @ marginal)
    if 1 - chance < 1e-12:
        return Coefficient("krippendorff", np.nan, np.nan, observed, chance, n)
    value, raw = (observed - chance) / (1 - chance), (plain - chance) / (1 - chance)
    surplus = (per_unit - mean) / mean
    each = (agreeing / (mean * (per_unit - 1)) - plain * surplus - chance) / (1 - chance)
    each_chance = counts @ (grid @ marginal) / mean - chance * surplus
    each = each - 2 * (1 - raw) * (each_chance - chance) / (1 - chance)
    error = float(np.sqrt(((each - raw) ** 2).sum() / (n * (n - 1))))
    return Coefficient("krippendorff", value, error, observed, chance, n)
