"""Teams and time: what is put into the simulated studies 03, 05, 10 and 12, each number with its interval."""

from __future__ import annotations

import numpy as np

from klantstudie.analyses import groups, meta, multilevel, process, trend
from tests.recovery import ends


def mean_of(frame, stem, count):
    return frame[[f"{stem}{j}" for j in range(1, count + 1)]].mean(axis=1)


def route(result, truth):
    yield "a", truth["a"], ends(result, "a", part="between")
    yield "b between", truth["b_between"], ends(result, "b", part="between")
    yield "b within", truth["b_within"], ends(result, "b", part="within")
    yield "direct", truth["direct"], ends(result, "direct", part="between")
    yield "indirect", truth["indirect"], ends(result, "indirect", part="between")


def climate(frame, truth):
    frame = frame.assign(klimaat=mean_of(frame, "klim", 4), co=mean_of(frame, "co", 6))
    found = multilevel.mediation_2_1_1(frame, "leiding_eenheid", "klimaat", "co", "vestiging", n_draws=2000)
    yield from route(found, truth)
    for errors in ("model", "cr2"):
        model = multilevel.mixed(
            frame, "co", ["leiding_eenheid", "klimaat"], "vestiging", center=["klimaat"], errors=errors
        )
        yield f"direct, {errors}", truth["direct"], ends(model, "leiding_eenheid")
        yield f"b between, {errors}", truth["b_between"], ends(model, "klimaat", part="between")
    columns = ["leiding_eenheid", "klimaat", "klantcijfer", "contact"]
    units = frame.groupby("vestiging")[columns].mean()
    depends = process.moderated_mediation(units, *columns, stage="second", n_boot=1000)
    yield "index of contact", truth["contact_index"], ends(depends, "index")


def training(frame, truth):
    begun = frame["training"].map({0.0: np.nan, 1.0: 1.0})
    frame = frame.assign(begin=begun)
    for name, effects in truth["effect"].items():
        change = trend.difference_in_differences(
            frame[frame["golf"] < 2],
            name,
            "training",
            "golf",
            unit="medewerker",
            cluster="vestiging",
            start="1",
        )
        yield f"change in {name}", effects[1], ends(change, "training")
        course = trend.event_study(frame, name, "begin", "golf", unit="medewerker", cluster="vestiging")
        for wave, effect in effects.items():
            yield f"{name} in wave {wave}", effect, ends(course, str(wave - 1), part="effect")
    after, later = truth["effect"]["gedrag"].values()
    wild = trend.difference_in_differences(
        frame, "gedrag", "training", "golf", unit="medewerker", start="1", cluster="vestiging", errors="wild", n_boot=199
    )  # fmt: skip
    yield "wild cluster bootstrap", (after + later) / 2, ends(wild, "training", part="effect")


def chain(frame, truth):
    frame = frame.assign(zicht=mean_of(frame, "zicht", 4), co=mean_of(frame, "co", 4))
    found = multilevel.mediation_2_1_1(frame, "afstand", "zicht", "co", "team", n_draws=2000)
    yield from route(found, truth)
    teams = frame.groupby("team", as_index=False)[["schakel", "zicht"]].mean()
    steps = groups.trend_over_order(teams, "zicht", "schakel")
    yield "trend over links", truth["trend_sight"], ends(steps, "zicht", part="contrast")


def standstill(frame, truth):
    yield (
        "slope",
        truth["slope"],
        ends(
            trend.slope(frame, "score", "jaar", bounds=0.1, cluster="organisatie"),
            "jaar",
            part="slope",
        ),
    )


def literature(frame, truth):
    pooled = meta.random_effects(frame, "r", n="n", study="onderzoek")
    yield "mean r", np.tanh(truth["mean_z"]), ends(pooled, "pooled", part="pooled")
    years = meta.regression(frame, "r", ["jaar"], n="n", study="onderzoek")
    yield "change a year", truth["slope_year"], ends(years, "jaar")


STUDIES = {
    "03": climate,
    "05": training,
    "10": chain,
    "12": standstill,
    "12m": literature,
}
