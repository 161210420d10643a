"""The ladder of measurement invariance: which parameters each step holds equal, and what a step decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from klantstudie.analyses.sem._setting import Setting
from klantstudie.errors import ModelError, OptionError, option
from klantstudie.numerics.sem.difference import Difference, difference
from klantstudie.numerics.sem.engine import Fit, measures
from klantstudie.numerics.sem.syntax import Modifier, Statement

CONTINUOUS = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
    "strict": ("loadings", "intercepts", "residuals"),
}
# Ordered items: thresholds first, then loadings, then the intercepts of the latent responses (Wu and Estabrook).
ORDERED = {
    "configural": (),
    "thresholds": ("thresholds",),
    "metric": ("thresholds", "loadings"),
    "scalar": ("thresholds", "loadings"),
}
ALPHA = 0.05


def steps_of(setting: Setting, steps: Sequence[str] | None) -> list[str]:
    """Return the steps asked for, in the order of the ladder; by default all that exist for these data."""
    ladder = ORDERED if setting.estimator == "wlsmv" else CONTINUOUS
    if steps is None:
        return list(ladder)
    if isinstance(steps, str):
        raise OptionError(f"steps is a list of words, such as ['configural', 'metric']; given: {steps!r}")
    for step in steps:
        if setting.estimator == "wlsmv" and step == "strict":
            raise OptionError(
                "steps: 'strict' does not exist for ordered items in the delta parameterisation used here, where "
                "residual variances are no parameters; the last step is 'scalar'"
            )
        option("steps", step, ladder)
    asked = [step for step in ladder if step in steps]
    if len(asked) != len(steps) or asked != list(steps):
        raise OptionError(f"steps must stand in the order {', '.join(ladder)}; given: {', '.join(steps)}")
    return asked


def equalities(setting: Setting, step: str) -> tuple[str, ...]:
    """Return the words for what a step holds equal."""
    return (ORDERED if setting.estimator == "wlsmv" else CONTINUOUS)[step]


def fit_step(setting: Setting, step: str, partial: Sequence[str] = ()) -> Fit:
    """Fit one step of the ladder, with the parameters of `partial` left free."""
    statements = setting.statements
    if setting.estimator == "wlsmv" and step in ("thresholds", "metric"):
        statements = [*statements, *_response_levels(setting)]
    try:
        return setting.fit(equalities(setting, step), partial, statements)
    except ModelError as problem:
        raise ModelError(f"step '{step}': {problem}") from problem


def _response_levels(setting: Setting) -> list[Statement]:
    """Free the intercepts of the latent responses in all groups but the first, and keep the factor means at 0."""
    few = [name for name, cuts in setting.ordered.items() if cuts < 2]
    if few:
        raise ModelError(
            f"items with two categories ({', '.join(few)}): thresholds and loadings cannot be tested apart; use "
            "steps=['configural', 'scalar']"
        )
    others = len(setting.groups) - 1
    written = {s.lhs for s in setting.statements if s.op == "~1"}
    latent = dict.fromkeys(s.lhs for s in setting.statements if s.op == "=~")
    free = Modifier("fixed", (0.0, *[None] * others))
    none = Modifier("fixed", (0.0,) * (others + 1))
    made = [Statement(name, "~1", "", 0, (free,)) for name in setting.ordered]
    made += [Statement(name, "~1", "", 0, (none,)) for name in latent]
    return [statement for statement in made if statement.lhs not in written]


def row_of(step: str, fitted: Fit, before: Fit | None, bound: float) -> dict:
    """Return the numbers of one step, compared with the step before."""
    found = measures(fitted)
    row = {"term": step, **{name: found[name] for name in ("chisq", "df")}}
    if fitted.estimator != "ml":
        row["chisq_scaled"] = found["chisq_scaled"]
    row |= {name: found[name] for name in ("cfi", "tli", "rmsea", "srmr")}
    if fitted.estimator != "ml":
        row |= {name: found[name] for name in ("cfi_robust", "rmsea_robust")}
    if "bic" in found:
        row["bic"] = found["bic"]
    if before is None:
        nothing = ("delta_chisq", "delta_df", "p_value", "delta_cfi")
        return row | dict.fromkeys(nothing, np.nan) | {"decision": ""}
    change = difference(before, fitted)
    delta = comparable_cfi(fitted) - comparable_cfi(before)
    return row | {
        "delta_chisq": change.chisq,
        "delta_df": change.df,
        "p_value": change.p_value,
        "delta_cfi": delta,
        "decision": decide(change, delta, bound),
    }


def comparable_cfi(fitted: Fit) -> float:
    """Return the CFI that steps are compared by: the robust one of a robust estimator, where it exists."""
    found = measures(fitted)
    if fitted.estimator == "ml":
        return found["cfi"]
    return found["cfi_robust"] if np.isfinite(found["cfi_robust"]) else found["cfi_scaled"]


def decide(change: Difference, delta_cfi: float, bound: float) -> str:
    """Return the decision on one step: by the difference test and by the bound on the fall of CFI."""
    if change.df <= 0:
        return "not_testable"
    falls = delta_cfi < -bound
    if not np.isfinite(change.p_value):
        return "inconclusive"
    if change.p_value >= ALPHA:
        return "inconclusive" if falls else "supported"
    return "different" if falls else "negligible"


def rule(bound: float) -> str:
    """Return the rule of `decide` in words."""
    return (
        f"a step is supported when the chi-square difference is not significant (p >= {ALPHA:g}) and CFI falls by no "
        f"more than {bound:g}; negligible: significant, but CFI within the bound; different: both; inconclusive: they "
        "contradict each other the other way"
    )


def bounded(bound: float) -> float:
    """Return the bound on the fall of CFI when it is one."""
    if isinstance(bound, bool) or not isinstance(bound, (int, float)) or not 0 < bound < 1:
        raise OptionError(f"bound must lie between 0 and 1, such as 0.01; given: {bound!r}")
    return float(bound)
