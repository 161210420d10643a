"""Printed numbers: what a rounded mean, standard deviation or statistic can have been; arithmetic only.

GRIM (Brown and Heathers, 2017): a mean of whole answers is a whole sum divided by n. GRIMMER (Anaya, 2016, in the
analytic form of Allard, 2018): the sum of squares must be whole too, and as odd or even as the sum.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from klantstudie.errors import InputError

SLACK = 1e-9  # binary fractions: 0.285 * 200 is not exactly 57
CORNERS = 12  # up to this many rounded inputs all corners of the box are tried


def read(text: str | float, digits: int | None = None) -> tuple[float, float]:
    """Return a printed number and half a unit of its last digit; "3,40" and "3.40" both have two decimals."""
    if not isinstance(text, str):
        if digits is None:
            raise InputError(f"{text!r}: give the number as it was printed, such as '3.40', or say digits=2")
        return float(text), 0.5 * 10.0**-digits
    clean = text.strip().replace("−", "-").replace("–", "-")
    if not re.fullmatch(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)", clean):
        raise InputError(f"'{text}' is not a printed number such as '3.40' or '3,40'")
    clean = clean.replace(",", ".")
    printed = len(clean.split(".")[1]) if "." in clean else 0
    return float(clean), 0.5 * 10.0 ** -(printed if digits is None else digits)


def possible_sums(mean: float, half: float, cells: int) -> range:
    """Return the whole sums of `cells` whole answers whose mean rounds to the printed one (empty: impossible)."""
    low = math.ceil((mean - half) * cells - SLACK)
    high = math.floor((mean + half) * cells + SLACK)
    return range(low, high + 1)


def possible_spread(mean: float, sd: float, halves: tuple[float, float], n: int, items: int) -> bool:
    """Say whether whole answers exist with this printed mean and standard deviation (GRIMMER)."""
    low, high = (max(sd + side * halves[1], 0.0) * items for side in (-1, 1))
    for total in possible_sums(mean, halves[0], n * items):
        squares_low = math.ceil((n - 1) * low**2 + total**2 / n - SLACK * max(1, total**2))
        squares_high = math.floor((n - 1) * high**2 + total**2 / n + SLACK * max(1, total**2))
        # x² is odd exactly when x is odd, so the sum of squares shares its parity with the sum
        if any(
            (squares - total) % 2 == 0
            for squares in range(squares_low, min(squares_high, squares_low + 1) + 1)
        ):
            return True
    return False


def spread_limits(mean: float, n: int, low: float, high: float) -> tuple[float, float]:
    """Return the smallest and largest standard deviation of n whole answers between low and high with this mean."""
    share = mean - math.floor(mean)
    smallest = math.sqrt(max(n * share * (1 - share), 0.0) / (n - 1))
    return smallest, math.sqrt(n / (n - 1) * max((mean - low) * (high - mean), 0.0))


def box_range(
    function: Callable[[np.ndarray], float],
    centre: Sequence[float],
    halves: Sequence[float],
    seed: int,
) -> tuple[float, float]:
    """Return the smallest and largest value that a function of rounded numbers can have had.

    Up to twelve rounded inputs all corners of their box are tried (exact where the function is monotone in each
    input), with more 4,096 random corners and as many random points.
    """
    middle, half = np.asarray(centre, dtype=float), np.asarray(halves, dtype=float)
    loose = np.flatnonzero(half)
    if len(loose) <= CORNERS:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(loose)))).reshape(2 ** len(loose), len(loose))
    else:
        chance = np.random.default_rng(seed)
        signs = np.vstack(
            [
                chance.choice((-1.0, 1.0), (4096, len(loose))),
                chance.uniform(-1, 1, (4096, len(loose))),
            ]
        )
    values = [function(middle)]
    for sign in signs:
        point = middle.copy()
        point[loose] += sign * half[loose]
        values.append(function(point))
    known = [value for value in values if not math.isnan(value)]
    return (min(known), max(known)) if known else (math.nan, math.nan)
