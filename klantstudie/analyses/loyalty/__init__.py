"""Loyalty marks: net promoter score, top box, customer effort and a satisfaction index.

Stands on numerics.loyalty for the multinomial variance and on statsmodels (proportion_confint) for
intervals of shares.
"""

from klantstudie.analyses.loyalty.boxes import effort, top_box
from klantstudie.analyses.loyalty.index import satisfaction_index
from klantstudie.analyses.loyalty.score import nps, nps_difference

__all__ = ["effort", "nps", "nps_difference", "satisfaction_index", "top_box"]
