"""Time 5,000 bootstrap draws of a response surface and of shares of explained variance, beside plain loops.

Run: python bench/drivers.py. The loops are what a user would write with statsmodels and pingouin; they are
run for fewer draws and their time is scaled up, which favours them (no growth of memory).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

DRAWS = 5000
NAMES = ["a", "b", "c", "d", "e", "f"]


def data(n: int = 500) -> pd.DataFrame:
    """Make six related predictors and an outcome."""
    draw = np.random.default_rng(2026)
    x = draw.normal(size=(n, 6)) + 0.8 * draw.normal(size=(n, 1))
    y = x @ [0.5, 0.4, 0.3, 0.2, 0.1, 0.0] + draw.normal(size=n)
    return pd.DataFrame(x, columns=NAMES).assign(y=y)


def surface(frame: pd.DataFrame) -> None:
    """Resample a response surface with this package."""
    from klantstudie.analyses import gaps

    gaps.surface(frame, "y", "a", "b", center=0, errors="bootstrap", n_boot=DRAWS)


def surface_loop(frame: pd.DataFrame, draws: int) -> None:
    """Resample the same surface with a loop over statsmodels OLS."""
    import statsmodels.api as sm

    draw = np.random.default_rng(1)
    for _ in range(draws):
        some = frame.iloc[draw.integers(0, len(frame), len(frame))]
        a, b = some["a"], some["b"]
        plan = np.column_stack([np.ones(len(some)), a, b, a**2, a * b, b**2])
        _ = sm.OLS(some["y"].to_numpy(), plan).fit().params


def shares(frame: pd.DataFrame) -> None:
    """Resample general dominance with this package."""
    from klantstudie.analyses import drivers

    drivers.dominance(frame, "y", NAMES, n_boot=DRAWS)


def shares_loop(frame: pd.DataFrame, draws: int) -> None:
    """Resample the relative importance of pingouin.linear_regression (the same decomposition)."""
    import pingouin

    draw = np.random.default_rng(1)
    for _ in range(draws):
        some = frame.iloc[draw.integers(0, len(frame), len(frame))]
        _ = pingouin.linear_regression(some[NAMES], some["y"], relimp=True)["relimp"]


def timed(run: Callable[[], None]) -> float:
    """Return the seconds a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    """Print the seconds and the ratio of each pair."""
    frame = data()
    for name, ours, theirs, draws in (
        ("response surface, statsmodels loop", surface, surface_loop, 250),
        ("shares of variance, pingouin loop", shares, shares_loop, 10),
    ):
        ours(frame)
        theirs(frame, 1)
        here, there = timed(lambda: ours(frame)), timed(lambda: theirs(frame, draws)) * DRAWS / draws  # noqa: B023
        print(f"{name}: {here:.2f} s here, {there:.1f} s there, {there / here:.0f} times")


if __name__ == "__main__":
    main()
