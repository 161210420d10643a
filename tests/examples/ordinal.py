"""Example calls of klantstudie.analyses.ordinal, on marks of three channels by twelve employees."""

import numpy as np
import pandas as pd

from klantstudie.analyses import ordinal
from tests.contract import Example


def marks() -> pd.DataFrame:
    chance = np.random.default_rng(12)
    employee = np.repeat(np.arange(12), 15)
    effort = chance.normal(size=180)
    latent = 0.8 * effort + chance.normal(0, 0.9, 12)[employee] + chance.logistic(size=180)
    frame = pd.DataFrame({"mark": 1.0 + np.digitize(latent, [-1.5, 0.0, 1.5]), "effort": effort})
    frame["channel"] = np.array(["counter", "phone", "web"])[np.arange(180) % 3]
    frame["employee"] = employee
    frame.loc[5, "mark"] = np.nan
    return frame


EXAMPLES = {
    "cumulative": Example(
        lambda frame: ordinal.cumulative(frame, "mark", ["effort", "channel"]),
        marks,
        ["mark", "effort", "channel"],
    ),
    "mixed": Example(
        lambda frame: ordinal.mixed(frame, "mark", "effort", "employee"),
        marks,
        ["mark", "effort", "employee"],
        closed_form=False,
    ),
    "probabilities": Example(
        lambda frame: ordinal.probabilities(frame, "mark", ["effort"], at=[{"effort": 0.0}, {"effort": 1.0}]),
        marks,
        ["mark", "effort"],
    ),
}
