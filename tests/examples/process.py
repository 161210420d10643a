"""Example calls of the process room."""

from __future__ import annotations

import numpy as np
import pandas as pd

from klantstudie.analyses import process
from tests.contract import Example


def staff() -> pd.DataFrame:
    draw = np.random.default_rng(8)
    n = 80
    trained = np.tile([0.0, 1.0], n // 2)
    age = np.round(draw.normal(40, 9, n))
    climate = 3 + 0.5 * trained + 0.02 * age + draw.normal(0, 0.7, n)
    care = 1 + 0.5 * climate + 0.03 * trained * (age - 40) + draw.normal(0, 0.7, n)
    mark = 4 + 0.3 * trained + 0.5 * climate + 0.4 * care + draw.normal(0, 0.8, n)
    frame = pd.DataFrame({"trained": trained, "climate": climate, "care": care, "mark": mark, "age": age})
    frame.loc[3, "care"] = np.nan
    return frame


EXAMPLES = {
    "mediation": Example(
        call=lambda f: process.mediation(
            f, "trained", ["climate", "care"], "mark", covariates=["age"], serial=True, n_boot=400
        ),
        frame=staff,
        columns=["trained", "climate", "care", "mark", "age"],
        closed_form=False,
    ),
    "moderation": Example(
        call=lambda f: process.moderation(f, "climate", "age", "mark", covariates=["care"]),
        frame=staff,
        columns=["climate", "age", "mark", "care"],
    ),
    "johnson_neyman": Example(
        call=lambda f: process.johnson_neyman(f, "trained", "age", "care", points=9),
        frame=staff,
        columns=["trained", "age", "care"],
    ),
    "moderated_mediation": Example(
        call=lambda f: process.moderated_mediation(
            f, "trained", "care", "mark", "age", stage="both", n_boot=400
        ),
        frame=staff,
        columns=["trained", "care", "mark", "age"],
        closed_form=False,
    ),
}
