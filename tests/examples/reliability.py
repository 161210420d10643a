"""Example calls of the reliability room, on a small scale with three missing answers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from klantstudie.analyses import reliability
from tests.contract import Example

ITEMS = ["a1", "a2", "a3", "a4", "a5", "a6"]


def make_frame() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    general = rng.standard_normal((120, 1))
    part = rng.standard_normal((120, 3))[:, [0, 0, 1, 1, 2, 2]]
    answers = 3 + 0.8 * general + 0.5 * part + 0.6 * rng.standard_normal((120, 6))
    frame = pd.DataFrame(np.clip(np.round(answers), 1, 5), columns=ITEMS)
    frame.loc[[2, 17], "a1"] = np.nan
    frame.loc[40, "a3"] = np.nan
    return frame


EXAMPLES = {
    "alpha": Example(call=lambda frame: reliability.alpha(frame, ITEMS), frame=make_frame, columns=ITEMS),
    "item_statistics": Example(
        call=lambda frame: reliability.item_statistics(frame, ITEMS), frame=make_frame, columns=ITEMS
    ),
    "omega": Example(
        call=lambda frame: reliability.omega(frame, ITEMS, n_boot=100),
        frame=make_frame,
        columns=ITEMS,
        closed_form=False,
    ),
    "ordinal_alpha": Example(
        call=lambda frame: reliability.ordinal_alpha(frame, ITEMS, n_boot=20),
        frame=make_frame,
        columns=ITEMS,
        closed_form=False,
    ),
    "ordinal_omega": Example(
        call=lambda frame: reliability.ordinal_omega(frame, ITEMS, n_boot=10),
        frame=make_frame,
        columns=ITEMS,
        closed_form=False,
    ),
    "scales": Example(
        call=lambda frame: reliability.scales(
            frame, {"all": ITEMS, "pair": ITEMS[:2], "one": ITEMS[:1]}, ordered=True, n_boot=20
        ),
        frame=make_frame,
        columns=ITEMS,
        closed_form=False,
    ),
}
