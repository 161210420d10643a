"""Example calls of the gaps room, on made answers of sixty customers with some missing."""

from pathlib import Path

import pandas as pd

from klantstudie.analyses import gaps
from tests.contract import Example

DATA = Path(__file__).parent.parent / "reference" / "data" / "customers.csv"
EXPECTATION = ["e1", "e2", "e3"]
PERCEPTION = ["p1", "p2", "p3"]
IMPORTANCE = ["i1", "i2", "i3"]


def customers() -> pd.DataFrame:
    return pd.read_csv(DATA)


EXAMPLES = {
    "servqual": Example(
        call=lambda frame: gaps.servqual(
            frame, EXPECTATION, PERCEPTION, dimensions={"contact": ["p1", "p2"]}
        ),
        frame=customers,
        columns=[*EXPECTATION, *PERCEPTION],
    ),
    "importance_performance": Example(
        call=lambda frame: gaps.importance_performance(frame, PERCEPTION, IMPORTANCE, outcome="satisfaction"),
        frame=customers,
        columns=[*PERCEPTION, *IMPORTANCE, "satisfaction"],
    ),
    "surface": Example(
        call=lambda frame: gaps.surface(
            frame, "satisfaction", EXPECTATION, PERCEPTION, center=4, errors="hc3"
        ),
        frame=customers,
        columns=["satisfaction", *EXPECTATION, *PERCEPTION],
    ),
    "penalty_reward": Example(
        call=lambda frame: gaps.penalty_reward(frame, "satisfaction", PERCEPTION, cuts=(4, 6)),
        frame=customers,
        columns=[*PERCEPTION, "satisfaction"],
    ),
    "difference_reliability": Example(
        call=lambda frame: gaps.difference_reliability(frame, EXPECTATION, PERCEPTION, n_boot=200),
        frame=customers,
        columns=[*EXPECTATION, *PERCEPTION],
        closed_form=False,
    ),
}
