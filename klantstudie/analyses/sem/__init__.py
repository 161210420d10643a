"""Structural equation models: fit, measurement invariance, latent means, modification indices, residuals, validity."""

from klantstudie.analyses.sem.fitting import fit
from klantstudie.analyses.sem.looking import modification, residuals

__all__ = ["fit", "modification", "residuals"]
