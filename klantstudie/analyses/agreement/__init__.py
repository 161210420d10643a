"""Agreement: within groups (rwg, awg, AD, ICC), between raters (six ICC forms) and between coders; stands
on numpy.
"""

from klantstudie.analyses.agreement.groups import aggregation, icc_groups
from klantstudie.analyses.agreement.raters import coders, icc_raters, rank_agreement
from klantstudie.analyses.agreement.within import average_deviation, awg, rwg, rwg_j

__all__ = [
    "aggregation",
    "average_deviation",
    "awg",
    "coders",
    "icc_groups",
    "icc_raters",
    "rank_agreement",
    "rwg",
    "rwg_j",
]
