"""Figures of a Result in the house style: each function takes a Result and returns a matplotlib Figure."""

from __future__ import annotations

from klantstudie.present.figures.answers import answers, nps
from klantstudie.present.figures.cleaning import missing, missing_map, waterfall
from klantstudie.present.figures.comparing import bland_altman, bump, mosaic, pareto, trend
from klantstudie.present.figures.evidence import (
    funnel,
    ladder,
    meta_forest,
    provider_funnel,
    scree,
    specification_curve,
)
from klantstudie.present.figures.heat import correlations, htmt, loadings
from klantstudie.present.figures.intervals import bars, caterpillar, dumbbell, forest, gaps
from klantstudie.present.figures.matrix import kano, priority
from klantstudie.present.figures.models import interaction, path_diagram, surface

__all__ = [
    "answers",
    "bars",
    "bland_altman",
    "bump",
    "caterpillar",
    "correlations",
    "dumbbell",
    "forest",
    "funnel",
    "gaps",
    "htmt",
    "interaction",
    "kano",
    "ladder",
    "loadings",
    "meta_forest",
    "missing",
    "missing_map",
    "mosaic",
    "nps",
    "pareto",
    "path_diagram",
    "priority",
    "provider_funnel",
    "scree",
    "specification_curve",
    "surface",
    "trend",
    "waterfall",
]
