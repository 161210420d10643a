"""Example calls of klantstudie.analyses.power; all work on a generator that is handed in."""

from klantstudie.analyses import power
from tests.contract import Example
from tests.reference.functions import student, two_groups

EXAMPLES = {
    "simulate": Example(
        lambda _: power.simulate(two_groups, student, n=40, term="difference", n_sim=40),
        None,
        reason="makes its data",
    ),
    "sensitivity": Example(
        lambda _: power.sensitivity(
            two_groups, student, n=40, effects=[0.2, 1.2], term="difference", n_sim=40
        ),
        None,
        reason="makes its data",
    ),
}
