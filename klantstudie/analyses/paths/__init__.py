"""Partial least squares path models: estimates, out-of-sample prediction, importance and performance; on numpy alone."""

from klantstudie.analyses.paths.pls import pls
from klantstudie.analyses.paths.predicting import predict
from klantstudie.analyses.paths.prioritising import priority

__all__ = ["pls", "predict", "priority"]
