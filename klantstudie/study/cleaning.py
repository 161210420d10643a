"""Makes raw answers clean by the codebook alone, with a log of every changed value and a waterfall of every row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from klantstudie.errors import CodebookError, InputError, OptionError, suggestion
from klantstudie.result import Result, build
from klantstudie.study import careless, clock, conditions, wordings
from klantstudie.study.changes import Log
from klantstudie.study.codebook import Codebook, code_text
from klantstudie.study.declared import Item, Response, Rule
from klantstudie.study.numbers import hint

SHOWN = 8  # offending values that an error lists per column; the rest is counted
NONE = "none"  # exclude=["none"]: apply no exclusion rule


def clean(
    frame: pd.DataFrame,
    codebook: Codebook,
    *,
    lines: Sequence[int] | None = None,
    missing: Mapping[str, Sequence[tuple[object, object]]] | None = None,
    reasons: Mapping[str, pd.Series] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frame with the codebook's columns as it declares them, and the log of every changed value.

    Number items become float64: label texts become their codes, missing codes and user-missing ranges (`missing`)
    become NaN. Group columns become text labels under the group's name; the id stays text. Columns that the codebook
    does not declare stay as they are, for the exclusion rules. A column that is not there, an answer that is no
    code, a value outside its range and a double id are one CodebookError that lists them all. `lines` says where
    each row stands in the file, `reasons` why a cell is missing; both go into the log.
    """
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"a pandas DataFrame is needed; given: {type(frame).__name__}")
    problems = absent_columns(frame, codebook)
    if problems:
        raise CodebookError(codebook.source, problems)
    places = np.arange(1, len(frame) + 1) if lines is None else np.asarray(lines)
    work = frame.reset_index(drop=True)  # shares the columns; each is replaced as a whole, never written into
    log = Log(places, _ids(work, codebook, places))
    problems += _double_ids(work, codebook, log)
    extra, why = dict(missing or {}), dict(reasons or {})
    for name, item in codebook.item_table.items():
        column = codebook.column(name)
        if column in why:
            known = why[column].reset_index(drop=True)
            for reason in sorted(known.dropna().unique()):
                log.add(name, np.flatnonzero(_where(known, reason)), known, None, f"user-missing {reason}")
        given = work[column]
        made = _item(given, name, item, codebook, log, extra.get(column, ()), problems)
        if made is not given or column != name:
            work[name] = made
    work = _indicators(work, codebook, log, problems)
    for role in ("weight", "duration"):
        column = getattr(codebook.study, role)
        between = clock.difference(column) if role == "duration" else None
        if between:
            try:
                work[codebook.duration] = clock.seconds_between(
                    *(work[name] for name in between), codebook.study.time_zone
                )
            except InputError as error:
                problems.append(f"study.duration: {error}")
        elif column:
            work[column] = _plain_number(work[column], column, codebook, log, problems)
    _groups(work, frame, codebook, log)
    _set_missing(work, codebook, log)
    for name, item in codebook.item_table.items():
        if item.response:
            given = work[name]
            made = _in_range(given, name, codebook.responses[item.response], log, problems)
            if made is not given:
                work[name] = made
    if codebook.study.id:
        work[codebook.study.id] = log.ids.to_numpy()
        work[codebook.study.id] = work[codebook.study.id].astype("string")
    if problems:
        raise CodebookError(codebook.source, problems)
    return work, log.frame()


def absent_columns(frame: pd.DataFrame, codebook: Codebook) -> list[str]:
    """Return one problem for every column that the codebook names and the file does not have."""
    known = [str(name) for name in frame.columns]
    wanted = [(f"items.{name}", codebook.column(name)) for name in codebook.item_table]
    wanted += [(f"groups.{name}.column", group.column or name) for name, group in codebook.groups.items()]
    if codebook.waves:
        wanted.append(("waves.column", codebook.waves.column))
    study = codebook.study
    wanted += [(f"study.{role}", getattr(study, role)) for role in ("id", "weight")]
    between = clock.difference(study.duration)
    wanted += [("study.duration", name) for name in between or (study.duration,)]
    wanted += [("study.attention", name) for name in study.attention]
    wanted += [
        ("study.quasi_identifiers", name) for name in study.quasi_identifiers if name not in codebook.groups
    ]
    found = [
        f"{place}: the file has no column '{column}'{suggestion(column, known)}"
        for place, column in wanted
        if column and column not in known
    ]
    declared = {*known, *codebook.item_table, *codebook.groups, *careless.MEASURES}
    if between:
        declared.add(codebook.duration)
    for rule in codebook.rules:
        for column in (*conditions.parse(rule.when).columns, *rule.columns):
            if column not in declared:
                found.append(
                    f"rule '{rule.name}': there is no column '{column}'{suggestion(column, declared)}"
                )
    return found


def _ids(frame: pd.DataFrame, codebook: Codebook, places: np.ndarray) -> pd.Series:
    column = codebook.study.id
    if not column:
        return pd.Series(places).astype("string")
    return _texts(frame[column]).reset_index(drop=True)


def _double_ids(frame: pd.DataFrame, codebook: Codebook, log: Log) -> list[str]:
    """Return a problem when ids repeat or are absent and the codebook does not say which row to keep."""
    column = codebook.study.id
    if not column:
        return []
    problems = []
    empty = np.flatnonzero(log.ids.isna())
    if len(empty):
        problems.append(f"study.id: column '{column}' is empty in {_rows(log.lines[empty])}")
    double = log.ids[log.ids.duplicated(keep=False) & log.ids.notna()]
    if len(double) and codebook.study.duplicates == "error":
        told = [
            f"'{value}' ({_rows(log.lines[double.index[double == value]])})"
            for value in list(dict.fromkeys(double))[:SHOWN]
        ]
        more = double.nunique() - len(told)
        tail = f" and {more} more" if more > 0 else ""
        problems.append(
            f"study.id: column '{column}' has double ids: {', '.join(told)}{tail}; mend the file, or say "
            'duplicates = "first" or "last" in [study]'
        )
    return problems


def _rows(lines: Iterable[int]) -> str:
    listed = list(lines)
    told = ", ".join(str(line) for line in listed[:SHOWN])
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return f"{'row' if len(listed) == 1 else 'rows'} {told}{more}"


def _item(
    raw: pd.Series,
    name: str,
    item: Item,
    codebook: Codebook,
    log: Log,
    ranges: Sequence[tuple[object, object]],
    problems: list[str],
) -> pd.Series:
    """Return one item as the codebook declares it: numbers, or text for an open question or several answers."""
    if item.type == "ticked":
        return _ticked(raw)
    response = codebook.responses.get(item.response)
    codes = [*codebook.study.missing, *(response.missing if response else ())]
    values, gone = _without_missing(raw, codes, ranges)
    for rule, rows in gone.items():
        log.add(name, rows, raw, None, rule)
    if item.type in ("text", "multiple"):
        return values.astype("string") if values.dtype.kind != "f" else _texts(values)
    if values.dtype.kind == "f":
        return values
    numbers, mapped, unknown = wordings.codes(values, response)
    log.add(name, np.flatnonzero(mapped), raw, numbers[mapped], "label to code")
    if unknown:
        told = "; ".join(
            f"'{text}' ({_rows(log.lines[_where(values, text)])}){hint(text)}" for text in unknown[:SHOWN]
        )
        more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        how = (
            f"add them to [responses.{item.response}] labels or missing"
            if item.response
            else 'or say type = "text"'
        )
        problems.append(f"items.{name}: answers that are no number: {told}{more}; {how}")
    return pd.Series(numbers, index=values.index, name=name, dtype="float64")


def _ticked(raw: pd.Series) -> pd.Series:
    """Return 1 where the option is ticked, 0 where the cell is empty, 0 or says no."""
    if raw.dtype.kind == "f":
        return (raw.fillna(0) != 0).astype("float64")
    off = {"", "0", "no", "nee", "false", "not selected", "unchecked", "n", "niet geselecteerd"}
    filled = raw.astype("string").fillna("").str.strip().str.casefold()
    return (~filled.isin(off)).astype("float64")


def _indicators(work: pd.DataFrame, codebook: Codebook, log: Log, problems: list[str]) -> pd.DataFrame:
    """Add the 0/1 columns of cells with several answers; set ticked blocks without any tick to missing."""
    new: dict[str, pd.Series] = {}
    blocks: dict[str, list[str]] = {}
    for name, item in codebook.item_table.items():
        if item.type == "ticked":
            blocks.setdefault(item.block or name.rpartition("_")[0] or name, []).append(name)
        if item.type == "multiple":
            columns, unknown = wordings.split(work[name], item)
            new |= dict(zip(codebook.options(name), columns, strict=True))
            if unknown:
                told = "; ".join(f"'{text}'" for text in unknown[:SHOWN])
                more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
                problems.append(
                    f"items.{name}: answers that are no option: {told}{more}; add them to its options"
                )
    for names in blocks.values():
        if len(names) > 1:
            answered = work[names].sum(axis=1) > 0
            work[names] = work[names].where(answered, np.nan)
    return pd.concat([work, pd.DataFrame(new, index=work.index)], axis=1) if new else work


def _where(values: pd.Series, text: str) -> np.ndarray:
    return (values == text).fillna(False).to_numpy(dtype=bool)


def _texts(values: pd.Series) -> pd.Series:
    """Return values as text, 1.0 as "1"."""
    return _relabelled(values, {})


def _relabelled(values: pd.Series, labels: Mapping[str, str]) -> pd.Series:
    """Return codes as their labels, or as text where they have none; every distinct code is looked up once."""
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    codes_as_text = [re.sub(r"^(-?\d+)\.0+$", r"\1", code_text(cell)) for cell in distinct.tolist()]
    texts = [labels.get(code, code) for code in codes_as_text]
    lookup = pd.array([*texts, pd.NA], dtype="string")
    return pd.Series(lookup.take(codes), index=values.index, dtype="string")


def _without_missing(
    raw: pd.Series, codes: Sequence[object], ranges: Sequence[tuple[object, object]]
) -> tuple[pd.Series, dict[str, np.ndarray]]:
    """Return the values with missing codes as missing, and per code the rows it stood in."""
    gone: dict[str, np.ndarray] = {}
    if raw.dtype.kind == "f":
        cells = raw.to_numpy()
        taken = np.zeros(len(cells), dtype=bool)
        wanted = [
            (f"missing code {code_text(code)}", float(code), float(code))
            for code in codes
            if _is_number(code)
        ]
        wanted += [
            (f"user-missing {code_text(low)}" + ("" if low == high else f" to {code_text(high)}"), low, high)
            for low, high in ranges
            if _is_number(low) and _is_number(high)
        ]
        for rule, low, high in wanted:
            held = (cells >= low) & (cells <= high) & ~taken
            if held.any():
                gone[rule], taken = np.flatnonzero(held), taken | held
        return (raw.mask(taken) if taken.any() else raw), gone
    wanted_text = {str(code_text(code)).casefold(): f"missing code {code_text(code)}" for code in codes}
    wanted_text |= {str(low).casefold(): f"user-missing {low}" for low, _ in ranges if isinstance(low, str)}
    folded = raw.astype("string").str.casefold()
    for text, rule in wanted_text.items():
        rows = np.flatnonzero((folded == text).fillna(False).to_numpy(dtype=bool))
        if len(rows):
            gone[rule] = rows
    taken = np.concatenate(list(gone.values())) if gone else np.array([], dtype=int)
    values = raw.astype("string").copy()
    values.iloc[taken] = pd.NA
    return values, gone


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _plain_number(raw: pd.Series, name: str, codebook: Codebook, log: Log, problems: list[str]) -> pd.Series:
    """Return a weight or duration as numbers; durations may be written as 0:12:30."""
    values, gone = _without_missing(raw, codebook.study.missing, ())
    for rule, rows in gone.items():
        log.add(name, rows, raw, None, rule)
    if values.dtype.kind == "f":
        return values
    numbers, mapped, unknown = wordings.seconds(values)
    log.add(name, np.flatnonzero(mapped), raw, numbers[mapped], "time to seconds")
    if unknown:
        told = ", ".join(f"'{text}'" for text in unknown[:SHOWN])
        problems.append(f"column '{name}' holds answers that are no number: {told}")
    return pd.Series(numbers, index=values.index, name=name, dtype="float64")


def _groups(work: pd.DataFrame, raw: pd.DataFrame, codebook: Codebook, log: Log) -> None:
    """Give every group its labels, under its own name; waves stay numbers where they are numbers."""
    for name, group in codebook.groups.items():
        source = raw[group.column or name].reset_index(drop=True)
        values, gone = _without_missing(source, codebook.study.missing, ())
        for rule, rows in gone.items():
            log.add(name, rows, source, None, rule)
        labels = {code: words.get("nl") for code, words in group.labels.items()}
        work[name] = _relabelled(values, labels)
    if codebook.waves:
        waves = codebook.waves
        labels = {code: words.get("nl") for code, words in waves.labels.items()}
        source = raw[waves.column].reset_index(drop=True)
        if labels or source.dtype.kind != "f":
            work[waves.column] = _relabelled(source, labels)


def _set_missing(work: pd.DataFrame, codebook: Codebook, log: Log) -> None:
    for rule in codebook.rules:
        if rule.action == "missing":
            held = conditions.parse(rule.when).rows(work)
            for column in rule.columns:
                rows = np.flatnonzero(held & work[column].notna().to_numpy())
                log.add(column, rows, work[column], None, f"rule: {rule.name}")
                work[column] = work[column].mask(held)


def _in_range(values: pd.Series, name: str, response: Response, log: Log, problems: list[str]) -> pd.Series:
    """Return the item; an impossible value is a problem, or missing where the codebook says so."""
    cells = values.to_numpy(dtype=float)
    inside = len(cells) > 0 and cells.min() >= response.min and cells.max() <= response.max
    if inside and (not response.whole or (cells == np.rint(cells)).all()):
        return values
    with np.errstate(invalid="ignore"):
        wrong = (cells < response.min) | (cells > response.max)
        if response.whole:
            wrong |= ~np.isnan(cells) & (cells != np.round(cells))
    rows = np.flatnonzero(wrong)
    if not len(rows):
        return values
    if response.out_of_range == "missing":
        log.add(name, rows, values, None, f"outside {response.min:g} to {response.max:g}")
        return values.mask(wrong)
    found = pd.Series(cells[rows]).value_counts(sort=False).sort_index()
    told = ", ".join(
        f"{value:g} in {_rows(log.lines[rows[cells[rows] == value]])}" for value in list(found.index)[:SHOWN]
    )
    more = f" and {len(found) - SHOWN} other values" if len(found) > SHOWN else ""
    kind = "whole numbers " if response.whole else ""
    problems.append(
        f"items.{name}: impossible values ({kind}{response.min:g} to {response.max:g}): {told}{more}; mend the file, "
        'add the code to missing, or say out_of_range = "missing" in the response'
    )
    return values


def chosen(rules: Sequence[Rule], exclude: Sequence[str] | None) -> list[Rule]:
    """Return the exclusion rules to apply: all when `exclude` is None or empty, none for ["none"], or by name."""
    every = [rule for rule in rules if rule.action == "exclude"]
    wanted = [exclude] if isinstance(exclude, str) else list(exclude or [])
    if not wanted:
        return every
    if wanted == [NONE]:
        return []
    names = [rule.name for rule in every]
    for name in wanted:
        if name not in names:
            told = ", ".join(f"'{known}'" for known in [*names, NONE])
            raise OptionError(
                f"exclude must hold names of rules: {told}; given: '{name}'{suggestion(name, names)}"
            )
    return [rule for rule in every if rule.name in wanted]


def with_measures(work: pd.DataFrame, codebook: Codebook, rules: Sequence[Rule]) -> pd.DataFrame:
    """Add the indices of careless answering that a rule names and the file does not have."""
    named = {column for rule in rules for column in conditions.parse(rule.when).columns}
    wanted = [name for name in careless.MEASURES if name in named and name not in work.columns]
    if not wanted:
        return work
    return pd.concat([work, careless.measures(work, codebook, only=wanted)], axis=1)


def exclude(frame: pd.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    """Return the rows that no exclusion rule takes out."""
    gone = taken(frame, rules)
    return frame[gone < 0] if (gone >= 0).any() else frame.copy(deep=False)


def waterfall(frame: pd.DataFrame, rules: Sequence[Rule], *, min_cell: int = 5) -> Result:
    """Return how many rows each exclusion rule takes out, in order: one row a rule, after the row `raw`.

    `n` is the number of rows left, `n_excluded` the number this rule took out; a row that two rules would take out
    counts at the first. The last row, `analysed`, is what remains.

    References: CONSORT flow of participants, Schulz, Altman and Moher (2010).
    """
    gone = taken(frame, rules)
    left = len(frame)
    rows: list[dict] = [{"term": "raw", "n": left, "n_excluded": 0}]
    for position, rule in enumerate(rules):
        count = int((gone == position).sum())
        left -= count
        rows.append({"term": rule.name, "n": left, "n_excluded": count})
    rows.append({"term": "analysed", "n": left, "n_excluded": 0})
    return build(
        "study.waterfall",
        rows,
        n_total=len(frame),
        n_used=left,
        method="exclusion rules of the codebook, in order; a row counts at the first rule that holds",
        reference="Schulz, Altman and Moher (2010)",
        missing="a rule does not hold for a missing answer unless it asks missing(column)",
        min_cell=min_cell,
        reasons={rule.name: {"nl": rule.reason.get("nl"), "en": rule.reason.get("en")} for rule in rules},
    )


def taken(frame: pd.DataFrame, rules: Sequence[Rule]) -> np.ndarray:
    """Return for each row the position of the first rule that holds, or -1."""
    first = np.full(len(frame), -1)
    for position, rule in enumerate(rules):
        held = conditions.parse(rule.when).rows(frame)
        first[held & (first < 0)] = position
    return first
