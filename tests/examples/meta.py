"""Example calls of the meta room."""

from __future__ import annotations

import numpy as np
import pandas as pd

from klantstudie.analyses import meta
from tests.contract import Example


def studies() -> pd.DataFrame:
    draw = np.random.default_rng(6)
    n = draw.integers(30, 300, 14)
    r = np.tanh(draw.normal(0.25, 0.12, 14) + draw.normal(0, 1 / np.sqrt(n - 3)))
    frame = pd.DataFrame({"study": [f"s{i}" for i in range(14)], "r": r, "n": n.astype(float)})
    frame = frame.assign(year=np.tile(np.arange(1994, 2001), 2), alpha=draw.uniform(0.7, 0.95, 14))
    frame.loc[2, "r"] = np.nan
    return frame


# Rows stand in the order of the studies, so mixing the studies mixes the rows: no closed_form for those.
ROWS = {"frame": studies, "columns": ["r", "n"], "closed_form": False}
EXAMPLES = {
    "random_effects": Example(call=lambda f: meta.random_effects(f, "r", n="n", study="study"), **ROWS),
    "regression": Example(
        call=lambda f: meta.regression(f, "r", ["year"], n="n"), frame=studies, columns=["r", "n", "year"]
    ),
    "hunter_schmidt": Example(
        call=lambda f: meta.hunter_schmidt(f, "r", "n", reliability_x="alpha"),
        frame=studies,
        columns=["r", "n", "alpha"],
    ),
    "small_study": Example(call=lambda f: meta.small_study(f, "r", n="n", study="study"), **ROWS),
    "leave_one_out": Example(call=lambda f: meta.leave_one_out(f, "r", n="n", study="study"), **ROWS),
    "cumulative": Example(
        call=lambda f: meta.cumulative(f, "r", "year", n="n"), frame=studies, columns=["r", "n", "year"]
    ),
}
