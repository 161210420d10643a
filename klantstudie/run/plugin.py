"""What papermill finds under the name `klantstudie`: the engine, loaded when it is first asked for.

papermill loads every registered engine while it is imported itself, and the engine imports papermill.
"""

from __future__ import annotations

from typing import Any


class _Later:
    """Stands for the engine until it is used."""

    def __getattr__(self, name: str) -> Any:
        from klantstudie.run.engine import Engine

        return getattr(Engine, name)


engine = _Later()
