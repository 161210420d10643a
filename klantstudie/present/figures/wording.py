"""Words in figures: axis titles, row names, legends, and alternative texts made from the plotted numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from klantstudie import apa, vocabulary
from klantstudie.present.figures import style
from klantstudie.present.labels import Labels, mapping, named
from klantstudie.result import KEYS, Result


def shown(value: Any, labels: Labels, lang: str) -> str:
    """Return the readable name of one term or group."""
    text = str(value)
    return named(text, mapping(labels, lang), vocabulary.translate(text, lang))


def axis(result: Result, column: str, lang: str, *, interval: bool = False, name: str = "") -> str:
    """Return the axis title of a column (or this name), with the name of the interval where the figure draws one."""
    name = name or vocabulary.heading(column, lang)
    if column == "effect" and "effect_name" in result.table and result.table["effect_name"].nunique() == 1:
        name = vocabulary.translate(str(result.table["effect_name"].iloc[0]), lang)
    level = result.info.get("conf_level")
    return f"{name} ({apa.level_name(level, lang)})" if interval and level else name


def counted(count: int, one: str, more: str) -> str:
    """Write a count with its noun: 1 item, 2 items."""
    return f"{count} {one if count == 1 else more}"


def inside(name: str) -> str:
    """A name inside a sentence: its first letter small, unless the word is an abbreviation such as NPS."""
    return name[:1].lower() + name[1:] if name[1:2].islower() or name[1:2] == " " else name


def row_names(table: pd.DataFrame, labels: Labels, lang: str, width: int = 34) -> list[str]:
    """Name each row by its keys that differ: term, and part or group where they tell rows apart."""
    keys = [key for key in KEYS if key in table.columns and table[key].nunique() > 1] or ["term"]
    texts = [
        " · ".join(shown(value, labels, lang) for value in row if str(value))
        for row in table[keys].itertuples(index=False, name=None)
    ]
    return style.labels_of(texts, None, lang, width)


def ranking(result: Result, table: pd.DataFrame, column: str, lang: str, labels: Labels) -> str:
    """Say how many rows there are and name the highest and lowest with their values."""
    ordered = table.sort_values(column, ascending=False, kind="stable")
    names = dict(zip(table.index, row_names(table, labels, lang, 10_000), strict=True))

    def told(place: int) -> str:
        row = ordered.iloc[place]
        text = f"{names[ordered.index[place]]} {result.text(row, column, lang)}"
        stem = column if f"{column}_low" in table.columns else "conf"  # as the figure draws it
        low, high = (row.get(f"{stem}_{end}") for end in ("low", "high"))
        if low is None or pd.isna(low) or pd.isna(high):
            return text
        return f"{text} {apa.interval(low, high, lang, bounded=result.is_bounded(column, str(row.get('part', ''))))}"

    head = vocabulary.heading(column, lang)
    if len(ordered) <= 6:
        return f"{head}: " + "; ".join(told(place) for place in range(len(ordered))) + "."
    top, bottom = (
        "; ".join(told(p) for p in range(3)),
        "; ".join(told(p) for p in range(-3, 0)),
    )
    if lang == "nl":
        return f"{head} van {len(ordered)} rijen. Hoogste: {top}. Laagste: {bottom}."
    return f"{head} of {len(ordered)} rows. Highest: {top}. Lowest: {bottom}."


def between(row: Any, stem: str, lang: str, digits: int = 2) -> str:
    """Write the interval of a row in brackets after a space; nothing where there is none."""
    low, high = row.get(f"{stem}_low"), row.get(f"{stem}_high")
    if low is None or pd.isna(low) or pd.isna(high):
        return ""
    return " " + apa.interval(float(low), float(high), lang, digits=digits)


def legend_above(axes: Any, columns: int) -> None:
    """Put the legend above the plot, left-aligned, so that it never covers data."""
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=min(columns, 4),
        borderaxespad=0.2,
        handletextpad=0.5,
    )
