"""Words of a publication package: its readme, its citation, and the statement why answers are not in it. In English."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from klantstudie.run import manifest
from klantstudie.study import privacy
from klantstudie.study.loading import Study
from klantstudie.study.provenance import Package, Provenance

NOT_SAID = "**not filled in**"
SPDX = re.compile(r"(CC0-1\.0|CC-BY(-NC)?(-SA|-ND)?-[1-4]\.0|GPL-[23]\.0-(only|or-later)|MIT|ODbL-1\.0)")


@dataclass(frozen=True)
class About:
    """The facts that a readme tells."""

    study: Study
    told: Provenance
    thesis: bool
    missing: Sequence[str]
    raw: tuple[str, str, tuple[int, int]]  # name, hash, rows and columns
    runs: Sequence[Mapping[str, Any]]
    registrations: Sequence[str]
    materials: bool
    manuscript: bool
    wordings: bool
    lock: bool

    @property
    def title(self) -> str:
        """The title of what the package belongs to."""
        return self.told.package.title or self.study.codebook.study.title.get("en") or self.study.name

    @property
    def licence(self) -> str:
        """The licence of the data."""
        return self.told.package.licence or self.study.codebook.study.licence


def write(about: About) -> str:
    """Return the readme."""
    parts = [
        f"# Publication package: {_line(about.title)}",
        *_draft(about),
        "Everything that is needed to check this study and to do it again: data, materials, code, reports and results. "
        f"It was made with klantstudie {manifest.versions().get('klantstudie', '')}; every number in the reports can be "
        "recomputed with the command under *How to check*.",
        "## Who, when and what",
        _table(_who(about)),
        *_of_thesis(about),
        "## Data",
        _table(_data(about)),
        "## Personal data",
        *_privacy(about),
        "## Materials",
        _materials(about),
        *_registered(about),
        "## How to check",
        *_check(about),
        "## Reports",
        "\n".join(
            [
                "| report | made on | command |",
                "|---|---|---|",
                *(f"| `{run['place']}` | {run['made']} | `{_line(run['command'])}` |" for run in about.runs),
            ]
        ),
        "## What is where",
        _table(_where(about)),
        "## Licence",
        f"Data: {_line(about.licence) or NOT_SAID}. Code (`klantstudie/`): GPL-3.0-or-later, see `LICENSE`.",
    ]
    return "\n\n".join(parts) + "\n"


def _line(text: str) -> str:
    """Return a text on one line, safe in a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _said(value: str | Sequence[str]) -> str:
    text = value if isinstance(value, str) else "; ".join(value)
    return _line(text) or NOT_SAID


def _table(rows: Sequence[tuple[str, str]]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _draft(about: About) -> list[str]:
    if not about.missing:
        return []
    listed = "\n".join(f"- {one}" for one in about.missing)
    return [f"**Draft: not yet fit to hand in.** Not filled in in `publication.toml`:\n\n{listed}"]


def _who(about: About) -> list[tuple[str, str]]:
    told = about.told.package
    rows = [
        ("Authors", _said(told.authors)),
        ("Manuscript", _said(told.manuscript)),
        ("Problem, design, sample", _said(told.design)),
        ("Data collected by", _said(told.collected_by)),
        ("Data collected from when to when", _said(told.collected)),
        ("Data analysed by", _said(told.analysed_by)),
        ("Ethical review", _said(told.ethics)),
        ("Public access to the data", _said(told.sharing)),
        ("Package stored by", _said(told.stored_by)),
        ("Package stored on", _said(told.stored_on)),
    ]
    for place, name, value in ((5, "Locations", told.locations), (7, "Other roles", told.roles)):
        if value:
            rows.insert(place, (name, _said(value)))
    return rows


def _of_thesis(about: About) -> list[str]:
    if not about.thesis:
        return []
    told = about.told.thesis
    rows = [
        ("Student", _said(told.student)),
        ("Student number", _said(told.number)),
        ("Year", str(told.year or NOT_SAID)),
        ("Research group or programme", _said(told.group)),
        ("Supervisors", _said(told.supervisors)),
        ("Contact of the supervisor", _said(told.contact)),
    ]
    return ["## Thesis", _table(rows)]


def _data(about: About) -> list[tuple[str, str]]:
    told, book = about.told.package, about.study.codebook
    name, digest, (rows, columns) = about.raw
    source = {
        "primary": "collected for this study",
        "secondary": f"collected by others: {_line(book.study.citation) or NOT_SAID}",
        "": NOT_SAID,
    }[told.data]
    kept = "kept apart: `RESTRICTION.md` beside the codebook says why and who decides on access"
    place = f"data/raw/{about.study.name}"
    flow = about.study.waterfall.table
    rules = "; ".join(
        f"{_line(str(row.term))}: {int(row.n_excluded)}"
        for row in flow.itertuples(index=False)
        if row.n_excluded and row.n_excluded > 0
    )
    return [
        ("Source", source),
        (
            "Raw data",
            kept if told.raw == "restricted" else f"`{place}/{name}`, the unfiltered export as it came",
        ),
        ("Rows and columns of the raw file", f"{rows} and {columns}"),
        ("SHA-256 of the raw file", f"`{digest}`"),
        ("From raw to processed", f"the rules in `{place}/codebook.toml`, applied by `klantstudie.load`"),
        ("Rows after the exclusion rules", str(len(about.study.frame))),
        ("Left out by rule", rules or "none"),
    ]


def _privacy(about: About) -> list[str]:
    told, study = about.told.package, about.study.codebook.study
    steps = [f"{number}. {_line(step)}" for number, step in enumerate(told.deidentification, 1)]
    harmless = ", ".join(f"`{name}`" for name in study.identifiers) or "none"
    found = [
        "Steps taken to de-identify the data before they were stored here:",
        "\n".join(steps) or NOT_SAID,
        "Every data file in this package was searched for e-mail addresses, telephone numbers, IBANs, citizen service "
        "numbers, postcodes, IP addresses and column names that point at a person; nothing was found outside columns "
        f"that the codebook declares harmless ({harmless}). Such a search proves nothing about what it does not know. "
        f"Rows of tables about groups of fewer than {study.min_cell} respondents were suppressed.",
    ]
    known = [name for name in study.quasi_identifiers if name in about.study.frame.columns]
    if known:
        first = privacy.k_anonymity(about.study.frame, known, k=max(study.min_cell, 2)).table.iloc[0]
        found.append(
            f"Together, {', '.join(known)} may make a person recognisable: the smallest group of respondents that share "
            f"them holds {int(first['minimum'])}; {int(first['n_flagged'])} respondents are in groups smaller than {study.min_cell}."
        )
    return found


def _materials(about: About) -> str:
    place = f"data/raw/{about.study.name}"
    words = (
        "the wording of every item, its answers and its scale"
        if about.wordings
        else "for every item its answers and scale; **not every item has its wording there**"
    )
    rest = (
        f" Instructions, questionnaire and other materials, in the language of the study: `{place}/materials/`."
        if about.materials
        else f" There is no folder `{place}/materials/` with the questionnaire as respondents saw it."
    )
    return f"`{place}/codebook.toml` holds {words}.{rest}"


def _registered(about: About) -> list[str]:
    if not about.registrations:
        return []
    listed = ", ".join(f"`{name}`" for name in about.registrations)
    return [
        "## Preregistration",
        f"In `data/raw/{about.study.name}/preregistration/`: {listed}, each also in words (`.md`). The reports list every "
        "deviation.",
    ]


def _check(about: About) -> list[str]:
    wanted = (
        "pip install --require-hashes -r requirements.lock\npip install --no-deps --no-build-isolation -e ."
        if about.lock
        else "pip install -r environment.txt"
    )
    python = ".".join(manifest.versions()["python"].split(".")[:2])
    found = [
        "`SHA256SUMS` holds the hash of every file (`sha256sum -c SHA256SUMS`). To run everything again and compare every "
        f"number, in this folder, with Python {python} (on Windows `.venv\\Scripts` in place of `.venv/bin`):",
        f"```\npython3 -m venv .venv\n. .venv/bin/activate\n{wanted}\npython -m klantstudie verify reports\n```",
    ]
    if about.told.package.raw == "restricted":
        found.append(
            "This needs the raw data: who has access puts the file in "
            f"`data/raw/{about.study.name}/`, where `RESTRICTION.md` states its name and hash."
        )
    return found


def _where(about: About) -> list[tuple[str, str]]:
    raw, processed = f"data/raw/{about.study.name}/", f"data/processed/{about.study.name}/"
    restricted = about.told.package.raw == "restricted"
    rows = [
        (
            f"`{raw}`",
            "raw data, `codebook.toml`, `publication.toml` (what this readme is made of), `SOURCE.md`",
        ),
        (
            f"`{processed}`",
            "`waterfall.csv` (who was left out), `codebook.csv` (the items as a table)"
            if restricted
            else "`clean` (answers as analysed), `log` (every changed value), `waterfall.csv` (who was left out), "
            "`codebook.csv` (the items as a table)",
        ),
        ("`notebooks/`", "the analyses, one question each"),
        ("`klantstudie/`", "the code, from raw data to results"),
        (
            "`reports/`",
            "the executed reports with their tables, figures and records; start at `reports/index.html`",
        ),
        ("`reports/results.csv`", "every number of every report"),
        ("`environment.txt`", "Python and every package the reports were made with"),
        ("`SHA256SUMS`, `CITATION.cff`, `LICENSE`", "hashes, how to cite, licence of the code"),
    ]
    if about.manuscript:
        rows.insert(1, (f"`{raw}manuscript/`", "the thesis or article"))
    if about.lock:
        rows.insert(-1, ("`requirements.lock`", "the packages to install, with their hashes"))
    return rows


# ------------------------------------------------------------------------------------------------ other words


def restriction(told: Package, hashes: Sequence[tuple[str, str]]) -> str:
    """Return the statement that stands in place of answers that may not be handed on."""
    listed = "\n".join(f"- `{name}`, SHA-256 `{digest}`" for name, digest in hashes)
    return (
        f"# Restricted data\n\n{told.restriction.strip() or NOT_SAID}\n\nNot in this package:\n\n{listed}\n"
    )


def citation(about: About) -> str:
    """Return how to cite the package, in the Citation File Format 1.2.0."""
    told = about.told.package
    lines = [
        "cff-version: 1.2.0",
        "message: Please cite this package, and the methods that its reports name.",
        "type: dataset",
        f"title: {_quoted(about.title)}",
        "authors:",
        *_people(told.authors or about.study.codebook.study.authors or ["unknown"]),
    ]
    if told.stored_on:
        lines.append(f"date-released: {told.stored_on}")
    if SPDX.fullmatch(about.licence):
        lines.append(f"license: {about.licence}")
    version = manifest.versions().get("klantstudie", "")
    lines += [
        "references:",
        "  - type: software",
        "    title: klantstudie",
        *([f"    version: {_quoted(version)}"] if version else []),
        "    authors:",
        "      - name: The klantstudie authors",
    ]
    return "\n".join(lines) + "\n"


def _people(names: Sequence[str]) -> list[str]:
    lines = []
    for name in names:
        family, comma, given = (part.strip() for part in name.partition(","))
        if comma:
            lines += [f"  - family-names: {_quoted(family)}", f"    given-names: {_quoted(given)}"]
        else:
            lines.append(f"  - name: {_quoted(name.strip())}")
    return lines


def _quoted(text: str) -> str:
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
