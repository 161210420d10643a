"""The whole way of a new user, in commands alone: a file of every source becomes a finished report, with no code."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from klantstudie.run import cli
from tests.study.test_sources import SOURCES

pytestmark = pytest.mark.slow

TITLE = re.compile(r"^title = .*$", re.MULTILINE)
PLAN = '[[run]]\nnotebook = "00-schoonmaak.ipynb"\nparameters = {{ n_boot = 100, n_imputations = 2, lang = "{lang}" }}\ncross = {{ study = [{studies}] }}\n'


def command(*words: str) -> int:
    """Give a command as a user types it, and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main(list(words))
    return int(ended.value.code or 0)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_file_of_every_source_becomes_a_finished_report(tmp_path, monkeypatch, capsys, lang):
    home, desk = tmp_path / "mijn project", tmp_path / "bureau blad"
    home.mkdir()
    monkeypatch.chdir(home)
    rows = {}
    for source in SOURCES:
        (desk / source.__name__).mkdir(parents=True)
        file, rows[source.__name__], _ = source(desk / source.__name__)
        name = source.__name__
        assert command("new", "study", str(desk / name / file), "--name", name, "--lang", lang) == 0
        book = home / "data/raw" / name / "codebook.toml"
        edited = TITLE.sub(f'title = "Onderzoek {name}"', book.read_text(encoding="utf-8"), count=1)
        book.write_text(edited, encoding="utf-8")
        assert command("check", name) == 0, capsys.readouterr().out
    studies = ", ".join(f'"{name}"' for name in rows)
    (home / "notebooks/batch.toml").write_text(PLAN.format(studies=studies, lang=lang), encoding="utf-8")
    capsys.readouterr()
    code = command("batch", "--workers", "2", *(["--warm"] if sys.platform == "linux" else []), "--json")
    told = capsys.readouterr().out
    assert code == 0, told
    for name, expected in rows.items():
        found = sorted(Path(home / "reports" / name).rglob("report.html"))
        assert len(found) == 1, name
        report = found[0].read_text(encoding="utf-8")
        assert f"Onderzoek {name}" in report or name in report
        record = json.loads((found[0].parent / "run.json").read_text(encoding="utf-8"))
        assert record["status"] == "completed"
        flow = (found[0].parent / "tables/stroom.csv").read_text(encoding="utf-8").splitlines()
        assert flow[-1].split(",")[1].startswith(str(expected)), (name, flow)
        assert "1.2.3.4" not in report and "@x.nl" not in report, name
    assert (home / "reports/index.html").is_file()
    assert os.fspath(desk) not in (home / "reports/index.html").read_text(encoding="utf-8")
