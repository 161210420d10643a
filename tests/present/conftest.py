"""Results and a small finished run that the tests of the gallery share; made by hand, so that no analysis is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from klantstudie import inputs
from klantstudie.present.saving import save
from klantstudie.result import Result, build

CAPTION = {"nl": "Kloof per kenmerk", "en": "Gap by attribute"}


def declaration(status: str, *, notebook: str = "demo", study: str = "real", more: str = "") -> str:
    """A declaration of one claim, as in notebooks/claims.toml."""
    return f'''[[claim]]
key = "S1"
nl = "Een bewering."
en = "A claim."
notebook = "{notebook}"
study = "{study}"
status = "{status}"
decision = "test"
result = "test"
term = "x"
multiverse = "all"
told_nl = "Wat er anders is."
told_en = "What differs."
{more}'''


def gap_result(**more: object) -> Result:
    rows = [
        _gap("q1", "pair", -0.5, p_value=0.0002),
        _gap("q2", "pair", 0.4, p_value=0.02, note="scale corrected"),
        _gap("total", "total", -0.05, p_value=0.61),
    ]
    settings = {"n_total": 120, "n_used": 100, "conf_level": 0.95, "fit": {"r_squared": 0.123}, **more}
    return build("gaps.servqual", rows, method="paired t tests", reference="Parasuraman (1988)", **settings)


def _gap(term: str, part: str, gap: float, **more: object) -> dict[str, object]:
    row = {
        "term": term,
        "part": part,
        "n": 100,
        "gap": gap,
        "sd": 1.1,
        "statistic_name": "t",
        "statistic": 10 * gap,
    }
    row |= {
        "df": 99,
        "conf_low": gap - 0.2,
        "conf_high": gap + 0.2,
        "effect": gap,
        "effect_name": "d_z",
        "note": "",
    }
    return row | more


@pytest.fixture
def gaps() -> Result:
    return gap_result()


def cell(kind: str, source: str, *tags: str, outputs: tuple = ()) -> dict[str, object]:
    made = {"cell_type": kind, "metadata": {"tags": list(tags)}, "source": source}
    return made | ({"outputs": list(outputs), "execution_count": 1} if kind == "code" else {})


def shown(kind: str, name: str = "", **data: str) -> dict[str, object]:
    about = {"klantstudie": {"type": kind, "name": name, "caption": "", "alt": ""}}
    named = {key.replace("_", "/", 1): value for key, value in data.items()}
    return {"output_type": "display_data", "data": named or {"text/plain": ""}, "metadata": about}


def finished_run(folder: Path, cells: list[dict[str, object]] | None = None, **record: object) -> Path:
    """Write a folder as the runner leaves it: notebook, results, tables, figures, record."""
    from klantstudie.present import figures

    result = gap_result(decision="supported")
    save(result, folder, "kloof", caption=CAPTION)
    save(figures.gaps(result, part="pair"), folder, "kloof", caption=CAPTION)
    given = cells if cells is not None else story()
    notebook = {"cells": given, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "notebook.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    run = {
        "notebook": "notebooks/01-kloof.ipynb",
        "status": "completed",
        "lang": "nl",
        "started": "2026-11-23T10:00:00+00:00",
        "seconds": 2.5,
        "study": {
            "name": "abc",
            "title": {"nl": "De ABC-studie", "en": "The ABC study"},
            "authors": ["A. Jansen"],
        },
        "parameters": {"study": "abc", "seed": 1},
        "inputs": [{"path": "data/raw/abc/ABC.csv", "sha256": "0" * 64}],
        "versions": {"pandas": "3.1.1"},
        "git": {"commit": "c70b49e6f2a8d90", "clean": True},
    }
    (folder / "run.json").write_text(json.dumps(run | record), encoding="utf-8")
    return folder


def story() -> list[dict[str, object]]:
    return [
        cell(
            "markdown",
            "# Schiet de ervaring tekort?\n\nDe bron zegt van wel [@parasuraman1988, p. 12].",
            "nl",
        ),
        cell("markdown", "# Does the experience fall short?\n\nThe source says so.", "en"),
        cell("code", 'study: str = "abc"', "parameters"),
        cell("markdown", "## Vraag\n\nHoe groot is de kloof?", "nl"),
        cell("markdown", "## Question\n\nHow large is the gap?", "en"),
        cell(
            "markdown",
            "## Analyse\n\n$$\\bar{d} = \\frac{1}{n}\\sum_{i=1}^n d_i$$\n\nZie @tbl-kloof en @fig-kloof.",
            "nl",
        ),
        cell("markdown", "## Analysis\n\nSee @tbl-kloof.", "en"),
        cell("code", "save(result)", outputs=(shown("table", "kloof"), shown("figure", "kloof"))),
        cell("markdown", "## Conclusie in gewone taal", "nl"),
        cell("code", "say()", outputs=(shown("prose", text_markdown="De kloof is **−0,50**."),)),
    ]


@pytest.fixture(autouse=True)
def _nothing_loaded(monkeypatch):
    """What other tests loaded in this process protects nothing here."""
    monkeypatch.setattr(inputs, "_PROTECTED", {})
