"""Reads references.bib and writes citations and the reference list in APA 7, in Dutch and English; no library."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Entry = Mapping[str, str]
AND = {"nl": "en", "en": "and"}
ACCENTS = {
    "'": "\u0301", "`": "\u0300", '"': "\u0308", "^": "\u0302", "~": "\u0303", "c": "\u0327", "v": "\u030c", "r": "\u030a",
    "=": "\u0304", "u": "\u0306", "H": "\u030b", "k": "\u0328",
}  # fmt: skip
PLAIN = {
    "o": "ø",
    "O": "Ø",
    "ss": "ß",
    "ae": "æ",
    "AE": "Æ",
    "aa": "å",
    "l": "ł",
    "i": "ı",
    "&": "&",
    "%": "%",
    "_": "_",
}


@cache
def library() -> Mapping[str, Entry]:
    """Return the package's own references by key."""
    return parse((files("klantstudie.present") / "references.bib").read_text(encoding="utf-8"))


def parse(text: str) -> dict[str, Entry]:
    """Read BibTeX: entries with braced or quoted fields; accents of TeX become letters."""
    found = {}
    for match in re.finditer(r"@(\w+)\s*\{\s*([^,\s]+)\s*,", text):
        if match.group(1).lower() in ("comment", "string", "preamble"):
            continue
        fields = _fields(text, match.end())
        found[match.group(2)] = {"type": match.group(1).lower(), **fields}
    return found


def _fields(text: str, at: int) -> dict[str, str]:
    fields, name = {}, re.compile(r"\s*,?\s*([\w-]+)\s*=\s*")
    while match := name.match(text, at):
        at = match.end()
        if text[at] in '{"':
            value, at = _balanced(text, at)
        else:
            bare = re.compile(r"[^,}\s]+").match(text, at)
            value, at = bare.group(), bare.end()
        name_of = match.group(1).lower()
        fields[name_of] = _letters(value)
        if name_of in ("author", "editor") and value.startswith("{") and value.endswith("}"):
            fields["institutional"] = "yes"
    return fields


def _balanced(text: str, at: int) -> tuple[str, int]:
    close, depth, start = ("}", 0, at) if text[at] == "{" else ('"', 0, at)
    for place in range(at, len(text)):
        char = text[place]
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
        if place > start and char == close and depth == 0:
            return text[start + 1 : place], place + 1
    raise ValueError(f"references.bib: a field that starts at character {at} has no end")


def _letters(value: str) -> str:
    import unicodedata

    def accent(match: re.Match[str]) -> str:
        letter = match.group(2).replace("\\i", "i")
        return unicodedata.normalize("NFC", letter + ACCENTS[match.group(1)])

    value = re.sub(r"""\{?\\(['`"^~=cvruHk])\s*\{?(\\?[A-Za-z])\}?\}?""", accent, value)
    value = re.sub(
        r"\{?\\(o|O|ss|ae|AE|aa|l|i|&|%|_)\}?(?![A-Za-z])", lambda match: PLAIN[match.group(1)], value
    )
    value = value.replace("``", "“").replace("''", "”")
    return " ".join(value.replace("{", "").replace("}", "").replace("--", "–").split())


# ----------------------------------------------------------------------------------------------- people


def _people(entry: Entry, field: str = "author") -> list[tuple[str, str]]:
    """Return (family, given) of every author; an institution has no given name, a suffix stays with the given names."""
    names = []
    whole = entry.get("institutional") == "yes" and field == "author"
    for name in [entry[field]] if whole else re.split(r"\s+and\s+", entry.get(field, "")):
        if "," in name:
            family, *others = (part.strip() for part in name.split(","))
            given = ", ".join([others[-1], *others[:-1]])  # "Family, Jr., Given" as BibTeX writes a suffix
        else:
            words = name.split()
            alone = len(words) < 2 or whole
            family, given = (name, "") if alone else (words[-1], " ".join(words[:-1]))
        if family:
            names.append((family, given))
    return names


def _authors(entry: Entry) -> list[tuple[str, str]]:
    """The authors of a work; of an edited book its editors."""
    return _people(entry) or _people(entry, "editor")


PARTICLE = re.compile(r"^((?:van|de|der|den|ten|ter|te|in|op|'t|’t)(?: (?:de|der|den|het|'t|’t))*) (?=[A-Z])")


def _initials(given: str) -> str:
    given, _, suffix = given.partition(", ")
    parts = [part for part in re.split(r"[\s.]+", given) if part]
    made = " ".join("-".join(f"{piece[0]}." for piece in part.split("-") if piece) for part in parts)
    return f"{made}, {suffix}" if suffix else made


def _listed(names: list[tuple[str, str]], lang: str) -> str:
    told = [_inverted(family, given, lang) if given else family for family, given in names]
    if len(told) > 20:
        return ", ".join(told[:19]) + ", … " + told[-1]
    if len(told) < 2:
        return "".join(told)
    return ", ".join(told[:-1]) + f", & {told[-1]}"


def _inverted(family: str, given: str, lang: str) -> str:
    """Family name first; in Dutch a particle stands behind the initials, so that De Haan is found under H."""
    particle = PARTICLE.match(family) if lang == "nl" else None
    if particle is None:
        return f"{family}, {_initials(given)}"
    return f"{family[particle.end() :]}, {_initials(given)} {particle.group(1)}"


def year(entry: Entry, lang: str) -> str:
    """Return the year, or the abbreviation for no date."""
    return entry.get("year") or {"nl": "z.d.", "en": "n.d."}[lang]


def short(entry: Entry, lang: str, *, narrative: bool = False) -> str:
    """Write the names of a citation: one, two, or the first with et al."""
    names = [family for family, _ in _authors(entry)] or [entry.get("title", "?")]
    if lang == "nl":  # a name without its given names begins with a capital: De Haan
        names = [name[:1].upper() + name[1:] if PARTICLE.match(name) else name for name in names]
    if len(names) > 2:
        return f"{names[0]} et al."
    return (f" {AND[lang]} " if narrative else " & ").join(names)


# ------------------------------------------------------------------------------------------- references


def full(entry: Entry, lang: str) -> str:
    """Write one entry of the reference list as HTML."""
    text = html.escape
    who = text(_listed(_authors(entry), lang)) or text(entry.get("title", ""))
    if not _people(entry) and "editor" in entry:
        who += f" ({_editors(len(_people(entry, 'editor')), lang)})"
    head = f"{who}{'' if who.endswith('.') else '.'} ({text(year(entry, lang))}). "
    title = text(entry.get("title", ""))
    kind = entry["type"]
    if kind == "article":
        body = f"{_stop(title)} <em>{text(entry.get('journal', ''))}</em>" + _place(entry, lang)
    elif kind in ("incollection", "inproceedings"):
        editors = " & ".join(
            f"{_initials(given)} {family}".strip() for family, given in _people(entry, "editor")
        )
        by = f"{text(editors)} ({_editors(len(_people(entry, 'editor')), lang)}), " if editors else ""
        pages = f" (pp. {text(entry['pages'])})" if "pages" in entry else ""
        body = f"{_stop(title)} In {by}<em>{text(entry.get('booktitle', ''))}</em>{pages}. {text(entry.get('publisher', ''))}"
    else:
        edition = f" ({text(_edition(entry['edition'], lang))})" if "edition" in entry else ""
        note = f" [{text(entry['note'])}]" if "note" in entry else ""
        maker = text(entry.get("publisher") or entry.get("school") or entry.get("institution") or "")
        maker = "" if maker == who else maker  # an institution that publishes its own work is named once
        body = f"<em>{title}</em>{edition}{note}" + (f". {maker}" if maker else "")
    link = f"https://doi.org/{entry['doi']}" if "doi" in entry else entry.get("url", "")
    tail = f' <a href="{text(link, quote=True)}">{text(link)}</a>' if link else ""
    return head + _stop(body.rstrip()) + tail


def _stop(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _editors(count: int, lang: str) -> str:
    return "Red." if lang == "nl" else "Eds." if count > 1 else "Ed."


def _edition(text: str, lang: str) -> str:
    """ "4th ed." is "4e dr." in Dutch."""
    return re.sub(r"^(\d+)(?:st|nd|rd|th) ed\.$", r"\1e dr.", text) if lang == "nl" else text


def _place(entry: Entry, lang: str) -> str:
    volume = f", <em>{html.escape(entry['volume'])}</em>" if "volume" in entry else ""
    number = f"({html.escape(entry['number'])})" if "number" in entry else ""
    where = entry.get("pages", "")
    where = where.replace("Article ", "Artikel ") if lang == "nl" else where
    pages = f", {html.escape(where)}" if where else ""
    return volume + number + pages


@dataclass
class Citations:
    """The citations of one document: what was cited, and the list at its end."""

    lang: str
    known: Mapping[str, Entry]

    def __post_init__(self) -> None:
        self.used: list[str] = []

    def bracket(self, inside: str) -> str | None:
        """Write "[@key, p. 3; @other]" as (Author, 2020, p. 3; Other, 2021); None when a key is not known."""
        pieces = []
        for part in inside.split(";"):
            match = re.fullmatch(
                r"\s*(?P<before>[^@]*?)-?@(?P<key>[\w:.+-]*\w)(?P<after>.*?)\s*", part, re.DOTALL
            )
            if match is None or match["key"] not in self.known:
                return None
            pieces.append((self._link(match["key"], short(self.known[match["key"]], self.lang)), match))
        pieces.sort(key=lambda piece: re.sub("<[^>]+>", "", piece[0]).lower())
        told = [
            f"{html.escape(match['before'])}{link}, {html.escape(year(self.known[match['key']], self.lang))}{html.escape(match['after'])}"
            for link, match in pieces
        ]
        return f"({'; '.join(told)})"

    def narrative(self, key: str) -> str | None:
        """Write "@key" as Author (2020); None when the key is not known."""
        if key not in self.known:
            return None
        entry = self.known[key]
        return f"{self._link(key, short(entry, self.lang, narrative=True))} ({html.escape(year(entry, self.lang))})"

    def _link(self, key: str, text: str) -> str:
        if key not in self.used:
            self.used.append(key)
        return f'<a class="cite" href="#ref-{html.escape(key, quote=True)}">{html.escape(text)}</a>'

    def listed(self) -> list[tuple[str, str]]:
        """Return (key, reference) of everything cited, sorted as APA sorts."""
        told = [(key, full(self.known[key], self.lang)) for key in self.used]
        return sorted(told, key=lambda pair: re.sub("<[^>]+>", "", pair[1]).lower())
