"""Structural equation models: fit, measurement invariance, latent means, modification indices, residuals, validity."""

from klantstudie.analyses.sem.fitting import fit
from klantstudie.analyses.sem.validity import validity

__all__ = ["fit", "validity"]
