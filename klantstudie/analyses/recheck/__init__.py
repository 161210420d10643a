"""Recheck what was printed: p values, means, standard deviations, loadings, tests and whole analyses."""

from klantstudie.analyses.recheck.printed import (
    ave,
    composite_reliability,
    grim,
    grimmer,
    reported,
    sd_limits,
)
from klantstudie.analyses.recheck.rounding import rounding_interval
from klantstudie.analyses.recheck.table import against, conformance, table
from klantstudie.analyses.recheck.tests import p_values

__all__ = [
    "against",
    "ave",
    "composite_reliability",
    "conformance",
    "grim",
    "grimmer",
    "p_values",
    "reported",
    "rounding_interval",
    "sd_limits",
    "table",
]
