"""Time 73,421 crossed ratings (students, lecturers, departments), beside lme4 where Rscript has it.

Run: python bench/multilevel.py. Each run is a process of its own, so that its peak memory is its own.
Ours includes the profile intervals of variances and shares; lme4 fits only. statsmodels is left out: its dense matrices do
not reach this size.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

DATA = Path(__file__).parents[1] / "data" / "raw" / "colleges" / "colleges.csv.gz"
OURS = f"""
import pandas as pd, resource, time
from klantstudie.analyses import multilevel
data = pd.read_csv({str(DATA)!r})
start = time.perf_counter()
found = multilevel.variance_parts(data, "y", ["s", "d", "dept"], predictors=["service"])
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, found.fit["deviance"])
"""
LME4 = f"""
suppressMessages(library(lme4)); data <- read.csv(gzfile({str(DATA)!r}))
start <- proc.time()[["elapsed"]]
m <- lmer(y ~ service + (1 | s) + (1 | d) + (1 | dept), data, control = lmerControl(optimizer = "bobyqa"))
peak <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
cat(proc.time()[["elapsed"]] - start, as.numeric(gsub("[^0-9]", "", peak)) / 1024, sprintf("%.8f", REMLcrit(m)))
"""


def run(command: list[str]) -> list[float]:
    """Return seconds, megabytes and criterion of one run."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(number) for number in done.stdout.split()]


def main() -> None:
    """Print one line a program: the middle of three runs, taken in turns."""
    programs = {"klantstudie": [sys.executable, "-c", OURS]}
    if shutil.which("Rscript"):
        programs["lme4"] = ["Rscript", "-e", LME4]
    found: dict[str, list[list[float]]] = {name: [] for name in programs}
    for _ in range(3):
        for name, command in programs.items():
            try:
                found[name].append(run(command))
            except subprocess.CalledProcessError:
                continue
            time.sleep(0.5)
    print(f"{'':12} {'seconds':>8} {'MB':>6}   REML criterion")
    for name, runs in found.items():
        if not runs:
            print(f"{name:12} not available")
            continue
        seconds, peak, criterion = sorted(runs)[len(runs) // 2]
        print(f"{name:12} {seconds:8.1f} {peak:6.0f}   {criterion:.6f}")


if __name__ == "__main__":
    main()
