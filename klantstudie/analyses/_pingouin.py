"""The door to pingouin: Welch's analysis of variance and Games-Howell, on plain arrays and with stable names.

Other functions of pingouin are not used where they round, take n before missing answers leave, or change
their column names between versions; only the columns named here are read.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def welch_anova(groups: Sequence[np.ndarray]) -> tuple[float, float, float, float]:
    """Return F, both degrees of freedom and p of Welch's analysis of variance (pingouin.welch_anova)."""
    import pingouin

    found = pingouin.welch_anova(data=_long(groups), dv="value", between="group").iloc[0]
    return float(found["F"]), float(found["ddof1"]), float(found["ddof2"]), float(found["p_unc"])


def games_howell(groups: Sequence[np.ndarray]) -> dict[tuple[int, int], tuple[float, float]]:
    """Return, for each pair of groups by position, the degrees of freedom and p of Games-Howell."""
    import pingouin

    found = pingouin.pairwise_gameshowell(data=_long(groups), dv="value", between="group")
    pairs = zip(found["A"], found["B"], strict=True)
    numbers = zip(found["df"].astype(float), found["pval"].astype(float), strict=True)
    return {(int(a), int(b)): number for (a, b), number in zip(pairs, numbers, strict=True)}


def _long(groups: Sequence[np.ndarray]) -> pd.DataFrame:
    # Zero-padded names keep pingouin's alphabetical order equal to the order of the groups.
    names = np.repeat([f"{place:04d}" for place in range(len(groups))], [len(values) for values in groups])
    return pd.DataFrame({"group": names, "value": np.concatenate([np.asarray(v, float) for v in groups])})
