"""Writes the publication package of a study: one zip with which somebody else can check it, and redo it.

What it holds follows the guideline for the archiving of academic research of the Dutch faculties of behavioural and
social sciences (2022): readme, unfiltered raw data or the statement why not, codebook and materials, steps of
de-identification, processed data, code, notebooks, executed reports, results, environment, hashes, licence, citation.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import unicodedata
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError
from klantstudie.run import cache, files, manifest, readme, results
from klantstudie.study import checking, exporting, loading, provenance, simulate
from klantstudie.study.codebook import Codebook
from klantstudie.study.loading import Study
from klantstudie.study.provenance import Provenance

TIME = (1980, 1, 1, 0, 0, 0)  # the one time that every file of the zip carries: equal content, equal bytes
SUMS = "SHA256SUMS"
BESIDE = ("codebook.toml", "SOURCE.md", provenance.FILE)
FOLDERS = ("preregistration", "materials", "manuscript")
OF_SOURCE = ("pyproject.toml", "requirements.lock", "LICENSE")
OF_DATA = (".csv", ".tsv", ".gz", ".xlsx", ".ods", ".sav", ".zsav", ".dta", ".parquet", ".txt", ".md")


@dataclass(frozen=True)
class Contents:
    """What goes into one package, checked."""

    study: Study
    project: Path
    told: Provenance
    raw: Path
    runs: tuple[Path, ...]
    read: tuple[str, ...]  # files that the runs read, relative to the project
    missing: tuple[str, ...]  # facts that nobody filled in; only a draft may have any
    thesis: bool

    @property
    def restricted(self) -> bool:
        """Whether the answers themselves stay out."""
        return self.told.package.raw == "restricted"


def package(
    study: str,
    *,
    out: str | Path | None = None,
    reports: str | Path | None = None,
    thesis: bool = False,
    draft: bool = False,
) -> Path:
    """Write the publication package of a study as a zip and return its path.

    Who collected and analysed the data, when, and under what conditions stands in data/raw/<study>/publication.toml,
    which is drafted when it is not there. Everything that stands in the way is one error: facts that are missing,
    problems of the study, personal data that the codebook does not declare, reports that failed or no longer follow
    from their code and data. With `draft` missing facts are marked in the readme, and the file is called a draft.
    `thesis` names it MSc_thesis_<lastname>_<year> and adds read_me_first.txt. The same content gives the same bytes.
    """
    found = gather(study, reports=reports, thesis=thesis, draft=draft)
    name = _name(found)
    target = Path(out) if out is not None else found.project / "reports" / study / f"{name}.zip"
    if target.suffix != ".zip":
        target = target / f"{name}.zip"
    with tempfile.TemporaryDirectory(prefix="klantstudie-package-") as scratch:
        folder = Path(scratch) / name
        fill(found, folder)
        _zip(folder, target)
    return target


def _name(found: Contents) -> str:
    name = f"publication_package_{found.study.name}"
    if found.thesis:
        student = found.told.thesis.student.partition(",")[0]
        if "," not in found.told.thesis.student:
            student = student.rpartition(" ")[2]
        plain = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode("ascii")
        name = f"MSc_thesis_{re.sub(r'[^A-Za-z0-9-]', '', plain) or 'LASTNAME'}_{found.told.thesis.year or 'YEAR'}"
    return f"{name}_DRAFT" if found.missing else name


# ------------------------------------------------------------------------------------------------ what goes in


def gather(
    study: str, *, reports: str | Path | None = None, thesis: bool = False, draft: bool = False
) -> Contents:
    """Check everything and return what goes into the package; whatever stands in the way is one error."""
    if simulate.is_simulated(study):
        raise RunError(f"{study} is simulated: there are no data to archive")
    project = manifest.root(Path.cwd())
    problems = checking.check(study, root=project)
    if problems:
        raise RunError(
            "\n".join([f"{study} does not fit its codebook:", *(f"  - {one}" for one in problems)])
        )
    made = loading.load(study, root=project)
    folder = project / manifest.RAW / study
    told, drafted = _told(folder, study)
    missing = told.missing(thesis=thesis)
    if thesis and not any(_goes_in(path, folder) for path in (folder / "manuscript").rglob("*")):
        missing.append(f"the thesis itself, in {manifest.shown(folder, project)}/manuscript (pdf and docx)")
    runs = _runs(Path(reports) if reports is not None else project / "reports", study)
    read, problems = _read(runs, project)
    raw = loading.raw_file(folder, made.codebook)
    if missing and not draft:
        where = (
            f"{manifest.shown(folder / provenance.FILE, project)}{' (drafted just now)' if drafted else ''}"
        )
        problems += [f"fill in {where}:", *(f"    {one}" for one in missing)]
    if not runs:
        problems.append(
            f"there are no reports of {study}; klantstudie run NOTEBOOK -p study={study} makes one"
        )
    problems += _stale(runs)
    found = Contents(made, project, told, raw, tuple(runs), tuple(read), tuple(missing), thesis)
    problems += _personal(found)
    if problems:
        told_lines = [one if one.startswith("  ") else f"  - {one}" for one in problems]
        raise RunError("\n".join([f"{study} cannot be packaged yet:", *told_lines]))
    return found


def _told(folder: Path, study: str) -> tuple[Provenance, bool]:
    path = folder / provenance.FILE
    drafted = not path.exists()
    if drafted:
        files.write(path, provenance.DRAFT.format(study=study))
    return provenance.read(path), drafted


def _runs(reports: Path, study: str) -> list[Path]:
    """Return the folders of the runs on a study."""
    if not (reports / study).is_dir():
        return []
    return [one for one in results.runs(reports / study) if not one.name.startswith(".")]


def _read(runs: list[Path], project: Path) -> tuple[list[str], list[str]]:
    """Return the files that the runs read, and those that cannot go along."""
    read: set[str] = set()
    problems = []
    for run in runs:
        record = files.read_json(run / "run.json")
        for entry in [*record.get("inputs", []), record.get("notebook_file") or {}]:
            path = Path(str(entry.get("path", "")))
            if path.is_absolute() or ".." in path.parts:
                problems.append(
                    f"{results.name(run)} read {path}, which lies outside the project; copy it into data/raw"
                )
            elif (project / path).is_file() and path.suffix != ".ipynb":
                read.add(path.as_posix())
    return sorted(read), problems


def _stale(runs: list[Path]) -> list[str]:
    """A report that failed, or that no longer follows from what is there, would not verify."""
    problems = []
    for run in runs:
        changed = cache.why(run)
        if changed:
            problems.append(f"report {results.name(run)}: {'; '.join(changed)}; run it again, or remove it")
    return problems


def _personal(found: Contents) -> list[str]:
    """Personal data go into no package, unless the codebook declares their column."""
    problems = []
    for path in _data_files(found):
        book = found.study.codebook if path == found.raw else _codebook_of(path)
        for column, kinds in checking.personal_in(path, book).items():
            problems.append(
                f"{manifest.shown(path, found.project)}: '{column}' seems to hold personal data ({', '.join(kinds)}); take it "
                "out or pseudonymise it, or declare the column in identifiers = […] of [study] when it is harmless"
            )
    return problems


def _data_files(found: Contents) -> list[Path]:
    """Return every file with answers or tables that goes in: the raw file, what runs read, the materials."""
    folder = found.raw.parent
    read = [found.project / one for one in found.read]
    beside = [one for one in folder.rglob("*") if one.parent != folder and _goes_in(one, folder)]
    every = {*read, *beside, found.raw} - {folder / name for name in BESIDE} - _withheld(found)
    return sorted(path for path in every if path.suffix.lower() in OF_DATA)


def _withheld(found: Contents) -> set[Path]:
    """Return the files with answers that stay out when access is restricted."""
    if not found.restricted:
        return set()
    read = {found.project / name for name in found.read}
    own = {path for path in read if path.parent == found.raw.parent and path.name not in BESIDE}
    return {found.raw, *own}


def _codebook_of(path: Path) -> Codebook | None:
    if not (path.parent / "codebook.toml").is_file():
        return None
    from klantstudie.study.codebook import read_codebook

    return read_codebook(path.parent / "codebook.toml")


def _goes_in(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    hidden = any(part.startswith((".", "~")) for part in parts)
    return path.is_file() and parts[0] in FOLDERS and not hidden


# ------------------------------------------------------------------------------------------------ the folder


def fill(found: Contents, folder: Path) -> None:
    """Write the package as a folder: a project in which klantstudie verify runs."""
    _code(folder)
    _notebooks(found, folder)
    _data(found, folder)
    _reports(found, folder)
    about = _about(found)
    text = readme.write(about)
    files.write(folder / "README.md", text)
    if found.thesis:
        files.write(folder / "read_me_first.txt", text)
    files.write(folder / "CITATION.cff", readme.citation(about))
    files.write(folder / "environment.txt", environment())
    sums = [f"{manifest.sha256(path)}  {path.relative_to(folder).as_posix()}" for path in _files(folder)]
    files.write(folder / SUMS, "\n".join(sums) + "\n")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _code(folder: Path) -> None:
    """Copy the package itself, from raw to results, with what installs it."""
    for path in manifest.PACKAGE.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            _copy(path, folder / "klantstudie" / path.relative_to(manifest.PACKAGE))
    for name in OF_SOURCE:
        if (manifest.PACKAGE.parent / name).is_file():
            _copy(manifest.PACKAGE.parent / name, folder / name)
    if not (folder / "LICENSE").is_file():  # an installed package keeps it among its own files
        for path in metadata.files("klantstudie") or []:
            if path.name == "LICENSE":
                _copy(Path(str(path.locate())), folder / "LICENSE")


def _notebooks(found: Contents, folder: Path) -> None:
    for run in found.runs:
        name = files.read_json(run / "run.json")["notebook_file"]["path"]
        content = files.read_json(found.project / name)
        if any(cell.get("outputs") for cell in content["cells"]):  # what a cell showed may hold answers
            for cell in content["cells"]:
                if cell["cell_type"] == "code":
                    cell.update(outputs=[], execution_count=None)
            files.write_json(folder / name, content)
        else:
            _copy(found.project / name, folder / name)


def _data(found: Contents, folder: Path) -> None:
    raw = found.raw.parent
    here = folder / manifest.RAW / found.study.name
    wanted = {path for path in raw.rglob("*") if _goes_in(path, raw)} | {raw / name for name in BESIDE}
    read = {found.project / name for name in found.read}
    wanted |= {found.raw, *read, *(path.parent / "SOURCE.md" for path in read)}  # origin and licence go along
    for path in sorted(one for one in wanted - _withheld(found) if one.is_file()):
        _copy(path, folder / path.relative_to(found.project))
    processed = loading.PROCESSED / found.study.name
    names = ("waterfall",) if found.restricted else ("clean", "log", "waterfall")
    for path in (found.project / processed).iterdir():
        if path.stem in names and path.suffix in (".csv", ".parquet"):
            _copy(path, folder / processed / path.name)
    if found.study.codebook.item_table:
        table = exporting.codebook_table(found.study, lang="en").table
        (folder / processed).mkdir(parents=True, exist_ok=True)
        loading.write_atomic(folder / processed / "codebook.csv", loading.to_csv(table))
    if found.restricted:
        hashes = [(path.name, manifest.sha256(path)) for path in sorted(_withheld(found))]
        files.write(here / "RESTRICTION.md", readme.restriction(found.told.package, hashes))


def _reports(found: Contents, folder: Path) -> None:
    from klantstudie.run import notebooks

    target = folder / "reports"
    for run in found.runs:
        place = target / found.study.name / run.parent.name / run.name
        for path in sorted(run.rglob("*")):
            known = path.relative_to(run).parts[0] in (*notebooks.MADE, *notebooks.REPORTS)
            if path.is_file() and known and not path.name.startswith("."):
                _copy(path, place / path.relative_to(run))
    results.write(target)
    notebooks.index(target)
    (target / ".index.json").unlink(missing_ok=True)  # what makes the next index faster


def _plain(run: Path) -> dict[str, Any]:
    """Return what the readme says of a run."""
    record = files.read_json(run / "run.json")
    given = [f"-p {name}={_word(value)}" for name, value in record.get("given", {}).items()]
    command = " ".join(["klantstudie run", record["notebook"], *given])
    place = "/".join(("reports", *run.parts[-3:]))
    return {"place": place, "command": command, "made": str(record.get("started", ""))[:10]}


def _word(value: Any) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return f'"{text}"' if re.search(r"[^\w.,:/-]", text) else text


def _about(found: Contents) -> readme.About:
    """Return the facts of the readme."""
    book, rows = loading.read(found.study.name, root=found.project)
    return readme.About(
        study=found.study,
        told=found.told,
        thesis=found.thesis,
        missing=found.missing,
        raw=(found.raw.name, manifest.sha256(found.raw), rows.frame.shape),
        runs=[_plain(run) for run in found.runs],
        registrations=[entry.name for entry in sorted((found.raw.parent / "preregistration").glob("*.json"))],
        materials=(found.raw.parent / "materials").is_dir(),
        manuscript=(found.raw.parent / "manuscript").is_dir(),
        wordings=all(item.text.get("en") or item.options for item in book.item_table.values()),
        lock=(manifest.PACKAGE.parent / "requirements.lock").is_file(),
    )


def environment() -> str:
    """Return Python and every installed package, one a line."""
    lines = {
        f"{one.name}=={one.version}"
        for one in metadata.distributions()
        if one.name and one.name.lower() != "klantstudie"
    }
    python = manifest.versions()["python"]
    return "\n".join([f"# Python {python}", *sorted(lines, key=str.lower)]) + "\n"


# ------------------------------------------------------------------------------------------------ the zip


def _files(folder: Path) -> list[Path]:
    return sorted(
        (path for path in folder.rglob("*") if path.is_file()),
        key=lambda path: path.relative_to(folder).as_posix(),
    )


def _zip(folder: Path, target: Path) -> None:
    """Write a folder as a zip: names in order, one time for all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in _files(folder):
                about = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), date_time=TIME)
                about.compress_type = zipfile.ZIP_DEFLATED
                about.create_system, about.external_attr = 3, 0o644 << 16
                about.file_size = (
                    path.stat().st_size
                )  # tells the zip whether it needs its form for large files
                with packed.open(about, "w") as target_file, path.open("rb") as source:
                    shutil.copyfileobj(source, target_file)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def changed(project: Path) -> list[str]:
    """Return the files of an unpacked package that are not what they were when it was made; what load makes aside."""
    try:
        lines = (project / SUMS).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        stated, _, name = line.partition("  ")
        path = project / name
        if name.startswith(f"{loading.PROCESSED.as_posix()}/"):
            continue
        if not path.is_file():
            found.append(f"{name} is gone")
        elif manifest.sha256(path) != stated:
            found.append(f"{name} is not what it was when the package was made")
    return found
