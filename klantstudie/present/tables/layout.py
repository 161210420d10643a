"""Lays a Result or frame out as an APA 7 table: headings, sections, cells and notes as text, for every format alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from klantstudie import apa, vocabulary
from klantstudie.errors import InputError, suggestion
from klantstudie.present import phrases
from klantstudie.present.labels import Labels, mapping
from klantstudie.present.labels import named as name_of
from klantstudie.present.tables import rechecking
from klantstudie.present.tables.noting import account
from klantstudie.result import Result, digits_of

# Symbols that APA 7 (6.44) prints in italics: Latin letters that stand for a statistic.
ITALIC = re.compile(r"^(SD|SE|df₂|df|R²|ICC|OR|Mdn|[A-Za-z])(?=$|[\s(₀-₉²)]|_[A-Za-z0-9]+\b)")
GREEK = re.compile(r"^[α-ωΑ-Ω](?=_[A-Za-z0-9]+\b)")  # upright, with what stands below it
LEVEL = re.compile(r"^[\d.,]+%(-BI| CI) (?=.)")
PERSON = re.compile(r"^(?:Cohen|Hedges|Glass|Cohens|Kendalls|Kendall)(?:['’]s?)? (?=[A-Za-z]\b)")
SUBSCRIPT = re.compile(r"_([A-Za-z0-9]+)")
KEYS = ("term", "part", "group", "reference_group", "wave", "choice", "answer")
Beside = Sequence[Result] | Mapping[str, Mapping[str, float]]
SYMBOLS = ("effect_name", "statistic_name")  # columns whose cells are names such as d_z and F
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Column:
    """One printed column: its heading, whether it holds numbers (right-aligned) or text, and a heading over several."""

    name: str
    heading: str
    numeric: bool
    over: str = ""

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The heading in pieces of (text, look)."""
        return pieces(self.heading)


def pieces(heading: str) -> list[tuple[str, str]]:
    """Divide a heading in pieces of (text, look), the symbols in italics; the look is "", "italic" or "sub"."""
    before = LEVEL.match(heading) or PERSON.match(heading)
    if before is not None:
        return [(before.group(), ""), *pieces(heading[before.end() :])]
    if heading.startswith("Δ"):
        return [("Δ", ""), *pieces(heading[1:])]
    found, look = ITALIC.match(heading), "italic"
    if found is None:
        found, look = GREEK.match(heading), ""
    if found is None:
        return [(heading, "")]
    rest = heading[found.end() :]
    below = SUBSCRIPT.match(rest)
    made = [(found.group(), look)]
    if below is not None:
        made.append((below.group(1), "sub"))
        rest = rest[below.end() :]
    return [*made, *([(rest, "")] if rest else [])]


@dataclass(frozen=True)
class Row:
    """One printed row; a section row has one cell that spans the table, `rule` draws a line above it.

    `marks` are letters of specific notes by the place of their cell; a `foot` row holds numbers of the whole model,
    under the symbol of each.
    """

    cells: tuple[str, ...]
    section: bool = False
    marks: Mapping[int, str] = field(default_factory=dict)
    rule: bool = False
    foot: bool = False

    def shown(self, place: int, column: Column) -> list[tuple[str, str]]:
        """One cell in pieces of (text, look): a symbol, such as d_z in the column of effect sizes, is set as in a heading."""
        symbol = column.name in SYMBOLS or (self.foot and place == 0)
        made = pieces(self.cells[place]) if symbol else [(self.cells[place], "")]
        return [*made, (self.marks[place], "super")] if place in self.marks else made


@dataclass(frozen=True)
class Layout:
    """A table as text, ready for HTML, Markdown, LaTeX or Word."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    number: str = ""
    title: str = ""
    general: str = ""
    specific: tuple[tuple[str, str], ...] = ()
    probability: str = ""
    lang: str = "nl"

    @property
    def spans(self) -> list[tuple[str, int, int]]:
        """The upper row of a head of two rows, as (heading, first column, columns); empty when there is one row."""
        if not any(column.over for column in self.columns):
            return []
        found: list[tuple[str, int, int]] = []
        for place, column in enumerate(self.columns):
            if column.over and found and found[-1][0] == column.over:
                found[-1] = (column.over, found[-1][1], found[-1][2] + 1)
            else:
                found.append((column.over, place, 1))
        return found


def lay_out(
    thing: Result | pd.DataFrame,
    *,
    lang: str = "nl",
    number: str | int | None = None,
    title: str | Mapping[str, str] = "",
    note: str | Mapping[str, str] | None = None,
    columns: Sequence[str] = (),
    labels: Labels = None,
    shape: str = "rows",
    beside: Beside = (),
) -> Layout:
    """Lay a Result or a frame out; `columns` chooses what is printed, `labels` replaces terms by readable names.

    `shape` is "rows" (one row a row), "matrix" (pairs as a triangle, with mean, SD and reliability of the results in
    `beside`), "wide" (groups, parts or models side by side) or "loadings" (those of factors).
    """
    own = _own(note, lang)
    named = {
        "number": "" if number in (None, "") else f"{vocabulary.word('table', lang)} {number}",
        "title": apa.title(_own(title, lang), lang),
        "lang": lang,
    }
    made: Layout
    if isinstance(thing, Result) and shape != "rows":
        from klantstudie.present.tables.shapes import lay_out_shape

        known = mapping(labels, lang)
        made = lay_out_shape(thing, shape, lang=lang, labels=known, beside=beside, own=own, titled=named)
    elif isinstance(thing, Result):
        made = _of_result(thing, lang, columns, mapping(labels, lang), own, named)
    else:
        from klantstudie.present.tables.framed import lay_out_frame

        made = lay_out_frame(thing, lang, columns, own, named)
    from klantstudie.present.tables.aligning import aligned, explained

    return aligned(explained(made))


def _own(text: str | Mapping[str, str] | None, lang: str) -> str:
    if text is None:
        return ""
    return text if isinstance(text, str) else str(text[lang])


def chosen_columns(table: pd.DataFrame, columns: Sequence[str], what: str) -> list[str]:
    """Return the columns to print: those asked for, else all that are not empty."""
    for name in columns:
        if name not in table.columns:
            raise InputError(f"{what} has no column '{name}'{suggestion(name, table.columns)}")
    wanted = list(columns) or list(table.columns)
    return [name for name in wanted if columns or not _all_empty(table[name])]


def _all_empty(column: pd.Series) -> bool:
    known = column.dropna()
    if pd.api.types.is_numeric_dtype(column):
        return known.empty
    return all(str(value) == "" for value in known)


# ---------------------------------------------------------------------------------------------- results


def _of_result(
    result: Result,
    lang: str,
    columns: Sequence[str],
    labels: Mapping[str, str],
    own: str,
    named: dict[str, str],
) -> Layout:
    table = result.table
    names = chosen_columns(table, columns, result.kind)
    sections = _sections(table, names)
    if sections:
        names.remove("part")
    if not columns:
        _drop_constant(result, names)
    remarks = _remarks(table, names, labels, lang)
    plan = _plan(result, names, lang)
    ends = next((place for place, (column, _) in enumerate(plan) if column.name == "conf"), None)
    letters: dict[str, str] = {}
    rows: list[Row] = []
    before = None
    whole = phrases.wholes(table["choice"].astype(str)) if "choice" in names else {}
    for position, (_, row) in enumerate(table.iterrows()):
        if sections and row["part"] != before:
            before = row["part"]
            rows.append(Row((vocabulary.translate(str(before), lang),), section=True))
        cells = tuple(
            phrases.choices(str(row["choice"]), labels, lang, whole)
            if column.name == "choice"
            else _labelled(result.kind, column.name, row, labels, write(row), lang)
            for column, write in plan
        )
        told = {0: remarks[position]}
        if ends is not None and cells[ends] and result.level(row) != result.info.get("conf_level"):
            told[ends] = apa.level_name(result.level(row), lang)
        rows.append(Row(cells, marks={place: _letter(letters, text) for place, text in told.items() if text}))
    general = " ".join(text for text in (own, *account(result, lang, labels)) if text)
    return Layout(
        tuple(column for column, _ in plan),
        tuple(rows),
        general=general,
        specific=tuple((letter, text) for text, letter in letters.items()),
        **named,
    )


def _labelled(kind: str, column: str, row: pd.Series, labels: Mapping[str, str], cell: str, lang: str) -> str:
    """Return a cell with its readable name: of a term also by its parts, of a group only whole."""
    if column == "term" and kind == "multiverse.influence":  # the terms are the names of choices
        return phrases.choice(str(row["term"]), "", labels, lang)[0]
    if column == "term" and kind == "recheck.against":  # "a: std_error"
        name, _, number = str(row["term"]).rpartition(": ")
        return f"{name_of(name, labels, vocabulary.translate(name, lang))}: {vocabulary.number(number, lang)}"
    if column == "term":
        return name_of(str(row["term"]), labels, cell)
    return labels.get(str(row[column]), cell) if column in ("group", "reference_group", "answer") else cell


def _sections(table: pd.DataFrame, names: list[str]) -> bool:
    """Parts become section headings when each part is one block of rows and at least one block has two rows."""
    if "part" not in names or "term" not in names:
        return False
    part = table["part"].astype(str)
    blocks = int((part != part.shift()).sum())
    return part.nunique() == blocks and 1 <= blocks < len(part) and bool((part != "").all())


# Columns that a figure needs and a printed table does not.
DRAWN = ("importance_line", "performance_line", "ellipse_long", "ellipse_short", "ellipse_angle")


def _drop_constant(result: Result, names: list[str]) -> None:
    """Leave out what repeats in every row and stands elsewhere: n (in the note), and a term told by its groups."""
    table = result.table
    for name in (*DRAWN, "printed"):
        if name in names:
            names.remove(name)
    if len(table) < 2:
        return
    n = table["n"] if "n" in names and "n_excluded" not in names else None
    if n is not None and n.nunique(dropna=False) == 1 and n.iloc[0] == result.info.get("n_used"):
        names.remove("n")
    telling = [key for key in KEYS[2:] if key in names and table[key].nunique() == len(table)]
    if telling and "term" in names and table["term"].nunique() == 1:
        names.remove("term")
        names.insert(0, names.pop(names.index(telling[0])))


def _remarks(table: pd.DataFrame, names: list[str], labels: Mapping[str, str], lang: str) -> list[str]:
    """Take the column of remarks out, for specific notes under the table; "with x" names x by its label."""
    if "note" not in names:
        return [""] * len(table)
    names.remove("note")
    told = [
        f"with {name_of(text[5:], labels, text[5:])}" if text.startswith("with ") else text
        for text in table["note"].fillna("").astype(str)
    ]
    return [phrases.remark(text, lang) for text in told]


def _letter(letters: dict[str, str], text: str) -> str:
    """The letter of a specific note; a new text gets the next one."""
    return letters.setdefault(text, LETTERS[len(letters)] if len(letters) < 26 else str(len(letters)))


def _plan(result: Result, names: list[str], lang: str) -> list[tuple[Column, Any]]:
    """Pair each printed column with the function that writes its cell; intervals merge into one column."""
    table, plan, done = result.table, [], set()
    constant = _constant(table)
    hidden = _absorbed(names, constant)
    for name in names:
        if name in done or name in hidden:
            continue
        stem = name.removesuffix("_low")
        if name.endswith("_low") and f"{stem}_high" in names and stem not in APART:
            done.add(f"{stem}_high")
            plan.append(
                (
                    Column(
                        stem,
                        _interval_heading(result, stem, names, constant, lang),
                        True,
                    ),
                    interval(result, stem, lang),
                )
            )
            continue
        kind = vocabulary.entry("columns", name).get("type")
        heading = vocabulary.heading(name, lang)
        if name == "statistic":
            heading = _statistic_heading(heading, names, constant, hidden, lang)
        elif name == "effect" and "effect_name" in hidden:
            heading = _capital(_effect(constant["effect_name"], lang))
        plan.append((Column(name, heading, kind != "text"), _writer(result, name, lang)))
    return plan


# A column that says something about another counts as constant when it is so wherever that other has a value.
ABOUT = {"statistic_name": "statistic", "df": "statistic", "df2": "statistic", "effect_name": "effect"}


def _constant(table: pd.DataFrame) -> dict[str, Any]:
    """Return the columns that have one value in every row (where it counts) with that value."""
    found = {}
    for name in table.columns:
        column = table[name]
        of = ABOUT.get(name)
        if of in table.columns:
            column = column[table[of].notna()]
        if len(column) and column.nunique(dropna=False) == 1:
            found[name] = column.iloc[0]
    return found


def _absorbed(names: list[str], constant: Mapping[str, Any]) -> set[str]:
    """Columns that are the same in all rows and move into the heading beside them: t(249), d."""
    hidden = set()
    if "statistic" in names and constant.get("statistic_name"):
        hidden.add("statistic_name")
        freedom = [name for name in ("df", "df2") if name in names]
        if freedom and all(name in constant and not pd.isna(constant[name]) for name in freedom):
            hidden.update(freedom)
    if "effect" in names and constant.get("effect_name"):
        hidden.add("effect_name")
    return hidden


def _statistic_heading(heading: str, names: list[str], constant: Mapping, hidden: set[str], lang: str) -> str:
    if "statistic_name" not in hidden:
        return heading
    freedom = [apa.freedom(constant[name], lang) for name in ("df", "df2") if name in hidden]
    between = {"nl": ";\u00a0", "en": ",\u00a0"}[lang]
    return str(constant["statistic_name"]) + (f"({between.join(freedom)})" if freedom else "")


def _effect(name: Any, lang: str) -> str:
    """The name of an effect size in the language of the table."""
    shown = vocabulary.translate(str(name), lang)
    return shown if shown != name else phrases.say(shown, lang) or shown


def _capital(heading: str) -> str:
    """A heading of words begins with a capital; a symbol such as d_z stays as it is."""
    words = len(heading) > 2 and heading[:2].isalpha() and heading[:2].islower()
    return heading[:1].upper() + heading[1:] if words else heading


APART = ("possible", "range", "bound", "limit")  # ends that are no interval of an estimate stay two columns


def _interval_heading(result: Result, stem: str, names: list[str], constant: Mapping, lang: str) -> str:
    level = result.info.get("conf_level")
    name = apa.level_name(level, lang) if level else vocabulary.word("interval", lang)
    if stem == "conf":
        return name
    if stem == "pred":  # a prediction or credibility interval, whose level the method names
        return _stem_heading(stem, lang)
    of = constant.get("effect_name") if stem == "effect" else None
    shown = _effect(of, lang) if of else _stem_heading(stem, lang)
    return f"{name} {shown}" if sum(n.endswith("_low") for n in names) > 1 else name


def _stem_heading(stem: str, lang: str) -> str:
    """The heading of what an interval is about: its own column, else that of its lower end without "low"."""
    columns = vocabulary.entries("columns")
    if stem in columns:
        return str(columns[stem][lang])
    heading = str(columns.get(f"{stem}_low", {}).get(lang, stem))
    return re.sub(r"\s*\(?(laag|low)\)?$|^(laagste|lowest|lower)\s+", "", heading)


def interval(result: Result, stem: str, lang: str) -> Callable[[pd.Series], str]:
    """Return what writes the interval of a row, named by its stem such as conf or share; nothing where there is none."""
    main = "estimate" if stem == "conf" else stem
    known = vocabulary.entries("columns").get(main, {})
    share = known.get("type") == "share"

    def write(row: pd.Series) -> str:
        low, high = row[f"{stem}_low"], row[f"{stem}_high"]
        if share:
            low, high = 100 * low, 100 * high
        bounded = not share and result.is_bounded(main, str(row.get("part", "")))
        text = apa.interval(low, high, lang, digits=1 if share else digits_of(row, main), bounded=bounded)
        return "" if text == apa.ABSENT else text

    return write


def _writer(result: Result, name: str, lang: str) -> Any:
    known = vocabulary.entry("columns", name)
    column = result.table[name]
    whole = name in ("minimum", "maximum", "median") and bool((column.dropna() % 1 == 0).all())
    uneven = known.get("type") == "count" and any(not float(value).is_integer() for value in column.dropna())
    beside = "printed" in result.table.columns and name in rechecking.COLUMNS

    def write(row: pd.Series) -> str:
        told = str(row["printed"]) if beside and name == "reported" else ""
        if known.get("type") != "text" and pd.isna(row[name]) and not told:
            return ""
        if beside:
            return rechecking.cell(result, row, name, lang)
        counted = (name == "threshold" and float(row[name]).is_integer()) or (
            name == "estimate" and str(row.get("term", "")).startswith("n_")  # n_significant
        )
        if whole or counted:
            return apa.count(row[name], lang)
        if name in ("df", "df2"):
            return apa.freedom(row[name], lang, whole=not uneven)
        if uneven:
            return apa.number(row[name], lang, digits=1)
        return _effect(row[name], lang) if name == "effect_name" else result.text(row, name, lang)

    return write
