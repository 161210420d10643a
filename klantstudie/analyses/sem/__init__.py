"""Structural equation models: fit, measurement invariance, latent means, modification indices, residuals, validity."""

from klantstudie.analyses.sem.fitting import fit

__all__ = ["fit"]
