"""Time reading, cleaning, flagging, scoring and writing of large surveys beside pandas reading the same csv.

Run: python bench/intake.py [rows …], by default 10,000 to 1,000,000 answers of 60 items loaded, and 10,000,000 of 20
items streamed. Every measurement is a process of its own, and the two ways take turns, so that neither profits
from the other's warm memory. Printed: seconds, peak memory, and both over those of pandas with pyarrow.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

TURNS = 3
SIZES = (10_000, 100_000, 1_000_000)


def make(folder: Path, rows: int, items: int) -> None:
    """Write a study of `items` seven-point items in blocks of five, every fifth reversed."""
    raw = folder / "data/raw/groot"
    raw.mkdir(parents=True, exist_ok=True)
    names = [f"v{i // 5 + 1}_{i % 5 + 1}" for i in range(items)]
    draw = np.random.default_rng(1)
    with (raw / "groot.csv").open("wb") as stream:
        stream.write((",".join(names) + "\n").encode())
        for start in range(0, rows, 200_000):
            n = min(200_000, rows - start)
            factor = draw.normal(size=(n, items // 5))
            answers = np.rint(4 + 1.2 * factor[:, np.arange(items) // 5] + draw.normal(size=(n, items)))
            cells = np.full((n, 2 * items), ord(","), dtype=np.uint8)
            cells[:, 0::2] = np.clip(answers, 1, 7).astype(np.uint8) + ord("0")
            cells[:, -1] = ord("\n")
            stream.write(cells.tobytes())
    lines = ['[study]\ntitle = "groot"\nfile = "groot.csv"', "[responses.zeven]\nmin = 1\nmax = 7"]
    for i, name in enumerate(names):
        lines.append(f'[items.{name}]\nresponse = "zeven"' + ("\nreverse = true" if i % 5 == 4 else ""))
    for block in range(items // 5):
        listed = ", ".join(f'"{name}"' for name in names[5 * block : 5 * block + 5])
        lines.append(f"[scales.s{block + 1}]\nitems = [{listed}]")
    flags = "longstring >= 30 or irv == 0 or straightlined == 1"
    rule = flags if rows > 2_000_000 else f"{flags} or mahalanobis_p < 0.000001"
    lines.append(f'[[rules]]\nname = "careless"\nwhen = "{rule}"\nreason = "flagged"')
    (raw / "codebook.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


WAYS = {
    "pandas": "import pandas as pd; pd.read_csv({csv!r}, engine='pyarrow')",
    "load": "from klantstudie.study.loading import load; load('groot', root={root!r})",
    "stream": "from klantstudie.study.streaming import stream; stream('groot', root={root!r})",
}


def timed(way: str, root: Path) -> tuple[float, float]:
    """Return seconds (after the imports) and peak memory in GB of one way, in a fresh process."""
    setup, call = WAYS[way].format(csv=str(root / "data/raw/groot/groot.csv"), root=str(root)).split("; ", 1)
    code = (
        f"import time, resource, numpy, pandas, scipy.stats; {setup}; start = time.perf_counter(); {call}; "
        "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 ** 2)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    seconds, memory = map(float, done.stdout.split()[-2:])
    return seconds, memory


def compare(rows: int, items: int, ours: str) -> None:
    """Print one line: the medians of both ways in turn."""
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), rows, items)
        timed("pandas", Path(folder))  # warms the memory of the file
        found: dict[str, list[tuple[float, float]]] = {"pandas": [], ours: []}
        for _ in range(TURNS):
            for way in found:
                found[way].append(timed(way, Path(folder)))
        (base, base_memory), (here, memory) = (
            (median(s for s, _ in turns), median(m for _, m in turns)) for turns in found.values()
        )
        print(
            f"{rows:>10,} x {items}: {ours} {here:6.2f} s {memory:5.2f} GB; pandas reads in {base:5.2f} s {base_memory:5.2f} GB; "
            f"time x {here / base:4.1f}, memory x {memory / base_memory:4.1f}",
            flush=True,
        )


def main() -> None:
    """Print a line for every size."""
    asked = [int(word) for word in sys.argv[1:] if word.isdigit()]
    start = time.perf_counter()
    for rows in asked or SIZES:
        compare(rows, 60, "load")
    if not asked:
        compare(10_000_000, 20, "stream")
    print(f"{time.perf_counter() - start:.0f} s in all")


if __name__ == "__main__":
    main()
