"""Gap scores, experience minus expectation, per pair of items and per dimension; from answers or moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.errors import InputError, level, option
from klantstudie.moments import Moments
from klantstudie.numerics import gaps as numerics
from klantstudie.numerics.multiplicity import ADJUSTMENTS
from klantstudie.numerics.multiplicity import adjust as corrected
from klantstudie.result import Result, build


@dataclass(frozen=True)
class _Gap:
    """What a paired test needs; `differences` only where there are answers."""

    expectation: float
    perception: float
    sd: float
    n: int
    differences: np.ndarray | None = None


def servqual(
    data: pd.DataFrame | Moments,
    expectation: Sequence[str],
    perception: Sequence[str],
    *,
    dimensions: Mapping[str, Sequence[str]] | None = None,
    missing: str = "listwise",
    adjust: str = "holm",
    conf_level: float = 0.95,
) -> Result:
    """Gap per pair of items, per dimension and in total: mean experience minus mean expectation.

    The gap is in scale points. The pairs are `expectation[i]` with `perception[i]`; `dimensions` names
    groups of perception items, whose gap is that of their mean. A row is named after its perception item;
    part says pair, dimension or total. Beside the paired t test and its interval stand d_z (the gap over
    the standard deviation of the differences) with a noncentral interval and, from answers, the Wilcoxon
    signed-rank p as a sensitivity check. p values are corrected within the pairs and within the dimensions.
    A gap without any spread has no test (NaN); from moments that print only the correlation within each
    pair, the total is left out. Rows with a missing answer leave the whole table
    (missing="listwise") or only the rows that need them ("pairwise"). The test of a gap says nothing about
    the use of a gap score as a predictor: see `surface`.
    Errors: unequal lists, a name in both lists, a dimension with an unknown item, fewer than two cases.

    References: Parasuraman, Zeithaml and Berry (1988); Holm (1979); Lakens (2013) for d_z.
    """
    conf_level = level(conf_level)
    option("adjust", adjust, ADJUSTMENTS)
    option("missing", missing, ("listwise", "pairwise"))
    pairs = _pairs(expectation, perception)
    source, n_total, n_used = _source(data, pairs, missing)
    wanted = [("pair", item, {item: pairs[item]}) for item in pairs]
    wanted += [
        ("dimension", name, _members(name, items, pairs)) for name, items in (dimensions or {}).items()
    ]
    printed = not isinstance(source, Moments) or not np.isnan(source.corr).any()
    if len(pairs) > 1 and printed:
        wanted.append(("total", "total", pairs))
    rows = [
        {"term": term, "part": part, **_row(_gap(source, members), conf_level)}
        for part, term, members in wanted
    ]
    for part in ("pair", "dimension", "total"):
        mine = [row for row in rows if row["part"] == part]
        for row, p in zip(mine, _corrected(mine, adjust), strict=True):
            row["p_adjusted"] = p
    return build(
        "gaps.servqual",
        rows,
        n_total=n_total,
        n_used=n_used,
        missing=missing,
        method=f"paired t tests, experience minus expectation; p values corrected per part: {adjust}",
        conf_level=conf_level,
        reference="Parasuraman, Zeithaml and Berry (1988); Holm (1979); Lakens (2013)",
    )


def _pairs(expectation: Sequence[str], perception: Sequence[str]) -> dict[str, str]:
    """Return the expectation item of each perception item."""
    before = frames.names(expectation, "expectation")
    after = frames.names(perception, "perception")
    if len(before) != len(after):
        raise InputError(
            f"expectation and perception must be pairs; given: {len(before)} and {len(after)} items"
        )
    both = sorted(set(before) & set(after))
    if both:
        raise InputError(f"an item cannot be expectation and perception at once: {', '.join(both)}")
    return dict(zip(after, before, strict=True))


def _members(name: str, items: Sequence[str], pairs: Mapping[str, str]) -> dict[str, str]:
    listed = frames.names(items, f"dimension '{name}'")
    unknown = [item for item in listed if item not in pairs]
    if unknown:
        raise InputError(
            f"dimensions: '{name}' names {', '.join(unknown)}, "
            f"not among the perception items {', '.join(pairs)}"
        )
    return {item: pairs[item] for item in listed}


def _source(
    data: pd.DataFrame | Moments, pairs: Mapping[str, str], missing: str
) -> tuple[pd.DataFrame | Moments, int, int]:
    columns = [*pairs.values(), *pairs]
    if isinstance(data, Moments):
        data.select(list(pairs.values()), "expectation", partial=True)
        chosen = data.select(columns, "perception", partial=True)
        return chosen, chosen.n, chosen.n
    frames.require(data, list(pairs.values()), "expectation")
    taken = frames.numeric(data, columns, "perception")
    if missing == "listwise":
        kept, n_total = frames.complete(taken, columns, "expectation and perception", at_least=2)
        return kept, n_total, len(kept)
    both = [taken[[item, other]].notna().all(axis=1) for item, other in pairs.items()]
    return taken, len(taken), int(np.logical_or.reduce(both).sum())


def _gap(source: pd.DataFrame | Moments, members: Mapping[str, str]) -> _Gap:
    before, after = list(members.values()), list(members)
    if isinstance(source, Moments):
        known = source.select([*before, *after])
        size = len(members)
        contrast = np.repeat([-1 / size, 1 / size], size)
        spread = float(np.sqrt(max(contrast @ known.cov @ contrast, 0.0)))
        return _Gap(known.mean[:size].mean(), known.mean[size:].mean(), spread, known.n)
    kept = source[[*before, *after]].dropna()
    if len(kept) < 2:
        raise InputError(f"{', '.join(after)}: {len(kept)} rows with both answers; at least 2 are needed")
    first, second = kept[before].mean(axis=1).to_numpy(), kept[after].mean(axis=1).to_numpy()
    differences = second - first
    # Means of several items leave rounding dust; a spread below it is no spread.
    spread = float(differences.std(ddof=1))
    spread = 0.0 if spread < 1e-12 else spread
    return _Gap(float(first.mean()), float(second.mean()), spread, len(kept), differences)


def _row(gap: _Gap, conf_level: float) -> dict[str, object]:
    difference = gap.perception - gap.expectation
    return {
        "n": gap.n,
        "expectation": gap.expectation,
        "perception": gap.perception,
        "gap": difference,
        "sd": gap.sd,
        **numerics.paired(difference, gap.sd, gap.n, conf_level),
        "statistic_name": "t",
        "effect_name": "d_z",
        "p_rank": _signed_rank(gap.differences),
    }


def _signed_rank(differences: np.ndarray | None) -> float:
    """Return the Wilcoxon p: normal approximation with continuity correction, zero differences left out."""
    if differences is None:
        return np.nan
    moved = np.round(differences[np.abs(differences) > 1e-12], 12)
    if len(moved) == 0:
        return np.nan
    return float(stats.wilcoxon(moved, correction=True, method="asymptotic").pvalue)


def _corrected(rows: Sequence[Mapping], method: str) -> np.ndarray:
    return corrected([float(row["p_value"]) for row in rows], method)
