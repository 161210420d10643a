"""Penalty and reward: does a poor mark cost more than a good mark brings?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.analyses._rows import tested
from klantstudie.errors import InputError, OptionError, level, option
from klantstudie.numerics import regression
from klantstudie.numerics.multiplicity import ADJUSTMENTS
from klantstudie.numerics.multiplicity import adjust as corrected
from klantstudie.result import Result, build


def penalty_reward(
    frame: pd.DataFrame,
    outcome: str,
    attributes: Sequence[str],
    *,
    cuts: tuple[float, float],
    errors: str = "hc3",
    adjust: str = "holm",
    conf_level: float = 0.95,
) -> Result:
    """Contrast what a low mark on an attribute takes from the outcome with what a high mark adds, all at once.

    `cuts` are the highest low mark and the lowest high mark ((2, 4) on a scale of 1 to 5). The outcome is
    regressed on a low and a high dummy per attribute. Part "penalty" and "reward" hold the coefficients in
    outcome units, with the number of low and high marks; part "contrast" their sum: below 0 a poor mark
    costs more than a good one brings. Contrast p values are corrected over the attributes. Part "total" is the
    mean contrast over all attributes, one test: the decision is "supported" when it is below 0 (shortfalls weigh
    more than windfalls), "opposite" when above, else "inconclusive". The category
    follows from the tests: must_be or attractive when the contrast is sure and the penalty, or the reward,
    the larger; one_dimensional when both are sure and the contrast is not; inconclusive otherwise, also when
    neither is sure: that is not yet indifference. Rows with a missing answer are left out and counted.
    Errors: an attribute that nobody marked low, or high; cuts that leave no middle in the right order.

    References: Brandt (1987); Mikulic and Prebezac (2011).
    """
    conf_level = level(conf_level)
    option("errors", errors, ("hc3", "classic"))
    option("adjust", adjust, ADJUSTMENTS)
    names = frames.names(attributes, "attributes")
    frames.require(frame, outcome, "outcome")
    try:
        low, high = (float(cut) for cut in cuts)
    except (TypeError, ValueError):
        raise OptionError(f"cuts must be two numbers, such as (2, 4); given: {cuts!r}") from None
    if not low < high:
        raise OptionError(f"cuts: the highest low mark must lie below the lowest high mark; given: {cuts!r}")
    kept, n_total = frames.complete(frame, [outcome, *names], "outcome and attributes", at_least=4)
    fit, counts = _fit(kept, outcome, names, (low, high), errors)
    rows = [
        row
        for place, name in enumerate(names)
        for row in _attribute(fit, place, name, counts[name], conf_level)
    ]
    contrasts = [row for row in rows if row["part"] == "contrast"]
    adjusted = corrected([row["p_value"] for row in contrasts], adjust)
    for place, (row, p) in enumerate(zip(contrasts, adjusted, strict=True)):
        row["p_adjusted"] = p
        row["category"] = _category(rows[3 * place], rows[3 * place + 1], row, 1 - conf_level)
    everything = np.concatenate([[0.0], np.full(2 * len(names), 1 / len(names))])
    total = tested(*fit.contrast(everything), conf_level)
    rows.append({"term": "total", "part": "total", "n": len(kept)} | total)
    decision = "inconclusive"
    if total["p_value"] < 1 - conf_level:
        decision = "supported" if total["estimate"] < 0 else "opposite"
    return build(
        "gaps.penalty_reward",
        rows,
        n_total=n_total,
        n_used=len(kept),
        method=f"regression on low (to {low:g}) and high (from {high:g}) dummies, {errors} errors; "
        f"contrasts corrected: {adjust}",
        conf_level=conf_level,
        reference="Brandt (1987); Mikulic and Prebezac (2011)",
        decision=decision,
        fit={"r_squared": fit.r_squared, "df": fit.df_resid},
        cuts=(low, high),
    )


def _fit(
    kept: pd.DataFrame, outcome: str, names: list[str], cuts: tuple[float, float], errors: str
) -> tuple[regression.Fit, dict[str, tuple[int, int]]]:
    columns, counts = [np.ones(len(kept))], {}
    for name in names:
        low, high = (kept[name] <= cuts[0]).to_numpy(float), (kept[name] >= cuts[1]).to_numpy(float)
        counts[name] = (int(low.sum()), int(high.sum()))
        for word, count in zip(("low", "high"), counts[name], strict=True):
            if count == 0:
                raise InputError(
                    f"attributes: nobody gave '{name}' a {word} mark; choose other cuts than {cuts}"
                )
        columns += [low, high]
    plan = np.column_stack(columns)
    combined = regression.dependent(plan)
    if combined:
        told = ", ".join(dict.fromkeys(names[(place - 1) // 2] for place in combined))
        raise InputError(f"attributes: the marks of {told} follow from the others; no separate effect")
    return regression.ols(plan, kept[outcome].to_numpy(), errors=errors), counts


def _attribute(
    fit: regression.Fit, place: int, name: str, counts: tuple[int, int], conf_level: float
) -> list[dict]:
    rows = []
    for part, weights, n in (
        ("penalty", (1, 0), counts[0]),
        ("reward", (0, 1), counts[1]),
        ("contrast", (1, 1), sum(counts)),
    ):
        contrast = np.zeros(len(fit.coef))
        contrast[1 + 2 * place : 3 + 2 * place] = weights
        rows.append({"term": name, "part": part, "n": n} | tested(*fit.contrast(contrast), conf_level))
    return rows


def _category(penalty: dict, reward: dict, contrast: dict, alpha: float) -> str:
    costs = penalty["p_value"] < alpha and penalty["estimate"] < 0
    brings = reward["p_value"] < alpha and reward["estimate"] > 0
    if (costs or brings) and contrast["p_adjusted"] < alpha:
        return "must_be" if contrast["estimate"] < 0 else "attractive"
    # One effect that is sure and one that is not do not differ for that reason alone, and none is not no effect.
    return "one_dimensional" if costs and brings else "inconclusive"
