"""Shows something in a notebook, once; the only door to IPython, and silent outside it. In a run it guards what cells show."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pandas as pd

from klantstudie import inputs
from klantstudie.present.gate import gate_display


def _shell() -> Any:
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()


def guard() -> None:
    """In a run, let a frame that a cell shows without saving it keep quiet about groups which are too small."""
    shell = _shell()
    if shell is None or inputs.run_folder() is None:
        return
    formatters = shell.display_formatter.formatters
    formatters["text/html"].for_type(pd.DataFrame, lambda frame: gate_display(frame)._repr_html_())
    for kind in (pd.DataFrame, pd.Series):
        formatters["text/plain"].for_type(kind, _plainly)


def _plainly(thing: pd.DataFrame | pd.Series, printer: Any, cycle: bool) -> None:
    printer.text(repr(gate_display(thing)))


def show(data: Mapping[str, str], about: Mapping[str, Any]) -> None:
    """Send one display to the notebook, with metadata that says what it is; outside IPython nothing happens."""
    if _shell() is None:
        return
    sys.modules["IPython"].display.display(dict(data), raw=True, metadata={"klantstudie": dict(about)})
