"""Writes the index of all reports: one row a run, failures first, with search and filters that need no server."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from klantstudie import apa, vocabulary
from klantstudie.errors import KlantstudieError
from klantstudie.inputs import UNIVERSES
from klantstudie.present import files, saving
from klantstudie.present.documents import claims, listing
from klantstudie.present.documents.claims import OTHER
from klantstudie.present.documents.page import look, script
from klantstudie.present.documents.prose import plain
from klantstudie.present.documents.reading import HEADING, failed, study_of
from klantstudie.present.documents.words import words

FORMATS = (("html", "HTML"), ("pdf", "PDF"), ("docx", "Word"))
KNOWN = ".index.json"  # what earlier runs said, so that a run that has not changed is not read again
text = html.escape


def write(reports: Path, lang: str) -> Path:
    """Write index.html into the folder of all reports, beside it the same page in the other language; return its path."""
    rows = _rows(reports)
    rows.sort(key=lambda row: (not row["failed"], row["study"], row["notebook"], row["run"]))
    other = OTHER[lang]
    names = {lang: "index.html", other: f"index.{other}.html"}
    for language in (other, lang):
        about = claims.table(reports, language)
        files.write(reports / names[language], _page(rows, language, about, names[OTHER[language]]))
    return reports / names[lang]


# -------------------------------------------------------------------------------------------------- rows


def _rows(reports: Path) -> list[dict[str, Any]]:
    try:
        known = json.loads((reports / KNOWN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    rows, stamps = [], {}
    for record in sorted(reports.glob("**/run.json")):
        folder = record.parent
        name = folder.relative_to(reports).as_posix()
        if name.startswith(f"{UNIVERSES}/"):
            continue
        about = record.stat()
        there = [ending for ending, _ in FORMATS if (folder / f"report.{ending}").exists()]
        stamp = [about.st_mtime_ns, about.st_size, *there]
        row = known.get(name, {}).get("row") if known.get(name, {}).get("stamp") == stamp else None
        row = row or _row(folder, name, there)
        rows.append(row)
        stamps[name] = {"stamp": stamp, "row": row}
    if stamps != known:
        files.write(reports / KNOWN, json.dumps(stamps, ensure_ascii=False))
    return rows


def _row(folder: Path, name: str, there: list[str]) -> dict[str, Any]:
    """What the index says of one run."""
    run = _read(folder / "run.json")
    saved = saving.read(folder)
    lang = str(run.get("lang") or "nl")
    study = study_of(folder, run, lang)
    parts = name.split("/")
    return {
        "folder": name,
        "study": study["name"] or (parts[0] if len(parts) > 2 else ""),
        "study_title": study["title"],
        "simulated": study["simulated"],
        "notebook": str(run.get("notebook") or parts[-2 if len(parts) > 1 else -1])
        .rsplit("/", 1)[-1]
        .removesuffix(".ipynb"),
        "run": str(run.get("run") or parts[-1]),
        "title": _title(folder, lang),
        "lang": lang,
        "failed": failed(run),
        "status": str(run.get("status") or "completed"),
        "cause": str(run.get("cause") or "").split("\n")[0][:300],
        "started": str(run.get("started") or "")[:16].replace("T", " "),
        "wave": str((run.get("parameters") or {}).get("wave") or ""),
        "decisions": _decisions(saved, lang),
        "key": _key(saved, lang),
        "formats": there,
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {"status": "failed", "cause": "run.json cannot be read"}


def _title(folder: Path, lang: str) -> str:
    """The first heading of the notebook in the language of the run."""
    try:
        cells = json.loads((folder / "notebook.ipynb").read_text(encoding="utf-8")).get("cells", [])
    except (OSError, ValueError):
        return ""
    for cell in cells:
        tags = [tag for tag in cell.get("metadata", {}).get("tags", []) if tag in ("nl", "en")]
        if cell.get("cell_type") == "markdown" and (not tags or lang in tags):
            for line in "".join(cell.get("source", "")).splitlines():
                if match := HEADING.match(line):
                    return plain(match.group(2))
    return ""


def _decisions(saved: Mapping[str, list], lang: str) -> list[list[str]]:
    """Each decision word with the caption of the result that reached it."""
    found = []
    for entry in saved["results"]:
        word = entry.get("info", {}).get("decision")
        if word:
            found.append([str(word), str(entry.get("caption", {}).get(lang) or entry["name"])])
    return found


def _key(saved: Mapping[str, list], lang: str) -> list[Any] | None:
    """The key number of a run: [value, text, name], from the result that decided, else from the first result."""
    tables = [entry for entry in saved["results"] if entry.get("kind") != "frame" and entry.get("table")]
    tables.sort(key=lambda entry: not entry.get("info", {}).get("decision"))
    for entry in tables:
        try:
            result = saving.restore(entry)
        except KlantstudieError:  # saved by a version with other words
            continue
        row = result.table.iloc[0]
        for column in ("estimate", "gap", "performance", "mean", "statistic", "share"):
            if column in row.index and row[column] == row[column]:
                label = entry.get("labels", {}).get(
                    str(row["term"]), vocabulary.translate(str(row["term"]), lang)
                )
                return [
                    float(row[column]),
                    result.text(row, column, lang),
                    f"{vocabulary.heading(column, lang)}: {label}",
                ]
    return None


# -------------------------------------------------------------------------------------------------- page


def _page(rows: list[dict[str, Any]], lang: str, about: str, translation: str) -> str:
    said = words(lang)
    other = OTHER[lang]
    bad = sum(row["failed"] for row in rows)
    count = (
        said["one_report"] if len(rows) == 1 else f"{apa.count(len(rows), lang)} {said['reports'].lower()}"
    )
    count += f", {bad} {said['failed_word']}" if bad else ""
    body = _table(rows, lang, said) if rows else f"<p>{said['none']}</p>"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{lang}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{said['reports']}</title>",
            '<meta name="color-scheme" content="light dark">',
            '<link rel="icon" href="data:,">',
            look("report.css", "index.css"),
            "</head>",
            '<body class="index">',
            f'<a class="skip" href="#content">{said["skip"]}</a>',
            f'<div class="page"><header class="top"><h1>{said["reports"]}</h1><p class="meta"><span>{count}</span> '
            f'<a href="{translation}" lang="{other}" hreflang="{other}">{words(other)["this_page"]}</a></p></header>',
            f'<main id="content">{about}{_filters(rows, said) if rows else ""}{body}</main></div>',
            script("index.js"),
            "</body>",
            "</html>",
            "",
        ]
    )


def _filters(rows: list[dict[str, Any]], said: Mapping[str, str]) -> str:
    def chooser(key: str, label: str, values: Iterable[str], shown: Mapping[str, str] | None = None) -> str:
        options = "".join(
            f'<option value="{text(value, quote=True)}">{text((shown or {}).get(value, value))}</option>'
            for value in values
        )
        return f'<label>{text(label)} <select data-filter="{key}"><option value="">{said["all"]}</option>{options}</select></label>'

    words_used = sorted({word for row in rows for word, _ in row["decisions"]})
    language = "nl" if said["reports"] == "Rapporten" else "en"
    named = {word: vocabulary.translate(word, language) for word in words_used}
    status = {"failed": said["failed_word"], "done": said["done"]}
    return (
        '<form class="filters" role="search" onsubmit="return false">'
        f'<label class="search">{said["search"]} <input type="search" data-search autocomplete="off"></label>'
        + chooser("status", said["status"], ("failed", "done"), status)
        + chooser("study", said["study"], sorted({row["study"] for row in rows}))
        + chooser("notebook", said["notebook"], sorted({row["notebook"] for row in rows}))
        + (chooser("decision", said["decision"], words_used, named) if words_used else "")
        + chooser("lang", said["language"], sorted({row["lang"] for row in rows}))
        + f'</form><p class="count" role="status"><span data-shown>{len(rows)}</span> {said["of"]} {len(rows)} {said["shown"]}</p>'
    )


def _table(rows: list[dict[str, Any]], lang: str, said: Mapping[str, str]) -> str:
    heads = ("status", "notebook", "study", "decision", "key", "date", "formats")
    head = "".join(f'<th scope="col">{said[name]}</th>' for name in heads)
    courses = _courses(rows)
    body = "".join(_line(row, courses.get(row["folder"], []), lang, said) for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{said["reports"]}"><table class="runs">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _courses(rows: list[dict[str, Any]]) -> dict[str, list[float]]:
    """The key number of every run of the same notebook and study, over waves or over time, for each last run."""
    groups: dict[tuple, list[dict[str, Any]]] = {}
    for row in rows:
        if row["key"] is not None and not row["failed"]:
            groups.setdefault((row["study"], row["notebook"], row["lang"], row["key"][2]), []).append(row)
    found = {}
    for group in groups.values():
        group.sort(key=lambda row: (row["wave"], row["started"], row["run"]))
        for place, row in enumerate(group):
            found[row["folder"]] = [one["key"][0] for one in group[: place + 1]]
    return found


def _line(row: Mapping[str, Any], course: Sequence[float], lang: str, said: Mapping[str, str]) -> str:
    state = "failed" if row["failed"] else "done"
    words_of = " ".join(word for word, _ in row["decisions"])
    data = {
        "status": state,
        "study": row["study"],
        "notebook": row["notebook"],
        "lang": row["lang"],
        "decision": words_of,
    }
    attributes = "".join(f' data-{key}="{text(str(value), quote=True)}"' for key, value in data.items())
    sign = "✗" if row["failed"] else "✓"
    told = said["failed_word"] if row["failed"] else said["done"]
    main = f"{row['folder']}/report.html"
    title = text(row["title"] or row["notebook"])
    link = f'<a href="{text(main, quote=True)}">{title}</a>' if "html" in row["formats"] else title
    about = [row["notebook"], *([row["run"]] if row["run"] != row["lang"] else []), row["lang"]]
    more = f'<span class="sub">{text(" · ".join(about))}</span>'
    cause = f'<span class="cause">{text(row["cause"])}</span>' if row["failed"] and row["cause"] else ""
    study = text(row["study_title"] or row["study"])
    below = f'<span class="sub">{text(row["study"])}</span>' if row["study_title"] else ""
    decisions = "".join(
        f'<span class="decision {text(word, quote=True)}" title="{text(caption, quote=True)}">{text(vocabulary.translate(word, lang))}</span>'
        for word, caption in row["decisions"][:3]
    )
    extra = len(row["decisions"]) - 3
    decisions += f'<span class="sub">+ {extra}</span>' if extra > 0 else ""
    key = (
        f'{text(row["key"][1])}{_spark(course, said)}<span class="sub">{text(row["key"][2])}</span>'
        if row["key"]
        else ""
    )
    links = "".join(
        f'<a href="{text(row["folder"], quote=True)}/report.{ending}" aria-label="{name}: {title}, {text(row["study"])}, {text(row["run"])}">{name}</a>'
        for ending, name in FORMATS
        if ending in row["formats"]
    )
    date = (
        f'<time datetime="{text(row["started"][:10])}">{text(listing.date(row["started"][:10], lang))}</time>'
        if row["started"]
        else ""
    )
    return (
        f'<tr class="{state}"{attributes}><td><span class="state {state}"><span aria-hidden="true">{sign}</span> {told}</span></td>'
        f'<th scope="row">{link}{more}{cause}</th><td>{study}{below}</td><td class="words">{decisions}</td>'
        f'<td class="key">{key}</td><td>{date}</td><td class="links">{links}</td></tr>'
    )


def _spark(course: Sequence[float], said: Mapping[str, str]) -> str:
    """A line of the key number over earlier runs of the same notebook, with the last one marked."""
    if len(course) < 2:
        return ""
    low, high = min(course), max(course)
    span = (high - low) or 1.0
    step = 56 / (len(course) - 1)
    points = [(2 + place * step, 14 - 12 * (value - low) / span) for place, value in enumerate(course)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg class="spark" viewBox="0 0 60 16" width="60" height="16" role="img" aria-label="{said["course"]}">'
        f'<polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2"/></svg>'
    )
