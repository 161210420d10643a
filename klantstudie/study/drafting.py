"""Drafts a codebook from a raw file: commented, valid, and for a person to check and complete."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator
from itertools import groupby

import pandas as pd

from klantstudie.errors import InputError, option
from klantstudie.numerics.sem.syntax import NAME
from klantstudie.study import clock, wordings
from klantstudie.study.cells import one_line
from klantstudie.study.codebook import code_text
from klantstudie.study.guessing import Guess, guess, item_rest, share_ranges, stem
from klantstudie.study.numbers import BLANK
from klantstudie.study.platforms import PLATFORMS
from klantstudie.study.reading import RawSurvey

# Comments of the draft in both languages.
_SAID = {
    "head": (
        "Codeboek, opgesteld uit {file} ({rows} rijen, {columns} kolommen). Kijk elke regel na; "
        "wat na een # staat is een opmerking of een voorstel.",
        "Codebook, drafted from {file} ({rows} rows, {columns} columns). Check every line; "
        "what follows a # is a remark or a proposal.",
    ),
    "authors": ("namen", "names"),
    "citation": ("hoe moet de studie worden aangehaald?", "how should the study be cited?"),
    "licence": ("bijvoorbeeld CC BY 4.0", "for example CC BY 4.0"),
    "id": ("kolom die elke respondent uniek aanwijst", "column that names every respondent uniquely"),
    "missing": (
        "codes die 'geen antwoord' betekenen, voor alle kolommen",
        "codes that mean 'no answer', everywhere",
    ),
    "weight": ("kolom met gewichten", "column with weights"),
    "duration": ("kolom met de invultijd in seconden", "column with the time taken in seconds"),
    "attention": ("het juiste antwoord op elke controlevraag", "the right answer to each attention check"),
    "quasi": (
        "groepen die samen iemand herkenbaar kunnen maken",
        "groups that together may make a person recognisable",
    ),
    "responses": (
        "Antwoordschalen: het kleinste en grootste MOGELIJKE antwoord, ook als niemand het gaf.",
        "Response scales: the lowest and highest POSSIBLE answer, even if nobody gave it.",
    ),
    "observed": ("gezien: {low:g} tot {high:g}", "seen: {low:g} to {high:g}"),
    "beyond": ("{codes}: vermoedelijk geen antwoord", "{codes}: probably no answer"),
    "items": ("Vragen.", "Questions."),
    "roles": (
        'role: expectation, perception, importance, performance, outcome, …; pair = "kolom" verbindt twee vragen',
        'role: expectation, perception, importance, performance, outcome, …; pair = "column" joins two questions',
    ),
    "reverse": (
        "reverse = true   # waarschijnlijk omgekeerd gesteld: item-rest r = {r}",
        "reverse = true   # probably worded the other way: item-rest r = {r}",
    ),
    "mapping": (
        "antwoorden als tekst; herkend als {scale}",
        "answers as text; recognised as {scale}",
    ),
    "unmapped": ("niet herkende antwoorden: {texts}", "answers not recognised: {texts}"),
    "number": ("getal, {low:g} tot {high:g}", "number, {low:g} to {high:g}"),
    "multiple": ("meer antwoorden in een cel", "several answers in one cell"),
    "scales": (
        "Schalen: vragen die samen één ding meten (voorstel: gelijke stam in de naam).",
        "Scales: questions that measure one thing together (proposal: equal stem in the name).",
    ),
    "neighbours": (
        "Staan naast elkaar met dezelfde antwoordschaal; meten zij samen één ding? Haal dan de # weg en geef een naam.",
        "Stand next to each other with one response scale; do they measure one thing? Then remove the # and name it.",
    ),
    "scale": ("schaal", "scale"),
    "min_answered": (
        "aandeel van de vragen dat beantwoord moet zijn",
        "share of the items that must be answered",
    ),
    "groups": ("Groepen.", "Groups."),
    "rules": (
        "Uitsluitingsregels; zonder regel valt niemand af. Voorstellen:",
        "Exclusion rules; without a rule nobody is left out. Proposals:",
    ),
    "preview": ("Proefantwoord", "Preview answer"),
    "unfinished": ("Niet afgemaakt", "Not finished"),
    "fast": ("Te snel ingevuld", "Answered too fast"),
    "personal": (
        "Persoonsgegevens, niet overgenomen; haal ze uit het bestand voordat het wordt gedeeld: {names}",
        "Personal data, not taken over; remove them from the file before sharing it: {names}",
    ),
    "left": ("Niet overgenomen: {names}", "Not taken over: {names}"),
    "noticed": ("Bij het lezen opgemerkt: {note}", "Noticed while reading: {note}"),
}


def draft(raw: RawSurvey | pd.DataFrame, *, file: str = "", title: str = "", lang: str = "nl") -> str:
    """Return a commented codebook.toml for a raw survey, in Dutch or English comments.

    Types, ranges, labels and question texts come from the file; scales from equal stems in the names, and as a remark
    from neighbours with one response scale where columns are named by the text of the question; items that are
    probably reversed, missing codes beyond the scale, and the id, weight, duration and attention columns are guesses
    that the comments name as such. The draft is a valid codebook, to be checked by a person.
    """
    option("lang", lang, ("nl", "en"))
    survey = raw if isinstance(raw, RawSurvey) else RawSurvey(raw, source=file)
    guesses = [guess(survey, name) for name in survey.frame.columns]
    share_ranges(guesses, prefix="schaal" if lang == "nl" else "scale")
    return "\n".join(_Writer(survey, guesses, file or survey.source, title, lang).lines()) + "\n"


class _Writer:
    """Writes the tables of a draft, line by line."""

    def __init__(self, raw: RawSurvey, guesses: list[Guess], file: str, title: str, lang: str):
        self.raw, self.guesses, self.file, self.title = raw, guesses, file, title
        self.lang = 0 if lang == "nl" else 1
        self.names = self._item_names()

    def said(self, key: str, **filled: object) -> str:
        """Return a comment in the language of the draft."""
        return _SAID[key][self.lang].format(**filled)

    def of(self, *kinds: str) -> list[Guess]:
        """Return the columns of these kinds, in the order of the file."""
        return [found for found in self.guesses if found.kind in kinds]

    def _item_names(self) -> dict[str, str]:
        """Return for each column the name of its table: one word, so that models and commands can name it.

        A column of several words is joined by _, and one that is a whole sentence becomes its position.
        """
        names: dict[str, str] = {}
        given = {found.name for found in self.guesses}
        for position, found in enumerate(self.guesses, start=1):
            name = one_word(found.name)
            taken = name != found.name and (name in given or name in names.values())
            if len(name) > 40 or taken or not NAME.fullmatch(name):
                name = f"kolom{position}" if self.lang == 0 else f"column{position}"
            names[found.name] = name
        return names

    def lines(self) -> Iterator[str]:
        """Yield the whole draft."""
        rows, columns = self.raw.frame.shape
        yield f"# {self.said('head', file=one_line(self.file), rows=rows, columns=columns)}"
        for note in self.raw.notes:
            yield f"# {self.said('noticed', note=one_line(note))}"
        yield from self.study()
        yield from self.responses()
        yield from self.items()
        yield from self.scales()
        yield from self.groups()
        yield from self.rules()

    def study(self) -> Iterator[str]:
        yield "\n[study]"
        yield f"title = {quote(self.title or self.file)}"
        yield f"file = {quote(self.file)}"
        if self.raw.reader in PLATFORMS:
            yield f"reader = {quote(self.raw.reader)}"
        for key in ("authors", "citation", "licence"):
            yield f"{key} = {'[]' if key == 'authors' else quote('')}   # {self.said(key)}"
        for key in ("id", "weight", "duration"):
            found = self.of(key)
            value = quote(found[0].name) if found else quote(self._between() if key == "duration" else "")
            yield f"{key} = {value}   # {self.said(key)}"
        zone = next(
            (note.removeprefix("times in zone ") for note in self.raw.notes if note.startswith("times in")),
            "",
        )
        if zone and not self.of("duration"):
            yield f"time_zone = {quote(zone)}"
        everywhere = self._missing_everywhere()
        yield f"missing = [{', '.join(code_text(code) for code in everywhere)}]   # {self.said('missing')}"
        checks = self.of("attention")
        if checks:
            filled = ", ".join(f"{quote(found.name)} = {found.high:g}" for found in checks)
            yield f"# attention = {{{filled}}}   # {self.said('attention')}"
        yield f"# quasi_identifiers = []   # {self.said('quasi')}"
        personal, left = self.of("personal"), self.of("admin", "empty")
        if personal:
            yield f"# {self.said('personal', names=_listed(personal))}"
        if left:
            yield f"# {self.said('left', names=_listed(left))}"

    def _between(self) -> str:
        """Return "end - start" where the file holds both moments and no duration."""
        roles = {role: name for name, role in self.raw.roles.items()}
        if {"start", "end"} <= roles.keys() and " - " not in roles["start"] + roles["end"]:
            try:
                clock.seconds_between(self.raw.frame[roles["end"]], self.raw.frame[roles["start"]])
            except InputError:
                return ""
            return f"{roles['end']} - {roles['start']}"
        return ""

    def _missing_everywhere(self) -> list[float]:
        """Return the codes beyond every scale they stand in, so that they cannot be an answer anywhere."""
        codes = {code for found in self.guesses for code in found.outliers}
        rated = self.of("item", "number", "group", "attention")
        return sorted(code for code in codes if not any(found.low <= code <= found.high for found in rated))

    def responses(self) -> Iterator[str]:
        seen: set[str] = set()
        for found in self.of("item", "attention"):
            if found.response in seen:
                continue
            if not seen:
                yield f"\n# {self.said('responses')}"
            seen.add(found.response)
            members = [other for other in self.guesses if other.response == found.response]
            values = self.raw.frame[[other.name for other in members]]
            outliers = list(found.outliers)
            yield f"[responses.{found.response}]"
            yield f"min = {found.low:g}"
            yield f"max = {found.high:g}"
            if found.remark == "mapping":
                labels = {str(i): text for i, text in enumerate(found.options, start=1)}
                yield f"labels = {table(labels)}   # {self.said('mapping', scale=' … '.join(found.options[:: len(found.options) - 1]))}"
            elif found.labels:
                yield f"labels = {table(found.labels)}"
            numeric = [values[name] for name in values if values[name].dtype.kind == "f"]
            if numeric:
                inside = pd.concat(numeric).dropna()
                inside = inside[~inside.isin(outliers)]
                yield f"# {self.said('observed', low=inside.min(), high=inside.max())}"
            own = [code for code in outliers if code not in self._missing_everywhere()]
            silent = [*map(code_text, own), *map(quote, found.no_answer)]
            if silent:
                yield f"missing = [{', '.join(silent)}]"
            if outliers:
                yield f"# {self.said('beyond', codes=', '.join(map(code_text, outliers)))}"

    def items(self) -> Iterator[str]:
        against = self._reversed()
        chosen = self.of("item", "number", "text", "multiple", "ticked", "attention")
        if chosen:
            yield f"\n# {self.said('items')}"
            yield f"# {self.said('roles')}"
        for found in chosen:
            if found.kind == "attention":
                continue
            name = self.names[found.name]
            yield f"[items.{key(name)}]"
            text = self.raw.labels.get(found.name, "" if name == found.name else found.name)
            if found.kind == "ticked" and found.remark:
                text = text or found.remark
            yield f"text = {quote(text)}"
            if name != found.name:
                yield f"column = {quote(found.name)}"
            if found.kind == "item":
                yield f"response = {quote(found.response)}"
                if found.name in against:
                    r = f"{against[found.name]:.2f}"
                    yield f"# {self.said('reverse', r=r.replace('.', ',') if self.lang == 0 else r)}"
            elif found.kind == "number":
                yield f"# {self.said('number', low=found.low, high=found.high)}"
            else:
                yield f"type = {quote(found.kind)}"
            if found.kind == "multiple":
                yield f"options = [{', '.join(quote(text) for text in found.options)}]   # {self.said('multiple')}"
                yield f"separator = {quote(found.separator)}"

    def _blocks(self) -> dict[str, list[Guess]]:
        """Return the items that share a stem and a response scale, three or more of them."""
        blocks: dict[tuple[str, str], list[Guess]] = {}
        for found in self.of("item"):
            if stem(found.name) != found.name:
                blocks.setdefault((stem(found.name), found.response), []).append(found)
        kept = {name: members for (name, _), members in blocks.items() if len(members) >= 3}
        return kept

    def _neighbours(self) -> list[list[Guess]]:
        """Return the items named by their text that stand next to each other with one response scale, three or more."""
        chosen = [
            found if found.kind == "item" and stem(found.name) == found.name else None
            for found in self.guesses
        ]
        runs = (list(run) for _, run in groupby(chosen, key=lambda found: found and found.response))
        return [[found for found in run if found] for run in runs if run[0] and len(run) >= 3]

    def _reversed(self) -> dict[str, float]:
        """Return the items of a block or row that go against the others, with their item-rest correlation."""
        against: dict[str, float] = {}
        for members in (*self._blocks().values(), *self._neighbours()):
            columns = [_coded(self.raw.frame[found.name], found) for found in members]
            found = item_rest(pd.concat(columns, axis=1).to_numpy())
            against |= {
                member.name: float(r) for member, r in zip(members, found, strict=True) if r == r and r < -0.1
            }
        return against

    def scales(self) -> Iterator[str]:
        blocks, rows = self._blocks(), self._neighbours()
        if blocks or rows:
            yield f"\n# {self.said('scales')}"
        taken = {self.names[found.name] for found in self.guesses}
        for name, members in blocks.items():
            scale = one_word(name).lower()
            scale = scale if scale not in taken else f"{scale}_schaal"
            taken.add(scale)
            yield f"[scales.{key(scale)}]"
            yield f"label = {quote(name)}"
            yield f"items = [{', '.join(quote(self.names[found.name]) for found in members)}]"
            yield 'scoring = "mean"   # "mean" / "sum"'
            yield f"min_answered = 1.0   # {self.said('min_answered')}"
        for number, members in enumerate(rows, start=1):
            # a shared answer scale says less than a shared name: a proposal only
            yield f"# {self.said('neighbours')}"
            yield f"# [scales.{self.said('scale')}{number}]"
            yield f"# items = [{', '.join(quote(self.names[found.name]) for found in members)}]"

    def groups(self) -> Iterator[str]:
        chosen = self.of("group")
        if chosen:
            yield f"\n# {self.said('groups')}"
        for found in chosen:
            name = self.names[found.name]
            yield f"[groups.{key(name)}]"
            if name != found.name:
                yield f"column = {quote(found.name)}"
            yield f"label = {quote(self.raw.labels.get(found.name, found.name))}"
            codes = found.labels or {
                code_text(code): code_text(code)
                for code in sorted(self.raw.frame[found.name].dropna().unique(), key=str)
                if code not in found.outliers
            }
            yield f"labels = {table(codes)}"
        waves = self.of("wave")
        if waves:
            codes = sorted(set(self.raw.frame[waves[0].name].dropna()) - set(waves[0].outliers))
            yield "\n[waves]"
            yield f"column = {quote(waves[0].name)}"
            yield f"order = [{', '.join(code_text(code) for code in codes)}]"

    def rules(self) -> Iterator[str]:
        yield f"\n# {self.said('rules')}"
        roles = {role: name for name, role in self.raw.roles.items()}
        frame = self.raw.frame
        if "status" in roles and self.raw.reader == "qualtrics":
            numeric = frame[roles["status"]].dtype.kind == "f"
            codes = "[1, 2, 8]" if numeric else "['Survey Preview', 'Survey Test', 'Spam']"
            yield from self._rule("preview", f"{column(roles['status'])} in {codes}", active=True)
        if "finished" in roles:
            finished = frame[roles["finished"]]
            if self.raw.reader == "limesurvey":
                when = f"missing({column(roles['finished'])})"
            elif finished.dtype.kind == "f":
                when = f"{column(roles['finished'])} == 0"
            else:
                when = f"{column(roles['finished'])} in ['False', 'Onwaar', '0']"
            yield from self._rule("unfinished", when, active=True)
        for found in self.of("duration"):
            if frame[found.name].dtype.kind == "f":
                fast = frame[found.name].median() / 3
                yield from self._rule("fast", f"{column(found.name)} < {max(1, round(fast))}", active=False)

    def _rule(self, name: str, when: str, *, active: bool) -> Iterator[str]:
        mark = "" if active else "# "
        yield f"{mark}[[rules]]"
        yield f"{mark}name = {quote(_SAID[name][self.lang])}"
        yield f"{mark}when = {quote(when)}"
        yield f"{mark}reason = {table({'nl': _SAID[name][0], 'en': _SAID[name][1]})}"


def _coded(values: pd.Series, found: Guess) -> pd.Series:
    """Return an item as numbers, with words by their place in the recognised scale."""
    if values.dtype.kind == "f":
        return values.where(~values.isin(found.outliers))
    order = {text: float(i) for i, text in enumerate(found.options, start=1)}
    if found.remark == "codes":
        order = wordings.letter_codes({wordings.fold(text) for text in values.dropna().unique()} - BLANK)
    return values.map(lambda cell: order.get(wordings.same(cell)), na_action="ignore").astype("float64")


def quote(text: str) -> str:
    """Return a text as a TOML string on one line."""
    return json.dumps(one_line(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def one_word(name: str) -> str:
    """Return a name with its words joined by _, so that a model can hold it."""
    return name if NAME.fullmatch(name) else re.sub(r"[^\w.]+", "_", name).strip("_.")


def key(name: str) -> str:
    """Return a name as a TOML key: bare where TOML allows it, else quoted."""
    bare = name.isascii() and name.replace("_", "a").replace("-", "a").isalnum()
    return name if bare else quote(name)


def column(name: str) -> str:
    """Return a column as a rule names it: between backticks where it is not one word."""
    return name if name.isidentifier() and name.isascii() and not keyword.iskeyword(name) else f"`{name}`"


def table(entries: dict[str, str]) -> str:
    """Return texts as a TOML inline table with quoted keys."""
    return "{" + ", ".join(f"{quote(code)} = {quote(text)}" for code, text in entries.items()) + "}"


def _listed(guesses: list[Guess]) -> str:
    return ", ".join(one_line(found.name) for found in guesses)
