"""What customers expect, want and do not mind, and which of it is worth its cost.

Stands on numerics.kano for the evaluation table and scipy (linprog) for shadow prices.
"""

from klantstudie.analyses.kano.categories import categories
from klantstudie.analyses.kano.sensitivity import sensitivity
from klantstudie.analyses.kano.tradeoff import trade_off

__all__ = ["categories", "sensitivity", "trade_off"]
