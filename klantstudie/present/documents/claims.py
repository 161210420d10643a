"""Writes the table of claims: what each source text says, which study tests it, and what the data at hand support.

The claims are declared in notebooks/claims.toml; decision, effect and multiverse are read from the runs, so that a
claim never says more than its report. A claim that no open data measure says so and names the data it would take.
"""

from __future__ import annotations

import html
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from klantstudie import apa, vocabulary
from klantstudie.errors import InputError
from klantstudie.present import saving
from klantstudie.present.documents.reading import record, study_of
from klantstudie.present.tables.layout import interval
from klantstudie.result import Result

NAME = "claims.toml"
OTHER = {"nl": "en", "en": "nl"}
STATUS = ("measured", "proxy", "not_testable")
HEADS = {
    "nl": ("Bewering", "Studie en gegevens", "Besluit", "Effect", "Multiversum"),
    "en": ("Claim", "Study and data", "Decision", "Effect", "Multiverse"),
}
TITLE = {"nl": "Beweringen", "en": "Claims"}
LEAD = {
    "nl": "Wat de gegevens in deze map over elke bewering zeggen, en niet meer. Gesimuleerde gegevens vullen geen rij.",
    "en": "What the data in this folder say about each claim, and no more. Simulated data fill no row.",
}
NO_REPORT = {"nl": "nog geen rapport", "en": "no report yet"}
AGREE = {"nl": "{agree} van {total} specificaties", "en": "{agree} of {total} specifications"}
BOUNDS = {"nl": "; verwaarloosbaar: {low} tot {high}", "en": "; negligible: {low} to {high}"}
PROXY = {"nl": "alleen bij benadering", "en": "proxy only"}
text = html.escape


def read(path: Path) -> list[dict[str, Any]]:
    """Return the declared claims; an unknown status or a missing text is an error that names the claim."""
    claims = tomllib.loads(path.read_text(encoding="utf-8")).get("claim", [])
    for claim in claims:
        lacking = [
            name for name in ("key", "nl", "en", "status", "told_nl", "told_en") if not claim.get(name)
        ]
        if lacking or claim["status"] not in STATUS:
            told = (
                f"lacks {', '.join(lacking)}"
                if lacking
                else f"has status '{claim['status']}'; known: {', '.join(STATUS)}"
            )
            raise InputError(f"{path.name}: claim '{claim.get('key', '?')}' {told}")
    return claims


def table(reports: Path, lang: str) -> str:
    """Return the table of claims as HTML; empty where no claims are declared, or none has a report."""
    path = reports.parent / "notebooks" / NAME
    if not path.is_file():
        return ""
    declared = read(path)
    if not any(_folder(claim, reports, lang) for claim in declared):
        return ""  # a project with its own studies only
    head = "".join(f'<th scope="col">{one}</th>' for one in HEADS[lang])
    body = "".join(_row(claim, reports, lang) for claim in declared)
    return (
        f'<section class="claims"><h2>{TITLE[lang]}</h2><p>{LEAD[lang]}</p><div class="scroll" tabindex="0" role="region" '
        f'aria-label="{TITLE[lang]}"><table class="runs"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></section>'
    )


def _row(claim: Mapping[str, Any], reports: Path, lang: str) -> str:
    folder = _folder(claim, reports, lang)
    saved = {entry["name"]: entry for entry in saving.read(folder)["results"]} if folder else {}
    decision, effect = _found(claim, saved, lang)
    link = text(str(claim.get("notebook", "")))
    if folder:
        target = f"{folder.relative_to(reports).as_posix()}/report.html"
        link = f'<a href="{text(target, quote=True)}">{link}</a>'
    elif claim["status"] != "not_testable":
        link += f' <span class="sub">{NO_REPORT[lang]}</span>'
    told = text(claim[f"told_{lang}"])
    about = claim.get(f"data_{lang}") or (study_of(folder, record(folder), lang)["title"] if folder else "")
    where = f'{link}<span class="sub">{text(str(about or claim.get("study", "")))}</span>'
    return (
        f'<tr><th scope="row"><span class="sub">{text(claim["key"])}</span>{text(claim[lang])}</th><td>{where}</td>'
        f'<td class="words">{_decision(claim["status"], decision, lang)}<span class="sub">{told}</span></td>'
        f'<td class="key">{effect}</td><td>{_agreement(claim, saved, lang)}</td></tr>'
    )


def _folder(claim: Mapping[str, Any], reports: Path, lang: str) -> Path | None:
    """Return the run of this claim in the language of the page, else in the other."""
    if not claim.get("study") or not claim.get("notebook"):
        return None
    for language in (lang, OTHER[lang]):
        folder = reports / claim["study"] / claim["notebook"] / language
        if (folder / "results.json").is_file():
            return folder
    return None


def _found(claim: Mapping[str, Any], saved: Mapping[str, Any], lang: str) -> tuple[str, str]:
    """Return the decision word and the effect with its interval, as the run saved them."""
    decision = str((saved.get(claim.get("decision", "")) or {}).get("info", {}).get("decision") or "")
    entry = saved.get(claim.get("result", ""))
    if entry is None:
        return decision, ""
    result = saving.restore(entry)
    wanted = {name: claim[name] for name in ("part", "group") if claim.get(name)}
    row = result.row(claim["term"], **wanted)
    column = claim.get("column", "estimate")
    shown = text(result.text(row, column, lang))
    stem = {"estimate": "conf"}.get(column, column)
    ends = interval(result, stem, lang)(row) if f"{stem}_low" in row.index else ""
    shown += f" {ends}" if ends else ""
    about = str(claim.get(f"effect_{lang}", "")) + _bounds(result, column, lang)
    return decision, f'{shown}<span class="sub">{text(about)}</span>'


def _bounds(result: Result, column: str, lang: str) -> str:
    """Return between which values an effect does not count, where the run held it against bounds stated in advance."""
    found = result.info.get("bounds") or result.info.get("equivalence_bounds")
    if not found or column != "estimate":
        return ""
    low, high = (apa.number(one, lang, bounded=result.is_bounded(column)) for one in found)
    return BOUNDS[lang].format(low=low, high=high)


def _decision(status: str, decision: str, lang: str) -> str:
    word = "not_testable" if status == "not_testable" else decision
    shown = (
        f'<span class="decision {text(word, quote=True)}">{text(vocabulary.translate(word, lang))}</span>'
        if word
        else ""
    )
    return f"{shown} {PROXY[lang]}" if status == "proxy" else shown


def _agreement(claim: Mapping[str, Any], saved: Mapping[str, Any], lang: str) -> str:
    """Return how many specifications are significant in the direction of their median, where direction counts."""
    entry = saved.get(claim.get("multiverse", "-"))
    if entry is None:
        return ""
    rows = [row for row in entry["table"] if row.get("estimate") is not None]
    ordered = sorted(float(row["estimate"]) for row in rows)
    median = ordered[len(ordered) // 2]
    info = entry["info"]
    level = 1 - float(info.get("conf_level_test") or info.get("conf_level") or 0.95)
    directed = info.get("directed", True)
    agree = sum(
        row.get("p_value") is not None
        and row["p_value"] < level
        and (not directed or float(row["estimate"]) * median > 0)
        for row in rows
    )
    return AGREE[lang].format(agree=apa.count(agree, lang), total=apa.count(len(entry["table"]), lang))
