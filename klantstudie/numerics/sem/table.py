"""Makes the parameter table of a model: what the text says, and what lavaan's cfa() and sem() add by themselves.

Added: residual variances of all endogenous variables and variances of all factors; covariances between the exogenous
factors and between the outcomes that predict nothing; the first loading of each factor 1; the residual variance of a
single indicator 0; intercepts of observed variables when there is a mean structure; thresholds of ordered items, whose
latent response has variance 1 (delta parameterisation); exogenous observed variables as they are in the sample.

Source: Rosseel (2012); functions lavaanify and lav_partable_flat of lavaan 0.6-14.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from klantstudie.errors import ModelError, option, suggestion
from klantstudie.numerics.sem.syntax import Statement, expression, wrong

EQUAL = (
    *("loadings", "intercepts", "means", "thresholds", "regressions", "residuals", "residual.covariances"),
    *("lv.variances", "lv.covariances"),
)
PARTS = {"=~": "loading", "~": "regression", "~1": "intercept", "|": "threshold", "~*~": "scale"}


@dataclass
class Row:
    """One parameter in one group. `free` is its place among the free parameters, -1 when it is none.

    `value` is the number it is fixed at (NaN: free, or taken from the sample when `sample` is true).
    """

    lhs: str
    op: str
    rhs: str
    group: int
    line: int = 0
    user: bool = False
    free: int = -1
    value: float = np.nan
    start: float = np.nan
    label: str = ""
    sample: bool = False
    open: bool = True

    @property
    def term(self) -> str:
        """The parameter as a person writes it."""
        return f"{self.lhs} ~1" if self.op == "~1" else f"{self.lhs} {self.op} {self.rhs}"

    @property
    def key(self) -> str:
        """The parameter without blanks, as in equal("f=~x")."""
        return self.term.replace(" ", "")

    @property
    def part(self) -> str:
        """The word for its kind."""
        return PARTS.get(self.op, "variance" if self.lhs == self.rhs else "covariance")


@dataclass
class Table:
    """All parameters of a model, with the names of its variables and its defined parameters."""

    rows: list[Row]
    observed: list[str]
    latent: list[str]
    exogenous: list[str]
    ordered: dict[str, int]
    n_groups: int
    meanstructure: bool
    n_free: int = 0
    defined: list[tuple[str, ast.expr, list[str]]] = field(default_factory=list)

    @property
    def free_rows(self) -> list[Row]:
        """The first row of each free parameter, in order."""
        first: dict[int, Row] = {}
        for row in self.rows:
            if row.free >= 0:
                first.setdefault(row.free, row)
        return [first[place] for place in range(self.n_free)]

    def name(self, row: Row, groups: Sequence[str] = ()) -> str:
        """The term, with its group when there are several."""
        return f"{row.term} (group {groups[row.group]})" if len(groups) > 1 else row.term


def build(
    statements: Sequence[Statement],
    *,
    n_groups: int = 1,
    equal: Sequence[str] = (),
    partial: Sequence[str] = (),
    meanstructure: bool = False,
    ordered: Mapping[str, int] | None = None,
) -> Table:
    """Return the parameter table; `ordered` gives the number of thresholds of each ordered item."""
    for word in equal:
        option("equal", word, EQUAL)
    elements = [statement for statement in statements if statement.op not in (":=", "==")]
    names = _names(elements)
    ordered = dict(ordered or {})
    meanstructure = meanstructure or n_groups > 1 or bool(ordered) or any(e.op == "~1" for e in elements)
    _checked(elements, names, ordered)
    added = _defaults(names, meanstructure, ordered)
    rows = []
    for group in range(n_groups):
        mine = [Row(e.lhs, e.op, e.rhs, group, e.line, True) for e in elements]
        written = {frozenset((r.lhs, r.rhs)) if r.op == "~~" else r.key for r in mine}
        for lhs, op, rhs in added:
            row = Row(lhs, op, rhs, group)
            if (frozenset((lhs, rhs)) if op == "~~" else row.key) not in written:
                mine.append(row)
        _fixed_by_default(mine, names, ordered)
        if group:
            _freed_in_other_groups(mine, names, equal)
        for row, element in zip(mine, elements, strict=False):
            _modified(row, element, group, n_groups)
        rows += mine
    table = Table(rows, names["ov"], names["lv"], names["x"], ordered, n_groups, meanstructure)
    _labelled(table, elements, equal, partial)
    _numbered(table, statements)
    return table


def _names(elements: Sequence[Statement]) -> dict[str, list[str]]:
    def unique(words: list[str]) -> list[str]:
        return list(dict.fromkeys(words))

    lv = unique([e.lhs for e in elements if e.op == "=~"])
    indicators = unique([e.rhs for e in elements if e.op == "=~"])
    outcomes = unique([e.lhs for e in elements if e.op == "~"])
    predictors = unique([e.rhs for e in elements if e.op == "~"])
    items = [name for name in indicators if name not in lv]
    ov_y = [name for name in outcomes if name not in lv and name not in items]
    x = [name for name in predictors if name not in lv and name not in items and name not in ov_y]
    mentioned = [name for e in elements if e.op == "~~" for name in (e.lhs, e.rhs)]
    mentioned += [e.lhs for e in elements if e.op in ("~1", "|", "~*~")]
    extra = [name for name in unique(mentioned) if name not in lv]
    ends = [n for n in outcomes if n not in indicators and n not in predictors]
    return {
        "lv": lv,
        "ov": unique([*items, *ov_y, *x, *extra]),
        "x": [name for name in x if name not in mentioned],
        "items": items,
        "indicators": indicators,
        "predictors": predictors,
        "lv_x": [name for name in lv if name not in indicators and name not in outcomes],
        "ends": [n for n in lv if n in ends] + [n for n in unique([*items, *ov_y]) if n in ends],
    }


def _checked(elements: Sequence[Statement], names: dict[str, list[str]], ordered: Mapping[str, int]) -> None:
    for e in elements:
        if e.op in ("|", "~*~") and e.lhs not in ordered:
            raise wrong(e.line, f"'{e.lhs}' is not an ordered item; '{e.op}' needs estimator='wlsmv'")
        if e.op == "|" and int(e.rhs[1:]) > ordered[e.lhs]:
            raise wrong(e.line, f"'{e.lhs}' has {ordered[e.lhs]} thresholds in the data, not '{e.rhs}'")
    bad = [name for name in names["predictors"] if name in ordered]
    if bad:
        raise ModelError(
            f"the ordered item '{bad[0]}' predicts another variable; with estimator='wlsmv' ordered items can be "
            "indicators and outcomes only. Give it a factor of its own, or use estimator='mlr'"
        )


def _defaults(
    names: dict[str, list[str]], meanstructure: bool, ordered: Mapping[str, int]
) -> list[tuple[str, str, str]]:
    own = [name for name in names["ov"] if name not in names["x"]]
    added = [(item, "|", f"t{k + 1}") for item in own for k in range(ordered.get(item, 0))]
    added += [(name, "~~", name) for name in [*own, *names["lv"]]]
    added += [(a, "~~", b) for a, b in combinations(names["lv_x"], 2)]
    added += [(a, "~~", b) for a, b in combinations(names["ends"], 2)]
    x = names["x"]
    added += [(x[i], "~~", x[j]) for i in range(len(x)) for j in range(i, len(x))]
    added += [(name, "~*~", name) for name in own if name in ordered]
    if meanstructure:
        added += [(name, "~1", "") for name in [*names["ov"], *names["lv"]]]
    return added


def _fixed_by_default(rows: list[Row], names: dict[str, list[str]], ordered: Mapping[str, int]) -> None:
    seen: set[str] = set()
    loads = [row for row in rows if row.op == "=~"]
    single = {
        row.rhs
        for row in loads
        if sum(other.lhs == row.lhs for other in loads) == 1 and sum(o.rhs == row.rhs for o in loads) == 1
    }
    for row in rows:
        if row.op == "=~" and row.lhs not in seen:
            seen.add(row.lhs)
            _fix(row, 1.0)
        elif row.user:
            continue
        elif row.op == "~~" and row.lhs == row.rhs and row.lhs in ordered:
            _fix(row, 1.0)
        elif row.op == "~~" and row.lhs == row.rhs and row.lhs in single and row.lhs not in names["lv"]:
            _fix(row, 0.0)
        elif row.op == "~*~":
            _fix(row, 1.0)
        elif row.op == "~1" and (row.lhs in names["lv"] or row.lhs in ordered):
            _fix(row, 0.0)
        elif row.op in ("~~", "~1") and row.lhs in names["x"]:
            row.open, row.sample = False, True


def _fix(row: Row, value: float) -> None:
    row.open, row.value = False, value


def _freed_in_other_groups(rows: list[Row], names: dict[str, list[str]], equal: Sequence[str]) -> None:
    for row in rows:
        if row.user:
            continue
        level = {"intercepts", "thresholds"} & set(equal) and "means" not in equal
        mean = row.op == "~1" and row.lhs in names["lv"] and level
        scale = row.op == "~*~" and "thresholds" in equal
        if mean or scale:
            row.open, row.value = True, np.nan


def _modified(row: Row, element: Statement, group: int, n_groups: int) -> None:
    for modifier in element.modifiers:
        values = modifier.values
        if len(values) not in (1, n_groups):
            raise wrong(
                element.line,
                f"'{element.term}': {len(values)} values for {n_groups} group{'s' if n_groups > 1 else ''}",
            )
        value = values[0] if len(values) == 1 else values[group]
        if modifier.kind == "fixed":
            row.open, row.value = value is None, np.nan if value is None else value
        elif modifier.kind == "start":
            row.start = np.nan if value is None else value
        elif modifier.kind == "label":
            row.label = value
        else:
            row.label = f"={value}"


def _labelled(
    table: Table, elements: Sequence[Statement], equal: Sequence[str], partial: Sequence[str]
) -> None:
    """Give equal parameters one label: those asked for by `equal`, but not those named in `partial`."""
    keys = {row.key for row in table.rows}
    released = {name.replace(" ", "") for name in partial}
    for name in released - keys:
        raise ModelError(
            f"partial: the model has no parameter '{name}'{suggestion(name, keys)}; write it as in the model"
        )
    own = [name for name in table.observed if name not in table.exogenous]
    for row in table.rows:
        if not row.label and row.key not in released and _held_equal(row, set(equal), table, own):
            row.label = f"={row.key}"


def _held_equal(row: Row, equal: set[str], table: Table, own: list[str]) -> bool:
    if row.op == "~~":
        same = row.lhs == row.rhs
        if row.lhs in own:
            return ("residuals" if same else "residual.covariances") in equal
        return row.lhs in table.latent and ("lv.variances" if same else "lv.covariances") in equal
    if row.op == "~1":
        return ("intercepts" in equal and row.lhs in own) or ("means" in equal and row.lhs in table.latent)
    return {"=~": "loadings", "|": "thresholds", "~": "regressions"}.get(row.op) in equal


def _numbered(table: Table, statements: Sequence[Statement]) -> None:
    """Number the free parameters: one number a label; then apply `==` and read `:=`."""
    labels: dict[str, Row] = {}
    for row in table.rows:
        if row.group == 0:
            labels.setdefault(f"={row.key}", row)
    known = {row.label for row in table.rows if row.label and not row.label.startswith("=")}
    same = _equalities(statements, known, table)
    numbers: dict[str, int] = {}
    values = {row.label: row.value for row in table.rows if row.label and not row.open}
    for row in table.rows:
        target = labels.get(row.label)
        if target is not None and not target.label:
            target.label = row.label
    for row in table.rows:
        if row.label.startswith("=") and row.label not in labels:
            raise ModelError(f'equal("{row.label[1:]}"): the model has no such parameter')
        label = same.get(row.label, row.label)
        if isinstance(label, float):
            _fix(row, label)
        if not row.open:
            continue
        if label.startswith("="):
            target = labels[label]
            if not target.open and target is not row:
                _fix(row, target.value)
                continue
            label = target.label if target.label and not target.label.startswith("=") else label
        if label in values and not row.sample and np.isfinite(values[label]):
            _fix(row, values[label])
            continue
        if not label:
            row.free = table.n_free
            table.n_free += 1
        else:
            if label not in numbers:
                numbers[label] = table.n_free
                table.n_free += 1
            row.free = numbers[label]
    _defined(table, statements, known)


def _equalities(statements: Sequence[Statement], known: set[str], table: Table) -> dict[str, str | float]:
    same: dict[str, str | float] = {}
    for statement in statements:
        if statement.op != "==":
            continue
        left, right = statement.lhs.strip(), statement.rhs.strip()
        if left not in known:
            left, right = right, left
        if left not in known:
            raise wrong(
                statement.line, f"'{statement.lhs}' is no label of the model{suggestion(left, known)}"
            )
        try:
            other: str | float = float(right)
        except ValueError:
            other = right
            if right not in known:
                raise wrong(
                    statement.line, f"only label == label and label == number are supported, not '{right}'"
                ) from None
        first = same.get(left, left)
        target = same.get(other, other) if isinstance(other, str) else other
        for label in known:
            if same.get(label, label) == first:
                same[label] = target
    return same


def _defined(table: Table, statements: Sequence[Statement], known: set[str]) -> None:
    before: list[str] = []
    for statement in statements:
        if statement.op != ":=":
            continue
        tree, labels = expression(statement.rhs, statement.line)
        for label in labels:
            if label not in known and label not in before:
                raise wrong(
                    statement.line,
                    f"'{label}' is no label of the model{suggestion(label, [*known, *before])}",
                    f"{statement.lhs} := {statement.rhs}",
                )
        if statement.lhs in known:
            raise wrong(statement.line, f"'{statement.lhs}' is already the label of a parameter")
        before.append(statement.lhs)
        table.defined.append((statement.lhs, tree, labels))
