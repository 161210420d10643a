"""Measure the runner beside what a user would take instead, alternating in one run.

    python bench/runner.py [--runs 40] [--short 400] [--rounds 2] [--json FILE]

Ways: a loop of the `papermill` command, the same under `xargs -P2`, ploomber-engine where it is installed, and
`klantstudie batch` with two workers, which also writes an HTML report for every run of the real notebook. For each:
wall time, processor time of everything it started, and runs a minute. Ratios are within one round, so that a busy
machine slows all ways alike. Then: a batch in which nothing changed, the memory (PSS) of a cold and a warm kernel, and
the batch that `make reports` runs.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORES = 2
PARAMETERS = 'study: str = "ecsi_mobiel"\nseed: int = 1\nlang: str = "nl"\nout: str = ""\n'
SHORT = """
import pandas as pd
import statsmodels.api as sm
import pingouin as pg
import seaborn as sns
import klantstudie as ks
from klantstudie.analyses import describe
survey = ks.load(study)
"""
TABLE = "describe.items(survey.frame, list(survey.frame.select_dtypes('number').columns[:5]))"
PSS = """
import json, os
from pathlib import Path
pss = [int(line.split()[1]) for line in open("/proc/self/smaps_rollup") if line.startswith("Pss:")][0]
row = {"term": "pss", "estimate": pss / 1024}
entry = {"name": "memory", "kind": "frame", "table": [row], "fit": {}, "info": {}}
Path(os.environ["KLANTSTUDIE_OUT"], "results.json").write_text(json.dumps({"results": [entry], "figures": []}))
"""


def adopt() -> None:
    """Become the parent of what is left behind, so that the processor time of all descendants is counted."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def measured(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command; return (wall seconds, processor seconds of it and all its descendants)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    wall = time.monotonic() - start
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def notebook(path: Path, *sources: str) -> None:
    """Write a notebook."""
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {"tags": ["parameters"] if not number else []},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate((PARAMETERS, *sources))
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")


def project(folder: Path) -> Path:
    """Make a project with one study, a short notebook and a real one."""
    (folder / "notebooks").mkdir(parents=True)
    for study in ("ecsi_mobiel", "colleges"):
        shutil.copytree(ROOT / "data/raw" / study, folder / "data/raw" / study)
    notebook(folder / "notebooks/short.ipynb", SHORT, TABLE)
    notebook(folder / "notebooks/pss.ipynb", SHORT, TABLE, PSS)
    shutil.copy(ROOT / "notebooks/08-nu-moment.ipynb", folder / "notebooks/real.ipynb")
    return folder


def plan(folder: Path, name: str, runs: int) -> Path:
    """Write a plan with a number of runs of one notebook."""
    path = folder / "notebooks" / f"{name}-{runs}.toml"
    seeds = list(range(1, runs + 1))
    path.write_text(f'[[run]]\nnotebook = "{name}"\nstudy = "ecsi_mobiel"\ncross = {{ seed = {seeds} }}\n')
    return path


def ways(folder: Path, name: str, runs: int, to: str) -> dict[str, list[str]]:
    """Return the command of each way."""
    papermill = [sys.executable, "-m", "papermill", "--no-progress-bar", f"{name}.ipynb"]
    given = ["-p", "study", "ecsi_mobiel", "-p", "seed"]
    loop = f'for i in $(seq {runs}); do "$@" /tmp/out-$$-$i.ipynb {" ".join(given)} $i; rm -f /tmp/out-$$-$i.ipynb; done'
    each = f"{' '.join(papermill)} {folder}/out-{{}}.ipynb {' '.join(given)} {{}}"
    found = {
        "papermill, one after the other": ["bash", "-c", loop, "bash", *papermill],
        f"papermill, xargs -P{CORES}": ["bash", "-c", f"seq {runs} | xargs -P{CORES} -I{{}} {each}"],
    }
    if importlib.util.find_spec("ploomber_engine"):
        engine = each.replace("papermill --no-progress-bar", "papermill --no-progress-bar --engine profiling")
        found["ploomber-engine, xargs -P2"] = ["bash", "-c", f"seq {runs} | xargs -P{CORES} -I{{}} {engine}"]
    ours = [sys.executable, "-m", "klantstudie", "batch", str(plan(folder, name, runs)), "--again", "--json"]
    found["klantstudie batch"] = [*ours, "--workers", str(CORES), "--to", to]
    return found


def cells(folder: Path, name: str) -> tuple[float, float, int]:
    """Return (mean seconds of the cells of a run, mean processor seconds of them, runs that completed)."""
    records = [json.loads(path.read_text()) for path in folder.glob(f"reports/*/{name}/*/run.json")]
    good = [record["cell_seconds"] for record in records if record["status"] == "completed"]
    used = [record["processor_seconds"] or 0 for record in records if record["status"] == "completed"]
    return sum(good) / max(len(good), 1), sum(used) / max(len(used), 1), len(good)


def compare(folder: Path, name: str, runs: int, to: str, rounds: int, skip: tuple[str, ...] = ()) -> dict:
    """Measure every way, alternating, and print the table."""
    found: dict[str, list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for way, command in ways(folder, name, runs, to).items():
            if way not in skip:
                found.setdefault(way, []).append(measured(command, folder / "notebooks"))
    ours = min(found["klantstudie batch"])
    mean, own, good = cells(folder, name)
    if not good:
        raise SystemExit(f"no run of the {name} notebook completed: there is nothing to compare")
    print(
        f"\n{runs} runs of the {name} notebook, {CORES} cores, {good} reports completed, {mean:.2f} s of cells a run"
    )
    print(f"{'way':34}{'wall s':>9}{'cpu s':>9}{'cpu/run':>9}{'runs/min':>10}{'ours is':>9}")
    for way, times in found.items():
        wall, cpu = min(times)
        told = f"{wall / ours[0]:.1f} ×"
        print(f"{way:34}{wall:9.1f}{cpu:9.1f}{cpu / runs:9.2f}{60 * runs / wall:10.1f}{told:>9}")
    limit = mean * runs / CORES
    print(
        f"beyond the cells: {ours[1] / runs - own:.2f} cpu s a run; wall is {ours[0] / limit:.2f} × the pure-cell limit"
    )
    return {
        "notebook": name,
        "runs": runs,
        "cell_seconds": mean,
        "cell_cpu": own,
        "completed": good,
        "ways": found,
    }


def unchanged(folder: Path, runs: int) -> dict:
    """Run a batch twice; the second time nothing changed."""
    command = [sys.executable, "-m", "klantstudie", "batch", str(plan(folder, "short", runs)), "--to", ""]
    first = measured(command, folder)
    second = min(measured(command, folder) for _ in range(3))
    *_, good = cells(folder, "short")
    print(f"\n{runs} short runs: {first[0]:.1f} s wall, {first[1] / runs:.2f} cpu s a run, {good} completed")
    print(f"the same batch, nothing changed: {second[0]:.2f} s wall, {second[1]:.2f} cpu s")
    return {"runs": runs, "first": first, "unchanged": second}


def memory(folder: Path) -> dict[str, float]:
    """Compare the memory (PSS) of a kernel with the analysis stack, cold and warm, two at a time."""
    found = {}
    for kind in ("--cold", "--warm"):
        command = [sys.executable, "-m", "klantstudie", "batch", str(plan(folder, "pss", 6)), "--again", kind]
        measured([*command, "--workers", "2", "--to", ""], folder)
        saved = [json.loads(path.read_text()) for path in folder.glob("reports/*/pss/*/results.json")]
        sizes = [entry["results"][0]["table"][0]["estimate"] for entry in saved]
        found[kind[2:]] = sum(sizes) / max(len(sizes), 1)
    ratio = found["warm"] / found["cold"]
    print(
        f"\nPSS of a kernel: cold {found['cold']:.0f} MB, warm {found['warm']:.0f} MB, {ratio:.2f} of a cold one"
    )
    return found


def whole(folder: Path) -> dict[str, float]:
    """Run the batch of the project itself from nothing; its wall time beside that of its cells alone."""
    for part in ("notebooks", "data/raw"):
        shutil.copytree(ROOT / part, folder / part)
    command = [sys.executable, "-m", "klantstudie", "batch", "--workers", str(CORES)]
    wall, cpu = measured(command, folder)
    records = [json.loads(path.read_text()) for path in folder.glob("reports/*/*/*/run.json")]
    good = [record["cell_seconds"] for record in records if record["status"] == "completed"]
    limit = sum(good) / CORES
    print(
        f"\nthe batch of make reports: {len(good)} of {len(records)} reports, {wall:.0f} s wall, {cpu:.0f} cpu s"
    )
    print(f"wall is {wall / limit:.2f} × the pure-cell limit; the longest run has {max(good):.0f} s of cells")
    return {"reports": len(good), "wall": wall, "cpu": cpu, "limit": limit}


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--runs", type=int, default=40)
    words.add_argument("--short", type=int, default=400)
    words.add_argument("--rounds", type=int, default=2)
    words.add_argument("--json", type=Path)
    given = words.parse_args()
    adopt()
    with tempfile.TemporaryDirectory(prefix="klantstudie-bench-") as scratch:
        folder = project(Path(scratch) / "project")
        slowest = ("papermill, one after the other",)
        found = {
            "short": compare(folder, "short", given.runs, "", given.rounds),
            "real": compare(folder, "real", given.runs, "html", 1, slowest),
            "unchanged": unchanged(folder, given.short),
            "memory": memory(folder) if sys.platform == "linux" else {},
            "whole": whole(Path(scratch) / "whole"),
        }
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
