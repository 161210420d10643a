"""Says what results show, in two languages, with numbers that know which result they came from."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

from klantstudie import apa, vocabulary
from klantstudie.errors import InputError, OptionError, option, suggestion
from klantstudie.present.display import show
from klantstudie.present.tables.markup import escape_markdown
from klantstudie.result import Number

Value = Number | str | tuple[Number, Number]


def say(*, nl: str, en: str, lang: str = "nl", **numbers: Value) -> str:
    """Write a sentence with numbers from results, show it as Markdown in a notebook, and return it.

    Both texts name the same placeholders, `{nps}` or with a number of decimals `{nps:1}`. A number is
    `result.value(term, column)` or `constant(x)`; two of them in a tuple are an interval; a text is a label, and a
    word of the vocabulary (a decision, a heading) is translated. Bare numbers are refused: a reader could not tell
    where they came from.
    """
    option("lang", lang, ("nl", "en"))
    _check(nl, en, numbers)
    shown = (nl if lang == "nl" else en).strip()
    text = _fill(" ".join(shown.split(" ")), numbers, lang)
    show(
        {"text/markdown": text, "text/plain": text},
        {"type": "prose", "name": "", "caption": "", "alt": ""},
    )
    return text


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def _check(nl: str, en: str, numbers: dict[str, Any]) -> None:
    dutch, english = _names(nl), _names(en)
    if dutch != english:
        only_nl, only_en = sorted(dutch - english), sorted(english - dutch)
        raise InputError(
            f"the Dutch and the English sentence must name the same numbers; only in nl: {only_nl}, only in en: {only_en}"
        )
    for name in sorted(dutch - set(numbers)):
        raise InputError(f"the sentence names {{{name}}}, which was not given{suggestion(name, numbers)}")
    for name in sorted(set(numbers) - dutch):
        raise InputError(
            f"'{name}' was given but the sentence does not name {{{name}}}{suggestion(name, dutch)}"
        )
    for name, value in numbers.items():
        parts = value if isinstance(value, tuple) and len(value) == 2 else (value,)
        right = isinstance(value, str) or all(isinstance(part, Number) for part in parts)
        if not right:
            raise InputError(
                f"'{name}' is {value!r}: a number in prose is result.value(term, column), or constant(x) when it "
                "comes from no result"
            )


def _fill(template: str, numbers: dict[str, Any], lang: str) -> str:
    pieces: list[str] = []
    for literal, name, digits, _ in Formatter().parse(template):
        pieces.append(literal)
        if name is None:
            continue
        text = _write(numbers[name], name, digits or "", lang)
        if text[:2] in ("< ", "> ", "\\<", "\\>"):
            pieces[-1] = re.sub(r"=\s*$", "", pieces[-1])
        pieces.append(text)
    return "".join(pieces)


def _write(value: Value, name: str, digits: str, lang: str) -> str:
    if digits and not digits.isdigit():
        raise OptionError(
            f"{{{name}:{digits}}}: after the colon stands the number of decimals, such as {{{name}:2}}"
        )
    shown = int(digits) if digits else None
    if isinstance(value, str):
        return escape_markdown(vocabulary.translate(value, lang))
    if isinstance(value, tuple):
        low, high = value
        places = low.digits if shown is None else shown
        if low.type == "share":
            return apa.interval(100 * low, 100 * high, lang, digits=1 if shown is None else shown) + " %"
        return apa.interval(low, high, lang, digits=places, bounded=low.bounded)
    return value.apa(lang, shown)
