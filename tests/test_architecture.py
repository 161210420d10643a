"""Imports point down and neighbours do not know each other; heavy libraries have one door each."""

from __future__ import annotations

import ast
import json
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "klantstudie"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "templates" not in path.parts)

FOUNDATION = {
    "errors": set(),
    "apa": {"errors"},
    "vocabulary": {"errors"},
    "inputs": {"errors"},
    "texts": set(),
    "frames": {"errors"},
    "moments": {"errors", "frames", "inputs"},
    "result": {"errors", "vocabulary", "apa", "inputs"},
}
FLOORS = FOUNDATION | {
    "numerics": {"errors"},
    "study": {"errors", "frames", "inputs", "result", "moments", "numerics", "texts", "vocabulary"},
    "analyses": {"errors", "frames", "result", "moments", "numerics"},
    "present": {"errors", "vocabulary", "apa", "result", "numerics", "inputs", "texts"},
    "run": {"errors", "inputs", "texts", "vocabulary", "study", "present"},
}
# Each heavy library is imported in one place, so that replacing it is a change in one file.
DOORS = {
    "pingouin": {"analyses/_pingouin.py"},
    "statsmodels": {"analyses/_statsmodels.py"},
    "mixedlm": {"analyses/_mixedlm.py"},
    "seaborn": {"present/figures/style.py"},
    "pyreadstat": {"study/labelled.py"},
}
NUMERICS_MAY = {"numpy", "scipy", "__future__", "klantstudie"} | set(sys.stdlib_module_names)


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def floor(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path)}: relative import; write the full name"
            if node.module == "klantstudie":
                found |= {f"klantstudie.{alias.name}" for alias in node.names}
            else:
                found.add(node.module)
                found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module in ROOMS}
    return found


ROOMS = {f"klantstudie.{name}" for name in ("numerics", "study", "analyses", "present", "run")}


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_imports_point_down(path):
    here = floor(path)
    if here in ("__init__", "__main__"):
        return
    allowed = FLOORS[here] | {here}
    if path.name in ("cli.py", "scaffold.py"):
        allowed = allowed | {"analyses", "result", "moments", "apa", "frames"}
    for name in imported(path):
        if not name.startswith("klantstudie."):
            continue
        target = name.split(".")[1]
        if target.startswith("__"):
            continue
        assert target in allowed, (
            f"{place(path)} imports {name}; {here} may import {', '.join(sorted(allowed))}"
        )


@pytest.mark.parametrize("path", [p for p in MODULES if floor(p) == "analyses"], ids=place)
def test_rooms_do_not_know_each_other(path):
    room = path.relative_to(PACKAGE / "analyses").parts[0].removesuffix(".py")
    for name in imported(path):
        if name.startswith("klantstudie.analyses."):
            target = name.split(".")[2]
            assert target == room or target.startswith("_"), f"{place(path)} imports its neighbour {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if floor(p) == "numerics"], ids=place)
def test_numerics_stands_on_numpy_and_scipy_only(path):
    foreign = {name for name in imported(path) if name.split(".")[0] not in NUMERICS_MAY}
    assert not foreign, f"{place(path)} imports {', '.join(sorted(foreign))}"


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_heavy_libraries_have_one_door(path):
    for name in imported(path):
        library = name.split(".")[0]
        if library in DOORS:
            assert place(path) in DOORS[library], (
                f"{place(path)} imports {library}; its door is {DOORS[library]}"
            )


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_module_says_what_it_is_for_and_imports_no_stars(path):
    assert ast.get_docstring(tree(path)), f"{place(path)} has no first-line docstring"
    stars = [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]
    assert not stars, f"{place(path)} imports *"


@pytest.mark.parametrize("path", [p for p in MODULES if floor(p) != "run"], ids=place)
def test_no_print_and_no_assert_for_users(path):
    for node in ast.walk(tree(path)):
        assert not isinstance(node, ast.Assert), f"{place(path)}:{node.lineno} uses assert for users"
        printed = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        assert not printed, f"{place(path)}:{node.lineno} prints"


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebook_is_clean(path):
    """A notebook asks one question: no logic, no outputs, one parameters cell, prose in both languages."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code), "stored with outputs"
    parameters = [cell for cell in code if "parameters" in cell["metadata"].get("tags", [])]
    assert len(parameters) == 1, "one cell tagged 'parameters'"
    for statement in ast.parse("".join(parameters[0]["source"])).body:
        assert isinstance(statement, (ast.AnnAssign, ast.Expr, ast.Import, ast.ImportFrom)), ast.unparse(
            statement
        )
    for cell in code:
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            logic = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try, ast.Lambda)
            assert not isinstance(node, logic), f"logic in a notebook: {ast.unparse(node)[:80]}"
    prose = [cell["metadata"].get("tags", []) for cell in cells if cell["cell_type"] == "markdown"]
    assert sum("nl" in tags for tags in prose) == sum("en" in tags for tags in prose), (
        "Dutch and English prose differ"
    )


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.toml")), ids=lambda path: path.name)
def test_every_list_of_words_can_be_read(path):
    assert tomllib.loads(path.read_text(encoding="utf-8"))
