"""Says what varies in a multiverse and which number is followed, and checks both before anything starts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError, suggestion
from klantstudie.inputs import UNIVERSES
from klantstudie.run import manifest, notebooks
from klantstudie.run import parameters as declared
from klantstudie.run.notebooks import Plan
from klantstudie.run.parameters import Parameter

DECLARED = ("notebook", "parameters", "choices", "result", "term", "column", "where")
NEVER = {
    "study": "its universes share one data set",
    "lang": "it changes the words, not the numbers",
    "out": "it is the place of the run",
}


@dataclass(frozen=True)
class Followed:
    """The number that is followed: the name of a saved result, its row (`term`, and `where` when needed), a column."""

    result: str
    term: str
    column: str = "estimate"
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """A checked multiverse: the options of every choice, and one plan for every combination of them."""

    choices: Mapping[str, tuple[Any, ...]]
    plans: tuple[Plan, ...]
    combinations: tuple[tuple[Any, ...], ...]


def read(path: Path) -> dict[str, Any]:
    """Read a declared multiverse, a .toml with a notebook, its [choices] and the number to follow."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RunError(f"{path.name} is not TOML: {error}") from None
    problems = [
        f"'{name}' is not known here{suggestion(name, DECLARED)}" for name in found if name not in DECLARED
    ]
    problems += [f"{name} must be a table" for name in ("parameters", "where") if not _is(found, name, dict)]
    problems += [
        f"{name} must be a text"
        for name in ("notebook", "result", "term", "column")
        if not _is(found, name, str)
    ]
    choices = found.get("choices", {})
    if not isinstance(choices, dict) or not all(isinstance(listed, list) for listed in choices.values()):
        problems.append(
            'choices must be a table of lists, such as [choices] and interval = ["wald", "score"]'
        )
    if not found.get("notebook"):
        problems.append('say which notebook, such as notebook = "08-nu-moment"')
    if problems:
        raise RunError(
            "\n".join([f"{path.name}: {len(problems)} to mend", *(f"  - {one}" for one in problems)])
        )
    beside = path.parent / found["notebook"]
    if beside.with_suffix(".ipynb").is_file():
        found["notebook"] = str(beside.with_suffix(".ipynb"))
    return found


def _is(found: Mapping[str, Any], name: str, kind: type) -> bool:
    return name not in found or isinstance(found[name], kind)


def grid(
    notebook: str | Path,
    given: Mapping[str, Any],
    choices: Mapping[str, Sequence[Any] | str | None],
    *,
    reports: Path | None = None,
    text: bool = False,
) -> Grid:
    """Check a multiverse before anything starts: every combination of the choices, the last one varying fastest.

    A choice maps a parameter to its options; None takes all values of a `Literal` or bool. Without any choice every
    `Literal` parameter of the notebook is one. With `text`, options are words of the command line: `a,b,c`, and
    between lists `|`, as in `q1,q2|q3`.
    """
    file = notebooks.find(notebook)
    known = {one.name: one for one in notebooks.parameters(file)}
    if not choices:
        choices = {one.name: None for one in known.values() if one.choices and one.name not in NEVER}
        choices = {name: None for name in choices if name not in given}
    if not choices:
        raise RunError(
            f"{file.stem} has no parameter with a list of choices: say which one varies, such as --over NAME=a,b; "
            f"it has {', '.join(name for name in known if name not in NEVER)}"
        )
    for name in choices:
        if name in NEVER:
            raise RunError(f"{name} cannot be a choice of a multiverse: {NEVER[name]}")
        if name not in known:
            raise RunError(f"{file.stem} has no parameter '{name}'{suggestion(name, known)}")
        if name in given:
            raise RunError(f"{name} is given once and for all and as a choice; leave one of them out")
    options = {name: _options(known[name], listed, text) for name, listed in choices.items()}
    fixed = declared.check(list(known.values()), given, file.stem, text=text)
    place = (reports or manifest.root(file) / "reports") / UNIVERSES
    combinations = tuple(product(*options.values()))
    plans = [
        notebooks.plan(file, {**fixed, **dict(zip(options, picked, strict=True))}, reports=place)
        for picked in combinations
    ]
    return Grid(options, tuple(plans), combinations)


def _options(parameter: Parameter, listed: Sequence[Any] | str | None, text: bool) -> tuple[Any, ...]:
    """Return the options of one choice in its declared type."""
    name = parameter.name
    if listed is None:
        listed = parameter.choices or ((False, True) if parameter.type == "bool" else ())
        text = False
        if not listed:
            raise RunError(f"{name} is {parameter.described}: say its options, such as --over {name}=a,b")
    elif isinstance(listed, str):
        lists = parameter.type.startswith("list[") or "|" in listed
        listed = [part.strip() for part in listed.split("|" if lists else ",")]
    values: list[Any] = []
    for one in listed:
        value = declared.convert(parameter, one, text=text)
        if value in values:
            raise RunError(f"{name} has the option {told(value)} twice")
        values.append(value)
    if len(values) < 2:
        between = " (options that are lists are separated by |)" if parameter.type.startswith("list[") else ""
        raise RunError(f"{name} has one option, {told(values[0])}: a choice needs two or more{between}")
    return tuple(values)


def told(value: Any) -> str:
    value = declared.plain(value)
    return " + ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
