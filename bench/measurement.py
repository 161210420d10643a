"""Time and weigh path models and reliabilities with their bootstraps, beside what a user would take instead.

Run: python bench/measurement.py. Beside the path model stands seminr for Python, where it is installed (it is not a
dependency); beside omega a plain loop over resamples with the same one-factor model fitted by scipy. What is slow is
run for fewer draws and scaled up, which favours it. Memory is the peak that Python allocates during the call.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

DRAWS = 1000
DATA = Path(__file__).parent.parent / "data" / "raw" / "ecsi_mobiel" / "ecsi_mobiel.csv"
BLOCKS = {
    "Image": [f"IMAG{k}" for k in range(1, 6)],
    "Expectation": [f"CUEX{k}" for k in range(1, 4)],
    "Quality": [f"PERQ{k}" for k in range(1, 8)],
    "Value": ["PERV1", "PERV2"],
    "Satisfaction": [f"CUSA{k}" for k in range(1, 4)],
    "Complaints": ["CUSCO"],
    "Loyalty": [f"CUSL{k}" for k in range(1, 4)],
}
CAUSES = {
    "Expectation": ["Image"],
    "Quality": ["Expectation"],
    "Value": ["Expectation", "Quality"],
    "Satisfaction": ["Image", "Expectation", "Quality", "Value"],
    "Complaints": ["Satisfaction"],
    "Loyalty": ["Image", "Satisfaction", "Complaints"],
}


def measured(run: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of a call, and the megabytes it has allocated at most (in a second call)."""
    start = time.perf_counter()
    run()
    seconds = time.perf_counter() - start
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return seconds, peak


def path_model(frame: pd.DataFrame, draws: int) -> object:
    """Fit and resample the ECSI model with this package."""
    from klantstudie.analyses import paths

    lines = [f"{' + '.join(causes)} -> {effect}" for effect, causes in CAUSES.items()]
    return paths.pls(frame, BLOCKS, lines, n_boot=draws)


def path_model_seminr(frame: pd.DataFrame, draws: int) -> object:
    """Fit and resample the ECSI model with seminr for Python."""
    import seminr

    blocks = seminr.constructs(*(seminr.composite(name, items) for name, items in BLOCKS.items()))
    arrows = seminr.relationships(*(seminr.paths(causes, effect) for effect, causes in CAUSES.items()))
    model = seminr.estimate_pls(frame, blocks, arrows)
    return seminr.bootstrap_model(model, nboot=draws, seed=1) if draws else model


def omega(frame: pd.DataFrame, draws: int) -> object:
    """Resample omega of seven items with this package."""
    from klantstudie.analyses import reliability

    return reliability.omega(frame, BLOCKS["Quality"], n_boot=draws)


def omega_loop(frame: pd.DataFrame, draws: int) -> object:
    """Resample the same omega with scipy's minimiser, one resample after the other."""
    from scipy.optimize import minimize

    values = frame[BLOCKS["Quality"]].to_numpy(dtype=float)
    draw = np.random.default_rng(1)
    found = []
    for _ in range(max(draws, 1)):
        cov = np.cov(values[draw.integers(0, len(values), len(values))], rowvar=False)
        p = len(cov)

        def discrepancy(x: np.ndarray, cov: np.ndarray = cov, p: int = p) -> float:
            model = np.outer(x[:p], x[:p]) + np.diag(np.exp(x[p:]))
            return np.linalg.slogdet(model)[1] + np.trace(np.linalg.solve(model, cov))

        start = np.concatenate([0.7 * np.sqrt(np.diag(cov)), np.log(0.5 * np.diag(cov))])
        x = minimize(discrepancy, start).x
        found.append(x[:p].sum() ** 2 / (x[:p].sum() ** 2 + np.exp(x[p:]).sum()))
    return found


def line(name: str, ours: Callable[[], object], theirs: Callable[[], object], scale: float) -> None:
    """Print one comparison; what is not installed is said."""
    here, space = measured(ours)
    try:
        there, room = measured(theirs)
    except ImportError as missing:
        print(f"{name}: {here:.3f} s, {space:.0f} MB here; {missing.name} is not installed")
        return
    there *= scale
    print(
        f"{name}: {here:.3f} s, {space:.0f} MB here; {there:.3f} s, {room:.0f} MB there; {there / here:.0f} times"
    )


def main() -> None:
    """Print the time and memory of each pair."""
    frame = pd.read_csv(DATA)
    path_model(frame, 0)
    line(
        "path model, seminr",
        lambda: path_model(frame, 0),
        lambda: path_model_seminr(frame, 0),
        1,
    )
    line(
        f"path model, {DRAWS} draws, seminr",
        lambda: path_model(frame, DRAWS),
        lambda: path_model_seminr(frame, 200),
        DRAWS / 200,
    )
    line(
        f"omega, {DRAWS} draws, scipy loop",
        lambda: omega(frame, DRAWS),
        lambda: omega_loop(frame, 20),
        DRAWS / 20,
    )


if __name__ == "__main__":
    main()
