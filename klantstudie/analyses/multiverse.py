"""The multiverse: one analysis under every defensible combination of choices, and what the whole says; numpy only."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from klantstudie.errors import InputError, KlantstudieError, OptionError, level, option, whole
from klantstudie.frames import labels, numeric
from klantstudie.numerics import grid, multiplicity
from klantstudie.result import Result, build

__all__ = ["explore", "gathered", "inference", "influence", "joint"]

Analysis = Callable[..., Result]
TAKEN = ("estimate", "std_error", "conf_low", "conf_high", "p_value")
CHOICE = "choice."  # begins the name of a column that holds a choice


def explore(
    frame: pd.DataFrame,
    analysis: Analysis,
    choices: Mapping[str, Sequence[Any] | Mapping[str, Any]],
    *,
    term: str,
    where: Mapping[str, str] | None = None,
    directed: bool = True,
    conf_level: float = 0.95,
) -> Result:
    """Run one analysis under every combination of choices and keep one number of each.

    `analysis(frame, **combination)` returns a Result; `term` (and `where`, such as {"part": "path"}) names its row. The
    options of a choice are a list, or a mapping that gives each a name to be called by. One row a universe: estimate
    with what the analysis gives (standard error, interval at its own level, p), n; a universe that fails stays as a
    row without numbers, its reason in `note`. fit: median estimate, share with p below 1 − `conf_level` and share with the sign of the
    median, over the universes that answered. The decision is supported or opposite when at least 95% of all universes
    (failures count against it) are significant and share that sign, not_testable when no universe has a test, else
    inconclusive; it weighs the choices equally and is no joint test. With `directed=False` the sign of the estimate
    does not matter, as where p is that of an equivalence test: then the decision is supported or not. Missing answers
    are the analysis' own; n_used is the smallest n. Errors: no choices, no universe that answers.

    References: Steegen et al. (2016); Simonsohn, Simmons and Nelson (2020).
    """
    level(conf_level)
    universes = _universes(choices)
    rows, n_total, levels = [], len(frame), set()
    for number, picked in enumerate(universes, 1):
        row: dict[str, Any] = {"term": term, "universe": number, "choice": _told(picked)}
        try:
            answer = analysis(frame, **_meant(choices, picked))
            found = answer.row(term, **(where or {}))
            row |= {name: float(found[name]) for name in TAKEN if name in found.index}
            row |= {"n": answer.info["n_used"], "note": ""}
            levels.add(answer.level(found))
            n_total = max(n_total, answer.info["n_total"])  # a table of counts has more cases than rows
        except KlantstudieError as error:
            row["note"] = str(error).splitlines()[0]
        rows.append(row)
    options = {name: [_short(one) for one in listed] for name, listed in choices.items()}
    method = "every combination of the choices, each run on its own"
    made = _explored(
        pd.DataFrame(rows), options, conf_level, n_total=n_total, method=method, directed=directed
    )
    shown = levels.pop() if len(levels) == 1 else None
    if shown in (None, conf_level):
        return made
    # the intervals of an equivalence test have a level of their own; the tests keep theirs
    return replace(made, info={**made.info, "conf_level": shown, "conf_level_test": conf_level})


def gathered(frame: pd.DataFrame, *, term: str, conf_level: float = 0.95) -> Result:
    """Take universes that were run elsewhere, such as one notebook under many settings, as `explore` takes its own.

    One row a universe: its number in `universe`, a column `choice.<name>` for every choice, `estimate`, `n` and
    `n_total` (empty where the universe failed), the reason in `note`, and where the analysis gives them `std_error`,
    `conf_low`, `conf_high` and `p_value`. The answer is that of `explore`; a universe without a p value counts as
    significant when its interval excludes zero. Missing answers are the analysis' own. Errors: no choices, universes
    that are not every combination of the choices once, no universe that answers.

    References: Steegen et al. (2016); Simonsohn, Simmons and Nelson (2020).
    """
    level(conf_level)
    numeric(frame, ["universe", "estimate", "n", "n_total"])
    names = [str(name) for name in frame.columns if str(name).startswith(CHOICE)]
    frame = frame.sort_values("universe", kind="stable").reset_index(drop=True)
    picked = {name.removeprefix(CHOICE): labels(frame, name).fillna("–").tolist() for name in names}
    options = {name: list(dict.fromkeys(listed)) for name, listed in picked.items()}
    universes = _universes(options)
    if [dict(zip(picked, row, strict=True)) for row in zip(*picked.values(), strict=True)] != universes:
        raise InputError(
            f"the universes must be every combination of the choices once, the last choice varying fastest: "
            f"{len(universes)} combinations of {', '.join(options)}; given: {len(frame)} rows"
        )
    rows = frame.assign(term=term, choice=[_told(one) for one in universes])
    rows["note"] = frame["note"].fillna("") if "note" in frame.columns else ""
    n_total = frame["n_total"].max()
    return _explored(
        rows,
        options,
        conf_level,
        n_total=0 if math.isnan(n_total) else int(n_total),
        method="every combination of the choices, each a run of the whole notebook",
    )


def _explored(
    rows: pd.DataFrame,
    options: Mapping[str, Sequence[str]],
    conf_level: float,
    *,
    n_total: int,
    method: str,
    directed: bool = True,
) -> Result:
    """Return what the universes say together."""
    table = rows.reindex(columns=["term", "universe", "choice", *TAKEN, "n", "note"])
    answered = table[table["estimate"].notna()]
    if answered.empty:
        raise InputError(f"no universe gave an answer; the first said: {table['note'].iloc[0]}")
    median = float(answered["estimate"].median())
    significant, tested = _significant(answered, 1 - conf_level)
    agreeing = np.sign(answered["estimate"]) == np.sign(median)
    decision = "inconclusive"
    if (significant & (agreeing | (not directed))).sum() >= 0.95 * len(table) and (median or not directed):
        decision = "opposite" if directed and median < 0 else "supported"
    elif not tested:
        decision = "not_testable"
    return build(
        "multiverse.explore",
        table.drop(columns=[name for name in TAKEN if table[name].isna().all()]),
        n_total=n_total,
        n_used=int(answered["n"].min()),
        method=method,
        reference=("Steegen et al. (2016)", "Simonsohn, Simmons and Nelson (2020)"),
        missing="as the analysis" + ("; n is the smallest" if answered["n"].nunique() > 1 else ""),
        conf_level=conf_level,
        decision=decision,
        fit={
            "median_estimate": median,
            "share_significant": float(significant.mean()) if tested else math.nan,
            "share_same_sign": float(agreeing.mean()),
        },
        choices=dict(options),
        n_universes=len(table),
        n_failed=int(table["estimate"].isna().sum()),
        **({} if directed else {"directed": False}),
    )


def _significant(table: pd.DataFrame, alpha: float) -> tuple[pd.Series, bool]:
    """Return whether each universe rejects zero, by its p value or else its interval, and whether any can tell."""
    outside = (table["conf_low"] > 0) | (table["conf_high"] < 0)
    tested = table[["p_value", "conf_low", "conf_high"]].notna().any(axis=None)
    return (table["p_value"] < alpha).where(table["p_value"].notna(), outside), bool(tested)


def inference(
    frame: pd.DataFrame,
    analysis: Analysis,
    choices: Mapping[str, Sequence[Any] | Mapping[str, Any]],
    *,
    term: str,
    outcome: str,
    x: str,
    where: Mapping[str, str] | None = None,
    null: str = "bootstrap",
    conf_level: float = 0.95,
    n_boot: int = 500,
    seed: int = 1,
) -> Result:
    """Test all universes together: could choices alone have made this specification curve, were there no effect?

    `null="bootstrap"`: per universe the effect is taken out of the outcome (y − b·x), rows are drawn with replacement
    at full n, and the whole curve is computed again; right for analyses that are linear in `outcome` and `x`, which
    is checked (the forced estimate must be zero). `null="permutation"`: `x` is shuffled, only for an x that was
    randomised. Rows: the median estimate, the number of universes significant in the direction of the median, and
    Stouffer's mean z; each with a p value that is never 0. Missing answers are the analysis' own. Errors: a universe
    that fails on the data as they are, an analysis that is not linear in x.

    References: Simonsohn, Simmons and Nelson (2020).
    """
    option("null", null, ("bootstrap", "permutation"))
    whole("n_boot", n_boot, 20)
    alpha = 1 - level(conf_level)
    numeric(frame, [outcome, x])
    universes = [_meant(choices, picked) for picked in _universes(choices)]

    def curve(frames: Sequence[pd.DataFrame]) -> np.ndarray:
        rows = [
            analysis(data, **picked).row(term, **(where or {}))
            for data, picked in zip(frames, universes, strict=True)
        ]
        return np.array([(float(row["estimate"]), float(row["p_value"])) for row in rows])

    observed = curve([frame] * len(universes))
    sign = math.copysign(1.0, float(np.median(observed[:, 0])))
    forced = [frame] * len(universes)
    if null == "bootstrap":
        forced = [
            frame.assign(**{outcome: frame[outcome] - estimate * frame[x]}) for estimate in observed[:, 0]
        ]
        left = np.abs(curve(forced)[:, 0]).max()
        if left > 1e-6 * max(1.0, float(np.abs(observed[:, 0]).max())):
            raise InputError(
                f"after taking the effect of '{x}' out of '{outcome}' an estimate of {left:.3g} is left: the analysis is "
                "not linear in x; use null='permutation' if x was randomised"
            )
    chance = np.random.default_rng(seed)
    draws = np.full((n_boot, 3), np.nan)
    for draw in range(n_boot):
        if null == "bootstrap":
            rows = chance.integers(0, len(frame), len(frame))
            frames = [data.iloc[rows].reset_index(drop=True) for data in forced]
        else:
            frames = [frame.assign(**{x: chance.permutation(frame[x].to_numpy())})] * len(universes)
        try:
            # either direction is as surprising as the one that was seen
            found = curve(frames)
            draws[draw] = _summary(found, alpha, math.copysign(1.0, float(np.median(found[:, 0]))))
        except KlantstudieError:
            continue
    failed = int(np.isnan(draws[:, 0]).sum())
    if failed > 0.1 * n_boot:
        raise InputError(
            f"{failed} of {n_boot} draws gave no answer; the sample is too small for these choices"
        )
    seen = _summary(observed, alpha, sign)
    names = ("median_estimate", "n_significant", "stouffer_z")
    rows = []
    for place, name in enumerate(names):
        value = seen[place] * (sign if name != "n_significant" else 1.0)
        rows.append(
            {"term": name, "estimate": value, "p_value": grid.share_at_least(draws[:, place], seen[place])}
        )
    supported = rows[0]["p_value"] < alpha
    return build(
        "multiverse.inference",
        rows,
        n_total=len(frame),
        n_used=len(frame),
        method=f"{null} under the null at full n, {n_boot} draws ({failed} without an answer)",
        reference="Simonsohn, Simmons and Nelson (2020)",
        missing="as the analysis",
        conf_level=conf_level,
        seed=seed,
        decision=("supported" if sign > 0 else "opposite") if supported else "inconclusive",
        n_universes=len(universes),
    )


def joint(result: Result) -> Result:
    """Test all universes of one data set together from their p values alone, however they depend on each other.

    Takes the answer of `explore` or `gathered`. Rows: `any_universe`, the p value for "no effect in any universe"
    (K/k times the k-th smallest of K, with k the smallest majority); `every_universe`, the p value for "no effect in the
    stated direction in at least one universe" (the largest); `n_holm`, how many universes are significant in that
    direction with Holm's correction. All are two-sided and count direction: universes that disagree weaken each
    other, and a universe that failed counts as p = 1. They are valid under any dependence, so more careful than
    `inference`, which needs the analysis itself. The decision follows `any_universe`; without a p value in every
    answered universe it is not_testable and the numbers are missing. Errors: another kind of result, universes
    explored without direction.

    References: Rüger (1978); Berger (1982); Holm (1979); Vovk and Wang (2020).
    """
    _needs_explored("joint", result)
    if not result.info.get("directed", True):
        raise InputError(
            "joint weighs the direction of the estimates; these universes were explored without one"
        )
    table, conf_level = result.table, result.info.get("conf_level_test", result.info["conf_level"])
    answered = table["estimate"].notna().to_numpy()
    estimate = table["estimate"].to_numpy(dtype=float)
    p_value = table["p_value"].to_numpy(dtype=float) if "p_value" in table else np.full(len(table), np.nan)
    known = not np.isnan(p_value[answered]).any()
    sides = {sign: _one_sided(estimate, p_value, sign) for sign in (1.0, -1.0)}
    most = len(table) // 2 + 1
    some = {sign: len(table) / most * np.sort(p)[most - 1] for sign, p in sides.items()}
    sign = min(some, key=some.__getitem__)
    left = multiplicity.adjust(sides[sign], "holm")
    rows = [
        {"term": "any_universe", "p_value": min(2 * min(some.values()), 1.0)},
        {"term": "every_universe", "p_value": min(2 * min(p.max() for p in sides.values()), 1.0)},
        {"term": "n_holm", "n": float((left < (1 - conf_level) / 2).sum())},
    ]
    decision = "not_testable"
    if known:
        rejected = rows[0]["p_value"] < 1 - conf_level
        decision = ("supported" if sign > 0 else "opposite") if rejected else "inconclusive"
    return build(
        "multiverse.joint",
        rows if known else [{"term": row["term"], "p_value": math.nan, "n": math.nan} for row in rows],
        n_total=len(table),
        n_used=len(table),
        method="combined p values, valid under any dependence; a failed universe counts as p = 1",
        reference=("Rüger (1978)", "Berger (1982)", "Holm (1979)", "Vovk and Wang (2020)"),
        missing="universes without an answer count as p = 1",
        conf_level=conf_level,
        decision=decision,
        n_universes=len(table),
    )


def _one_sided(estimate: np.ndarray, p_value: np.ndarray, sign: float) -> np.ndarray:
    """Return the p values of an effect in one direction; 1 where there is no answer."""
    one = np.where(np.sign(estimate) == sign, p_value / 2, 1 - p_value / 2)
    return np.where(np.isnan(one) | np.isnan(estimate), 1.0, one)


def influence(result: Result) -> Result:
    """Tell which choice moves the estimates of a multiverse most.

    Takes the answer of `explore` or `gathered`. One row a choice: the share of the variance of the estimates (0 to 1) that only
    this choice accounts for, and the lowest and highest mean estimate over its options; the remainder is
    interaction. Universes without an answer are left out. Errors: another kind of result, fewer than two universes.

    References: Steegen et al. (2016); Simonsohn, Simmons and Nelson (2020).
    """
    _needs_explored("influence", result)
    choices = result.info["choices"]
    settings = grid.combinations(choices)
    values = result.table["estimate"].to_numpy(dtype=float, copy=True)
    keep = ~np.isnan(values)
    if keep.sum() < 2:
        raise InputError("at least two universes with an answer are needed")
    values = values[keep]
    codes = []
    for name in choices:
        places = {option_: place for place, option_ in enumerate(choices[name])}
        codes.append(np.array([places[setting[name]] for setting in settings])[keep])
    shares = grid.variance_shares(codes, values)
    rows = []
    for name, code, share in zip(choices, codes, shares, strict=True):
        means = [float(values[code == one].mean()) for one in np.unique(code)]
        rows.append({"term": name, "share": share, "minimum": min(means), "maximum": max(means)})
    rows.append({"term": "interaction", "share": max(1 - float(np.nansum(shares)), 0.0)})
    if np.isnan(shares).all():
        rows[-1]["share"] = math.nan
    return build(
        "multiverse.influence",
        rows,
        n_total=len(keep),
        n_used=int(keep.sum()),
        method="share of the variance of the estimates lost when the choice leaves the main-effects model; "
        "n counts the specifications",
        reference="Steegen et al. (2016)",
        missing="universes without an answer are left out",
    )


def _needs_explored(name: str, result: Result) -> None:
    if result.kind != "multiverse.explore":
        raise InputError(f"{name} takes the answer of multiverse.explore or gathered; given: {result.kind}")


def _universes(choices: Mapping[str, Sequence[Any] | Mapping[str, Any]]) -> list[dict[str, Any]]:
    empty = [name for name, listed in choices.items() if isinstance(listed, str) or not list(listed)]
    if not choices or empty:
        raise OptionError(
            "choices must map each setting to a list of options; "
            + (f"no list: {', '.join(empty)}" if empty else "none were given")
        )
    return grid.combinations(choices)


def _summary(curve: np.ndarray, alpha: float, sign: float) -> np.ndarray:
    """Return median estimate, number significant and mean z, all in the direction of `sign`."""
    from scipy.special import ndtri

    estimate, p_value = curve[:, 0] * sign, np.clip(curve[:, 1], 1e-300, 1.0)
    z = np.where(estimate >= 0, 1.0, -1.0) * -ndtri(p_value / 2)
    significant = ((p_value < alpha) & (estimate > 0)).sum()
    return np.array([np.median(estimate), significant, z.sum() / math.sqrt(len(z))])


def _meant(
    choices: Mapping[str, Sequence[Any] | Mapping[str, Any]], picked: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the options that were picked, where a choice names them by a word."""
    every = {name: choices[name] for name in picked}
    return {
        name: listed[picked[name]] if isinstance(listed, Mapping) else picked[name]
        for name, listed in every.items()
    }


def _short(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return str(value).removesuffix(".0")
    if isinstance(value, tuple):
        return " … ".join(map(_short, value))
    if isinstance(value, list):
        return " + ".join(map(_short, value)) or "–"
    return getattr(value, "__name__", str(value))


def _told(picked: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_short(value)}" for name, value in picked.items())
