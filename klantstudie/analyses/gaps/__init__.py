"""Expectation against experience: gap scores, their tests, and where importance and performance part.

Stands on scipy for the tests and on numerics.gaps for paired differences from printed moments.
"""

from klantstudie.analyses.gaps.paired import servqual
from klantstudie.analyses.gaps.priority import importance_performance

__all__ = ["importance_performance", "servqual"]
