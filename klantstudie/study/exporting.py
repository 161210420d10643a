"""Hands a study on: its codebook as a table, its clean data as an SPSS file with labels."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from klantstudie.errors import InputError, OptionError, option
from klantstudie.result import Result, build
from klantstudie.study import labelled
from klantstudie.study.codebook import Codebook, code_text

if TYPE_CHECKING:
    from klantstudie.study.loading import Study

RESERVED = {
    "all",
    "and",
    "by",
    "eq",
    "ge",
    "gt",
    "le",
    "lt",
    "ne",
    "not",
    "or",
    "to",
    "with",
}  # words of SPSS


def codebook_table(study: Study, *, lang: str = "nl") -> Result:
    """Return the codebook as a table: one row an item, with its scale, wording, possible range and answers.

    `part` names the scales an item belongs to, `minimum` and `maximum` are the possible answers (missing where the
    item has no response scale), `n` the respondents who answered and `n_missing` those who did not. A reversed item
    says so in its note.
    """
    option("lang", lang, ("nl", "en"))
    book, rows = study.codebook, []
    for name, item in book.item_table.items():
        for column in book.options(name) if item.type == "multiple" else [name]:
            response = book.responses.get(item.response)
            scales = [book.label(scale, lang) for scale, found in book.scales.items() if name in found.items]
            text = book.text(column, lang)
            values = study.frame[column]
            rows.append(
                {
                    "term": column,
                    "part": ", ".join(scales),
                    "wording": "" if text == column else text,
                    "note": "reverse scored" if item.reverse else "",
                    "minimum": response.min if response else np.nan,
                    "maximum": response.max if response else np.nan,
                    "n": int(values.notna().sum()),
                    "n_missing": int(values.isna().sum()),
                }
            )
    if not rows:
        raise InputError(f"{book.source} declares no items")
    return build(
        "study.codebook",
        rows,
        n_total=len(study.frame),
        n_used=len(study.frame),
        method="codebook of the study, counts after the exclusion rules",
        reference=book.study.citation or book.source,
        missing="counted per item",
    )


def to_sav(study: Study, path: str | Path, *, lang: str = "nl") -> Path:
    """Write the clean, scored data as an SPSS file (.sav, or compressed .zsav) and return its path.

    Variable labels are the items' wordings and the scales' labels, value labels those of the response scales, groups
    become labelled numbers in their declared order, and every variable has its measure level. Names that SPSS does
    not allow are changed and keep the old name in their label. Missing answers are system-missing.
    """
    option("lang", lang, ("nl", "en"))
    target = Path(path)
    if target.suffix not in (".sav", ".zsav"):
        raise OptionError(f"path must end in .sav or .zsav; given: '{target.name}'")
    book, taken = study.codebook, {}
    labels: dict[str, str] = {}
    value_labels: dict[str, dict[float, str]] = {}
    measures: dict[str, str] = {}
    for column in study.frame.columns:
        name = spss_name(str(column), taken)
        values, coded = _values(study.frame[column], str(column), book, lang)
        taken[name] = values
        text = _label(str(column), book, lang)
        labels[name] = text if name == column else f"{column}: {text}"
        if coded:
            value_labels[name] = coded
        measures[name] = _measure(str(column), book, values)
    target.parent.mkdir(parents=True, exist_ok=True)
    title = book.study.title.get(lang)
    labelled.write(
        pd.DataFrame(taken), target, labels=labels, value_labels=value_labels, measures=measures, title=title
    )
    return target


def spss_name(name: str, taken: object = ()) -> str:
    """Return a name that SPSS accepts: letters, digits and underscores, at most 64, not used before."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_") or "v"
    plain = plain if plain[0].isalpha() else f"v{plain}"
    plain = f"{plain}_" if plain.lower() in RESERVED else plain
    plain, count = plain[:60], 2
    used = {str(known).lower() for known in taken}  # type: ignore[attr-defined]
    found = plain
    while found.lower() in used:
        found, count = f"{plain}_{count}", count + 1
    return found


def _values(values: pd.Series, column: str, book: Codebook, lang: str) -> tuple[pd.Series, dict[float, str]]:
    if column in book.groups:
        declared = book.order(column)
        order = declared + sorted(set(values.dropna()) - set(declared))
        codes = {label: float(i) for i, label in enumerate(order, start=1)}
        shown = {
            book.group_label(column, code): book.group_label(column, code, lang)
            for code in book.group(column).labels
        }
        made = values.map(codes, na_action="ignore").astype("float64")
        return made, {code: shown.get(label, label) for label, code in codes.items()}
    if book.plain(column) in book.item_table:
        response = book.response(column)
        if response and response.labels:
            turned = book.plain(column) != column
            return values, {
                (response.min + response.max - float(code) if turned else float(code)): words.get(lang)
                for code, words in response.labels.items()
            }
    return values, {}


def _label(column: str, book: Codebook, lang: str) -> str:
    try:
        return book.label(column, lang)
    except InputError:
        return code_text(column)


def _measure(column: str, book: Codebook, values: pd.Series) -> str:
    if column in book.groups:
        return "ordinal" if book.group(column).order else "nominal"
    if values.dtype.kind != "f":
        return "nominal"
    response = book.response(column) if book.plain(column) in book.item_table else None
    rating = response is not None and response.whole and response.max - response.min <= 10
    return "ordinal" if rating else "scale"
