"""Keeps groups that are too small to show out of every table, before anything is written."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from klantstudie import inputs, vocabulary
from klantstudie.errors import whole
from klantstudie.result import OF_GROUPS, Number, Result, of_small_groups

KEYS = ("term", "part", "group", "reference_group", "wave", "choice", "answer")
DEFAULT = 5  # the smallest cell when a codebook does not say
# Counts that stand side by side in one row and add up to its total.
WIDE = (
    "must_be",
    "one_dimensional",
    "attractive",
    "indifferent",
    "reverse",
    "questionable",
)


def gate(result: Result, min_cell: int | None = None) -> Result:
    """Suppress every row and cell that rests on fewer than `min_cell` answers; without small cells nothing changes.

    The minimum is `min_cell`, else the result's own `info["min_cell"]`; else that of the studies that were loaded or
    read, which then holds for rows about a group or wave only. A row that names a group which is too small is
    suppressed too, whatever its n: a difference from a larger group would give its number away. A suppressed row keeps
    its names and loses its numbers. When one suppressed cell of a set could be found by subtraction, the next smallest
    goes too. The number of suppressed rows and cells stands in `info["suppressed"]`.
    References: Hundepool et al. (2012), Statistical Disclosure Control, chapter 4.
    """
    given = result.info.get("min_cell") if min_cell is None else min_cell
    least = whole("min_cell", least_of_study() if given is None else given)
    table = result.table
    about_groups = any(name in table.columns and (table[name].astype(str) != "").any() for name in OF_GROUPS)
    if given is None and not about_groups and not _named_small(table).any():
        return result
    wide = [name for name in WIDE if name in table.columns]
    named = _named_small(table)
    if least < 2 or not ("n" in table.columns or wide or named.any()):
        return result
    rows = _small_rows(table, least, named) if "n" in table.columns else named
    cells = (
        _small_cells(table[wide].to_numpy(float), least) if wide else np.zeros((len(table), 0), dtype=bool)
    )
    if not rows.any() and not cells.any():
        return result
    masked = table.copy()
    numbers = [name for name in table.columns if vocabulary.entry("columns", name).get("type") != "text"]
    masked.loc[rows, numbers] = np.nan
    for place, name in enumerate(wide):
        masked.loc[cells[:, place], name] = np.nan
    hidden = rows | cells.any(axis=1)
    before = masked["note"] if "note" in masked.columns else pd.Series("", index=masked.index, dtype=object)
    masked["note"] = before.where(~hidden, "suppressed").astype(object)
    info = {
        **result.info,
        "min_cell": least,
        "suppressed": int(rows.sum() + cells.sum()),
    }
    return Result(result.kind, masked, result.fit, MappingProxyType(info))


def least_of_study() -> int:
    """Return the smallest cell of the studies loaded here or read in this run; 0 where there are none."""
    return max(of_run(), inputs.protected().least)


def withheld(number: Number) -> bool:
    """Whether a number belongs to a group that is too small to be spoken of."""
    known = inputs.protected().groups
    few = bool(number.groups) and 0 < number.n < least_of_study()
    return few or any(name in known for name in number.groups)


def gate_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a plain table without the numbers of rows that name a group which is too small; else the table itself."""
    known = inputs.protected().groups
    if not known:
        return frame
    names = pd.DataFrame({place: frame.index.get_level_values(place) for place in range(frame.index.nlevels)})
    columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
    texts = [*(names[place] for place in names), *columns]
    hidden = np.zeros(len(frame), dtype=bool)
    for values in texts:
        if not pd.api.types.is_numeric_dtype(values):
            hidden |= values.astype(str).isin(known).to_numpy()
    if not hidden.any():
        return frame
    shown = [
        one.astype("float64").where(~hidden) if pd.api.types.is_numeric_dtype(one) else one for one in columns
    ]
    return pd.concat(shown, axis=1).set_axis(frame.columns, axis=1)


def gate_display(thing: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    """Return what a cell of a report may show of a frame or a row: no numbers of a group which is too small."""
    known = inputs.protected().groups
    if isinstance(thing, pd.Series):
        if any(isinstance(value, str) and value in known for value in thing):
            return thing.map(lambda value: value if isinstance(value, str) else np.nan)
        return gate_frame(thing.to_frame()).iloc[:, 0].rename(thing.name)
    if "term" not in thing.columns or thing.index.nlevels > 1:
        return gate_frame(thing)
    small = of_small_groups(thing)
    if small.any():
        numbers = thing.select_dtypes("number").columns
        thing = thing.astype(dict.fromkeys(numbers, "float64"))
        thing.loc[small, numbers] = np.nan
    return gate_frame(thing)


def of_run() -> int:
    """Return the smallest cell that the codebooks read in this run allow; 0 outside a run and for simulated data."""
    folder = inputs.run_folder()
    try:
        lines = (folder / "inputs.jsonl").read_text(encoding="utf-8").splitlines() if folder else []
    except OSError:
        return 0
    found = [0]
    for line in lines:
        entry = json.loads(line)
        if entry.get("role") != "codebook":
            continue
        try:
            study = tomllib.loads(Path(entry["path"]).read_text(encoding="utf-8")).get("study", {})
        except (OSError, tomllib.TOMLDecodeError):
            continue
        found.append(0 if study.get("simulated") else int(study.get("min_cell", DEFAULT)))
    return max(found)


def _named_small(table: pd.DataFrame) -> np.ndarray:
    """Return the rows that tell of a group which is too small, or are hidden already."""
    found = of_small_groups(table)
    if "note" in table.columns:
        found |= (table["note"] == "suppressed").to_numpy()
    return found


def _small_rows(table: pd.DataFrame, least: int, named: np.ndarray) -> np.ndarray:
    n = table["n"].to_numpy(float)
    hidden = named | ((n > 0) & (n < least))
    keys = [key for key in KEYS if key in table.columns and table[key].nunique() > 1]
    pairs = "reference_group" in table.columns and (table["reference_group"].astype(str) != "").any()
    if not keys or not hidden.any() or pairs:  # the n of pairs do not add up to a total
        return hidden
    while True:
        more = hidden.copy()
        for key in keys:
            others = [name for name in keys if name != key]
            groups = table.groupby(others, sort=False).indices.values() if others else [np.arange(len(table))]
            for places in groups:
                _complement(more, n, np.asarray(places))
        if (more == hidden).all():
            return hidden
        hidden = more


def _small_cells(counts: np.ndarray, least: int) -> np.ndarray:
    hidden = (counts > 0) & (counts < least)
    for row in range(len(counts)):
        _complement(hidden[row], counts[row], np.arange(counts.shape[1]))
    return hidden


def _complement(hidden: np.ndarray, n: np.ndarray, places: np.ndarray) -> None:
    """Hide the smallest other cell when exactly one of a set is hidden: the rest and the total would give it away."""
    if hidden[places].sum() != 1:
        return
    open_places = [place for place in places if not hidden[place] and n[place] > 0]
    if open_places:
        hidden[min(open_places, key=lambda place: n[place])] = True
