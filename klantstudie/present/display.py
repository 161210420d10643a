"""Shows something in a notebook, once; the only door to IPython, and silent outside it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any


def show(data: Mapping[str, str], about: Mapping[str, Any]) -> None:
    """Send one display to the notebook, with metadata that says what it is; outside IPython nothing happens."""
    module = sys.modules.get("IPython")
    if module is None or module.get_ipython() is None:
        return
    module.display.display(dict(data), raw=True, metadata={"klantstudie": dict(about)})
