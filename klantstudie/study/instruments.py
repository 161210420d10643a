"""The registry of published questionnaires: `use = "servqual22"` in a codebook fills in their structure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

from klantstudie.errors import InputError, suggestion
from klantstudie.study.declared import Instrument, Places, build


@cache
def _registry() -> dict[str, Any]:
    return tomllib.loads(files("klantstudie.study").joinpath("instruments.toml").read_text(encoding="utf-8"))


def instruments() -> list[str]:
    """Return the names of the questionnaires in the registry."""
    return sorted(_registry())


@cache
def _known() -> dict[str, Any]:
    """Return every questionnaire under its name and under its other names."""
    others = {other: entry for entry in _registry().values() for other in entry.get("also", ())}
    return {**others, **_registry()}


def instrument(name: str) -> dict[str, Any]:
    """Return one questionnaire: title, citation, range, dimensions with items and reversed items, certainty, note.

    `verified` says which of this was seen in the publication and which was not.
    """
    if name not in _known():
        told = ", ".join(instruments())
        raise InputError(
            f"there is no instrument '{name}'{suggestion(name, instruments())}; there are {told}"
        )
    return deepcopy(_known()[name])


def expand(given: Mapping[str, Any], places: Places) -> tuple[dict[str, Any], list[str]]:
    """Return codebook tables with every [instruments.NAME] filled in, and the problems found.

    What the codebook itself declares for an item, response or scale goes before what the registry says.
    """
    tables = {kind: value for kind, value in given.items() if kind != "instruments"}
    used = given.get("instruments", {})
    if not isinstance(used, Mapping):
        return tables, [f"{places.at('instruments')}: write each as [instruments.NAME]"]
    problems: list[str] = []
    for name, said in used.items():
        asked, found = build(Instrument, said, ["instruments", name], places)
        problems += found
        if asked is None:
            continue
        if asked.use not in _known():
            near = suggestion(asked.use, instruments()) or f"; there are {', '.join(instruments())}"
            problems.append(
                f"{places.at('instruments', name, 'use')}: there is no instrument '{asked.use}'{near}"
            )
            continue
        made, wrong = _fill(name, asked, _known()[asked.use])
        problems += [f"{places.at('instruments', name)}: {problem}" for problem in wrong]
        for kind, entries in made.items():
            tables[kind] = _merge(entries, tables.get(kind))
    return tables, problems


def _merge(registered: dict[str, Any], own: Any) -> Any:
    """Put the codebook's own entries over those of the registry, key by key."""
    if own is None:
        return registered
    if not isinstance(own, Mapping):
        return own
    merged = dict(registered)
    for name, entry in own.items():
        both = isinstance(entry, Mapping) and isinstance(registered.get(name), Mapping)
        merged[name] = {**registered[name], **entry} if both else entry
    return merged


def _fill(name: str, asked: Instrument, known: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the responses, items and scales of one questionnaire."""
    forms = known.get("forms", [""])
    count = sum(dimension["items"] for dimension in known["dimensions"])
    columns, problems = _columns(asked, forms, count, free=bool(known.get("free")))
    response = asked.response or f"{name}_response"
    if "range" not in known and not asked.response:
        problems.append('this questionnaire has no fixed response scale; add response = "…"')
    if problems:
        return {}, problems
    made: dict[str, Any] = {"items": {}, "scales": {}}
    if not asked.response:
        made["responses"] = {response: {"min": known["range"][0], "max": known["range"][1]}}
    for form in forms:
        listed = columns[form]
        partner = columns[next((other for other in forms if other != form), form)]
        role = form or known.get("role", "")
        start = 0
        for dimension in known["dimensions"]:
            size = dimension["items"] or len(listed)
            part = listed[start : start + size]
            for i, column in enumerate(part, start=1):
                made["items"][column] = _item(dimension, i, size, role, response, asked.use)
                if len(forms) > 1:
                    made["items"][column]["pair"] = partner[start + i - 1]
            if size > 1 and (not known.get("free") or len(forms) == 1):
                key = "_".join(filter(None, (name, dimension["name"], form)))
                made["scales"][key] = {"label": _label(dimension["label"], form), "items": part}
            start += size
        if known.get("total"):
            made["scales"][name] = {"label": known["title"], "items": listed}
    return made, []


def _item(
    dimension: Mapping[str, Any], i: int, size: int, role: str, response: str, block: str
) -> dict[str, Any]:
    words = {lang: f"{text} {i}" if size > 1 else text for lang, text in dimension["label"].items()}
    found: dict[str, Any] = {"text": words, "response": response, "block": block}
    if role:
        found["role"] = [role]
    if i in dimension.get("reverse", []):
        found["reverse"] = True
    return found


_FORMS = {
    "expectation": {"nl": "verwacht", "en": "expected"},
    "perception": {"nl": "ervaren", "en": "perceived"},
    "functional": {"nl": "aanwezig", "en": "present"},
    "dysfunctional": {"nl": "afwezig", "en": "absent"},
}


def _label(label: Mapping[str, str], form: str) -> dict[str, str]:
    return {lang: f"{text} ({_FORMS[form][lang]})" if form else text for lang, text in label.items()}


def _columns(
    asked: Instrument, forms: list[str], count: int, *, free: bool
) -> tuple[dict[str, list[str]], list[str]]:
    """Return for every form the columns of its items, from `columns` or from `prefix` and a number."""
    if len(forms) > 1:
        columns = asked.columns if isinstance(asked.columns, dict) else {}
        prefix = asked.prefix if isinstance(asked.prefix, dict) else {}
        wanted = f"{{{', '.join(f'{form} = …' for form in forms)}}}"
    else:
        columns = {"": asked.columns} if isinstance(asked.columns, list) and asked.columns else {}
        prefix = {"": asked.prefix} if isinstance(asked.prefix, str) and asked.prefix else {}
        wanted = "[…]"
    found, problems = {}, []
    for form in forms:
        if form in columns:
            found[form] = list(columns[form])
        elif form in prefix and not free:
            found[form] = [f"{prefix[form]}{i}" for i in range(1, count + 1)]
        else:
            how = "columns" if free else "columns (or prefix)"
            problems.append(f"say which columns hold the {form + ' ' if form else ''}items: {how} = {wanted}")
            continue
        if not free and len(found[form]) != count:
            problems.append(f"{asked.use} has {count} items; {len(found[form])} columns are named")
    if free and len({len(part) for part in found.values()}) > 1:
        problems.append(f"{asked.use}: every form needs as many columns as the other")
    return found, problems
