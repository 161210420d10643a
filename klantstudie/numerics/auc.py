"""Area under the ROC curve, its variance, and the covariance of several areas on the same cases; on numpy.

References: Hanley and McNeil (1982); DeLong, DeLong and Clarke-Pearson (1988); Sun and Xu (2014).
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

DIGITS = 12  # scores nearer than this, as a share of the largest, differ by rounding alone and are ties


def areas(scores: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the area of each column of scores for a 0/1 outcome, and their covariance matrix (DeLong).

    An area is the chance that a case with outcome 1 scores above a case with outcome 0, ties counting half.
    """
    scores = scores.reshape(len(scores), -1)
    hit = outcome == 1
    m, k = int(hit.sum()), int((~hit).sum())
    found, cases, controls = [], [], []
    for column in scores.T:
        column = np.round(column / (np.abs(column).max() or 1.0), DIGITS)
        whole = rankdata(column)
        above = (whole[hit] - rankdata(column[hit])) / k
        below = 1 - (whole[~hit] - rankdata(column[~hit])) / m
        found.append(above.mean())
        cases.append(above)
        controls.append(below)
    cov = np.atleast_2d(np.cov(np.array(cases))) / m + np.atleast_2d(np.cov(np.array(controls))) / k
    return np.array(found), cov
