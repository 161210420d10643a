"""Loads a study: raw file and codebook in; clean, scored answers, their log and their waterfall out."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from klantstudie import inputs
from klantstudie.errors import CodebookError, InputError, suggestion
from klantstudie.result import Result
from klantstudie.study import cleaning, clock, parquet, reading, scoring, simulate
from klantstudie.study.codebook import Codebook, code_text, read_codebook
from klantstudie.study.reading import RawSurvey
from klantstudie.texts import harmless

PROCESSED = Path("data/processed")
LARGE = 200_000  # rows from which the clean data and their log are written as parquet


@dataclass(frozen=True)
class Study:
    """A study that is ready to analyse.

    `frame` has one row a respondent: number items as answered (float64), reversed items as `item_r`, scale scores,
    groups as text labels. `log` has one row a changed value, `waterfall` one row an exclusion rule. A simulated
    study also has `truth`: what an analysis should find.
    """

    name: str
    codebook: Codebook
    frame: pd.DataFrame
    log: pd.DataFrame
    waterfall: Result
    notes: tuple[str, ...] = ()
    truth: Mapping[str, Any] = field(default_factory=dict)

    def planted(self) -> pd.DataFrame:
        """Return what was put into a simulated study, one number a row (empty for real data)."""
        rows = [(name, value) for name, value in _flat(self.truth) if name not in ("seed", "design")]
        return pd.DataFrame(rows, columns=["term", "estimate"])

    def people(self) -> Study:
        """Return the study with one row a person.

        Where the codebook says that the file is a table of counts, every row stands as often as it counts; another
        study comes back as it is. Log and waterfall keep counting the rows of the file.
        """
        declared = self.codebook.study
        if not declared.counts:
            return self
        times = self.frame[declared.weight].to_numpy(float)
        if not (np.isfinite(times) & (times >= 0) & (times % 1 == 0)).all():
            raise InputError(
                f"{self.codebook.source}: column '{declared.weight}' must count people in every row"
            )
        return replace(
            self, frame=self.frame.loc[self.frame.index.repeat(times.astype(int))].reset_index(drop=True)
        )

    def __repr__(self) -> str:
        rows, columns = self.frame.shape
        return f"Study('{self.name}', {rows} rows, {columns} columns, {len(self.log)} changed values)"


def _flat(truth: Mapping[str, Any], before: str = "") -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for name, value in truth.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{before}{name}: ")
        elif isinstance(value, (list, tuple)):
            numbers = [one for one in value if isinstance(one, (int, float))]  # names are no numbers
            found += [(f"{before}{name} {place}", float(one)) for place, one in enumerate(numbers, 1)]
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found.append((f"{before}{name}", float(value)))
    return found


def studies(root: str | Path | None = None) -> list[str]:
    """Return the names of the studies in data/raw: the folders that hold a codebook.toml."""
    raw = inputs.project_root(root) / inputs.RAW
    return sorted(folder.name for folder in raw.iterdir() if (folder / "codebook.toml").is_file())


def load(
    study: str,
    *,
    exclude: Sequence[str] | None = None,
    root: str | Path | None = None,
    write: bool = True,
) -> Study:
    """Read, clean, exclude and score a study, and write clean.csv, log.csv and waterfall.csv to data/processed.

    Above 200,000 rows the first two are written as parquet; `write=False` leaves data/processed as it is, for a
    second look at the same study. `exclude` names the exclusion rules of the codebook to apply: None or empty for all, ["none"] for none. A study
    called `gesimuleerd-03` is simulated, with known truth, for notebook 03. Whatever is wrong with the codebook or
    with the answers is one CodebookError that lists every problem; the raw file is read and never written.
    """
    if simulate.is_simulated(study):
        return _simulated(study, exclude, root, write)
    folder = inputs.project_root(root)
    codebook, raw = read(study, root=folder)
    made = _prepare(study, codebook, raw, exclude)
    if write:
        _write(made, folder / PROCESSED / study)
    if not codebook.study.simulated:
        inputs.protect(study, codebook.study.min_cell, small_groups(made.frame, codebook))
    return made


def small_groups(frame: pd.DataFrame, codebook: Codebook) -> frozenset[str]:
    """Return the labels of groups and waves with fewer respondents than the smallest cell.

    Where only one group is too small, the next smallest counts too: the others and the total would give it away. A
    label that a large group has as well is left out, since nobody could tell which is meant.
    References: Hundepool et al. (2012), Statistical Disclosure Control, chapter 4.
    """
    small: set[str] = set()
    large: set[str] = set()
    for name in (*codebook.groups, *([codebook.waves.column] if codebook.waves else [])):
        sizes = frame[name].value_counts()
        hidden = sizes[sizes < codebook.study.min_cell]
        if len(hidden) == 1:
            hidden = sizes.nsmallest(2)
        small |= {code_text(label) for label in hidden.index}
        large |= {code_text(label) for label in sizes.index.difference(hidden.index)}
    return frozenset(small - large)


def read(study: str, *, root: str | Path | None = None) -> tuple[Codebook, RawSurvey]:
    """Return the codebook and the raw file of a study, as they are, and record both for the run."""
    folder = inputs.project_root(root) / inputs.RAW / study
    if not folder.is_dir():
        known = studies(root)
        raise InputError(
            f"there is no study '{study}' in {inputs.RAW.as_posix()}{suggestion(study, known)}; it has {', '.join(known)}"
        )
    codebook = read_codebook(folder / "codebook.toml")
    file = raw_file(folder, codebook)
    inputs.record(folder / "codebook.toml", "codebook")
    inputs.record(file, "data")
    declared = codebook.study
    return codebook, reading.read_raw(
        file,
        reader=declared.reader,
        sheet=declared.sheet,
        decimal=declared.decimal,
        text=text_columns(codebook),
        columns=used_columns(codebook),
    )


def raw_file(folder: Path, codebook: Codebook) -> Path:
    """Return the raw file: the declared one, else the only one that is neither codebook nor description."""
    declared = codebook.study.file
    others = sorted(
        path.name
        for path in folder.iterdir()
        if path.is_file() and path.suffix not in (".toml", ".md") and not path.name.startswith(".")
    )
    if declared:
        inside = (folder / declared).resolve().is_relative_to(folder.resolve())
        if not inside or not (folder / declared).is_file():
            problem = f"study.file: there is no file '{declared}' in the folder{suggestion(declared, others)}"
            raise CodebookError(codebook.source, [problem])
        return folder / declared
    if len(others) != 1:
        told = ", ".join(others) or "none"
        raise CodebookError(codebook.source, [f"study.file: say which file holds the answers; here: {told}"])
    return folder / others[0]


def text_columns(codebook: Codebook) -> list[str]:
    """Return the columns of the raw file that stay text: the id, open answers, groups."""
    texts = [
        codebook.column(name)
        for name, item in codebook.item_table.items()
        if item.type in ("text", "multiple")
    ]
    groups = [group.column or name for name, group in codebook.groups.items()]
    numbers = {codebook.column(name) for name, item in codebook.item_table.items() if item.type == "number"}
    return [name for name in (codebook.study.id, *texts, *groups) if name and name not in numbers]


def used_columns(codebook: Codebook) -> list[str]:
    """Return the columns of the raw file that a codebook takes up."""
    study = codebook.study
    named = [codebook.column(name) for name in codebook.item_table]
    named += [group.column or name for name, group in codebook.groups.items()]
    waves = codebook.waves.column if codebook.waves else ""
    times = clock.difference(study.duration) or (study.duration,)
    return [name for name in (*named, study.id, waves, study.weight, *times, *study.attention) if name]


def _prepare(name: str, codebook: Codebook, raw: RawSurvey, exclude: Sequence[str] | None) -> Study:
    """Clean, exclude and score."""
    work, log = cleaning.clean(raw.frame, codebook, lines=raw.lines, missing=raw.missing, reasons=raw.reasons)
    rules = cleaning.chosen(codebook.rules, exclude)
    work, rules = _with_duplicates(work, codebook, rules)
    work = cleaning.with_measures(work, codebook, rules)
    flow = cleaning.waterfall(work, rules, min_cell=codebook.study.min_cell)
    kept = cleaning.exclude(work, rules)
    if kept.empty:
        raise InputError(
            f"study '{name}': no row is left after the exclusion rules; see {', '.join(flow.apa('en'))}"
        )
    scored = scoring.score(kept, codebook).reset_index(drop=True)
    frame = reading.as_frame({column: scored[column] for column in columns(codebook)})
    return Study(name, codebook, frame, log, flow, raw.notes)


DUPLICATE = "double_id"


def _with_duplicates(work: pd.DataFrame, codebook: Codebook, rules: list) -> tuple[pd.DataFrame, list]:
    """Turn the codebook's choice between double ids into the first rule of the waterfall."""
    column, keep = codebook.study.id, codebook.study.duplicates
    if not column or keep == "error":
        return work, rules
    double = work[column].duplicated(keep=keep)
    rule = cleaning.Rule.model_validate(
        {
            "name": DUPLICATE,
            "when": f"{DUPLICATE} == 1",
            "reason": {
                "nl": f"Dubbel antwoord; het {'eerste' if keep == 'first' else 'laatste'} blijft",
                "en": f"Answered twice; the {keep} stays",
            },
        }
    )
    return work.assign(**{DUPLICATE: double.astype("float64")}), [rule, *rules]


def columns(codebook: Codebook) -> list[str]:
    """Return the columns of the clean frame, in the order of the codebook."""
    study = codebook.study
    named = [study.id, codebook.waves.column if codebook.waves else "", *codebook.groups]
    for name in codebook.item_table:
        named += [name, *codebook.options(name)]
    named += [*codebook.scales, study.weight, codebook.duration, *study.attention]
    return list(dict.fromkeys(name for name in named if name))


def _simulated(study: str, exclude: Sequence[str] | None, root: str | Path | None, write: bool) -> Study:
    design, n, seed = simulate.parse(study)
    frame, truth = simulate.survey(design, n=n, seed=seed)
    codebook = simulate.codebook(design)
    raw = RawSurvey(frame, source=study, reader="simulated", lines=np.arange(1, len(frame) + 1))
    made = _prepare(study, codebook, raw, exclude)
    made = Study(study, codebook, made.frame, made.log, made.waterfall, (f"simulated, seed {seed}",), truth)
    try:
        folder = inputs.project_root(root) if write else None
    except InputError:
        return made
    if folder is not None:
        _write(made, folder / PROCESSED / study)
    return made


def _write(study: Study, folder: Path) -> None:
    """Write the three tables; equal data give equal bytes, and a reader never sees half a file."""
    large = len(study.frame) > LARGE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / f"clean.{'parquet' if large else 'csv'}", _bytes(study.frame, large))
        write_atomic(folder / f"log.{'parquet' if large else 'csv'}", _bytes(study.log, large))
        write_atomic(folder / "waterfall.csv", to_csv(study.waterfall.table))
        for name in ("clean", "log"):
            (folder / f"{name}.{'csv' if large else 'parquet'}").unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"cannot write to {folder}: {error.strerror}") from None


def _bytes(table: pd.DataFrame, large: bool) -> bytes:
    return parquet.dumps(table) if large else to_csv(table)


def to_csv(table: pd.DataFrame) -> bytes:
    """Return a frame as UTF-8 csv bytes: whole numbers without decimals, others in full precision, no formulas."""
    plain = {}
    for name in table.columns:
        values = table[name]
        known = values.dropna() if values.dtype.kind == "f" else None
        whole = known is not None and bool(((known % 1 == 0) & (known.abs() < 2**53)).all())
        text = values if pd.api.types.is_numeric_dtype(values) else values.map(harmless, na_action="ignore")
        plain[harmless(str(name))] = values.astype("Int64") if whole else text
    buffer = io.StringIO()
    pd.DataFrame(plain).to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue().encode("utf-8")


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    if path.is_file() and path.read_bytes() == data:
        return
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
