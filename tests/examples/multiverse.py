"""Example calls of klantstudie.analyses.multiverse."""

import numpy as np
import pandas as pd

from klantstudie.analyses import multiverse
from tests.contract import Example
from tests.reference.functions import line

CHOICES = {"covariates": [["age"], ["age", "tenure"]]}


def survey() -> pd.DataFrame:
    chance = np.random.default_rng(8)
    frame = pd.DataFrame(chance.normal(size=(80, 3)), columns=["contact", "age", "tenure"])
    return frame.assign(mark=0.4 * frame["contact"] + chance.normal(size=80))


def explored(frame):
    return multiverse.explore(frame, marked, CHOICES, term="contact")


def marked(frame, covariates):
    return line(frame, covariates, outcome="mark", x="contact")


def universes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "universe": [1, 2, 3, 4],
            "choice.model": ["hc3", "hc3", "classic", "classic"],
            "choice.covariates": [np.nan, "age", np.nan, "age"],
            "estimate": [0.4, 0.3, 0.4, np.nan],
            "conf_low": [0.2, 0.1, 0.1, np.nan],
            "conf_high": [0.6, 0.5, 0.7, np.nan],
            "p_value": [0.001, 0.01, np.nan, np.nan],
            "n": [80, 80, 78, np.nan],
            "n_total": [80, 80, 80, np.nan],
            "note": ["", "", "", "KeyError: age"],
        }
    )


EXAMPLES = {
    "explore": Example(
        lambda frame: multiverse.explore(
            frame, marked, {"covariates": [["age"], ["age", "tenure"]]}, term="contact"
        ),
        lambda: survey().drop(columns="tenure").assign(tenure=1.0 * np.arange(80)),
        ["contact"],
    ),
    "inference": Example(
        lambda frame: multiverse.inference(
            frame, marked, CHOICES, term="contact", outcome="mark", x="contact", n_boot=40
        ),
        survey,
        ["mark", "contact", "age", "tenure"],
        closed_form=False,
    ),
    "gathered": Example(
        lambda frame: multiverse.gathered(frame, term="contact"), universes, ["estimate", "universe"]
    ),
    "joint": Example(lambda _: multiverse.joint(explored(survey())), None, reason="works on another result"),
    "influence": Example(
        lambda _: multiverse.influence(explored(survey())), None, reason="works on another result"
    ),
}
