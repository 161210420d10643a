"""What a fresh machine relies on: raw data as their sources state, the lock, the Makefile, the package's metadata."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pandas as pd
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import klantstudie
from klantstudie.study import checking, codebook, loading

ROOT = Path(__file__).parents[1]
RAW = ROOT / "data" / "raw"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
STUDIES = sorted(
    [
        "abc_2010",
        "ecsi_mobiel",
        "reputatie",
        "scholing",
        "kopenhagen_wonen",
        "chefs",
        "leiderschap",
        "welzijn",
        "tevredenheid_golven",
        "colleges",
        "wijn",
    ]
)  # the project's own; a study that a user adds is not held to these tests
ANSWERS = sorted(
    path for name in (*STUDIES, "gepubliceerd") for path in (RAW / name).iterdir() if ".csv" in path.suffixes
)


# --- raw data


def test_the_declared_studies_are_there():
    assert set(loading.studies(ROOT)) >= set(STUDIES)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.relative_to(RAW).as_posix())
def test_a_raw_file_is_what_its_source_states(path):
    stated = re.findall(
        rf"`{re.escape(path.name)}`[^\n]*?\b([0-9a-f]{{64}})\b",
        (path.parent / "SOURCE.md").read_text(encoding="utf-8"),
    )
    assert stated == [hashlib.sha256(path.read_bytes()).hexdigest()]


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.relative_to(RAW).as_posix())
def test_a_raw_file_is_plain_utf8_csv(path):
    frame = pd.read_csv(path, comment="#", encoding="utf-8", dtype=str)
    assert len(frame) > 0
    assert frame.columns.is_unique


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_fits_its_codebook(study):
    assert checking.check(study, root=ROOT) == []


@pytest.mark.parametrize("study", STUDIES)
def test_a_codebook_says_where_the_data_come_from(study):
    told = codebook.read_codebook(RAW / study / "codebook.toml").study
    assert told.title.nl and told.title.en and told.title.nl != told.title.en
    assert told.citation and told.licence and told.authors and not told.simulated


@pytest.mark.parametrize("study", STUDIES)
def test_a_source_names_what_a_reader_must_know(study):
    text = (RAW / study / "SOURCE.md").read_text(encoding="utf-8")
    for part in (
        "| n |",
        "| origin |",
        "| citation |",
        "| licence |",
        "## Columns",
        "## Wording",
        "## Known limits",
    ):
        assert part in text


@pytest.mark.parametrize("study", ["leiderschap", "welzijn", "tevredenheid_golven"])
def test_army_units_are_called_army_units(study):
    assert "**Army units.**" in (RAW / study / "SOURCE.md").read_text(encoding="utf-8")
    told = codebook.read_codebook(RAW / study / "codebook.toml").study.title
    assert re.search("leger|soldaten", told.nl) and re.search("army|soldiers", told.en)


@pytest.mark.parametrize(
    ("file", "rows", "columns"),
    [
        ("abc_2010/abc_2010.csv", 266, 135),  # 147 as released, less twelve columns of model predictions
        ("ecsi_mobiel/ecsi_mobiel.csv", 250, 24),
        ("reputatie/reputatie.csv", 344, 41),
        ("scholing/scholing.csv", 471, 30),
        ("kopenhagen_wonen/kopenhagen_wonen.csv", 72, 5),
        ("chefs/chefs.csv", 30, 7),
        ("leiderschap/leiderschap.csv", 2042, 27),
        ("welzijn/welzijn.csv", 7382, 13),
        ("tevredenheid_golven/tevredenheid_golven.csv", 1485, 22),
        ("colleges/colleges.csv.gz", 73421, 7),
        ("wijn/wijn.csv", 72, 6),
    ],
)
def test_every_row_and_column_is_there(file, rows, columns):
    assert pd.read_csv(RAW / file).shape == (rows, columns)


def test_what_is_known_of_the_data():
    abc = pd.read_csv(RAW / "abc_2010/abc_2010.csv")
    assert list(abc["country"].value_counts()) == [112, 51, 39, 26, 23, 15]
    assert abc["var 6"].eq(99).sum() == 1
    assert (pd.read_csv(RAW / "reputatie/reputatie.csv") == -99).sum().sum() == 11
    assert pd.read_csv(RAW / "kopenhagen_wonen/kopenhagen_wonen.csv")["Freq"].sum() == 1681
    assert pd.read_csv(RAW / "tevredenheid_golven/tevredenheid_golven.csv").isna().sum().sum() == 1293
    firms = pd.read_csv(RAW / "scholing/scholing.csv").groupby("fcode")[["scrap", "rework"]].count()
    assert (firms == 3).sum().to_dict() == {"scrap": 54, "rework": 41}
    ratings = pd.read_csv(RAW / "colleges/colleges.csv.gz")
    assert ratings[["s", "d", "dept"]].nunique().to_list() == [2972, 1128, 14]
    assert pd.read_csv(RAW / "leiderschap/leiderschap.csv")["COMPID"].nunique() == 49
    assert pd.read_csv(RAW / "welzijn/welzijn.csv")["GRP"].nunique() == 99


def test_nobody_typed_a_missing_code_into_the_answers():
    made = loading.read("reputatie", root=ROOT)[0]
    assert made.study.missing == [-99]
    abc = codebook.read_codebook(RAW / "abc_2010/codebook.toml")
    assert abc.responses["tevredenheid"].missing == [0] and abc.responses["belang"].missing == [0]


# --- dependencies


def pins() -> dict[str, list[str]]:
    """Return the pinned versions in the lock, by normalised name."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*?\])?==([^\s;\\]+)", LOCK, flags=re.MULTILINE):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


def wanted() -> list[Requirement]:
    """Return every requirement of the project: its own, those of the extras, and the build back end."""
    project = PROJECT["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    return [
        Requirement(line)
        for line in (*project["dependencies"], *extras, *PROJECT["build-system"]["requires"])
    ]


@pytest.mark.parametrize("requirement", wanted(), ids=str)
def test_the_lock_pins_every_requirement_within_its_bounds(requirement):
    versions = pins().get(canonicalize_name(requirement.name))
    assert versions, "not in requirements.lock; make lock"
    assert all(requirement.specifier.contains(version) for version in versions)


def test_the_lock_names_the_extras_that_its_packages_ask_for():
    """Without them pip looks for `coverage[toml]` on its own, and refuses the newer one that it finds for want of a pin."""
    asked = [
        Requirement(line)
        for found in metadata.distributions()
        if canonicalize_name(found.name) in pins()
        for line in found.requires or []
    ]
    bare = {
        str(one)
        for one in asked
        if one.extras and canonicalize_name(one.name) in pins()
        if one.marker is None or one.marker.evaluate({"extra": ""})
        if not re.search(
            rf"^{re.escape(one.name)}\[{','.join(sorted(one.extras))}\]==", LOCK, flags=re.M | re.I
        )
    }
    assert not bare, "make lock (--no-strip-extras)"


def test_every_pin_has_hashes():
    blocks = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) > 100
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_lock_names_no_address():
    assert not re.search(r"://|--index|--find-links|--extra|\bfile:|^-e|@ ", LOCK, flags=re.MULTILINE)
    allowed = r"[A-Za-z0-9._\-\[\]]+==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
    assert [line for line in LOCK.splitlines() if not re.fullmatch(allowed, line)] == []


def imported(path: Path) -> set[str]:
    """Return the top-level names of the modules that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_nothing_that_is_run_needs_what_is_not_declared():
    """Every third-party import of the package is a declared requirement (not something that happens to be there)."""
    declared = {canonicalize_name(requirement.name) for requirement in wanted()}
    known = {"docx": "python-docx", "odf": "odfpy", "pypandoc": "pypandoc-binary", "dask": "distributed"}
    missing = {}
    for path in (ROOT / "klantstudie").rglob("*.py"):
        for name in imported(path):
            package = canonicalize_name(known.get(name, name))
            if name not in sys.stdlib_module_names and name != "klantstudie" and package not in declared:
                missing.setdefault(package, path.name)
    assert missing == {}


# --- the project's own files


def test_the_version_is_said_once_and_cited_the_same():
    version = PROJECT["project"]["version"]
    assert klantstudie.__version__ == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"license: {PROJECT['project']['license']}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert (ROOT / "klantstudie" / "py.typed").exists()


def test_the_makefile_works_in_a_folder_with_spaces():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert not re.search(r"CURDIR|abspath|realpath|\bPWD\b", text)


def test_what_the_readme_names_can_be_made():
    made = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\bmake ([a-z-]+)(?=`|\s+#)", readme)) <= made
    linked = [name.partition("#") for name in re.findall(r"\]\(([^):]+)\)", readme)]
    assert [name for name, _, _ in linked if not (ROOT / name).exists()] == []
    for name, _, place in linked:
        heads = (
            re.findall(r"^#+ (.*)$", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
            if place
            else []
        )
        assert not place or place in [head.lower().replace(" ", "-") for head in heads], f"{name}#{place}"


def test_ci_runs_what_a_user_runs():
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    called = re.findall(r"\bmake ([a-z-]+)", text)
    assert called[:3] == ["lint", "test", "reports"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK) or os.name == "nt"


@pytest.mark.slow
def test_the_wheel_works_without_the_repository(tmp_path):
    """Built and unpacked elsewhere, it imports, helps and holds its templates; .ci/run installs it for real."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    wheel = next(tmp_path.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    for needed in ("vocabulary.toml", "py.typed", "templates/notebooks/_sjabloon.ipynb"):
        assert f"klantstudie/{needed}" in names
    assert not [name for name in names if name.startswith(("tests/", "data/", "notebooks/"))]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    said = subprocess.run(
        [sys.executable, "-c", "import klantstudie; print(klantstudie.__file__)"],
        cwd=elsewhere, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert Path(said.stdout.strip()).is_relative_to(tmp_path / "site")
    helped = subprocess.run(
        [sys.executable, "-m", "klantstudie", "--help"],
        cwd=elsewhere, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "batch" in helped.stdout


@pytest.mark.parametrize("path", sorted((ROOT / "klantstudie").rglob("*.toml")), ids=lambda path: path.name)
def test_every_table_of_words_can_be_read(path):
    assert tomllib.loads(path.read_text(encoding="utf-8"))  # a word that stands twice is refused here
