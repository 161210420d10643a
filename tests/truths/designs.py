"""Designs and raters: what is put into the simulated studies 02, 04, 07, 11 and 13, each number with its interval."""

from __future__ import annotations

from klantstudie.analyses import agreement, drivers, equivalence, experiment, kano, multilevel, process
from klantstudie.study.designs import choices, organisations
from tests.recovery import ends


def belly_or_head(frame, truth):
    frame = frame.assign(
        buik=frame[[f"buik{j}" for j in range(1, 7)]].mean(axis=1),
        hoofd=frame[[f"hoofd{j}" for j in range(1, 7)]].mean(axis=1),
    )
    for source, column in (
        ("own", "prestatie_zelf"),
        ("manager", "prestatie_chef"),
        ("customer", "klantoordeel"),
    ):
        found = drivers.regression(frame, column, ["buik", "hoofd"])
        for name in ("buik", "hoofd"):
            yield f"{source} {name}", truth["slopes"][source][name], ends(found, name)


def management(frame, truth):
    def mean(source):
        return frame[[f"{source}{j}" for j in range(1, 4)]].mean(axis=1)

    frame = frame.assign(klant=mean("klant"), directie=mean("directie"))
    found = equivalence.paired(frame, "directie", "klant", bounds=(-3, 3))
    yield "bias", truth["bias"], ends(found, "directie − klant", part="difference")
    found = equivalence.methods(frame, "directie", "klant")
    yield "concordance", truth["ccc"], ends(found, "concordance")
    for name, value in zip(("lower_limit", "upper_limit"), truth["limits_of_agreement"], strict=True):
        yield name, value, ends(found, name)
    found = equivalence.correlation(frame, "directie", "klant", bounds=(-0.1, 0.1))
    yield "correlation", truth["correlation"], ends(found, "directie ~~ klant", part="difference")
    found = equivalence.dependent_correlations(frame, "prestatie", "klant", "directie")
    more = truth["r_customer_performance"] - truth["r_management_performance"]
    yield "difference of correlations", more, ends(found, "klant − directie", part="difference")


def kitchen(frame, truth):
    factors, total, log = ["klant_ziet", "medewerker_ziet"], truth["total_quality"], truth["log_time"]
    found = experiment.factorial(frame, "kwaliteit", factors)
    half = total["both"] / 2
    yield "customer sees", total["customer_sees"] + half, ends(found, factors[0], part="effect")
    yield "employee sees", total["employee_sees"] + half, ends(found, factors[1], part="effect")
    yield "both", total["both"], ends(found, " × ".join(factors), part="effect")
    found = experiment.contrasts(frame, "kwaliteit", "conditie", {"all": {1: -1, 4: 1}})
    yield "contrast", sum(total.values()), ends(found, "all")
    for model in ("log", "gamma"):
        found = experiment.times(frame, "seconden", factors, interactions=[tuple(factors)], model=model)
        yield f"{model} time", log["employee_sees"], ends(found, factors[1])
    found = process.mediation(
        frame, factors[0], ["inzet", "waardering"], "kwaliteit", covariates=factors[1:], method="montecarlo"
    )
    for path, mediator in (("effort", "inzet"), ("appreciation", "waardering")):
        indirect = truth[f"indirect_{path}"]
        yield (
            f"indirect {path}",
            indirect["customer_sees"] + indirect["both"] / 2,
            ends(found, f"indirect:{mediator}"),
        )


def offers(frame, truth):
    found = experiment.choice(frame, "gekozen", ["specialist", "direct"], "taak", price="prijs", n_draws=1000)
    for name in ("specialist", "direct"):
        yield f"utility {name}", truth["utility"][name], ends(found, name, part="utility")
        for part in ("pay", "pay_drawn"):
            yield f"{part} {name}", truth["pay"][name], ends(found, name, part=part)


def wishes(frame, truth):
    names = list(choices.KANO)
    found = kano.categories(frame, {name: (f"{name}_f", f"{name}_d") for name in names}, n_boot=400)
    for name in ("wachttijd", "deskundig", "app"):
        yield f"better {name}", truth["better"][name], ends(found, name, "better")
        yield f"worse {name}", truth["worse"][name], ends(found, name, "worse")
    fit = drivers.regression(frame, "tevredenheid", [f"{name}_prestatie" for name in names])
    for name in ("wachttijd", "bellen"):
        yield f"slope {name}", truth["derived"][name], ends(fit, f"{name}_prestatie")


def scan(frame, truth):
    parts = multilevel.variance_parts(frame, "score", ["organisatie", "beoordelaar"], predictors=["drukte"])
    yield "how busy", -truth["case_mix"], ends(parts, "drukte", part="fixed")
    cells = frame.groupby(["organisatie", "beoordelaar"], as_index=False)["score"].mean()
    own, rater = truth["sd_organisation"] ** 2, truth["sd_rater"] ** 2
    visits = len(organisations.CHANNELS)
    rest = (truth["sd_residual"] ** 2 + (truth["case_mix"] * 15) ** 2) / visits
    found = agreement.icc_raters(cells, "organisatie", "beoordelaar", "score")
    yield "ICC(2,1)", own / (own + rater + rest), ends(found, "ICC(2,1)")


STUDIES = {"02": management, "04": belly_or_head, "07": kitchen, "07k": offers, "11": wishes, "13": scan}
