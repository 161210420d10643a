"""Structural equation models: fit, competing models, measurement invariance, latent means, modification indices, residuals, validity."""

from klantstudie.analyses.sem.comparing import invariance, latent_means, partial_invariance
from klantstudie.analyses.sem.competing import compare
from klantstudie.analyses.sem.fitting import fit
from klantstudie.analyses.sem.looking import modification, residuals
from klantstudie.analyses.sem.validity import validity

__all__ = [
    "compare",
    "fit",
    "invariance",
    "latent_means",
    "modification",
    "partial_invariance",
    "residuals",
    "validity",
]
