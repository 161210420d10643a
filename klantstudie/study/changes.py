"""The log of cleaning: one line a changed value, and what is counted of it in a report."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from klantstudie.result import Result, build

LOG = ["row", "id", "column", "before", "after", "rule"]
KINDS = {  # how the log's rules begin -> what a report calls them
    "missing code ": "missing code",
    "user-missing ": "user-missing",
    "outside ": "outside the scale",
    "rule: ": "rule of the codebook",
}


@dataclass
class Log:
    """Collects what was changed: one line a value, with the row of the file, the id and the rule."""

    lines: np.ndarray
    ids: pd.Series
    parts: list[pd.DataFrame] = field(default_factory=list)

    def add(self, column: str, rows: np.ndarray, before: pd.Series, after: object, rule: str) -> None:
        """Note that a column was changed in some rows (positions); `after` is one value or one a row."""
        if not len(rows):
            return
        written = _written(before.iloc[rows])
        new = _written(pd.Series(after)) if isinstance(after, (list, np.ndarray)) else _shown(after)
        part = pd.DataFrame({"row": self.lines[rows], "id": self.ids.iloc[rows].to_numpy(dtype=object)})
        self.parts.append(part.assign(column=column, before=written, after=new, rule=rule))

    def frame(self) -> pd.DataFrame:
        """Return the log as a frame, in the order of the steps."""
        if not self.parts:
            return pd.DataFrame(
                {name: pd.Series(dtype="int64" if name == "row" else "string") for name in LOG}
            )
        joined = pd.concat(self.parts, ignore_index=True)[LOG]
        return joined.astype({name: "string" for name in LOG if name != "row"} | {"row": "int64"})


def _written(values: pd.Series) -> np.ndarray:
    """Return values as they are shown, formatting each distinct one once."""
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    return np.array([*(_shown(value) for value in distinct), ""], dtype=object)[codes]


def _shown(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def counted(log: pd.DataFrame) -> Result:
    """Return how many values each rule changed, and in how many columns: one row a rule.

    `term` is the kind of change and `answer` what the rule names: the code, the possible range, the codebook's rule.
    A log without lines is one row, `nothing changed`.

    References: CONSORT flow of participants, Schulz, Altman and Moher (2010).
    """
    rows = []
    for rule, part in log.groupby("rule", sort=False):
        start = next((start for start in KINDS if str(rule).startswith(start)), "")
        rows.append(
            {
                "term": KINDS.get(start, str(rule)),
                "answer": str(rule)[len(start) :] if start else "",
                "n": len(part),
                "n_items": part["column"].nunique(),
            }
        )
    return build(
        "study.changes",
        rows or [{"term": "nothing changed", "answer": "", "n": 0, "n_items": 0}],
        n_total=len(log),
        n_used=len(log),
        method="lines of the log of cleaning, by rule",
        reference="Schulz, Altman and Moher (2010)",
    )
