"""Time structural equation models, ladder, bootstrap and missing answers, beside lavaan and semopy where they are.

Run: python bench/sem.py. lavaan is timed inside R (without its start) when Rscript and lavaan are there, semopy when it
is installed, here or in the interpreter SEMOPY_PYTHON; neither is a dependency. Every task runs in the same session on
the same data. The first table shows processor seconds (so that a busy machine does not matter) and the ratio to ours;
the second the megabytes that a task takes at most above what was there before it: what Python allocates (tracemalloc,
for us and semopy) and what the memory of R grows by (gc, which counts what it has not yet cleaned up).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).parent.parent / "tests" / "reference" / "data"
MODEL = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
DRAWS = 1000
REPEATS = 5
LAVAAN = """
suppressMessages({library(lavaan); library(jsonlite)})
m <- 'visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9'
d <- read.csv('DATA/holzinger_swineford.csv'); mis <- read.csv('DATA/holzinger_swineford_missing.csv')
o <- read.csv('DATA/holzinger_swineford_ordered.csv'); w <- read.csv('WIDE')
items <- paste0('v', 1:25); wide <- paste(sapply(1:5, function(f) paste0('f', f, ' =~ ', paste(items[5*f - 4:0], collapse = ' + '))), collapse = '\n')
all <- function(f) { fitMeasures(f); standardizedSolution(f); invisible() }
timed <- function(run, n = REPEATS, first = TRUE) {
  if (first) run(); t <- system.time(for (i in seq_len(n)) run())
  before <- sum(gc(reset = TRUE)[, 2]); run(); c(sum(t[1:2]) / n, sum(gc()[, 6]) - before)
}
q <- function(x) suppressWarnings(suppressMessages(x))
eq <- list('', 'loadings', c('loadings', 'intercepts'), c('loadings', 'intercepts', 'residuals'))
out <- list(
  cfa = timed(function() all(q(sem(m, d)))),
  mlr = timed(function() all(q(sem(m, d, estimator = 'MLR')))),
  fiml = timed(function() all(q(sem(m, mis, missing = 'fiml')))),
  wlsmv = timed(function() all(q(sem(m, o, ordered = TRUE)))),
  ladder = timed(function() { fits <- lapply(eq, function(e) q(sem(m, d, group = 'school', group.equal = e)));
                              q(do.call(lavTestLRT, fits)); lapply(fits, fitMeasures) }, 2),
  bootstrap = timed(function() q(sem(m, d, se = 'bootstrap', bootstrap = DRAWS)), 1, FALSE),
  wide = timed(function() all(q(sem(wide, w))), 2),
  wide_fiml = timed(function() all(q(sem(wide, w, missing = 'fiml'))), 1))
cat(toJSON(out, auto_unbox = TRUE, digits = 6))
"""

SEMOPY = """
import json, time, tracemalloc
import pandas as pd
import semopy
m = 'visual =~ x1 + x2 + x3\\ntextual =~ x4 + x5 + x6\\nspeed =~ x7 + x8 + x9'
wide = '\\n'.join(f'f{f} =~ ' + ' + '.join(f'v{5 * f - k}' for k in range(4, -1, -1)) for f in range(1, 6))
d, w = pd.read_csv('DATA/holzinger_swineford.csv'), pd.read_csv('WIDE').dropna()
def run(text, data):
    model = semopy.Model(text)
    model.fit(data)
    model.inspect(std_est=True)
    semopy.calc_stats(model)
def timed(text, data, repeats):
    run(text, data)
    start = time.process_time()
    for _ in range(repeats):
        run(text, data)
    seconds = (time.process_time() - start) / repeats
    tracemalloc.start()
    run(text, data)
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return seconds, most
print(json.dumps({'cfa': timed(m, d, REPEATS), 'wide': timed(wide, w, 1)}))
"""


def wide_data(path: Path) -> pd.DataFrame:
    """Make 25 items of five factors for 2,800 people, with answers missing at random, and write them."""
    draw = np.random.default_rng(25)
    factors = draw.standard_normal((2800, 5)) @ np.linalg.cholesky(0.7 * np.eye(5) + 0.3).T
    items = np.repeat(factors, 5, axis=1) * 0.7 + draw.standard_normal((2800, 25)) * 0.7
    items[draw.random(items.shape) < 0.004] = np.nan
    frame = pd.DataFrame(items, columns=[f"v{k}" for k in range(1, 26)])
    frame.to_csv(path, index=False)
    return frame


def wide_model() -> str:
    """Write the model of five factors with five items each."""
    return "\n".join(f"f{f} =~ " + " + ".join(f"v{5 * f - k}" for k in range(4, -1, -1)) for f in range(1, 6))


def timed(run: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """Return the mean processor seconds of a call, after one that does not count, and the megabytes it takes at most."""
    if repeats > 1:
        run()
    start = time.process_time()
    for _ in range(repeats):
        run()
    seconds = (time.process_time() - start) / repeats
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return seconds, most


def ours(wide: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Time this package."""
    from klantstudie.analyses import sem

    frame = pd.read_csv(DATA / "holzinger_swineford.csv")
    gaps = pd.read_csv(DATA / "holzinger_swineford_missing.csv")
    ordered = pd.read_csv(DATA / "holzinger_swineford_ordered.csv")
    return {
        "cfa": timed(lambda: sem.fit(frame, MODEL)),
        "mlr": timed(lambda: sem.fit(frame, MODEL, estimator="mlr")),
        "fiml": timed(lambda: sem.fit(gaps, MODEL, missing="fiml")),
        "wlsmv": timed(lambda: sem.fit(ordered, MODEL, estimator="wlsmv")),
        "ladder": timed(lambda: sem.invariance(frame, MODEL, "school"), 2),
        "bootstrap": timed(lambda: sem.fit(frame, MODEL, n_boot=DRAWS), 1),
        "wide": timed(lambda: sem.fit(wide, wide_model()), 2),
        "wide_fiml": timed(lambda: sem.fit(wide, wide_model(), missing="fiml"), 1),
    }


def lavaan(path: Path) -> dict[str, tuple[float, float]]:
    """Time lavaan inside R, or return nothing when it is not there."""
    if shutil.which("Rscript") is None:
        return {}
    script = LAVAAN.replace("DATA", DATA.as_posix()).replace("WIDE", path.as_posix())
    script = script.replace("REPEATS", str(REPEATS)).replace("DRAWS", str(DRAWS))
    done = subprocess.run(["Rscript", "-"], input=script, capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 and done.stdout else {}


def semopy(path: Path) -> dict[str, tuple[float, float]]:
    """Time semopy, or return nothing when it is not there. It has no groups, MLR, bootstrap or ordered items.

    SEMOPY_PYTHON may name another interpreter that has it, since it does not run beside this package's pandas.
    """
    script = SEMOPY.replace("DATA", DATA.as_posix()).replace("WIDE", path.as_posix())
    script = script.replace("REPEATS", str(REPEATS))
    python = os.environ.get("SEMOPY_PYTHON", sys.executable)
    done = subprocess.run([python, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 and done.stdout else {}


def main() -> None:
    """Print both tables."""
    what = {
        "cfa": "nine items, ML, with standardised solution and fit indices",
        "mlr": "the same with MLR",
        "fiml": "the same with missing answers (FIML)",
        "wlsmv": "the same with ordered items (WLSMV)",
        "ladder": "four steps of invariance, two groups",
        "bootstrap": f"{DRAWS} bootstrap refits of nine items",
        "wide": "25 items, 2,800 people, ML",
        "wide_fiml": "25 items, 2,800 people, FIML",
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wide.csv"
        wide = wide_data(path)
        found = {"ours": ours(wide), "lavaan": lavaan(path), "semopy": semopy(path)}
    for place, unit in enumerate(("processor seconds", "megabytes")):
        print(f"{unit:60}{'ours':>9}{'lavaan':>9}{'ratio':>7}{'semopy':>9}{'ratio':>7}")
        for task, words in what.items():
            mine = found["ours"][task][place]
            line = f"{words:60}{mine:9.3f}" if place == 0 else f"{words:60}{mine:9.1f}"
            for other in ("lavaan", "semopy"):
                figures = found[other].get(task)
                theirs = None if figures is None else figures[place]
                line += f"{'-':>9}{'-':>7}" if theirs is None else f"{theirs:9.2f}{theirs / mine:7.1f}"
            print(line)


if __name__ == "__main__":
    main()
