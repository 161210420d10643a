"""Competing models of the same answers side by side, such as one factor against two; stands on numerics.sem."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from klantstudie.analyses.sem._ladder import ALPHA, comparable_cfi, row_of
from klantstudie.analyses.sem._setting import Setting, prepare
from klantstudie.errors import InputError, ModelError
from klantstudie.moments import Moments
from klantstudie.numerics.sem.difference import difference
from klantstudie.numerics.sem.engine import Fit
from klantstudie.numerics.sem.nesting import nested
from klantstudie.numerics.sem.table import Table
from klantstudie.numerics.sem.table import build as table_of
from klantstudie.result import Result, build

FIT = ("chisq", "df", "cfi", "tli", "rmsea", "srmr")
CHANGE = ("delta_chisq", "delta_df", "p_value", "delta_cfi")


def compare(
    data: pd.DataFrame | Moments,
    models: Mapping[str, str],
    *,
    estimator: str = "ml",
    missing: str = "listwise",
    likelihood: str = "normal",
) -> Result:
    """Competing models of the same variables: fit of each, and the test against the model before it where they nest.

    `models` gives each model text (as in `fit`) a name; put them in order from strict to free. One row a model, in
    that order. Whether a model and the one before are nested is found out by fitting the freer one to the moments
    that the stricter one implies; only then the row has delta_chisq (stricter minus freer, scaled where the estimator
    is), delta_df and p_value, and delta_cfi is the CFI of the row minus that before. decision says whether
    the freer of the two fits better: "yes" when p < .05 and its BIC is lower (by p alone with "wlsmv", which has no
    BIC), "no" when neither holds, "inconclusive" when they contradict each other, "not_testable" when the two are not
    nested. The scaled difference of "mlr" does not always exist (its scaling can fall below zero): the change is then
    empty, BIC alone decides, and the row's note says so. A model without a solution keeps an empty row whose note says
    so; the reason is in `info["warnings"]`. A lower BIC or a better fit does not make a model true. Missing answers as
    in `fit`.

    Errors: InputError for fewer than two models or models of different variables; ModelError when none has a solution.
    References: Bentler and Satorra (2010); Raftery (1995); Satorra and Bentler (2001).
    """
    if not isinstance(models, Mapping) or len(models) < 2:
        raise InputError("models: give at least two model texts, each with a name: {'one factor': '…', …}")
    settings = {
        str(name): prepare(data, text, estimator=estimator, missing=missing, likelihood=likelihood)
        for name, text in models.items()
    }
    first = next(iter(settings.values()))
    _same_variables(settings)
    rows, warnings, fits = [], list(first.notes), []
    for name, setting in settings.items():
        fitted, problem = _fitted(setting)
        fits.append(fitted)
        before = fits[-2] if len(fits) > 1 else None
        previous = list(settings.values())[len(fits) - 2] if before else None
        if fitted is None:
            rows.append({"term": name} | dict.fromkeys(FIT, np.nan) | {"note": "no solution"})
            warnings.append(f"{name}: {problem}")
            continue
        warnings += [f"{name}: {warning}" for warning in fitted.warnings]
        row = row_of(name, fitted, None, 0.01) | (
            _against(setting, fitted, previous, before) if before else {}
        )
        notes = ["negative_variance"] if fitted.warnings else []
        if row["decision"] in ("yes", "no") and np.isnan(row["delta_chisq"]):
            notes.append("no scaled difference, decided by BIC")
        rows.append(row | {"note": "; ".join(notes)})
    if all(fitted is None for fitted in fits):
        raise ModelError(f"none of the models has a solution. {warnings[-1]}")
    described = first.described()
    described["method"] += (
        "; chi-square difference with the model before, where nested (Bentler and Satorra, 2010)"
    )
    described["reference"] = [*described["reference"], "Bentler and Satorra (2010)"]
    frame = pd.DataFrame(rows).fillna({"decision": "", "note": ""})
    return build(
        "sem.compare",
        frame,
        **described,
        warnings=warnings,
    )


def _same_variables(settings: Mapping[str, Setting]) -> None:
    first, reference = next(iter(settings.items()))
    for name, setting in settings.items():
        other = sorted(set(setting.observed) ^ set(reference.observed))
        if other:
            raise InputError(
                f"models: '{name}' and '{first}' do not hold the same variables ({', '.join(other)} in one only), so "
                "that their fit cannot be compared"
            )


def _fitted(setting: Setting) -> tuple[Fit | None, str]:
    try:
        return setting.fit(), ""
    except ModelError as problem:
        return None, str(problem)


def _against(setting: Setting, fitted: Fit, previous: Setting, before: Fit) -> dict[str, object]:
    """The difference of a model with the one before it; empty where they are not nested."""
    freer, stricter = (fitted, before) if fitted.test.df <= before.test.df else (before, fitted)
    of_freer = setting if freer is fitted else previous
    if freer.test.df == stricter.test.df or not nested(stricter, _continuous(of_freer)):
        return dict.fromkeys(CHANGE, np.nan) | {"decision": "not_testable"}
    change = difference(freer, stricter)
    delta = comparable_cfi(fitted) - comparable_cfi(before)
    return {
        "delta_chisq": change.chisq,
        "delta_df": change.df,
        "p_value": change.p_value,
        "delta_cfi": delta,
        "decision": _decide(change.p_value, freer, stricter),
    }


def _continuous(setting: Setting) -> Table:
    """The table of a model for continuous variables, whose moments can be compared with any other model's."""
    statements = [s for s in setting.statements if s.op not in ("|", "~*~")]
    return table_of(statements, meanstructure=setting.missing == "fiml")


def _decide(p_value: float, freer: Fit, stricter: Fit) -> str:
    better = p_value < ALPHA
    if freer.estimator == "wlsmv":
        return "yes" if better else "no"
    lower = _bic(freer) < _bic(stricter)
    if not np.isfinite(p_value):
        return "yes" if lower else "no"
    return "inconclusive" if better != lower else "yes" if better else "no"


def _bic(fitted: Fit) -> float:
    return float(row_of("", fitted, None, 0.01)["bic"])
