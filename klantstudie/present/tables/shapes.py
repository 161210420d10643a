"""Other shapes of an APA table: a correlation matrix with M, SD and reliability, and groups or models side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from klantstudie import apa, vocabulary
from klantstudie.errors import InputError, option
from klantstudie.present.labels import named
from klantstudie.present.pairs import ends
from klantstudie.present.tables.layout import KEYS, Column, Layout, Row, account
from klantstudie.result import Result

SHAPES = ("rows", "matrix", "wide")
BESIDE = ("mean", "sd", "reliability")
STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))


def known_beside(
    results: Sequence[Result] | Mapping[str, Mapping[str, float]],
) -> dict[str, dict[str, float]]:
    """Gather mean, sd and reliability of each term: from results of `describe.items` and `reliability`, or as given."""
    if isinstance(results, Mapping):
        return {str(term): dict(values) for term, values in results.items()}
    found: dict[str, dict[str, float]] = {}
    for result in results:
        table = result.table
        reliable = result.kind.startswith("reliability.")
        for _, row in table.iterrows():
            mine = found.setdefault(str(row["term"]), {})
            if reliable and not pd.isna(row["estimate"]):
                mine.setdefault("reliability", float(row["estimate"]))  # the first coefficient of a scale
            for name in ("mean", "sd"):
                if name in table.columns and not pd.isna(row[name]):
                    mine.setdefault(name, float(row[name]))
    return found


def lay_out_shape(
    result: Result,
    shape: str,
    *,
    lang: str,
    labels: Mapping[str, str],
    beside: Sequence[Result] | Mapping[str, Mapping[str, float]],
    own: str,
    titled: Mapping[str, str],
) -> Layout:
    """Lay a Result out in one of the other shapes."""
    option("shape", shape, SHAPES)
    if shape == "matrix":
        return _matrix(result, lang, labels, known_beside(beside), own, titled)
    return _wide(result, lang, labels, own, titled)


# ------------------------------------------------------------------------------------------------ matrix


def _matrix(
    result: Result,
    lang: str,
    labels: Mapping[str, str],
    beside: Mapping[str, Mapping[str, float]],
    own: str,
    titled: Mapping[str, str],
) -> Layout:
    first, second = ends(result.table)
    names = list(dict.fromkeys(name for pair in zip(first, second, strict=True) for name in pair))
    p_name = next((name for name in ("p_adjusted", "p_value") if name in result.table.columns), None)
    cells: dict[tuple[str, str], str] = {}
    for one, other, (_, row) in zip(first, second, result.table.iterrows(), strict=True):
        text = result.text(row, "estimate", lang) + (_star(row[p_name]) if p_name else "")
        cells[one, other] = cells[other, one] = text
    extra = [name for name in ("mean", "sd") if any(name in beside.get(term, {}) for term in names)]
    columns = [Column("term", vocabulary.heading("term", lang), False)]
    columns += [Column(name, vocabulary.heading(name, lang), True) for name in extra]
    columns += [Column(str(place + 1), str(place + 1), True) for place in range(len(names))]
    rows = []
    for place, term in enumerate(names):
        mine = beside.get(term, {})
        made = [f"{place + 1}. {named(term, labels, vocabulary.translate(term, lang))}"]
        made += [apa.number(mine.get(name), lang) if name in mine else "" for name in extra]
        made += [cells.get((term, other), "") for other in names[:place]]
        reliability = mine.get("reliability")
        made.append("—" if reliability is None else f"({apa.number(reliability, lang, bounded=True)})")
        rows.append(Row((*made, *[""] * (len(names) - place - 1))))
    notes = [own, *account(result, lang)]
    if any("reliability" in beside.get(term, {}) for term in names):
        notes.append(
            {"nl": "Op de diagonaal staat de betrouwbaarheid.", "en": "Reliabilities are on the diagonal."}[
                lang
            ]
        )
    if p_name:
        notes.append(_probability(lang, adjusted=p_name == "p_adjusted"))
    return Layout(tuple(columns), tuple(rows), general=" ".join(note for note in notes if note), **titled)


def _star(p: float) -> str:
    return "" if pd.isna(p) else next((star for bound, star in STARS if p < bound), "")


def _probability(lang: str, *, adjusted: bool) -> str:
    point = "," if lang == "nl" else "."
    told = f"*p < {point}05. **p < {point}01. ***p < {point}001"
    more = {"nl": " (gecorrigeerd).", "en": " (adjusted)."}[lang] if adjusted else "."
    return told + more


# -------------------------------------------------------------------------------------------------- wide


def _wide(
    result: Result, lang: str, labels: Mapping[str, str], own: str, titled: Mapping[str, str]
) -> Layout:
    table = result.table
    by = next((key for key in KEYS[1:] if key in table.columns and table[key].nunique() > 1), None)
    if by is None or "term" not in table.columns or "estimate" not in table.columns:
        raise InputError(
            f"{result.kind} has nothing to set side by side: it needs term, estimate and groups or parts"
        )
    if table.duplicated(["term", by]).any():
        raise InputError(f"{result.kind} has several rows for one term and {by}; side by side needs one")
    groups, terms = list(dict.fromkeys(table[by])), list(dict.fromkeys(table["term"]))
    found = {(row["term"], row[by]): row for _, row in table.iterrows()}
    columns = [Column("term", vocabulary.heading("term", lang), False)]
    columns += [
        Column(str(g), named(str(g), labels, vocabulary.translate(str(g), lang)), True) for g in groups
    ]
    rows = [
        Row((named(str(term), labels, vocabulary.translate(str(term), lang)),
             *[_estimate(result, found.get((term, group)), lang) for group in groups]))
        for term in terms
    ]  # fmt: skip
    level = result.info.get("conf_level")
    ends_told = ""
    if level and "conf_low" in table.columns:
        ends_told = {"nl": "Tussen haken staat het", "en": "Brackets hold the"}[
            lang
        ] + f" {apa.level_name(level, lang)}."
    general = " ".join(note for note in (own, *account(result, lang), ends_told) if note)
    return Layout(tuple(columns), tuple(rows), general=general, **titled)


def _estimate(result: Result, row: Any, lang: str) -> str:
    if row is None or pd.isna(row["estimate"]):
        return ""
    text = result.text(row, "estimate", lang)
    low, high = row.get("conf_low"), row.get("conf_high")
    if low is None or pd.isna(low) or pd.isna(high):
        return text
    return f"{text} {apa.interval(low, high, lang, bounded=result.is_bounded('estimate', str(row.get('part', ''))))}"
