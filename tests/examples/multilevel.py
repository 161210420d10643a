"""Example calls of the multilevel room."""

from __future__ import annotations

import numpy as np
import pandas as pd

from klantstudie.analyses import multilevel
from tests.contract import Example


def staff() -> pd.DataFrame:
    draw = np.random.default_rng(9)
    sizes = draw.integers(5, 12, 14)
    team = np.repeat(np.arange(1, 15), sizes)
    n = len(team)
    style = draw.normal(size=14)[team - 1]
    climate = 0.5 * style + draw.normal(0, 0.4, 14)[team - 1] + draw.normal(size=n)
    care = 5 + 0.3 * style + 0.5 * climate + draw.normal(0, 0.4, 14)[team - 1] + draw.normal(size=n)
    frame = pd.DataFrame({"team": team, "style": style, "climate": climate, "care": care})
    frame["age"] = np.round(draw.normal(40, 9, n))
    frame["day"] = np.tile(np.arange(6), n)[:n]
    frame.loc[7, "climate"] = np.nan
    return frame


PATHS = {"frame": staff, "columns": ["style", "climate", "care", "team"], "closed_form": False}
EXAMPLES = {
    "mixed": Example(
        call=lambda f: multilevel.mixed(f, "care", ["climate", "style"], "team", center=["climate"]),
        frame=staff,
        columns=["care", "climate", "style", "team"],
        closed_form=False,
    ),
    "variance_parts": Example(
        call=lambda f: multilevel.variance_parts(f, "care", ["team", "day"]),
        frame=staff,
        columns=["care", "team", "day"],
        closed_form=False,
    ),
    "mediation_2_1_1": Example(
        call=lambda f: multilevel.mediation_2_1_1(f, "style", "climate", "care", "team"), **PATHS
    ),
    "mediation_1_1_1": Example(
        call=lambda f: multilevel.mediation_1_1_1(f, "age", "climate", "care", "team"),
        frame=staff,
        columns=["age", "climate", "care", "team"],
        closed_form=False,
    ),
    "ranking": Example(
        call=lambda f: multilevel.ranking(f, "care", "team", case_mix=["age"]),
        frame=staff,
        columns=["care", "team", "age"],
        closed_form=False,
    ),
}
