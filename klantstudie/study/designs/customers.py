"""Simulated customer studies: expectation and experience (01), the moment itself (08)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from klantstudie.study.designs.making import Design, Made, expected, factor_items, rate, shares, words

# --- 01: expectation, experience and importance in pairs, five dimensions of service quality -----------------

DIMENSIONS = {
    "tastbaar": (words("Tastbare zaken", "Tangibles"), 4, 5.2, 5.4),
    "betrouwbaar": (words("Betrouwbaarheid", "Reliability"), 5, 6.1, 5.0),
    "bereidwillig": (words("Bereidwilligheid", "Responsiveness"), 4, 5.9, 5.3),
    "zekerheid": (words("Zekerheid", "Assurance"), 4, 5.8, 5.6),
    "inleving": (words("Inleving", "Empathy"), 5, 5.4, 5.4),
}
IMPORTANCE = {"tastbaar": 3.0, "betrouwbaar": 4.4, "bereidwillig": 4.1, "zekerheid": 3.8, "inleving": 3.5}
SURFACE = {"b0": 6.8, "b1": -0.20, "b2": 0.70, "b3": 0.0, "b4": 0.10, "b5": -0.10}
_SD, _LOADING = 1.1, 0.75


def _service_quality(rng: np.random.Generator, n: int) -> Made:
    """Expectation and perception share a person's general attitude; satisfaction follows a response surface."""
    columns: dict[str, np.ndarray] = {"respondent": np.array([f"r{i:05d}" for i in range(1, n + 1)])}
    columns["ervaren_klant"] = rng.choice([1, 2], size=n, p=[0.6, 0.4])
    general = rng.standard_normal(n)
    truth: dict[str, Any] = {
        "gap": {},
        "expectation": {},
        "perception": {},
        "surface": dict(SURFACE),
        "center": 4.0,
    }
    number = 0
    for name, (_, size, hoped, met) in DIMENSIONS.items():
        for letter, mean, kind in (("e", hoped, "expectation"), ("p", met, "perception")):
            factor = np.sqrt(0.2) * general + np.sqrt(0.8) * rng.standard_normal(n)
            latent = factor_items(rng, factor, [mean] * size, loading=_LOADING, sd=_SD)
            for j in range(size):
                columns[f"{letter}{number + j + 1}"] = rate(latent[:, j], 1, 7)
            truth[kind][name] = expected(mean, _SD, 1, 7)
        truth["gap"][name] = truth["perception"][name] - truth["expectation"][name]
        columns[f"belang_{name}"] = rate(rng.normal(IMPORTANCE[name], 0.8, n), 1, 5)
        number += size
    truth["importance"] = {name: expected(mean, 0.8, 1, 5) for name, mean in IMPORTANCE.items()}
    frame = pd.DataFrame(columns)
    hoped = frame[[f"e{i}" for i in range(1, number + 1)]].mean(axis=1) - 4
    met = frame[[f"p{i}" for i in range(1, number + 1)]].mean(axis=1) - 4
    b = SURFACE
    level = b["b0"] + b["b1"] * hoped + b["b2"] * met
    level += b["b3"] * hoped**2 + b["b4"] * hoped * met + b["b5"] * met**2
    frame["tevredenheid"] = np.clip(np.round(level + rng.normal(0, 0.6, n), 1), 1, 10)
    return frame, truth


def _service_codebook() -> dict[str, Any]:
    items: dict[str, Any] = {}
    scales: dict[str, Any] = {}
    number = 0
    for name, (label, size, _, _) in DIMENSIONS.items():
        span = range(number + 1, number + size + 1)
        for i in span:
            nl, en = f"{label['nl']} {i - number}", f"{label['en']} {i - number}"
            items[f"e{i}"] = {
                "text": words(f"{nl}: verwacht", f"{en}: expected"),
                "response": "zeven",
                "role": ["expectation"],
                "pair": f"p{i}",
            }
            items[f"p{i}"] = {
                "text": words(f"{nl}: ervaren", f"{en}: experienced"),
                "response": "zeven",
                "role": ["perception"],
                "pair": f"e{i}",
            }
        scales[name] = {
            "label": label,
            "items": [f"p{i}" for i in span],
            "role": ["performance", "predictor"],
        }
        scales[f"{name}_verwacht"] = {
            "label": words(f"{label['nl']} (verwacht)", f"{label['en']} (expected)"),
            "items": [f"e{i}" for i in span],
        }
        items[f"belang_{name}"] = {
            "text": words(f"Belang: {label['nl']}", f"Importance: {label['en']}"),
            "response": "vijf",
            "role": ["importance"],
        }
        number += size
    every = range(1, number + 1)
    scales["verwachting"] = {"label": words("Verwachting", "Expectation"), "items": [f"e{i}" for i in every]}
    scales["ervaring"] = {"label": words("Ervaring", "Experience"), "items": [f"p{i}" for i in every]}
    items["tevredenheid"] = {
        "text": words("Rapportcijfer voor de dienst", "Mark for the service"),
        "response": "cijfer",
        "role": ["outcome"],
    }
    return {
        "study": {
            "title": words("Verwachting en ervaring (gesimuleerd)", "Expectation and experience (simulated)"),
            "id": "respondent",
            "simulated": True,
            "citation": "Design: Parasuraman, Zeithaml & Berry (1988)",
        },
        "responses": {
            "zeven": {"min": 1, "max": 7, "labels": {"1": _DISAGREE, "7": _AGREE}},
            "vijf": {"min": 1, "max": 5, "labels": {"1": _UNIMPORTANT, "5": _IMPORTANT}},
            "cijfer": {"min": 1, "max": 10, "whole": False},
        },
        "items": items,
        "scales": scales,
        "groups": {
            "ervaren_klant": {
                "label": words("Soort klant", "Kind of customer"),
                "labels": {"1": words("nieuw", "new"), "2": words("ervaren", "experienced")},
            }
        },
    }


_DISAGREE = words("helemaal oneens", "strongly disagree")
_AGREE = words("helemaal eens", "strongly agree")
_UNIMPORTANT = words("onbelangrijk", "unimportant")
_IMPORTANT = words("zeer belangrijk", "very important")

# --- 08: the moment itself ------------------------------------------------------------------------------------

CHANNELS = {"balie": 7.9, "telefoon": 7.3, "web": 6.8}
CHANNEL_SHARES = [0.3, 0.4, 0.3]
CHANNEL_LABELS = {
    "balie": words("balie", "counter"),
    "telefoon": words("telefoon", "telephone"),
    "web": words("web", "web"),
}
DRIVERS = {
    "snelheid": 0.30,
    "deskundigheid": 0.40,
    "vriendelijkheid": 0.10,
    "duidelijkheid": 0.20,
    "gemak": 0.0,
}
DRIVER_LABELS = {
    "snelheid": words("Snelheid", "Speed"),
    "deskundigheid": words("Deskundigheid", "Expertise"),
    "vriendelijkheid": words("Vriendelijkheid", "Friendliness"),
    "duidelijkheid": words("Duidelijkheid", "Clarity"),
    "gemak": words("Gemak", "Ease"),
}
RETENTION = {"intercept": -3.0, "aanbeveling": 0.45}
_NPS_SD, _CUSTOMER_SD, _EMPLOYEE_SD = 2.0, 1.0, 0.6


def _moments(rng: np.random.Generator, n: int) -> Made:
    """Contacts within customers and employees; recommendation differs by channel and decides about staying."""
    customers, employees = max(2, n // 3), max(2, n // 40)
    customer, employee = rng.integers(0, customers, n), rng.integers(0, employees, n)
    names = list(CHANNELS)
    channel = rng.choice(len(names), size=n, p=CHANNEL_SHARES)
    mean = np.array([CHANNELS[name] for name in names])[channel]
    of_customer = rng.normal(0, _CUSTOMER_SD, customers)[customer]
    of_employee = rng.normal(0, _EMPLOYEE_SD, employees)[employee]
    own = np.sqrt(_NPS_SD**2 - _CUSTOMER_SD**2 - _EMPLOYEE_SD**2)
    frame = pd.DataFrame(
        {
            "contact": [f"c{i:05d}" for i in range(1, n + 1)],
            "klant": customer + 1,
            "medewerker": employee + 1,
            "kanaal": channel + 1,
            "aanbeveling": rate(mean + of_customer + of_employee + rng.normal(0, own, n), 0, 10),
        }
    )
    common = rng.standard_normal(n)
    level = np.full(n, 7.0)
    for name, weight in DRIVERS.items():
        frame[name] = rate(7 + 1.4 * (0.6 * common + 0.8 * rng.standard_normal(n)), 1, 10)
        level += weight * (frame[name].to_numpy() - 7)
    for number in (1, 2, 3):
        frame[f"tevreden{number}"] = rate(level + rng.normal(0, 0.8, n), 1, 10)
    frame["oordeel"] = np.clip(np.round(level + rng.normal(0, 0.8, n), 1), 1, 10)
    frame["moeite"] = rate(4.5 - 0.5 * (level - 7) + rng.normal(0, 1.0, n), 1, 7)
    chance = 1 / (1 + np.exp(-(RETENTION["intercept"] + RETENTION["aanbeveling"] * frame["aanbeveling"])))
    frame["gebleven"] = (rng.random(n) < chance).astype(float)
    answers = {name: shares(CHANNELS[name], _NPS_SD, 0, 10) for name in names}
    nps = {name: 100 * float(p[9:].sum() - p[:7].sum()) for name, p in answers.items()}
    truth = {
        "nps": {**nps, "total": float(np.dot(CHANNEL_SHARES, [nps[name] for name in names]))},
        "drivers": dict(DRIVERS),
        "retention": dict(RETENTION),
        "variance": _sources(answers),
    }
    return frame, truth


def _sources(answers: dict[str, np.ndarray]) -> dict[str, float]:
    """Return the variance that customers, employees and the contact itself have in the answers on recommending.

    That of a source is the variance of its expected answer, rounded and cut off at ten as all answers are.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    scale, mix = np.arange(11), np.array(CHANNEL_SHARES)

    def of(sd: float) -> float:
        rest = np.sqrt(_NPS_SD**2 - sd**2)
        level = [
            sum(
                part * expected(mean + sd * node, rest, 0, 10)
                for part, mean in zip(mix, CHANNELS.values(), strict=True)
            )
            for node in nodes
        ]
        return float(np.average(np.square(level), weights=weights) - np.average(level, weights=weights) ** 2)

    all_answers = mix @ np.array(list(answers.values()))
    total = float(all_answers @ scale**2 - (all_answers @ scale) ** 2)
    customer, employee = of(_CUSTOMER_SD), of(_EMPLOYEE_SD)
    return {"customer": customer, "employee": employee, "contact": total - customer - employee}


def _moments_codebook() -> dict[str, Any]:
    ten, items = {"response": "tien"}, {}
    items["aanbeveling"] = {
        "text": words(
            "Hoe waarschijnlijk is het dat u ons aanbeveelt?", "How likely are you to recommend us?"
        ),
        "response": "nps",
        "role": ["recommend"],
    }
    for name, label in DRIVER_LABELS.items():
        items[name] = {"text": label, "role": ["driver", "performance"], **ten}
    for number, text in enumerate(
        (
            words("Tevreden over het contact", "Satisfied with the contact"),
            words("Zoals ik had verwacht", "As I had expected"),
            words("Dicht bij ideaal", "Close to ideal"),
        ),
        start=1,
    ):
        items[f"tevreden{number}"] = {"text": text, "role": ["satisfaction"], **ten}
    items["oordeel"] = {
        "text": words("Rapportcijfer voor dit contact", "Mark for this contact"),
        "response": "cijfer",
        "role": ["outcome"],
    }
    items["moeite"] = {
        "text": words("Hoeveel moeite kostte het?", "How much effort did it take?"),
        "response": "moeite",
        "role": ["effort"],
    }
    items["gebleven"] = {
        "text": words("Een jaar later nog klant", "Still a customer a year later"),
        "response": "ja_nee",
        "role": ["retention"],
    }
    return {
        "study": {
            "title": words("Het nu-moment (gesimuleerd)", "The moment itself (simulated)"),
            "id": "contact",
            "simulated": True,
        },
        "responses": {
            "tien": {"min": 1, "max": 10},
            "cijfer": {"min": 1, "max": 10, "whole": False},
            "nps": {"min": 0, "max": 10},
            "moeite": {"min": 1, "max": 7},
            "ja_nee": {"min": 0, "max": 1, "labels": {"0": words("nee", "no"), "1": words("ja", "yes")}},
        },
        "items": items,
        "scales": {
            "tevredenheid": {
                "label": words("Tevredenheid", "Satisfaction"),
                "items": ["tevreden1", "tevreden2", "tevreden3"],
            }
        },
        "groups": {
            "kanaal": {
                "label": words("Kanaal", "Channel"),
                "labels": {str(i + 1): CHANNEL_LABELS[name] for i, name in enumerate(CHANNELS)},
                "order": [1, 2, 3],
            },
            "klant": {"label": words("Klant", "Customer")},
            "medewerker": {"label": words("Medewerker", "Employee")},
        },
    }


DESIGNS = {
    "01": Design(400, _service_quality, _service_codebook()),
    "08": Design(1200, _moments, _moments_codebook()),
}
