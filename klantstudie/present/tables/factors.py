"""Factor loadings as APA prints them: items in rows and factors in columns, or a measurement model by factor."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from klantstudie import apa, vocabulary
from klantstudie.errors import InputError
from klantstudie.present.labels import named
from klantstudie.present.tables.layout import Column, Layout, Row
from klantstudie.present.tables.noting import account
from klantstudie.result import Result


def lay_out_loadings(
    result: Result, lang: str, labels: Mapping[str, str], own: str, titled: Mapping[str, str]
) -> Layout:
    """Lay loadings out: those of an exploratory analysis by item and factor, those of a model by factor."""
    table = result.table
    if "part" not in table.columns or not (table["part"] == "loading").any():
        raise InputError(f"{result.kind} has no loadings: it needs rows with part 'loading'")
    loadings = table[table["part"] == "loading"]
    modelled = loadings["term"].str.contains("=~", regex=False).all()
    lay = _by_factor if modelled else _by_item
    columns, rows = lay(result, loadings, lang, labels)
    general = " ".join(text for text in (own, *account(result, lang)) if text)
    return Layout(columns, rows, general=general, **titled)


def _by_item(
    result: Result, loadings: pd.DataFrame, lang: str, labels: Mapping[str, str]
) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """Items in rows, factors in columns, then the unique variance; variances and correlations of factors below a rule."""
    factors, items = list(dict.fromkeys(loadings["group"])), list(dict.fromkeys(loadings["term"]))
    cells = {(row["term"], row["group"]): row for _, row in loadings.iterrows()}
    unique = result.table[result.table["part"] == "uniqueness"].set_index("term")["estimate"]
    columns = [Column("term", vocabulary.heading("term", lang), False)]
    columns += [Column(str(factor), named(str(factor), labels, str(factor)), True) for factor in factors]
    if len(unique):
        columns.append(Column("uniqueness", vocabulary.word("uniqueness", lang).capitalize(), True))
    rows = []
    for item in items:
        made = [named(str(item), labels, str(item))]
        for factor in factors:
            row = cells.get((item, factor))
            made.append("" if row is None else apa.number(row["estimate"], lang))
        if len(unique):
            made.append(apa.number(unique.get(item), lang, bounded=True))
        rows.append(Row(tuple(made)))
    last = [""] if len(unique) else []
    rows += _below(result, factors, last, lang)
    return tuple(columns), tuple(rows)


def _below(result: Result, factors: list, last: list[str], lang: str) -> list[Row]:
    table, rows = result.table, []
    variance = table[table["part"] == "variance"].set_index("term")
    if len(variance) and "share" in variance.columns:
        shares = [apa.share(variance["share"].get(factor), lang) for factor in factors]
        heading = {"nl": "Aandeel van de variantie", "en": "Share of the variance"}[lang]
        rows.append(Row((heading, *shares, *last), rule=True, foot=True))
    together = table[table["part"] == "factor_correlation"]
    known = {frozenset(str(row["term"]).split(" ~~ ")): row["estimate"] for _, row in together.iterrows()}
    for place, factor in enumerate(factors[1:] if known else [], 1):
        name = {"nl": "Correlatie met", "en": "Correlation with"}[lang] + f" {factor}"
        made = [
            apa.number(known.get(frozenset((str(factor), str(other)))), lang, bounded=True)
            for other in factors[:place]
        ]
        rows.append(Row((name, *made, *[""] * (len(factors) - place), *last), rule=not rows, foot=True))
    return rows


def _by_factor(
    result: Result, loadings: pd.DataFrame, lang: str, labels: Mapping[str, str]
) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """A section for each factor: estimate, standard error, standardised loading and explained variance of its items."""
    explained = result.table[result.table["part"] == "r_squared"]
    grouped = "group" in loadings.columns and loadings["group"].nunique() > 1
    wanted = [name for name in ("estimate", "std_error", "standardized") if name in loadings.columns]
    columns = [Column("term", vocabulary.heading("term", lang), False)]
    columns += [Column(name, vocabulary.heading(name, lang), True) for name in wanted]
    columns += [Column("r_squared", "R²", True)] if len(explained) else []
    rows: list[Row] = []
    before = None
    for _, row in loadings.iterrows():
        factor, item = (end.strip() for end in str(row["term"]).split("=~", 1))
        about = (factor, row["group"] if grouped else "")
        if about != before:
            before = about
            shown = named(factor, labels, vocabulary.translate(factor, lang))
            rows.append(Row((f"{shown} ({row['group']})" if grouped else shown,), section=True))
        made = [named(item, labels, item)]
        made += ["" if pd.isna(row[name]) else result.text(row, name, lang) for name in wanted]
        if len(explained):
            mine = explained[(explained["term"] == item) & (~_other(explained, row, grouped))]["estimate"]
            made.append(apa.number(mine.iloc[0], lang, bounded=True) if len(mine) else "")
        rows.append(Row(tuple(made)))
    return tuple(columns), tuple(rows)


def _other(table: pd.DataFrame, row: pd.Series, grouped: bool) -> pd.Series:
    """Rows of another group than this one."""
    return table["group"] != row["group"] if grouped else pd.Series(False, index=table.index)
