"""Kano categories from pairs of answers or from counts, each with its uncertainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.errors import InputError, level, option, whole
from klantstudie.numerics import kano as numerics
from klantstudie.result import Result, build

CORNERS = ("standard", "pouliot", "one_dimensional")


def categories(
    data: pd.DataFrame | Mapping[str, Mapping[str, int]],
    pairs: Mapping[str, Sequence[str]] | None = None,
    *,
    corners: str = "standard",
    n_boot: int = 5000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """Sort attributes into Kano's categories and say how sure that is.

    `data` is a frame with `pairs` ({attribute: (present, absent)}, answers 1 like, 2 must be, 3 neutral, 4
    can live with, 5 dislike), or counts per attribute ({attribute: {"must_be": 95, "one_dimensional": 123,
    …}}). The evaluation table is the standard one of Berger et al., where twice "like" and twice "dislike" are
    questionable. corners="pouliot" calls all equal answers questionable except twice "neutral" (Pouliot, in Berger
    et al., p. 33; all cells as Reppel writes them out). corners="one_dimensional" counts twice "like" as
    one-dimensional, as the R package stp25stat does. `better` (0 to 1) and `worse` (-1 to 0) have percentile
    intervals from resampled respondents; chi-square tests equal shares of the first four categories; `fong` says whether the largest
    count passes Fong's bound over the second (5%, one-sided); `category` is the largest, `category_ranked`
    the earlier in M > O > A > I when Fong's test does not separate the two; `strength` is the share of M, O
    and A. n_boot=0 leaves the intervals out. Missing answers are left out per attribute.
    Errors: answers other than 1 to 5, unknown categories, an attribute without answers.

    References: Kano et al. (1984); Berger et al. (1993); Reppel (2022); Fong (1996); Lee and Newcomb (1997).
    """
    conf_level = level(conf_level)
    option("corners", corners, CORNERS)
    n_boot, seed = whole("n_boot", n_boot), whole("seed", seed)
    if isinstance(data, pd.DataFrame):
        counts, n_total, n_used = _from_pairs(data, pairs, corners)
    else:
        counts = {str(name): _from_counts(str(name), given) for name, given in data.items()}
        n_total = n_used = max((int(seen.sum()) for seen in counts.values()), default=0)
    if not counts:
        raise InputError("pairs: no attribute was named")
    rng = np.random.default_rng(seed)
    rows = [_attribute(name, seen, n_boot, rng, conf_level) for name, seen in counts.items()]
    return build(
        "kano.categories",
        rows,
        n_total=n_total,
        n_used=n_used,
        missing="per attribute",
        method=f"evaluation table: {corners}" + (f"; {n_boot} resamples" if n_boot else "; no intervals"),
        conf_level=conf_level if n_boot else None,
        seed=seed if n_boot else None,
        reference="Kano et al. (1984); Berger et al. (1993); Reppel (2022); Fong (1996); Lee and Newcomb (1997)",
    )


def _from_pairs(
    frame: pd.DataFrame, pairs: Mapping[str, Sequence[str]] | None, corners: str
) -> tuple[dict[str, np.ndarray], int, int]:
    if pairs is None:
        raise InputError("pairs: a frame needs its pairs of columns, {attribute: (present, absent)}")
    table = numerics.table(corners)
    used = np.zeros(len(frame), dtype=bool)
    counts = {}
    for name, pair in pairs.items():
        listed = frames.names(pair, f"pairs '{name}'")
        if len(listed) != 2:
            raise InputError(
                f"pairs: '{name}' needs two columns, present and absent; given: {', '.join(listed)}"
            )
        answers = frames.numeric(frame, listed, f"pairs '{name}'")
        keep = answers.notna().all(axis=1).to_numpy()
        given = answers[keep].to_numpy()
        if len(given) == 0:
            raise InputError(f"pairs: '{name}' has no complete pair of answers")
        wrong = given[~np.isin(given, [1, 2, 3, 4, 5])]
        if len(wrong):
            raise InputError(f"pairs: '{name}' holds {wrong[0]:g}; the answers are 1 (like) to 5 (dislike)")
        present, absent = given.astype(int).T - 1
        counts[str(name)] = np.bincount(table[present, absent], minlength=6)
        used |= keep
    return counts, len(frame), int(used.sum())


def _from_counts(name: str, given: Mapping[str, int]) -> np.ndarray:
    unknown = [word for word in given if word not in numerics.CATEGORIES]
    if unknown:
        raise InputError(
            f"'{name}': unknown category {', '.join(map(repr, unknown))}; use {', '.join(numerics.CATEGORIES)}"
        )
    seen = np.array([given.get(word, 0) for word in numerics.CATEGORIES], dtype=float)
    if (seen < 0).any() or (seen % 1 != 0).any() or seen.sum() == 0:
        raise InputError(f"'{name}': counts must be whole numbers of at least 0, and not all 0")
    return seen.astype(int)


def _attribute(
    name: str, seen: np.ndarray, n_boot: int, rng: np.random.Generator, conf_level: float
) -> dict[str, object]:
    n = int(seen.sum())
    better, worse = (float(one) for one in numerics.coefficients(seen))
    row: dict[str, object] = {"term": name, "n": n}
    row |= dict(zip(numerics.CATEGORIES, seen, strict=True)) | {"better": better, "worse": worse}
    if n_boot and not np.isnan(better):
        # Resampled respondents of one attribute are a multinomial draw of its counts.
        draws = numerics.coefficients(rng.multinomial(n, seen / n, size=n_boot))
        for word, drawn in zip(("better", "worse"), draws, strict=True):
            ends = np.nanquantile(drawn, [(1 - conf_level) / 2, (1 + conf_level) / 2])
            row |= {f"{word}_low": ends[0], f"{word}_high": ends[1]}
    difference, bound = numerics.fong(seen)
    leader, ranked = numerics.assigned(seen)
    core = seen[:4].astype(float)
    expected = core.sum() / 4
    chisq = float(((core - expected) ** 2).sum() / expected) if expected else np.nan
    return row | {
        "category": numerics.CATEGORIES[leader],
        "category_ranked": numerics.CATEGORIES[ranked],
        "fong": "yes" if difference > bound else "no",
        "fong_difference": difference,
        "fong_bound": bound,
        "strength": seen[:3].sum() / n,
        "chisq": chisq,
        "df": 3,
        "p_value": float(stats.chi2.sf(chisq, 3)),
    }
