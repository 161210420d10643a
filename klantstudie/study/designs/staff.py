"""Simulated studies of employees: leadership and climate (03), belly or head (04), training (05), the chain (10)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from klantstudie.study.designs.making import (
    SLIDER,
    Design,
    Made,
    group,
    group_mean,
    item,
    spread_items,
    study,
    within,
    words,
)

# --- 03: leadership, service climate and customer orientation in branches --------------------------------------

CLIMATE = {"a": 0.50, "b_within": 0.30, "b_between": 0.60, "direct": 0.10}
# the slope of climate where half the time is spent with customers, and what a per cent more adds to it
_CUSTOMER = {"climate": 0.60, "contact": 0.03}
_UNIT = {"leadership": 8.0, "climate": 4.0, "orientation": 3.0}
_PERSON = {"leadership": 8.0, "climate": 8.0, "orientation": 7.0}


def _climate(rng: np.random.Generator, n: int) -> Made:
    """Leadership is the unit's; climate follows it; a person's orientation follows own and shared climate.

    The customers' mark of a unit follows its climate, the more so the more time it spends with customers.
    """
    units = max(5, n // 12)
    unit = np.sort(np.arange(n) % units)
    x = rng.normal(60, _UNIT["leadership"], units)
    climate = 30 + CLIMATE["a"] * x[unit] + rng.normal(0, _UNIT["climate"], units)[unit]
    climate += rng.normal(0, _PERSON["climate"], n)
    shared = group_mean(climate, unit)
    orientation = 20 + CLIMATE["direct"] * x[unit] + CLIMATE["b_between"] * shared
    orientation += CLIMATE["b_within"] * (climate - shared)
    orientation += rng.normal(0, _UNIT["orientation"], units)[unit] + rng.normal(0, _PERSON["orientation"], n)
    perceived = x[unit] + rng.normal(0, _PERSON["leadership"], n)
    level = np.bincount(unit, climate) / np.bincount(unit)
    customer = 20 + _CUSTOMER["climate"] * level + rng.normal(0, 3.0, units)
    columns: dict[str, Any] = {"medewerker": [f"m{i:05d}" for i in range(1, n + 1)], "vestiging": unit + 1}
    columns["leiding_eenheid"] = within(x[unit], 0, 100)
    for name, score, count in (("leid", perceived, 4), ("klim", climate, 4), ("co", orientation, 6)):
        items = spread_items(rng, score, count, 6.0)
        columns |= {f"{name}{j + 1}": within(items[:, j], 0, 100) for j in range(count)}
    contact = within(rng.normal(50, 15, units), 0, 100)
    customer += _CUSTOMER["contact"] * (contact - 50) * (level - 60)
    columns["contact"] = contact[unit]
    columns["klantcijfer"] = within(customer[unit], 0, 100)
    total = _UNIT["leadership"] ** 2 + _PERSON["leadership"] ** 2
    truth = {
        **CLIMATE,
        "indirect": CLIMATE["a"] * CLIMATE["b_between"],
        "icc_leadership": _UNIT["leadership"] ** 2 / total,
        "climate_on_customer": _CUSTOMER["climate"],
        "contact_index": CLIMATE["a"] * _CUSTOMER["contact"],
        "sd_unit": dict(_UNIT),
        "sd_person": dict(_PERSON),
    }
    return pd.DataFrame(columns), truth


_CLIMATE_BOOK: dict[str, Any] = {
    "study": study("Leiding en klimaat", "Leadership and climate", id="medewerker"),
    "responses": {"schuif": SLIDER},
    "items": {
        "leiding_eenheid": item(
            "Leiding, waargenomen van buiten", "Leadership, observed from outside", "schuif", role=["cause"]
        ),
        **{
            f"leid{j}": item(f"Leiding {j}", f"Leadership {j}", "schuif", role=["leadership"])
            for j in range(1, 5)
        },
        **{f"klim{j}": item(f"Klimaat {j}", f"Climate {j}", "schuif", role=["climate"]) for j in range(1, 5)},
        **{
            f"co{j}": item(
                f"Klantgerichtheid {j}", f"Customer orientation {j}", "schuif", role=["orientation"]
            )
            for j in range(1, 7)
        },
        "contact": item(
            "Tijd met klanten, procent", "Time with customers, per cent", "schuif", role=["moderator"]
        ),
        "klantcijfer": item(
            "Cijfer van de klanten", "Mark by the customers", "schuif", role=["outcome", "customer"]
        ),
    },
    "scales": {
        "leiding": {
            "label": words("Leiding", "Leadership"),
            "items": [f"leid{j}" for j in range(1, 5)],
            "role": ["shared"],
        },
        "klimaat": {
            "label": words("Klimaat", "Climate"),
            "items": [f"klim{j}" for j in range(1, 5)],
            "role": ["shared", "mediator"],
        },
        "klantgericht": {
            "label": words("Klantgerichtheid", "Customer orientation"),
            "items": [f"co{j}" for j in range(1, 7)],
            "role": ["effect"],
        },
    },
    "groups": {"vestiging": group("Vestiging", "Branch")},
}

# --- 04: belly or head -----------------------------------------------------------------------------------------

BELLY_HEAD = {
    "own": {"buik": 0.30, "hoofd": 0.30},
    "manager": {"buik": 0.20, "hoofd": 0.35},
    "customer": {"buik": 0.45, "hoofd": 0.10},
}
_LOADINGS = (0.80, 0.75, 0.70, 0.70, 0.65, 0.60)
_PHI = 0.55
_SOURCES = {"own": "prestatie_zelf", "manager": "prestatie_chef", "customer": "klantoordeel"}


def _belly_head(rng: np.random.Generator, n: int) -> Made:
    """Two correlated factors of six items; three sources judge the performance from the observed scores."""
    first = rng.standard_normal(n)
    factors = {"buik": first, "hoofd": _PHI * first + np.sqrt(1 - _PHI**2) * rng.standard_normal(n)}
    columns: dict[str, Any] = {"medewerker": [f"m{i:05d}" for i in range(1, n + 1)]}
    for name, factor in factors.items():
        for j, loading in enumerate(_LOADINGS, start=1):
            noise = np.sqrt(1 - loading**2) * rng.standard_normal(n)
            columns[f"{name}{j}"] = within(60 + 10 * (loading * factor + noise), 0, 100)
    frame = pd.DataFrame(columns)
    for source, slopes in BELLY_HEAD.items():
        level = 25.0 + sum(
            slope * frame[[f"{name}{j}" for j in range(1, 7)]].mean(axis=1) for name, slope in slopes.items()
        )
        frame[_SOURCES[source]] = within(level + rng.normal(0, 6, n), 0, 100)
    truth = {"loadings": list(_LOADINGS), "factor_correlation": _PHI, "slopes": BELLY_HEAD}
    truth["omega"] = sum(_LOADINGS) ** 2 / (sum(_LOADINGS) ** 2 + sum(1 - part**2 for part in _LOADINGS))
    return frame, truth


_BELLY_BOOK: dict[str, Any] = {
    "study": study("Buik of hoofd", "Belly or head", id="medewerker"),
    "responses": {"schuif": SLIDER},
    "items": {
        **{
            f"buik{j}": item(f"Plezier {j}", f"Enjoyment {j}", "schuif", role=["affect"]) for j in range(1, 7)
        },
        **{f"hoofd{j}": item(f"Kunde {j}", f"Skill {j}", "schuif", role=["cognition"]) for j in range(1, 7)},
        "prestatie_zelf": item(
            "Prestatie, eigen oordeel", "Performance, own view", "schuif", role=["outcome"]
        ),
        "prestatie_chef": item(
            "Prestatie, leidinggevende", "Performance, manager", "schuif", role=["outcome"]
        ),
        "klantoordeel": item("Oordeel van de klant", "The customer's view", "schuif", role=["outcome"]),
    },
    "scales": {
        "buik": {
            "label": words("Buik", "Belly"),
            "items": [f"buik{j}" for j in range(1, 7)],
            "role": ["belly"],
        },
        "hoofd": {
            "label": words("Hoofd", "Head"),
            "items": [f"hoofd{j}" for j in range(1, 7)],
            "role": ["head"],
        },
    },
}

# --- 05: what training yields ----------------------------------------------------------------------------------

TRAINING = {"gedrag": {1: 5.0, 2: 2.0}, "klantscore": {1: 1.0, 2: 0.0}}
_TIME = {0: 0.0, 1: 1.0, 2: 1.5}


def _training(rng: np.random.Generator, n: int) -> Made:
    """Branches are drawn for training; everybody is measured before, after and at follow-up (three rows each)."""
    people = max(20, n // 3)
    branches = max(6, people // 15)
    branch = np.arange(people) % branches
    treated = rng.permutation(np.arange(branches) % 2)[branch]
    rows = []
    person = {name: rng.normal(0, 6, people) + rng.normal(0, 2, branches)[branch] for name in TRAINING}
    for wave in (0, 1, 2):
        made = {
            "medewerker": branch * 0 + np.arange(1, people + 1),
            "vestiging": branch + 1,
            "training": treated,
            "golf": np.full(people, wave),
        }
        for name, effects in TRAINING.items():
            level = 60 + person[name] + _TIME[wave] + treated * effects.get(wave, 0.0)
            made[name] = within(level + rng.normal(0, 5, people), 0, 100)
        rows.append(pd.DataFrame(made))
    return pd.concat(rows, ignore_index=True), {
        "effect": {name: dict(effects) for name, effects in TRAINING.items()},
        "time": dict(_TIME),
    }


_TRAINING_BOOK: dict[str, Any] = {
    "study": study("Rendement van training", "What training yields"),
    "responses": {"schuif": SLIDER, "ja_nee": {"min": 0, "max": 1}},
    "items": {
        "training": item("Kreeg de training", "Was trained", "ja_nee", role=["treated"]),
        "gedrag": item(
            "Gedrag volgens mystery guests", "Behaviour seen by mystery visitors", "schuif", role=["outcome"]
        ),
        "klantscore": item("Score van de klanten", "Customers' score", "schuif", role=["outcome"]),
    },
    "groups": {"medewerker": group("Medewerker", "Employee"), "vestiging": group("Vestiging", "Branch")},
    "waves": {"column": "golf", "order": [0, 1, 2]},
}

# --- 10: sight of the chain ------------------------------------------------------------------------------------

CHAIN = {"a": -6.0, "b_within": 0.30, "b_between": 0.50, "direct": -0.5}
LINKS = {
    1: ("winkel", "shop"),
    2: ("account", "account"),
    3: ("planning", "planning"),
    4: ("lijn", "line"),
    5: ("logistiek", "logistics"),
}
VALUES = {
    "prijs": 40.0,
    "snelheid": 55.0,
    "deskundigheid": 75.0,
    "vriendelijkheid": 50.0,
    "zekerheid": 65.0,
    "gemak": 60.0,
}
DRIFT = {
    "prijs": 7.0,
    "snelheid": 4.0,
    "deskundigheid": -6.0,
    "vriendelijkheid": -1.0,
    "zekerheid": -3.0,
    "gemak": 0.0,
}


def _chain(rng: np.random.Generator, n: int) -> Made:
    """Further from the end customer means less sight, and less sight less orientation; values drift per link."""
    teams = max(10, n // 10)
    team = np.sort(np.arange(n) % teams)
    link = (np.arange(teams) % len(LINKS)) + 1
    distance = (link - 1.0)[team]
    sight = 75 + CHAIN["a"] * distance + rng.normal(0, 4, teams)[team] + rng.normal(0, 9, n)
    shared = group_mean(sight, team)
    level = (
        30 + CHAIN["direct"] * distance + CHAIN["b_between"] * shared + CHAIN["b_within"] * (sight - shared)
    )
    level += rng.normal(0, 3, teams)[team] + rng.normal(0, 7, n)
    columns: dict[str, Any] = {"medewerker": [f"m{i:05d}" for i in range(1, n + 1)], "team": team + 1}
    columns |= {"schakel": link[team], "afstand": distance}
    for name, score, count in (("zicht", sight, 4), ("co", level, 4)):
        items = spread_items(rng, score, count, 6.0)
        columns |= {f"{name}{j + 1}": within(items[:, j], 0, 100) for j in range(count)}
    for name, mean in VALUES.items():
        columns[f"waarde_{name}"] = within(mean + DRIFT[name] * distance + rng.normal(0, 10, n), 0, 100)
    truth = {
        **CHAIN,
        "indirect": CHAIN["a"] * CHAIN["b_between"],
        "values": dict(VALUES),
        "drift": dict(DRIFT),
    }
    truth["trend_sight"] = CHAIN["a"]
    return pd.DataFrame(columns), truth


_CHAIN_BOOK: dict[str, Any] = {
    "study": study("Zicht op de keten", "Sight of the chain", id="medewerker"),
    "responses": {"schuif": SLIDER, "afstand": {"min": 0, "max": 4}},
    "items": {
        "afstand": item(
            "Schakels tot de eindklant", "Links to the end customer", "afstand", role=["distance"]
        ),
        **{f"zicht{j}": item(f"Zicht {j}", f"Sight {j}", "schuif", role=["sight"]) for j in range(1, 5)},
        **{
            f"co{j}": item(
                f"Klantgerichtheid {j}", f"Customer orientation {j}", "schuif", role=["orientation"]
            )
            for j in range(1, 5)
        },
        **{
            f"waarde_{name}": item(
                f"Belang voor de eindklant: {name}",
                f"Value to the end customer: {en}",
                "schuif",
                role=["value"],
            )
            for name, en in zip(
                VALUES, ("price", "speed", "expertise", "friendliness", "certainty", "ease"), strict=True
            )
        },
    },
    "scales": {
        "zicht": {
            "label": words("Zicht op de keten", "Sight of the chain"),
            "items": [f"zicht{j}" for j in range(1, 5)],
            "role": ["mediator"],
        },
        "klantgericht": {
            "label": words("Klantgerichtheid", "Customer orientation"),
            "items": [f"co{j}" for j in range(1, 5)],
            "role": ["effect"],
        },
    },
    "groups": {"schakel": group("Schakel", "Link", LINKS), "team": group("Team", "Team")},
}

DESIGNS = {
    "03": Design(720, _climate, _CLIMATE_BOOK),
    "04": Design(400, _belly_head, _BELLY_BOOK),
    "05": Design(900, _training, _TRAINING_BOOK),
    "10": Design(600, _chain, _CHAIN_BOOK),
}
