"""Expectation against experience: gap scores, what they hide, and where importance and performance part.

Stands on scipy for the tests, on numerics.gaps for paired differences from printed moments, and on
numerics.regression and numerics.surface for the polynomial regression.
"""

from klantstudie.analyses.gaps.difference import difference_reliability
from klantstudie.analyses.gaps.paired import servqual
from klantstudie.analyses.gaps.penalty import penalty_reward
from klantstudie.analyses.gaps.priority import importance_performance
from klantstudie.analyses.gaps.surface import surface

__all__ = ["difference_reliability", "importance_performance", "penalty_reward", "servqual", "surface"]
