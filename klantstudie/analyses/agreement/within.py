"""Agreement within each group on one item or a scale: rwg, rwg(j), r*wg(j), awg and the average deviation;
on numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.analyses.agreement.split import Groups, expected_variance, scale_ends, split
from klantstudie.errors import option
from klantstudie.numerics import agreement
from klantstudie.result import Result, build

SUFFICIENT = 0.70  # the customary bound for rwg (LeBreton and Senter 2008)


def rwg(
    frame: pd.DataFrame, item: str, group: str, *, null: str = "uniform", scale: Sequence[float]
) -> Result:
    """Return rwg of one item for every group: 1 minus the variance of the answers over that of random
    answers.

    1 means that all agree, 0 that they answer as if at random. Negative values are set to 0, as the authors
    advise; `note` marks those rows and info["n_truncated"] counts them. `null` names the distribution of
    random answers, with the variances LeBreton and Senter publish for 5 to 11 answer options ("uniform" for
    any number); `scale` is its ends. fit holds the mean, the median and the share of groups of .70 or more.
    Missing answers are left out; a group of one gets no value. Errors: answers outside the scale, no group of
    two.

    References: James, Demaree and Wolf (1984); LeBreton and Senter (2008).
    """
    groups = split(frame, item, group)
    _, _, options = scale_ends(scale, groups)
    variance = expected_variance(null, options)
    return _table(
        "agreement.rwg",
        item,
        groups,
        lambda part: agreement.rwg(part[:, 0], variance),
        truncate=True,
        method=f"rwg, {null} null distribution (variance {variance:g}), truncated at 0",
        reference="James, Demaree and Wolf (1984); LeBreton and Senter (2008)",
        null_variance=variance,
    )


def rwg_j(
    frame: pd.DataFrame,
    items: Sequence[str],
    group: str,
    *,
    null: str = "uniform",
    scale: Sequence[float],
    kind: str = "james",
) -> Result:
    """Return the agreement on a scale of several items for every group: rwg(j) or r*wg(j).

    `kind="james"` gives rwg(j), which rises with the number of items and is set to 0 when the mean item
    variance exceeds that of random answers (marked in `note`); `kind="lindell"` gives r*wg(j), which does not
    rise with the number of items and may be negative. Both are at most 1. Rows with a missing answer are left
    out whole; a group of one gets no value. fit holds the mean, the median and the share of groups of .70 or
    more.

    References: James, Demaree and Wolf (1984); Lindell, Brandt and Whitney (1999); LeBreton and Senter
    (2008).
    """
    option("kind", kind, ("james", "lindell"))
    groups = split(frame, items, group)
    _, _, options = scale_ends(scale, groups)
    variance = expected_variance(null, options)
    james = kind == "james"
    compute = agreement.rwg_j if james else agreement.rwg_j_lindell
    # The variance decides what is truncated: beyond its bound rwg(j) turns positive again.
    return _table(
        "agreement.rwg_j",
        "rwg(j)" if james else "r*wg(j)",
        groups,
        lambda part: compute(part, variance) if not james or _share(part, variance) <= 1 else -1.0,
        truncate=james,
        method=f"{'rwg(j), truncated at 0' if james else 'r*wg(j)'}; {null} null, variance {variance:g}",
        reference="James, Demaree and Wolf (1984)" if james else "Lindell, Brandt and Whitney (1999)",
        null_variance=variance,
    )


def awg(frame: pd.DataFrame, items: str | Sequence[str], group: str, *, scale: Sequence[float]) -> Result:
    """Return awg for every group: agreement against the most disagreement that the group's own mean allows.

    It runs from -1 (as far apart as can be) through 0 to 1 (all agree), and is averaged over the items. An
    item whose mean lies too near an end of the scale to tell is left out for that group, unless all stand at
    that end; `note` names the items used when not all were. Rows with a missing answer are left out; a group
    of one gets no value.

    References: Brown and Hauenstein (2005).
    """
    groups = split(frame, items, group)
    low, high, _ = scale_ends(scale, groups)
    listed = frames.names(items, "items")
    notes: dict[str, str] = {}

    def compute(name: str, part: np.ndarray) -> float:
        value, used = agreement.awg(part, low, high)
        if not used.all():
            notes[name] = ", ".join(str(item) for item, kept in zip(listed, used, strict=True) if kept)
        return value

    return _table(
        "agreement.awg",
        "awg",
        groups,
        compute,
        named=True,
        truncate=False,
        notes=notes,
        method="awg, sample variance, items near an end of the scale left out",
        reference="Brown and Hauenstein (2005)",
    )


def average_deviation(
    frame: pd.DataFrame,
    items: str | Sequence[str],
    group: str,
    *,
    around: str = "mean",
    scale: Sequence[float],
) -> Result:
    """Return the average deviation of every group: how far answers lie from the group's mean or median.

    The unit is that of the answers; 0 means that all agree. It is averaged over the items. info["bound"] is
    the customary upper bound, the number of answer options over 6; fit gives the share of groups at or below
    it. Rows with a missing answer are left out; a group of one gets no value.

    References: Burke, Finkelstein and Dusig (1999); Burke and Dunlap (2002).
    """
    option("around", around, ("mean", "median"))
    groups = split(frame, items, group)
    _, _, options = scale_ends(scale, groups)
    return _table(
        "agreement.average_deviation",
        f"AD ({around})",
        groups,
        lambda part: agreement.average_deviation(part, around),
        truncate=False,
        sufficient=lambda values: values <= options / 6 + 1e-12,
        method=f"average deviation around the {around}",
        reference="Burke, Finkelstein and Dusig (1999); Burke and Dunlap (2002)",
        bound=options / 6,
        bounded=False,
    )


def _share(part: np.ndarray, variance: float) -> float:
    return float(np.var(part, axis=0, ddof=1).mean()) / variance


def _table(
    kind: str,
    term: str,
    groups: Groups,
    compute: Callable[..., float],
    *,
    truncate: bool,
    method: str,
    reference: str,
    named: bool = False,
    notes: dict[str, str] | None = None,
    sufficient: Callable[[np.ndarray], np.ndarray] = lambda values: values >= SUFFICIENT,
    bounded: bool = True,
    **more: float,
) -> Result:
    rows, truncated = [], 0
    for name, part in groups.answers.items():
        note = ""
        if len(part) < 2:
            value, note = np.nan, "one_answer"
        else:
            value = compute(name, part) if named else compute(part)
            if truncate and value < 0:
                value, note, truncated = 0.0, "truncated", truncated + 1
        rows.append(
            {
                "term": term,
                "group": name,
                "n": len(part),
                "mean": float(part.mean()),
                "estimate": value,
                "note": (notes or {}).get(name, note),
            }
        )
    known = np.array([row["estimate"] for row in rows])
    known = known[~np.isnan(known)]
    fit = {"n_groups": float(len(known))}
    if len(known):
        fit |= {
            "mean_estimate": float(known.mean()),
            "median_estimate": float(np.median(known)),
            "share_sufficient": float(sufficient(known).mean()),
        }
    return build(
        kind,
        rows,
        n_total=groups.n_total,
        n_used=groups.n_used,
        method=method,
        reference=reference,
        bounded=("estimate",) if bounded else (),
        fit=fit,
        n_truncated=truncated,
        **more,
    )
