"""Reads a path model from words: blocks of items, arrows between constructs, a mode per block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from klantstudie.errors import InputError, ModelError, OptionError, option, suggestion
from klantstudie.frames import complete
from klantstudie.moments import Moments, as_moments
from klantstudie.numerics.pls import Spec

SCHEMES = ("path", "centroid", "factorial")


@dataclass(frozen=True)
class Model:
    """A path model: constructs with their items, arrows (cause, effect), and products of two constructs."""

    blocks: dict[str, list[str]]
    arrows: tuple[tuple[str, str], ...]
    products: tuple[str, ...]
    modes: dict[str, str]
    scheme: str
    consistent: bool

    @property
    def items(self) -> list[str]:
        """All items, in the order of the blocks."""
        return [item for block in self.blocks.values() for item in block]

    @property
    def constructs(self) -> list[str]:
        """The measured constructs, then the products."""
        return [*self.blocks, *self.products]

    def links(self, constructs: Sequence[str]) -> np.ndarray:
        """Return links[i, j] = "i explains j" among the given constructs."""
        out = np.zeros((len(constructs), len(constructs)), dtype=bool)
        for cause, effect in self.arrows:
            if cause in constructs:
                out[constructs.index(cause), constructs.index(effect)] = True
        return out

    def spec(self) -> Spec:
        """Return the numerical model of the measured constructs; items stand in the order of `items`."""
        ends = np.cumsum([len(block) for block in self.blocks.values()])
        places = tuple(
            np.arange(end - len(block), end) for end, block in zip(ends, self.blocks.values(), strict=True)
        )
        names = list(self.blocks)
        return Spec(
            places, tuple(self.modes[name] for name in names), self.links(names), self.scheme, self.consistent
        )


def read_model(
    blocks: Mapping[str, Sequence[str]],
    paths: Sequence[str],
    modes: str | Mapping[str, str],
    scheme: str,
    consistent: bool,
) -> Model:
    """Return the model; what cannot be read is an error that shows the line and what would be right."""
    option("scheme", scheme, SCHEMES)
    read = _blocks(blocks)
    arrows = [arrow for line in paths for arrow in _arrows(line, read)]
    if not arrows:
        raise ModelError("paths: at least one arrow is needed, such as 'Image -> Satisfaction'")
    double = sorted({f"{a} -> {b}" for a, b in arrows if arrows.count((a, b)) > 1})
    if double:
        raise ModelError(f"paths: named more than once: {', '.join(double)}")
    touched = {name for arrow in arrows for part in arrow for name in part.split("*")}
    alone = [name for name in read if name not in touched]
    if alone:
        raise ModelError(f"paths: no arrow touches {', '.join(alone)}; leave out the block or add a path")
    products = tuple(dict.fromkeys(cause for cause, _ in arrows if "*" in cause))
    if products and consistent:
        raise OptionError(
            "consistent=True is not available for a model with interactions; use consistent=False"
        )
    model = Model(read, tuple(arrows), products, _modes(modes, read), scheme, consistent)
    _check_products(model)
    try:
        _ = model.spec().order
    except ValueError:
        raise ModelError("paths: the arrows go round in a circle; a path model needs a direction") from None
    return model


def _blocks(blocks: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    if not isinstance(blocks, Mapping) or len(blocks) < 2:
        raise ModelError("blocks: name at least two constructs, each with its list of items")
    read = {str(name): [items] if isinstance(items, str) else list(items) for name, items in blocks.items()}
    for name, items in read.items():
        if not items:
            raise ModelError(f"blocks: construct '{name}' has no items")
        if any(sign in name for sign in ("*", "+", "->", "~")):
            raise ModelError(f"blocks: the name '{name}' may not hold *, +, ~ or ->")
    everything = [item for items in read.values() for item in items]
    double = sorted({str(item) for item in everything if everything.count(item) > 1})
    if double:
        raise ModelError(f"blocks: an item may stand in one block only: {', '.join(double)}")
    return read


def _arrows(line: str, blocks: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    sides = [side.strip() for side in str(line).split("->")]
    if len(sides) != 2 or not all(sides):
        raise ModelError(f"paths: '{line}' cannot be read; write 'Image + Value -> Satisfaction'")
    causes = ["*".join(part.strip() for part in cause.split("*")) for cause in sides[0].split("+")]
    effects = [effect.strip() for effect in sides[1].split("+")]
    for name in [part for cause in causes for part in cause.split("*")] + effects:
        if name not in blocks:
            raise ModelError(
                f"paths: '{line}' names '{name}', which is no block{suggestion(name, blocks)} "
                f"(blocks: {', '.join(blocks)})"
            )
    return [(cause, effect) for cause in causes for effect in effects]


def _check_products(model: Model) -> None:
    for product in model.products:
        parts = product.split("*")
        if len(parts) != 2 or parts[0] == parts[1]:
            raise ModelError(f"paths: '{product}' must be a product of two different constructs")
        for cause, effect in model.arrows:
            if cause == product and not all((part, effect) in model.arrows for part in parts):
                raise ModelError(
                    f"paths: '{product} -> {effect}' also needs the arrows of {parts[0]} and {parts[1]}"
                )


def _modes(modes: str | Mapping[str, str], blocks: Mapping[str, Sequence[str]]) -> dict[str, str]:
    if isinstance(modes, str):
        return dict.fromkeys(blocks, option("modes", modes, ("A", "B")))
    for name, mode in modes.items():
        if name not in blocks:
            raise OptionError(f"modes: '{name}' is no block{suggestion(name, blocks)}")
        option(f"mode of {name}", mode, ("A", "B"))
    return {name: modes.get(name, "A") for name in blocks}


def correlations(data: pd.DataFrame | Moments, model: Model) -> tuple[Moments, int]:
    """Return the moments of the model's items; a singular mode B block or too few cases is an error."""
    moments, n_total = as_moments(data, model.items, "blocks")
    for name, items in model.blocks.items():
        inside = moments.select(items).corr
        if model.modes[name] == "B" and np.linalg.eigvalsh(inside)[0] < 1e-10:
            raise ModelError(f"block '{name}' is mode B and its items are an exact sum of each other")
    return moments, n_total


def values(data: pd.DataFrame | Moments, model: Model, why: str) -> tuple[np.ndarray, int]:
    """Return the complete rows of the items as an array, and how many rows there were."""
    if isinstance(data, Moments):
        raise InputError(f"{why} needs the answers themselves, not moments")
    kept, n_total = complete(data, model.items, "blocks", at_least=3)
    return kept.to_numpy(copy=True), n_total
