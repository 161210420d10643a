"""Example calls of klantstudie.analyses.recheck; all work on printed numbers."""

from klantstudie.analyses import recheck
from tests.contract import Example

PRINTED = "works on printed numbers"

EXAMPLES = {
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
