"""Reads moments written in many ways, and the seconds between two of them; day and month are never guessed."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from klantstudie.errors import InputError, OptionError
from klantstudie.study import numbers

_DAYS = (
    "%d-%m-%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d-%m-%y",
    "%m/%d/%y",
)
_TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f")
FORMATS = tuple(f"{day}{between}{time}" for day in _DAYS for between in (" ", "T", ", ") for time in _TIMES)


_ZONE = r"\d(?:Z|[+-]\d\d:?\d\d)$"


def difference(expression: str) -> tuple[str, str] | None:
    """Return (end, start) of "end - start", or None when the text names a single column."""
    parts = [part.strip().strip("`") for part in expression.split(" - ")]
    return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else None


def moments(values: pd.Series, zone: str = "") -> pd.Series:
    """Return a text column as moments in UTC (times without a zone are taken as `zone`, or as UTC).

    The format is the one that fits every answer; when two fit and mean different days (03-04-2024), or none fits,
    that is an InputError. A time that the clock skips or repeats when summer time changes is missing.
    """
    codes, distinct = pd.factorize(values.astype("string"), use_na_sentinel=True)
    cells = pd.Series([numbers.tidy(str(cell)) for cell in distinct], dtype=object)
    filled = cells[cells != ""]
    if filled.empty:
        return pd.Series(pd.NaT, index=values.index, dtype="datetime64[ns, UTC]")
    found = _aware(filled) if filled.str.contains(_ZONE).all() else _naive(filled, str(values.name), zone)
    spread = pd.Series(pd.NaT, index=range(len(cells) + 1), dtype="datetime64[ns, UTC]")
    spread.loc[filled.index] = found.to_numpy() if found.dt.tz is None else found
    taken = spread.take(np.where(codes < 0, len(cells), codes))
    return pd.Series(taken.array, index=values.index, name=values.name)


def _aware(cells: pd.Series) -> pd.Series:
    made = pd.to_datetime(cells, format="ISO8601", utc=True, errors="coerce")
    if made.isna().any():
        raise InputError(f"'{cells[made.isna()].iloc[0]}' is no moment")
    return made.astype("datetime64[ns, UTC]")


def _naive(cells: pd.Series, name: str, zone: str) -> pd.Series:
    fits: list[tuple[str, pd.Series]] = []
    for way in FORMATS:
        made = pd.to_datetime(cells, format=way, errors="coerce")
        if made.notna().all():
            fits.append((way, made))
    if not fits:
        odd = next((cell for cell in cells if not _any_fit(cell)), cells.iloc[0])
        raise InputError(f"column '{name}': '{odd}' is no moment, or the column mixes ways of writing them")
    first = fits[0][1]
    other = next((way for way, made in fits[1:] if not made.equals(first)), None)
    if other is not None:
        raise InputError(
            f"column '{name}': '{cells.iloc[0]}' may be day-month or month-day, and no answer decides; "
            "export the times as year-month-day"
        )
    first = first.astype("datetime64[ns]")
    if not zone:
        return first.dt.tz_localize("UTC")
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise OptionError(f"time_zone must be a name such as Europe/Amsterdam; given: {zone!r}") from error
    return first.dt.tz_localize(place, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")


def _any_fit(cell: str) -> bool:
    return any(not pd.isna(pd.to_datetime(cell, format=way, errors="coerce")) for way in FORMATS)


def seconds_between(end: pd.Series, start: pd.Series, zone: str = "") -> pd.Series:
    """Return the seconds from start to end of every row, across a change of summer time where the zone is known.

    One column with zones beside one without is an InputError unless `zone` says where its clock stood.
    """
    if not zone and _zoned(end) != _zoned(start) and end.notna().any() and start.notna().any():
        zoned, plain = (end, start) if _zoned(end) else (start, end)
        raise InputError(
            f"'{zoned.name}' states a time zone and '{plain.name}' does not; say time_zone = \"Europe/Amsterdam\" "
            "or whatever it is in [study]"
        )
    return (moments(end, zone) - moments(start, zone)).dt.total_seconds().astype("float64")


def _zoned(values: pd.Series) -> bool:
    return bool(values.dropna().astype("string").str.strip().str.contains(_ZONE).any())
