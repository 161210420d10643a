"""Difference-in-differences and event study with effects of unit and time, and errors that respect
clusters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.analyses._rows import tested
from klantstudie.analyses.trend.prepost import Before, difference, from_moments
from klantstudie.analyses.trend.rows import WORDS, binary, chosen_errors, coefficient
from klantstudie.errors import InputError, ModelError, OptionError, level, whole
from klantstudie.moments import Moments
from klantstudie.numerics import panel, regression
from klantstudie.result import Result, build

REFERENCE = "Wooldridge (2010); Cameron and Miller (2015); Pustejovsky and Tipton (2018)"


def difference_in_differences(
    data: pd.DataFrame | Mapping[str, Moments],
    outcome: str | Sequence[str],
    treated: str,
    wave: str | None = None,
    *,
    unit: str | None = None,
    start: str | None = None,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    errors: str = "auto",
    n_boot: int = 9999,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Return how much more the treated changed than the untreated, in a panel or in repeated samples.

    `treated` is a column of 0 and 1. When it changes within units it is taken as the
    treatment at that moment; when it marks a group that never changes, the treatment begins in the wave
    `start` (the last wave when there are two). With `unit` every unit has its own level, without it the two
    groups have. Row part "effect" is the estimate, part "covariate" further columns, part "wave" the common
    change from the first wave. `errors` "auto" is cr2 clustered by `cluster` (the units when left out), hc3
    without units; "wild" is the restricted wild cluster bootstrap, for few clusters: p and interval of the
    effect by inversion, the other rows with CR1 errors. `data` may also be Moments by group with `outcome` as two columns (before, after) and `treated`
    the name of the treated group: then the pooled t test of the changes, with `effect` d_ppc2. fit: R2
    (within units when these are given). It is the effect of treatment only if both groups would have moved
    alike without it. Rows with a missing answer are left out.

    References: Wooldridge (2010); Bertrand, Duflo and Mullainathan (2004); Cameron, Gelbach and Miller
    (2008); Pustejovsky and Tipton (2018); Morris (2008).
    """
    conf_level = level(conf_level)
    if isinstance(data, Mapping):
        return _printed(data, outcome, treated, conf_level)
    if wave is None:
        raise OptionError("wave: the column with the moments is needed")
    if not isinstance(outcome, str):
        raise OptionError("outcome must be one column when the data are a frame")
    covariates = frames.names(covariates, "covariates") if len(covariates) else []
    rows = _read(data, outcome, [treated, *covariates], wave, unit, cluster)
    kind = chosen_errors(errors, rows.cluster is not None, wild=True)
    dose = binary(rows.x[:, 0], treated)
    group = None
    if np.ptp(dose) == 0:
        raise InputError(f"'{treated}' is the same in every row")
    if not _moves(dose, rows, treated):
        if unit and (data.groupby(unit)[treated].nunique() > 1).any():
            raise InputError(
                f"'{treated}' changes only between waves of which one has no answers: before and after cannot be "
                "compared"
            )
        group, dose = dose, dose * _after(rows, start)
    elif start is not None:
        raise OptionError(f"start is for a group that never changes; '{treated}' changes over time")
    design = np.column_stack([dose, rows.x[:, 1:], panel.dummies(rows.wave_code, len(rows.waves))])
    if rows.unit is None:
        design = np.column_stack([design, np.ones(len(design)), *([] if group is None else [group])])
        y, absorbed = rows.y, 0
    else:
        design, y = panel.demean(design, rows.unit), panel.demean(rows.y, rows.unit)
        absorbed = int(rows.unit.max()) + 1
    names = [("effect", treated, ""), *(("covariate", name, "") for name in covariates)]
    names += [("wave", wave, name) for name in rows.waves[1:]]
    fit, table, more = _estimate(design, y, names, rows, kind, absorbed, n_boot, seed, conf_level)
    return build(
        "trend.difference_in_differences",
        table,
        n_total=len(data),
        n_used=len(y),
        method=f"{'unit and ' if rows.unit is not None else ''}wave effects; {WORDS[kind]}"
        + (" of the effect, CR1 errors of the other rows" if kind == "wild" else ""),
        reference=REFERENCE,
        conf_level=conf_level,
        seed=seed if kind == "wild" else None,
        fit={"r_squared": _explained(fit, y, rows.unit is not None)},
        n_units=absorbed or None,
        n_clusters=None if rows.cluster is None else len(np.unique(rows.cluster)),
        **more,
    )


def event_study(
    frame: pd.DataFrame,
    outcome: str,
    start: str,
    wave: str,
    *,
    unit: str,
    window: Sequence[int] | None = None,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    errors: str = "auto",
    conf_level: float = 0.95,
) -> Result:
    """Return the difference from untreated units at every wave before and after treatment began.

    `start` holds, for every unit, the wave in which its treatment began (missing: never); `wave` is a number.
    The row with term "-1", the wave just before, is the reference and 0; terms below it are the test of
    parallel movement beforehand, those from "0" on the effect as it unfolds. `window` (first, last) takes
    earlier and later waves together at its ends. fit: the joint test that all earlier differences are zero
    (statistic, df, df2, p), empty when there are none. Units and waves have their own level; `errors` as in
    difference_in_differences, without "wild". When units start at different waves, the estimates assume the
    same course for all (info["several_starts"]). Rows with a missing outcome are left out. Errors: no unit
    treated after its first wave, no reference wave.

    References: Jacobson, LaLonde and Sullivan (1993); Sun and Abraham (2021); Pustejovsky and Tipton (2018).
    """
    conf_level = level(conf_level)
    moments = frames.numeric(frame, [start, wave], "start and wave")
    covariates = frames.names(covariates, "covariates") if len(covariates) else []
    rows = _read(frame, outcome, covariates, wave, unit, cluster, moments=moments)
    kind = chosen_errors(errors, rows.cluster is not None)
    begins, now = rows.moments.T
    for place in np.unique(rows.unit):
        known = begins[rows.unit == place]
        if len(np.unique(known[~np.isnan(known)])) > 1 or np.isnan(known).any() != np.isnan(known).all():
            raise InputError(f"start: '{start}' must be the same in all rows of a unit")
    relative = now - begins
    if window is not None:
        first, last = (int(value) for value in window)
        if not first <= -1 <= last:
            raise OptionError(
                f"window must run from a wave before to a wave after treatment; given: {window!r}"
            )
        relative = np.clip(relative, first, last)
    steps = np.unique(relative[~np.isnan(relative)])
    if -1 not in steps:
        raise InputError("no treated unit is observed one wave before its treatment, which is the reference")
    shown = [step for step in steps if step != -1]
    if not shown:
        raise InputError("no treated unit is observed at another moment than just before its treatment")
    columns = [(relative == step).astype(float) for step in shown]
    design = np.column_stack([*columns, rows.x, panel.dummies(rows.wave_code, len(rows.waves))])
    design, y = panel.demean(design, rows.unit), panel.demean(rows.y, rows.unit)
    kept = _identified(design, len(shown))
    fit = regression.ols(design, y, errors=kind, cluster=rows.cluster, absorbed=int(rows.unit.max()) + 1)
    table = []
    for step in steps:
        row = {"term": f"{step:g}", "part": "effect" if step >= 0 else "before"}
        row["n"] = float((relative == step).sum())
        if step == -1:
            table.append(row | {"part": "reference", "estimate": 0.0})
        else:
            table.append(row | coefficient(fit, shown.index(step), conf_level))
    early = [place for place, step in enumerate(shown) if step < -1]
    return build(
        "trend.event_study",
        table,
        n_total=len(frame),
        n_used=len(y),
        method=f"unit and wave effects, wave before treatment as reference; {WORDS[kind]}",
        reference="Sun and Abraham (2021); Pustejovsky and Tipton (2018)",
        conf_level=conf_level,
        fit=dict(zip(("statistic", "df", "df2", "p_value"), fit.wald(np.eye(kept)[early]), strict=True))
        if early
        else {},
        several_starts=len(np.unique(begins[~np.isnan(begins)])) > 1,
        n_units=int(rows.unit.max()) + 1,
    )


@dataclass(frozen=True)
class Rows:
    """The complete rows of a panel as arrays; unit and cluster are None where there are none."""

    y: np.ndarray
    x: np.ndarray
    wave_code: np.ndarray
    waves: list[str]
    unit: np.ndarray | None
    cluster: np.ndarray | None
    moments: np.ndarray


def _read(
    frame: pd.DataFrame,
    outcome: str,
    columns: list[str],
    wave: str,
    unit: str | None,
    cluster: str | None,
    moments: pd.DataFrame | None = None,
) -> Rows:
    values = frames.numeric(frame, [outcome, *columns], "outcome, treated and covariates")
    label = frames.labels(frame, wave, "wave")
    keys = {
        name: frames.labels(frame, name, role)
        for name, role in ((unit, "unit"), (cluster, "cluster"))
        if name
    }
    kept = values.notna().all(axis=1) & label.notna()
    for one in keys.values():
        kept &= one.notna()
    kept = kept.to_numpy(dtype=bool)
    if not kept.any():
        raise InputError(f"no row is complete on {', '.join(values.columns)} and '{wave}'")
    waves = frames.ordered_labels(label[kept])
    if len(waves) < 2:
        raise InputError(f"'{wave}' has one wave with answers ({waves[0]}): two are needed")
    code = {name: place for place, name in enumerate(waves)}
    parts = {name: regression.codes(one[kept].to_numpy(dtype=str))[0] for name, one in keys.items()}
    who = parts.get(unit) if unit else None
    wave_code = np.array([code[name] for name in label[kept]])
    if who is not None:
        pairs = who * len(waves) + wave_code
        if len(np.unique(pairs)) < len(pairs):
            raise InputError(f"a unit in '{unit}' has more than one row in the same wave")
        if cluster and len(np.unique(who * (len(who) + 1) + parts[cluster])) > len(np.unique(who)):
            raise InputError(f"a unit in '{unit}' lies in more than one cluster of '{cluster}'")
    array = values[kept].to_numpy(copy=True)
    spread = array[:, 0] if who is None else panel.demean(array[:, 0], who)
    if np.abs(spread - spread.mean()).max() <= 1e-12 * max(np.abs(array[:, 0]).max(), 1e-300):
        raise InputError(f"'{outcome}' does not change{'' if who is None else ' within any unit'}")
    held = np.empty((len(array), 0)) if moments is None else moments[kept].to_numpy(copy=True)
    return Rows(
        array[:, 0], array[:, 1:], wave_code, waves, who, parts.get(cluster) if cluster else who, held
    )


def _moves(dose: np.ndarray, rows: Rows, treated: str) -> bool:
    """Say whether treatment changes within units; without units it must mark the group."""
    if rows.unit is not None:
        return bool(np.abs(panel.demean(dose, rows.unit)).max() > 1e-12)
    shares = np.bincount(rows.wave_code, dose) / np.bincount(rows.wave_code)
    if ((shares == 0) | (shares == 1)).any():
        raise InputError(
            f"without unit, '{treated}' must mark the group in every wave; in wave "
            f"{rows.waves[int(np.flatnonzero((shares == 0) | (shares == 1))[0])]} it is the same for all"
        )
    return False


def _after(rows: Rows, start: str | None) -> np.ndarray:
    if start is None:
        if len(rows.waves) > 2:
            raise OptionError(f"start: say in which wave treatment begins: {', '.join(rows.waves[1:])}")
        return (rows.wave_code == 1).astype(float)
    if str(start) not in rows.waves[1:]:
        raise OptionError(f"start must be one of {', '.join(rows.waves[1:])}; given: {start!r}")
    return (rows.wave_code >= rows.waves.index(str(start))).astype(float)


def _estimate(
    design: np.ndarray,
    y: np.ndarray,
    names: list[tuple[str, str, str]],
    rows: Rows,
    kind: str,
    absorbed: int,
    n_boot: int,
    seed: int,
    conf_level: float,
) -> tuple[regression.Fit, list[dict], dict[str, object]]:
    _identified(design, 1)
    plain = "cr1" if kind == "wild" else kind
    fit = regression.ols(design, y, errors=plain, cluster=rows.cluster, absorbed=absorbed)
    table = [
        {"term": term, "part": part, "wave": wave} | coefficient(fit, place, conf_level)
        for place, (part, term, wave) in enumerate(names)
    ]
    if kind != "wild":
        return fit, table, {}
    n_boot = whole("n_boot", n_boot, 99)
    boot = panel.WildBootstrap(design, y, 0, rows.cluster, n_boot, seed).result(conf_level)
    table[0] |= {"p_value": boot.p_value, "conf_low": boot.low, "conf_high": boot.high}
    return fit, table, {"n_boot": boot.draws, "all_signs": boot.enumerated}


def _identified(design: np.ndarray, wanted: int) -> int:
    combined = regression.dependent(np.column_stack([design[:, wanted:], design[:, :wanted]]))
    if combined:
        raise ModelError(
            "the effect cannot be told from the effects of units and waves: at some moment there is no "
            "untreated unit to compare with, or a covariate does not vary"
        )
    return design.shape[1]


def _explained(fit: regression.Fit, y: np.ndarray, within: bool) -> float:
    total = float(y @ y) if within else float(((y - y.mean()) ** 2).sum())
    return 1 - float(fit.residuals @ fit.residuals) / total


def _printed(
    data: Mapping[str, Moments], outcome: str | Sequence[str], treated: str, conf_level: float
) -> Result:
    columns = frames.names(outcome, "outcome")
    if len(columns) != 2 or len(data) != 2:
        raise InputError("printed moments need two groups, and outcome as two columns (before, after)")
    if treated not in data:
        raise InputError(
            f"treated must name one of the groups {', '.join(map(str, data))}; given: {treated!r}"
        )
    control = next(name for name in data if name != treated)
    groups: dict[str, Before] = {name: from_moments(data[name], *columns) for name in (control, treated)}
    rows = [
        {"term": name, "part": "change", "n": one.n}
        | tested(one.change, float(np.sqrt(one.variance / one.n)), one.n - 1, conf_level)
        for name, one in groups.items()
    ]
    total = sum(one.n for one in groups.values())
    effect = {"term": treated, "part": "effect", "n": total} | difference(*groups.values(), conf_level)
    return build(
        "trend.difference_in_differences",
        [effect, *rows],
        n_total=total,
        n_used=total,
        method="difference of mean changes from printed moments, pooled variance",
        reference="Morris (2008)",
        conf_level=conf_level,
    )
