"""Which uncertain value decides the best bundle: one option at a time, for a tornado figure."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from klantstudie import frames
from klantstudie.analyses.kano.tradeoff import trade_off
from klantstudie.errors import InputError
from klantstudie.result import Result, build


def sensitivity(
    frame: pd.DataFrame,
    option: str,
    value: str,
    cost: str,
    *,
    low: str,
    high: str,
    limits: Mapping[str, float] | None = None,
    required: str | None = None,
    forbidden: str | None = None,
) -> Result:
    """Move the value of one option at a time to the ends of its interval and find the best bundle again.

    `low` and `high` name the columns with the ends (such as those of a bootstrap interval); the other arguments are
    those of `trade_off`. One row an option, widest first: the value of the best bundle as it is (estimate), with the
    option at its low end (conf_low) and at its high end (conf_high), and the bundle at either end where it differs
    from the best one (note). The decision is "supported" when the best bundle is the same at both ends, else
    "inconclusive". The ends are no interval of the bundle's value: that would need all values to move together.
    Errors: ends that do not enclose the value, and those of `trade_off`.

    References: Eschenbach (1992).
    """
    base = trade_off(frame, option, value, cost, limits=limits, required=required, forbidden=forbidden)
    ends = frames.numeric(frame, [low, value, high], "low, value and high")
    wrong = ~((ends[low] <= ends[value]) & (ends[value] <= ends[high]))
    names = frames.labels(frame, option, "option")
    if wrong.any():
        raise InputError(f"low and high must enclose the value; they do not for {', '.join(names[wrong])}")
    best = base.row("best", part="best")
    rows = []
    for place, name in zip(frame.index, names, strict=True):
        row = {"term": name, "estimate": best["value"]}
        told = []
        for end, column in (("conf_low", low), ("conf_high", high)):
            moved = frame[value].astype(float).copy()
            moved[place] = ends.loc[place, column]
            made = trade_off(
                frame.assign(**{value: moved}),
                option,
                value,
                cost,
                limits=limits,
                required=required,
                forbidden=forbidden,
            )
            found = made.row("best", part="best")
            row[end] = found["value"]
            if found["choice"] != best["choice"]:
                told.append(found["choice"])
        row |= {"decision": "inconclusive" if told else "supported", "note": " | ".join(dict.fromkeys(told))}
        rows.append(row)
    rows.sort(key=lambda row: (row["conf_low"] - row["conf_high"], row["term"]))
    return build(
        "kano.sensitivity",
        rows,
        n_total=base.info["n_total"],
        n_used=base.info["n_used"],
        missing="refused",
        method="best bundle with one value at a time at the ends of its interval",
        reference="Eschenbach (1992)",
    )
