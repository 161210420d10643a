"""What a paper prints instead of data: means, standard deviations, correlations and n; analyses accept it like a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from klantstudie.errors import InputError, suggestion
from klantstudie.frames import complete, names
from klantstudie.inputs import raw_file

SYMMETRY = 1e-8  # how far a printed matrix may differ from its own transpose


@dataclass(frozen=True)
class Moments:
    """Means, standard deviations and correlations of named columns, with the number of cases.

    `columns` names p variables; `mean` and `sd` are length p (NaN where the source prints none); `corr` is p by p
    with ones on the diagonal and NaN where the source prints no correlation; `n` is the number of complete cases. `citation` says where the numbers were printed.
    Without standard deviations a covariance matrix is refused, since its standard errors would be wrong.
    """

    columns: tuple[str, ...]
    mean: np.ndarray
    sd: np.ndarray
    corr: np.ndarray
    n: int
    citation: str = ""

    def __post_init__(self) -> None:
        columns = tuple(str(name) for name in names(list(self.columns)))
        size = len(columns)
        mean = _vector(self.mean, size, "mean")
        sd = _vector(self.sd, size, "sd")
        corr = _correlations(self.corr, columns)
        if (sd[~np.isnan(sd)] < 0).any():
            raise InputError("sd: a standard deviation cannot be negative")
        if not (isinstance(self.n, (int, np.integer)) or float(self.n).is_integer()) or self.n < 2:
            raise InputError(f"n must be a whole number of at least 2; given: {self.n!r}")
        for name, value in {
            "columns": columns,
            "mean": mean,
            "sd": sd,
            "corr": corr,
            "n": int(self.n),
        }.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, columns: Sequence[str]) -> Moments:
        """Take the moments of the rows that are complete on the columns (sd with n - 1)."""
        kept, _ = complete(frame, columns, at_least=2)
        values = kept.to_numpy(copy=True)
        return cls.from_cov(
            tuple(kept.columns), np.atleast_2d(np.cov(values, rowvar=False)), len(kept), values.mean(0)
        )

    @classmethod
    def from_cov(
        cls, columns: Sequence[str], cov: Any, n: int, mean: Any = None, *, citation: str = ""
    ) -> Moments:
        """Take the moments from a covariance matrix (divisor n - 1)."""
        cov = np.atleast_2d(np.asarray(cov, dtype=float))
        if cov.ndim != 2 or cov.shape[0] != cov.shape[1]:
            raise InputError(f"cov must be a square matrix; given shape: {cov.shape}")
        sd = np.sqrt(np.diag(cov))
        with np.errstate(invalid="ignore", divide="ignore"):
            corr = cov / np.outer(sd, sd)
        constant = [str(name) for name, spread in zip(columns, sd, strict=False) if spread == 0]
        if constant:
            raise InputError(f"no variance, so no correlation: {', '.join(constant)}")
        np.fill_diagonal(corr, 1.0)
        return cls(tuple(columns), np.full(len(sd), np.nan) if mean is None else mean, sd, corr, n, citation)

    @classmethod
    def read(cls, path: str | Path) -> Moments:
        """Read a published table: a CSV with the columns variable, n, mean, sd and one column per correlation.

        The correlations may be a lower triangle or a full matrix, their columns named as the variables. Lines that
        start with # are the citation. `path` may be relative to data/raw. Path and hash of the file are recorded for the run.
        """
        path = raw_file(path)
        text = path.read_text(encoding="utf-8-sig").splitlines()
        citation = " ".join(line.lstrip("# ").strip() for line in text if line.startswith("#"))
        table = pd.read_csv(path, comment="#", skipinitialspace=True, encoding="utf-8-sig")
        for needed in ("variable", "n"):
            if needed not in table.columns:
                hint = suggestion(needed, table.columns)
                raise InputError(
                    f"{path.name}: column '{needed}' is missing{hint}; it has {', '.join(table.columns)}"
                )
        columns = [str(name) for name in table["variable"]]
        absent = [name for name in columns if name not in table.columns]
        if absent:
            raise InputError(f"{path.name}: no correlation column for {', '.join(absent)}")
        if table["n"].nunique() != 1:
            raise InputError(
                f"{path.name}: one n for the whole table is needed; it has {sorted(set(table['n']))}"
            )
        corr = table[columns].to_numpy(dtype=float, copy=True)
        lower = np.tril_indices(len(columns), -1)
        upper = (lower[1], lower[0])
        empty = np.isnan(corr[upper])
        corr[upper] = np.where(empty, corr[lower], corr[upper])
        np.fill_diagonal(corr, 1.0)
        blank = np.full(len(columns), np.nan)
        mean = table["mean"].to_numpy(dtype=float) if "mean" in table else blank
        sd = table["sd"].to_numpy(dtype=float) if "sd" in table else blank
        return cls(tuple(columns), mean, sd, corr, int(table["n"].iloc[0]), citation)

    @property
    def cov(self) -> np.ndarray:
        """The covariance matrix (divisor n - 1); an error where the source prints no standard deviations."""
        unknown = [name for name, spread in zip(self.columns, self.sd, strict=True) if np.isnan(spread)]
        if unknown:
            raise InputError(
                f"no standard deviation for {', '.join(unknown)}: a correlation matrix may not be treated as a "
                "covariance matrix, its standard errors would be wrong"
            )
        self._printed(range(len(self.columns)), "cov")
        return self.corr * np.outer(self.sd, self.sd)

    def _printed(self, places: Sequence[int], role: str) -> None:
        for row, column in np.argwhere(np.isnan(self.corr)):
            if row in places and column in places:
                first, second = self.columns[row], self.columns[column]
                raise InputError(
                    f"{role}: the correlation of '{first}' and '{second}' is missing from the source"
                )

    def select(
        self, columns: str | Sequence[str], role: str = "columns", *, partial: bool = False
    ) -> Moments:
        """Return the moments of some of the columns, in the order asked for.

        A correlation that the source does not print is an error, unless `partial` says that not all are needed.
        """
        listed = names(columns, role)
        missing = [name for name in listed if name not in self.columns]
        if missing:
            told = "; ".join(f"'{name}'{suggestion(name, self.columns)}" for name in missing)
            raise InputError(
                f"{role}: the moments have no column {told}; they have {', '.join(self.columns)}"
            )
        places = [self.columns.index(name) for name in listed]
        picked = np.ix_(places, places)
        if not partial:
            self._printed(places, role)
        return Moments(
            tuple(listed), self.mean[places], self.sd[places], self.corr[picked], self.n, self.citation
        )


def as_moments(
    data: pd.DataFrame | Moments, columns: str | Sequence[str], role: str = "columns"
) -> tuple[Moments, int]:
    """Return the moments of the columns, and how many cases there were before missing answers were left out."""
    if isinstance(data, Moments):
        chosen = data.select(columns, role)
        return chosen, chosen.n
    kept, n_total = complete(data, columns, role, at_least=2)
    return Moments.from_frame(kept, list(kept.columns)), n_total


def _vector(values: Any, size: int, name: str) -> np.ndarray:
    vector = np.full(size, np.nan) if values is None else np.array(values, dtype=float)
    if vector.shape != (size,):
        raise InputError(f"{name} must have one number per column ({size}); given shape: {vector.shape}")
    vector.setflags(write=False)
    return vector


def _correlations(values: Any, columns: tuple[str, ...]) -> np.ndarray:
    corr = np.array(values, dtype=float)
    size = len(columns)
    if corr.shape != (size, size):
        raise InputError(
            f"corr must be {size} by {size}, one row and column per name; given shape: {corr.shape}"
        )
    if (np.isnan(corr) != np.isnan(corr.T)).any():
        row, column = np.argwhere(np.isnan(corr) & ~np.isnan(corr.T))[0]
        raise InputError(
            f"corr: '{columns[row]}' with '{columns[column]}' is missing one way and not the other"
        )
    apart = np.nan_to_num(np.abs(corr - corr.T))
    if apart.max() > SYMMETRY:
        row, column = np.unravel_index(apart.argmax(), corr.shape)
        raise InputError(
            f"corr is not symmetric: '{columns[row]}' with '{columns[column]}' is {corr[row, column]:g}, "
            f"the other way round {corr[column, row]:g}"
        )
    if not np.allclose(np.diag(corr), 1, atol=SYMMETRY, rtol=0):
        raise InputError("corr must have ones on its diagonal; use Moments.from_cov for a covariance matrix")
    size_of = np.nan_to_num(np.abs(corr))
    if size_of.max() > 1 + SYMMETRY:
        row, column = np.unravel_index(size_of.argmax(), corr.shape)
        raise InputError(
            f"corr: '{columns[row]}' with '{columns[column]}' is {corr[row, column]:g}, outside -1 to 1"
        )
    corr.setflags(write=False)
    return corr
