"""Balance: how alike the groups of an experiment are on what they brought with them; base pandas and numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.errors import InputError, suggestion
from klantstudie.result import Result, build


def balance(
    frame: pd.DataFrame,
    covariates: str | Sequence[str],
    group: str,
    *,
    reference_group: str = "",
    bound: float = 0.1,
) -> Result:
    """Compare groups on characteristics from before the experiment, as standardised differences without p values.

    The estimate is (mean of the group - mean of the reference group) / root of the average of both variances; for a
    column of labels there is one row a label, with shares. `reference_group` is the first label unless named. The
    decision is "within_bound" when the difference is at most `bound` in size (0.1 is Austin's rule of thumb), else
    "beyond_bound": it describes this sample, since after random assignment every difference is chance. Rows with a
    missing characteristic or group are left out. Errors: one group only, a column that is constant in both groups
    but differs between them.

    References: Austin (2009); Imai, King and Stuart (2008).
    """
    listed = frames.names(covariates, "covariates")
    if not bound > 0:
        raise InputError(f"bound must be above 0; given: {bound}")
    matrix = _columns(frame, listed)
    text = frames.labels(frame, group)
    keep = text.notna() & matrix.notna().all(axis=1)
    found = frames.ordered_labels(text[keep])
    if len(found) < 2:
        raise InputError(f"group: '{group}' has {len(found)} group(s) in the complete rows; two are needed")
    base = str(reference_group) or found[0]
    if base not in found:
        raise InputError(f"reference_group: '{group}' has no '{base}'{suggestion(base, found)}")
    parts = {label: matrix[keep & (text == label)] for label in found}
    rows = []
    for label in found:
        if label == base:
            continue
        for column in matrix:
            a, b = (parts[one][column].to_numpy() for one in (label, base))
            difference, spread = a.mean() - b.mean(), np.sqrt((a.var(ddof=0) + b.var(ddof=0)) / 2)
            if column in listed:
                if min(len(a), len(b)) < 2:
                    raise InputError(f"group: one case is too few for a variance of '{column}'")
                spread = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
            if spread == 0 and difference != 0:
                raise InputError(f"covariates: '{column}' is constant within {label} and within {base}")
            estimate = difference / spread if spread > 0 else 0.0
            rows.append(
                {"term": column, "group": label, "reference_group": base, "n": len(a) + len(b)}
                | {"mean": a.mean(), "estimate": estimate, "threshold": bound}
                | {"decision": "within_bound" if abs(estimate) <= bound else "beyond_bound"}
            )
    return build(
        "experiment.balance",
        rows,
        n_total=len(frame),
        n_used=int(keep.sum()),
        method="standardised differences, average of both variances",
        reference="Austin (2009); Imai, King and Stuart (2008)",
    )


def _columns(frame: pd.DataFrame, listed: list[str]) -> pd.DataFrame:
    """Return number columns as they are, and every label of a column of labels as a 0/1 column."""
    frames.require(frame, listed, "covariates")
    made = {}
    for name in listed:
        if pd.api.types.is_numeric_dtype(frame[name]):
            made[name] = frames.numeric(frame, name, "covariates")[name]
            continue
        text = frames.labels(frame, name, "covariates")
        for label in frames.ordered_labels(text):
            made[f"{name}: {label}"] = (
                (text == label).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
            )
    return pd.DataFrame(made, index=frame.index.copy())
