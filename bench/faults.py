"""Inject faults into batches and check that no run is lost or wrongly called good.

    python bench/faults.py [--faults 200] [--seed 1] [--cold]

Three parts: runs that fail in every way a run can (killed, crashed, stuck, too large, broken, missing, a full device,
a killed worker) between good ones in one batch; batches that are interrupted at a random moment and then resumed; and
runs on a disk that fills up (a small tmpfs; needs root, else it is told and left out). Exit code 1 when any run has no
outcome, or says something else than what happened.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from klantstudie.run import batch, files

PARAMETERS = 'study: str = "x"\nlang: str = "nl"\nout: str = ""\n'
RUNNER = """
import json, os, pathlib, signal, time
process = json.loads(pathlib.Path(os.environ["KLANTSTUDIE_OUT"], "run.json").read_text())["process"]
mark = pathlib.Path(f"../marks-{study}")
"""
# What a run does, and how it must be told. A worker that is lost once is replaced; lost twice, the run is given up.
FAULTS: dict[str, tuple[str, str]] = {
    "error": ("1 / 0", "failed"),
    "syntax error": ("def", "failed"),
    "wrong column": ("import pandas as pd\npd.DataFrame({'a': [1]})['b']", "failed"),
    "missing file": ("open('../data/raw/none.csv')", "failed"),
    "full device": ("with open('/dev/full', 'w') as stream:\n    stream.write('x' * 100000)", "failed"),
    "out of memory, caught": ("raise MemoryError", "failed"),
    "interrupted kernel": (
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(20)",
        "failed",
    ),
    "silent exit": ("import sys\nsys.exit(0)", "failed"),
    "os._exit(0)": ("import os\nos._exit(0)", "died"),
    "os._exit(3)": ("import os\nos._exit(3)", "died"),
    "killed kernel": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "died"),
    "killed later": (
        "import os, threading, signal, time\nthreading.Timer(0.1, os.kill, (os.getpid(), 9)).start()\ntime.sleep(9)",
        "died",
    ),
    "crash": ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "died"),
    "abort": ("import os\nos.abort()", "died"),
    "memory limit": ("x = bytearray(1_500_000_000)\nimport time\ntime.sleep(20)", "died"),
    "stuck": ("import time\ntime.sleep(600)", "timeout"),
    "stuck, busy": ("while True:\n    pass", "timeout"),
    "stuck, deaf": (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)",
        "timeout",
    ),
    "worker killed twice": (RUNNER + "os.kill(process, signal.SIGKILL)\ntime.sleep(9)", "died"),
    "worker killed once": (
        RUNNER + "if not mark.exists():\n    mark.touch()\n    os.kill(process, 9)\n    time.sleep(9)",
        "completed",
    ),
    "broken notebook": ("1", "failed"),
    "removed notebook": ("1", "failed"),
}
LIMIT = 12  # seconds for a cell: enough for a good one on a loaded machine
GOOD = "print('good')"


def notebook(path: Path, *sources: str) -> None:
    """Write a notebook."""
    cells = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {"tags": [] if n else ["parameters"]},
            "source": source,
        }
        | {"outputs": [], "execution_count": None}
        for n, source in enumerate((PARAMETERS, *sources))
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")


def project(folder: Path) -> Path:
    """Make an empty project."""
    (folder / "data/raw").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    return folder


def ways_to_fail(folder: Path, count: int, chance: random.Random, warm: bool) -> Counter:
    """Run one batch in which `count` runs fail between good ones; return (kind, right or what was told) counts."""
    kinds = [list(FAULTS)[number % len(FAULTS)] for number in range(count)]
    chance.shuffle(kinds)
    lines, expected = [], {}
    for number, kind in enumerate(kinds):
        name = f"{number:03}"
        notebook(folder / f"notebooks/{name}.ipynb", "print('before')", FAULTS[kind][0], "print('after')")
        expected[name] = kind
        lines.append(f'[[run]]\nnotebook = "{name}"\nstudy = "{number}"\n')
        if number % 4 == 0:
            notebook(folder / f"notebooks/g{name}.ipynb", GOOD)
            lines.append(f'[[run]]\nnotebook = "g{name}"\n')
    plan = folder / "notebooks/batch.toml"
    plan.write_text("\n".join(lines))

    def spoil(event: str, about: dict) -> None:
        if event == "start":  # the plan was checked, nothing has run yet
            for name, kind in expected.items():
                path = folder / f"notebooks/{name}.ipynb"
                if kind == "broken notebook":
                    path.write_text(path.read_text()[:200])
                elif kind == "removed notebook":
                    path.unlink()
        elif event == "end":
            print(".", end="", flush=True)

    settings = batch.Settings(to=(), cell_limit=LIMIT, memory_limit=900 * 2**20, warm=warm)
    made = batch.run(plan, workers=2, settings=settings, watch=spoil)
    found: Counter = Counter()
    seen = set()
    for outcome in made.outcomes:
        kind = expected.get(outcome.plan.name, "good")
        right = "completed" if kind == "good" else FAULTS[kind][1]
        told = files.read_json(outcome.plan.folder / "run.json").get("status", "nothing")
        agrees = outcome.status == told == right and complete(outcome.plan.folder, right)
        found[kind, "right" if agrees else f"{outcome.status}, recorded {told}: {outcome.cause}"] += 1
        seen.add(outcome.plan.name)
    for name in set(expected) - seen:
        found[expected[name], "lost"] += 1
    return found


def complete(folder: Path, status: str) -> bool:
    """Whether a run that is called good has a whole notebook in which every cell ran."""
    if status != "completed":
        return True
    cells = files.read_json(folder / "notebook.ipynb").get("cells", [])
    return bool(cells) and all(cell["metadata"]["papermill"]["status"] == "completed" for cell in cells)


def interrupts(folder: Path, count: int, chance: random.Random, warm: bool) -> Counter:
    """Interrupt a batch at random moments, check what is recorded, and let the last one finish."""
    notebook(folder / "notebooks/slow.ipynb", "import time\ntime.sleep(0.3)", "time.sleep(0.3)")
    plan = folder / "notebooks/slow.toml"
    plan.write_text(
        f'[[run]]\nnotebook = "slow"\ncross = {{ study = {[str(n) for n in range(4 * count)]} }}\n'
    )
    command = [sys.executable, "-m", "klantstudie", "batch", str(plan), "--to", "", "--resume", "--json"]
    command += ["--warm" if warm else "--cold", "--workers", "2"]
    found: Counter = Counter()
    for _ in range(count):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        time.sleep(chance.uniform(0.5, 12))
        process.send_signal(chance.choice([signal.SIGINT, signal.SIGKILL]))
        process.communicate(timeout=90)
        wrong = [path.parent for path in folder.glob("reports/*/slow/*/run.json") if not truthful(path)]
        found["interrupted batch", "right" if not wrong else f"wrongly good: {wrong[0]}"] += 1
        print(".", end="", flush=True)
    deadline = time.monotonic() + 30  # workers of a killed batch end their runs first
    while any(files.busy(path.parent) for path in folder.glob("reports/*/slow/*/run.json")):
        if time.monotonic() > deadline:
            found["interrupted batch", "a run stays locked"] += 1
            break
        time.sleep(0.2)
    done = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout)
    good = sum(run["status"] == "completed" for run in done["runs"])
    whole = good == 4 * count and all(complete(Path(run["folder"]), "completed") for run in done["runs"])
    found["resumed to the end", "right" if whole else f"{good} of {4 * count}"] += 1
    return found


def truthful(path: Path) -> bool:
    """Whether a recorded run is only called good when it is."""
    return complete(path.parent, files.read_json(path).get("status", ""))


def full_disk(folder: Path, count: int, warm: bool) -> Counter:
    """Run on a disk of 3 MB that fills up; what does not fit must not be called good."""
    small = folder / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        print("\nthe disk that fills up needs root to be made: left out")
        return Counter()
    found: Counter = Counter()
    try:
        notebook(folder / "notebooks/large.ipynb", "print('x' * 400_000)")
        plan = folder / "notebooks/large.toml"
        plan.write_text(
            f'[[run]]\nnotebook = "large"\ncross = {{ study = {[str(n) for n in range(count)]} }}\n'
        )
        settings = batch.Settings(to=(), warm=warm)
        made = batch.run(plan, workers=2, reports=small / "reports", settings=settings).outcomes
        for outcome in made:
            record = files.read_json(outcome.plan.folder / "run.json")
            good = (
                outcome.ok
                and record.get("status") == "completed"
                and complete(outcome.plan.folder, "completed")
            )
            told = not outcome.ok and record.get("status") != "completed"
            found[
                "disk that fills up", "right" if good or told else f"{outcome.status}: {outcome.cause}"
            ] += 1
        if all(outcome.ok for outcome in made) or len(made) != count:
            found["disk that fills up", "no run met the full disk"] += 1
    finally:
        subprocess.run(["umount", str(small)], check=False)
    return found


def main() -> None:
    """Inject, count, print."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--faults", type=int, default=200)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--cold", action="store_true")
    given = words.parse_args()
    chance = random.Random(given.seed)
    parts = {"interrupts": max(1, given.faults // 20), "disk": max(8, given.faults // 20)}
    with tempfile.TemporaryDirectory(prefix="klantstudie-faults-") as scratch:
        folder = project(Path(scratch) / "project")
        found = ways_to_fail(folder, given.faults - sum(parts.values()), chance, not given.cold)
        found += interrupts(folder, parts["interrupts"], chance, not given.cold)
        found += full_disk(folder, parts["disk"], not given.cold)
    print()
    for (kind, told), count in sorted(found.items()):
        print(f"{count:4}  {kind:26} {told}")
    wrong = sum(count for (_, told), count in found.items() if told != "right")
    faults = sum(count for (kind, _), count in found.items() if kind not in ("good", "resumed to the end"))
    print(f"{faults} faults, {wrong} of them lost or wrongly told")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
