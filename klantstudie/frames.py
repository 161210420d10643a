"""Takes from a frame the columns an analysis asked for, or says exactly what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from klantstudie.errors import InputError, suggestion


def names(columns: str | Sequence[str], role: str = "columns") -> list[str]:
    """Return column names as a list without repeats; a single name is a list of one."""
    listed = [columns] if isinstance(columns, str) else list(columns)
    if not listed:
        raise InputError(f"{role}: no column was named")
    repeated = sorted({str(name) for name in listed if listed.count(name) > 1})
    if repeated:
        raise InputError(f"{role}: named more than once: {', '.join(repeated)}")
    return listed


def require(frame: pd.DataFrame, columns: str | Sequence[str], role: str = "columns") -> list[str]:
    """Return the column names when the frame has them all; otherwise name each missing one."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"a pandas DataFrame is needed; given: {type(frame).__name__}")
    listed = names(columns, role)
    missing = [name for name in listed if name not in frame.columns]
    if missing:
        told = "; ".join(f"'{name}'{suggestion(name, frame.columns)}" for name in missing)
        raise InputError(f"{role}: the data have no column {told} (the data have {frame.shape[1]} columns)")
    double = [name for name in listed if list(frame.columns).count(name) > 1]
    if double:
        raise InputError(f"{role}: the data have more than one column named {', '.join(map(str, double))}")
    return listed


def numeric(frame: pd.DataFrame, columns: str | Sequence[str], role: str = "columns") -> pd.DataFrame:
    """Return the columns as a new float64 frame; missing answers are NaN, the input is not changed."""
    listed = require(frame, columns, role)
    taken = {}
    for name in listed:
        column = frame[name]
        if not (pd.api.types.is_numeric_dtype(column) or column.isna().all()):
            example = column.dropna().iloc[0]
            raise InputError(
                f"{role}: column '{name}' holds {column.dtype} values (such as {example!r}), not numbers"
            )
        taken[name] = column.to_numpy(dtype=float, na_value=np.nan).copy()
        if np.isinf(taken[name]).any():
            raise InputError(f"{role}: column '{name}' holds infinite values")
    return pd.DataFrame(taken, index=frame.index.copy())


def varied(values: pd.Series | np.ndarray, name: str, role: str) -> None:
    """Refuse an outcome whose answers are all the same: there is nothing to explain."""
    if len(values) > 1 and np.ptp(np.asarray(values)) == 0:
        raise InputError(
            f"{role}: all {len(values)} answers to '{name}' are the same; nothing varies with them"
        )


def complete(
    frame: pd.DataFrame, columns: str | Sequence[str], role: str = "columns", *, at_least: int = 1
) -> tuple[pd.DataFrame, int]:
    """Return the rows without a missing answer in the columns, and how many rows there were."""
    taken = numeric(frame, columns, role)
    kept = taken.dropna()
    if len(kept) < at_least:
        raise InputError(
            f"{role}: {len(kept)} of {len(taken)} rows are complete on {', '.join(map(str, taken.columns))}; "
            f"at least {at_least} {'is' if at_least == 1 else 'are'} needed"
        )
    return kept, len(taken)


def labels(frame: pd.DataFrame, column: str, role: str = "group") -> pd.Series:
    """Return a column of group labels as text (1.0 becomes "1"); missing labels stay missing."""
    require(frame, column, role)
    values = frame[column]

    def text(value: object) -> object:
        if pd.isna(value):
            return pd.NA
        if isinstance(value, (float, np.floating)) and float(value).is_integer():
            return str(int(value))
        return str(value)

    return pd.Series([text(value) for value in values], index=values.index, dtype="string", name=column)


def ordered_labels(series: pd.Series) -> list[str]:
    """Return the distinct labels: numbers in numeric order, other text in alphabetical order."""
    found = [str(label) for label in series.dropna().unique()]
    try:
        return sorted(found, key=float)
    except ValueError:
        return sorted(found)


def coded(
    frame: pd.DataFrame, columns: str | Sequence[str], role: str = "predictors"
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Return predictors as numbers, and which columns each predictor became.

    A number column stays; a column of labels becomes one 0/1 column per label but the first (in sorted order), named
    "column: label". A row with a missing label is missing in all of its columns.
    """
    listed = require(frame, columns, role)
    made: dict[str, pd.Series] = {}
    groups: dict[str, list[str]] = {}
    for name in listed:
        if pd.api.types.is_numeric_dtype(frame[name]):
            made[name] = numeric(frame, name, role)[name]
            groups[name] = [name]
            continue
        text = labels(frame, name, role)
        known = ordered_labels(text)
        if len(known) < 2:
            raise InputError(f"{role}: column '{name}' has one label only ({', '.join(known) or 'none'})")
        groups[name] = [f"{name}: {label}" for label in known[1:]]
        for label, column in zip(known[1:], groups[name], strict=True):
            made[column] = (text == label).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return pd.DataFrame(made, index=frame.index.copy()), groups
