"""A table of printed numbers, checked row by row; and recomputed results held against what was printed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from klantstudie.analyses.recheck import printed, tests
from klantstudie.errors import InputError, KlantstudieError, suggestion
from klantstudie.frames import require
from klantstudie.numerics.printed import read
from klantstudie.result import Result, build

__all__ = ["against", "conformance", "table"]

SHOWN = [
    "term",
    "part",
    "reported",
    "printed",
    "recomputed",
    "possible_low",
    "possible_high",
    "decision",
    "note",
]
RANKED = (
    "red",
    "impossible",
    "decision_error",
    "inconsistent",
    "amber",
    "not_testable",
    "green",
    "possible",
    "consistent",
)


def table(frame: pd.DataFrame, *, seed: int = 1) -> Result:
    """Check a small table of printed numbers, one row a check, with a traffic light for each.

    Columns: `label` (what is checked), `check` (grim, grimmer, sd_limits, p_values, ave, composite_reliability,
    t_independent, t_welch, t_paired, f_oneway, chi2 or r), `inputs` (such as "mean = 5,25 5,22; sd = ,95 ,83;
    n = 95 89", or the text for p_values) and `reported` (such as "statistic = 0,23", for a loading check the value).
    Numbers are text, as printed, with a decimal comma or point. Rows: reported, recomputed, what rounding leaves
    possible, decision. A row that cannot be read stays as not_testable with its reason. Errors: a missing column, an
    empty table.

    References: Brown and Heathers (2017); Nuijten et al. (2016).
    """
    require(frame, ["label", "check", "inputs", "reported"])
    if frame.empty:
        raise InputError("the table has no rows to check")
    rows: list[dict[str, Any]] = []
    for label, check, inputs, reported in frame[["label", "check", "inputs", "reported"]].itertuples(
        index=False
    ):
        about = {"term": str(label), "part": str(check)}
        try:
            found = _check(str(check).strip(), _text(inputs), _text(reported), seed)
        except KlantstudieError as error:
            found = [{"decision": "not_testable", "note": str(error).splitlines()[0]}]
        rows += [about | row for row in found]
    return _answer("recheck.table", rows, "each printed number recomputed, allowing for rounding", seed)


def against(results: Mapping[str, Result], targets: pd.DataFrame) -> Result:
    """Hold recomputed results against printed values, with a traffic light for each.

    `results` names results; `targets` has one row a printed value: `target` (its label), `result` (a name), `term`,
    `part` and `group` (may be empty), `column` (or the name of a fit number, with an empty term), `reported` (text, as
    printed), `slack` (how far rounded inputs may move it; 0 where inputs are exact) and, for a source that prints more
    digits than it vouches for, `gate` (how close is close enough). Green: the recomputed value rounds to the printed
    one or lies within the gate; amber: within the slack; red: neither. Errors: a result, row or column that is not there.

    References: Brown and Heathers (2017).
    """
    require(targets, ["target", "result", "term", "column", "reported"])
    rows = []
    for given in targets.to_dict("records"):
        name = str(given["result"])
        if name not in results:
            raise InputError(f"targets: there is no result '{name}'{suggestion(name, results)}")
        term = _text(given.get("term"))
        where = {name: _text(given.get(name)) for name in ("part", "group") if _text(given.get(name))}
        ours = float(results[name].value(term or None, str(given["column"]), **where))
        value, half = read(_text(given["reported"]))
        slack, gate = (float(_text(given.get(name)) or 0) for name in ("slack", "gate"))
        decision = "red"
        if abs(ours - value) <= max(half * (1 + 1e-9), gate):
            decision = "green"
        elif abs(ours - value) <= half + slack:
            decision = "amber"
        row = {"term": f"{term or name}: {given['column']}", "part": str(given["target"]), "reported": value}
        row |= {
            "printed": _text(given["reported"]),
            "recomputed": ours,
            "difference": abs(ours - value),
            "possible_low": ours - slack,
            "possible_high": ours + slack,
        }
        rows.append(row | {"decision": decision, "note": _text(given.get("source"))})
    return _answer(
        "recheck.against",
        rows,
        "recomputed values against printed ones, to half a unit of the last digit",
        None,
        [*SHOWN[:5], "difference", *SHOWN[5:]],
    )


def conformance(results: Mapping[str, Result], targets: pd.DataFrame) -> Result:
    """How close recomputed results come to those of a source: one row a target, with its largest absolute difference.

    `results` and `targets` as in `against`. `n_compared` counts the numbers of a target, `note` names their sources,
    and the decision is the gravest of all; fit holds the largest difference of the whole.

    References: Brown and Heathers (2017).
    """
    found = against(results, targets).table
    rows = []
    for target, own in found.groupby("part", sort=False):
        row = {"term": target, "n_compared": len(own), "largest_difference": own["difference"].max()}
        row["decision"] = _gravest(own["decision"])
        rows.append(row | {"note": "; ".join(filter(None, own["note"].unique()))})
    return build(
        "recheck.conformance",
        rows,
        n_total=len(found),
        n_used=len(found),
        missing="none: printed numbers; n counts the checks",
        method="recomputed values against those of the source, each within what is promised; the largest absolute difference",
        reference="Brown and Heathers (2017)",
        decision=_gravest(found["decision"]),
        n_green=int((found["decision"] == "green").sum()),
        fit={"largest_difference": float(found["difference"].max())},
    )


def _answer(
    kind: str, rows: list[dict[str, Any]], method: str, seed: int | None, columns: Sequence[str] = SHOWN
) -> Result:
    words = [row["decision"] for row in rows]
    return build(
        kind,
        pd.DataFrame(rows).reindex(columns=columns).fillna({"printed": ""}),
        n_total=len(rows),
        n_used=sum(word != "not_testable" for word in words),
        missing="none: printed numbers; n counts the checks",
        method=method,
        reference=("Brown and Heathers (2017)", "Nuijten et al. (2016)"),
        seed=seed,
        decision=_gravest(words),
        n_green=sum(word in ("green", "possible", "consistent") for word in words),
    )


def _gravest(decisions: Iterable[str]) -> str:
    found = set(decisions)
    return next(word for word in RANKED if word in found)


def _text(value: Any) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value).strip()


def _named(text: str) -> dict[str, list[str]]:
    """Read "mean = 5,25 5,22; n = 95 89" as lists of texts by name."""
    found = {}
    for part in filter(None, (one.strip() for one in text.split(";"))):
        name, sign, values = part.partition("=")
        if not sign or not values.split():
            raise InputError(f"'{part}' is not of the form name = values, such as mean = 5,25 5,22")
        found[name.strip()] = values.split()
    return found


def _one(given: Mapping[str, list[str]], name: str) -> str:
    if len(given.get(name, [])) != 1:
        raise InputError(f"one value is needed for {name}, such as {name} = 3,45")
    return given[name][0]


def _whole(text: str) -> int:
    value, _ = read(text, 0)
    if value != int(value):
        raise InputError(f"'{text}' must be a whole number")
    return int(value)


def _single(result: Result) -> list[dict[str, Any]]:
    row = result.table.iloc[0]
    kept = {
        name: row[name]
        for name in ("reported", "printed", "recomputed", "possible_low", "possible_high")
        if name in row
    }
    return [kept | {"decision": row["decision"], "note": str(row.get("note", ""))}]


def _check(check: str, inputs: str, reported: str, seed: int) -> list[dict[str, Any]]:
    if check == "p_values":
        found = tests.p_values(inputs).table
        names = [name for name in SHOWN if name in found.columns and name not in ("term", "part")]
        return [dict(zip(names, row, strict=True)) for row in found[names].itertuples(index=False)]
    given = _named(inputs)
    if check in printed.TESTS:
        claimed = {name: _one({name: values}, name) for name, values in _named(reported).items()}
        values = {
            name: [_whole(v) for v in listed] if name in ("n", "counts", "columns") else listed
            for name, listed in given.items()
        }
        found = printed.reported(check, values, claimed=claimed, seed=seed).table
        rows = found[found["term"].isin(list(claimed))]
        return [
            {name: row[name] for name in SHOWN if name in row and name not in ("term", "part")}
            | {"note": row["term"]}
            for _, row in rows.iterrows()
        ]
    if check in LOADINGS:
        return _loadings(check, given, reported)
    if check in SINGLE:
        return _single(SINGLE[check](given))
    known = [*SINGLE, *LOADINGS, *printed.TESTS, "p_values"]
    raise InputError(f"unknown check '{check}'{suggestion(check, known)}; known are {', '.join(known)}")


def _loadings(check: str, given: Mapping[str, list[str]], reported: str) -> list[dict[str, Any]]:
    pairs = [read(text) for text in given.get("loadings", [])]
    digits = max((round(-math.log10(2 * half)) for _, half in pairs), default=2)
    row = LOADINGS[check]([value for value, _ in pairs], digits=digits).table.iloc[0]
    text = reported.partition("=")[2].strip() or reported
    value, half = read(text)
    decision = "green" if abs(value - row["estimate"]) <= half * (1 + 1e-9) else "red"
    if decision == "red" and row["possible_low"] - half <= value <= row["possible_high"] + half:
        decision = "amber"
    ends = {"possible_low": row["possible_low"], "possible_high": row["possible_high"]}
    about = {"reported": value, "printed": text, "recomputed": row["estimate"]}
    return [about | {"decision": decision} | ends]


LOADINGS: Mapping[str, Callable[..., Result]] = {
    "ave": printed.ave,
    "composite_reliability": printed.composite_reliability,
}


def _scale(given: Mapping[str, list[str]]) -> tuple[float, float]:
    ends = [read(text)[0] for text in given.get("scale", [])]
    if len(ends) != 2:
        raise InputError("the ends of the scale are needed, such as scale = 1 5")
    return ends[0], ends[1]


def _items(given: Mapping[str, list[str]]) -> int:
    return _whole(_one(given, "items")) if "items" in given else 1


SINGLE: Mapping[str, Callable[[Mapping[str, list[str]]], Result]] = {
    "grim": lambda given: printed.grim(_one(given, "mean"), _whole(_one(given, "n")), items=_items(given)),
    "grimmer": lambda given: printed.grimmer(
        _one(given, "mean"), _one(given, "sd"), _whole(_one(given, "n")), items=_items(given)
    ),
    "sd_limits": lambda given: printed.sd_limits(
        _one(given, "mean"), _one(given, "sd"), _whole(_one(given, "n")), scale=_scale(given)
    ),
}
