"""Example calls of the agreement room."""

from __future__ import annotations

import numpy as np
import pandas as pd

from klantstudie.analyses import agreement
from tests.contract import Example


def teams() -> pd.DataFrame:
    draw = np.random.default_rng(4)
    team = np.repeat(["a", "b", "c", "d", "e", "f"], [3, 4, 5, 6, 7, 1])
    level = np.repeat(draw.normal(3, 0.8, 6), [3, 4, 5, 6, 7, 1])
    answers = {
        f"item{i}": np.clip(np.round(level + draw.normal(0, 0.7, len(team))), 1, 5) for i in range(1, 4)
    }
    frame = pd.DataFrame({"team": team, **answers})
    frame.loc[4, "item2"] = np.nan
    return frame


def ratings() -> pd.DataFrame:
    table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    rows = [(f"shop{i}", f"caller{j}", mark) for i, row in enumerate(table) for j, mark in enumerate(row)]
    return pd.DataFrame(rows, columns=["shop", "caller", "mark"])


def codes() -> pd.DataFrame:
    frame = pd.DataFrame({"a": ["x", "y", "z", "x", "y", "z", "x"], "b": ["x", "y", "z", "y", "y", "z", "z"]})
    return frame.assign(c=["x", "y", None, "x", "y", "x", "x"])


def marks() -> pd.DataFrame:
    draw = np.random.default_rng(3)
    return pd.DataFrame(
        np.round(draw.normal([5, 6, 7], 1.0, (9, 3)), 1), columns=["price", "speed", "contact"]
    )


ITEMS = ["item1", "item2", "item3"]
GROUPED = {"frame": teams, "columns": [*ITEMS, "team"]}
EXAMPLES = {
    "rwg": Example(call=lambda f: agreement.rwg(f, "item1", "team", scale=(1, 5)), **GROUPED),
    "rwg_j": Example(call=lambda f: agreement.rwg_j(f, ITEMS, "team", scale=(1, 5)), **GROUPED),
    "awg": Example(call=lambda f: agreement.awg(f, ITEMS, "team", scale=(1, 5)), **GROUPED),
    "average_deviation": Example(
        call=lambda f: agreement.average_deviation(f, ITEMS, "team", scale=(1, 5)), **GROUPED
    ),
    "icc_groups": Example(call=lambda f: agreement.icc_groups(f, "item1", "team"), **GROUPED),
    "aggregation": Example(call=lambda f: agreement.aggregation(f, ITEMS, "team", scale=(1, 5)), **GROUPED),
    "icc_raters": Example(
        call=lambda f: agreement.icc_raters(f, "shop", "caller", "mark"),
        frame=ratings,
        columns=["shop", "caller", "mark"],
    ),
    "coders": Example(
        call=lambda f: agreement.coders(f, ["a", "b", "c"]), frame=codes, columns=["a", "b", "c"]
    ),
    "rank_agreement": Example(
        call=lambda f: agreement.rank_agreement(f, ["price", "speed", "contact"]),
        frame=marks,
        columns=["price", "speed", "contact"],
    ),
}
