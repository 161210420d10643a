"""Compare groups: means without equal variances, pairs of groups, and tables of counts.

Stands on pingouin for Welch's analysis of variance and Games-Howell, on scipy for the rest.
"""

from klantstudie.analyses.groups.crosstab import table
from klantstudie.analyses.groups.means import compare, pairwise

__all__ = ["compare", "pairwise", "table"]
