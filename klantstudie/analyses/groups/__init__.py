"""Compare groups: means without equal variances, pairs, ranks, ordered groups, and tables.

Stands on pingouin for Welch's analysis of variance and Games-Howell, on scipy for the rest.
"""

from klantstudie.analyses.groups.crosstab import table
from klantstudie.analyses.groups.means import compare, pairwise
from klantstudie.analyses.groups.order import ranks, trend_over_order

__all__ = ["compare", "pairwise", "ranks", "table", "trend_over_order"]
