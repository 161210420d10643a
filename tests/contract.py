"""What every analysis is held to: its example call, and the walk over the package that finds all analyses."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

import pandas as pd

import klantstudie.analyses
import tests.examples
from klantstudie.present import phrases
from klantstudie.result import Result


@dataclass(frozen=True)
class Example:
    """One call of one analysis, on a frame that is made afresh each time.

    `columns` are the columns the call uses: the first is dropped to see the error that names it. `closed_form` is
    False for resampling and iteration, where the order of the rows may change the last digits; `around` is False
    where the estimate need not lie within its interval. A function without a frame says why in `reason`.
    """

    call: Callable[[pd.DataFrame | None], Result]
    frame: Callable[[], pd.DataFrame] | None
    columns: Sequence[str] = field(default_factory=list)
    closed_form: bool = True
    around: bool = True
    reason: str = ""


def rooms() -> Iterator[ModuleType]:
    """Yield every room: a public module or package directly under klantstudie.analyses."""
    for found in pkgutil.iter_modules(klantstudie.analyses.__path__):
        if not found.name.startswith("_"):
            yield importlib.import_module(f"klantstudie.analyses.{found.name}")


@cache
def analyses() -> dict[str, Callable[..., Result]]:
    """Return every public analysis by its name, such as 'loyalty.nps': the names in each room's __all__."""
    found = {}
    for room in rooms():
        short = room.__name__.rsplit(".", 1)[1]
        for name in room.__all__:
            found[f"{short}.{name}"] = getattr(room, name)
    return found


@cache
def examples() -> dict[str, Example]:
    """Return the example call of every analysis by the same names."""
    found = {}
    for module in pkgutil.iter_modules(tests.examples.__path__):
        declared = importlib.import_module(f"tests.examples.{module.name}").EXAMPLES
        found |= {f"{module.name}.{name}": example for name, example in declared.items()}
    return found


def unsaid(info: Mapping[str, Any]) -> list[str]:
    """Return what an answer says of its method and missing answers that a Dutch report cannot say.

    A new wording gets its Dutch in klantstudie/present/phrases.toml, whole or piece by piece.
    """
    told = [("methods", str(info["method"])), ("missing", str(info["missing"]))]
    return [text for kind, text in told if text and phrases.say(text, "nl", kind) is None]
