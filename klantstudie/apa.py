"""Numbers as APA 7 prints them, in Dutch (decimal comma) and English (decimal point); text only, no pandas."""

from __future__ import annotations

import math

from klantstudie.errors import option

LANGUAGES = ("nl", "en")
ABSENT = "–"  # what stands where there is no number
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SWAPPED = str.maketrans(",.", ".,")
MINUS = "−"  # the typographic minus, as printed tables use it


def _decimal(text: str, lang: str) -> str:
    return text.replace(".", ",") if lang == "nl" else text


def number(value: float | None, lang: str = "nl", *, digits: int = 2, bounded: bool = False) -> str:
    """Write a number with a fixed count of decimals, and with a separator for thousands where there are decimals.

    `bounded` says that the absolute value cannot exceed 1 (a correlation, a p value, a reliability): the leading
    zero is then left out. A missing number is a dash. References: American Psychological Association (2020), 6.36, 6.38.
    """
    return _fixed(value, lang, f",.{digits}f" if digits else ".0f", bounded)


def _fixed(value: float | None, lang: str, form: str, bounded: bool = False) -> str:
    option("lang", lang, LANGUAGES)
    if value is None or math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{abs(value):{form}}"
    if bounded and text.startswith("0."):
        text = text[1:]
    negative = value < 0 and any(digit in "123456789" for digit in text)
    return (MINUS if negative else "") + (text.translate(SWAPPED) if lang == "nl" else text)


def count(value: float | None, lang: str = "nl") -> str:
    """Write a count with a separator for thousands: 1.681 in Dutch, 1,681 in English; non-integers get decimals."""
    option("lang", lang, LANGUAGES)
    if value is None or math.isnan(value):
        return ABSENT
    if not float(value).is_integer():
        return number(value, lang)
    text = f"{abs(int(value)):,}"
    return (MINUS if value < 0 else "") + (text.replace(",", ".") if lang == "nl" else text)


def freedom(value: float, lang: str = "nl", *, whole: bool = True) -> str:
    """Write degrees of freedom: no separator for thousands, and decimals where there are any or not all are `whole`.

    References: APA (2020), 6.38.
    """
    return _fixed(value, lang, ".0f" if whole and float(value).is_integer() else ".2f")


def share(value: float | None, lang: str = "nl", *, digits: int = 1) -> str:
    """Write a share between 0 and 1 as a percentage: 38,0% in Dutch and 38.0% in English."""
    text = number(None if value is None else 100 * value, lang, digits=digits)
    return text if text == ABSENT else f"{text}%"


def p_value(value: float | None, lang: str = "nl") -> str:
    """Write a p value with three decimals and no leading zero; below .001 it says so and never prints zero."""
    option("lang", lang, LANGUAGES)
    if value is None or math.isnan(value):
        return ABSENT
    if value < 0.001:
        return _decimal("< .001", lang)
    if value > 0.9995:
        return _decimal("> .999", lang)
    return number(value, lang, digits=3, bounded=True)


def p_statement(value: float | None, lang: str = "nl") -> str:
    """Write "p = .021" or "p < .001" for running text."""
    text = p_value(value, lang)
    return f"p {text}" if text[:1] in "<>" else f"p = {text}"


def magnitude(value: float | None, lang: str = "nl") -> str:
    """Write how large a small number is, rounded up to one digit: 3 × 10⁻⁸; from .001 up as other numbers are."""
    if value is None or math.isnan(value) or value >= 0.001 or value < 0:
        return number(value, lang, digits=3)
    if value < 1e-12:
        return "< 10⁻¹²"
    power = math.floor(math.log10(value))
    digit = math.ceil(value / 10**power - 1e-9)
    digit, power = (1, power + 1) if digit == 10 else (digit, power)
    return f"{digit} × 10⁻{str(-power).translate(RAISED)}"


def interval(
    low: float | None, high: float | None, lang: str = "nl", *, digits: int = 2, bounded: bool = False
) -> str:
    """Write an interval in brackets: [0,12; 0,34] in Dutch and [0.12, 0.34] in English."""
    ends = [number(end, lang, digits=digits, bounded=bounded) for end in (low, high)]
    if ends == [ABSENT, ABSENT]:
        return ABSENT
    return "[" + ("; " if lang == "nl" else ", ").join(ends) + "]"


def level_name(conf_level: float, lang: str = "nl") -> str:
    """Write the name of an interval: "95%-BI" in Dutch and "95% CI" in English."""
    option("lang", lang, LANGUAGES)
    percent = f"{100 * conf_level:.6g}"
    return f"{_decimal(percent, lang)}%-BI" if lang == "nl" else f"{percent}% CI"


MINOR = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "but",
        "by",
        "for",
        "if",
        "in",
        "nor",
        "of",
        "off",
        "on",
        "or",
        "per",
        "so",
        "the",
        "to",
        "up",
        "via",
        "yet",
    ]
)


def title(text: str, lang: str = "nl") -> str:
    """Write the title of a table or figure: title case in English, the sentence case of Dutch otherwise.

    Words of three letters or fewer that are articles, conjunctions or prepositions stay small, as do symbols of one
    letter and names with a capital, digit or underscore of their own. References: APA (2020), 6.17 and 7.11.
    """
    if option("lang", lang, LANGUAGES) == "nl":
        return text
    words, first = [], True
    for word in text.split(" "):
        bare = word.strip("()[],.:;?!'\"“”‘’")
        own = any(letter.isupper() or letter.isdigit() or letter in "_/=" for letter in bare)
        small = (len(bare) == 1 and bare != "a") or (bare in MINOR and not first)
        words.append(word if own or small else _capital(word))
        first = word.endswith((":", ".", "?", "!", "–", "—"))
    return " ".join(words)


def _capital(word: str) -> str:
    """Capitalise a word and the parts after its hyphens."""
    made, start = "", True
    for letter in word:
        made += letter.upper() if start and letter.isalpha() else letter
        start = letter == "-" or (start and not letter.isalpha())
    return made
