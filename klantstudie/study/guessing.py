"""Guesses what each column of a raw survey is: id, rating item, group, open question; and its probable range."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from klantstudie.study import numbers, privacy, wordings
from klantstudie.study.reading import RawSurvey

RANGES = (
    *((0, 1), (1, 2), (1, 3), (1, 4), (1, 5), (0, 4), (1, 6), (1, 7), (0, 10), (1, 10)),
    *((-2, 2), (-3, 3), (0, 100)),
)
OUTLIERS = (97, 98, 99, 77, 88, 999, 998, 997, -1, -9, -8, -7, -99, -98, -97, -999, 9999, -9999)
MOST_CODES = 11  # distinct answers of a rating item; 0 to 10 has eleven
MOST_GROUPS = 20

_ID = re.compile(r".*(?:id|nr|nummer)|(?:respondent|resp|case|uuid|token)", re.I)
_DURATION = re.compile(
    r".*(?:duration|duur|invultijd|interviewtime|total time|totale tijd|seconds|seconden).*", re.I
)
_CLOCK = re.compile(r"(?:\d+:)?\d{1,2}:\d{2}(?:[.,]\d+)?")
_WEIGHT = re.compile(r"(?:weight|gewicht|weging|weegfactor|wt|wgt|pweight)s?(?:_?\d)?", re.I)
_WAVE = re.compile(r"(?:wave|golf|meting|ronde|tijdstip|jaar|year)", re.I)
_ATTENTION = re.compile(
    r"(?:attention|aandacht|controlevraag|instructed|kies (?:hier|bij deze)|vul hier|select (?:the )?(?:answer|option))",
    re.I,
)
_GROUP = re.compile(
    r"(?:geslacht|gender|sex|leeftijdsgroep|age ?group|land|country|regio|region|afdeling|department|team|vestiging|"
    r"branch|opleiding|education|sector|segment|functie|provider|type|kanaal|channel|company|bedrijf)",
    re.I,
)


@dataclass
class Guess:
    """What a column probably is."""

    name: str
    kind: str  # id, duration, weight, wave, attention, admin, personal, item, number, text, multiple, ticked, group
    low: float = np.nan
    high: float = np.nan
    outliers: tuple[float, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    remark: str = ""
    response: str = ""
    options: tuple[str, ...] = ()
    separator: str = ";"
    no_answer: tuple[str, ...] = ()  # wordings such as "weet niet"


def is_id(name: str) -> bool:
    """Say whether a column is called like an id."""
    return bool(_ID.fullmatch(name))


def _is_time(answered: pd.Series) -> bool:
    if answered.dtype.kind != "f":
        return bool(answered.map(lambda cell: bool(_CLOCK.fullmatch(str(cell)))).all())
    return True


def guess(raw: RawSurvey, name: str) -> Guess:
    """Return what one column probably is."""
    values, label = raw.frame[name], raw.labels.get(name, "")
    role = raw.roles.get(name, "")
    answered = values.dropna()
    if role in ("id", "duration", "personal"):
        return Guess(name, role)
    if role:
        return Guess(name, "admin")
    if answered.empty:
        return Guess(name, "empty")
    if _DURATION.fullmatch(name) and _is_time(answered):
        return Guess(name, "duration")
    if _WEIGHT.fullmatch(name) and values.dtype.kind == "f" and (answered > 0).all():
        return Guess(name, "weight")
    if len(answered) == len(values) and answered.is_unique and _ID.fullmatch(name):
        return Guess(name, "id")
    if not privacy.scan(answered.to_frame(name)).table["n"].eq(0).all():
        return Guess(name, "personal")
    found = _numbers(raw, name, answered) if values.dtype.kind == "f" else _words(name, answered)
    if _ATTENTION.search(f"{name} {label}") and found.kind == "item":
        found.kind = "attention"
    return found


def _numbers(raw: RawSurvey, name: str, answered: pd.Series) -> Guess:
    labels = raw.value_labels.get(name, {})
    ranges = raw.missing.get(name, [])
    stated = [value for value in answered.unique() if any(_within(value, low, high) for low, high in ranges)]
    rest = [float(value) for value in answered.unique() if value not in stated]
    outliers = _outliers(rest)
    kept = [value for value in rest if value not in outliers]
    codes = {code: text for code, text in labels.items() if numbers.readings(code)}
    valid = [
        float(code) for code in codes if float(code) not in outliers and not _missing(float(code), ranges)
    ]
    if not kept:
        return Guess(name, "empty")
    low, high = min([*kept, *valid]), max([*kept, *valid])
    whole = all(value == round(value) for value in kept)
    plain = {code: text for code, text in codes.items() if float(code) in valid}
    out = tuple(sorted(outliers))
    nominal = (
        raw.measures.get(name) == "nominal" and bool(plain) and wordings.scale_of(_folded(plain)) is None
    )
    if _WAVE.fullmatch(name) and whole and len(kept) <= MOST_GROUPS:
        return Guess(name, "wave", low, high, out, plain)
    if nominal or (_GROUP.fullmatch(name) and whole and len(kept) <= MOST_GROUPS):
        return Guess(name, "group", low, high, out, plain)
    rating = whole and len(kept) <= MOST_CODES and any(a <= low and high <= b for a, b in RANGES[:-1])
    return Guess(name, "item" if rating else "number", low, high, out, plain)


def _within(value: float, low: object, high: object) -> bool:
    return isinstance(low, (int, float)) and isinstance(high, (int, float)) and low <= value <= high


def _missing(value: float, ranges: Sequence[tuple[object, object]]) -> bool:
    return any(_within(value, low, high) for low, high in ranges)


def _folded(labels: dict[str, str]) -> set[str]:
    return {wordings.fold(text) for text in labels.values()}


def _outliers(values: list[float]) -> set[float]:
    """Return the usual missing codes that lie far beyond the other values."""
    suspects = {value for value in values if value in OUTLIERS}
    rest = [value for value in values if value not in suspects]
    if not rest or min(rest) < 0:
        return set()
    return {value for value in suspects if value < 0 or value > max(20, 2 * max(rest))}


def _words(name: str, answered: pd.Series) -> Guess:
    texts = answered.astype("string")
    distinct = texts.unique()
    folded = {wordings.fold(text) for text in distinct} - numbers.BLANK
    missing = tuple(sorted(text for text in distinct if wordings.fold(text) in wordings.NO_ANSWER))
    answers = folded - wordings.NO_ANSWER
    usual = wordings.scale_of(answers)
    if usual and len(answers) > 1:
        return Guess(name, "item", 1, len(usual), no_answer=missing, remark="mapping", options=usual)
    codes = wordings.letter_codes(folded)
    if codes and re.search(r"\[[^\[\]]+\]", name):  # a row of an array question, exported as A1, A2, …
        return Guess(name, "item", min(codes.values()), max(codes.values()), remark="codes")
    options, separator = _several(texts)
    if options:
        return Guess(name, "multiple", options=options, separator=separator)
    if len(distinct) == 1 and len(texts) > 1 and re.search(r"_\d+$", name):
        return Guess(name, "ticked", remark=str(distinct[0]))
    if all(_MOMENT.fullmatch(text) for text in distinct):
        return Guess(name, "admin")
    nearly = None if _GROUP.fullmatch(name) else _nearly_numbers(name, texts)
    if nearly:
        return nearly
    repeated = len(distinct) <= max(2, min(MOST_GROUPS, len(texts) // 2)) and max(map(len, distinct)) <= 60
    if repeated:
        return Guess(name, "group", options=tuple(sorted(distinct)))
    return Guess(name, "text")


_MOMENT = re.compile(r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[-/]\d{1,2}[-/]\d{4})(?:[T ,].*)?")
_NUMBERED = re.compile(r"([+-]?\d{1,2})\s*[-\u2013:=.)(]\s*\D.*")  # "5 - helemaal eens"


def _nearly_numbers(name: str, texts: pd.Series) -> Guess | None:
    """Return a column of numbers with some texts among them as numbers: what does not fit is then listed by a check."""
    counts = texts.value_counts(sort=False)
    found = {}
    for text in counts.index:
        meanings = set(numbers.readings(numbers.tidy(text)).values())
        match = None if numbers.is_date(text) else _NUMBERED.fullmatch(numbers.tidy(text))
        if len(meanings) == 1 or match:
            found[text] = meanings.pop() if meanings else float(match.group(1))  # type: ignore[union-attr]
    if 2 * sum(counts[text] for text in found) < len(texts) or len(set(found.values())) < 2:
        return None
    silent = tuple(text for text in counts.index if wordings.fold(text) in wordings.NO_ANSWER)
    outliers = _outliers(list(found.values()))
    kept = [value for value in found.values() if value not in outliers]
    low, high = min(kept), max(kept)
    rating = all(value == round(value) for value in kept) and len(set(kept)) <= MOST_CODES
    rating = rating and any(a <= low and high <= b for a, b in RANGES[:-1])
    if len(found) == len(counts) and not rating:
        return None  # numbers that stay text for a reason: leading zeros, very long ones
    kind, out = "item" if rating else "number", tuple(sorted(outliers))
    return Guess(name, kind, low, high, out, no_answer=silent if rating else ())


def _several(texts: pd.Series) -> tuple[tuple[str, ...], str]:
    """Return the options of a column whose cells hold several of a small set of answers, and their separator."""
    for separator in (";", ", "):
        parts = [[part.strip() for part in text.split(separator) if part.strip()] for text in texts]
        counts = pd.Series([part for cell in parts for part in cell]).value_counts()
        many = sum(1 for cell in parts if len(cell) > 1)
        small = (
            2 <= len(counts) <= 15 and len(counts) < texts.nunique() + 2 and max(map(len, counts.index)) <= 60
        )
        if many >= max(2, 0.1 * len(parts)) and small and (counts > 1).mean() > 0.5:
            return tuple(sorted(counts.index)), separator.strip()
    return (), ";"


def stem(name: str) -> str:
    """Return what the items of one block share: comp_1 -> comp, Q2_1 -> Q2, G2[SQ001] -> G2, LEAD01 -> LEAD."""
    match = re.fullmatch(r"(.+?)(?:\[[^\[\]]+\]|[_. -]?\d{1,3}[a-z]?)", name)
    return match.group(1).rstrip("_. -") if match else name


def share_ranges(guesses: list[Guess], *, prefix: str) -> None:
    """Give the items of one block one response scale: a usual range that holds all their answers."""
    blocks: dict[tuple, list[Guess]] = {}
    for found in guesses:
        if found.kind in ("item", "attention"):
            key = (stem(found.name), tuple(found.labels.items()), found.remark == "mapping")
            blocks.setdefault(key, []).append(found)
    names: dict[tuple, str] = {}
    for members in blocks.values():
        low, high = min(found.low for found in members), max(found.high for found in members)
        if not members[0].labels and members[0].remark != "mapping":
            low, high = next((pair for pair in RANGES if pair[0] <= low and high <= pair[1]), (low, high))
        outliers = tuple(sorted({code for found in members for code in found.outliers}))
        texts = tuple(members[0].labels.items()) or (members[0].options if members[0].remark else ())
        silent = tuple(sorted({text for found in members for text in found.no_answer}))
        key = (low, high, outliers, texts, silent)
        if key not in names:
            base = f"schaal_{low:g}_{high:g}".replace("-", "min")
            taken = sum(1 for known in names.values() if known.startswith(base))
            names[key] = (
                base if not taken else f"{base}_{'abcdefghijklmnopqrstuvwxyz'[min(taken, 25)]}{taken}"
            )
        for found in members:
            found.response, found.low, found.high, found.outliers = names[key], low, high, outliers
            found.no_answer = silent


def item_rest(values: np.ndarray) -> np.ndarray:
    """Return each item's correlation with the sum of the others, after turning the items to one direction.

    The direction is the sign on the first principal component; an item against the majority is negative.
    """
    complete = values[~np.isnan(values).any(axis=1)]
    if len(complete) < 10 or (complete.std(axis=0) == 0).any():
        return np.full(values.shape[1], np.nan)
    standard = (complete - complete.mean(axis=0)) / complete.std(axis=0)
    first = np.linalg.eigh(standard.T @ standard)[1][:, -1]
    sign = np.sign(first) * (1 if (first > 0).sum() * 2 >= len(first) else -1)
    total = (standard * sign).sum(axis=1)
    rest = [np.corrcoef(standard[:, i], total - sign[i] * standard[:, i])[0, 1] for i in range(len(sign))]
    return np.asarray(rest)
