"""Reads the parameters of a notebook with `ast` and checks given values before anything starts."""

from __future__ import annotations

import ast
import io
import keyword
import math
import re
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from klantstudie import vocabulary
from klantstudie.errors import RunError, suggestion

TYPES = ("str", "int", "float", "bool", "date", "Path", "list[str]", "list[int]", "list[float]")
WORDS = {
    "true": True,
    "yes": True,
    "ja": True,
    "1": True,
    "false": False,
    "no": False,
    "nee": False,
    "0": False,
}
# A range in the comment or in Annotated[…]: [0, 1], [1..], [..100]
RANGE = re.compile(
    r"\[\s*(-?\d[\d_]*\.?\d*(?:e-?\d+)?)?\s*(?:\.\.|…|,)\s*(-?\d[\d_]*\.?\d*(?:e-?\d+)?)?\s*\]"
)
LANGUAGES = ("nl", "en")
SAID = {"nl": ("een van", "vanaf", "tot en met", "of None"), "en": ("one of", "from", "to", "or None")}
DUTCH = {
    "str": "tekst",
    "int": "geheel getal",
    "float": "getal",
    "bool": "true of false",
    "date": "datum (jjjj-mm-dd)",
    "Path": "bestand",
    "list[str]": "lijst (a,b)",
    "list[int]": "lijst van gehele getallen",
    "list[float]": "lijst van getallen",
}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook: its type, default, allowed values and explanation.

    `choices` holds the values of a `Literal[…]`; `low` and `high` the range of a number (None: open);
    `optional` says that None is allowed; `help` is the trailing comment.
    """

    name: str
    type: str
    default: Any
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    optional: bool = False
    help: str = ""

    def explain(self, lang: str = "nl") -> str:
        """Return the explanation in the chosen language: the vocabulary's, else the trailing comment."""
        entry = vocabulary.entries("parameters").get(self.name, {})
        return str(entry.get(lang) or self.help)

    @property
    def described(self) -> str:
        """The type as a person reads it: `int from 1 to 100`, `one of 'nl', 'en'`."""
        return self.describe("en")

    def describe(self, lang: str) -> str:
        """Return the type as a person reads it in the chosen language."""
        one_of, low, high, empty = SAID[lang]
        if self.choices:
            return f"{one_of} {', '.join(repr(choice) for choice in self.choices)}"
        kind = DUTCH.get(self.type, self.type) if lang == "nl" else self.type
        kind += "" if self.low is None else f" {low} {self.low:g}"
        kind += "" if self.high is None else f" {high} {self.high:g}"
        return kind + (f" {empty}" if self.optional else "")


# ------------------------------------------------------------------------------------------------ reading


def of_notebook(notebook: Mapping[str, Any], name: str) -> list[Parameter]:
    """Return the parameters declared in the cell tagged `parameters`; without that cell, none."""
    for cell in notebook.get("cells", []):
        if "parameters" in cell.get("metadata", {}).get("tags", []) and cell.get("cell_type") == "code":
            source = cell.get("source", "")
            return read("".join(source) if isinstance(source, list) else source, name)
    return []


def read(source: str, name: str = "notebook") -> list[Parameter]:
    """Return the parameters declared by the source of a parameters cell, in their order."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise RunError(
            f"{name}: the parameters cell is not Python: {error.msg}, line {error.lineno}"
        ) from None
    comments = _comments(source)
    found = {}
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            target, annotation = statement.target.id, statement.annotation
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            if not isinstance(statement.targets[0], ast.Name):
                continue
            target, annotation = statement.targets[0].id, None
        else:
            continue
        if statement.value is None:
            raise RunError(f"{name}: parameter '{target}' has no default")
        comment = comments.get(statement.end_lineno or statement.lineno, "")
        found[target] = _parameter(target, annotation, statement.value, comment, name)
    return list(found.values())


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _parameter(
    target: str, annotation: ast.expr | None, value: ast.expr, comment: str, name: str
) -> Parameter:
    place = f"{name}: parameter '{target}'"
    default = _value(value, place)
    kind, choices, optional, limits = (
        _annotation(annotation, place) if annotation is not None else ("", (), False, "")
    )
    kind = kind or _kind(default, place)
    low, high = (
        _range(limits or comment)
        if kind.removeprefix("list[").rstrip("]") in ("int", "float")
        else (None, None)
    )
    if target == "lang" and not choices:
        choices = LANGUAGES
    optional = optional or default is None
    parameter = Parameter(target, kind, None, choices, low, high, optional, comment)
    try:
        default = convert(parameter, default)
    except RunError as error:
        raise RunError(f"{name}: the default of {error}") from None
    return Parameter(target, kind, default, choices, low, high, optional, comment)


def _value(node: ast.expr, place: str) -> Any:
    """Evaluate a default: a plain value, `date(2024, 1, 31)`, `date.fromisoformat("…")` or `Path("…")`."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        pass
    if isinstance(node, ast.Call) and not node.keywords:
        called = ast.unparse(node.func).removeprefix("datetime.").removeprefix("pathlib.")
        try:
            arguments = [ast.literal_eval(argument) for argument in node.args]
            if called in ("date", "date.fromisoformat"):
                return date(*arguments) if called == "date" else date.fromisoformat(*arguments)
            if called == "Path":
                return Path(*arguments)
        except (ValueError, TypeError):
            pass
    raise RunError(f"{place}: the default must be a plain value; given: {ast.unparse(node)}")


def _annotation(node: ast.expr, place: str) -> tuple[str, tuple[Any, ...], bool, str]:
    """Return (type, choices, optional, text of a range) of an annotation."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _annotation(ast.parse(node.value, mode="eval").body, place)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [side for side in (node.left, node.right) if ast.unparse(side) != "None"]
        if len(sides) == 1:
            kind, choices, _, limits = _annotation(sides[0], place)
            return kind, choices, True, limits
    if isinstance(node, ast.Subscript):
        outer = ast.unparse(node.value).rsplit(".", 1)[-1]
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if outer == "Literal":
            choices = tuple(_value(part, place) for part in parts)
            return _kind(choices[0], place), choices, False, ""
        if outer == "Annotated":
            kind, choices, optional, _ = _annotation(parts[0], place)
            return kind, choices, optional, " ".join(str(_value(part, place)) for part in parts[1:])
        if outer == "Optional":
            kind, choices, _, limits = _annotation(parts[0], place)
            return kind, choices, True, limits
    kind = ast.unparse(node).replace("datetime.date", "date").replace("pathlib.", "")
    kind = "list[str]" if kind == "list" else kind
    if kind not in TYPES:
        raise RunError(
            f"{place} has type {kind}; known are {', '.join(TYPES)} and Literal[…]{suggestion(kind, TYPES)}"
        )
    return kind, (), False, ""


def _kind(value: Any, place: str) -> str:
    for kind, classes in (
        ("bool", bool),
        ("int", int),
        ("float", float),
        ("str", str),
        ("date", date),
        ("Path", Path),
    ):
        if isinstance(value, classes):
            return kind
    if isinstance(value, (list, tuple)):
        inner = {type(item).__name__ for item in value}
        return (
            "list[float]"
            if inner == {"int", "float"}
            else f"list[{inner.pop()}]"
            if len(inner) == 1
            else "list[str]"
        )
    raise RunError(f"{place} needs a type: write it as name: str | None = None")


def _range(text: str) -> tuple[float | None, float | None]:
    found = RANGE.search(text)
    if found is None:
        return None, None
    low, high = (None if bound is None else float(bound) for bound in found.groups())
    return low, high


# ------------------------------------------------------------------------------------------------ checking


def check(
    declared: Sequence[Parameter], given: Mapping[str, Any], notebook: str, *, text: bool = False
) -> dict[str, Any]:
    """Return the given values in their declared types; one RunError tells every wrong name and value.

    With `text` the values are words of a command line or a sheet (`"3"`, `"ja"`, `"q1, q2"`).
    """
    known = {parameter.name: parameter for parameter in declared}
    problems, values = [], {}
    for name, value in given.items():
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            problems.append(f"{notebook}: {name!r} cannot be the name of a parameter")
        elif name not in known:
            has = f"it has {', '.join(known)}" if known else "it has no parameters"
            problems.append(f"{notebook} has no parameter '{name}'; {has}{suggestion(name, known)}")
        else:
            try:
                values[name] = convert(known[name], value, text=text)
            except RunError as error:
                problems.append(f"{notebook}: {error}")
    if problems:
        raise RunError("\n".join(problems))
    return values


def convert(parameter: Parameter, value: Any, *, text: bool = False) -> Any:
    """Return a value in the type of its parameter; the error for one that does not fit says what would."""
    words = {"", "none", "null"} if parameter.type != "str" else {"none"}
    if value is None or (
        text and parameter.optional and isinstance(value, str) and value.strip().lower() in words
    ):
        if parameter.optional:
            return None
        raise _wrong(parameter, value)
    if parameter.type.startswith("list["):
        return _list(parameter, value, text)
    converted = _single(parameter, parameter.type, value, text)
    if parameter.choices and converted not in parameter.choices:
        hint = suggestion(converted, parameter.choices) if isinstance(converted, str) else ""
        raise RunError(f"{parameter.name} must be {parameter.described}; given: {value!r}{hint}")
    return converted


def _list(parameter: Parameter, value: Any, text: bool) -> list[Any]:
    if text and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise _wrong(parameter, value)
    return [_single(parameter, parameter.type[5:-1], item, text) for item in value]


def _single(parameter: Parameter, kind: str, value: Any, text: bool) -> Any:
    try:
        converted = _as(
            kind, value.strip() if text and isinstance(value, str) and kind != "str" else value, text
        )
    except (ValueError, OverflowError):
        converted = None
    if converted is None:
        raise _wrong(parameter, value)
    if kind in ("int", "float"):
        outside = math.isnan(converted) or (parameter.low is not None and converted < parameter.low)
        if outside or (parameter.high is not None and converted > parameter.high):
            raise _wrong(parameter, value)
    return converted


def _as(kind: str, value: Any, text: bool) -> Any:
    """Return the value as this kind, or None when it does not fit."""
    word = text and isinstance(value, str)
    if kind == "bool":
        return WORDS.get(value.lower()) if word else value if isinstance(value, bool) else None
    if isinstance(value, bool):
        return None
    if kind == "int":
        if isinstance(value, float) and value.is_integer() and text:  # a whole number from a sheet
            return int(value)
        return int(value) if word or isinstance(value, int) else None
    if kind == "float":
        return float(value) if word or isinstance(value, (int, float)) else None
    if kind == "str":
        return str(value) if isinstance(value, str) or text else None
    if kind == "date":
        if isinstance(value, datetime):
            return value.date()
        return (
            value
            if isinstance(value, date)
            else date.fromisoformat(value)
            if isinstance(value, str)
            else None
        )
    if kind == "Path":
        return Path(value) if isinstance(value, (str, Path)) and str(value) else None
    return None


def _wrong(parameter: Parameter, value: Any) -> RunError:
    given = f"{value!r} ({type(value).__name__})"
    example = {
        "date": ", such as 2026-01-31",
        "bool": ", true or false",
        "list[str]": ", such as q1,q2",
        "float": ", with a decimal point" if isinstance(value, str) and "," in value else "",
    }
    return RunError(
        f"{parameter.name} must be {parameter.described}{example.get(parameter.type, '')}; given: {given}"
    )


def plain(value: Any) -> Any:
    """Return a parameter value as JSON and TOML know it: dates and paths become text."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return value.as_posix()
    return value.isoformat() if isinstance(value, date) else value
