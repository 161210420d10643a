"""Takes outcome, predictors and groups out of a frame for a mixed model; shared by the multilevel room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.errors import InputError, ModelError

FEWEST = 5  # below this a variance between groups cannot be estimated in any useful way
FEW = 30  # below this variance parts are rough, and the answer says so


@dataclass(frozen=True)
class Nested:
    """Complete rows: numbers by column name, and per grouping a code from 0 for every row and the labels."""

    values: dict[str, np.ndarray]
    codes: dict[str, np.ndarray]
    labels: dict[str, list[str]]
    n_total: int

    @property
    def n(self) -> int:
        """The number of complete rows."""
        return len(next(iter(self.codes.values())))

    def means(self, name: str, grouping: str) -> np.ndarray:
        """Return for every row the mean of a column in its group."""
        codes = self.codes[grouping]
        return (np.bincount(codes, self.values[name]) / np.bincount(codes))[codes]

    def split(self, name: str, grouping: str) -> tuple[np.ndarray, np.ndarray]:
        """Return for every row the mean of a column in its group, and the difference from it."""
        mean = self.means(name, grouping)
        return mean, self.values[name] - mean

    def moves(self, name: str, grouping: str) -> bool:
        """Say whether a column varies within groups."""
        _, away = self.split(name, grouping)
        return bool(np.abs(away).max() > 1e-12 * np.abs(self.values[name]).max())


def read(frame: pd.DataFrame, columns: Sequence[str], groupings: Sequence[str]) -> Nested:
    """Return the rows that are complete on the columns and have a label in every grouping.

    A grouping written "outer/inner" takes the labels of inner apart for every outer. Rows are put in a fixed
    order, so that the order in which they came cannot change the last digits.
    """
    values = frames.numeric(frame, columns, "outcome and predictors")
    named = frames.names(list(groupings), "cluster")
    label = {name: _labels(frame, name) for name in named}
    kept = values.notna().all(axis=1)
    for one in label.values():
        kept &= one.notna()
    kept = kept.to_numpy(dtype=bool)
    if not kept.any():
        raise InputError(f"no row is complete on {', '.join([*map(str, columns), *named])}")
    table = values[kept].to_numpy(copy=True)
    texts = [label[name][kept].to_numpy(dtype=str) for name in reversed(named)]
    order = np.lexsort([*table.T[::-1], *texts])
    codes, found = {}, {}
    for name in named:
        text = label[name][kept]
        found[name] = frames.ordered_labels(text)
        place = {one: number for number, one in enumerate(found[name])}
        codes[name] = np.array([place[one] for one in text])[order]
    table = table[order]
    for name in named:
        if len(found[name]) < FEWEST:
            raise ModelError(
                f"'{name}' has {len(found[name])} groups with answers; a variance between fewer than "
                f"{FEWEST} groups cannot be estimated: enter the groups as predictors instead"
            )
        if len(found[name]) == len(table):
            raise ModelError(f"every group in '{name}' has one row: groups cannot be told from residuals")
    return Nested({name: table[:, i] for i, name in enumerate(values.columns)}, codes, found, len(frame))


def _labels(frame: pd.DataFrame, name: str) -> pd.Series:
    if name in frame.columns or "/" not in name:
        return frames.labels(frame, name, "cluster")
    parts = [frames.labels(frame, part, "cluster") for part in name.split("/")]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "/" + part
    return joined


def varies(nested: Nested, names: Sequence[str]) -> None:
    """Refuse columns that are the same in all rows."""
    constant = [name for name in names if np.ptp(nested.values[name]) == 0]
    if constant:
        raise InputError(f"no variance: {', '.join(map(str, constant))}")
