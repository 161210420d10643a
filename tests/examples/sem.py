"""Example calls of the room sem."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from klantstudie.analyses import sem
from tests.contract import Example

DATA = Path(__file__).parent.parent / "reference" / "data"
MODEL = """
    visual  =~ x1 + x2 + x3
    textual =~ x4 + x5 + x6
    speed   =~ x7 + x8 + x9
"""
ITEMS = [f"x{k}" for k in range(1, 10)]


@cache
def _schools() -> pd.DataFrame:
    return pd.read_csv(DATA / "holzinger_swineford.csv")


def schools() -> pd.DataFrame:
    """Holzinger and Swineford's nine tests in two schools, afresh."""
    return _schools()[[*ITEMS, "school"]].copy()


SCALES = {"visual": ITEMS[:3], "textual": ITEMS[3:6], "speed": ITEMS[6:]}

EXAMPLES = {
    "fit": Example(
        call=lambda frame: sem.fit(frame, MODEL + "textual ~ a*visual\nspeed ~ b*textual\nab := a*b"),
        frame=schools,
        columns=ITEMS,
        closed_form=False,
    ),
    "validity": Example(
        call=lambda frame: sem.validity(frame, SCALES, n_boot=40),
        frame=schools,
        columns=ITEMS,
        closed_form=False,
        around=False,
    ),
    "modification": Example(
        call=lambda frame: sem.modification(frame, MODEL, minimum=1),
        frame=schools,
        columns=ITEMS,
        closed_form=False,
    ),
    "residuals": Example(
        call=lambda frame: sem.residuals(frame, MODEL),
        frame=schools,
        columns=ITEMS,
        closed_form=False,
    ),
    "compare": Example(
        call=lambda frame: sem.compare(
            frame, {"one factor": f"g =~ {' + '.join(ITEMS)}", "three factors": MODEL}
        ),
        frame=schools,
        columns=ITEMS,
        closed_form=False,
    ),
    "invariance": Example(
        call=lambda frame: sem.invariance(frame, MODEL, "school"),
        frame=schools,
        columns=["school", *ITEMS],
        closed_form=False,
    ),
    "partial_invariance": Example(
        call=lambda frame: sem.partial_invariance(frame, MODEL, "school"),
        frame=schools,
        columns=["school", *ITEMS],
        closed_form=False,
    ),
    "latent_means": Example(
        call=lambda frame: sem.latent_means(frame, MODEL, "school"),
        frame=schools,
        columns=["school", *ITEMS],
        closed_form=False,
    ),
}
