"""Knows how survey programs lay out their exports: which rows are headers, what a column is called and asks.

Layouts: Qualtrics (one, two or three header rows), LimeSurvey (codes, full texts or both), SurveyMonkey (two header
rows), Google Forms and Microsoft Forms (questions as headers); everything else is a plain table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from klantstudie.errors import InputError
from klantstudie.study.cells import Grid, one_line
from klantstudie.study.workbooks import text_cell

PLATFORMS = ("qualtrics", "limesurvey", "surveymonkey", "google_forms", "microsoft_forms")


@dataclass
class Layout:
    """Where the answers begin and what each column is: its name, its question, its part in the administration."""

    reader: str
    first: int
    names: list[str]
    labels: dict[str, str]
    roles: dict[str, str] = field(
        default_factory=dict
    )  # id, duration, start, end, status, finished, personal
    notes: list[str] = field(default_factory=list)


def layout(grid: Grid, reader: str = "auto") -> Layout:
    """Return the layout of a grid: the named one, or the first program whose marks are all there."""
    if reader in PLATFORMS:
        if not _MARKS[reader](_row(grid, 0), _row(grid, 1), _row(grid, 2)):
            raise InputError(f"the file does not look like an export of {reader}; {_LOOKS[reader]}")
        return _READ[reader](grid)
    if reader == "auto":
        for name in PLATFORMS:
            if _MARKS[name](_row(grid, 0), _row(grid, 1), _row(grid, 2)):
                return _READ[name](grid)
    return _table(grid)


def _row(grid: Grid, index: int) -> list[str]:
    if index >= len(grid.rows):
        return [""] * len(grid.rows[0])
    return ["" if cell is None else str(text_cell(cell)).strip() for cell in grid.rows[index]]


# --- plain tables -------------------------------------------------------------------------------------------


def _table(grid: Grid) -> Layout:
    """A header row and answers; in a workbook a merged title above it, or merged block titles over the names."""
    first, notes, above = 0, [], [""] * len(grid.rows[0])
    merged = [area for area in grid.merged if area[3] > area[1] and grid.lines]
    while first + 1 < len(grid.rows):
        row, line = _row(grid, first), grid.lines[first] - 1
        areas = [area for area in merged if area[0] <= line <= area[2]]
        filled = [cell for cell in row if cell]
        if len(filled) == 1 and len(row) > 2 and (areas or _row(grid, first + 1).count("") <= len(row) // 2):
            if not areas and not _titled(grid, first):
                break
            notes.append(f"title above the table: {filled[0]}")
        elif areas and _row(grid, first + 1).count("") < len(row):
            for _, left, _, right in areas:
                above[left : right + 1] = [row[left]] * len(above[left : right + 1])
            notes.append("merged header cells joined with the names below them")
        elif _block_titles(grid, first):
            title = ""
            for place, cell in enumerate(row):
                title = above[place] = cell or title
            notes.append("a row of block titles joined with the names below it")
        else:
            break
        first += 1
    heads = _row(grid, first)
    names, labels = _unique(heads, notes)
    for name, block in zip(names, above, strict=True):
        if block:
            labels[name] = f"{block}: {labels.get(name, name)}"
    return Layout("table", first + 1, names, labels, notes=notes)


def _block_titles(grid: Grid, index: int) -> bool:
    """Say whether a row with gaps is a row of titles: a full row of names stands below it, and numbers below that."""
    row, names, answers = (_row(grid, place) for place in (index, index + 1, index + 2))
    gaps = row[0] and "" in row[1:] and len([cell for cell in row if cell]) > 1
    named = all(names) and len(set(names)) == len(names) and not any(_number(cell) for cell in names)
    return bool(gaps and named and 2 * sum(_number(cell) for cell in answers) >= len(answers))


def _titled(grid: Grid, index: int) -> bool:
    """Say whether a row with one text is a title: it stands first and has a full header row below it."""
    below = _row(grid, index + 1)
    return len([cell for cell in below if cell]) > 1 and not any(_number(cell) for cell in below if cell)


def _number(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?\d+([.,]\d+)?", text))


def _unique(heads: list[str], notes: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return one name a column: empty headers get column_7, repeated ones q1__2; what was changed is noted."""
    names: list[str] = []
    taken = set(heads)
    for position, head in enumerate(heads, start=1):
        name = one_line(head) or f"column_{position}"
        base, count = name, 2
        while name in names or (name != head and name in taken and not head):
            name, count = f"{base}__{count}", count + 1
        if name != base:
            notes.append(f"column {position}: the name '{base}' was there already; it is called '{name}'")
        elif not head:
            notes.append(f"column {position} has no name; it is called '{name}'")
        names.append(name)
    return names, {}


# --- Qualtrics ----------------------------------------------------------------------------------------------

_QUALTRICS = {
    "startdate": "start",
    "enddate": "end",
    "status": "status",
    "progress": "progress",
    "duration (in seconds)": "duration",
    "finished": "finished",
    "recordeddate": "recorded",
    "responseid": "id",
    "ipaddress": "personal",
    "recipientlastname": "personal",
    "recipientfirstname": "personal",
    "recipientemail": "personal",
    "locationlatitude": "personal",
    "locationlongitude": "personal",
    "externalreference": "personal",
    "externaldatareference": "personal",
    "emailaddress": "personal",
    "name": "personal",
    "start date": "start",
    "end date": "end",
    "response type": "status",
    "response id": "id",
    "recorded date": "recorded",
    "ip address": "personal",
    "location latitude": "personal",
    "location longitude": "personal",
    "recipient email": "personal",
    "recipient last name": "personal",
    "recipient first name": "personal",
}


def _is_qualtrics(one: list[str], two: list[str], three: list[str]) -> bool:
    modern = {"startdate", "enddate", "finished", "responseid", "recordeddate", "status", "progress"}
    return (
        len(modern & {cell.lower() for cell in one}) >= 3
        or any("ImportId" in cell for cell in [*two, *three])
        or (one[:1] == ["V1"] and {"responseid", "responseset"} & {cell.lower() for cell in two} != set())
    )


def _qualtrics(grid: Grid) -> Layout:
    one, two, three = _row(grid, 0), _row(grid, 1), _row(grid, 2)
    notes: list[str] = []
    legacy = one[:1] == ["V1"]
    names, labels = _unique(one, notes)
    imported = [i for i, row in enumerate((one, two, three)) if any("ImportId" in cell for cell in row)]
    if imported:
        first = imported[0] + 1
    elif legacy or _texts_of(one, two):
        first = 2
    else:
        first = 1
    if first >= 2 and imported != [1]:
        labels = {name: _plain(text) for name, text in zip(names, two, strict=True) if text}
    if imported:
        notes += _time_zone(_row(grid, imported[0]))
    roles = {}
    for name, known in zip(names, two if legacy else one, strict=True):
        if known.lower() in _QUALTRICS:
            roles[name] = _QUALTRICS[known.lower()]
    notes.append(f"Qualtrics, {first} header row{'s' if first > 1 else ''}{' (legacy)' if legacy else ''}")
    return Layout("qualtrics", first, names, labels, roles, notes)


def _texts_of(one: list[str], two: list[str]) -> bool:
    """Say whether the second row repeats the administration in words (Start Date under StartDate)."""
    squeezed = [
        (a.replace(" ", "").lower(), b.replace(" ", "").lower()) for a, b in zip(one, two, strict=False)
    ]
    alike = sum(1 for a, b in squeezed if a and (a == b or (a == "status" and b == "responsetype")))
    return alike >= 2


def _time_zone(cells: list[str]) -> list[str]:
    zones = set()
    for cell in cells:
        try:
            found = json.loads(cell)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and isinstance(found.get("timeZone"), str):
            zones.add(found["timeZone"])
    return [f"times in zone {', '.join(sorted(zones))}"] if zones else []


def _plain(text: str) -> str:
    """Return a question without HTML and line breaks."""
    return " ".join(re.sub(r"<[^<>]{1,200}>", " ", text).replace("&nbsp;", " ").split())


# --- LimeSurvey ---------------------------------------------------------------------------------------------

_LIME = {
    "id": "id",
    "response id": "id",
    "antwoord id": "id",
    "antwoord-id": "id",
    "submitdate": "finished",
    "date submitted": "finished",
    "datum ingezonden": "finished",
    "datum verzonden": "finished",
    "lastpage": "progress",
    "last page": "progress",
    "laatste pagina": "progress",
    "startlanguage": "language",
    "start language": "language",
    "starttaal": "language",
    "seed": "seed",
    "startdate": "start",
    "date started": "start",
    "datum gestart": "start",
    "startdatum": "start",
    "datestamp": "end",
    "date last action": "end",
    "datum laatste actie": "end",
    "ipaddr": "personal",
    "ip address": "personal",
    "ip-adres": "personal",
    "token": "personal",
    "refurl": "personal",
    "interviewtime": "duration",
    "total time": "duration",
    "totale tijd": "duration",
}
_LIME_CODE = re.compile(r"([A-Za-z][A-Za-z0-9_]*(?:\[[^\[\]]{1,40}\])*)\.\s+(.*)", re.DOTALL)


def _lime_head(cell: str) -> str:
    """Return the administrative name in a LimeSurvey header, which may be "id" or "id. Response ID"."""
    code = _LIME_CODE.fullmatch(cell)
    return (code.group(1) if code else cell).strip().lower()


def _is_limesurvey(one: list[str], two: list[str], three: list[str]) -> bool:
    heads = {_lime_head(cell) for cell in one}
    submitted = {"submitdate", "date submitted", "datum ingezonden", "datum verzonden"} & heads
    page = {"lastpage", "last page", "laatste pagina", "startlanguage", "start language", "starttaal"} & heads
    return bool(submitted and page)


def _limesurvey(grid: Grid) -> Layout:
    one, notes = _row(grid, 0), ["LimeSurvey, one header row"]
    codes, texts, roles = [], [], []
    for cell in one:
        match = _LIME_CODE.fullmatch(cell)
        known = _LIME.get(_lime_head(cell), "")
        codes.append(match.group(1) if match else cell)
        texts.append(match.group(2) if match else cell)
        roles.append(known)
    long = sum(1 for code, role in zip(codes, roles, strict=True) if not role and _is_question(code))
    if long > len(codes) // 3:
        codes = _numbered(one, roles)
        notes.append("the headers are whole questions; the columns are called q1, q2, …")
    names, _ = _unique(codes, notes)
    labels = {name: _plain(text) for name, text in zip(names, texts, strict=True) if text and text != name}
    known = {name: role for name, role in zip(names, roles, strict=True) if role}
    return Layout("limesurvey", 1, names, labels, known, notes)


def _is_question(head: str) -> bool:
    return len(head) > 30 or head.count(" ") >= 2 or (head.endswith(("?", "]")) and " " in head)


def _numbered(heads: list[str], roles: list[str]) -> list[str]:
    """Call questions q1, q2, … and the rows of one grid q3_1, q3_2, …; administrative columns keep their names."""
    names, stems, number, part = [], "", 0, 0
    grids = [_grid_stem(head) for head in heads]
    for head, role, stem in zip(heads, roles, grids, strict=True):
        if role:
            names.append(head)
            continue
        if stem and stem == stems:
            part += 1
        else:
            number, part, stems = number + 1, 1, stem
        shared = bool(stem) and grids.count(stem) > 1
        names.append(f"q{number}_{part}" if shared else f"q{number}")
    return names


def _grid_stem(head: str) -> str:
    """Return the question of a grid row: "How satisfied are you? [with price]" -> "How satisfied are you?"."""
    match = re.fullmatch(r"(.+?)\s*\[[^\[\]]+\]", head, re.DOTALL)
    return match.group(1) if match else ""


# --- SurveyMonkey -------------------------------------------------------------------------------------------

_MONKEY = {
    "respondent id": "id",
    "respondent_id": "id",
    "respondent-id": "id",
    "collector id": "collector",
    "collector_id": "collector",
    "collector-id": "collector",
    "start date": "start",
    "date created": "start",
    "date_created": "start",
    "startdatum": "start",
    "gemaakt op": "start",
    "end date": "end",
    "date modified": "end",
    "date_modified": "end",
    "einddatum": "end",
    "gewijzigd op": "end",
    "ip address": "personal",
    "ip_address": "personal",
    "ip-adres": "personal",
    "email address": "personal",
    "email_address": "personal",
    "e-mailadres": "personal",
    "first name": "personal",
    "first_name": "personal",
    "voornaam": "personal",
    "last name": "personal",
    "last_name": "personal",
    "achternaam": "personal",
    "custom data 1": "personal",
    "custom_1": "personal",
}
_ANY_RESPONSE = {"response", "open-ended response", "antwoord", "open antwoord", ""}


def _is_surveymonkey(one: list[str], two: list[str], three: list[str]) -> bool:
    heads = [cell.lower() for cell in one]
    return bool({"respondent id", "respondent_id", "respondent-id"} & set(heads)) and bool(
        {"collector id", "collector_id", "collector-id"} & set(heads)
    )


def _surveymonkey(grid: Grid) -> Layout:
    one, two = _row(grid, 0), _row(grid, 1)
    notes: list[str] = []
    roles = [_MONKEY.get(cell.lower(), "") for cell in one]
    second = all(not two[i] for i, role in enumerate(roles) if role) and any(two)
    notes.append(f"SurveyMonkey, {2 if second else 1} header row{'s' if second else ''}")
    if not second:
        names, _ = _unique(_numbered(one, roles), notes)
        labels = {name: _plain(text) for name, text, role in zip(names, one, roles, strict=True) if not role}
        return Layout("surveymonkey", 1, names, labels, _roles(names, roles), notes)
    names, labels, number, part, question = [], {}, 0, 0, ""
    for i, (head, sub, role) in enumerate(zip(one, two, roles, strict=True)):
        if role:
            names.append(head)
            continue
        if head:
            number, part, question = number + 1, 1, head
        else:
            part += 1
        alone = part == 1 and (i + 1 >= len(one) or bool(one[i + 1]) or bool(roles[i + 1]))
        names.append(f"q{number}" if alone else f"q{number}_{part}")
        labels[names[-1]] = _plain(question if sub.lower() in _ANY_RESPONSE else f"{question} [{sub}]")
    names, _ = _unique(names, notes)
    return Layout("surveymonkey", 2, names, labels, _roles(names, roles), notes)


def _roles(names: list[str], roles: list[str]) -> dict[str, str]:
    return {name: role for name, role in zip(names, roles, strict=True) if role}


# --- Google Forms and Microsoft Forms -----------------------------------------------------------------------

_GOOGLE = {
    "timestamp": "end",
    "tijdstempel": "end",
    "username": "personal",
    "gebruikersnaam": "personal",
    "email address": "personal",
    "e-mailadres": "personal",
    "score": "score",
}
_MICROSOFT = {
    "id": "id",
    "start time": "start",
    "begintijd": "start",
    "tijd van starten": "start",
    "starttijd": "start",
    "completion time": "end",
    "tijd van voltooien": "end",
    "voltooiingstijd": "end",
    "email": "personal",
    "e-mail": "personal",
    "name": "personal",
    "naam": "personal",
    "last modified time": "modified",
    "laatst gewijzigd": "modified",
    "language": "language",
    "taal": "language",
}


def _is_google(one: list[str], two: list[str], three: list[str]) -> bool:
    return bool(one) and one[0].lower() in ("timestamp", "tijdstempel") and len(one) > 1


def _is_microsoft(one: list[str], two: list[str], three: list[str]) -> bool:
    roles = [_MICROSOFT.get(cell.lower(), "") for cell in one[:7]]
    return roles[:1] == ["id"] and "start" in roles and "end" in roles


def _forms(name: str, known: dict[str, str]) -> Callable[[Grid], Layout]:
    def read(grid: Grid) -> Layout:
        one, notes = _row(grid, 0), [f"{name}, one header row"]
        roles = [known.get(cell.lower(), "") for cell in one]
        names, _ = _unique(_numbered(one, roles), notes)
        labels = {col: _plain(text) for col, text, role in zip(names, one, roles, strict=True) if not role}
        return Layout(name, 1, names, labels, _roles(names, roles), notes)

    return read


_MARKS: dict[str, Callable[[list[str], list[str], list[str]], bool]] = {
    "qualtrics": _is_qualtrics,
    "limesurvey": _is_limesurvey,
    "surveymonkey": _is_surveymonkey,
    "google_forms": _is_google,
    "microsoft_forms": _is_microsoft,
}
_READ: dict[str, Callable[[Grid], Layout]] = {
    "qualtrics": _qualtrics,
    "limesurvey": _limesurvey,
    "surveymonkey": _surveymonkey,
    "google_forms": _forms("google_forms", _GOOGLE),
    "microsoft_forms": _forms("microsoft_forms", _MICROSOFT),
}
_LOOKS = {
    "qualtrics": "its first row has StartDate, EndDate, Status, Finished, …",
    "limesurvey": "its first row has submitdate and lastpage (or Date submitted, Last page)",
    "surveymonkey": "its first row has Respondent ID and Collector ID",
    "google_forms": "its first column is called Timestamp or Tijdstempel",
    "microsoft_forms": "its first columns are ID, Start time and Completion time",
}
