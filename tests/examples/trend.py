"""Example calls of the trend room."""

from __future__ import annotations

import numpy as np
import pandas as pd

from klantstudie.analyses import trend
from tests.contract import Example


def teams() -> pd.DataFrame:
    draw = np.random.default_rng(12)
    team = np.repeat(np.arange(1, 13), 4)
    wave = np.tile(np.arange(1, 5), 12)
    trained = (team > 6).astype(float)
    level = np.repeat(draw.normal(7, 0.8, 12), 4)
    mark = level + 0.1 * wave + 0.5 * trained * (wave >= 3) + draw.normal(0, 0.4, 48)
    frame = pd.DataFrame({"team": team, "wave": wave, "trained": trained, "mark": mark})
    frame["start"] = np.where(trained == 1, 3.0, np.nan)
    frame["region"] = (team - 1) // 2
    frame.loc[5, "mark"] = np.nan
    return frame


def people() -> pd.DataFrame:
    draw = np.random.default_rng(13)
    group = np.repeat(["control", "trained"], 20)
    before = draw.normal(6, 1, 40) + (group == "trained") * 0.5
    after = 2 + 0.7 * before + (group == "trained") * 0.4 + draw.normal(0, 0.6, 40)
    return pd.DataFrame({"group": group, "before": before, "after": after})


PANEL = {"frame": teams, "columns": ["mark", "wave", "team"]}
PAIR = {"frame": people, "columns": ["before", "after", "group"]}
EXAMPLES = {
    "waves": Example(call=lambda f: trend.waves(f, "mark", "wave", unit="team"), **PANEL),
    "slope": Example(
        call=lambda f: trend.slope(f, "mark", "wave", bounds=0.3, breaks=[2], cluster="team"), **PANEL
    ),
    "difference_in_differences": Example(
        call=lambda f: trend.difference_in_differences(
            f, "mark", "trained", "wave", unit="team", start="3", cluster="region"
        ),
        frame=teams,
        columns=["mark", "trained", "wave", "team", "region"],
    ),
    "event_study": Example(
        call=lambda f: trend.event_study(f, "mark", "start", "wave", unit="team"),
        frame=teams,
        columns=["mark", "start", "wave", "team"],
    ),
    "ancova": Example(call=lambda f: trend.ancova(f, "before", "after", "group"), **PAIR),
    "change": Example(call=lambda f: trend.change(f, "before", "after", group="group"), **PAIR),
}
