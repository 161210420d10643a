"""Parameters are read without running anything; wrong names and values are told before a kernel starts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from klantstudie.errors import RunError
from klantstudie.run import parameters

CELL = """
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
study: str = "abc_2010"  # the study
items: list[str] = ["q1", "q2"]  # items
n_boot: int = 5000  # draws [100..100000]
level: float = 0.95  # level [0.5, 0.999]
robust: bool = False
since: date = date(2020, 1, 31)
file: Path = Path("a/b.csv")
method: Literal["ml", "mlr"] = "ml"  # estimator
wave: int | None = None
share: Annotated[float, "[0..1]"] = -0.0
plain = 3
lang: str = "nl"
"""
NAMES = [
    "study",
    "items",
    "n_boot",
    "level",
    "robust",
    "since",
    "file",
    "method",
    "wave",
    "share",
    "plain",
    "lang",
]


@pytest.fixture(scope="module")
def declared():
    return parameters.read(CELL, "03-x")


def test_every_kind_is_read(declared):
    assert [parameter.name for parameter in declared] == NAMES
    found = {parameter.name: parameter for parameter in declared}
    assert found["since"].default == date(2020, 1, 31)
    assert found["file"].default == Path("a/b.csv")
    assert (found["n_boot"].low, found["n_boot"].high) == (100, 100000)
    assert (found["share"].low, found["share"].high) == (0, 1)
    assert found["method"].choices == ("ml", "mlr")
    assert found["wave"].optional and found["wave"].default is None
    assert found["plain"].type == "int"
    assert found["study"].help == "the study"
    assert found["lang"].choices == ("nl", "en")
    assert found["level"].described == "float from 0.5 to 0.999"


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("n_boot", 200, 200),
        ("level", 0.9, 0.9),
        ("share", 1, 1.0),
        ("items", ("a", "b"), ["a", "b"]),
        ("since", "2024-02-29", date(2024, 2, 29)),
        ("file", "x.csv", Path("x.csv")),
        ("wave", None, None),
        ("wave", 2, 2),
        ("method", "mlr", "mlr"),
    ],
)
def test_right_values_take_their_type(declared, name, value, right):
    found = parameters.check(declared, {name: value}, "03-x")[name]
    assert found == right
    assert type(found) is type(right)


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("n_boot", "200", 200),
        ("robust", "ja", True),
        ("robust", "false", False),
        ("items", "q1, q2,q3", ["q1", "q2", "q3"]),
        ("items", "", []),
        ("since", "2024-02-29", date(2024, 2, 29)),
        ("wave", "none", None),
        ("wave", "3", 3),
        ("study", "5", "5"),
    ],
)
def test_words_of_a_command_line_are_converted(declared, name, text, right):
    assert parameters.check(declared, {name: text}, "03-x", text=True) == {name: right}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"studdy": "x"}, r"03-x has no parameter 'studdy'; it has study, items, .*, did you mean 'study'\?"),
        ({"import os; x": 1}, r"'import os; x' cannot be the name of a parameter"),
        ({"class": 1}, r"'class' cannot be the name"),
        ({"n_boot": "banana"}, r"n_boot must be int from 100 to 100000; given: 'banana' \(str\)"),
        ({"n_boot": 5}, r"n_boot must be int from 100 to 100000; given: 5"),
        ({"n_boot": True}, r"n_boot must be int .*given: True \(bool\)"),
        ({"n_boot": None}, r"n_boot must be int"),
        ({"level": float("nan")}, r"level must be float from 0.5"),
        ({"robust": 1}, r"robust must be bool, true or false; given: 1 \(int\)"),
        ({"items": "q1"}, r"items must be list\[str\], such as q1,q2; given: 'q1'"),
        ({"items": [1, 2]}, r"items must be list\[str\]"),
        ({"since": "31-12-2020"}, r"since must be date, such as 2026-01-31; given: '31-12-2020'"),
        ({"method": "mlx"}, r"method must be one of 'ml', 'mlr'; given: 'mlx', did you mean"),
        ({"lang": "de"}, r"lang must be one of 'nl', 'en'"),
        ({"study": 5}, r"study must be str; given: 5 \(int\)"),
    ],
)
def test_wrong_names_and_values_are_told(declared, given, message):
    with pytest.raises(RunError, match=message):
        parameters.check(declared, given, "03-x")


def test_all_problems_at_once(declared):
    with pytest.raises(RunError) as caught:
        parameters.check(declared, {"studdy": 1, "n_boot": "x", "level": 3.0}, "03-x")
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("x: int", "parameter 'x' has no default"),
        ("x: int = len('a')", "the default must be a plain value; given: len"),
        ("x: complex = 1j", "has type complex; known are str, int"),
        ("x: int = 'a'", "the default of x must be int"),
        ("x: int = 5  # [1, 3]", "the default of x must be int from 1 to 3"),
        ("x = ", "the parameters cell is not Python: invalid syntax, line 1"),
        ("x = None\ny: float = 'z'", "needs a type"),
    ],
)
def test_a_wrong_cell_is_told(cell, message):
    with pytest.raises(RunError, match=message):
        parameters.read(cell, "nb")


def test_help_comes_from_the_vocabulary_else_from_the_comment(declared):
    found = {parameter.name: parameter for parameter in declared}
    assert found["items"].explain("en")
    assert parameters.Parameter("zzz", "int", 1, help="see").explain("nl") == "see"


def test_plain_values_survive_json():
    given = [date(2020, 1, 2), Path("a/b"), 3, [date(2020, 1, 2)]]
    assert parameters.plain(given) == ["2020-01-02", "a/b", 3, ["2020-01-02"]]
