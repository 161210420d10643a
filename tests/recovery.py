"""Whether what was put into a simulated study comes out: 95 % intervals of 200 studies cover the truth as they say.

With 200 studies an interval that covers 95 % lands between 90.4 and 99.6 % (three standard errors).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from klantstudie.result import Result
from klantstudie.study import simulate

RUNS, LOW, HIGH = 200, 0.904, 0.996
Truths = Callable[[pd.DataFrame, Mapping[str, Any]], Iterator[tuple[str, float, tuple[float, float]]]]


def ends(result: Result, term: str, stem: str = "conf", **where: str) -> tuple[float, float]:
    """Return the ends of the interval of one row."""
    row = result.row(term, **where)
    return row[f"{stem}_low"], row[f"{stem}_high"]


def outside(design: str, truths: Truths) -> dict[str, float]:
    """Return the coverage of every truth that is covered less or more often than 95 % intervals allow."""
    hits: Counter[str] = Counter()
    for seed in range(1, RUNS + 1):
        for name, value, (low, high) in truths(*simulate.survey(design, seed=seed)):
            hits[name] += bool(low <= value <= high)
    names = [name for name, _, _ in truths(*simulate.survey(design, seed=1))]
    shares = {name: hits[name] / RUNS for name in names}
    return {name: share for name, share in shares.items() if not LOW <= share <= HIGH}


def without(design: str, truths: Truths) -> list[str]:
    """Return the truths of one study that have no proper interval."""
    found = list(truths(*simulate.survey(design, seed=1)))
    assert found
    return [
        name
        for name, value, (low, high) in found
        if not (np.isfinite([value, low, high]).all() and low < high)
    ]
