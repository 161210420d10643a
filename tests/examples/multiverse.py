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
    "influence": Example(
        lambda _: multiverse.influence(explored(survey())), None, reason="works on another result"
    ),
}
