"""Before and after: the change per group, and analysis of covariance beside the change score (Lord's
paradox).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from klantstudie import frames
from klantstudie.analyses._rows import tested
from klantstudie.analyses.trend.rows import WORDS, chosen_errors, coefficient
from klantstudie.errors import InputError, level
from klantstudie.moments import Moments
from klantstudie.numerics import regression
from klantstudie.result import Result, build


@dataclass(frozen=True)
class Before:
    """Means, SDs, correlation and n of a before and an after measurement in one group."""

    n: int
    pre: float
    post: float
    sd_pre: float
    sd_post: float
    r: float

    @property
    def change(self) -> float:
        """The mean change."""
        return self.post - self.pre

    @property
    def variance(self) -> float:
        """The variance of the change."""
        return self.sd_pre**2 + self.sd_post**2 - 2 * self.r * self.sd_pre * self.sd_post


def change(
    data: pd.DataFrame | Mapping[str, Moments],
    pre: str,
    post: str,
    *,
    group: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Return the change from a before to an after measurement, per group, and the difference between two
    groups.

    One row of the frame is one unit with both measurements. Part "change": mean change with paired t test;
    `effect` is the change over the standard deviation before, corrected for small samples (d_pre). With two
    groups part "difference": change of the second group less that of the first, pooled-variance t test, and
    `effect` d_ppc2 (over the pooled standard deviation before, corrected). `data` may be Moments by group (a
    printed table of M, SD, r and n with the columns pre and post). Units without both measurements are left
    out. Errors: a group of one.

    References: Becker (1988); Morris (2008), d_ppc2.
    """
    conf_level = level(conf_level)
    groups, n_total = _groups(data, pre, post, group)
    rows = []
    for name, one in groups.items():
        correction = 1 - 3 / (4 * (one.n - 1) - 1)
        rows.append(
            {"term": "change", "part": "change", "group": name, "n": one.n, "mean": one.pre, "sd": one.sd_pre}
            | tested(one.change, float(np.sqrt(one.variance / one.n)), one.n - 1, conf_level)
            | {
                "effect": one.change / one.sd_pre * correction if one.sd_pre > 0 else np.nan,
                "effect_name": "d_pre",
            }
        )
    if len(groups) == 2:
        (control, first), (treated, second) = groups.items()
        rows.append(
            {"term": "change", "part": "difference", "group": treated, "reference_group": control}
            | {"n": first.n + second.n}
            | difference(first, second, conf_level)
        )
    return build(
        "trend.change",
        rows,
        n_total=n_total,
        n_used=sum(one.n for one in groups.values()),
        method="paired t tests; difference of changes with pooled variance",
        reference="Becker (1988); Morris (2008)",
        conf_level=conf_level,
    )


def ancova(
    frame: pd.DataFrame,
    pre: str,
    post: str,
    group: str,
    *,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    errors: str = "classic",
    conf_level: float = 0.95,
) -> Result:
    """Return the difference between two groups after, given before: by covariance and by change score, side
    by side.

    Part "ancova": the group difference in `post` at equal `pre` (and covariates), and the slope of pre. Part
    "change": the group difference in post - pre. Part "explanation": `baseline`, the group difference before,
    and `difference`, ANCOVA less change score, which equals (1 - slope) times that baseline when there are no
    covariates. ANCOVA asks how two units that started alike compare, the change score which group moved more;
    when groups differ at the start, as without random assignment, both cannot be right about the same
    question, and both are shown. The second group is compared with the first (`reference_group`), in the
    order of their labels. `errors` is "classic", hc0 to hc3, or with a cluster cr0 to cr2 ("auto": cr2). Rows
    with a missing answer are left out.

    References: Lord (1967); Van Breukelen (2013).
    """
    conf_level = level(conf_level)
    kind = chosen_errors(errors, cluster is not None)
    covariates = frames.names(covariates, "covariates") if len(covariates) else []
    columns = frames.names([pre, post, *covariates], "pre, post and covariates")
    values = frames.numeric(frame, columns, "pre, post and covariates")
    label = frames.labels(frame, group)
    kept = values.notna().all(axis=1) & label.notna()
    groups = None
    if cluster:
        belongs = frames.labels(frame, cluster, "cluster")
        kept &= belongs.notna()
        groups = belongs[kept.to_numpy(dtype=bool)].to_numpy(dtype=str)
    kept = kept.to_numpy(dtype=bool)
    values, label = values[kept], label[kept]
    control, treated = _two(label, group)
    dummy = (label == treated).to_numpy(dtype=float)
    more = values[covariates].to_numpy()
    before, after = values[pre].to_numpy(), values[post].to_numpy()
    ones = np.ones(len(values))
    settings = {"errors": kind, "cluster": groups}
    plan = np.column_stack([ones, dummy, before, more])
    adjusted = regression.ols(plan, after, names=["intercept", group, pre, *covariates], **settings)
    moved = regression.ols(np.column_stack([ones, dummy, more]), after - before, **settings)
    start = regression.ols(np.column_stack([ones, dummy]), before, **settings)
    names = {"group": treated, "reference_group": control}
    rows = [
        {"term": group, "part": "ancova", **names} | coefficient(adjusted, 1, conf_level),
        {"term": pre, "part": "ancova"} | coefficient(adjusted, 2, conf_level),
        {"term": group, "part": "change", **names} | coefficient(moved, 1, conf_level),
        {"term": "baseline", "part": "explanation", **names} | coefficient(start, 1, conf_level),
        {"term": "difference", "part": "explanation", "estimate": adjusted.coef[1] - moved.coef[1]},
    ]
    return build(
        "trend.ancova",
        rows,
        n_total=len(frame),
        n_used=len(values),
        method=f"analysis of covariance beside change score; {WORDS[kind]}",
        reference="Lord (1967); Van Breukelen (2013)",
        conf_level=conf_level,
        fit={"r_squared": adjusted.r_squared},
    )


def difference(first: Before, second: Before, conf_level: float) -> dict[str, float | str]:
    """Return the difference between two groups in change: pooled t test and d_ppc2."""
    df = first.n + second.n - 2
    pooled = ((first.n - 1) * first.variance + (second.n - 1) * second.variance) / df
    error = float(np.sqrt(pooled * (1 / first.n + 1 / second.n)))
    start = np.sqrt(((first.n - 1) * first.sd_pre**2 + (second.n - 1) * second.sd_pre**2) / df)
    away = second.change - first.change
    effect = away / start * (1 - 3 / (4 * df - 1)) if start > 0 else np.nan
    return tested(away, error, df, conf_level) | {"effect": effect, "effect_name": "d_ppc2"}


def _groups(
    data: pd.DataFrame | Mapping[str, Moments], pre: str, post: str, group: str | None
) -> tuple[dict[str, Before], int]:
    if isinstance(data, Mapping):
        found = {str(name): from_moments(one, pre, post) for name, one in data.items()}
        return found, sum(one.n for one in found.values())
    values = frames.numeric(data, [pre, post], "pre and post")
    kept = values.notna().all(axis=1)
    label = frames.labels(data, group) if group else pd.Series("", index=data.index, dtype="string")
    kept = (kept & label.notna()).to_numpy(dtype=bool)
    if not kept.any():
        raise InputError(f"no unit has both '{pre}' and '{post}'")
    values, label = values[kept], label[kept]
    found = {}
    for name in frames.ordered_labels(label):
        part = values[(label == name).to_numpy(dtype=bool)].to_numpy()
        if len(part) < 2:
            whose = f"group '{name}' has" if group else "there is"
            raise InputError(f"{whose} one unit with both measurements; two are needed")
        part = part[np.lexsort(part.T)]
        sd = part.std(0, ddof=1)
        r = float(np.corrcoef(part.T)[0, 1]) if (sd > 0).all() else 0.0
        mean = part.mean(0)
        found[name] = Before(len(part), float(mean[0]), float(mean[1]), float(sd[0]), float(sd[1]), r)
    return found, len(data)


def from_moments(moments: Moments, pre: str, post: str) -> Before:
    """Return the two measurements of one group from a printed table."""
    chosen = moments.select([pre, post])
    if np.isnan(chosen.mean).any() or np.isnan(chosen.sd).any():
        raise InputError("a change needs the mean and the standard deviation of both measurements")
    return Before(chosen.n, *map(float, chosen.mean), *map(float, chosen.sd), float(chosen.corr[0, 1]))


def _two(label: pd.Series, group: str) -> tuple[str, str]:
    found = frames.ordered_labels(label)
    if len(found) != 2:
        raise InputError(f"'{group}' must have two groups; it has {len(found)}: {', '.join(found[:6])}")
    return found[0], found[1]
