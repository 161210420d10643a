"""The one shape of an answer: a tidy table, the numbers of the whole model, and how the answer came about."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import pandas as pd

from klantstudie import apa, inputs, vocabulary
from klantstudie.errors import InputError, KlantstudieError, suggestion

# The columns that say which row a number stands in, in the order in which they are printed.
KEYS = ("term", "part", "group", "reference_group", "wave", "choice")
OF_GROUPS = ("group", "reference_group", "wave")  # those of them that name some of the respondents
DIFFERENCE = " − "  # between the two ends of a term such as "north − south"


class Number(float):
    """A float that knows which result it came from, so that prose can print it as APA asks."""

    kind: str
    term: str
    column: str
    digits: int
    bounded: bool
    type: str
    n: float
    groups: tuple[str, ...]

    def __new__(
        cls,
        value: float,
        *,
        kind: str = "constant",
        term: str = "",
        column: str = "estimate",
        digits: int = 2,
        bounded: bool = False,
        type: str = "number",
        n: float = math.nan,
        groups: tuple[str, ...] = (),
    ) -> Self:
        self = super().__new__(cls, value)
        self.kind, self.term, self.column = kind, term, column
        self.digits, self.bounded, self.type = digits, bounded, type
        self.n, self.groups = n, groups
        return self

    def __reduce__(self) -> tuple:
        return (_number, (float(self), dict(self.__dict__)))

    def apa(self, lang: str = "nl", digits: int | None = None) -> str:
        """Write the number as APA 7 asks, in Dutch or English."""
        shown = self.digits if digits is None else digits
        return write(self, self.type, lang, digits=shown, bounded=self.bounded)


def _number(value: float, known: dict) -> Number:
    return Number(value, **known)


def constant(x: float, *, digits: int | None = None) -> Number:
    """Wrap a number that comes from no result (a bound, a year), so that prose accepts it.

    Whole numbers are printed without decimals, other numbers with the decimals they need, at most four.
    """
    value = float(x)
    if digits is None:
        digits = next((d for d in range(4) if math.isclose(round(value, d), value)), 4)
    return Number(value, digits=digits)


def write(value: float, type: str, lang: str, *, digits: int = 2, bounded: bool = False) -> str:
    """Write a number by the type its vocabulary entry names: number, p, count, share or magnitude."""
    if type == "p":
        return apa.p_value(value, lang)
    if type == "count":
        return apa.count(value, lang)
    if type == "share":
        return apa.share(value, lang)
    if type == "magnitude":
        return apa.magnitude(value, lang)
    return apa.number(value, lang, digits=digits, bounded=bounded)


@dataclass(frozen=True, repr=False)
class Result:
    """The answer of an analysis.

    `table` has one row per term and only columns of the vocabulary, in full precision. `fit` holds numbers of the
    whole model. `info` says how the answer came about: n_total, n_used, n_excluded, missing, method, conf_level,
    seed, decision, reference, bounded, and what an analysis adds.
    """

    kind: str
    table: pd.DataFrame
    fit: Mapping[str, float]
    info: Mapping[str, Any]

    def __reduce__(self) -> tuple:
        return (_result, (self.kind, self.table, dict(self.fit), dict(self.info)))

    def row(self, term: str | None = None, **where: Any) -> pd.Series:
        """Return the one row with this term (and part, group, …); none or several is an error that lists them."""
        wanted = {"term": term, **where} if term is not None else where
        for column in wanted:
            if column not in self.table.columns:
                raise InputError(
                    f"{self.kind} has no column '{column}'{suggestion(column, self.table.columns)}"
                )
        keep = np.ones(len(self.table), dtype=bool)
        for column, value in wanted.items():
            keep &= (self.table[column].astype("string") == str(value)).fillna(False).to_numpy(dtype=bool)
        found = self.table[keep]
        if len(found) == 1:
            return found.iloc[0]
        keys = [key for key in KEYS if key in self.table.columns]
        told = "; ".join(
            " / ".join(str(value) for value in row) for row in self.table[keys].itertuples(index=False)
        )
        problem = "no row" if found.empty else f"{len(found)} rows"
        raise InputError(f"{self.kind} has {problem} with {wanted}; its rows ({', '.join(keys)}): {told}")

    def level(self, row: Mapping[str, Any]) -> float | None:
        """Return the level of the interval of a row: that of its part, such as equivalence, or of the whole answer."""
        found = self.info.get(f"conf_level_{row.get('part', '')}", self.info.get("conf_level"))
        return None if found is None else float(found)

    def value(self, term: str | None = None, column: str = "estimate", **where: Any) -> Number:
        """Return one number that knows where it came from.

        With a term (and part, group, … where needed) it is read from the table; without one from fit, then info.
        """
        if term is None and not where:
            for source in (self.fit, self.info):
                found = source.get(column)
                if isinstance(found, (int, float, np.number)) and not isinstance(found, bool):
                    return self._number(float(found), "", column, "")
            known = [*self.fit, *(key for key, value in self.info.items() if isinstance(value, (int, float)))]
            raise InputError(
                f"{self.kind} has no number '{column}'{suggestion(column, known)}; it has {known}"
            )
        row = self.row(term, **where)
        if column not in row.index:
            raise InputError(f"{self.kind} has no column '{column}'{suggestion(column, row.index)}")
        value = row[column]
        if isinstance(value, str):
            raise InputError(f"{self.kind}: column '{column}' is text ('{value}'); take it from .row(…)")
        found = self._number(float(value), str(row.get("term", "")), column, str(row.get("part", "")))
        found.n = float(row.get("n", math.nan))
        found.groups = tuple(str(row[name]) for name in OF_GROUPS if row.get(name, ""))
        return found

    def _number(self, value: float, term: str, column: str, part: str) -> Number:
        known = _meaning(column)
        return Number(
            value,
            kind=self.kind,
            term=term,
            column=column,
            digits=int(known.get("digits", 2)),
            bounded=self.is_bounded(column, part),
            type=str(known.get("type", "number")),
        )

    def is_bounded(self, column: str, part: str = "") -> bool:
        """Say whether the absolute value of a column (in rows of this part) cannot exceed 1."""
        if _meaning(column).get("bounded", False):
            return True
        column = {"conf": "estimate", "pred": "estimate", "effect": "effect"}.get(
            column.removesuffix("_low").removesuffix("_high"), column
        )
        bounded = self.info.get("bounded", ())
        return column in bounded or f"{column}@{part}" in bounded

    def text(self, row: Mapping[str, Any], column: str, lang: str = "nl") -> str:
        """Write one cell as it is printed."""
        value = row[column]
        known = _meaning(column)
        if known.get("type") == "text":
            return "" if pd.isna(value) else vocabulary.translate(str(value), lang)
        bounded = self.is_bounded(column, str(row.get("part", "")))
        return write(value, known.get("type", "number"), lang, digits=digits_of(row, column), bounded=bounded)

    def apa(self, lang: str = "nl") -> list[str]:
        """Return one line of text per row, written from the vocabulary columns that the row has.

        The row of a group that is too small to show in a loaded study keeps its names only.
        """
        hidden = of_small_groups(self.table)
        names = [name for name in KEYS if name in self.table.columns]
        rows = (row for _, row in self.table.iterrows())
        return [
            _line(self, row[names] if small else row, lang) for small, row in zip(hidden, rows, strict=True)
        ]

    def __repr__(self) -> str:
        used = f"n = {self.info['n_used']} of {self.info['n_total']}"
        return "\n".join([f"{self.kind} ({used})", *self.apa("en")])

    def _repr_html_(self) -> str:
        columns = list(self.table.columns)
        hidden = of_small_groups(self.table)
        head = "".join(f"<th>{html.escape(vocabulary.heading(name, 'en'))}</th>" for name in columns)
        body = "".join(
            "<tr>"
            + "".join(
                f"<td>{html.escape('' if small and name not in KEYS else self.text(row, name, 'en'))}</td>"
                for name in columns
            )
            + "</tr>"
            for small, (_, row) in zip(hidden, self.table.iterrows(), strict=True)
        )
        numbers = "; ".join(
            f"{html.escape(vocabulary.heading(name, 'en', 'fit'))} = {self.value(column=name).apa('en')}"
            for name in self.fit
        )
        note = f"n = {self.info['n_used']} of {self.info['n_total']}. {html.escape(str(self.info['method']))}"
        return (
            f"<table><caption>{html.escape(self.kind)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table><p>{numbers}</p><p>{note}</p>"
        )


def _result(kind: str, table: pd.DataFrame, fit: dict, info: dict) -> Result:
    return Result(kind, table, MappingProxyType(fit), MappingProxyType(info))


def build(
    kind: str,
    rows: pd.DataFrame | Iterable[Mapping[str, Any]],
    *,
    n_total: int,
    n_used: int,
    method: str,
    reference: str | Sequence[str],
    missing: str = "listwise",
    conf_level: float | None = None,
    seed: int | None = None,
    decision: str | None = None,
    bounded: Sequence[str] = (),
    fit: Mapping[str, float] | None = None,
    **more: Any,
) -> Result:
    """Make a Result: check every word against the vocabulary, make numbers float, account for the cases.

    `rows` is a frame or one mapping per term; `n_used` counts the cases the numbers rest on, `n_total` those that
    were given. An unknown column or fit number is an error that names the nearest word.
    """
    table = rows.copy() if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    table = table.reset_index(drop=True)
    for column in table.columns:
        known = vocabulary.entry("columns", str(column))
        if known.get("type") == "text":
            table[column] = table[column].astype("string").fillna("").astype(object)
        else:
            table[column] = table[column].astype("float64")
    if "term" not in table.columns:
        raise KlantstudieError(f"{kind}: a result needs the column 'term'")
    for name in fit or {}:
        vocabulary.entry("fit", name)
    if decision is not None:
        vocabulary.entry("decisions", decision)
    if not 0 <= n_used <= n_total:
        raise KlantstudieError(f"{kind}: n_used ({n_used}) must lie between 0 and n_total ({n_total})")
    info = {
        "n_total": int(n_total),
        "n_used": int(n_used),
        "n_excluded": int(n_total) - int(n_used),
        "missing": missing,
        "method": method,
        "conf_level": conf_level,
        "seed": seed,
        "decision": decision,
        "reference": reference if isinstance(reference, str) else "; ".join(reference),
        "bounded": tuple(bounded),
        **more,
    }
    numbers = {name: float(value) for name, value in (fit or {}).items()}
    return _result(kind, table, numbers, info)


def of_small_groups(table: pd.DataFrame) -> np.ndarray:
    """Return the rows that tell of a group too small to show in the studies that were loaded, also in a difference."""
    known = inputs.protected()
    found = np.zeros(len(table), dtype=bool)
    about = np.zeros(len(table), dtype=bool)
    for name in OF_GROUPS:
        if name in table.columns:
            texts = table[name].astype(str)
            found |= texts.isin(known.groups).to_numpy()
            about |= (texts != "").to_numpy()
    if known.groups and "term" in table.columns:
        ends = table["term"].astype(str).str.split(DIFFERENCE)
        found |= np.array([len(pair) > 1 and any(end in known.groups for end in pair) for pair in ends], bool)
    if "n" in table.columns:
        n = table["n"].to_numpy(float)
        found |= about & (n > 0) & (n < known.least)
    return found


def digits_of(row: Mapping[str, Any], column: str) -> int:
    """The decimals of a cell: those of its column, and more where the standard error would be printed as zero."""
    digits = int(_meaning(column).get("digits", 2))
    error = row.get("std_error") if column in ("estimate", "std_error") else None
    if error is None or pd.isna(error) or error <= 0 or round(error, digits) > 0:
        return digits
    return min(math.ceil(-math.log10(error)), 4)


def _meaning(column: str) -> Mapping[str, Any]:
    for kind in ("columns", "fit"):
        found = vocabulary.entries(kind).get(column)
        if found is not None:
            return found
    if column.startswith("n_") or column in ("n", "seed"):
        return {"type": "count", "digits": 0}
    return {}


def _line(result: Result, row: pd.Series, lang: str) -> str:
    present = [name for name in row.index if not _empty(row[name])]
    name = " / ".join(vocabulary.translate(str(row[key]), lang) for key in KEYS if key in present)
    pieces = []
    skip = {
        *KEYS,
        "conf_low",
        "conf_high",
        "statistic_name",
        "df",
        "df2",
        "effect_low",
        "effect_high",
        "effect_name",
    }
    for column in present:
        if column in skip:
            continue
        text = result.text(row, column, lang)
        if column == "statistic":
            pieces.append(f"{_statistic(row, present, lang)} = {text}")
        elif column in ("p_value", "p_adjusted"):
            heading = vocabulary.heading(column, lang)
            pieces.append(f"{heading} {text}" if text[:1] in "<>" else f"{heading} = {text}")
        elif column == "effect" and "effect_name" in present:
            pieces.append(f"{row['effect_name']} = {text}" + _between(result, row, "effect", lang))
        else:
            pieces.append(f"{vocabulary.heading(column, lang)} = {text}")
        if column == "estimate":
            pieces[-1] += _between(result, row, "conf", lang)
    return f"{name}: {', '.join(pieces)}" if pieces else name


def _between(result: Result, row: pd.Series, stem: str, lang: str) -> str:
    low, high = row.get(f"{stem}_low"), row.get(f"{stem}_high")
    if low is None or high is None or (math.isnan(low) and math.isnan(high)):
        return ""
    main = "estimate" if stem == "conf" else "effect"
    bounded = result.is_bounded(main, str(row.get("part", "")))
    digits = digits_of(row, main)
    level = result.level(row)
    name = f"{apa.level_name(level, lang)} " if level else ""
    return f", {name}{apa.interval(low, high, lang, digits=digits, bounded=bounded)}"


def _statistic(row: pd.Series, present: list[str], lang: str) -> str:
    name = (
        str(row["statistic_name"]) if "statistic_name" in present else vocabulary.heading("statistic", lang)
    )
    freedom = [apa.freedom(row[key], lang) for key in ("df", "df2") if key in present]
    return f"{name}({(', ' if lang == 'en' else '; ').join(freedom)})" if freedom else name


def _empty(value: Any) -> bool:
    return (isinstance(value, str) and not value) or (not isinstance(value, str) and pd.isna(value))
