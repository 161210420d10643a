"""Simulated studies with careless answers (00), an experiment (07), choices (07k), and Kano pairs (11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from klantstudie.study.designs.making import (
    SLIDER,
    Design,
    Made,
    factor_items,
    group,
    item,
    rate,
    study,
    within,
    words,
)

# --- 00: what cleaning should find -----------------------------------------------------------------------------

CARELESS = {"share": 0.08, "missing": 0.03, "doubles": 3}
_SCALES = {"service": 5, "prijs": 4, "contact": 5}
_SCALE_EN = {"prijs": "price"}
_AGES, _POPULATION = (0.3, 0.4, 0.3), (0.25, 0.35, 0.40)  # shares in the sample, and where the weights lead


def _dirty(rng: np.random.Generator, n: int) -> Made:
    """Three scales with a reversed item each; some people answer carelessly, some answers are missing."""
    columns: dict[str, np.ndarray] = {}
    for name, count in _SCALES.items():
        latent = factor_items(rng, rng.standard_normal(n), [5.0] * count, loading=0.8, sd=1.3)
        latent[:, count - 1] = 8 - latent[:, count - 1]
        columns |= {f"{name}_{j + 1}": rate(latent[:, j], 1, 7) for j in range(count)}
    frame = pd.DataFrame(columns)
    items = list(frame.columns)
    careless = rng.random(n) < CARELESS["share"]
    straight = careless & (rng.random(n) < 0.5)
    cells = frame.to_numpy(copy=True)
    cells[careless] = rng.integers(1, 8, (int(careless.sum()), len(items)))
    cells[straight] = rng.integers(1, 8, int(straight.sum()))[:, None]
    cells[rng.random(cells.shape) < CARELESS["missing"]] = -99
    frame[items] = cells
    frame.insert(0, "respondent", [f"r{i:05d}" for i in range(1, n + 1)])
    frame["controle"] = np.where(careless & (rng.random(n) < 0.6), rng.integers(1, 4, n), 4)
    frame["duur"] = np.round(np.where(careless, rng.lognormal(3.2, 0.3, n), rng.lognormal(5.3, 0.4, n)))
    frame["leeftijd"] = rng.choice([1, 2, 3], n, p=_AGES)
    frame["gewicht"] = (np.array(_POPULATION) / _AGES)[frame["leeftijd"] - 1]
    frame["regio"] = rng.choice([1, 2, 3, 4], n, p=[0.55, 0.30, 0.13, 0.02])
    truth = {
        "careless": frame.loc[careless, "respondent"].tolist(),
        "straight": frame.loc[straight, "respondent"].tolist(),
        "share_careless": float(careless.mean()),
        "doubles": CARELESS["doubles"],
        "n_missing": int((frame[items] == -99).sum().sum()),
    }
    again = frame.iloc[: CARELESS["doubles"]]
    return pd.concat([frame, again], ignore_index=True), truth


_DIRTY_BOOK: dict[str, Any] = {
    "study": study(
        "Schoonmaak",
        "Cleaning",
        id="respondent",
        duplicates="first",
        duration="duur",
        attention={"controle": 4},
        missing=[-99],
        weight="gewicht",
        quasi_identifiers=["leeftijd", "regio"],
    ),
    "responses": {"zeven": {"min": 1, "max": 7}},
    "items": {
        f"{name}_{j}": item(
            f"{name.capitalize()} {j}",
            f"{_SCALE_EN.get(name, name).capitalize()} {j}",
            "zeven",
            **({"reverse": True} if j == count else {}),
        )
        for name, count in _SCALES.items()
        for j in range(1, count + 1)
    },
    "scales": {
        name: {
            "label": words(name.capitalize(), _SCALE_EN.get(name, name).capitalize()),
            "items": [f"{name}_{j}" for j in range(1, count + 1)],
            "min_answered": 0.75,
        }
        for name, count in _SCALES.items()
    },
    "groups": {
        "leeftijd": group(
            "Leeftijd", "Age", {1: ("tot 35", "under 35"), 2: ("35-54", "35-54"), 3: ("55+", "55+")}
        ),
        "regio": group(
            "Regio",
            "Region",
            {1: ("west", "west"), 2: ("oost", "east"), 3: ("zuid", "south"), 4: ("noord", "north")},
        ),
    },
    "rules": [
        {
            "name": "te snel",
            "when": "seconds_per_item < 2",
            "reason": words("Minder dan twee seconden per vraag", "Less than two seconds an item"),
        },
        {
            "name": "controlevraag",
            "when": "attention_failed >= 1",
            "reason": words("Controlevraag gemist", "Attention check failed"),
        },
        {
            "name": "één antwoord",
            "when": "straightlined == 1",
            "reason": words("Elk blok met één antwoord", "Every block with one answer"),
        },
    ],
}

# --- 07: the open kitchen ----------------------------------------------------------------------------------------

KITCHEN = {
    "effort": {"customer_sees": 6.0, "employee_sees": 2.0, "both": 4.0},
    "appreciation": {"customer_sees": 3.0, "employee_sees": 5.0, "both": 0.0},
    "quality": {
        "effort": 0.30,
        "appreciation": 0.20,
        "customer_sees": 1.0,
        "employee_sees": 0.0,
        "both": 0.0,
    },
    "log_time": {"customer_sees": 0.0, "employee_sees": -0.12, "both": -0.05},
}


def _kitchen(rng: np.random.Generator, n: int, effect: float = 1.2) -> Made:
    """A 2 x 2 experiment: does the customer see the process, does the employee see the customer.

    `effect` is the interaction in quality; what does not run through the two mediators is direct.
    """
    direct = KITCHEN["quality"]["both"] + effect - 1.2
    a, b = rng.permutation(np.arange(n) % 2).astype(float), rng.integers(0, 2, n).astype(float)

    def moved(part: Mapping[str, float]) -> np.ndarray:
        return part["customer_sees"] * a + part["employee_sees"] * b + part["both"] * a * b

    effort = 50 + moved(KITCHEN["effort"]) + rng.normal(0, 9, n)
    appreciation = 50 + moved(KITCHEN["appreciation"]) + rng.normal(0, 9, n)
    quality = 35 + moved({**KITCHEN["quality"], "both": direct}) + KITCHEN["quality"]["effort"] * effort
    quality = quality + KITCHEN["quality"]["appreciation"] * appreciation + rng.normal(0, 7, n)
    frame = pd.DataFrame(
        {
            "gast": [f"g{i:05d}" for i in range(1, n + 1)],
            "klant_ziet": a,
            "medewerker_ziet": b,
            "inzet": within(effort, 0, 100),
            "waardering": within(appreciation, 0, 100),
            "kwaliteit": within(quality, 0, 100),
            "seconden": np.round(np.exp(5.5 + moved(KITCHEN["log_time"]) + rng.normal(0, 0.25, n)), 1),
            "conditie": 1 + a + 2 * b,
            "leeftijd": within(rng.normal(42, 14, n), 18, 90, 0),
            "eerder": rng.binomial(1, 0.4, n).astype(float),
        }
    )
    truth: dict[str, Any] = {name: dict(part) for name, part in KITCHEN.items()}
    truth["quality"]["both"] = direct
    for path in ("effort", "appreciation"):
        truth[f"indirect_{path}"] = {
            name: slope * KITCHEN["quality"][path] for name, slope in KITCHEN[path].items()
        }
    truth["total_quality"] = {
        name: truth["quality"][name]
        + sum(truth[f"indirect_{path}"][name] for path in ("effort", "appreciation"))
        for name in ("customer_sees", "employee_sees", "both")
    }
    return frame, truth


_KITCHEN_BOOK: dict[str, Any] = {
    "study": study("Open keuken", "Open kitchen", id="gast"),
    "responses": {"schuif": SLIDER, "ja_nee": {"min": 0, "max": 1}},
    "items": {
        "klant_ziet": item("Klant ziet het werk", "Customer sees the work", "ja_nee", role=["factor"]),
        "medewerker_ziet": item(
            "Medewerker ziet de klant", "Employee sees the customer", "ja_nee", role=["factor"]
        ),
        "inzet": item("Waargenomen inzet", "Perceived effort", "schuif", role=["mediator"]),
        "waardering": item("Waardering", "Appreciation", "schuif", role=["mediator"]),
        "kwaliteit": item("Ervaren kwaliteit", "Perceived quality", "schuif", role=["outcome"]),
        "seconden": item("Wachttijd in seconden", "Waiting time in seconds", role=["time"]),
        "leeftijd": item("Leeftijd", "Age", role=["covariate"]),
        "eerder": item("Kwam er eerder", "Had been there before", "ja_nee", role=["covariate"]),
    },
    "groups": {
        "conditie": group(
            "Conditie",
            "Condition",
            {
                1: ("niemand ziet", "nobody sees"),
                2: ("klant ziet", "customer sees"),
                3: ("medewerker ziet", "employee sees"),
                4: ("beiden zien", "both see"),
            },
        )
    },
}

CHOICE = {"specialist": 0.90, "direct": 0.50, "prijs": -0.08}  # utilities; price in euros


def _choice(rng: np.random.Generator, n: int) -> Made:
    """Choices between three offers: access to the specialist, direct contact, and a price (conditional logit)."""
    tasks, options = 6, 3
    people = max(10, n // (tasks * options))
    sets = people * tasks
    rows = sets * options
    offer = {
        "specialist": rng.integers(0, 2, rows).astype(float),
        "direct": rng.integers(0, 2, rows).astype(float),
        "prijs": rng.choice([0.0, 5.0, 10.0, 15.0, 20.0], rows),
    }
    utility = sum(weight * offer[name] for name, weight in CHOICE.items()) + rng.gumbel(size=rows)
    best = np.asarray(utility).reshape(sets, options).argmax(axis=1)
    chosen = np.zeros((sets, options))
    chosen[np.arange(sets), best] = 1
    frame = pd.DataFrame(
        {
            "klant": np.repeat(np.arange(1, people + 1), tasks * options),
            "taak": np.repeat(np.arange(1, sets + 1), options),
            "aanbod": np.tile(np.arange(1, options + 1), sets),
            **offer,
            "gekozen": chosen.ravel(),
        }
    )
    truth = {
        "utility": dict(CHOICE),
        "pay": {name: -CHOICE[name] / CHOICE["prijs"] for name in ("specialist", "direct")},
    }
    return frame, truth


_CHOICE_BOOK: dict[str, Any] = {
    "study": study("Keuze voor de specialist", "Choosing the specialist"),
    "responses": {"ja_nee": {"min": 0, "max": 1}, "euro": {"min": 0, "max": 1000, "whole": False}},
    "items": {
        "specialist": item(
            "Toegang tot de specialist", "Access to the specialist", "ja_nee", role=["attribute"]
        ),
        "direct": item("Rechtstreeks contact", "Direct contact", "ja_nee", role=["attribute"]),
        "prijs": item("Prijs in euro's", "Price in euros", "euro", role=["price"]),
        "gekozen": item("Gekozen", "Chosen", "ja_nee", role=["chosen"]),
    },
    "groups": {
        "klant": group("Klant", "Customer"),
        "taak": group("Keuzetaak", "Choice task"),
        "aanbod": group("Aanbod", "Offer"),
    },
}

# --- 11: the customer and the rest: Kano pairs, stated and derived importance ------------------------------------

KANO = {  # shares in the order of CATEGORIES
    "wachttijd": (0.50, 0.30, 0.05, 0.15, 0.0),
    "deskundig": (0.25, 0.50, 0.10, 0.15, 0.0),
    "verrassing": (0.02, 0.08, 0.60, 0.28, 0.02),
    "app": (0.05, 0.15, 0.25, 0.50, 0.05),
    "persoonlijk": (0.10, 0.35, 0.35, 0.18, 0.02),
    "bellen": (0.02, 0.03, 0.05, 0.30, 0.60),
}
CATEGORIES = ("must_be", "one_dimensional", "attractive", "indifferent", "reverse")
KANO_EN = ("waiting time", "expertise", "surprise", "app", "personal", "being called")
DERIVED = dict(zip(KANO, (0.30, 0.35, 0.10, 0.05, 0.20, 0.0), strict=True))
_CELLS = (
    [(f, 5) for f in (2, 3, 4)],
    [(1, 5)],
    [(1, d) for d in (2, 3, 4)],
    [(f, d) for f in (2, 3, 4) for d in (2, 3, 4)],
    [(f, 1) for f in (2, 3, 4)],
)


def _kano(rng: np.random.Generator, n: int) -> Made:
    """Answers to Kano pairs by known categories; satisfaction follows the performance on the same attributes."""
    columns: dict[str, Any] = {"klant": [f"k{i:05d}" for i in range(1, n + 1)]}
    level = np.full(n, 60.0)
    truth: dict[str, Any] = {"shares": {}, "better": {}, "worse": {}, "derived": dict(DERIVED)}
    for name, shares in KANO.items():
        kind = rng.choice(5, size=n, p=shares)
        pairs = np.array([_CELLS[k][rng.integers(len(_CELLS[k]))] for k in kind])
        columns[f"{name}_f"], columns[f"{name}_d"] = pairs[:, 0], pairs[:, 1]
        columns[f"{name}_prestatie"] = within(rng.normal(60, 12, n), 0, 100)
        columns[f"{name}_belang"] = rate(rng.normal(3 + 3 * DERIVED[name], 0.8, n), 1, 5)
        level = level + DERIVED[name] * (columns[f"{name}_prestatie"] - 60)
        must, line, attract, neutral, _ = shares
        truth["shares"][name] = dict(zip(CATEGORIES, shares, strict=True))
        truth["better"][name] = (attract + line) / (must + line + attract + neutral)
        truth["worse"][name] = -(line + must) / (must + line + attract + neutral)
    columns["tevredenheid"] = within(level + rng.normal(0, 6, n), 0, 100)
    return pd.DataFrame(columns), truth


_KANO_BOOK: dict[str, Any] = {
    "study": study("De klant en de rest", "The customer and the rest", id="klant"),
    "responses": {
        "kano": {
            "min": 1,
            "max": 5,
            "labels": {
                "1": words("dat vind ik prettig", "I like it"),
                "2": words("dat hoort zo", "it must be that way"),
                "3": words("maakt niet uit", "I am neutral"),
                "4": words("daar kan ik mee leven", "I can live with it"),
                "5": words("dat vind ik vervelend", "I dislike it"),
            },
        },
        "schuif": SLIDER,
        "vijf": {"min": 1, "max": 5},
    },
    "items": {
        **{
            key: made
            for name, en in zip(KANO, KANO_EN, strict=True)
            for key, made in {
                f"{name}_f": item(
                    name.capitalize(),
                    en.capitalize(),
                    "kano",
                    role=["functional"],
                    pair=f"{name}_d",
                ),
                f"{name}_d": item(
                    f"Als het ontbreekt: {name}",
                    f"If absent: {en}",
                    "kano",
                    role=["dysfunctional"],
                    pair=f"{name}_f",
                ),
                f"{name}_prestatie": item(
                    f"Prestatie: {name}",
                    f"Performance: {en}",
                    "schuif",
                    role=["performance"],
                    pair=f"{name}_belang",
                ),
                f"{name}_belang": item(
                    f"Belang: {name}",
                    f"Importance: {en}",
                    "vijf",
                    role=["importance"],
                    pair=f"{name}_prestatie",
                ),
            }.items()
        },
        "tevredenheid": item("Tevredenheid", "Satisfaction", "schuif", role=["outcome"]),
    },
}

# Made-up cost of the options of notebook 11: services of the published example counts and the attributes of "11".
COST = {  # cost in thousands of euros a year, staff load in minutes a day, asked by law
    "Service app": (30.0, 5.0, 0),
    "Excellent service": (40.0, 45.0, 0),
    "Hotline": (25.0, 30.0, 0),
    "Loan machine": (35.0, 10.0, 0),
    "Ready return": (10.0, 10.0, 1),
    "wachttijd_f": (35.0, 40.0, 0),
    "deskundig_f": (40.0, 20.0, 0),
    "verrassing_f": (10.0, 15.0, 0),
    "app_f": (25.0, 5.0, 0),
    "persoonlijk_f": (20.0, 30.0, 0),
    "bellen_f": (5.0, 10.0, 1),
}


def _costs(rng: np.random.Generator, n: int) -> Made:
    """A price list of options, not a survey: n and chance play no part."""
    rows = [(name, *numbers) for name, numbers in COST.items()]
    frame = pd.DataFrame(rows, columns=["optie", "kosten", "minuten", "verplicht"])
    return frame, {"kosten": {name: numbers[0] for name, numbers in COST.items()}}


_COST_BOOK: dict[str, Any] = {
    "study": study("Kosten per optie, verzonnen", "Cost per option, made up"),
    "items": {
        "kosten": item("Kosten (duizend euro per jaar)", "Cost (thousand euros a year)", role=["cost"]),
        "minuten": item("Belasting (minuten per dag)", "Staff load (minutes a day)", role=["load"]),
        "verplicht": item("Door de wet gevraagd", "Asked by law", role=["required"]),
    },
    "groups": {"optie": group("Optie", "Option")},
}

DESIGNS = {
    "00": Design(500, _dirty, _DIRTY_BOOK),
    "07": Design(480, _kitchen, _KITCHEN_BOOK, varies=True),
    "07k": Design(3600, _choice, _CHOICE_BOOK),
    "11": Design(400, _kano, _KANO_BOOK),
    "11k": Design(20, _costs, _COST_BOOK),
}
