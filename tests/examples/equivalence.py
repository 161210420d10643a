"""Example calls of klantstudie.analyses.equivalence."""

import numpy as np
import pandas as pd

from klantstudie.analyses import equivalence
from klantstudie.result import build
from tests.contract import Example


def views() -> pd.DataFrame:
    chance = np.random.default_rng(4)
    truth = chance.normal(7, 1, 60)
    frame = pd.DataFrame({"mark": truth, "customer": truth + chance.normal(0, 0.6, 60)})
    frame["manager"] = truth + chance.normal(0.1, 0.8, 60)
    frame["branch"] = np.where(np.arange(60) % 2, "north", "south")
    frame.loc[3, "customer"] = np.nan
    return frame


def trend():
    row = {"term": "year", "estimate": 0.02, "std_error": 0.05, "df": 40}
    return build(
        "demo.slope",
        [row],
        n_total=42,
        n_used=42,
        method="least squares",
        reference="Gauss (1809)",
    )


EXAMPLES = {
    "means": Example(
        lambda frame: equivalence.means(frame, "customer", "branch", bounds=(-1, 1)),
        views,
        ["customer", "branch"],
    ),
    "paired": Example(
        lambda frame: equivalence.paired(frame, "customer", "manager", bounds=(-0.5, 0.5)),
        views,
        ["customer", "manager"],
    ),
    "correlation": Example(
        lambda frame: equivalence.correlation(frame, "customer", "manager", bounds=(-0.2, 0.2)),
        views,
        ["customer", "manager"],
    ),
    "dependent_correlations": Example(
        lambda frame: equivalence.dependent_correlations(frame, "mark", "customer", "manager"),
        views,
        ["mark", "customer", "manager"],
    ),
    "methods": Example(
        lambda frame: equivalence.methods(frame, "customer", "manager"),
        views,
        ["customer", "manager"],
    ),
    "means_printed": Example(
        lambda _: equivalence.means_printed([5, 5.1], [1, 1.2], [80, 90], bounds=(-0.5, 0.5)),
        None,
        reason="works on printed means, standard deviations and n",
    ),
    "proportions": Example(
        lambda _: equivalence.proportions([120, 85], [200, 150], bounds=(-0.2, 0.2)),
        None,
        reason="works on counts",
    ),
    "slope": Example(
        lambda _: equivalence.slope(trend(), "year", bounds=(-0.2, 0.2)),
        None,
        reason="works on another result",
    ),
}
