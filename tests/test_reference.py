"""Every number that an analysis returns is held against a truth from outside: R, a paper or a derivation.

One JSON file in tests/reference/<room>/ is one truth. It names the function, the data, the arguments, what must come
out for every column, and the source of those values. Adding one needs no Python.
"""

from __future__ import annotations

import importlib
import json
import math
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from klantstudie import vocabulary
from klantstudie.moments import Moments
from klantstudie.result import Result, build
from tests.contract import analyses, unsaid

HERE = Path(__file__).parent / "reference"
RAW = Path(__file__).parent.parent / "data" / "raw"
FILES = sorted(path for path in HERE.glob("*/*.json") if path.parent.name not in ("data", "make"))
KINDS = ("R", "paper", "program", "derivation")


@cache
def truth(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def function(name: str):
    module, attribute = name.rsplit(".", 1)
    return getattr(importlib.import_module(module), attribute)


def moments(given: dict[str, Any]) -> Moments:
    if "cov" in given:
        return Moments.from_cov(given["columns"], given["cov"], given["n"], given.get("mean"))
    return Moments(tuple(given["columns"]), given.get("mean"), given.get("sd"), given["corr"], given["n"])


def frame(path: Path, missing: list[Any]) -> pd.DataFrame:
    read = pd.read_csv(path, na_values=["NA"])
    return read.replace(dict.fromkeys(missing, np.nan)) if missing else read


def data(given: dict[str, Any] | None) -> Any:
    if given is None:
        return None
    if "csv" in given:
        return frame(HERE / given["csv"], given.get("missing", []))
    if "raw" in given:
        return frame(RAW / given["raw"], given.get("missing", []))
    if "columns" in given:
        return pd.DataFrame(
            {name: [np.nan if v is None else v for v in c] for name, c in given["columns"].items()}
        )
    if "moments" in given:
        return moments(given["moments"])
    if "moments_csv" in given:
        return Moments.read(HERE / given["moments_csv"])
    raise AssertionError(f"unknown kind of data: {list(given)}")


def argument(value: Any) -> Any:
    if isinstance(value, dict):
        if "__moments__" in value:
            return moments(value["__moments__"])
        if "__data__" in value:
            return data(value["__data__"])
        if "__function__" in value:
            return function(value["__function__"])
        if "__call__" in value:
            return called(value["__call__"])
        if "__result__" in value:
            given = {"n_total": 0, "n_used": 0, "method": "given", "reference": "given"} | value["__result__"]
            return build(given.pop("kind"), given.pop("rows"), **given)
        return {key: argument(part) for key, part in value.items()}
    if isinstance(value, list):
        return [argument(part) for part in value]
    return value


def called(said: dict[str, Any]) -> Any:
    arguments = {name: argument(value) for name, value in said.get("arguments", {}).items()}
    given = data(said.get("data"))
    return function(said["function"])(*(() if given is None else (given,)), **arguments)


@cache
def answer(path: Path) -> Result:
    return called(truth(path))


def tolerance(said: dict[str, Any], column: str) -> dict[str, float]:
    allowed = said["tolerance"].get(column, said["tolerance"]["default"])
    if isinstance(allowed, dict):
        return {"abs_tol": allowed.get("abs", 0.0), "rel_tol": allowed.get("rel", 0.0)}
    return {"abs_tol": allowed, "rel_tol": allowed}


def agrees(said: dict[str, Any], column: str, ours: Any, theirs: Any) -> bool:
    if theirs is None:
        return ours is None or (isinstance(ours, float) and math.isnan(ours))
    if isinstance(theirs, (str, bool)) or isinstance(ours, str):
        return ours == theirs
    return math.isclose(float(ours), float(theirs), **tolerance(said, column))


def is_text(column: str) -> bool:
    return vocabulary.entry("columns", column)["type"] == "text"


def checked_columns(said: dict[str, Any]) -> set[str]:
    return {column for row in said["expected"].get("table", []) for column in row if not is_text(column)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_number_comes_out(path):
    said = truth(path)
    result = answer(path)
    assert not unsaid(result.info), "no Dutch wording in klantstudie/present/phrases.toml"
    wrong = []
    for row in said["expected"].get("table", []):
        keys = {name: value for name, value in row.items() if is_text(name)}
        keep = np.ones(len(result.table), dtype=bool)
        for name, value in keys.items():
            keep &= (result.table[name] == value).to_numpy()
        assert keep.sum() == 1, f"{keep.sum()} rows with {keys}; rows:\n{result.table.to_string()}"
        ours = result.table[keep].iloc[0]
        for column in set(row) - set(keys):
            if not agrees(said, column, ours[column], row[column]):
                wrong.append(f"{keys} {column}: ours {ours[column]!r}, reference {row[column]!r}")
    for part, source in (("fit", result.fit), ("info", result.info)):
        for name, theirs in said["expected"].get(part, {}).items():
            ours = source.get(name)
            ours = list(ours) if isinstance(ours, tuple) else ours
            if not (ours == theirs if isinstance(theirs, list) else agrees(said, name, ours, theirs)):
                wrong.append(f"{part} {name}: ours {ours!r}, reference {theirs!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_truth_says_where_it_comes_from(path):
    said = truth(path)
    assert said["what"]
    source = said["source"]
    assert source["kind"] in KINDS
    for key in ("citation", "command", "version", "date"):
        assert source.get(key), f"source lacks {key}"
    assert said["expected"].get("table") or said["expected"].get("fit")


@pytest.mark.parametrize("name", sorted(analyses()))
def test_every_column_has_a_reference(name):
    mine = [path for path in FILES if truth(path)["function"] == f"klantstudie.analyses.{name}"]
    assert mine, f"no reference file for {name}"
    returned: dict[str, set[str]] = defaultdict(set)
    for path in mine:
        result = answer(path)
        returned["column"] |= {
            name for name in result.table if not is_text(name) and result.table[name].notna().any()
        }
        returned["fit"] |= {name for name, number in result.fit.items() if not math.isnan(number)}
    for path in mine:
        returned["column"] -= checked_columns(truth(path))
        returned["fit"] -= set(truth(path)["expected"].get("fit", {}))
    unchecked = [f"{kind} {word}" for kind, words in returned.items() for word in sorted(words)]
    assert not unchecked, f"{name} returns numbers that no reference checks: {', '.join(unchecked)}"
