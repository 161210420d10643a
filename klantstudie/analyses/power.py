"""Power by simulation: how often an analysis finds what a generator put in; joblib for several processes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie.errors import InputError, KlantstudieError, OptionError, level, whole
from klantstudie.result import Result, build

__all__ = ["sensitivity", "simulate"]

Generator = Callable[..., Any]
Analysis = Callable[[pd.DataFrame], Result]


def simulate(
    generate: Generator,
    analysis: Analysis,
    *,
    n: int | Sequence[int],
    term: str,
    where: Mapping[str, str] | None = None,
    n_sim: int = 1000,
    conf_level: float = 0.95,
    seed: int = 1,
    workers: int = 1,
) -> Result:
    """Estimate the power of a design: the share of simulated studies in which the term is significant.

    `generate(n=…, seed=…)` returns a frame (or a frame and its truth); `analysis(frame)` a Result with the row `term`
    (and `where`, such as {"part": "effect"}) and its p value. One row per n: the share with p below 1 − `conf_level` (0 to 1), its Monte-Carlo standard error
    and Wilson interval, and the number of simulations that failed. Failures count as not significant. The data are
    simulated, so nothing is missing. Errors: an analysis without p value, all simulations failing.

    References: Morris, White and Crowther (2019); Wilson (1927).
    """
    level(conf_level)
    sizes = [whole("n", size, 2) for size in ([n] if isinstance(n, (int, np.integer)) else n)]
    rows = []
    for place, size in enumerate(sizes):
        seeds = np.random.SeedSequence([seed, place]).generate_state(whole("n_sim", n_sim, 10))
        jobs = [({"n": size, "seed": int(one)}, {"term": term, **(where or {})}) for one in seeds]
        found, failed = _run(generate, analysis, jobs, workers)
        rows.append(_row(f"n = {size}", found, failed, n_sim, conf_level) | {"n": size})
    return _answer("power.simulate", rows, len(sizes), n_sim, conf_level, seed)


def sensitivity(
    generate: Generator,
    analysis: Analysis,
    *,
    n: int,
    effects: Sequence[float],
    term: str,
    where: Mapping[str, str] | None = None,
    power: float = 0.8,
    n_sim: int = 1000,
    conf_level: float = 0.95,
    seed: int = 1,
    workers: int = 1,
) -> Result:
    """Estimate the smallest effect that a design of this size finds with the wanted power.

    `generate(n=…, effect=…, seed=…)` puts an effect in. One row per effect as in `simulate`, and a row
    "minimal_detectable" whose estimate is the effect (in the generator's units) at which a probit line through the
    simulated shares reaches `power`; it is absent when the effects do not enclose that power. Simulated data, so
    nothing is missing. Errors: fewer than two effects.

    References: Morris, White and Crowther (2019); Finney (1971).
    """
    level(conf_level)
    size = whole("n", n, 2)
    if not 0 < power < 1:
        raise OptionError(f"power must lie between 0 and 1, such as 0.8; given: {power!r}")
    listed = sorted(float(effect) for effect in effects)
    if len(set(listed)) < 2:
        raise InputError(f"at least two different effects are needed; given: {list(effects)}")
    seeds = np.random.SeedSequence([seed]).generate_state(whole("n_sim", n_sim, 10))
    rows = []
    for effect in listed:
        jobs = [
            ({"n": size, "effect": effect, "seed": int(one)}, {"term": term, **(where or {})})
            for one in seeds
        ]
        found, failed = _run(generate, analysis, jobs, workers)
        row = _row(f"effect = {effect:g}", found, failed, n_sim, conf_level)
        rows.append(row | {"n": size, "effect": effect, "effect_name": "effect put in"})
    found = np.array([row["estimate"] for row in rows])
    minimal = math.nan
    if found.min() < power < found.max():
        # shares of 0 and 1 have no probit: half a simulation away from the end
        inside = np.clip(found, 0.5 / n_sim, 1 - 0.5 / n_sim)
        slope, intercept = np.polyfit(np.array(listed), stats.norm.ppf(inside), 1)
        minimal = float((stats.norm.ppf(power) - intercept) / slope)
    rows.append(
        {
            "term": "minimal_detectable",
            "effect": minimal,
            "effect_name": f"effect at power {power:g}",
            "n": size,
        }
    )
    return _answer("power.sensitivity", rows, len(listed), n_sim, conf_level, seed)


def _run(
    generate: Generator, analysis: Analysis, jobs: Sequence[tuple], workers: int
) -> tuple[np.ndarray, list[str]]:
    if whole("workers", workers, 1) == 1:
        found = [_one(generate, analysis, *job) for job in jobs]
    else:
        from joblib import Parallel, delayed

        found = Parallel(n_jobs=workers)(delayed(_one)(generate, analysis, *job) for job in jobs)
    failed = [one for one in found if isinstance(one, str)]
    if len(failed) == len(found):
        raise InputError(f"no simulated study could be analysed; the first said: {failed[0]}")
    return np.array([one for one in found if not isinstance(one, str)]), failed


def _one(
    generate: Generator, analysis: Analysis, given: dict[str, Any], asked: dict[str, str]
) -> float | str:
    """Return the p value of one simulated study, or why there is none."""
    made = generate(**given)
    frame = made[0] if isinstance(made, tuple) else made
    try:
        row = analysis(frame).row(**asked)
    except KlantstudieError as error:
        return str(error).splitlines()[0]
    if "p_value" not in row.index:
        raise InputError(f"the analysis gives no p value for '{asked['term']}', so it has no power")
    p_value = float(row["p_value"])
    return "no p value" if math.isnan(p_value) else p_value


def _row(term: str, found: np.ndarray, failed: list[str], n_sim: int, conf_level: float) -> dict[str, Any]:
    hits = int((found < 1 - conf_level).sum())
    share = hits / n_sim
    z = stats.norm.ppf(0.5 + conf_level / 2)
    middle = (share + z**2 / (2 * n_sim)) / (1 + z**2 / n_sim)
    half = z * math.sqrt(share * (1 - share) / n_sim + z**2 / (4 * n_sim**2)) / (1 + z**2 / n_sim)
    row = {"term": term, "estimate": share, "std_error": math.sqrt(share * (1 - share) / n_sim)}
    note = f"{len(failed)} of {n_sim} failed, such as: {failed[0]}" if failed else ""
    # at 0 and 1 the interval ends there, up to rounding
    return row | {
        "conf_low": max(min(middle - half, share), 0.0),
        "conf_high": min(max(middle + half, share), 1.0),
        "note": note,
    }


def _answer(
    kind: str, rows: list[dict[str, Any]], designs: int, n_sim: int, conf_level: float, seed: int
) -> Result:
    return build(
        kind,
        rows,
        n_total=designs * n_sim,
        n_used=designs * n_sim,
        missing="none: simulated data",
        method="share of simulated studies with p below the level; Wilson interval; "
        f"n counts the simulated studies, {n_sim} for each design",
        reference=("Morris, White and Crowther (2019)", "Wilson (1927)"),
        conf_level=conf_level,
        seed=seed,
        bounded=("estimate",),
        simulated=True,
    )
