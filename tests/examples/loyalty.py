"""Example calls of the loyalty room, on made answers of sixty customers with some missing."""

from klantstudie.analyses import loyalty
from tests.contract import Example
from tests.examples.gaps import customers

EXAMPLES = {
    "nps": Example(
        call=lambda frame: loyalty.nps(frame, "recommend", group="branch", interval="score"),
        frame=customers,
        columns=["recommend", "branch"],
    ),
    "nps_difference": Example(
        call=lambda frame: loyalty.nps_difference(frame, "recommend", "branch", weights="weight"),
        frame=customers,
        columns=["branch", "recommend", "weight"],
    ),
    "top_box": Example(
        call=lambda frame: loyalty.top_box(frame, ["p1", "p2"], scale=(1, 7), group="channel"),
        frame=customers,
        columns=["p1", "p2", "channel"],
    ),
    "effort": Example(
        call=lambda frame: loyalty.effort(frame, "effort"), frame=customers, columns=["effort"]
    ),
    "satisfaction_index": Example(
        call=lambda frame: loyalty.satisfaction_index(frame, ["p1", "p2"], [0.4, 0.5], scale=(1, 7)),
        frame=customers,
        columns=["p1", "p2"],
    ),
}
