"""klantstudie: studies of customer focus, from a raw survey file to a report that can be checked.

The front door: `load` a study, call an analysis, `save` its result, `say` what it shows. Everything is imported on
first use, so that `import klantstudie` and `klantstudie --help` load no pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from klantstudie.moments import Moments as Moments
    from klantstudie.present.prose import say as say
    from klantstudie.present.saving import save as save
    from klantstudie.result import Result as Result
    from klantstudie.result import constant as constant
    from klantstudie.study.loading import load as load

__version__ = "0.1.0"

_DOORS = {
    "load": "klantstudie.study.loading",
    "save": "klantstudie.present.saving",
    "say": "klantstudie.present.prose",
    "Result": "klantstudie.result",
    "constant": "klantstudie.result",
    "Moments": "klantstudie.moments",
}

__all__ = ["Moments", "Result", "constant", "load", "save", "say"]


def __getattr__(name: str) -> Any:
    if name in _DOORS:
        if name == "load":
            import_module("klantstudie.present.display").guard()
        return getattr(import_module(_DOORS[name]), name)
    raise AttributeError(f"klantstudie has no '{name}'; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
