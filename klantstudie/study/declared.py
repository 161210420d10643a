"""The tables a codebook may hold, as pydantic models, and where each stands in the TOML file."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from klantstudie.errors import suggestion
from klantstudie.study import conditions

READERS = (
    "auto",
    "csv",
    "xlsx",
    "ods",
    "sav",
    "dta",
    "parquet",
    "qualtrics",
    "limesurvey",
    "surveymonkey",
    "google_forms",
    "microsoft_forms",
)
Reader = Literal[
    "auto",
    "csv",
    "xlsx",
    "ods",
    "sav",
    "dta",
    "parquet",
    "qualtrics",
    "limesurvey",
    "surveymonkey",
    "google_forms",
    "microsoft_forms",
]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _dated(value: object) -> object:
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value


Code = int | float | str
Names = Annotated[list[str], BeforeValidator(_listed)]
Date = Annotated[str, BeforeValidator(_dated)]


class Table(BaseModel):
    """What every table of a codebook has in common: no unknown keys, no silent conversion, no change."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Words(Table):
    """A text in Dutch and English; a plain string serves for both."""

    nl: str = ""
    en: str = ""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {"nl": value, "en": value} if isinstance(value, str) else value

    def get(self, lang: str) -> str:
        """Return the text in this language, or in the other when there is only one."""
        return (self.nl or self.en) if lang == "nl" else (self.en or self.nl)


class StudyTable(Table):
    """[study]: what the file is, where it comes from, and the columns that are not answers."""

    title: Words
    file: str = ""
    reader: Reader = "auto"
    sheet: str | int | None = None
    decimal: Literal["auto", "point", "comma"] = "auto"
    authors: Names = []
    date: Date = ""
    citation: str = ""
    licence: str = ""
    simulated: bool = False
    id: str = ""
    duplicates: Literal["error", "first", "last"] = "error"
    missing: list[Code] = []
    weight: str = ""
    counts: bool = False
    duration: str = ""
    time_zone: str = ""
    attention: dict[str, Code] = {}
    min_cell: Annotated[int, Field(ge=1)] = 5
    quasi_identifiers: list[str] = []
    identifiers: list[str] = []


class Response(Table):
    """[responses.NAME]: the answers a person could give."""

    min: float
    max: float
    labels: dict[str, Words] = {}
    missing: list[Code] = []
    whole: bool = True
    out_of_range: Literal["error", "missing"] = "error"

    @model_validator(mode="after")
    def _ordered(self) -> Response:
        if not self.min < self.max:
            raise ValueError(f"min ({self.min:g}) must be smaller than max ({self.max:g})")
        return self


class Item(Table):
    """[items.NAME]: one question; NAME is its column in the file unless `column` says otherwise.

    Type "multiple" is a cell that holds several answers ("web;counter"); it becomes a column NAME_1, NAME_2, … of
    0 and 1 for every option. Type "ticked" is a column of its own for one option, filled or empty.
    """

    text: Words = Words()
    column: str = ""
    response: str = ""
    type: Literal["number", "text", "multiple", "ticked"] = "number"
    reverse: bool = False
    role: Names = []
    pair: str = ""
    block: str = ""
    options: list[Words] = []
    separator: Annotated[str, Field(min_length=1)] = ";"

    @model_validator(mode="after")
    def _fits_its_type(self) -> Item:
        if self.type == "multiple" and not self.options:
            raise ValueError(
                'type = "multiple" needs options = ["…", "…"]: the answers that may stand in a cell'
            )
        if self.type != "multiple" and self.options:
            raise ValueError('options belong to type = "multiple"; for one answer a cell use a response')
        if self.type != "number" and (self.response or self.reverse):
            raise ValueError(f'type = "{self.type}" has no response scale and no reverse')
        return self


class Scale(Table):
    """[scales.NAME]: items that are scored together."""

    label: Words = Words()
    items: Annotated[list[str], Field(min_length=1)]
    scoring: Literal["mean", "sum"] = "mean"
    min_answered: int | float = 1.0
    role: Names = []

    def needed(self) -> int:
        """Return how many items must be answered for a score."""
        if isinstance(self.min_answered, int):
            return self.min_answered
        return max(1, int(-(-self.min_answered * len(self.items) // 1)))

    @model_validator(mode="after")
    def _reachable(self) -> Scale:
        count = isinstance(self.min_answered, int)
        right = 1 <= self.min_answered <= len(self.items) if count else 0 < self.min_answered <= 1
        if not right:
            raise ValueError(
                f"min_answered must be a count from 1 to {len(self.items)} or a share such as 0.8 "
                f"(1.0 = all); given: {self.min_answered!r}"
            )
        return self


class Group(Table):
    """[groups.NAME]: a column that divides the respondents."""

    column: str = ""
    label: Words = Words()
    labels: dict[str, Words] = {}
    order: list[Code] = []


class Waves(Table):
    """[waves]: the column that says when an answer was given."""

    column: str
    order: list[Code] = []
    labels: dict[str, Words] = {}


class Rule(Table):
    """[[rules]]: which rows are left out, or which answers are set to missing, and why."""

    name: Annotated[str, Field(min_length=1)]
    when: str
    reason: Words
    action: Literal["exclude", "missing"] = "exclude"
    columns: list[str] = []

    @model_validator(mode="after")
    def _parses(self) -> Rule:
        conditions.parse(self.when)
        if self.action == "missing" and not self.columns:
            raise ValueError('action = "missing" needs columns = ["…"]: the columns to set to missing')
        return self


class Instrument(Table):
    """[instruments.NAME]: a published questionnaire whose structure the registry fills in."""

    use: str
    columns: list[str] | dict[str, list[str]] = []
    prefix: str | dict[str, str] = ""
    response: str = ""


MODELS: Mapping[str, type[Table]] = {
    "study": StudyTable,
    "responses": Response,
    "items": Item,
    "scales": Scale,
    "groups": Group,
    "waves": Waves,
    "rules": Rule,
}
SINGLE = ("study", "waves")

_HEADER = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*(?:\.|$)""")
_KEY = re.compile(r"""^\s*((?:(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*\.?\s*)+)=""")


def lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the line number of every table header and key of a TOML text, as far as they can be told."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    inside = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if inside:
            if line.count(inside) % 2:
                inside = ""
            continue
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = _parts(header.group(2))
            if header.group(1) == "[[":
                index = counts.get(table, 0)
                counts[table] = index + 1
                table = (*table, str(index))
            for depth in range(1, len(table) + 1):
                found.setdefault(table[:depth], number)
        elif key:
            found.setdefault((*table, *_parts(key.group(1))), number)
        inside = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(a or b or c for a, b, c in _PART.findall(dotted.strip()))


class Places:
    """Writes the place of a problem: the TOML path and, where known, its line."""

    def __init__(self, text: str = ""):
        self._lines = lines(text)

    def at(self, *path: object) -> str:
        """Return "items.q3.response (line 12)"."""
        keys = tuple(str(part) for part in path)
        number = next(
            (self._lines[keys[:i]] for i in range(len(keys), 0, -1) if keys[:i] in self._lines), None
        )
        written = ".".join(key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"' for key in keys)
        return f"{written} (line {number})" if number else written


def build(model: type[Table], given: object, path: Sequence[object], places: Places) -> tuple[Any, list[str]]:
    """Return the table as a model and no problems, or None and every problem with its place."""
    try:
        return model.model_validate(given), []
    except ValidationError as error:
        return None, [_told(model, problem, path, places) for problem in error.errors(include_url=False)]


UNIONS = (
    "int",
    "float",
    "str",
    "list[str]",
    "dict[str,list[str]]",
    "dict[str,str]",
)  # how pydantic names a branch

_MEANT = {
    "string_type": "must be text between quotation marks",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list, such as [1, 2]",
    "dict_type": "must be a table, such as {key = 1}",
    "model_type": "must be a table of its own",
    "model_attributes_type": "must be a table or a text",
}


def _told(model: type[Table], problem: Any, path: Sequence[object], places: Places) -> str:
    where = [*path, *(part for part in problem["loc"] if part not in UNIONS)]
    place, kind = places.at(*where), problem["type"]
    if kind == "extra_forbidden":
        known = list(_fields(model, problem["loc"][:-1]))
        near = suggestion(str(problem["loc"][-1]), known) or f"; known here: {', '.join(known)}"
        return f"{place}: unknown key{near}"
    if kind == "missing":
        return f"{place}: is missing; add {problem['loc'][-1]} = …"
    if kind == "literal_error":
        near = suggestion(str(problem["input"]), problem["ctx"]["expected"].replace("'", "").split(", "))
        return f"{place}: must be one of {problem['ctx']['expected']}; given: {problem['input']!r}{near}"
    if kind == "value_error":
        return f"{place}: {problem['ctx']['error']}"
    if kind in _MEANT:
        return f"{place}: {_MEANT[kind]}; given: {problem['input']!r}"
    return f"{place}: {problem['msg'].lower()}; given: {problem['input']!r}"


def _fields(model: type[Table], location: Sequence[object]) -> Sequence[str]:
    if not location:
        return list(model.model_fields)
    return list(Words.model_fields)
