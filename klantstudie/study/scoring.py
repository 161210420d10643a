"""Scores scales: reverses items from the response scale's own range (min + max - x), then takes means or sums."""

from __future__ import annotations

import numpy as np
import pandas as pd

from klantstudie.errors import InputError
from klantstudie.frames import numeric
from klantstudie.study.codebook import REVERSED, Codebook


def reverse(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return min + max - x; reversing twice gives the answers back."""
    return low + high - values


def score(frame: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Return the frame with a column `item_r` for every reversed item and a column for every scale.

    A mean is taken over the answered items of a row, when at least `min_answered` are answered; otherwise the score
    is missing. A sum is that mean times the number of items, so that a skipped item counts as the person's own mean.
    An item outside its response range is an InputError.
    """
    new: dict[str, np.ndarray] = {}
    for name, item in codebook.item_table.items():
        if item.reverse:
            response = codebook.responses[item.response]
            values = numeric(frame, [name], "items")[name].to_numpy()
            with np.errstate(invalid="ignore"):
                outside = (values < response.min) | (values > response.max)
            if outside.any():
                raise InputError(
                    f"'{name}' holds {values[outside][0]:g}, outside {response.min:g} to {response.max:g}"
                )
            new[name + REVERSED] = reverse(values, response.min, response.max)
    keyed = pd.concat([frame, pd.DataFrame(new, index=frame.index)], axis=1)
    scores = {}
    for name, scale in codebook.scales.items():
        items = codebook.items(name)
        total, answered = np.zeros(len(keyed)), np.zeros(len(keyed))
        for item in items:
            values = numeric(keyed, [item], f"scale '{name}'")[item].to_numpy()
            known = ~np.isnan(values)
            answered += known
            total += values if known.all() else np.where(known, values, 0.0)
        mean = np.divide(total, answered, out=np.full(len(keyed), np.nan), where=answered >= scale.needed())
        scores[name] = mean * len(items) if scale.scoring == "sum" else mean
    return pd.concat([keyed, pd.DataFrame(scores, index=frame.index)], axis=1)
