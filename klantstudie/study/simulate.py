"""Simulated studies with known truth, so that an analysis can be tried before there are data, and tested."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from klantstudie.errors import OptionError, option, whole
from klantstudie.study import scoring
from klantstudie.study.codebook import Codebook, declare
from klantstudie.study.designs import choices, customers, organisations, staff
from klantstudie.study.designs.making import Design

NAME = "gesimuleerd-"
DESIGNS: dict[str, Design] = {
    **choices.DESIGNS,
    **customers.DESIGNS,
    **organisations.DESIGNS,
    **staff.DESIGNS,
}
SEED = 1


def survey(
    design: str, *, n: int | None = None, seed: int = SEED, effect: float | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return simulated answers and what is true of them.

    `design` is the number of the notebook, such as "01"; `n` the number of respondents (None: the usual size of the
    design). The frame holds raw codes as a survey file would; `truth` holds population values that an analysis of
    the frame estimates, exact for the rounded answers. The same seed gives the same frame. `effect` sets another
    size of the effect that a design is about, where it has one ("07": the interaction in quality).
    """
    option("design", design, sorted(DESIGNS))
    found = DESIGNS[design]
    size = found.n if n is None else whole("n", n, 10)
    if effect is not None and not found.varies:
        able = ", ".join(name for name in sorted(DESIGNS) if DESIGNS[name].varies)
        raise OptionError(f"effect: design {design} has fixed effects; this can be set in {able}")
    asked = {} if effect is None else {"effect": float(effect)}
    frame, truth = found.make(np.random.default_rng(whole("seed", seed)), size, **asked)
    numbers = {name: "float64" for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name])}
    texts = {name: "string" for name in frame.columns if name not in numbers}
    return frame.astype(numbers | texts), {**truth, "design": design, "seed": seed}


def codebook(design: str) -> Codebook:
    """Return the codebook of a simulated study."""
    option("design", design, sorted(DESIGNS))
    return declare(DESIGNS[design].codebook, source=f"{NAME}{design}")


def is_simulated(study: str) -> bool:
    """Say whether a study's name is one of a simulated study."""
    return study.startswith(NAME)


def parse(study: str) -> tuple[str, int, int]:
    """Return design, number of respondents and seed of a simulated study's name: gesimuleerd-03[-n500][-seed2]."""
    found = re.fullmatch(rf"{NAME}(\d\d[a-z]?)(?:-n(\d{{2,7}}))?(?:-seed(\d{{1,9}}))?", study)
    if not found or found.group(1) not in DESIGNS:
        known = ", ".join(f"{NAME}{design}" for design in sorted(DESIGNS))
        raise OptionError(
            f"there is no simulated study '{study}'; there are {known}, also as {NAME}01-n500-seed2"
        )
    design, n, seed = found.groups()
    return design, int(n or DESIGNS[design].n), int(seed or SEED)


def scored(
    design: str, *, n: int | None = None, seed: int = SEED, effect: float | None = None
) -> pd.DataFrame:
    """Return simulated answers with their scale scores, as an analysis takes them; for power by simulation."""
    return scoring.score(survey(design, n=n, seed=seed, effect=effect)[0], codebook(design))
