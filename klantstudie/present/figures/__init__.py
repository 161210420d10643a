"""Figures of a Result in the house style: each function takes a Result and returns a matplotlib Figure."""

from __future__ import annotations

from klantstudie.present.figures.answers import answers, nps
from klantstudie.present.figures.cleaning import missing, waterfall
from klantstudie.present.figures.heat import correlations, htmt, loadings
from klantstudie.present.figures.intervals import (
    bars,
    caterpillar,
    dumbbell,
    forest,
    gaps,
)
from klantstudie.present.figures.matrix import kano, priority

__all__ = [
    "answers",
    "bars",
    "caterpillar",
    "correlations",
    "dumbbell",
    "forest",
    "gaps",
    "htmt",
    "kano",
    "loadings",
    "missing",
    "nps",
    "priority",
    "waterfall",
]
