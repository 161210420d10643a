"""The one door to SPSS and Stata files (pyreadstat): values, labels, measure levels and user-missing kept apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from klantstudie.errors import InputError


@dataclass
class Labelled:
    """What a labelled file holds beside its values."""

    frame: pd.DataFrame
    labels: dict[str, str] = field(default_factory=dict)
    value_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    measures: dict[str, str] = field(default_factory=dict)
    missing: dict[str, list[tuple[Any, Any]]] = field(default_factory=dict)  # ranges, both ends included
    reasons: dict[str, pd.Series] = field(
        default_factory=dict
    )  # per column, why a cell is missing (Stata's .a to .z)
    notes: list[str] = field(default_factory=list)


def _library() -> Any:
    try:
        import pyreadstat
    except ImportError:
        raise InputError(
            "SPSS and Stata files need pyreadstat: pip install 'klantstudie[bestanden]'"
        ) from None
    return pyreadstat


def read(path: Path, kind: str) -> Labelled:
    """Return an SPSS (.sav, .zsav) or Stata (.dta) file; user-missing values stay in the frame and are listed."""
    pyreadstat = _library()
    reader = pyreadstat.read_dta if kind == "dta" else pyreadstat.read_sav
    try:
        frame, meta = reader(str(path), user_missing=True)
    except Exception as error:  # a damaged file can fail in several ways inside the library
        raise InputError(
            f"{path.name}: is not a readable {'Stata' if kind == 'dta' else 'SPSS'} file "
            f"({type(error).__name__}: {error})"
        ) from None
    names = [str(name) for name in frame.columns]
    frame.columns = names
    missing = {
        name: [(part["lo"], part["hi"]) for part in ranges] for name, ranges in meta.missing_ranges.items()
    }
    notes, reasons = [], {}
    for name, letters in meta.missing_user_values.items():
        held = frame[name].isin(letters)
        if held.any() and len(letters):
            reasons[name] = frame[name].where(held).astype("string")
            frame[name] = pd.to_numeric(frame[name].mask(held), errors="coerce")
            notes.append(
                f"column '{name}': Stata missing codes {', '.join(map(str, letters))} kept as reasons"
            )
    notes += _several_answers(getattr(meta, "mr_sets", None) or {})
    return Labelled(
        frame=pd.DataFrame({name: _column(frame[name]) for name in names}),
        reasons=reasons,
        labels={name: text for name, text in meta.column_names_to_labels.items() if text},
        value_labels={
            name: {_code(code): str(text) for code, text in labels.items()}
            for name, labels in meta.variable_value_labels.items()
        },
        measures={
            name: level for name, level in meta.variable_measure.items() if level and level != "unknown"
        },
        missing=missing,
        notes=notes,
    )


def _several_answers(sets: dict[str, dict[str, Any]]) -> list[str]:
    """Return a remark on every multiple-response set: SPSS treats its columns as one question, a codebook says how."""
    notes = []
    for name, found in sets.items():
        columns = [str(column) for column in found.get("variable_list") or ()]
        label = f" ({found['label']})" if found.get("label") else ""
        if found.get("is_dichotomy"):
            how = (
                f"an answer counts when it is {found.get('counted_value')}; "
                f'declare each as type = "ticked" with block = "{name.lstrip("$")}"'
            )
        else:
            how = "each column holds one of the answers given; declare them as items or groups of their own"
        notes.append(f"multiple-response set {name}{label}: columns {', '.join(columns)}; {how}")
    return notes


def _column(values: pd.Series) -> pd.Series:
    """Return a column as float64 or text; dates become text such as 2024-05-01 10:03:00."""
    if pd.api.types.is_numeric_dtype(values):
        return values.astype("float64")
    if values.isna().all():
        return pd.Series(float("nan"), index=values.index, dtype="float64", name=values.name)
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.strftime("%Y-%m-%d %H:%M:%S").astype("string")
    text = [pd.NA if pd.isna(cell) or cell == "" else str(cell) for cell in values]
    numbers = (
        pd.to_numeric(values, errors="coerce") if not any(isinstance(cell, str) for cell in values) else None
    )
    if numbers is not None and numbers.notna().equals(values.notna()):
        return numbers.astype("float64")
    return pd.Series(text, index=values.index, dtype="string", name=values.name)


def _code(code: object) -> str:
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def write(
    frame: pd.DataFrame,
    path: Path,
    *,
    labels: dict[str, str],
    value_labels: dict[str, dict[float, str]],
    measures: dict[str, str],
    title: str = "",
) -> None:
    """Write a frame as .sav (or .zsav) with variable labels, value labels and measure levels."""
    pyreadstat = _library()
    plain = frame.copy()
    for name in plain.columns:
        if plain[name].dtype.kind != "f":
            plain[name] = plain[name].astype(object).where(plain[name].notna(), "")
    pyreadstat.write_sav(
        plain,
        str(path),
        file_label=title[:64],
        column_labels={name: text[:256] for name, text in labels.items()},
        variable_value_labels=value_labels,
        variable_measure=measures,
        row_compress=path.suffix == ".sav",
        compress=path.suffix == ".zsav",
    )
