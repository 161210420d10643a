"""Lays a plain DataFrame out as a table: headings as they are, numbers by their type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from klantstudie import apa, vocabulary
from klantstudie.present import phrases
from klantstudie.present.tables.layout import Column, Layout, Row, chosen_columns


def lay_out_frame(
    frame: pd.DataFrame,
    lang: str,
    columns: Sequence[str],
    own: str,
    named: dict[str, str],
) -> Layout:
    """Lay a frame out: its own headings, whole numbers as counts, other numbers with two decimals."""
    shown = frame
    if frame.index.name is not None or not isinstance(frame.index, pd.RangeIndex):
        shown = frame.reset_index()
    names = [
        str(name)
        for name in chosen_columns(
            shown.set_axis([str(c) for c in shown.columns], axis=1),
            columns,
            "the table",
        )
    ]
    shown = shown.set_axis([str(column) for column in shown.columns], axis=1)
    planted = list(shown.columns) == ["term", "estimate"]  # what was put into a simulated study
    finest = max((_needed(shown[name]) for name in names if _measured(shown[name], name)), default=2)
    plan = [_frame_column(shown[name], name, lang, planted, finest) for name in names]
    rows = [
        Row(tuple(write(value) for (_, write), value in zip(plan, values, strict=True)))
        for values in shown[names].itertuples(index=False, name=None)
    ]
    if planted and names == ["term", "estimate"]:
        rows = [
            Row((row.cells[0], apa.count(value, lang))) if phrases.counted(term) else row
            for row, term, value in zip(rows, shown["term"], shown["estimate"], strict=True)
        ]
    return Layout(tuple(column for column, _ in plan), tuple(rows), general=own, **named)


def _numeric(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _whole(values: pd.Series) -> bool:
    return bool((values.dropna() % 1 == 0).all())


def _measured(values: pd.Series, name: str) -> bool:
    """Whether a column holds numbers that the vocabulary does not know; such columns have their decimals in common."""
    return name not in vocabulary.entries("columns") and _numeric(values) and not _whole(values)


def _frame_column(values: pd.Series, name: str, lang: str, planted: bool, finest: int) -> tuple[Column, Any]:
    known = vocabulary.entries("columns").get(name)
    heading = str(known[lang]) if known else name
    if planted and name == "estimate":
        heading = vocabulary.word("value", lang).capitalize()
    if not _numeric(values):
        return (
            Column(name, heading, False),
            lambda value: "" if pd.isna(value) else _said(str(value), lang, planted and name == "term"),
        )
    whole = _whole(values)
    digits = max(int(known.get("digits", 2)), _needed(values)) if known else finest
    p = bool(known) and known.get("type") == "p"

    def write(value: float) -> str:
        if pd.isna(value):
            return ""
        if p:
            return apa.p_value(float(value), lang)
        return apa.count(float(value), lang) if whole else apa.number(float(value), lang, digits=digits)

    return Column(name, heading, True), write


def _said(text: str, lang: str, planted: bool) -> str:
    told = phrases.truth(text, lang) if planted else text
    return vocabulary.translate(text, lang) if told == text else told


def _needed(values: pd.Series) -> int:
    """Three decimals where two would change a small number by more than a tenth; such as 0.012."""
    small = values[(values != 0) & (values.abs() < 0.1)].dropna()
    return 3 if bool(((small.round(2) - small).abs() > 0.1 * small.abs()).any()) else 2
