"""Turns answers written as words into codes: labels of the codebook, and the usual Dutch and English wordings."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from klantstudie.study import numbers
from klantstudie.study.declared import Item, Response

# Wordings by strength, weakest first. They are used only where the number of steps equals the number of codes.
LIKERT: tuple[tuple[str, ...], ...] = (
    ("oneens", "eens"),
    ("disagree", "agree"),
    ("nee", "ja"),
    ("n", "y"),
    ("niet waar", "waar"),
    ("onwaar", "waar"),
    ("false", "true"),
    ("no", "yes"),
    ("oneens", "neutraal", "eens"),
    ("disagree", "neutral", "agree"),
    ("zeer oneens", "oneens", "eens", "zeer eens"),
    ("strongly disagree", "disagree", "agree", "strongly agree"),
    ("zeer mee oneens", "mee oneens", "neutraal", "mee eens", "zeer mee eens"),
    ("zeer oneens", "oneens", "neutraal", "eens", "zeer eens"),
    ("helemaal oneens", "oneens", "neutraal", "eens", "helemaal eens"),
    ("helemaal niet mee eens", "niet mee eens", "neutraal", "mee eens", "helemaal mee eens"),
    ("helemaal mee oneens", "mee oneens", "neutraal", "mee eens", "helemaal mee eens"),
    ("volledig oneens", "oneens", "neutraal", "eens", "volledig eens"),
    ("sterk mee oneens", "mee oneens", "neutraal", "mee eens", "sterk mee eens"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("strongly disagree", "disagree", "neither agree nor disagree", "agree", "strongly agree"),
    ("zeer ontevreden", "ontevreden", "neutraal", "tevreden", "zeer tevreden"),
    ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    (
        "very dissatisfied",
        "dissatisfied",
        "neither satisfied nor dissatisfied",
        "satisfied",
        "very satisfied",
    ),
    ("nooit", "zelden", "soms", "vaak", "altijd"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("zeer onbelangrijk", "onbelangrijk", "neutraal", "belangrijk", "zeer belangrijk"),
    ("helemaal niet belangrijk", "niet belangrijk", "neutraal", "belangrijk", "heel belangrijk"),
    (
        "not at all important",
        "slightly important",
        "moderately important",
        "very important",
        "extremely important",
    ),
    ("zeer slecht", "slecht", "matig", "goed", "zeer goed"),
    ("very poor", "poor", "fair", "good", "very good"),
    (
        "helemaal oneens",
        "oneens",
        "enigszins oneens",
        "neutraal",
        "enigszins eens",
        "eens",
        "helemaal eens",
    ),
    (
        "helemaal mee oneens",
        "mee oneens",
        "enigszins mee oneens",
        "neutraal",
        "enigszins mee eens",
        "mee eens",
        "helemaal mee eens",
    ),
    (
        "strongly disagree",
        "disagree",
        "somewhat disagree",
        "neutral",
        "somewhat agree",
        "agree",
        "strongly agree",
    ),
    (
        "strongly disagree",
        "disagree",
        "somewhat disagree",
        "neither agree nor disagree",
        "somewhat agree",
        "agree",
        "strongly agree",
    ),
)
_SAME = {
    "niet mee eens, niet mee oneens": "neutraal",
    "niet eens, niet oneens": "neutraal",
    "niet eens en niet oneens": "neutraal",
    "niet mee eens en niet mee oneens": "neutraal",
    "noch eens, noch oneens": "neutraal",
    "noch mee eens, noch mee oneens": "neutraal",
    "niet mee eens/niet mee oneens": "neutraal",
    "neutraal / weet niet": "neutraal",
    "eens noch oneens": "neutraal",
    "mee eens noch mee oneens": "neutraal",
    "niet tevreden, niet ontevreden": "neutraal",
    "niet tevreden en niet ontevreden": "neutraal",
    "niet ontevreden, niet tevreden": "neutraal",
    "neither agree or disagree": "neither agree nor disagree",
    "zeer mee eens": "zeer mee eens",
}
NO_ANSWER = {  # wordings that are no point of the scale; a draft proposes them as missing
    *("weet niet", "weet ik niet", "geen mening", "geen antwoord", "niet van toepassing", "n.v.t", "nvt"),
    *("weet niet / geen mening", "weet niet/geen mening", "wil ik niet zeggen", "zeg ik liever niet"),
    *("don't know", "do not know", "no opinion", "no answer", "not applicable", "n/a", "prefer not to say"),
    *("don't know / no opinion", "don’t know", "missing", "-", "\u2013", "\u2014"),
}
_NUMBERED = re.compile(r"([+-]?\d{1,3})\s*(?:[-\u2013:=.)(]\s*\D.*|\s[^\d]+)")  # not "3 of 4"
_LETTER = re.compile(r"([a-z]{1,2})0*(\d{1,3})")
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2}(?:[.,]\d+)?)")


def fold(text: str) -> str:
    """Return a wording as it is compared: lower case, single spaces, no final full stop."""
    return numbers.tidy(text).casefold().rstrip(".").strip()


def same(text: str) -> str:
    """Return the wording that a text is a variant of, folded."""
    return _SAME.get(fold(str(text)), fold(str(text)))


def scale_of(texts: set[str]) -> tuple[str, ...] | None:
    """Return the shortest usual wording that holds all these texts (folded), or None."""
    plain = {_SAME.get(text, text) for text in texts}
    fits = [scale for scale in LIKERT if plain <= set(scale)]
    return min(fits, key=len) if fits else None


def codes(values: pd.Series, response: Response | None) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return a text column as codes, which rows were words, and the words that have no code.

    Words are sought among the codebook's labels (Dutch and English), then among the usual wordings with as many
    steps as the response has codes; "3 - neutral" is 3 when the code lies in the response's range.
    """
    positions, distinct = pd.factorize(values)
    table = _labels(response)
    if response is not None:
        size = int(response.max - response.min) + 1
        folded = {fold(str(cell)) for cell in distinct if not numbers.readings(numbers.tidy(str(cell)))}
        folded -= numbers.BLANK
        plain = {_SAME.get(text, text) for text in folded if text not in table}
        for scale in LIKERT:
            if len(scale) == size and plain and plain <= set(scale):
                usual = {word: response.min + i for i, word in enumerate(scale)}
                table |= {text: usual[_SAME.get(text, text)] for text in folded if text not in table}
                break
    found, words, unknown = [], [], []
    table |= _letters_within([fold(str(cell)) for cell in distinct], table, response)
    for cell in distinct:
        if fold(str(cell)) in numbers.BLANK and fold(str(cell)) not in table:
            found.append(np.nan)
            words.append(bool(str(cell).strip()))
            continue
        number = _number(numbers.tidy(str(cell)), response)
        known = table.get(fold(str(cell)))
        plain_number = number if known is None else known
        found.append(np.nan if plain_number is None else plain_number)
        words.append(
            known is not None or (number is not None and not numbers.readings(numbers.tidy(str(cell))))
        )
        if plain_number is None:
            unknown.append(str(cell))
    number_of = np.array([*found, np.nan], dtype=float)
    is_word = np.array([*words, False], dtype=bool)
    return number_of[positions], is_word[positions], unknown


def _labels(response: Response | None) -> dict[str, float]:
    if response is None:
        return {}
    return {
        fold(text): float(code)
        for code, words in response.labels.items()
        for text in (words.nl, words.en)
        if text
    }


def letter_codes(cells: set[str]) -> dict[str, float]:
    """Return answer codes such as LimeSurvey's a1, a2 (or ao01) as numbers, when every cell is one of one kind."""
    found = {cell: _LETTER.fullmatch(cell) for cell in cells}
    if not found or not all(found.values()) or len({match.group(1) for match in found.values() if match}) > 1:
        return {}
    return {cell: float(match.group(2)) for cell, match in found.items() if match}


def _letters_within(cells: list[str], table: dict[str, float], response: Response | None) -> dict[str, float]:
    """Return letter codes as numbers where they are the only words without a label and lie within the response."""
    wanted = {cell for cell in cells if cell not in table and cell not in numbers.BLANK}
    coded = letter_codes(wanted) if response is not None else {}
    return coded if response and all(response.min <= code <= response.max for code in coded.values()) else {}


def _number(cell: str, response: Response | None) -> float | None:
    """Return a cell as a number when it can be only one; "4 - agree" counts when 4 is a possible answer."""
    meanings = set(numbers.readings(cell).values())
    if len(meanings) == 1:
        return meanings.pop()
    match = _NUMBERED.fullmatch(cell)
    if match and response is not None and not numbers.is_date(cell):
        number = float(match.group(1))
        return number if response.min <= number <= response.max else None
    return None


def split(values: pd.Series, item: Item) -> tuple[list[pd.Series], list[str]]:
    """Return a 0/1 column for each option of a cell with several answers, and the answers that are no option.

    Options are matched longest first, so that an option may itself hold the separator ("yes, often").
    """
    positions, distinct = pd.factorize(values)
    names = {fold(text): i for i, words in enumerate(item.options) for text in (words.nl, words.en) if text}
    table = np.full((len(distinct) + 1, len(item.options)), np.nan)
    unknown: dict[str, None] = {}
    for row, cell in enumerate(distinct):
        table[row] = 0
        rest = [part.strip() for part in fold(str(cell)).split(item.separator.strip() or item.separator)]
        while rest:
            taken = next(
                (size for size in range(len(rest), 0, -1) if _joined(rest[:size], item.separator) in names), 0
            )
            if taken:
                table[row, names[_joined(rest[:taken], item.separator)]] = 1
            elif rest[0]:
                unknown[rest[0]] = None
            rest = rest[max(taken, 1) :]
    columns = [pd.Series(table[positions, i], index=values.index) for i in range(len(item.options))]
    return columns, list(unknown)


def _joined(parts: list[str], separator: str) -> str:
    return (
        fold(f"{separator.strip()} ".join(parts)) if separator.strip() == "," else fold(separator.join(parts))
    )


def seconds(values: pd.Series) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return durations written as numbers, 12:30 or 0:12:30 as seconds, which were clock times, what is neither."""
    positions, distinct = pd.factorize(values)
    found, clocks, unknown = [], [], []
    for cell in distinct:
        text = numbers.tidy(str(cell))
        match = _CLOCK.fullmatch(text)
        plain = _number(text, None)
        if match:
            hours, minutes, rest = match.groups()
            plain = int(hours or 0) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))
        if plain is None:
            unknown.append(text)
        found.append(np.nan if plain is None else plain)
        clocks.append(bool(match))
    return (
        np.array([*found, np.nan], dtype=float)[positions],
        np.array([*clocks, False], dtype=bool)[positions],
        unknown,
    )
