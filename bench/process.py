"""Time 5,000 bootstrap draws with two mediators and three covariates on 1,000 rows, beside pingouin and
pyprocessmacro.

Run: python bench/process.py. A library that is not installed is named and left out. pingouin offers the
bias-corrected interval without acceleration; pyprocessmacro's models take one set of covariates for all
equations.
"""

from __future__ import annotations

import time
import warnings

import numpy as np
import pandas as pd

COVARIATES = ["c1", "c2", "c3"]


def data(n: int = 1000) -> pd.DataFrame:
    """Make a sample with indirect effects .09 and .06."""
    draw = np.random.default_rng(2026)
    c = draw.normal(size=(n, 3))
    x = c @ [0.2, 0.1, 0.0] + draw.normal(size=n)
    m1 = 0.3 * x + 0.2 * c[:, 0] + draw.normal(size=n)
    m2 = 0.2 * x + draw.normal(size=n)
    y = 0.1 * x + 0.3 * m1 + 0.3 * m2 + 0.1 * c[:, 1] + draw.normal(size=n)
    return pd.DataFrame({"x": x, "m1": m1, "m2": m2, "y": y, **dict(zip(COVARIATES, c.T, strict=True))})


def klantstudie(frame: pd.DataFrame) -> tuple[float, float, float]:
    """Return estimate and BCa interval of the first indirect effect."""
    from klantstudie.analyses import process

    row = process.mediation(frame, "x", ["m1", "m2"], "y", covariates=COVARIATES, method="bca").row(
        "indirect:m1"
    )
    return row["estimate"], row["conf_low"], row["conf_high"]


def pingouin(frame: pd.DataFrame) -> tuple[float, float, float]:
    """Return the same from pingouin.mediation_analysis (bias-corrected)."""
    import pingouin as pg

    table = pg.mediation_analysis(
        data=frame, x="x", m=["m1", "m2"], y="y", covar=COVARIATES, n_boot=5000, seed=1
    )
    row = table[table["path"] == "Indirect m1"].iloc[0]
    ends = [name for name in table.columns if name.startswith("CI")]
    return row["coef"], row[ends[0]], row[ends[1]]


def pyprocessmacro(frame: pd.DataFrame) -> tuple[float, float, float]:
    """Return the same from PROCESS model 4 of pyprocessmacro (bias-corrected)."""
    from pyprocessmacro import Process

    model = Process(
        data=frame,
        model=4,
        x="x",
        y="y",
        m=["m1", "m2"],
        controls=COVARIATES,
        controls_in="all",
        boot=5000,
        seed=1,
        percent=False,
        suppr_init=True,
    )
    row = model.indirect_model.coeff_summary().iloc[0]
    return row["Effect"], row["BootLLCI"], row["BootULCI"]


def main() -> None:
    """Print one line a library: median of five warm runs (three where a run takes over two seconds)."""
    frame = data()
    print(f"{'':15} {'seconds':>9}   indirect effect through m1 [95%]")
    for run in (klantstudie, pingouin, pyprocessmacro):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                start = time.perf_counter()
                found = run(frame)
                first = time.perf_counter() - start
                times = []
                for _ in range(5 if first < 2 else 3):
                    start = time.perf_counter()
                    run(frame)
                    times.append(time.perf_counter() - start)
        except ImportError:
            print(f"{run.__name__:15} not installed")
            continue
        estimate, low, high = found
        print(f"{run.__name__:15} {np.median(times):9.3f}   {estimate:.4f} [{low:.4f}, {high:.4f}]")


if __name__ == "__main__":
    main()
