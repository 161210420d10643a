"""Careless answering: indices for every respondent, cited thresholds, and how many each would flag; drops nobody."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from klantstudie.errors import InputError, OptionError, suggestion
from klantstudie.frames import numeric, require
from klantstudie.numerics import careless as index
from klantstudie.result import Result, build
from klantstudie.study.codebook import Codebook
from klantstudie.study.guessing import stem

SYNONYM, ANTONYM = 0.60, -0.60  # correlations that make two items psychometric synonyms or antonyms


@dataclass(frozen=True)
class Threshold:
    """From which value on an index points at careless answering, on which side, and who proposed that."""

    value: float
    side: str  # "above", "below", "at_least"
    source: str

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Return where the index passes the threshold; a missing index never does."""
        with np.errstate(invalid="ignore"):
            if self.side == "below":
                return values < self.value
            return values > self.value if self.side == "above" else values >= self.value


THRESHOLDS: Mapping[str, Threshold] = {
    "longstring": Threshold(0.5, "at_least", "half of the items: Curran (2016)"),
    "irv": Threshold(0.0, "at_least", "no spread at all; Dunn et al. (2018) give no fixed value"),
    "person_total": Threshold(0.0, "below", "Curran (2016)"),
    "mahalanobis_p": Threshold(0.001, "below", "DeSimone, Harms & DeSimone (2015)"),
    "even_odd": Threshold(-0.30, "above", "consistency below .30: Johnson (2005)"),
    "synonyms": Threshold(0.22, "below", "Johnson (2005)"),
    "antonyms": Threshold(-0.03, "above", "Johnson (2005)"),
    "straightlined": Threshold(1.0, "at_least", "every block: Schonlau & Toepoel (2015)"),
    "seconds_per_item": Threshold(2.0, "below", "Huang et al. (2012)"),
    "attention_failed": Threshold(1.0, "at_least", "Meade & Craig (2012)"),
    "share_missing": Threshold(0.5, "above", "more than half of the items, a convention"),
}
MEASURES = (
    "longstring",
    "irv",
    "person_total",
    "mahalanobis",
    "mahalanobis_p",
    "even_odd",
    "synonyms",
    "antonyms",
    "straightlined",
    "seconds_per_item",
    "attention_failed",
    "n_missing",
    "share_missing",
)
REFERENCE = (
    "Meade & Craig (2012)",
    "Curran (2016)",
    "Johnson (2005)",
    "Huang et al. (2012)",
    "Dunn et al. (2018)",
    "DeSimone, Harms & DeSimone (2015)",
)


def measures(
    frame: pd.DataFrame,
    codebook: Codebook,
    *,
    duration: str | None = None,
    attention: Mapping[str, object] | None = None,
    only: Collection[str] = MEASURES,
) -> pd.DataFrame:
    """Return one row a respondent with every index (or `only` some); NaN where one cannot be known.

    longstring: longest run of equal answers in the order of the codebook. irv: standard deviation of a person's
    answers. person_total: correlation with the item means of the others. mahalanobis, mahalanobis_p: squared distance
    from the mean of complete answers and its chi-square p. even_odd: minus the Spearman-Brown corrected correlation
    of odd and even halves over the scales (higher is more careless, as in R's careless from 1.2). synonyms, antonyms:
    within-person correlation over item pairs that correlate above .60 or below -.60 in the sample. straightlined:
    share of blocks (the items' `block`, else the stem of their name) answered with one answer. seconds_per_item:
    duration over answered items. attention_failed: wrong answers to the attention items. n_missing, share_missing.

    References: Meade and Craig (2012); Curran (2016); Johnson (2005); Dunn et al. (2018).
    """
    names = [name for name, item in codebook.item_table.items() if item.type == "number" and item.response]
    if len(names) < 2:
        raise InputError("careless answering needs at least two items with a response scale")
    answers = np.empty((len(frame), len(names)), order="F")  # the indices go through it column by column
    require(frame, names, "items")
    for i, name in enumerate(names):
        column = frame[name]
        plain = column if column.dtype == "float64" else numeric(frame, [name], "items")[name]
        answers[:, i] = plain.to_numpy()
    time = duration if duration is not None else codebook.duration
    checks = attention if attention is not None else codebook.study.attention
    ways: dict[str, Callable[[], np.ndarray]] = {
        "longstring": lambda: index.longstring(answers),
        "irv": lambda: index.response_variability(answers),
        "person_total": lambda: index.person_total(answers),
        "even_odd": lambda: _even_odd(answers, names, codebook),
        "synonyms": lambda: _pairs(answers, SYNONYM),
        "antonyms": lambda: _pairs(answers, ANTONYM),
        "straightlined": lambda: index.straight_blocks(answers, _blocks(names, codebook)),
        "seconds_per_item": lambda: _speed(frame, time, answers),
        "attention_failed": lambda: _failed(frame, checks),
        "n_missing": lambda: np.isnan(answers).sum(axis=1).astype(float),
        "share_missing": lambda: np.isnan(answers).mean(axis=1),
    }
    found = {name: way() for name, way in ways.items() if name in only}
    if "mahalanobis" in only or "mahalanobis_p" in only:
        try:
            found["mahalanobis"], found["mahalanobis_p"] = index.mahalanobis(answers)
        except np.linalg.LinAlgError:
            found["mahalanobis"] = found["mahalanobis_p"] = np.full(len(frame), np.nan)
    return pd.DataFrame({name: found[name] for name in MEASURES if name in only}, index=frame.index)


def _pairs(answers: np.ndarray, critical: float) -> np.ndarray:
    return index.pair_consistency(answers, index.item_pairs(answers, abs(critical), opposite=critical < 0))


def _speed(frame: pd.DataFrame, time: str, answers: np.ndarray) -> np.ndarray:
    speed = np.full(len(frame), np.nan)
    if time:
        known = (~np.isnan(answers)).sum(axis=1)
        seconds = numeric(frame, [time], "duration")[time].to_numpy()
        np.divide(seconds, known, out=speed, where=known > 0)
    return speed


def flags(
    frame: pd.DataFrame,
    codebook: Codebook,
    *,
    duration: str | None = None,
    attention: Mapping[str, object] | None = None,
    thresholds: Mapping[str, float] | None = None,
) -> Result:
    """Return how many respondents pass the threshold of each index of careless answering; nobody is dropped.

    One row an index: `n` respondents for whom it is known, `threshold`, `n_flagged` and their share; then `any` and
    `two_or_more`. longstring's threshold is half of the items, irv's is no spread at all. `thresholds` replaces a
    value by name. To drop respondents write a rule in the codebook, such as when = "longstring >= 12".

    References: Meade and Craig (2012); Curran (2016); Johnson (2005); Huang et al. (2012); DeSimone et al. (2015).
    """
    values = measures(frame, codebook, duration=duration, attention=attention)
    used = _thresholds(codebook, thresholds or {})
    rows, hits = [], np.zeros(len(frame))
    for name, rule in used.items():
        cells = values[name].to_numpy()
        known = ~np.isnan(cells)
        if not known.any():
            continue
        flagged = (cells == 0) if name == "irv" and rule.value == 0 else rule.holds(cells)
        hits += flagged
        rows.append(_row(name, int(known.sum()), int(flagged.sum()), rule.value))
    for name, least in (("any", 1), ("two_or_more", 2)):
        rows.append(_row(name, len(frame), int((hits >= least).sum()), np.nan))
    return build(
        "study.careless",
        rows,
        n_total=len(frame),
        n_used=len(frame),
        method="indices of careless answering over the items with a response scale, in the order of the codebook",
        reference=REFERENCE,
        missing="an index that cannot be computed flags nobody",
        thresholds={name: f"{rule.side} {rule.value:g} ({rule.source})" for name, rule in used.items()},
    )


def _row(name: str, known: int, flagged: int, threshold: float) -> dict:
    share = flagged / known if known else np.nan
    return {"term": name, "n": known, "threshold": threshold, "n_flagged": flagged, "share": share}


def _thresholds(codebook: Codebook, given: Mapping[str, float]) -> dict[str, Threshold]:
    items = sum(1 for item in codebook.item_table.values() if item.type == "number" and item.response)
    used = dict(THRESHOLDS)
    used["longstring"] = Threshold(np.ceil(items / 2), "at_least", THRESHOLDS["longstring"].source)
    for name, value in given.items():
        if name not in used:
            told = ", ".join(used)
            raise OptionError(f"there is no threshold '{name}'{suggestion(name, used)}; there are {told}")
        side = "below" if name == "irv" else used[name].side
        used[name] = Threshold(float(value), side, "chosen")
    return used


def _even_odd(answers: np.ndarray, names: list[str], codebook: Codebook) -> np.ndarray:
    position = {name: i for i, name in enumerate(names)}
    keyed = answers.copy()
    for name, i in position.items():
        response = codebook.responses[codebook.item_table[name].response]
        if codebook.item_table[name].reverse:
            keyed[:, i] = response.min + response.max - keyed[:, i]
    blocks = [
        [position[item] for item in scale.items if item in position] for scale in codebook.scales.values()
    ]
    blocks = _disjoint([block for block in blocks if len(block) >= 2])
    if len(blocks) < 3:
        return np.full(len(answers), np.nan)
    return index.even_odd(keyed, blocks)


def _disjoint(blocks: list[list[int]]) -> list[list[int]]:
    """Leave out a scale that shares an item with a smaller one (a total scale beside its parts)."""
    kept: list[list[int]] = []
    for block in sorted(blocks, key=len):
        if not any(set(block) & set(other) for other in kept):
            kept.append(block)
    return sorted(kept)


def _blocks(names: list[str], codebook: Codebook) -> list[list[int]]:
    blocks: dict[tuple[str, str], list[int]] = {}
    for i, name in enumerate(names):
        item = codebook.item_table[name]
        blocks.setdefault((item.block or stem(name), item.response), []).append(i)
    return [block for block in blocks.values() if len(block) >= 3]


def _failed(frame: pd.DataFrame, checks: Mapping[str, object]) -> np.ndarray:
    if not checks:
        return np.full(len(frame), np.nan)
    failed = np.zeros(len(frame))
    for column, right in checks.items():
        if column not in frame:
            raise InputError(
                f"attention: the data have no column '{column}'{suggestion(column, frame.columns)}"
            )
        values = frame[column]
        if values.dtype.kind == "f":
            failed += (values != float(right)).to_numpy()  # type: ignore[arg-type]
        else:
            given = values.astype("string").str.strip().str.casefold()
            failed += (given != str(right).strip().casefold()).fillna(True).to_numpy(dtype=bool)
    return failed
