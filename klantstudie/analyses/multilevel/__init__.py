"""People in teams: mixed models, variance parts, multilevel mediation and provider ranking; stands on
mixedlm.
"""

from klantstudie.analyses.multilevel.indirect import mediation_1_1_1, mediation_2_1_1
from klantstudie.analyses.multilevel.models import mixed, variance_parts
from klantstudie.analyses.multilevel.providers import ranking

__all__ = ["mediation_1_1_1", "mediation_2_1_1", "mixed", "ranking", "variance_parts"]
