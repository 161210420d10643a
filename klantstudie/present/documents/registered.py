"""Says what was preregistered and every deviation from it, from what the record of a run holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from klantstudie.present.documents.listing import date
from klantstudie.present.documents.reading import Document

WORDS: dict[str, dict[str, str]] = {
    "title": {"nl": "Preregistratie", "en": "Preregistration"},
    "what": {"nl": "Onderdeel", "en": "Part"},
    "before": {"nl": "Vastgelegd", "en": "Registered"},
    "after": {"nl": "In dit rapport", "en": "In this report"},
    "frozen": {"nl": "Vastgelegd op", "en": "Registered on"},
    "file": {"nl": "Bestand", "en": "File"},
    "broken": {
        "nl": "het bestand is na het vastleggen veranderd: de hash klopt niet meer",
        "en": "the file was changed after registration: its hash no longer fits",
    },
    "data": {"nl": "Gegevens bij het vastleggen", "en": "Data at registration"},
    "absent": {
        "nl": "er was nog geen gegevensbestand",
        "en": "there was no data file yet",
    },
    "same": {
        "nl": "dezelfde gegevens waren er al: wie vastlegde, kon ze kennen",
        "en": "the same data existed already: whoever registered could know them",
    },
    "other": {
        "nl": "er was al een gegevensbestand, met een andere inhoud dan nu",
        "en": "a data file existed already, with other content than now",
    },
    "reports": {"nl": "Rapporten bij het vastleggen", "en": "Reports at registration"},
    "reports_there": {
        "nl": "{n} van dit notebook over deze studie; de uitkomst kon bekend zijn",
        "en": "{n} of this notebook on this study; the result may have been known",
    },
    "deviations": {"nl": "Afwijkingen", "en": "Deviations"},
    "none": {"nl": "geen", "en": "none"},
    "parameter": {"nl": "Parameter {name}", "en": "Parameter {name}"},
    "exclusion": {"nl": "Uitsluitingsregel {name}", "en": "Exclusion rule {name}"},
    "measurement": {"nl": "Codeboek, {name}", "en": "Codebook, {name}"},
    "stated": {"nl": "Hypothese ({name})", "en": "Hypothesis ({name})"},
    "code": {"nl": "Codecel {name}", "en": "Code cell {name}"},
    "gone": {"nl": "(was er niet)", "en": "(was not there)"},
    "now_gone": {"nl": "(niet meer)", "en": "(no longer)"},
    "lead": {"nl": "Vooraf vastgelegd op {date}", "en": "Preregistered on {date}"},
    "lead_data": {"nl": "toen de gegevens er al waren", "en": "when the data already existed"},
    "no_deviation": {"nl": "geen afwijkingen", "en": "no deviations"},
    "one_deviation": {"nl": "één afwijking", "en": "one deviation"},
    "some_deviations": {"nl": "{n} afwijkingen", "en": "{n} deviations"},
    "lead_broken": {
        "nl": "maar het vastgelegde bestand is daarna veranderd",
        "en": "but the registered file was changed afterwards",
    },
}


def said(document: Document) -> dict[str, str]:
    """Return the words in the language of the document."""
    return {key: both[document.lang] for key, both in WORDS.items()}


def _registrations(document: Document) -> list[Mapping[str, Any]]:
    found = document.run.get("preregistration")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _deviations(one: Mapping[str, Any], lang: str) -> list[Mapping[str, str]]:
    """Return the deviations; a hypothesis that changed in both languages counts once, in the report's own."""
    found = list(one.get("deviations") or [])
    own = any(told["kind"] == "stated" and told["name"] == lang for told in found)
    return [told for told in found if told["kind"] != "stated" or told["name"] == lang or not own]


def lines(document: Document) -> list[str]:
    """Return one line a registration for the summary: when, and how many deviations; empty when there is none."""
    words, found = said(document), []
    for one in _registrations(document):
        when = words["lead"].format(date=date(str(one.get("registered", ""))[:10], document.lang))
        known = f", {words['lead_data']}" if one.get("data") != "absent" else ""
        count = len(_deviations(one, document.lang))
        told = "no_deviation" if not count else "one_deviation" if count == 1 else "some_deviations"
        broken = "" if one.get("intact") else f", {words['lead_broken']}"
        found.append(f"{when}{known}: {words[told].format(n=count)}{broken}.")
    return found


def rows(document: Document) -> list[tuple[str, str, str]]:
    """Return the table of the reproducibility card: each registration, then each deviation from it."""
    words, found = said(document), []
    for one in _registrations(document):
        when = str(one.get("registered", ""))[:19].replace("T", " ")
        found.append((words["frozen"], f"{when} (UTC)", ""))
        found.append((words["file"], str(one.get("path", "")), ""))
        found.append(("SHA-256", str(one.get("sha256", "")), "" if one.get("intact") else words["broken"]))
        found.append((words["data"], words[str(one.get("data"))], ""))
        if one.get("reports"):
            found.append((words["reports"], words["reports_there"].format(n=one["reports"]), ""))
        deviations = _deviations(one, document.lang)
        found += [_row(told, words) for told in deviations]
        if not deviations:
            found.append((words["deviations"], words["none"], ""))
    return found


def _row(told: Mapping[str, str], words: Mapping[str, str]) -> tuple[str, str, str]:
    before, after = (told[side].replace("**", "") for side in ("before", "after"))
    name = words[told["kind"]].format(name=told["name"].removeprefix("rules."))
    return name, before or words["gone"], after or words["now_gone"]
