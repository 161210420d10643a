"""Whether what was put into a simulated study comes out: 95 % intervals of 200 studies cover the truth as they say.

With 200 studies an interval that covers 95 % lands between 90.4 and 99.6 % (three standard errors).
`python -m tests.recovery` writes docs/recovery.md and its figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from klantstudie.result import Result
from klantstudie.study import simulate

RUNS, LOW, HIGH = 200, 0.904, 0.996
Truths = Callable[[pd.DataFrame, Mapping[str, Any]], Iterator[tuple[str, float, tuple[float, float]]]]


def ends(result: Result, term: str, stem: str = "conf", **where: str) -> tuple[float, float]:
    """Return the ends of the interval of one row."""
    row = result.row(term, **where)
    return row[f"{stem}_low"], row[f"{stem}_high"]


def studies() -> dict[str, Truths]:
    """Return the truths of every simulated study, by the number of its notebook."""
    found: dict[str, Truths] = {}
    for path in sorted((Path(__file__).parent / "truths").glob("[a-z]*.py")):
        found |= import_module(f"tests.truths.{path.stem}").STUDIES
    return found


def shares(design: str, truths: Truths) -> dict[str, float]:
    """Return for every truth of a study the share of the simulated studies whose interval covers it."""
    hits: Counter[str] = Counter()
    for seed in range(1, RUNS + 1):
        for name, value, (low, high) in truths(*simulate.survey(design, seed=seed)):
            hits[name] += bool(low <= value <= high)  # adding 0 keeps the name of what is never covered
    return {name: hit / RUNS for name, hit in hits.items()}


def outside(design: str, truths: Truths) -> dict[str, float]:
    """Return the coverage of every truth that is covered less or more often than 95 % intervals allow."""
    return {name: one for name, one in shares(design, truths).items() if not LOW <= one <= HIGH}


def without(design: str, truths: Truths) -> list[str]:
    """Return the truths of one study that have no proper interval."""
    found = list(truths(*simulate.survey(design, seed=1)))
    assert found
    return [
        name
        for name, value, (low, high) in found
        if not (np.isfinite([value, low, high]).all() and low < high)
    ]


# ------------------------------------------------------------------------------------------------ the page in docs

DOCS = Path(__file__).parents[1] / "docs"
HEAD = """# Recovery: does what was put in come out?

Each line is one number that was put into a simulated study, and the share of {runs} simulated data sets whose 95 %
interval covers it. With {runs} data sets a right interval lands between {low:.1%} and {high:.1%} (three standard errors). The
data are simulated throughout. `make slow` tests it; `python -m tests.recovery` writes this page.

![Coverage of every truth](recovery.png)

| notebook | truth | coverage |
|---|---|--:|
"""


def measured() -> pd.DataFrame:
    """Return the coverage of every truth of every simulated study."""
    rows = []
    for design, truths in studies().items():
        rows += [(design, name, share) for name, share in shares(design, truths).items()]
    return pd.DataFrame(rows, columns=["design", "truth", "share"]).sort_values("design", kind="stable")


def write() -> None:
    """Write docs/recovery.md and docs/recovery.png."""
    import matplotlib.pyplot as plt

    found = measured()
    lines = [f"| {row.design} | {row.truth} | {row.share:.1%} |" for row in found.itertuples()]
    head = HEAD.format(runs=RUNS, low=LOW, high=HIGH)
    (DOCS / "recovery.md").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    designs = list(dict.fromkeys(found["design"]))
    figure, axes = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
    axes.axhspan(100 * LOW, 100 * HIGH, color="#dbe9ec", zorder=0)
    axes.axhline(95, color="#5f6b6d", linewidth=1)
    for place, (_, part) in enumerate(found.groupby("design", sort=False)):
        across = place + np.linspace(-0.3, 0.3, len(part))
        axes.plot(across, 100 * part["share"], "o", color="#0b6e7f", markersize=4)
    axes.set_xticks(range(len(designs)), designs)
    axes.set(
        ylim=(85, 100.5), xlabel="Notebook (simulated study)", ylabel="Intervals that cover the truth, %"
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(DOCS / "recovery.png", dpi=150, metadata={"Software": None})


if __name__ == "__main__":
    write()
