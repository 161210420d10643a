"""What a fork server imports once, so that every kernel it starts has the analysis stack from its first moment.

Nothing here may leave a trace that a notebook could see: no threads, no drawn figures, no shown warnings, no
random state (the children draw their own). What went wrong stands in `problem`, because a fork server keeps silent.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import subprocess
import sys
import threading
import warnings

NEEDED = ("numpy", "pandas", "matplotlib.pyplot", "IPython", "ipykernel.kernelapp", "ipykernel.ipkernel")
USEFUL = (
    "scipy.stats",
    "scipy.optimize",
    "statsmodels.api",
    "statsmodels.formula.api",
    "pingouin",
    "seaborn",
    # what every kernel would import in its first moment
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "sqlite3",
    "tornado.platform.asyncio",
    "matplotlib.backends.backend_svg",
    "matplotlib.backends.backend_agg",
)
ROOMS = (
    "klantstudie",
    "klantstudie.numerics",
    "klantstudie.study",
    "klantstudie.analyses",
    "klantstudie.present",
)
FOR_WORKERS = ("papermill", "nbclient", "nbformat", "klantstudie.run.engine", "klantstudie.present.documents")

problem = ""
environment: dict[str, str] = {}  # what a kernel's own imports set in its environment
path: list[str] = []  # where an ordinary new process of this environment looks for modules


def _usual_path() -> list[str]:
    program = "import json, sys; print(json.dumps(sys.path[1:]))"
    return json.loads(subprocess.check_output([sys.executable, "-c", program]))


def _import(names: tuple[str, ...]) -> None:
    for name in names:
        importlib.import_module(name)


def _rooms() -> None:
    """Import the package's own modules; one that cannot be imported tells its own notebook."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for found in pkgutil.iter_modules(package.__path__, f"{room}."):
            if not found.name.startswith(("klantstudie.run", "klantstudie.__main__")):
                with contextlib.suppress(Exception):
                    importlib.import_module(found.name)


def _exercise() -> None:
    """Draw and compute once: fonts and lazily loaded parts are then there for every child."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 2))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label="a")
    axes.set_title("−0,5 χ²")
    axes.legend()
    FigureCanvasAgg(figure)
    for kind in ("svg", "png"):
        figure.savefig(io.BytesIO(), format=kind)
    with contextlib.suppress(ImportError):
        sm = importlib.import_module("statsmodels.api")
        x = np.column_stack([np.ones(8), np.arange(8.0)])
        sm.OLS(x[:, 1] ** 2, x).fit(cov_type="HC3").summary()


def _debugger() -> None:
    """Import what takes a kernel most of its start: the debugger of JupyterLab."""
    before = dict(os.environ)
    with contextlib.suppress(ImportError):
        importlib.import_module("ipykernel.debugger")
    environment.update({name: value for name, value in os.environ.items() if before.get(name) != value})


def _forget() -> None:
    """Let a child warn as if nobody had imported anything before it."""
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", None)
        if isinstance(names, dict):
            names.pop("__warningregistry__", None)


def threads() -> int:
    """Return how many threads this process has, those of native libraries included."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def _load() -> str:
    try:
        _import(NEEDED)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in (*USEFUL, *FOR_WORKERS):
                with contextlib.suppress(ImportError):
                    importlib.import_module(name)
            _debugger()
            _rooms()
            _exercise()
        _forget()
    except Exception as error:  # told to whoever asks: a fork server would swallow it
        return f"{type(error).__name__}: {error}"
    if "matplotlib_inline.backend_inline" in sys.modules:
        return "the imports chose a place for figures before there was a kernel"
    if threads() > 1:
        return f"{threads()} threads run after the imports, and a fork would lose them"
    gc.collect()
    gc.freeze()
    return ""


if os.environ.get("KLANTSTUDIE_PRELOAD"):
    # Half of papermill's import time is a grammar that only a JSON schema with internet addresses would use.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    path = sys.path[:] = _usual_path()  # a file in the current folder must not stand for a library
    problem = _load()
    sys.modules.pop("rfc3987_syntax", None)
else:
    problem = "not loaded by a fork server"
