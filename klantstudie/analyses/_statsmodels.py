"""The door to statsmodels: intervals of shares, on plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from klantstudie.errors import option

INTERVALS = {"wilson": "wilson", "agresti_coull": "agresti_coull", "exact": "beta"}


def share_interval(count: Any, n: Any, conf_level: float, method: str = "wilson") -> tuple[Any, Any]:
    """Return the ends of the interval of a share (proportion_confint): Wilson, Agresti-Coull or exact."""
    option("method", method, tuple(INTERVALS))
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(count, n, alpha=1 - conf_level, method=INTERVALS[method])
    return np.clip(low, 0, 1), np.clip(high, 0, 1)
