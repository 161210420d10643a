"""Out-of-sample prediction with a path model, fold by fold, beside a linear model of the same items; numpy only.

References: Shmueli, Ray, Velasquez Estrada and Chatla (2016); Shmueli et al. (2019).
"""

from __future__ import annotations

import numpy as np

from klantstudie.numerics.pls import Spec, estimate, reachable


def predicted_items(spec: Spec) -> np.ndarray:
    """Return the places of the items of all constructs that others explain."""
    return np.concatenate([spec.blocks[j] for j in np.flatnonzero(spec.links.any(0))])


def fold_errors(
    train: np.ndarray, test: np.ndarray, spec: Spec, *, earliest: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the errors (rows of test, items) of the path model, of the linear model and of the training mean.

    `earliest`: predictions start from the exogenous constructs alone and run along the arrows, and the linear model
    has their items as predictors; otherwise each construct is predicted from the scores of its direct causes, and
    the linear model has the items of those.
    """
    mean, sd = train.mean(0), train.std(0, ddof=1)
    fit = estimate(np.corrcoef(train, rowvar=False)[None], spec)
    scores = ((test - mean) / sd) @ fit.weights[0]
    endogenous = np.flatnonzero(spec.links.any(0))
    foreseen = scores.copy()
    for j in spec.order:
        if j in endogenous:
            causes = np.flatnonzero(spec.links[:, j])
            source = foreseen if earliest else scores
            foreseen[:, j] = source[:, causes] @ fit.paths[0, causes, j]
    reached = reachable(spec.links)
    path, line, naive = [], [], []
    for j in endogenous:
        block = spec.blocks[j]
        path.append(test[:, block] - (mean[block] + foreseen[:, [j]] * fit.loadings[0, block, j] * sd[block]))
        naive.append(test[:, block] - mean[block])
        origins = [i for i in range(len(spec.blocks)) if i not in endogenous and reached[i, j]]
        sources = origins if earliest else np.flatnonzero(spec.links[:, j])
        places = np.concatenate([spec.blocks[i] for i in sources])
        design = np.column_stack([np.ones(len(train)), train[:, places]])
        slopes = np.linalg.lstsq(design, train[:, block], rcond=None)[0]
        line.append(test[:, block] - np.column_stack([np.ones(len(test)), test[:, places]]) @ slopes)
    return np.hstack(path), np.hstack(line), np.hstack(naive)


def cross_validate(
    values: np.ndarray, spec: Spec, n_folds: int, rng: np.random.Generator, *, earliest: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the out-of-fold errors of every row, in the order of the rows; folds are random and of equal size."""
    n = len(values)
    folds = rng.permutation(n) % n_folds
    width = predicted_items(spec).size
    out = tuple(np.empty((n, width)) for _ in range(3))
    for fold in range(n_folds):
        held = folds == fold
        for whole, part in zip(
            out, fold_errors(values[~held], values[held], spec, earliest=earliest), strict=True
        ):
            whole[held] = part
    return out
