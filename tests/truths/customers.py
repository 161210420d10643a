"""Customers: what is put into the simulated studies 01 and 08, each number with its interval."""

from __future__ import annotations

from klantstudie.analyses import drivers, gaps, loyalty, multilevel
from klantstudie.study.designs import customers
from tests.recovery import ends


def expectation(frame, truth):
    dimensions, number = {}, 0
    for name, (_, size, _, _) in customers.DIMENSIONS.items():
        dimensions[name] = [f"p{j}" for j in range(number + 1, number + size + 1)]
        number += size
    experienced = [item for items in dimensions.values() for item in items]
    expected = [f"e{item[1:]}" for item in experienced]
    found = gaps.servqual(frame, expected, experienced, dimensions=dimensions)
    for name in dimensions:
        yield f"gap of {name}", truth["gap"][name], ends(found, name, part="dimension")
    found = gaps.surface(frame, "tevredenheid", expected, experienced, center=truth["center"])
    b0, b1, b2, b3, b4, b5 = truth["surface"].values()
    for name, value in truth["surface"].items():
        yield name, value, ends(found, name, part="coefficient")
    lines = {"a1": b1 + b2, "a2": b3 + b4 + b5, "a3": b1 - b2, "a4": b3 - b4 + b5, "a5": b3 - b5}
    for name, value in lines.items():
        yield name, value, ends(found, name, part="surface")
    frame = frame.assign(**{name: frame[items].mean(axis=1) for name, items in dimensions.items()})
    stated = [f"belang_{name}" for name in dimensions]
    found = gaps.importance_performance(
        frame, list(dimensions), stated, outcome="tevredenheid", importance_scale=(1, 5)
    )
    for name in dimensions:
        for side, known in (("performance", "perception"), ("importance", "importance")):
            yield f"{side} of {name}", truth[known][name], ends(found, name, side, part="stated")


def moment(frame, truth):
    together = {"cluster": "medewerker"}  # customers of one employee answer alike
    found = loyalty.nps(frame, "aanbeveling", **together)
    yield "net promoter score", truth["nps"]["total"], ends(found, "aanbeveling")
    found = loyalty.nps(frame, "aanbeveling", group="kanaal", **together)
    for code, name in enumerate(customers.CHANNELS, start=1):
        yield f"score at {name}", truth["nps"][name], ends(found, "aanbeveling", group=str(code))
    found = loyalty.nps_difference(frame, "aanbeveling", "kanaal", **together)
    more = truth["nps"]["balie"] - truth["nps"]["web"]
    yield "score at balie, more than web", more, ends(found, "aanbeveling", group="1", reference_group="3")
    found = drivers.regression(frame, "oordeel", list(customers.DRIVERS))
    for name, value in truth["drivers"].items():
        yield f"slope of {name}", value, ends(found, name)
    found = drivers.retention(frame, "gebleven", ["aanbeveling", "oordeel", "moeite"], **together)
    yield (
        "log odds of staying",
        truth["retention"]["aanbeveling"],
        ends(found, "aanbeveling", part="coefficient"),
    )
    for name in ("oordeel", "moeite"):
        yield f"log odds of {name}", 0.0, ends(found, name, part="coefficient")
    found = multilevel.variance_parts(frame, "aanbeveling", ["medewerker", "klant"])
    total = sum(truth["variance"].values())
    for term, source in (("medewerker", "employee"), ("klant", "customer"), ("residual", "contact")):
        value = truth["variance"][source]
        yield f"variance of the {source}", value, ends(found, term, part="variance")
        yield f"share of the {source}", value / total, ends(found, term, "share", part="variance")


STUDIES = {"01": expectation, "08": moment}
