"""Example calls of the factors room, on six items of two factors and a marker."""

from __future__ import annotations

import numpy as np
import pandas as pd

from klantstudie.analyses import factors
from tests.contract import Example

ITEMS = ["a1", "a2", "a3", "b1", "b2", "b3"]


def make_frame() -> pd.DataFrame:
    rng = np.random.default_rng(21)
    both = rng.standard_normal((150, 2)) @ np.array([[1, 0.4], [0, 0.9]])
    answers = 0.8 * both[:, [0, 0, 0, 1, 1, 1]] + 0.6 * rng.standard_normal((150, 6))
    frame = pd.DataFrame(answers, columns=ITEMS).assign(marker=rng.standard_normal(150))
    frame.loc[[4, 9], "a1"] = np.nan
    return frame


EXAMPLES = {
    "adequacy": Example(call=lambda frame: factors.adequacy(frame, ITEMS), frame=make_frame, columns=ITEMS),
    "how_many": Example(
        call=lambda frame: factors.how_many(frame, ITEMS, n_sim=50), frame=make_frame, columns=ITEMS
    ),
    "explore": Example(
        call=lambda frame: factors.explore(frame, ITEMS, 2),
        frame=make_frame,
        columns=ITEMS,
        closed_form=False,
    ),
    "common_method": Example(
        call=lambda frame: factors.common_method(frame, ITEMS, marker="marker"),
        frame=make_frame,
        columns=[*ITEMS, "marker"],
    ),
}
