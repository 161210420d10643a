"""Takes effects and their variances out of a frame with one row a study, on the scale on which they are
pooled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.errors import InputError, OptionError, option
from klantstudie.numerics import meta

MEASURES = ("r", "z", "d", "raw")


@dataclass(frozen=True)
class Studies:
    """Effects y with variances v on the pooling scale, their names, and the way back to the printed scale."""

    y: np.ndarray
    v: np.ndarray
    names: list[str]
    rows: pd.Index
    n: np.ndarray
    n_total: int
    back: Callable[[float | np.ndarray], float | np.ndarray]
    measure: str

    @property
    def bounded(self) -> bool:
        """Whether a printed effect lies between -1 and 1."""
        return self.measure == "r"

    def keep(self, places: np.ndarray) -> Studies:
        """Return some of the studies, in the order given."""
        return Studies(
            self.y[places],
            self.v[places],
            [self.names[i] for i in places],
            self.rows[places],
            self.n[places],
            self.n_total,
            self.back,
            self.measure,
        )


def read(
    frame: pd.DataFrame,
    effect: str,
    n: str | Sequence[str] | None,
    variance: str | None,
    study: str | None,
    measure: str,
    also: Sequence[str] = (),
) -> Studies:
    """Return the complete studies; `also` names further columns that must not be missing."""
    option("measure", measure, MEASURES)
    if (n is None) == (variance is None):
        raise OptionError("name either n (the column of sample sizes) or variance (the column of variances)")
    sizes = [] if n is None else frames.names(n, "n")
    if measure == "d" and n is not None and len(sizes) != 2:
        raise OptionError("measure='d' needs n as two columns, one per group (or a variance column)")
    if measure == "raw" and variance is None:
        raise OptionError("measure='raw' needs a variance column")
    if measure in ("r", "z") and len(sizes) > 1:
        raise OptionError(f"measure='{measure}' needs one column of sample sizes")
    columns = [effect, *sizes, *([] if variance is None else [variance])]
    values = frames.numeric(frame, columns, "effect, n or variance")
    kept = values.notna().all(axis=1)
    for name in also:
        frames.require(frame, name, "moderators")
        kept &= frame[name].notna()
    if study is not None:
        frames.require(frame, study, "study")
    values = values[kept.to_numpy(dtype=bool)]
    if len(values) < 2:
        raise InputError(
            f"{len(values)} of {len(frame)} studies are complete on {', '.join(columns)}; two are needed"
        )
    names = _names(frame.loc[kept.to_numpy(dtype=bool)], study)
    raw = values[effect].to_numpy(copy=True)
    count = values[sizes].to_numpy() if sizes else np.full((len(values), 1), np.nan)
    given = None if variance is None else values[variance].to_numpy(copy=True)
    if given is not None and (given <= 0).any():
        raise InputError(f"variance: '{variance}' must be above zero for every study")
    y, v, back = _scale(raw, count, given, effect, measure)
    return Studies(y, v, names, values.index, count.sum(1), len(frame), back, measure)


def _names(frame: pd.DataFrame, study: str | None) -> list[str]:
    if study is None:
        return [str(label) for label in frame.index]
    labels = [str(label) for label in frame[study]]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    seen: dict[str, int] = {}
    named = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        named.append(f"{label} ({seen[label]})" if label in twice else label)
    return named


def _scale(
    raw: np.ndarray, count: np.ndarray, given: np.ndarray | None, effect: str, measure: str
) -> tuple[np.ndarray, np.ndarray, Callable]:
    def same(value):
        return value

    if measure in ("r", "z") and given is None and (count < 4).any():
        raise InputError("n: a Fisher z needs at least four cases in every study")
    if measure == "r":
        if (np.abs(raw) >= 1).any():
            raise InputError(
                f"effect: '{effect}' holds {raw[np.abs(raw) >= 1][0]:g}, which is no correlation"
            )
        return np.arctanh(raw), (1 / (count[:, 0] - 3) if given is None else given), np.tanh
    if measure == "z":
        return raw, (1 / (count[:, 0] - 3) if given is None else given), same
    if measure == "d" and given is None:
        if (count < 2).any():
            raise InputError("n: a standardised difference needs at least two cases in every group")
        y = raw * meta.correction(count.sum(1) - 2)
        return y, (1 / count).sum(1) + y**2 / (2 * count.sum(1)), same
    return raw, given, same
