"""Meta-analysis: random effects, Hunter-Schmidt, meta-regression, small-study tests, robustness; stands on
scipy.
"""

from klantstudie.analyses.meta.pooling import hunter_schmidt, random_effects, regression
from klantstudie.analyses.meta.robustness import cumulative, leave_one_out, small_study

__all__ = ["cumulative", "hunter_schmidt", "leave_one_out", "random_effects", "regression", "small_study"]
