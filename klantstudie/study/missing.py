"""Missing answers: where they are, whether they look random (Little), and multiple imputation with pooling.

Own numerics (klantstudie.numerics.missing): statsmodels' MICE draws from numpy's global generator, and its pooling
uses a normal reference where Barnard and Rubin's t belongs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie.errors import InputError, KlantstudieError, ModelError, OptionError, level, option, whole
from klantstudie.frames import labels, numeric
from klantstudie.numerics import missing as maths
from klantstudie.numerics.multiplicity import ADJUSTMENTS
from klantstudie.numerics.multiplicity import adjust as adjusted
from klantstudie.result import KEYS, Result, build

UNTESTED = {"statistic": np.nan, "statistic_name": "χ²", "df": np.nan, "p_value": np.nan}
METHODS = {"pmm": 5, "normal": 0}  # donors of predictive mean matching; none for draws from the normal


def pattern(frame: pd.DataFrame, items: Sequence[str], *, most: int = 15) -> Result:
    """Return which answers are missing together: one row a pattern (part `pattern`), one a column (part `item`).

    A pattern's term lists the items missing in it, or `complete`; `n` and `share` say how many respondents have it,
    `n_missing` how many items it misses. The `most` frequent patterns have a row each; the respondents of the rest
    stand together in the row `other_patterns`, whose number of missing items differs and is left open. For an item
    `n` counts its answers and `share` the share that is missing.

    References: Little and Rubin (2019).
    """
    values = numeric(frame, items, "items")
    cells, names = values.to_numpy(), list(values.columns)
    total = len(values)
    if not total:
        raise InputError("items: the data have no rows")
    rows = []
    found = maths.patterns(cells)
    for known, members in found[: whole("most", most, 1)]:
        gone = [name for name, seen in zip(names, known, strict=True) if not seen]
        term = ", ".join(map(str, gone)) or "complete"
        rows.append(_row(term, "pattern", len(members), len(members) / total, len(gone)))
    rest = sum(len(members) for _, members in found[most:])
    if rest:
        rows.append(_row("other_patterns", "pattern", rest, rest / total, np.nan))
    for name in names:
        lost = int(values[name].isna().sum())
        rows.append(_row(str(name), "item", total - lost, lost / total, lost))
    complete = int((~np.isnan(cells).any(axis=1)).sum())
    return build(
        "study.pattern",
        rows,
        fit={"share_missing": float(np.isnan(cells).mean())},
        n_total=total,
        n_used=total,
        method="patterns of missing answers",
        reference="Little and Rubin (2019)",
        missing="counted",
        n_complete=complete,
        n_patterns=len(found),
        n_missing=int(np.isnan(cells).sum()),
    )


def _row(term: str, part: str, n: int, share: float, gone: float) -> dict:
    return {"term": term, "part": part, "n": n, "share": share, "n_missing": gone}


def little_mcar(
    frame: pd.DataFrame, items: Sequence[str] | Mapping[str, Sequence[str]], *, adjust: str = "holm"
) -> Result:
    """Test whether answers are missing completely at random: Little's chi-square with means and covariance by EM.

    A small p says that the means of the patterns differ more than chance allows, so not completely at random; a
    large p is no proof of randomness. Rows without any answer are left out and counted. Without missing answers, or
    with a single pattern, there is nothing to test, which is an InputError; a singular covariance is a ModelError.

    With sets of items, such as {scale: items}, every set has a row of its own, `n` the respondents used, and
    `p_adjusted` (`adjust`) for the number of sets; a set that cannot be tested keeps its row, the reason in `note`.

    References: Little (1988).
    """
    option("adjust", adjust, ADJUSTMENTS)
    several = isinstance(items, Mapping)
    rows, told, used = [], [], np.zeros(len(frame), dtype=bool)
    for term, members in items.items() if isinstance(items, Mapping) else [("little_mcar", items)]:
        values = numeric(frame, members, "items")
        answered = values.notna().any(axis=1).to_numpy()
        used |= answered
        row = {"term": term, **({"n": int(answered.sum())} if several else {})}
        try:
            found = _little(values.to_numpy()[answered])
        except _UntestableError as problem:
            if not several:
                raise problem.error from None
            rows.append({**row, **UNTESTED, "note": problem.reason})
            continue
        rows.append({**row, **found.pop("row"), **({"note": ""} if several else {})})
        told.append(found)
    if several:
        tests = [row for row in rows if not np.isnan(row["p_value"])]
        for row, p in zip(tests, adjusted([row["p_value"] for row in tests], adjust), strict=True):
            row["p_adjusted"] = float(p)
    return build(
        "study.little_mcar",
        rows,
        n_total=len(frame),
        n_used=int(used.sum()),
        method="Little's test of missing completely at random, EM mean and covariance (divisor n)",
        reference="Little (1988)",
        missing="em",
        **({"n_tested": len(told), "adjust": adjust} if several else told[0]),
    )


class _UntestableError(Exception):
    """Why a set of items has no test: the error for who asks one test, the short reason for a table of tests."""

    def __init__(self, error: KlantstudieError, reason: str) -> None:
        super().__init__(reason)
        self.error, self.reason = error, reason


def _little(used: np.ndarray) -> dict[str, Any]:
    """Return Little's test of rows that have an answer, with the number of patterns and of EM steps."""
    if used.shape[1] < 2:
        raise _UntestableError(InputError("items: Little's test needs at least two items"), "one item")
    found = maths.patterns(used) if len(used) else []
    if len(found) < 2:
        reason = "no answers are missing" if found and found[0].known.all() else "a single pattern"
        reason = reason if found else "nobody answered"
        raise _UntestableError(InputError(f"items: {reason}; there is nothing to test"), reason)
    try:
        moments = maths.em_moments(used)
        distance, df = maths.little(used, moments)
    except np.linalg.LinAlgError as error:
        text = f"Little's test: the covariance of the items is singular ({error})"
        raise _UntestableError(ModelError(text), "singular covariance") from None
    if not moments.converged:
        text = f"Little's test: EM did not converge in {moments.iterations} steps"
        raise _UntestableError(ModelError(text), "not converged")
    p = float(stats.chi2.sf(distance, df))
    row = {"statistic": distance, "statistic_name": "χ²", "df": df, "p_value": p}
    return {"row": row, "n_patterns": len(found), "iterations": moments.iterations}


def impute(
    frame: pd.DataFrame,
    items: Sequence[str],
    *,
    auxiliary: Sequence[str] = (),
    n_imputations: int = 20,
    iterations: int = 10,
    method: str = "pmm",
    seed: int = 1,
) -> list[pd.DataFrame]:
    """Return completed copies of the frame, with the items' missing answers drawn by chained equations.

    Every item is predicted from the other items and the `auxiliary` columns (numbers, or groups as indicators).
    `method="pmm"` takes an observed answer of one of the five nearest predictions, so that answers stay possible
    answers; "normal" draws from the normal. Auxiliary columns may have missing answers; they are filled for the
    predictions only and returned as they were. Give the completed frames to an analysis one by one, and its results
    to `pool`. The seed is in every frame's `attrs`.

    References: van Buuren and Groothuis-Oudshoorn (2011); Little (1988) for predictive mean matching.
    """
    option("method", method, METHODS)
    whole("n_imputations", n_imputations, 2)
    whole("iterations", iterations, 1)
    values = numeric(frame, items, "items")
    helpers = _auxiliary(frame, [name for name in auxiliary if name not in values.columns])
    if values.isna().all().any():
        nobody = [str(name) for name in values.columns[values.isna().all()]]
        raise InputError(f"items: nobody answered {', '.join(nobody)}; there is nothing to draw from")
    cells = np.column_stack([values.to_numpy(), helpers])
    wanted = np.ones(cells.shape[1], dtype=bool)
    rng = np.random.default_rng(whole("seed", seed))
    made = []
    try:
        for filled in maths.chained(
            cells,
            wanted,
            n_imputations=n_imputations,
            iterations=iterations,
            donors=METHODS[method],
            rng=rng,
        ):
            copy = frame.copy()
            for position, name in enumerate(values.columns):
                copy[name] = filled[:, position]
            copy.attrs = {**frame.attrs, "imputation": len(made) + 1, "seed": seed, "method": method}
            made.append(copy)
    except np.linalg.LinAlgError:
        raise ModelError(
            "impute: the items and auxiliary columns are combinations of one another; leave one out"
        ) from None
    return made


def _auxiliary(frame: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Return auxiliary columns as numbers: a group becomes an indicator for every label but the first."""
    columns: list[np.ndarray] = []
    for name in names:
        if name in frame and pd.api.types.is_numeric_dtype(frame[name]):
            columns.append(numeric(frame, [name], "auxiliary")[name].to_numpy())
            continue
        found = labels(frame, name, "auxiliary")
        for label in sorted(found.dropna().unique())[1:]:
            held = (found == label).astype("float64")
            columns.append(held.to_numpy(dtype=float, na_value=np.nan))
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def pool(results: Sequence[Result], *, conf_level: float = 0.95) -> Result:
    """Pool the results of one analysis over imputations by Rubin's rules.

    Every row with an estimate and a standard error is pooled: mean estimate, total standard error, t statistic with
    the degrees of freedom of Barnard and Rubin (the analysis' own df where it has one, else infinite), interval,
    `fmi` (fraction of missing information) and `riv` (relative increase of variance). Results that differ in kind or
    rows are an InputError, and so is an analysis without standard errors.

    References: Rubin (1987); Barnard and Rubin (1999).
    """
    level(conf_level)
    if len(results) < 2:
        raise OptionError("results: pooling needs the results of at least two imputations")
    first = results[0]
    keys = [key for key in KEYS if key in first.table.columns]
    for other in results[1:]:
        same = other.kind == first.kind and len(other.table) == len(first.table)
        if not same or not other.table[keys].equals(first.table[keys]):
            raise InputError(
                f"results: {other.kind} has other rows than {first.kind}; pool one analysis at a time"
            )
    absent = [name for name in ("estimate", "std_error") if name not in first.table.columns]
    if absent:
        raise InputError(
            f"{first.kind} returns no {' and no '.join(absent)}, so Rubin's rules cannot pool it"
        )
    estimates = np.array([result.table["estimate"].to_numpy(dtype=float) for result in results])
    errors = np.array([result.table["std_error"].to_numpy(dtype=float) for result in results])
    usable = ~(np.isnan(estimates) | np.isnan(errors)).any(axis=0)
    if not usable.any():
        raise InputError(f"{first.kind} returns no standard errors, so Rubin's rules cannot pool it")
    rows = []
    for i in np.flatnonzero(usable):
        freedom = first.table["df"].iloc[i] if "df" in first.table.columns else np.nan
        pooled = maths.rubin(estimates[:, i], errors[:, i], np.inf if np.isnan(freedom) else float(freedom))
        statistic, p, low, high = maths.t_interval(pooled, conf_level)
        rows.append(
            {
                **{key: first.table[key].iloc[i] for key in keys},
                "estimate": pooled.estimate,
                "std_error": pooled.std_error,
                "statistic": statistic,
                "statistic_name": "t",
                "df": pooled.df,
                "p_value": p,
                "conf_low": low,
                "conf_high": high,
                "fmi": pooled.fmi,
                "riv": pooled.riv,
            }
        )
    return build(
        f"{first.kind}.pooled",
        rows,
        n_total=first.info["n_total"],
        n_used=min(result.info["n_used"] for result in results),
        method=f"{first.info['method']}; pooled over {len(results)} imputations (Rubin), df of Barnard and Rubin",
        reference=("Rubin (1987)", "Barnard & Rubin (1999)", str(first.info["reference"])),
        missing="multiple imputation",
        conf_level=conf_level,
        seed=first.info.get("seed"),
        bounded=tuple(first.info.get("bounded", ())),
        n_imputations=len(results),
    )
