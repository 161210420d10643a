"""Writes an estimate with its t test and interval under the names of the columns; shared by the rooms."""

from __future__ import annotations

import numpy as np
from scipy import stats


def tested(estimate: float, error: float, df: float, conf_level: float) -> dict[str, float | str]:
    """Return the columns of an estimate that is tested by t: without an error there is no test."""
    reach = stats.t.ppf((1 + conf_level) / 2, df) * error
    t = estimate / error if error > 0 else np.nan
    return {
        "estimate": estimate,
        "std_error": error,
        "statistic": t,
        "statistic_name": "t",
        "df": df,
        "p_value": float(2 * stats.t.sf(abs(t), df)),
        "conf_low": estimate - reach,
        "conf_high": estimate + reach,
    }
