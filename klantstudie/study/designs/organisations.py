"""Simulated studies of organisations: two views (02), technique or culture (06), public or market (09),

trend and meta-analysis (12, 12m), and the scan by mystery visitors (13).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from klantstudie.study.designs.making import (
    SLIDER,
    Design,
    Made,
    group,
    item,
    spread_items,
    study,
    within,
    words,
)

# --- 02: management's view and the customer's ------------------------------------------------------------------

VIEWS = {"customer": 66.0, "management": 74.0, "employee": 70.0}
_VIEW_SD = 8.0
_VIEW_R = np.array(  # customer, management, employee, performance
    [[1.0, 0.30, 0.50, 0.50], [0.30, 1.0, 0.45, 0.10], [0.50, 0.45, 1.0, 0.30], [0.50, 0.10, 0.30, 1.0]]
)


def _views(rng: np.random.Generator, n: int) -> Made:
    """One row a unit: how its customers, its management and its employees see it, and how it performs."""
    z = rng.multivariate_normal(np.zeros(4), _VIEW_R, size=n, method="cholesky")
    frame = pd.DataFrame({"eenheid": [f"u{i:04d}" for i in range(1, n + 1)]})
    for j, (name, mean) in enumerate(zip(("klant", "directie", "medewerkers"), VIEWS.values(), strict=True)):
        items = spread_items(rng, mean + _VIEW_SD * z[:, j], 3, 5.0)
        for i in range(3):
            frame[f"{name}{i + 1}"] = within(items[:, i], 0, 100)
    frame["prestatie"] = within(60 + 10 * z[:, 3], 0, 100)
    bias, r = VIEWS["management"] - VIEWS["customer"], float(_VIEW_R[0, 1])
    truth = {
        "bias": bias,
        "correlation": r,
        "r_customer_performance": float(_VIEW_R[0, 3]),
        "r_management_performance": float(_VIEW_R[1, 3]),
        "ccc": 2 * r * _VIEW_SD**2 / (2 * _VIEW_SD**2 + bias**2),
        "limits_of_agreement": [bias + side * 1.96 * _VIEW_SD * np.sqrt(2 - 2 * r) for side in (-1, 1)],
    }
    return frame, truth


_VIEW_NAMES = {
    "klant": words("Beeld van de klant", "The customer's view"),
    "directie": words("Beeld van de directie", "Management's view"),
    "medewerkers": words("Beeld van de medewerkers", "The employees' view"),
}
_VIEWS_BOOK: dict[str, Any] = {
    "study": study("Blik van de directie", "Management's view", id="eenheid"),
    "responses": {"schuif": SLIDER},
    "items": {
        **{
            f"{name}{j}": item(f"{text['nl']} {j}", f"{text['en']} {j}", "schuif", role=[name])
            for name, text in _VIEW_NAMES.items()
            for j in (1, 2, 3)
        },
        "prestatie": item("Prestatie van de eenheid", "Performance of the unit", "schuif", role=["outcome"]),
    },
    "scales": {
        f"beeld_{name}": {"label": text, "items": [f"{name}{j}" for j in (1, 2, 3)]}
        for name, text in _VIEW_NAMES.items()
    },
}

# --- 06: technique, process or culture -------------------------------------------------------------------------

TECHNIQUE = {"techniek": 0.05, "proces": 0.25, "cultuur": 0.40}
INTERACTION = 0.15  # technique times culture, on standard scores
_TECHNIQUE_R = 0.40


def _technique(rng: np.random.Generator, n: int) -> Made:
    """Units with technology, process and culture; the customer score follows their observed scores."""
    common = rng.standard_normal(n)
    scores = {
        name: np.sqrt(_TECHNIQUE_R) * common + np.sqrt(1 - _TECHNIQUE_R) * rng.standard_normal(n)
        for name in TECHNIQUE
    }
    columns: dict[str, Any] = {"eenheid": [f"u{i:04d}" for i in range(1, n + 1)]}
    for name, z in scores.items():
        items = spread_items(rng, 55 + 10 * z, 4, 5.0)
        columns |= {f"{name}{j + 1}": within(items[:, j], 0, 100) for j in range(4)}
    level = sum(weight * scores[name] for name, weight in TECHNIQUE.items())
    level = level + INTERACTION * scores["techniek"] * scores["cultuur"]
    klant = spread_items(rng, 60 + 8 * (level + rng.normal(0, 0.75, n)), 3, 4.0)
    columns |= {f"klantscore{j + 1}": within(klant[:, j], 0, 100) for j in range(3)}
    truth = {
        "slopes": {name: 0.8 * weight for name, weight in TECHNIQUE.items()},
        "technique_times_culture": 0.08 * INTERACTION,
        "center": 55.0,
        "note": "slopes on scores of 0 to 100; the interaction is that of scores minus 55",
    }
    return pd.DataFrame(columns), truth


_TECHNIQUE_NAMES = {
    "techniek": words("Techniek", "Technology"),
    "proces": words("Proces", "Process"),
    "cultuur": words("Cultuur", "Culture"),
}
_TECHNIQUE_ROLES = {"techniek": "technique", "proces": "process", "cultuur": "culture"}
_TECHNIQUE_BOOK: dict[str, Any] = {
    "study": study("Techniek of cultuur", "Technology or culture", id="eenheid"),
    "responses": {"schuif": SLIDER},
    "items": {
        **{
            f"{name}{j}": item(f"{text['nl']} {j}", f"{text['en']} {j}", "schuif", role=[name])
            for name, text in _TECHNIQUE_NAMES.items()
            for j in range(1, 5)
        },
        **{
            f"klantscore{j}": item(
                f"Score van de klanten {j}", f"Customers' score {j}", "schuif", role=["outcome"]
            )
            for j in (1, 2, 3)
        },
    },
    "scales": {
        **{
            name: {
                "label": text,
                "items": [f"{name}{j}" for j in range(1, 5)],
                "role": ["predictor", _TECHNIQUE_ROLES[name]],
            }
            for name, text in _TECHNIQUE_NAMES.items()
        },
        "klantscore": {
            "label": words("Score van de klanten", "Customers' score"),
            "items": ["klantscore1", "klantscore2", "klantscore3"],
            "role": ["outcome_scale"],
        },
    },
}

# --- 09: public or market --------------------------------------------------------------------------------------

PUBLIC = {
    "kwaliteit": -0.30,
    "vertrouwen": 0.25,
    "loyaliteit": 0.0,
}  # latent difference, public minus market, in SD
SHIFTED = {"kwaliteit3": 0.40}  # an item that is easier to agree with in the public group (in item SD)
_GROUP_LOADING = (0.80, 0.75, 0.70, 0.65)
_GROUP_R = 0.50


def _public(rng: np.random.Generator, n: int) -> Made:
    """Three factors with equal loadings in both groups; one intercept differs, so invariance is partial."""
    public = (np.arange(n) % 2).astype(float)
    common = rng.standard_normal(n)
    columns: dict[str, Any] = {"klant": [f"k{i:05d}" for i in range(1, n + 1)], "sector": public + 1}
    for name, difference in PUBLIC.items():
        factor = (
            np.sqrt(_GROUP_R) * common + np.sqrt(1 - _GROUP_R) * rng.standard_normal(n) + difference * public
        )
        for j, loading in enumerate(_GROUP_LOADING, start=1):
            z = loading * factor + np.sqrt(1 - loading**2) * rng.standard_normal(n)
            z = z + SHIFTED.get(f"{name}{j}", 0.0) * public
            columns[f"{name}{j}"] = within(60 + 10 * z, 0, 100)
    truth = {
        "latent_difference": dict(PUBLIC),
        "shifted_intercepts": dict(SHIFTED),
        "loadings": list(_GROUP_LOADING),
        "factor_correlation": _GROUP_R,
    }
    return pd.DataFrame(columns), truth


_PUBLIC_NAMES = {
    "kwaliteit": words("Kwaliteit", "Quality"),
    "vertrouwen": words("Vertrouwen", "Trust"),
    "loyaliteit": words("Loyaliteit", "Loyalty"),
}
_PUBLIC_BOOK: dict[str, Any] = {
    "study": study("Overheid of markt", "Public or market", id="klant"),
    "responses": {"schuif": SLIDER},
    "items": {
        f"{name}{j}": item(f"{text['nl']} {j}", f"{text['en']} {j}", "schuif", role=[name])
        for name, text in _PUBLIC_NAMES.items()
        for j in range(1, 5)
    },
    "scales": {
        name: {"label": text, "items": [f"{name}{j}" for j in range(1, 5)]}
        for name, text in _PUBLIC_NAMES.items()
    },
    "groups": {"sector": group("Sector", "Sector", {1: ("markt", "market"), 2: ("overheid", "public")})},
}

# --- 12: two decades, and the literature about them ------------------------------------------------------------

STANDSTILL = {"slope": 0.05, "level": 65.0, "sd_organisation": 6.0, "sd_residual": 3.0}
YEARS = tuple(range(2004, 2025, 2))


def _standstill(rng: np.random.Generator, n: int) -> Made:
    """The same organisations are measured every two years; the score hardly moves."""
    organisations = max(5, n // len(YEARS))
    own = rng.normal(0, STANDSTILL["sd_organisation"], organisations)
    rows = [
        pd.DataFrame(
            {
                "organisatie": np.arange(1, organisations + 1),
                "jaar": np.full(organisations, year),
                "score": within(
                    STANDSTILL["level"]
                    + own
                    + STANDSTILL["slope"] * (year - YEARS[0])
                    + rng.normal(0, STANDSTILL["sd_residual"], organisations),
                    0,
                    100,
                ),
            }
        )
        for year in YEARS
    ]
    return pd.concat(rows, ignore_index=True), dict(STANDSTILL)


_STANDSTILL_BOOK: dict[str, Any] = {
    "study": study("Twintig jaar stilstand", "Twenty years of standstill"),
    "responses": {"schuif": SLIDER, "jaar": {"min": 1900, "max": 2100}},
    "items": {
        "jaar": item("Jaar", "Year", "jaar", role=["time"]),
        "score": item("Klantgerichtheid", "Customer focus", "schuif", role=["outcome"]),
    },
    "groups": {"organisatie": group("Organisatie", "Organisation")},
}

LITERATURE = {"mean_z": 0.30, "tau": 0.10, "slope_year": 0.0}


def _literature(rng: np.random.Generator, n: int) -> Made:
    """Published correlations, with true spread on Fisher's z and no change over the years."""
    size = rng.integers(60, 500, n)
    year = rng.integers(1990, 2025, n)
    z = LITERATURE["mean_z"] + rng.normal(0, LITERATURE["tau"], n) + rng.normal(0, 1 / np.sqrt(size - 3))
    frame = pd.DataFrame(
        {
            "onderzoek": [f"studie {i:03d}" for i in range(1, n + 1)],
            "jaar": year,
            "n": size,
            "r": np.round(np.tanh(z), 4),
            "betrouwbaarheid": np.round(rng.uniform(0.70, 0.92, n), 2),
        }
    )
    return frame, dict(LITERATURE)


_LITERATURE_BOOK: dict[str, Any] = {
    "study": study("Gepubliceerde verbanden", "Published correlations", id="onderzoek"),
    "responses": {"r": {"min": -1, "max": 1, "whole": False}, "deel": {"min": 0, "max": 1, "whole": False}},
    "items": {
        "r": item("Correlatie", "Correlation", "r", role=["effect"]),
        "n": item("Steekproefgrootte", "Sample size", role=["size"]),
        "jaar": item("Jaar van publicatie", "Year of publication", role=["moderator"]),
        "betrouwbaarheid": item(
            "Betrouwbaarheid van de maat", "Reliability of the measure", "deel", role=["artefact"]
        ),
    },
}

# --- 13: the scan by mystery visitors --------------------------------------------------------------------------

SCAN = {"mean": 70.0, "sd_organisation": 5.0, "sd_rater": 2.0, "sd_residual": 6.0, "case_mix": 0.10}
CHANNELS = {1: ("bezoek", "visit"), 2: ("telefoon", "telephone"), 3: ("e-mail", "e-mail")}
_RATERS = 6


def _scan(rng: np.random.Generator, n: int) -> Made:
    """Every organisation is tried by the same six raters through three channels."""
    per = _RATERS * len(CHANNELS)
    organisations = max(5, n // per)
    rows = organisations * per
    organisation = np.repeat(np.arange(organisations), per)
    rater = np.tile(np.repeat(np.arange(_RATERS), len(CHANNELS)), organisations)
    channel = np.tile(np.arange(len(CHANNELS)), organisations * _RATERS)
    busy = np.round(rng.normal(50, 15, rows), 1)
    level = SCAN["mean"] + rng.normal(0, SCAN["sd_organisation"], organisations)[organisation]
    level = level + rng.normal(0, SCAN["sd_rater"], _RATERS)[rater] - SCAN["case_mix"] * (busy - 50)
    frame = pd.DataFrame(
        {
            "poging": [f"p{i:05d}" for i in range(1, rows + 1)],
            "organisatie": organisation + 1,
            "beoordelaar": rater + 1,
            "kanaal": channel + 1,
            "drukte": busy,
            "score": within(level + rng.normal(0, SCAN["sd_residual"], rows), 0, 100),
        }
    )
    total = sum(SCAN[f"sd_{part}"] ** 2 for part in ("organisation", "rater", "residual"))
    truth = {**SCAN, "icc_absolute_single": SCAN["sd_organisation"] ** 2 / total}
    return frame, truth


_SCAN_BOOK: dict[str, Any] = {
    "study": study("Klantvriendelijkheidsscan", "Customer-friendliness scan", id="poging"),
    "responses": {"schuif": SLIDER},
    "items": {
        "score": item("Score van de poging", "Score of the attempt", "schuif", role=["outcome"]),
        "drukte": item("Drukte op dat moment", "How busy it was", role=["case_mix"]),
    },
    "groups": {
        "organisatie": group("Organisatie", "Organisation"),
        "beoordelaar": group("Beoordelaar", "Rater"),
        "kanaal": group("Kanaal", "Channel", CHANNELS),
    },
}

DESIGNS = {
    "02": Design(150, _views, _VIEWS_BOOK),
    "06": Design(300, _technique, _TECHNIQUE_BOOK),
    "09": Design(800, _public, _PUBLIC_BOOK),
    "12": Design(440, _standstill, _STANDSTILL_BOOK),
    "12m": Design(60, _literature, _LITERATURE_BOOK),
    "13": Design(720, _scan, _SCAN_BOOK),
}
