"""Example calls of the drivers room, on made answers of sixty customers with some missing."""

from klantstudie.analyses import drivers
from tests.contract import Example
from tests.examples.gaps import customers

MARKS = ["p1", "p2", "p3"]

EXAMPLES = {
    "regression": Example(
        call=lambda frame: drivers.regression(frame, "satisfaction", MARKS, cluster="channel"),
        frame=customers,
        columns=["p1", "p2", "p3", "satisfaction", "channel"],
    ),
    "relative_weights": Example(
        call=lambda frame: drivers.relative_weights(frame, "satisfaction", MARKS, n_boot=300),
        frame=customers,
        columns=[*MARKS, "satisfaction"],
        closed_form=False,
    ),
    "dominance": Example(
        call=lambda frame: drivers.dominance(frame, "satisfaction", MARKS, n_boot=0),
        frame=customers,
        columns=[*MARKS, "satisfaction"],
    ),
    "retention": Example(
        call=lambda frame: drivers.retention(frame, "renewed", ["satisfaction", "recommend"]),
        frame=customers,
        columns=["satisfaction", "recommend", "renewed"],
    ),
}
