"""Mediation, moderation and moderated mediation with the models readers know from PROCESS; stands on
numpy.
"""

from klantstudie.analyses.process.conditional import moderated_mediation
from klantstudie.analyses.process.mediation import mediation
from klantstudie.analyses.process.moderation import johnson_neyman, moderation

__all__ = ["johnson_neyman", "mediation", "moderated_mediation", "moderation"]
