"""Other shapes of an APA table: a correlation matrix with M, SD and reliability, and groups or models side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from klantstudie import apa, vocabulary
from klantstudie.errors import InputError, option
from klantstudie.present.labels import named
from klantstudie.present.pairs import ends
from klantstudie.present.tables.layout import KEYS, Column, Layout, Row
from klantstudie.present.tables.noting import account
from klantstudie.result import Result, build

SHAPES = ("rows", "matrix", "wide", "loadings")
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
    if shape == "loadings":
        from klantstudie.present.tables.factors import lay_out_loadings

        return lay_out_loadings(result, lang, labels, own, titled)
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
    notes = [own, *account(result, lang, labels)]
    if any("reliability" in beside.get(term, {}) for term in names):
        notes.append(
            {"nl": "Op de diagonaal staat de betrouwbaarheid.", "en": "Reliabilities are on the diagonal."}[
                lang
            ]
        )
    told = _probability(lang, adjusted=p_name == "p_adjusted") if p_name else ""
    general = " ".join(note for note in notes if note)
    return Layout(tuple(columns), tuple(rows), general=general, probability=told, **titled)


def _star(p: float) -> str:
    return "" if pd.isna(p) else next((star for bound, star in STARS if p < bound), "")


def _probability(lang: str, *, adjusted: bool) -> str:
    point = "," if lang == "nl" else "."
    told = f"*p < {point}05. **p < {point}01. ***p < {point}001"
    more = {"nl": " (gecorrigeerd).", "en": " (adjusted)."}[lang] if adjusted else "."
    return told + more


# -------------------------------------------------------------------------------------------------- wide


def together(models: Mapping[str, Result]) -> Result:
    """Set the results of several models of one kind in one Result, for a table with `shape="wide"`.

    The name of each model stands in the column group; its fit numbers and n become rows at the foot of the table.
    Errors: fewer than two models, different kinds, or results that have groups of their own.
    """
    if len(models) < 2:
        raise InputError(f"side by side takes two models or more; given: {len(models)}")
    kinds = sorted({result.kind for result in models.values()})
    if len(kinds) > 1:
        raise InputError(f"side by side takes results of one kind; given: {', '.join(kinds)}")
    if any("group" in result.table.columns for result in models.values()):
        raise InputError(f"{kinds[0]} has groups already; print it with shape='wide'")
    results = list(models.values())
    first, info = results[0], results[0].info
    table = pd.concat([result.table.assign(group=name) for name, result in models.items()], ignore_index=True)
    methods = list(dict.fromkeys(str(result.info["method"]) for result in results))
    return build(
        first.kind,
        table,
        n_total=max(result.info["n_total"] for result in results),
        n_used=max(result.info["n_used"] for result in results),
        method=methods[0] if len(methods) == 1 else "; ".join(methods),
        reference=info["reference"],
        missing=info["missing"],
        conf_level=info["conf_level"],
        bounded=info["bounded"],
        models={
            name: {**result.fit, "n_used": float(result.info["n_used"])} for name, result in models.items()
        },
    )


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
    parts = {
        group: _parts(result, len(groups), result.level({"part": group} if by == "part" else {}), lang)
        for group in groups
    }
    columns = [Column("term", vocabulary.heading("term", lang), False)]
    for group in groups:
        name = named(str(group), labels, vocabulary.translate(str(group), lang))
        columns += [
            Column(str(group), heading or name, True, name if heading else "") for heading, _ in parts[group]
        ]
    rows = [
        Row((named(str(term), labels, vocabulary.translate(str(term), lang)),
             *[write(found.get((term, group))) for group in groups for _, write in parts[group]]))
        for term in terms
    ]  # fmt: skip
    models = result.info.get("models") or {}
    each = parts[groups[0]]
    rows += _foot(result, models, groups, len(each), lang)
    told = "" if any(heading for heading, _ in each) else _bracketed(result, lang)
    known = account(result, lang, labels, whole=not models)
    general = " ".join(note for note in (own, *known, told) if note)
    return Layout(tuple(columns), tuple(rows), general=general, **titled)


def _parts(
    result: Result, groups: int, level: float | None, lang: str
) -> list[tuple[str, Callable[[Any], str]]]:
    """The columns of one model: estimate, standard error and interval up to three models, one column for more."""
    has = [name for name in ("std_error", "conf_low") if name in result.table.columns]
    if groups > 3 or not has:
        return [("", lambda row: _estimate(result, row, lang))]
    parts = [(vocabulary.heading("estimate", lang), lambda row: _written(result, row, "estimate", lang))]
    if "std_error" in has:
        parts.append(
            (vocabulary.heading("std_error", lang), lambda row: _written(result, row, "std_error", lang))
        )
    if "conf_low" in has:
        heading = apa.level_name(level, lang) if level else vocabulary.word("interval", lang)
        parts.append((heading, lambda row: _ends(result, row, lang)))
    return parts


def _written(result: Result, row: Any, column: str, lang: str) -> str:
    return "" if row is None or pd.isna(row[column]) else result.text(row, column, lang)


def _ends(result: Result, row: Any, lang: str) -> str:
    if row is None or pd.isna(row["conf_low"]):
        return ""
    bounded = result.is_bounded("estimate", str(row.get("part", "")))
    return apa.interval(row["conf_low"], row["conf_high"], lang, bounded=bounded)


def _foot(result: Result, models: Mapping[str, Any], groups: list, each: int, lang: str) -> list[Row]:
    """The fit numbers of each model and its n, below a rule; an F gets its degrees of freedom when the models share them."""
    names = list(dict.fromkeys(name for fit in models.values() for name in fit))
    free = [{fit.get(name) for fit in models.values()} for name in ("df", "df2")]
    shared = "statistic" in names and all(len(one) == 1 and None not in one for one in free)
    rows = []
    for name in names:
        if shared and name in ("df", "df2"):
            continue
        heading = "n" if name == "n_used" else vocabulary.heading(name, lang, "fit")
        if shared and name == "statistic":
            between = "; " if lang == "nl" else ", "
            heading = f"F({between.join(apa.freedom(*one, lang) for one in free)})"
        cells = [heading]
        for number in [(models.get(group) or {}).get(name) for group in groups]:
            text = "" if number is None else _fit_text(result, name, float(number), lang)
            cells += [text, *[""] * (each - 1)]
        rows.append(Row(tuple(cells), rule=not rows, foot=True))
    return rows


def _fit_text(result: Result, name: str, number: float, lang: str) -> str:
    if name == "n_used":
        return apa.count(number, lang)
    if name in ("df", "df2"):
        return apa.freedom(number, lang)
    return Result(result.kind, result.table, {name: number}, result.info).value(column=name).apa(lang)


def _bracketed(result: Result, lang: str) -> str:
    level = result.info.get("conf_level")
    if not level or "conf_low" not in result.table.columns:
        return ""
    return f"{ {'nl': 'Tussen haken staat het', 'en': 'Brackets hold the'}[lang] } {apa.level_name(level, lang)}."


def _estimate(result: Result, row: Any, lang: str) -> str:
    if row is None or pd.isna(row["estimate"]):
        return ""
    text = result.text(row, "estimate", lang)
    low, high = row.get("conf_low"), row.get("conf_high")
    return text if low is None or pd.isna(low) or pd.isna(high) else f"{text} {_ends(result, row, lang)}"
