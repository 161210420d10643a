"""Change over time: waves, slopes, before-after with a control group, event studies; stands on least
squares.
"""

from klantstudie.analyses.trend.panel import difference_in_differences, event_study
from klantstudie.analyses.trend.prepost import ancova, change
from klantstudie.analyses.trend.waves import slope, waves

__all__ = ["ancova", "change", "difference_in_differences", "event_study", "slope", "waves"]
