"""Reliability of a scale: alpha, omega, the same for ordered answers, and item statistics."""

from klantstudie.analyses.reliability.consistency import alpha, item_statistics, scales
from klantstudie.analyses.reliability.factors import omega
from klantstudie.analyses.reliability.ordered import ordinal_alpha, ordinal_omega

__all__ = ["alpha", "item_statistics", "omega", "ordinal_alpha", "ordinal_omega", "scales"]
