"""Says what results show, in two languages, with numbers that know which result they came from."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

import pandas as pd

from klantstudie import apa, vocabulary
from klantstudie.errors import InputError, OptionError, option, suggestion
from klantstudie.present.display import show
from klantstudie.present.gate import gate, withheld
from klantstudie.present.tables.markup import escape_markdown
from klantstudie.result import Number, Result


class Statement(str):
    """What APA reports of one row, in both languages; as a text it is the Dutch one."""

    texts: dict[str, str]

    def __new__(cls, texts: dict[str, str]) -> Statement:
        self = super().__new__(cls, texts["nl"])
        self.texts = texts
        return self


Value = Number | str | tuple[Number, Number]


def statement(result: Result, term: str | None = None, **where: object) -> Statement:
    """Write the test, p value, effect size and interval of one row as APA does, for use in `say`.

    Such as "*t*(99) = −3,20, *p* = ,002, *d*<sub>z</sub> = −0,32, 95%-BI [−0,52; −0,12]"; what the row lacks is left
    out, and a row without a test gives its estimate with the interval. References: APA (2020), 6.43.
    """
    row = gate(result).row(term, **where)
    return Statement({lang: ", ".join(_reported(result, row, lang)) for lang in ("nl", "en")})


def _reported(result: Result, row: pd.Series, lang: str) -> list[str]:
    def there(name: str) -> bool:
        return name in row.index and not pd.isna(row[name]) and row[name] != ""

    main = next((name for name in ("estimate", "gap", "mean") if there(name)), None)
    pieces = []
    if there("statistic"):
        freedom = [apa.freedom(row[name], lang) for name in ("df", "df2") if there(name)]
        between = "; " if lang == "nl" else ", "
        inside = f"({between.join(freedom)})" if freedom else ""
        name = (
            str(row["statistic_name"]) if there("statistic_name") else vocabulary.heading("statistic", lang)
        )
        pieces.append(f"{_symbol(name)}{inside} = {result.text(row, 'statistic', lang)}")
    elif main:
        pieces.append(f"{vocabulary.heading(main, lang).lower()} = {result.text(row, main, lang)}")
    if there("p_value"):
        text = result.text(row, "p_value", lang)
        pieces.append(f"*p* {text}" if text[:1] in "<>" else f"*p* = {text}")
    stem = "conf"
    if there("effect"):
        name = str(row["effect_name"]) if there("effect_name") else vocabulary.heading("effect", lang)
        pieces.append(f"{_symbol(name)} = {result.text(row, 'effect', lang)}")
        stem = "effect" if there("effect_low") else "conf"
    if there(f"{stem}_low"):
        bounded = result.is_bounded(
            "effect" if stem == "effect" else main or "estimate", str(row.get("part", ""))
        )
        ends = apa.interval(row[f"{stem}_low"], row[f"{stem}_high"], lang, bounded=bounded)
        level = result.level(row)
        pieces.append(f"{apa.level_name(level, lang)} {ends}" if level else ends)
    return pieces


def _symbol(name: str) -> str:
    stem, _, below = name.partition("_")
    shown = f"*{stem}*" if re.fullmatch(r"[A-Za-z]{1,2}", stem) else escape_markdown(stem)
    return shown + (f"<sub>{escape_markdown(below)}</sub>" if below else "")


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
    if isinstance(value, Statement):
        return value.texts[lang]
    if isinstance(value, str):
        return escape_markdown(vocabulary.translate(value, lang))
    if any(withheld(one) for one in (value if isinstance(value, tuple) else (value,))):
        return f"({vocabulary.translate('suppressed', lang)})"
    if isinstance(value, tuple):
        low, high = value
        places = low.digits if shown is None else shown
        if low.type == "share":
            return apa.interval(100 * low, 100 * high, lang, digits=1 if shown is None else shown) + " %"
        return apa.interval(low, high, lang, digits=places, bounded=low.bounded)
    return value.apa(lang, shown)
