"""Sensitivity to who takes part: the same columns with everybody, by the codebook's rules, and by a stricter rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from klantstudie.errors import InputError, OptionError
from klantstudie.frames import numeric
from klantstudie.result import Result, build
from klantstudie.study import cleaning, conditions
from klantstudie.study.codebook import Codebook
from klantstudie.study.declared import Rule


def without(frame: pd.DataFrame, codebook: Codebook, when: str) -> pd.DataFrame:
    """Return the respondents for whom a condition does not hold, written as in the rules of a codebook.

    The condition may name the indices of careless answering, such as "longstring >= 12 or mahalanobis_p < 0.001";
    an index that is not known of a respondent does not hold. A condition that holds for everybody is an InputError.
    """
    conditions.parse(when)  # tells what is wrong with it
    rule = Rule.model_validate({"name": "suspect", "when": when, "reason": "suspect"})
    kept = cleaning.exclude(cleaning.with_measures(frame, codebook, [rule]), [rule])
    if kept.empty:
        raise InputError(f"the condition '{when}' holds for everybody: nobody would be left")
    return kept[list(frame.columns)].reset_index(drop=True)


def compare(versions: Mapping[str, pd.DataFrame], columns: Sequence[str], *, bound: float = 0.2) -> Result:
    """Return mean and sd of every column in every version of the data, and how far each mean moves.

    One row a column and version (`choice`): `n`, `mean`, `sd`, and `effect`, the mean minus that of the first version
    in standard deviations of the first version (0 there). fit: `largest_shift`, the largest effect whatever its sign.
    The decision is within_bound when it stays below `bound`, else beyond_bound. The versions share respondents,
    so this describes what a choice does and tests nothing. Missing answers: each column uses its own.

    References: Meade and Craig (2012); Cohen (1988) for the bound of 0.2.
    """
    if len(versions) < 2:
        raise OptionError("versions: at least two versions of the data are needed, by name")
    if bound <= 0:
        raise OptionError(f"bound must be larger than 0; given: {bound!r}")
    values = {name: numeric(frame, columns, "columns") for name, frame in versions.items()}
    first = next(iter(values.values()))
    rows = []
    for column in first.columns:
        centre, spread = first[column].mean(), first[column].std()
        for name, found in values.items():
            known = found[column].dropna()
            shift = (known.mean() - centre) / spread if spread > 0 else np.nan
            rows.append(
                {
                    "term": str(column),
                    "choice": name,
                    "n": len(known),
                    "mean": known.mean(),
                    "sd": known.std(),
                    "effect": shift,
                    "effect_name": "ΔM/SD",
                }
            )
    shifts = np.abs([row["effect"] for row in rows])
    largest = float(np.nanmax(shifts)) if not np.isnan(shifts).all() else np.nan
    within = "within_bound" if largest < bound else "beyond_bound"
    decision = "inconclusive" if np.isnan(largest) else within
    return build(
        "study.sensitivity",
        rows,
        fit={"largest_shift": largest},
        n_total=max(len(frame) for frame in versions.values()),
        n_used=min(len(frame) for frame in versions.values()),
        method="means with other respondents left out, in standard deviations of the first version",
        reference=("Meade & Craig (2012)", "Cohen (1988)"),
        missing="per item",
        decision=decision,
        bound=bound,
    )
