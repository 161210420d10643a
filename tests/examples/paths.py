"""Example calls of the paths room, on nine answers of three constructs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from klantstudie.analyses import paths
from tests.contract import Example

BLOCKS = {"Image": ["i1", "i2", "i3"], "Value": ["v1", "v2", "v3"], "Satisfaction": ["s1", "s2", "s3"]}
LINES = ["Image -> Value", "Image + Value -> Satisfaction"]
ITEMS = [item for block in BLOCKS.values() for item in block]


def make_frame() -> pd.DataFrame:
    rng = np.random.default_rng(31)
    image = rng.standard_normal(140)
    value = 0.5 * image + rng.standard_normal(140)
    happy = 0.4 * image + 0.4 * value + rng.standard_normal(140)
    scores = np.repeat(np.column_stack([image, value, happy]), 3, axis=1)
    answers = np.clip(np.round(5.5 + 1.4 * scores + rng.standard_normal((140, 9))), 1, 10)
    frame = pd.DataFrame(answers, columns=ITEMS)
    frame.loc[[3, 8], "i1"] = np.nan
    return frame


EXAMPLES = {
    "pls": Example(
        call=lambda frame: paths.pls(frame, BLOCKS, LINES, n_boot=50),
        frame=make_frame,
        columns=ITEMS,
        closed_form=False,
        around=False,
    ),
    "predict": Example(
        call=lambda frame: paths.predict(frame, BLOCKS, LINES, n_folds=5, n_repeats=1),
        frame=make_frame,
        columns=ITEMS,
        closed_form=False,
    ),
    "priority": Example(
        call=lambda frame: paths.priority(frame, BLOCKS, LINES, "Satisfaction", scale=(1, 10), n_boot=50),
        frame=make_frame,
        columns=ITEMS,
        closed_form=False,
    ),
}
