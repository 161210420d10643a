"""Example calls of the describe room, on made answers of sixty customers with some missing."""

from klantstudie.analyses import describe
from tests.contract import Example
from tests.examples.gaps import customers

EXAMPLES = {
    "sample": Example(
        call=lambda frame: describe.sample(frame, ["branch", "channel"], weights="weight"),
        frame=customers,
        columns=["branch", "channel", "weight"],
    ),
    "items": Example(
        call=lambda frame: describe.items(frame, ["p1", "p2", "e2"], scale=(1, 7)),
        frame=customers,
        columns=["p1", "p2", "e2"],
    ),
    "answers": Example(
        call=lambda frame: describe.answers(frame, ["p1", "p2"], scale=(1, 7)),
        frame=customers,
        columns=["p1", "p2"],
    ),
    "correlations": Example(
        call=lambda frame: describe.correlations(frame, ["p1", "satisfaction", "recommend"]),
        frame=customers,
        columns=["p1", "satisfaction", "recommend"],
    ),
}
