"""Tables of counts: where two characteristics meet more, or less, often than chance would have it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.errors import InputError, level, option
from klantstudie.numerics.multiplicity import ADJUSTMENTS
from klantstudie.numerics.multiplicity import adjust as corrected
from klantstudie.numerics.noncentral import chi2_interval
from klantstudie.result import Result, build


def table(
    data: pd.DataFrame | Mapping[str, Mapping[str, float]],
    rows: str | None = None,
    columns: str | None = None,
    *,
    counts: str | None = None,
    adjust: str = "holm",
    conf_level: float = 0.95,
) -> Result:
    """Cross two characteristics: chi-square, Cramer's V, and the adjusted residual of every cell.

    `data` is a frame with the columns `rows` and `columns` (and perhaps a column of `counts`), or a ready
    table of counts ({row: {column: n}}, or a frame when no names are given). Part "test" holds Pearson's
    chi-square and V (0 to 1, interval from the noncentral chi-square); part "cell" the count, the share
    within its row, the expected count and the residual, about standard normal under independence, with its
    p value (corrected over the cells). `fit` says how many cells expect fewer than five. Cases without
    either label are left out and counted.
    Errors: fewer than two rows or columns with cases, counts that are no whole numbers.

    References: Pearson (1900); Haberman (1973) for the residuals; Cramer (1946); Smithson (2003) for the
    interval.
    """
    conf_level = level(conf_level)
    option("adjust", adjust, ADJUSTMENTS)
    found, n_total = _counts(data, rows, columns, counts)
    seen = found.to_numpy(dtype=float)
    n = float(seen.sum())
    row_share, column_share = seen.sum(1, keepdims=True) / n, seen.sum(0, keepdims=True) / n
    expected = row_share * column_share * n
    residual = (seen - expected) / np.sqrt(expected * (1 - row_share) * (1 - column_share))
    chisq, df = float(((seen - expected) ** 2 / expected).sum()), (seen.shape[0] - 1) * (seen.shape[1] - 1)
    low, high = chi2_interval(chisq, df, conf_level)
    most = n * (min(seen.shape) - 1)
    test = {"term": "total", "part": "test", "group": "", "n": n, "statistic": chisq, "statistic_name": "χ²"}
    test |= {"df": df, "p_value": float(stats.chi2.sf(chisq, df)), "effect": np.sqrt(chisq / most)}
    test |= {
        "effect_name": "V",
        "effect_low": np.sqrt(low / most),
        "effect_high": min(np.sqrt(high / most), 1.0),
    }
    p_cells = 2 * stats.norm.sf(np.abs(residual))
    adjusted = corrected(p_cells.ravel(), adjust).reshape(p_cells.shape)
    cells = [
        {"term": row, "part": "cell", "group": column, "n": seen[i, j], "share": seen[i, j] / seen[i].sum()}
        | {"expected": expected[i, j], "residual": residual[i, j]}
        | {"p_value": p_cells[i, j], "p_adjusted": adjusted[i, j]}
        for i, row in enumerate(found.index)
        for j, column in enumerate(found.columns)
    ]
    return build(
        "groups.table",
        [test, *cells],
        n_total=n_total,
        n_used=int(n),
        method=f"Pearson chi-square without continuity correction; residual p values corrected: {adjust}",
        conf_level=conf_level,
        reference="Pearson (1900); Haberman (1973); Cramer (1946); Smithson (2003)",
        bounded=("effect",),
        fit={"n_sparse": int((expected < 5).sum()), "n_cells": seen.size},
    )


def _counts(
    data: pd.DataFrame | Mapping, rows: str | None, columns: str | None, counts: str | None
) -> tuple[pd.DataFrame, int]:
    if rows is None and columns is None:
        ready = data.copy() if isinstance(data, pd.DataFrame) else _from_mapping(data)
        ready.index, ready.columns = ready.index.map(str), ready.columns.map(str)
        found = frames.numeric(ready, list(ready.columns), "counts").fillna(0.0)
        n_total = None
    elif rows is None or columns is None:
        raise InputError(
            "rows and columns: name both columns, or neither when the data are a table of counts"
        )
    else:
        found, n_total = _crossed(data, rows, columns, counts)
    values = found.to_numpy()
    if (values < 0).any() or (values % 1 != 0).any():
        raise InputError("counts must be whole numbers of at least 0")
    found = found.loc[values.sum(1) > 0, values.sum(0) > 0]
    if min(found.shape) < 2:
        raise InputError(f"a table needs two rows and two columns with cases; these have {found.shape}")
    return found, int(values.sum()) if n_total is None else n_total


def _from_mapping(data: Mapping) -> pd.DataFrame:
    labels = list(dict.fromkeys(str(column) for row in data.values() for column in row))
    return pd.DataFrame(
        [[float(row.get(name, 0)) for name in labels] for row in data.values()],
        index=list(data),
        columns=labels,
    )


def _crossed(frame: pd.DataFrame, rows: str, columns: str, counts: str | None) -> tuple[pd.DataFrame, int]:
    first, second = frames.labels(frame, rows, "rows"), frames.labels(frame, columns, "columns")
    weight = (
        np.ones(len(frame)) if counts is None else frames.numeric(frame, counts, "counts")[counts].to_numpy()
    )
    if counts is not None and np.isnan(weight).any():
        raise InputError(f"counts: column '{counts}' has missing values")
    across, down = frames.ordered_labels(second), frames.ordered_labels(first)
    place = {name: i for i, name in enumerate(down)}, {name: j for j, name in enumerate(across)}
    found = np.zeros((len(down), len(across)))
    keep = (first.notna() & second.notna()).to_numpy()
    np.add.at(
        found,
        ([place[0][x] for x in first[keep]], [place[1][x] for x in second[keep]]),
        weight[keep],
    )
    return pd.DataFrame(found, index=down, columns=across), int(weight.sum())
