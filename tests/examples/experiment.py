"""Example calls of klantstudie.analyses.experiment, on a simulated 2 x 2 experiment and simulated choices."""

import numpy as np
import pandas as pd

from klantstudie.analyses import experiment
from tests.contract import Example


def kitchen() -> pd.DataFrame:
    chance = np.random.default_rng(3)
    frame = pd.DataFrame({"sees": np.arange(80.0) % 2, "seen": np.repeat([0.0, 1.0], 40)})
    frame["quality"] = 5 + frame["sees"] * frame["seen"] + chance.normal(size=80) * (1 + frame["sees"])
    frame["seconds"] = np.exp(4 - 0.2 * frame["seen"] + 0.3 * chance.normal(size=80))
    frame["condition"] = 1 + frame["sees"] + 2 * frame["seen"]
    frame["age"] = chance.normal(40, 10, 80).round()
    frame["region"] = np.array(["north", "south", "east"])[chance.integers(0, 3, 80)]
    frame.loc[4, ["quality", "seconds", "age"]] = np.nan
    return frame


def offers() -> pd.DataFrame:
    chance = np.random.default_rng(5)
    frame = pd.DataFrame({"set": np.repeat(np.arange(100), 3), "person": np.repeat(np.arange(25), 12)})
    frame["expert"], frame["price"] = chance.integers(0, 2, 300) * 1.0, chance.integers(0, 4, 300) * 5.0
    worth = frame["expert"] - 0.1 * frame["price"] + chance.gumbel(size=300)
    frame["chosen"] = (worth == worth.groupby(frame["set"]).transform("max")).astype(float)
    frame.loc[7, "expert"] = np.nan
    return frame


EXAMPLES = {
    "balance": Example(
        lambda frame: experiment.balance(frame, ["age", "region"], "condition"),
        kitchen,
        ["age", "region", "condition"],
    ),
    "choice": Example(
        lambda frame: experiment.choice(frame, "chosen", "expert", "set", price="price", cluster="person"),
        offers,
        ["chosen", "expert", "set", "price", "person"],
    ),
    "contrasts": Example(
        lambda frame: experiment.contrasts(
            frame, "quality", "condition", {"both": {1: -1, 4: 1}, "seen": {1: -1, 3: 1}}
        ),
        kitchen,
        ["quality", "condition"],
    ),
    "factorial": Example(
        lambda frame: experiment.factorial(frame, "quality", ["sees", "seen"]),
        kitchen,
        ["quality", "sees", "seen"],
    ),
    "times": Example(
        lambda frame: experiment.times(frame, "seconds", ["sees", "seen"]),
        kitchen,
        ["seconds", "sees", "seen"],
    ),
}
