"""The environment of a kernel: what makes two runs differ is fixed, native threads are capped."""

from __future__ import annotations

import os
import site
from pathlib import Path

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
EPOCH = "315532800"  # 1980-01-01, the earliest time a zip file knows: files that hold a time get equal bytes


def fixed(folder: Path | None = None, *, project: Path | None = None, threads: int = 1) -> dict[str, str]:
    """Return the environment of a kernel: what makes two runs differ is fixed, native threads are capped."""
    found = dict(os.environ)
    found.update(dict.fromkeys(THREADS, str(threads)))
    found["PYTHONHASHSEED"] = "0"
    found.setdefault("SOURCE_DATE_EPOCH", EPOCH)
    found["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    if folder is not None:
        found["KLANTSTUDIE_OUT"] = str(folder)
    if project is not None:
        found["KLANTSTUDIE_PROJECT"] = str(project)
    home = str(Path(__file__).parents[2])
    if home not in site.getsitepackages():  # a source tree: the kernel imports the package that runs it
        found["PYTHONPATH"] = os.pathsep.join(filter(None, [home, found.get("PYTHONPATH")]))
    return found
