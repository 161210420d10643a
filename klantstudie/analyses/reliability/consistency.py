"""Alpha and item statistics of a scale, and the reliability of all scales of a study in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from klantstudie.analyses.reliability._intake import covariances, negative, taken
from klantstudie.analyses.reliability.factors import omega
from klantstudie.analyses.reliability.ordered import ordinal_alpha, ordinal_omega
from klantstudie.errors import InputError, ModelError, level
from klantstudie.frames import numeric
from klantstudie.moments import Moments
from klantstudie.numerics import reliability as numbers
from klantstudie.result import Result, build

SCALE_COLUMNS = ["term", "part", "n", "n_items", "estimate", "conf_low", "conf_high", "note"]


def alpha(
    data: pd.DataFrame | Moments,
    items: Sequence[str],
    *,
    standardized: bool = False,
    conf_level: float = 0.95,
) -> Result:
    """Cronbach's alpha of a sum of items, with Feldt's interval.

    The estimate is a reliability (at most 1, below 0 when items run against each other). Raw alpha (of the items as
    they were answered) is the default, as in SPSS and psych; `standardized=True` gives every item the same variance,
    as SmartPLS and ADANCO do. Rows with a missing answer on any item are left out, and Feldt's interval uses the n
    that remains. Reverse-scored items must have been turned before: items with a negative item-rest correlation are
    named in `info["negative_items"]`. From Moments without standard deviations only `standardized=True` is possible.

    Errors: InputError for fewer than two items, an absent or constant column; OptionError for a wrong level.
    References: Cronbach (1951); Feldt (1965).
    """
    level(conf_level)
    moments, n_total = taken(data, items)
    cov = moments.corr if standardized else covariances(moments)
    p = len(cov)
    estimate = float(numbers.alpha(cov))
    low, high = numbers.feldt(estimate, moments.n, p, conf_level)
    between = moments.corr[np.tril_indices(p, -1)]
    return build(
        "reliability.alpha",
        [
            {
                "term": "alpha",
                "n": moments.n,
                "n_items": p,
                "estimate": estimate,
                "conf_low": low,
                "conf_high": high,
            }
        ],
        n_total=n_total,
        n_used=moments.n,
        method=f"Cronbach's alpha, {'standardised' if standardized else 'raw'} items; interval of Feldt (F)",
        reference=["Cronbach (1951)", "Feldt (1965)"],
        conf_level=conf_level,
        bounded=["estimate"],
        fit={"mean_correlation": float(between.mean())},
        negative_items=negative(moments, cov),
    )


def scales(
    data: pd.DataFrame | Moments,
    scales: Mapping[str, Sequence[str]],
    *,
    standardized: bool = False,
    ordered: bool = False,
    n_boot: int = 500,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """The reliability of every scale of a study in one table: alpha, and omega total where it exists.

    Two rows a scale, part "alpha" and "omega_total", each a reliability (at most 1) with its interval and the n that
    is complete on that scale. A scale of one item has no row of numbers; a scale of two items has no omega, and
    neither has one whose single factor does not converge: the note says so. With `ordered` (frame only) two rows more,
    "ordinal_alpha" and "ordinal_omega", without interval, take the answers as ordered categories; a scale with more
    than 20 different answers says so in its note. Settings as in `alpha`, `omega`, `ordinal_alpha`, `ordinal_omega`.

    Errors: InputError when no scale is given, or as `alpha`.
    References: Cronbach (1951); Feldt (1965); McDonald (1999); Green and Yang (2009).
    """
    if not scales:
        raise InputError("scales: no scale was given; the codebook declares none")
    if ordered and isinstance(data, Moments):
        raise InputError("ordered: ordered answers need the answers themselves, not moments")
    rows, used = [], []
    for name, items in scales.items():
        listed = list(items)
        if len(listed) < 2:
            rows.append({"term": name, "part": "alpha", "n_items": len(listed), "note": "one item"})
            continue
        first = alpha(data, listed, standardized=standardized, conf_level=conf_level)
        note = "negative_items" if first.info["negative_items"] else ""
        rows.append({**first.table.iloc[0], "term": name, "part": "alpha", "note": note})
        used.append(first.info["n_used"])
        settings = {"standardized": standardized, "n_boot": n_boot, "seed": seed, "conf_level": conf_level}
        found = [_other(omega, "omega_total", data, listed, **settings)]
        if ordered:
            found += [
                _other(one, part, data, listed)
                for part, one in (("ordinal_alpha", ordinal_alpha), ("ordinal_omega", ordinal_omega))
            ]
        size = {"n": first.info["n_used"], "n_items": len(listed)}
        rows += [{**size, **row, "term": name} for row in found]
    n_total = data.n if isinstance(data, Moments) else len(data)
    return build(
        "reliability.scales",
        pd.DataFrame(rows).reindex(columns=SCALE_COLUMNS),
        n_total=n_total,
        n_used=min(used, default=0),
        missing="listwise per scale; n_used is the smallest",
        method=f"Cronbach's alpha (Feldt) and omega total (bootstrap), {'standardised' if standardized else 'raw'} items"
        + ("; ordinal alpha (polychoric) and omega of ordered answers (Green and Yang)" if ordered else ""),
        reference=["Cronbach (1951)", "Feldt (1965)", "McDonald (1999)"]
        + ["Green and Yang (2009)"] * ordered,
        conf_level=conf_level,
        seed=seed,
        bounded=["estimate"],
        n_boot=n_boot,
    )


def _other(function: Callable[..., Result], part: str, data, items: list[str], **settings) -> dict:
    """The row of another coefficient; where it does not exist the note says why."""
    if len(items) < 3 and part != "ordinal_alpha":
        return {"part": part, "note": "two items"}
    try:
        return {**function(data, items, **settings).table.iloc[0], "part": part, "note": ""}
    except ModelError:
        return {"part": part, "note": "no one-factor solution"}
    except InputError:
        return {"part": part, "note": "more than 20 different answers"}


def item_statistics(
    data: pd.DataFrame | Moments,
    items: Sequence[str] | Mapping[str, Sequence[str]],
    *,
    standardized: bool = False,
) -> Result:
    """Mean, spread, item-rest correlation and alpha if dropped of each item of a scale, or of several scales by name.

    Item-rest is the correlation of an item with the sum of the others (-1 to 1); alpha if dropped is alpha of the
    other items, on the same footing (raw or standardised) as item-rest. NaN where fewer than two items would remain.
    Given scales by name, group is the scale; a scale of one item has no row. All numbers rest on the rows that are
    complete on the items of the scale; n_missing counts the missing answers per item in all rows (0 with Moments).

    Errors: as in `alpha`.
    References: Nunnally and Bernstein (1994); Cronbach (1951).
    """
    named = isinstance(items, Mapping)
    several = {name: list(each) for name, each in items.items() if len(each) > 1} if named else {"": items}
    if not several:
        raise InputError("items: no scale has two items or more")
    found = [_item_rows(data, each, name if named else None, standardized) for name, each in several.items()]
    used = min(moments.n for _, moments, _ in found)
    return build(
        "reliability.item_statistics",
        [row for rows, _, _ in found for row in rows],
        n_total=data.n if isinstance(data, Moments) else len(data),
        n_used=used,
        missing="listwise per scale; n_used is the smallest" if named else "listwise",
        method=f"item-rest correlation and alpha if dropped, {'standardised' if standardized else 'raw'} items",
        reference=["Nunnally and Bernstein (1994)", "Cronbach (1951)"],
        fit={} if named else {"alpha": float(numbers.alpha(found[0][2]))},
        negative_items=tuple(item for _, moments, cov in found for item in negative(moments, cov)),
    )


def _item_rows(
    data: pd.DataFrame | Moments, items: Sequence[str], scale: str | None, standardized: bool
) -> tuple[list[dict], Moments, np.ndarray]:
    moments, _ = taken(data, items)
    cov = moments.corr if standardized else covariances(moments)
    missing = [0] * len(cov) if isinstance(data, Moments) else numeric(data, items, "items").isna().sum()
    rest, dropped = numbers.item_rest(cov), numbers.if_dropped(cov)
    rows = [
        {
            "term": name,
            **({} if scale is None else {"group": scale}),
            "n": moments.n,
            "n_missing": int(absent),
            "mean": moments.mean[place],
            "sd": moments.sd[place],
            "item_rest": rest[place],
            "if_dropped": dropped[place],
        }
        for place, (name, absent) in enumerate(zip(moments.columns, missing, strict=True))
    ]
    return rows, moments, cov
