"""Takes the answers of each group out of a frame and checks them against the scale; shared by the
agreement room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.errors import InputError, OptionError, option
from klantstudie.numerics import agreement


@dataclass(frozen=True)
class Groups:
    """Complete answers by group, in the order of the labels; groups of one are kept and counted apart."""

    answers: dict[str, np.ndarray]
    n_total: int

    @property
    def n_used(self) -> int:
        """Answers in groups of two or more."""
        return sum(len(part) for part in self.answers.values() if len(part) > 1)

    @property
    def usable(self) -> dict[str, np.ndarray]:
        """The groups of two or more."""
        return {name: part for name, part in self.answers.items() if len(part) > 1}

    def stacked(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all answers and a whole number per answer for its group (groups of one included)."""
        values = np.concatenate(list(self.answers.values()))
        return values, np.repeat(np.arange(len(self.answers)), [len(part) for part in self.answers.values()])


def split(frame: pd.DataFrame, items: str | Sequence[str], group: str) -> Groups:
    """Return the complete answers of every group; rows without a label or with a missing answer are left
    out.
    """
    values = frames.numeric(frame, items, "items")
    label = frames.labels(frame, group)
    kept = (values.notna().all(axis=1) & label.notna()).to_numpy(dtype=bool)
    if not kept.any():
        raise InputError(
            f"no row has an answer on {', '.join(map(str, values.columns))} and a label in '{group}'"
        )
    values, label = values[kept], label[kept]
    array, names = values.to_numpy(copy=True), label.to_numpy(dtype=object)
    order = frames.ordered_labels(label)
    # Answers are sorted within a group, so that the order of the rows cannot change the last digits.
    parts = {}
    for name in order:
        part = array[names == name]
        parts[name] = part[np.lexsort(part.T[::-1])]
    found = Groups(parts, len(frame))
    if not found.usable:
        raise InputError(
            f"every group in '{group}' has one complete answer: agreement within groups is unknown"
        )
    return found


def scale_ends(scale: Sequence[float], groups: Groups) -> tuple[float, float, int]:
    """Return low, high and the number of answer options; answers outside the scale are an error."""
    try:
        low, high = (float(end) for end in scale)
    except (TypeError, ValueError):
        raise OptionError(f"scale must be its two ends, such as (1, 5); given: {scale!r}") from None
    if not high > low or not (low.is_integer() and high.is_integer()):
        raise OptionError(f"scale must run from a lower to a higher whole number; given: {scale!r}")
    values, _ = groups.stacked()
    if values.min() < low or values.max() > high:
        raise InputError(
            f"answers run from {values.min():g} to {values.max():g}, outside the scale {low:g} to {high:g}"
        )
    return low, high, int(high - low) + 1


def expected_variance(null: str, options: int) -> float:
    """Return the variance of random answers under a named null distribution."""
    option("null", null, agreement.NULLS)
    found = agreement.null_variance(null, options)
    if found is None:
        known = f"{min(agreement.NULL_VARIANCE)} to {max(agreement.NULL_VARIANCE)}"
        raise OptionError(
            f"null='{null}' was published for {known} answer options, not for {options}; use null='uniform'"
        )
    return found
