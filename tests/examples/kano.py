"""Example calls of the kano room, on made pairs of answers and a plan of options."""

import numpy as np
import pandas as pd

from klantstudie.analyses import kano
from tests.contract import Example


def answers() -> pd.DataFrame:
    rng = np.random.default_rng(1993)
    columns = ("speed_present", "speed_absent", "coffee_present", "coffee_absent")
    frame = pd.DataFrame(rng.integers(1, 6, (40, 4)).astype(float), columns=columns)
    frame.loc[3, "speed_absent"] = np.nan
    return frame


def options() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["callback", "chat", "evening", "expert", "tracking"],
            "value": [4.0, 3.0, 5.0, 6.0, 2.5],
            "cost": [20.0, 15.0, 40.0, 55.0, 10.0],
            "minutes": [12.0, 20.0, 30.0, 25.0, 2.0],
            "law": [0, 0, 0, 0, 1],
        }
    )


PAIRS = {"speed": ("speed_present", "speed_absent"), "coffee": ("coffee_present", "coffee_absent")}

EXAMPLES = {
    "categories": Example(
        call=lambda frame: kano.categories(frame, PAIRS, n_boot=500),
        frame=answers,
        columns=["speed_present", "speed_absent", "coffee_present", "coffee_absent"],
    ),
    "sensitivity": Example(
        call=lambda frame: kano.sensitivity(
            frame.assign(low=frame["value"] - 1, high=frame["value"] + 2),
            "name",
            "value",
            "cost",
            low="low",
            high="high",
            limits={"cost": 80, "minutes": 50},
            required="law",
        ),
        frame=options,
        columns=["minutes", "name", "cost", "law"],
    ),
    "trade_off": Example(
        call=lambda frame: kano.trade_off(
            frame, "name", "value", "cost", limits={"cost": 80, "minutes": 50}, required="law"
        ),
        frame=options,
        columns=["minutes", "name", "value", "cost", "law"],
    ),
}
