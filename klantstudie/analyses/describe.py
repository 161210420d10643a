"""Describe the answers: who took part, each item, each answer, and how the items hang together.

Stands on pandas for moments and on scipy for correlations.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import frames
from klantstudie.errors import InputError, OptionError, level, option
from klantstudie.moments import Moments
from klantstudie.numerics.multiplicity import ADJUSTMENTS
from klantstudie.numerics.multiplicity import adjust as corrected
from klantstudie.result import Result, build

__all__ = ["answers", "correlations", "items", "sample"]


def sample(
    frame: pd.DataFrame, by: str | Sequence[str] | None = None, *, weights: str | None = None
) -> Result:
    """Count who took part: all cases and, for each background column, number and share per label.

    Shares lie between 0 and 1 and are of the cases with a label; with `weights` the share is weighted and n
    is not. A row labelled "missing" counts the cases without a label (no share). The first row, term
    "total", counts all cases; cases without a weight, or with weight 0, are left out of everything.
    Errors: a missing column, negative weights, no case left.

    References: Kish (1965) for weighted shares.
    """
    listed = [] if by is None else frames.names(by, "by")
    frames.require(frame, listed, "by") if listed else frames.require(frame, list(frame.columns[:1]))
    if weights is None:
        weight = pd.Series(1.0, index=frame.index)
    else:
        weight = frames.numeric(frame, weights, "weights")[weights]
        if (weight < 0).any():
            raise InputError(f"weights: column '{weights}' holds negative weights")
    keep = (weight > 0).to_numpy()
    if not keep.any():
        raise InputError("sample: no case is left")
    kept, weight = frame[keep], weight[keep].to_numpy()
    rows: list[dict] = [{"term": "total", "group": "", "n": len(kept), "share": 1.0}]
    for column in listed:
        label = frames.labels(kept, column, "by")
        known = label.notna().to_numpy()
        total = weight[known].sum()
        for name in frames.ordered_labels(label):
            mine = (label == name).fillna(False).to_numpy(dtype=bool)
            rows.append({"term": column, "group": name, "n": mine.sum(), "share": weight[mine].sum() / total})
        if not known.all():
            rows.append({"term": column, "group": "missing", "n": (~known).sum(), "share": np.nan})
    return build(
        "describe.sample",
        rows,
        n_total=len(frame),
        n_used=len(kept),
        missing="per column, shown as a row",
        method="counts and shares of the known labels" + (f", weighted by {weights}" if weights else ""),
        reference="Kish (1965)" if weights else "counts",
    )


def items(
    frame: pd.DataFrame, items: str | Sequence[str], *, scale: tuple[float, float] | None = None
) -> Result:
    """Describe each item: n, missing, mean, SD (n - 1), median, range, skewness, kurtosis, floor and ceiling.

    Skewness and excess kurtosis are the bias-corrected ones that SPSS prints (G1 and G2 of Joanes and
    Gill): NaN for an item without variance or with too few answers. Floor and ceiling are the shares at the
    lowest and highest answer of the `scale`, or of the answers seen when no scale is given. Missing answers
    are left out per item.
    Errors: a missing or non-numeric column, an item without any answer, an answer off the scale.

    References: Joanes and Gill (1998).
    """
    taken = frames.numeric(frame, items, "items")
    rows = [_item(name, taken[name], scale) for name in taken.columns]
    ends = "the scale" if scale is not None else "the answers seen"
    return build(
        "describe.items",
        rows,
        n_total=len(taken),
        n_used=int(taken.notna().any(axis=1).sum()),
        missing="per item",
        method=f"skewness G1, kurtosis G2; floor and ceiling of {ends}",
        reference="Joanes and Gill (1998)",
    )


def answers(
    frame: pd.DataFrame, items: str | Sequence[str], *, scale: tuple[int, int] | None = None
) -> Result:
    """Count each answer to each item: one row an item and answer, with number and share.

    The share is of the answers given to that item. With a `scale` all its points have a row, also those
    that nobody chose. Missing answers are left out per item.
    Errors: a missing or non-numeric column, an item without any answer, an answer that is no point of the
    scale.

    References: Likert (1932).
    """
    taken = frames.numeric(frame, items, "items")
    points = None if scale is None else np.arange(min(scale), max(scale) + 1, dtype=float)
    seen = np.unique(taken.to_numpy()[~np.isnan(taken.to_numpy())])
    rows = []
    for name in taken.columns:
        given = _given(name, taken[name], scale)
        if points is not None and not np.isin(given, points).all():
            wrong = given[~np.isin(given, points)][0]
            raise InputError(f"items: '{name}' holds {wrong:g}, which is no point of the scale")
        for point in seen if points is None else points:
            count = int((given == point).sum())
            rows.append({"term": name, "answer": f"{point:g}", "n": count, "share": count / len(given)})
    return build(
        "describe.answers",
        rows,
        n_total=len(taken),
        n_used=int(taken.notna().any(axis=1).sum()),
        missing="per item",
        method="counts and shares of the answers given",
        reference="Likert (1932)",
    )


def correlations(
    data: pd.DataFrame | Moments,
    columns: Sequence[str],
    *,
    method: str = "pearson",
    missing: str = "listwise",
    adjust: str = "holm",
    conf_level: float = 0.95,
) -> Result:
    """Correlate every pair of columns, each with its interval and test; one row a pair, term "a ~~ b".

    Pearson's r has a Fisher z interval; Spearman's rho one with the standard error of Bonett and Wright.
    Both are tested by t with n - 2 degrees of freedom; p values are corrected over all pairs. Rows with a
    missing answer leave every pair ("listwise") or only their own ("pairwise"). From Moments only Pearson
    is possible.
    Errors: a column without variance, fewer than four cases, an unknown method.

    References: Fisher (1921); Bonett and Wright (2000); Holm (1979).
    """
    conf_level = level(conf_level)
    option("method", method, ("pearson", "spearman"))
    option("missing", missing, ("listwise", "pairwise"))
    option("adjust", adjust, ADJUSTMENTS)
    names = frames.names(columns)
    if len(names) < 2:
        raise InputError("columns: a correlation needs two columns")
    rows, n_total, n_used = _pairs(data, names, method, missing, conf_level)
    for row, p in zip(rows, corrected([row["p_value"] for row in rows], adjust), strict=True):
        row["p_adjusted"] = p
    interval = "Fisher z" if method == "pearson" else "Fisher z with the error of Bonett and Wright"
    return build(
        "describe.correlations",
        rows,
        n_total=n_total,
        n_used=n_used,
        missing=missing,
        method=f"{method} correlation, {interval} interval; p values corrected: {adjust}",
        conf_level=conf_level,
        reference="Fisher (1921); Bonett and Wright (2000); Holm (1979)",
        bounded=("estimate",),
    )


def _given(name: str, column: pd.Series, scale: tuple[float, float] | None) -> np.ndarray:
    given = column.dropna().to_numpy()
    if len(given) == 0:
        raise InputError(f"items: '{name}' has no answer at all")
    if scale is not None:
        off = given[(given < min(scale)) | (given > max(scale))]
        if len(off):
            raise InputError(
                f"items: '{name}' holds {off[0]:g}, outside the scale of {min(scale):g} to {max(scale):g}"
            )
    return given


def _item(name: str, column: pd.Series, scale: tuple[float, float] | None) -> dict[str, object]:
    given = _given(name, column, scale)
    n = len(given)
    low, high = (min(scale), max(scale)) if scale is not None else (given.min(), given.max())
    varies = np.ptp(given) > 0
    return {
        "term": name,
        "n": n,
        "n_missing": len(column) - n,
        "mean": given.mean(),
        "sd": given.std(ddof=1) if n > 1 else np.nan,
        "median": np.median(given),
        "minimum": given.min(),
        "maximum": given.max(),
        "skewness": stats.skew(given, bias=False) if varies and n > 2 else np.nan,
        "kurtosis": stats.kurtosis(given, bias=False) if varies and n > 3 else np.nan,
        "floor": (given == low).mean(),
        "ceiling": (given == high).mean(),
    }


def _pairs(
    data: pd.DataFrame | Moments, names: list[str], method: str, missing: str, conf_level: float
) -> tuple[list[dict], int, int]:
    if isinstance(data, Moments):
        if method != "pearson":
            raise OptionError(f"method='{method}' needs the answers; from moments only 'pearson' is possible")
        known = data.select(names)
        found = [
            _row(a, b, float(known.corr[i, j]), known.n, method, conf_level)
            for (i, a), (j, b) in combinations(enumerate(names), 2)
        ]
        return found, known.n, known.n
    taken = frames.numeric(data, names)
    n_total = len(taken)
    if missing == "listwise":
        taken = taken.dropna()
    rows = []
    used = np.zeros(len(taken), dtype=bool)
    for a, b in combinations(names, 2):
        both = taken[[a, b]].to_numpy()
        keep = ~np.isnan(both).any(axis=1)
        used |= keep
        both = both[keep]
        if len(both) < 4:
            raise InputError(
                f"columns: '{a}' and '{b}' have {len(both)} complete cases; at least 4 are needed"
            )
        flat = [name for name, spread in zip((a, b), np.ptp(both, axis=0), strict=True) if spread == 0]
        if flat:
            raise InputError(f"columns: '{flat[0]}' has no variance, so no correlation")
        if method == "spearman":
            both = stats.rankdata(both, axis=0)
        rows.append(_row(a, b, float(np.corrcoef(both.T)[0, 1]), len(both), method, conf_level))
    return rows, n_total, int(used.sum())


def _row(a: str, b: str, r: float, n: int, method: str, conf_level: float) -> dict[str, object]:
    if n < 4:
        raise InputError(f"columns: a correlation with an interval needs 4 cases; given: {n}")
    r = float(np.clip(r, -1, 1))
    df = n - 2
    rest = 1 - r**2
    exact = rest < 1e-14
    statistic = np.copysign(np.inf, r) if exact else r * np.sqrt(df / rest)
    error = np.sqrt((1 + r**2 / 2 if method == "spearman" else 1) / (n - 3))
    z, reach = (0.0, 0.0) if exact else (np.arctanh(r), stats.norm.ppf((1 + conf_level) / 2) * error)
    return {
        "term": f"{a} ~~ {b}",
        "n": n,
        "estimate": r,
        "conf_low": r if exact else np.tanh(z - reach),
        "conf_high": r if exact else np.tanh(z + reach),
        "statistic": statistic,
        "statistic_name": "t",
        "df": df,
        "p_value": 0.0 if exact else 2 * stats.t.sf(abs(statistic), df),
    }
