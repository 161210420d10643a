"""Survey weights: raking to known shares, what that costs, and estimates with standard errors that know of weights.

Own numerics (klantstudie.numerics.weighting), the linearisation of Debian R's `survey`; statsmodels' frequency weights
take a weight for a number of respondents, which makes standard errors too small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie.errors import InputError, ModelError, OptionError, level, suggestion
from klantstudie.frames import labels, names, numeric, require
from klantstudie.numerics import weighting as maths
from klantstudie.result import Result, build

REFERENCE = ("Deville, Särndal & Sautory (1993)", "Lumley (2010)")
FIXED = "the weights are taken as fixed"


def rake(
    frame: pd.DataFrame,
    targets: Mapping[str, Mapping[str, float]],
    *,
    base: str | None = None,
    trim: float | None = None,
) -> pd.Series:
    """Return a weight for every row, so that the weighted shares of every target column are the known ones.

    `targets` maps a column to {label: share or count}; counts are turned into shares. `base` names a column of
    starting weights. `trim` cuts weights above that many times the mean, again and again until the shares hold too.
    The weights have mean 1. A label without a target, a target that nobody has, a missing label are one InputError;
    targets that cannot be met together (or not under `trim`) are a ModelError.

    References: Deming and Stephan (1940); Deville, Särndal and Sautory (1993).
    """
    if not targets:
        raise InputError("targets: name at least one column with its shares")
    require(frame, list(targets), "targets")
    if trim is not None and trim <= 1:
        raise OptionError(f"trim must be larger than 1 (times the mean weight); given: {trim!r}")
    margins, problems = [], []
    for column, shares in targets.items():
        margin, found = _margin(labels(frame, column, "targets"), column, shares)
        margins.append(margin)
        problems += found
    if problems:
        raise InputError("; ".join(problems))
    start = np.ones(len(frame)) if base is None else _weights(frame, base)
    weights, steps, converged = maths.rake(margins, start, trim=trim)
    if not converged:
        under = "" if trim is None else f" with no weight above {trim:g} times the mean"
        raise ModelError(
            f"the targets cannot be met together{under} ({steps} rounds); join small groups or loosen them"
        )
    return pd.Series(weights, index=frame.index, name="weight")


def post_stratify(
    frame: pd.DataFrame,
    columns: Sequence[str],
    targets: Mapping[tuple[str, ...], float],
    *,
    base: str | None = None,
) -> pd.Series:
    """Return weights that give every combination of labels its known share or count.

    `targets` maps a tuple of labels, in the order of `columns`, to a share or count.

    References: Holt and Smith (1979).
    """
    listed = names(columns)
    joint = labels(frame, listed[0])
    for column in listed[1:]:
        joint = joint + " / " + labels(frame, column)
    wanted = {" / ".join(map(str, key)): value for key, value in targets.items()}
    weight = {} if base is None else {base: frame[require(frame, base)[0]]}
    return rake(pd.DataFrame({"cell": joint, **weight}), {"cell": wanted}, base=base)


def _margin(
    found: pd.Series, column: str, shares: Mapping[str, float]
) -> tuple[tuple[np.ndarray, np.ndarray], list[str]]:
    wanted = {str(label): float(share) for label, share in shares.items()}
    problems = []
    if any(share <= 0 or not np.isfinite(share) for share in wanted.values()):
        problems.append(f"targets: '{column}' has a share that is not positive")
    missing = int(found.isna().sum())
    if missing:
        problems.append(
            f"targets: '{column}' is missing in {missing} rows; leave them out or give them a label"
        )
    present = set(found.dropna().unique())
    for label in sorted(present - set(wanted)):
        problems.append(f"targets: '{column}' has no share for '{label}'{suggestion(label, wanted)}")
    for label in sorted(set(wanted) - present):
        problems.append(f"targets: nobody has '{label}' in '{column}'{suggestion(label, present)}")
    total = sum(wanted.values())
    order = list(wanted)
    codes = pd.Index(order).get_indexer(found.astype(object))
    return (codes, np.array([wanted[label] / total for label in order])), problems


def _weights(frame: pd.DataFrame, column: str) -> np.ndarray:
    values = numeric(frame, [column], "weights")[column].to_numpy()
    if np.isnan(values).any() or (values < 0).any() or not (values > 0).any():
        raise InputError(f"weights: column '{column}' must hold a weight of at least 0 in every row")
    return values


def design_effect(weights: pd.Series | Sequence[float]) -> Result:
    """Return Kish's design effect of the weights: how much larger the variance of a mean becomes.

    `estimate` is n sum(w^2) / sum(w)^2 (1 = equal weights); `n_effective` the number of equally weighted respondents
    that tell as much; `minimum` and `maximum` the weights over their mean. Missing weights are left out.

    References: Kish (1965).
    """
    given = np.asarray(weights, dtype=float)
    used = given[~np.isnan(given)]
    if not len(used) or (used < 0).any() or used.sum() == 0:
        raise InputError("weights: at least one weight above 0 and none below 0 are needed")
    effect, mean = maths.design_effect(used), used.mean()
    row = {
        "term": "design_effect",
        "n": len(used),
        "estimate": effect,
        "n_effective": len(used) / effect,
        "minimum": used.min() / mean,
        "maximum": used.max() / mean,
    }
    return build(
        "study.design_effect",
        [row],
        n_total=len(given),
        n_used=len(used),
        method="Kish's design effect of unequal weights",
        reference="Kish (1965)",
    )


def balance(frame: pd.DataFrame, targets: Mapping[str, Mapping[str, float]], weights: str) -> Result:
    """Return for every label of the target columns its target, its share in the sample, and its weighted share.

    `estimate` is the weighted share, `share` the unweighted one, `target` the target.

    References: Deville, Särndal and Sautory (1993).
    """
    require(frame, list(targets), "targets")
    weight, rows = _weights(frame, weights), []
    for column, shares in targets.items():
        found, total = labels(frame, column), sum(shares.values())
        for label, share in shares.items():
            held = (found == str(label)).fillna(False).to_numpy(dtype=bool)
            rows.append(
                {
                    "term": str(label),
                    "group": column,
                    "n": int(held.sum()),
                    "share": held.mean(),
                    "target": share / total,
                    "estimate": weight[held].sum() / weight.sum(),
                }
            )
    return build(
        "study.balance",
        rows,
        n_total=len(frame),
        n_used=len(frame),
        method="shares before and after weighting, beside the targets",
        reference=REFERENCE[0],
        bounded=("estimate",),
    )


def means(
    frame: pd.DataFrame,
    columns: Sequence[str],
    weights: str | None = None,
    *,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Return weighted means with linearised standard errors and t intervals; listwise per column.

    Without `weights` every row counts equally, and the standard error is sd / √n. A column of 0 and 1 gives a
    (weighted) share. With `cluster` the standard error is that of whole clusters. The
    degrees of freedom are the number of rows (or clusters) minus 1.

    References: Lumley (2010).
    """
    level(conf_level)
    values = numeric(frame, columns, "columns")
    weight = np.ones(len(frame)) if weights is None else _weights(frame, weights)
    rows, used_rows = [], np.zeros(len(frame), dtype=bool)
    for name in values.columns:
        known = values[name].notna().to_numpy()
        used_rows |= known
        part, codes = values[name].to_numpy()[known], _clusters(frame, cluster, known)
        units = len(part) if codes is None else int(codes.max(initial=-1)) + 1
        if units < 2:
            raise InputError(
                f"columns: '{name}' has answers from {units} {'cluster' if cluster else 'row'}; two are needed"
            )
        estimate, error = maths.mean(part, weight[known], codes)
        half = stats.t.ppf(0.5 + conf_level / 2, units - 1) * error
        rows.append(
            {
                "term": str(name),
                "n": int(known.sum()),
                "estimate": estimate,
                "std_error": error,
                "df": units - 1,
                "conf_low": estimate - half,
                "conf_high": estimate + half,
            }
        )
    return build(
        "study.weighted_means",
        rows,
        n_total=len(frame),
        n_used=int(used_rows.sum()),
        method=f"{'means' if weights is None else 'weighted means'}, linearised standard errors"
        f"{', clustered' if cluster else ''}{'' if weights is None else f'; {FIXED}'}",
        reference=REFERENCE[1],
        missing="per column",
        conf_level=conf_level,
    )


def regression(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    weights: str,
    *,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Return a weighted linear regression with linearised (design-based) standard errors.

    One row a coefficient, `constant` first; t tests with rows (or clusters) minus the number of coefficients as
    degrees of freedom, as R's svyglm. Rows with a missing answer are left out.

    References: Lumley (2010).
    """
    level(conf_level)
    values = numeric(frame, [outcome, *names(predictors, "predictors")], "columns")
    known = values.notna().all(axis=1).to_numpy()
    codes = _clusters(frame, cluster, known)
    y = values[outcome].to_numpy()[known]
    x = np.column_stack([np.ones(len(y)), values.iloc[:, 1:].to_numpy()[known]])
    units = len(y) if codes is None else int(codes.max(initial=-1)) + 1
    df = units - x.shape[1]
    if df < 1:
        raise InputError(
            f"{units} {'clusters' if cluster else 'rows'} are too few for {x.shape[1]} coefficients"
        )
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise ModelError("a predictor is constant or a combination of the others; leave it out")
    b, covariance = maths.regression(y, x, _weights(frame, weights)[known], codes)
    error = np.sqrt(np.diag(covariance))
    half = stats.t.ppf(0.5 + conf_level / 2, df) * error
    rows = [
        {
            "term": term,
            "estimate": b[i],
            "std_error": error[i],
            "statistic": b[i] / error[i],
            "statistic_name": "t",
            "df": df,
            "p_value": 2 * stats.t.sf(abs(b[i] / error[i]), df),
            "conf_low": b[i] - half[i],
            "conf_high": b[i] + half[i],
        }
        for i, term in enumerate(["constant", *map(str, values.columns[1:])])
    ]
    return build(
        "study.weighted_regression",
        rows,
        n_total=len(frame),
        n_used=int(known.sum()),
        method=f"weighted least squares, linearised standard errors{', clustered' if cluster else ''}; {FIXED}",
        reference=REFERENCE[1],
        conf_level=conf_level,
    )


def _clusters(frame: pd.DataFrame, cluster: str | None, known: np.ndarray) -> np.ndarray | None:
    if cluster is None:
        return None
    found = labels(frame, cluster, "cluster")
    if found.isna().any():
        raise InputError(f"cluster: column '{cluster}' is missing in {int(found.isna().sum())} rows")
    return pd.factorize(found[known])[0]
