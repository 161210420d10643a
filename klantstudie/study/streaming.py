"""Cleans and scores a csv that is larger than memory, piece by piece, into parquet; stands on pandas and pyarrow."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from klantstudie import inputs
from klantstudie.errors import CodebookError, InputError
from klantstudie.result import Result, build
from klantstudie.study import (
    bulk,
    cells,
    cleaning,
    conditions,
    loading,
    numbers,
    parquet,
    platforms,
    reading,
    scoring,
)
from klantstudie.study.codebook import Codebook, read_codebook

ROWS = 250_000
SAMPLE_WIDE = ("person_total", "mahalanobis", "mahalanobis_p", "synonyms", "antonyms")


def stream(
    study: str, *, exclude: Sequence[str] | None = None, root: str | Path | None = None, rows: int = ROWS
) -> Result:
    """Clean, exclude and score a study in pieces of `rows` rows, and return its waterfall.

    Writes clean.parquet, log.parquet and waterfall.csv to data/processed as `load` does, in memory that does not
    grow with the file. What needs the whole sample at once is refused: rules on person_total, mahalanobis, synonyms
    or antonyms, and a decimal mark that is not stated in the codebook. Ids are compared over all pieces.

    References: Schulz, Altman and Moher (2010).
    """
    project = inputs.project_root(root)
    folder = project / inputs.RAW / study
    codebook = read_codebook(folder / "codebook.toml")
    file = loading.raw_file(folder, codebook)
    rules = cleaning.chosen(codebook.rules, exclude)
    named = {column for rule in rules for column in conditions.parse(rule.when).columns}
    wide = sorted(named & set(SAMPLE_WIDE))
    if wide:
        raise InputError(
            f"rules on {', '.join(wide)} need the whole sample at once; load the study, or leave them out"
        )
    out = project / loading.PROCESSED / study
    out.mkdir(parents=True, exist_ok=True)
    counts, total = np.zeros(len(rules), dtype=int), 0
    seen = _Seen(codebook)
    with parquet.Writer(out / "clean.parquet") as clean, parquet.Writer(out / "log.parquet") as log:
        for raw, lines in pieces(file, codebook, rows):
            work, changed = cleaning.clean(raw, codebook, lines=lines)
            seen.add(work, lines)
            work = cleaning.with_measures(work, codebook, rules)
            taken = cleaning.taken(work, rules)
            counts += np.bincount(taken[taken >= 0], minlength=len(rules))
            total += len(work)
            kept = scoring.score(work[taken < 0], codebook).reset_index(drop=True)
            clean.write(reading.as_frame({name: kept[name] for name in loading.columns(codebook)}))
            log.write(changed)
    if counts.sum() == total:
        raise InputError(f"study '{study}': no row is left after the exclusion rules")
    flow = _waterfall(rules, counts, total, codebook)
    loading.write_atomic(out / "waterfall.csv", loading.to_csv(flow.table))
    for name in ("clean.csv", "log.csv"):
        (out / name).unlink(missing_ok=True)
    return flow


class _Seen:
    """Remembers the ids of earlier pieces as 64-bit hashes."""

    def __init__(self, codebook: Codebook):
        self.codebook, self.column = codebook, codebook.study.id
        self.hashes = np.array([], dtype=np.uint64)
        if self.column and codebook.study.duplicates != "error":
            raise InputError(
                f'{codebook.source}: duplicates = "{codebook.study.duplicates}" needs the whole file; load it'
            )

    def add(self, work: pd.DataFrame, lines: np.ndarray) -> None:
        """Refuse an id that an earlier piece had."""
        if not self.column:
            return
        new = pd.util.hash_array(work[self.column].to_numpy(dtype=object))
        again = np.isin(new, self.hashes)
        if again.any():
            told = ", ".join(
                f"'{work[self.column].iloc[i]}' (row {lines[i]})" for i in np.flatnonzero(again)[:8]
            )
            problem = f"study.id: column '{self.column}' has ids that stood in the file before: {told}"
            raise CodebookError(self.codebook.source, [problem])
        self.hashes = np.concatenate([self.hashes, new])


def pieces(file: Path, codebook: Codebook, rows: int) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
    """Yield a csv in pieces, each with the line of every row; numbers as float64, all else as text."""
    if "".join(file.suffixes[-1:]).lower() not in (".csv", ".tsv", ".tab", ".txt"):
        raise InputError(f"{file.name}: only plain csv files can be streamed")
    layout, mark = _layout(file, codebook)
    text = [i for i, name in enumerate(layout.names) if name in loading.text_columns(codebook)]
    used = {*loading.used_columns(codebook)}
    at = layout.first + 1
    with file.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # a longer row would lose its last cells
        try:
            parts = pd.read_csv(
                stream,
                sep=mark,
                header=None,
                names=range(len(layout.names)),
                index_col=False,
                skiprows=layout.first,
                dtype=dict.fromkeys(text, str),
                keep_default_na=False,
                na_values=[""],
                low_memory=False,
                encoding="utf-8",
                chunksize=rows,
            )
            for part in parts:
                lines = np.arange(at, at + len(part))
                at += len(part)
                columns = {
                    name: _column(part[i].reset_index(drop=True), name, file, codebook, name in used)
                    for i, name in enumerate(layout.names)
                }
                yield reading.as_frame(columns), lines
        except (pd.errors.ParserError, pd.errors.ParserWarning, UnicodeDecodeError, OverflowError) as error:
            raise InputError(f"{file.name}: after row {at - 1}: {error}") from None


def _layout(file: Path, codebook: Codebook) -> tuple[platforms.Layout, str]:
    with file.open("rb") as stream:
        head = stream.read(bulk.HEAD)
    head = head[: head.rfind(b"\n") + 1] or head
    text, _ = cells.decode(head, file.name)
    mark = cells.delimiter(text)
    grid = cells.grid_of_text(text, file.name, mark=mark)
    return platforms.layout(grid, codebook.study.reader), mark


def _column(values: pd.Series, name: str, file: Path, codebook: Codebook, used: bool) -> pd.Series:
    values = values.rename(name)
    if values.dtype.kind in "iu":
        return values.astype("float64")
    decimal = codebook.study.decimal
    if values.dtype.kind == "f":
        known = values.dropna()
        if used and decimal == "comma" and (known % 1 != 0).any():
            raise InputError(
                f"{file.name}: column '{name}' holds decimal points, and the codebook says \"comma\""
            )
        if used and decimal == "auto" and (known % 1 != 0).any():
            raise InputError(
                f'{file.name}: column \'{name}\' holds fractions; say decimal = "point" or "comma" to stream'
            )
        return values
    if values.dtype.kind == "b":
        return values.astype("float64")
    tidied = numbers.tidied(values.astype("string"))
    if not used or decimal == "auto" or name in loading.text_columns(codebook):
        return tidied
    return numbers.understand(tidied, decimal=decimal).values


def _waterfall(rules: Sequence, counts: np.ndarray, total: int, codebook: Codebook) -> Result:
    left = total - np.cumsum(counts)
    rows = [{"term": "raw", "n": total, "n_excluded": 0}]
    rows += [
        {"term": rule.name, "n": int(n), "n_excluded": int(count)}
        for rule, n, count in zip(rules, left, counts, strict=True)
    ]
    final = int(total - counts.sum())
    rows.append({"term": "analysed", "n": final, "n_excluded": 0})
    return build(
        "study.waterfall",
        rows,
        n_total=total,
        n_used=final,
        method="exclusion rules of the codebook, in order; a row counts at the first rule that holds; streamed",
        reference="Schulz, Altman and Moher (2010)",
        missing="a rule does not hold for a missing answer unless it asks missing(column)",
        min_cell=codebook.study.min_cell,
    )
