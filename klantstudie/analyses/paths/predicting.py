"""PLSpredict: how well a path model foretells the answers of people it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from klantstudie.analyses.paths.model import Model, read_model, values
from klantstudie.errors import ModelError, option, whole
from klantstudie.numerics.pls_predict import cross_validate, predicted_items
from klantstudie.result import Result, build


def predict(
    frame: pd.DataFrame,
    blocks: Mapping[str, Sequence[str]],
    paths: Sequence[str],
    *,
    modes: str | Mapping[str, str] = "A",
    scheme: str = "path",
    antecedents: str = "direct",
    n_folds: int = 10,
    n_repeats: int = 10,
    seed: int = 1,
) -> Result:
    """Out-of-sample prediction of the items of explained constructs (PLSpredict, Q2predict).

    One row per item (group = its construct): `estimate` is Q2predict = 1 - SSE / SSE of the training mean (above 0:
    better than the mean; at most 1), `rmse` and `mae` the prediction errors of the path model in the units of the
    answer, `rmse_linear` that of a linear regression on the items themselves. Errors come from people outside the
    training part of `n_folds` folds, pooled over `n_repeats` random divisions. `antecedents`: "direct" predicts a
    construct from the scores of its direct causes, "earliest" from the exogenous constructs alone. The decision
    counts for how many items the path model beats the linear one: predictive_high (all), predictive_medium (more
    than half), predictive_low (some), predictive_none. Rows with a missing answer are left out.

    Errors: ModelError for a model that cannot be read, an interaction, or fewer cases per fold than parameters.
    References: Shmueli, Ray, Velasquez Estrada and Chatla (2016); Shmueli et al. (2019).
    """
    option("antecedents", antecedents, ("direct", "earliest"))
    repeats = whole("n_repeats", n_repeats, 1)
    model = read_model(blocks, paths, modes, scheme, False)
    if model.products:
        raise ModelError("predict: interactions are not available; leave the products out")
    rows, n_total = values(frame, model, "prediction")
    folds = _folds(n_folds, len(rows), model)
    rng = np.random.default_rng(seed)
    spec = model.spec()
    runs = [
        cross_validate(rows, spec, folds, rng, earliest=antecedents == "earliest") for _ in range(repeats)
    ]
    path, line, naive = (np.vstack(parts) for parts in zip(*runs, strict=True))
    table = _table(model, path, line, naive)
    better = sum(row["rmse"] < row["rmse_linear"] for row in table)
    return build(
        "paths.predict",
        table,
        n_total=n_total,
        n_used=len(rows),
        method=f"PLSpredict, {scheme} weighting scheme, {antecedents} antecedents, {folds} folds, "
        f"{repeats} {'division' if repeats == 1 else 'divisions'}",
        reference=["Shmueli et al. (2016)", "Shmueli et al. (2019)"],
        seed=seed,
        decision=_decision(better, len(table)),
        n_better=better,
    )


def _folds(n_folds: int, n: int, model: Model) -> int:
    folds = whole("n_folds", n_folds, 2)
    if folds > n:
        raise ModelError(f"n_folds={folds} is more than the {n} complete rows")
    left = n - -(-n // folds)
    if left <= len(model.items) + 1:
        raise ModelError(
            f"{left} rows are left to learn from, too few for {len(model.items)} items; use more folds or fewer items"
        )
    return folds


def _table(model: Model, path: np.ndarray, line: np.ndarray, naive: np.ndarray) -> list[dict]:
    of = {item: name for name, items in model.blocks.items() for item in items}
    items = [model.items[place] for place in predicted_items(model.spec())]
    return [
        {
            "term": item,
            "part": "item",
            "group": of[item],
            "estimate": 1 - (path[:, k] ** 2).sum() / (naive[:, k] ** 2).sum(),
            "rmse": np.sqrt((path[:, k] ** 2).mean()),
            "mae": np.abs(path[:, k]).mean(),
            "rmse_linear": np.sqrt((line[:, k] ** 2).mean()),
        }
        for k, item in enumerate(items)
    ]


def _decision(better: int, items: int) -> str:
    if better == items:
        return "predictive_high"
    if better == 0:
        return "predictive_none"
    return "predictive_medium" if better > items / 2 else "predictive_low"
