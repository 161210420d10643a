"""Experiments: factorial designs, planned contrasts, balance of the groups, times, and choices with a price.

Stands on numerics.regression (HC3 errors), numerics.glm (Gamma) and numerics.choice (conditional logit).
"""

from klantstudie.analyses.experiment.choosing import choice
from klantstudie.analyses.experiment.designs import contrasts, factorial
from klantstudie.analyses.experiment.groups import balance
from klantstudie.analyses.experiment.waiting import times

__all__ = ["balance", "choice", "contrasts", "factorial", "times"]
