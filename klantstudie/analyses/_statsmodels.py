"""The door to statsmodels: corrections for several tests and intervals of shares, on plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from klantstudie.errors import option

ADJUSTMENTS = {"holm": "holm", "bonferroni": "bonferroni", "fdr_bh": "fdr_bh", "none": None}
INTERVALS = {"wilson": "wilson", "agresti_coull": "agresti_coull", "exact": "beta"}


def adjust(p_values: Sequence[float] | np.ndarray, method: str = "holm") -> np.ndarray:
    """Return p values corrected for their number (multipletests); missing ones stay missing, uncounted."""
    option("adjust", method, tuple(ADJUSTMENTS))
    given = np.asarray(p_values, dtype=float)
    corrected = given.copy()
    known = ~np.isnan(given)
    if ADJUSTMENTS[method] is None or not known.any():
        return corrected
    from statsmodels.stats.multitest import multipletests

    corrected[known] = multipletests(given[known], method=ADJUSTMENTS[method])[1]
    return corrected


def share_interval(count: Any, n: Any, conf_level: float, method: str = "wilson") -> tuple[Any, Any]:
    """Return the ends of the interval of a share (proportion_confint): Wilson, Agresti-Coull or exact."""
    option("method", method, tuple(INTERVALS))
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(count, n, alpha=1 - conf_level, method=INTERVALS[method])
    return np.clip(low, 0, 1), np.clip(high, 0, 1)
