"""Example calls of the groups room, on made answers of sixty customers with some missing."""

from klantstudie.analyses import groups
from tests.contract import Example
from tests.examples.gaps import customers

EXAMPLES = {
    "compare": Example(
        call=lambda frame: groups.compare(frame, ["satisfaction", "p1"], "branch"),
        frame=customers,
        columns=["satisfaction", "p1", "branch"],
    ),
    "pairwise": Example(
        call=lambda frame: groups.pairwise(frame, "satisfaction", "branch"),
        frame=customers,
        columns=["branch", "satisfaction"],
    ),
    "table": Example(
        call=lambda frame: groups.table(frame, "branch", "channel"),
        frame=customers,
        columns=["channel", "branch"],
    ),
    "ranks": Example(
        call=lambda frame: groups.ranks(frame, ["satisfaction", "p1"], "branch"),
        frame=customers,
        columns=["p1", "satisfaction", "branch"],
    ),
    "trend_over_order": Example(
        call=lambda frame: groups.trend_over_order(
            frame, "satisfaction", "channel", order=["desk", "phone", "web"]
        ),
        frame=customers,
        columns=["channel", "satisfaction"],
    ),
}
