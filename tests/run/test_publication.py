"""The publication package: complete, free of personal data, equal bytes, and verifiable on another machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
import yaml

from klantstudie.errors import CodebookError, RunError
from klantstudie.run import files, manifest, notebooks, preregistration, publication, verify
from klantstudie.study import provenance
from tests.run.test_preregistration import BOOK, answers, write

CODE = (
    "import klantstudie as ks\nfrom klantstudie.analyses import describe\nsurvey = ks.load(study)",
    "found = ks.save(describe.items(survey.frame, ['q1', 'q2']), out, 'punten', caption='Punten', lang=lang)",
)
TOLD = """\
[package]
title = "Small | things"
authors = ["Jansen, A. B.", "Müller, C."]
manuscript = "Not published"
design = "A cross-section of visitors; all 20 visitors of one day were asked."
data = "primary"
collected_by = ["A. B. Jansen"]
collected = "2026-03-02"
analysed_by = ["A. B. Jansen"]
ethics = "ECP-2026-001"
deidentification = ["No names were asked."]
sharing = "Open, after the grade"
licence = "CC-BY-4.0"
stored_by = ["A. B. Jansen"]
stored_on = "2026-06-30"

[thesis]
student = "Pieter van den Bérg"
number = "s123"
year = 2026
group = "Marketing"
supervisors = ["C. Müller"]
contact = "at the university"
"""


@pytest.fixture
def _same_library():
    """The package is packed as it is, so its real hash counts here."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project with one finished run, made once."""
    place = tmp_path_factory.mktemp("gemaakt") / "een map"
    folder = place / "data/raw/klein"
    folder.mkdir(parents=True)
    (place / "notebooks").mkdir()
    (folder / "codebook.toml").write_text(BOOK, encoding="utf-8")
    (folder / "SOURCE.md").write_text("# Klein\n", encoding="utf-8")
    (folder / "publication.toml").write_text(TOLD, encoding="utf-8")
    answers(place)
    run = notebooks.execute(notebooks.plan(write(place, *CODE), {"study": "klein"}))
    assert run.ok, run.cause
    return place


@pytest.fixture
def home(made, tmp_path, monkeypatch):
    """That project without its run."""
    place = tmp_path / "een map"
    shutil.copytree(made, place, ignore=shutil.ignore_patterns("reports", "processed"))
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def run(made, home):
    """The folder of its run."""
    shutil.copytree(made / "reports", home / "reports")
    return home / "reports/klein/01-x/nl"


def refused(**given):
    with pytest.raises(RunError) as caught:
        publication.package("klein", **given)
    return str(caught.value)


def test_everything_that_is_missing_is_one_message(home):
    (home / "data/raw/klein/publication.toml").unlink()
    told = refused(thesis=True)
    assert told.startswith("klein cannot be packaged yet:")
    assert "fill in data/raw/klein/publication.toml (drafted just now):" in told
    for key in (*provenance.NEEDED, *(f"thesis.{one}" for one in provenance.OF_THESIS)):
        assert f"\n    {key}: " in told
    assert "there are no reports of klein; klantstudie run NOTEBOOK -p study=klein makes one" in told
    assert "(drafted just now)" not in refused()
    with pytest.raises(RunError, match="gesimuleerd-01 is simulated"):
        publication.package("gesimuleerd-01")


def test_the_draft_reads_as_what_it_says_and_a_mistake_in_it_has_its_place(tmp_path):
    path = tmp_path / "publication.toml"
    path.write_text(provenance.DRAFT.format(study="klein"), encoding="utf-8")
    keys = [line.split(":")[0] for line in provenance.read(path).missing()]
    assert keys == list(provenance.NEEDED)
    path.write_text(provenance.DRAFT.replace("# [thesis] ", "[thesis]").replace("# student", "student"))
    assert provenance.read(path).thesis.student == ""
    path.write_text('[package]\nautors = ["x"]\nraw = "none"\nstored_on = "30-6-2026"\n[theses]\n')
    with pytest.raises(CodebookError) as caught:
        provenance.read(path)
    told = str(caught.value)
    for part in (
        "package.autors (line 2)",
        "did you mean 'authors'",
        "package.raw (line 3)",
        "stored_on (line 4)",
        "theses",
    ):
        assert part in told


def test_every_key_is_described():
    page = (
        (Path(__file__).parents[2] / "docs/codebook.md")
        .read_text(encoding="utf-8")
        .partition("## publication.toml")[2]
    )
    keys = [*provenance.Package.model_fields, *provenance.Thesis.model_fields]
    assert [key for key in keys if f"`{key}`" not in page] == []


def test_a_report_that_no_longer_follows_is_refused(home, run):
    write(home, *CODE, "1 + 1")
    assert "report klein/01-x/nl: the notebook 01-x changed; run it again, or remove it" in refused()


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [("mail", "piet@example.org", "email"), ("naam", "Piet", "column_name"), ("wie", "123456782", "bsn")],
)
def test_personal_data_that_nobody_declared_are_refused(home, column, value, kind):
    raw = home / "data/raw/klein/klein.csv"
    lines = raw.read_text(encoding="utf-8").splitlines()
    raw.write_text("\n".join([f"{lines[0]},{column}", *(f"{line},{value}" for line in lines[1:])]) + "\n")
    told = refused(draft=True)
    assert f"data/raw/klein/klein.csv: '{column}' seems to hold personal data ({kind})" in told
    assert value not in told
    book = home / "data/raw/klein/codebook.toml"
    book.write_text(BOOK.replace('id = "nr"', f'id = "nr"\nidentifiers = ["{column}"]'), encoding="utf-8")
    assert "personal data" not in refused(draft=True)


def test_personal_data_are_found_on_another_sheet_and_among_the_materials(home):
    book = openpyxl.Workbook()
    for row in [("nr", "q1", "q2"), *((n, n % 5 + 1, 5) for n in range(1, 21))]:
        book.active.append(row)
    other = book.create_sheet("contact")
    for row in (("wie", "hoe"), ("a", "06-12345678")):
        other.append(row)
    folder = home / "data/raw/klein"
    book.save(folder / "klein.xlsx")
    (folder / "klein.csv").unlink()
    (folder / "codebook.toml").write_text(BOOK.replace("klein.csv", "klein.xlsx"), encoding="utf-8")
    (folder / "materials").mkdir()
    (folder / "materials/uitnodiging.txt").write_text("Vragen? Mail anna@example.org\n", encoding="utf-8")
    told = refused(draft=True)
    assert "klein.xlsx: 'contact!hoe' seems to hold personal data (phone)" in told
    assert "materials/uitnodiging.txt: 'text' seems to hold personal data (email)" in told


def test_the_package_is_complete_and_has_equal_bytes(home, run, tmp_path):
    folder = home / "data/raw/klein"
    (folder / "contactlijst.csv").write_text("naam,mail\nPiet,piet@example.org\n", encoding="utf-8")
    (folder / "materials").mkdir()
    (folder / "materials/vragenlijst.pdf").write_bytes(b"%PDF-1.4\n")
    first = publication.package("klein")
    assert first == home / "reports/klein/publication_package_klein.zip"
    os.utime(folder / "klein.csv")
    second = publication.package("klein", out=tmp_path / "elders")
    assert second == tmp_path / "elders/publication_package_klein.zip"
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as packed:
        names = packed.namelist()
        texts = {name: packed.read(name) for name in names}
        assert {one.date_time for one in packed.infolist()} == {publication.TIME}
    assert names == sorted(names)
    inside = {name.removeprefix("publication_package_klein/") for name in names}
    for name in (
        "README.md", "CITATION.cff", "LICENSE", "SHA256SUMS", "environment.txt", "requirements.lock", "pyproject.toml",
        "klantstudie/run/publication.py", "klantstudie/vocabulary.toml", "notebooks/01-x.ipynb",
        "data/raw/klein/klein.csv", "data/raw/klein/codebook.toml", "data/raw/klein/publication.toml",
        "data/raw/klein/SOURCE.md", "data/raw/klein/materials/vragenlijst.pdf", "data/processed/klein/clean.csv",
        "data/processed/klein/log.csv", "data/processed/klein/waterfall.csv", "data/processed/klein/codebook.csv",
        "reports/klein/01-x/nl/report.html", "reports/klein/01-x/nl/run.json", "reports/klein/01-x/nl/notebook.ipynb",
        "reports/index.html", "reports/results.csv",
    ):  # fmt: skip
        assert name in inside, name
    assert not [
        name for name in inside if "contactlijst" in name or "/." in name or name.endswith((".pyc", ".zip"))
    ]
    sums = texts["publication_package_klein/SHA256SUMS"].decode().splitlines()
    assert {line.partition("  ")[2] for line in sums} == inside - {"SHA256SUMS"}
    assert str(tmp_path).encode() not in b"".join(texts.values())


def test_the_readme_and_the_citation_say_who_when_and_what(home, run, tmp_path):
    assert "the thesis itself, in data/raw/klein/manuscript (pdf and docx)" in refused(thesis=True)
    (home / "data/raw/klein/manuscript").mkdir()
    (home / "data/raw/klein/manuscript/thesis.pdf").write_bytes(b"%PDF-1.4")
    place = tmp_path / "map"
    publication.fill(publication.gather("klein", thesis=True), place)
    assert (place / "data/raw/klein/manuscript/thesis.pdf").is_file()
    readme = (place / "README.md").read_text(encoding="utf-8")
    assert (place / "read_me_first.txt").read_text(encoding="utf-8") == readme
    assert "not filled in" not in readme
    for part in (
        "# Publication package: Small \\| things",
        "| Data collected by | A. B. Jansen |",
        "| Ethical review | ECP-2026-001 |",
        "| Rows and columns of the raw file | 20 and 3 |",
        "| Rows after the exclusion rules | 16 |",
        "| Left out by rule | snel: 4 |",
        "1. No names were asked.",
        "| Student number | s123 |",
        "`klantstudie run 01-x -p study=klein`",
        "There is no folder `data/raw/klein/materials/`",
        "Data: CC-BY-4.0.",
    ):
        assert part in readme, part
    cited = yaml.safe_load((place / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["title"] == "Small | things"
    assert cited["authors"][1] == {"family-names": "Müller", "given-names": "C."}
    assert (cited["type"], cited["license"], str(cited["date-released"])) == (
        "dataset",
        "CC-BY-4.0",
        "2026-06-30",
    )


def test_a_thesis_is_named_after_its_student_and_a_draft_says_so(home, run):
    assert publication.package("klein", thesis=True, draft=True).name == "MSc_thesis_Berg_2026_DRAFT.zip"
    (home / "data/raw/klein/manuscript").mkdir()
    (home / "data/raw/klein/manuscript/thesis.docx").write_bytes(b"PK")
    assert publication.package("klein", thesis=True).name == "MSc_thesis_Berg_2026.zip"
    path = home / "data/raw/klein/publication.toml"
    path.write_text(TOLD.replace('ethics = "ECP-2026-001"', 'ethics = ""'), encoding="utf-8")
    assert re.search(r"\n    ethics: the ethical review", refused())
    made = publication.package("klein", draft=True)
    assert made.name == "publication_package_klein_DRAFT.zip"
    with zipfile.ZipFile(made) as packed:
        readme = packed.read("publication_package_klein_DRAFT/README.md").decode()
    assert "**Draft: not yet fit to hand in.**" in readme
    assert "| Ethical review | **not filled in** |" in readme


def test_answers_under_restriction_stay_out_and_their_statement_stands_in_their_place(home, run, tmp_path):
    path = home / "data/raw/klein/publication.toml"
    path.write_text(TOLD.replace("[thesis]", 'raw = "restricted"\n\n[thesis]'), encoding="utf-8")
    assert "restriction: why the data stay out" in refused()
    told = 'raw = "restricted"\nrestriction = "Held by the municipality; ask the data steward."\n\n[thesis]'
    path.write_text(TOLD.replace("[thesis]", told), encoding="utf-8")
    with zipfile.ZipFile(publication.package("klein")) as packed:
        packed.extractall(tmp_path)
    place = tmp_path / "publication_package_klein"
    assert (
        not list(place.rglob("klein.csv"))
        and not list(place.rglob("clean.csv"))
        and not list(place.rglob("log.csv"))
    )
    statement = (place / "data/raw/klein/RESTRICTION.md").read_text(encoding="utf-8")
    assert "ask the data steward" in statement
    assert manifest.sha256(home / "data/raw/klein/klein.csv") in statement
    assert "kept apart" in (place / "README.md").read_text(encoding="utf-8")


def test_the_unpacked_package_verifies_elsewhere_and_tells_what_was_changed(home, tmp_path):
    preregistration.freeze("01-x", {"study": "klein"})
    planned = notebooks.plan("01-x", {"study": "klein"})
    assert notebooks.execute(planned, to=("html", "docx")).ok
    made = publication.package("klein")
    elsewhere = tmp_path / "andere machine"
    with zipfile.ZipFile(made) as packed:
        packed.extractall(elsewhere)
    home.rename(tmp_path / "weg")
    place = elsewhere / "publication_package_klein"
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "KLANTSTUDIE_OUT")}
    command = [sys.executable, "-m", "klantstudie", "verify", "reports", "--workers", "1"]
    done = subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, "everything agrees" in done.stdout) == (0, True), done.stdout + done.stderr
    found = files.read_json(place / "reports/verification.json")
    assert found["numbers"] > 10 and found["files"] >= 4
    assert found["checked"][0]["notes"] == []
    assert publication.changed(place) == []
    path = place / "data/raw/klein/klein.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("\n1,2,5", "\n1,3,5"), encoding="utf-8")
    (place / "LICENSE").unlink()
    certificate = verify.run(place / "reports", workers=1, warm=False)
    assert not certificate.ok
    assert certificate.not_verified["SHA256SUMS"] == (
        "LICENSE is gone; data/raw/klein/klein.csv is not what it was when the package was made"
    )
    assert any("q1" in line for line in certificate.differences)


def test_what_lies_about_stays_out_and_what_was_read_elsewhere_brings_its_source(home, run, tmp_path):
    other = home / "data/raw/ander"
    other.mkdir()
    (other / "tabel.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (other / "rest.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (other / "SOURCE.md").write_text("# Ander: CC0\n", encoding="utf-8")
    record = files.read_json(run / "run.json")
    entry = {"path": "data/raw/ander/tabel.csv", "role": "opened"}
    record["inputs"].append(entry | {"sha256": manifest.sha256(other / "tabel.csv")})
    files.write_json(run / "run.json", record)
    (run / "aantekening.txt").write_text("Piet vond het niets", encoding="utf-8")
    path = home / "notebooks/01-x.ipynb"
    content = files.read_json(path)
    shown = {"output_type": "stream", "name": "stdout", "text": "Piet"}
    content["cells"][-1].update(outputs=[shown], execution_count=3)
    files.write_json(path, content)
    place = tmp_path / "map"
    publication.fill(publication.gather("klein"), place)
    assert sorted(one.name for one in (place / "data/raw/ander").iterdir()) == ["SOURCE.md", "tabel.csv"]
    assert not (place / "reports/klein/01-x/nl/aantekening.txt").exists()
    cells = files.read_json(place / "notebooks/01-x.ipynb")["cells"]
    assert not any(cell.get("outputs") for cell in cells)
    assert [cell["source"] for cell in cells] == [cell["source"] for cell in content["cells"]]


@pytest.mark.parametrize("path", ["/elders/x.csv", "../../x.csv"])
def test_a_file_outside_the_project_is_told(home, run, path):
    record = files.read_json(run / "run.json")
    record["inputs"].append({"path": path, "role": "opened", "sha256": "0"})
    files.write_json(run / "run.json", record)
    assert f"read {Path(path)}, which lies outside the project; copy it into data/raw" in refused()
