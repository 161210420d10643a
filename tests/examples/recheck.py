"""Example calls of klantstudie.analyses.recheck; all work on printed numbers."""

import pandas as pd

from klantstudie.analyses import recheck
from klantstudie.moments import Moments
from klantstudie.result import build
from tests.contract import Example
from tests.reference.functions import slope

PRINTED = "works on printed numbers"


def checks() -> pd.DataFrame:
    rows = [
        ("mean", "grim", "mean = 3,44; n = 20", ""),
        ("test", "t_independent", "mean = 5,25 5,22; sd = ,95 ,83; n = 95 89", "statistic = 0,23"),
    ]
    return pd.DataFrame(rows, columns=["label", "check", "inputs", "reported"])


def targets() -> pd.DataFrame:
    return pd.DataFrame(
        {"target": ["T"], "result": ["demo"], "term": ["a"], "column": ["estimate"], "reported": [".50"]}
    )


def recomputed():
    return build("demo", [{"term": "a", "estimate": 0.496}], n_total=9, n_used=9, method="m", reference="r")


EXAMPLES = {
    "rounding_interval": Example(
        lambda _: recheck.rounding_interval(
            Moments(("x", "y"), None, [0.8, 1.2], [[1, 0.45], [0.45, 1]], 120), slope, n_draws=50
        ),
        None,
        reason=PRINTED,
    ),
    "table": Example(recheck.table, checks, ["inputs"], closed_form=False),
    "against": Example(lambda frame: recheck.against({"demo": recomputed()}, frame), targets, ["reported"]),
    "conformance": Example(
        lambda frame: recheck.conformance({"demo": recomputed()}, frame), targets, ["reported"]
    ),
    "p_values": Example(
        lambda _: recheck.p_values("t(28) = 2.20, p = .036"),
        None,
        reason="works on text",
    ),
    "grim": Example(lambda _: recheck.grim(["3.45", "3.44"], [20, 20]), None, reason=PRINTED),
    "grimmer": Example(lambda _: recheck.grimmer("3.40", "1.14", 5), None, reason=PRINTED),
    "sd_limits": Example(
        lambda _: recheck.sd_limits("3.40", "1.14", 5, scale=(1, 7)),
        None,
        reason=PRINTED,
    ),
    "ave": Example(lambda _: recheck.ave([0.7, 0.8]), None, reason=PRINTED),
    "composite_reliability": Example(
        lambda _: recheck.composite_reliability([0.7, 0.8]), None, reason=PRINTED
    ),
    "reported": Example(
        lambda _: recheck.reported("r", {"r": ["0.31"], "n": [50]}, claimed={"p_value": ".03"}),
        None,
        reason=PRINTED,
    ),
}
