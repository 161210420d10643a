"""The path model itself: estimates, measurement quality, bootstrap intervals and interactions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from klantstudie.analyses.paths.model import Model, correlations, read_model, values
from klantstudie.errors import ModelError, level, option, whole
from klantstudie.moments import Moments
from klantstudie.numerics import pls as numbers
from klantstudie.numerics import pls_products
from klantstudie.numerics.reliability import to_corr
from klantstudie.numerics.resampling import case_counts, case_covariances, normal_covariances, percentile
from klantstudie.numerics.validity import htmt
from klantstudie.result import Result, build

CHUNK = 1000  # bootstrap draws fitted at once
MOST_FAILED = 0.1
TESTED = ("path", "total", "indirect", "loading", "weight")
BOUNDED = ("r_squared", "r_squared_adjusted", "rho_a", "rho_c", "alpha", "ave", "correlation")


@dataclass(frozen=True)
class Estimated:
    """What a stack of draws gives: item correlations, the measurement fit, and the structural part."""

    corr: np.ndarray
    fit: numbers.Fit
    constructs: np.ndarray
    paths: np.ndarray
    r_squared: np.ndarray
    f_squared: np.ndarray


def pls(
    data: pd.DataFrame | Moments,
    blocks: Mapping[str, Sequence[str]],
    paths: Sequence[str],
    *,
    modes: str | Mapping[str, str] = "A",
    scheme: str = "path",
    consistent: bool = False,
    interaction: str = "two_stage",
    n_boot: int = 0,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Result:
    """A partial least squares path model (PLS-SEM) with its measurement quality.

    `blocks` names each construct with its items; `paths` are lines such as "Image + Value -> Satisfaction", a product
    such as "Image*Value" being an interaction. Everything is standardised. Rows by part: "path", "total", "indirect"
    (term "A -> B"), "loading", "weight", "vif_item" (term = item, group = construct), "r_squared",
    "r_squared_adjusted", "alpha", "rho_a", "rho_c", "ave" (term = construct; the last four for mode A blocks of two or
    more items), "correlation", "htmt" (term "A ~~ B"; HTMT of mode A blocks, absolute correlations, arithmetic means),
    "f_squared" (the model fitted again without the path) and "vif". fit: SRMR, d_ULS and d_G of the estimated model
    (not with interactions). With `n_boot`, std_error, percentile interval and, for paths, effects, loadings and
    weights, a p value (twice the smaller share on either side of zero, never 0); draws are resampled rows, from
    Moments samples of the normal law; constructs are turned to the sign of the sample.

    `consistent=True` corrects mode A blocks for unreliability (PLSc). `interaction`: "two_stage" (products of
    stage-one scores, all stage-two constructs being stage-one scores), "product_indicator" or "orthogonal" (products
    of standardised items, plain or freed of the items themselves). The path of a product is the change of the slope
    per standard deviation of the other construct. Rows with a missing answer are left out.

    Errors: ModelError for a model that cannot be read, goes in a circle or does not converge, and for consistent PLS
    with a reliability outside 0 to 1; InputError and OptionError as elsewhere.
    References: Wold (1982); Lohmoeller (1989); Dijkstra and Henseler (2015); Henseler, Ringle and Sarstedt (2015);
    Henseler and Chin (2010); Henseler et al. (2014).
    """
    option("interaction", interaction, ("two_stage", "product_indicator", "orthogonal"))
    level(conf_level)
    draws = whole("n_boot", n_boot)
    model = read_model(blocks, paths, modes, scheme, consistent)
    moments, n_total = correlations(data, model)
    raw = values(data, model, "an interaction")[0] if model.products else None
    sample = _estimate(moments.corr[None], model, interaction, None if raw is None else [raw], tol=1e-11)
    _check(sample, model)
    found = list(_quantities(sample, model, moments.n))
    spread, failed = [], 0
    if draws:
        stack = _draws(data, moments, model, draws, seed)
        spread, failed = _bootstrap(
            stack, raw, model, interaction, moments.n, sample.fit.weights, (draws, seed)
        )
    rows = [
        _row(place, keys, estimate[0], spread, draws, conf_level)
        for place, (keys, estimate) in enumerate(found)
    ]
    fit = {} if model.products else numbers.distances(moments.corr[None], sample.fit, model.spec())
    name = "PLSc" if consistent else "PLS-SEM"
    kinds = ", ".join(sorted(set(model.modes.values())))
    return build(
        "paths.pls",
        rows,
        n_total=n_total,
        n_used=moments.n,
        method=f"{name}, mode {kinds}, {scheme} weighting scheme"
        + (f", {interaction} interaction" if model.products else "")
        + (f"; percentile intervals over {draws} draws" if draws else ""),
        reference=[
            "Lohmoeller (1989)",
            "Dijkstra and Henseler (2015)",
            "Henseler, Ringle and Sarstedt (2015)",
        ],
        conf_level=conf_level if draws else None,
        seed=seed if draws else None,
        bounded=[f"estimate@{part}" for part in BOUNDED],
        fit=fit,
        n_boot=draws,
        n_failed=failed,
        n_iterations=sample.fit.iterations,
    )


def _estimate(
    corr: np.ndarray, model: Model, interaction: str, raw: list[np.ndarray] | None, *, tol: float
) -> Estimated:
    """Fit a stack of draws; with products each draw's own rows are needed."""
    spec = model.spec()
    if not model.products:
        fit = numbers.estimate(corr, spec, tol=tol)
        f_squared = numbers.effect_sizes(corr, spec, fit.r_squared, tol=tol)
        return Estimated(corr, fit, fit.corr, fit.paths, fit.r_squared, f_squared)
    names = list(model.blocks)
    pairs = [tuple(names.index(part) for part in product.split("*")) for product in model.products]
    links = model.links(model.constructs)
    count = len(model.blocks)
    if interaction == "two_stage":
        fit = numbers.estimate(corr, spec, tol=tol)
        scored = zip(raw, fit.weights, strict=True)
        made = [pls_products.scores_and_products(rows, weights, pairs) for rows, weights in scored]
        corr_two, scale = (np.stack(parts) for parts in zip(*made, strict=True))
        blocks = tuple(np.array([place]) for place in range(len(links)))
        wide = numbers.Spec(blocks, ("A",) * len(links), links, model.scheme)
        second = numbers.estimate(corr_two, wide, tol=tol)
    else:
        residual = interaction == "orthogonal"
        made = [pls_products.with_products(rows, spec.blocks, pairs, residual=residual) for rows in raw]
        corr = corr_two = np.stack([np.corrcoef(columns, rowvar=False) for columns, _ in made])
        blocks = (*spec.blocks, *made[0][1])
        wide = numbers.Spec(blocks, (*spec.modes, *("A",) * len(pairs)), links, model.scheme)
        fit = second = numbers.estimate(corr, wide, tol=tol)
        scale = np.array(
            [
                [
                    pls_products.product_scale(columns[:, block], loadings[block, count + k])
                    for k, block in enumerate(blocks[count:])
                ]
                for (columns, _), loadings in zip(made, fit.loadings, strict=True)
            ]
        )
    paths = second.paths.copy()
    paths[:, count:, :] /= scale[:, :, None]
    f_squared = numbers.effect_sizes(corr_two, wide, second.r_squared, tol=tol)
    return Estimated(corr, fit, second.corr, paths, second.r_squared, f_squared)


def _check(sample: Estimated, model: Model) -> None:
    if not sample.fit.converged.all():
        raise ModelError(
            "the weights did not settle; try another scheme, or look for a block with opposite items"
        )
    if not model.consistent:
        return
    rho = sample.fit.rho_a[0]
    improper = [name for name, r in zip(model.blocks, rho, strict=True) if not 0 < r <= 1]
    if improper:
        raise ModelError(
            f"consistent PLS: rho_a of {', '.join(improper)} lies outside 0 to 1 ({rho.round(3).tolist()}), "
            "so that the correction is impossible; look at those items or use consistent=False"
        )
    if np.nanmax(sample.r_squared) > 1:
        raise ModelError("consistent PLS gives an R-squared above 1: the constructs cannot be told apart")


def _quantities(found: Estimated, model: Model, n: int) -> Iterator[tuple[dict, np.ndarray]]:
    """Yield every number of the table as (what it is, its value in each draw)."""
    names = model.constructs
    links = model.links(names)
    total = numbers.total_effects(found.paths)
    vif = numbers.path_inflation(found.constructs, links)
    for part, source in (("path", found.paths), ("f_squared", found.f_squared), ("vif", vif)):
        for i, j in np.argwhere(links):
            yield {"term": f"{names[i]} -> {names[j]}", "part": part}, source[:, i, j]
    reached = numbers.reachable(links)
    for i, j in np.argwhere(reached):
        term = f"{names[i]} -> {names[j]}"
        yield {"term": term, "part": "total"}, total[:, i, j]
        if (links[i] & reached[:, j]).any():
            yield {"term": term, "part": "indirect"}, total[:, i, j] - found.paths[:, i, j]
    for j in np.flatnonzero(links.any(0)):
        r2 = found.r_squared[:, j]
        yield {"term": names[j], "part": "r_squared"}, r2
        yield (
            {"term": names[j], "part": "r_squared_adjusted"},
            1 - (1 - r2) * (n - 1) / (n - links[:, j].sum() - 1),
        )
    yield from _measurement(found, model)


def _measurement(found: Estimated, model: Model) -> Iterator[tuple[dict, np.ndarray]]:
    spec = model.spec()
    names = list(model.blocks)
    items = model.items
    for part, source in (("loading", found.fit.loadings), ("weight", found.fit.weights)):
        for j, name in enumerate(names):
            for place in spec.blocks[j]:
                yield {"term": items[place], "part": part, "group": name}, source[:, place, j]
    for j, name in enumerate(names):
        block = spec.blocks[j]
        if block.size > 1:
            vif = numbers.inflation(found.corr[:, block[:, None], block])
            for place, item in enumerate(block):
                yield {"term": items[item], "part": "vif_item", "group": name}, vif[:, place]
    for part, source in numbers.quality(found.corr, found.fit, spec).items():
        for j, name in enumerate(names):
            if spec.modes[j] == "A" and spec.blocks[j].size > 1:
                yield {"term": name, "part": part}, source[:, j]
    ratios = htmt(found.corr, spec.blocks)
    for i in range(len(model.constructs)):
        for j in range(i):
            term = f"{model.constructs[j]} ~~ {model.constructs[i]}"
            yield {"term": term, "part": "correlation"}, found.constructs[:, i, j]
    for i in range(len(names)):
        for j in range(i):
            if spec.modes[i] == spec.modes[j] == "A":
                yield {"term": f"{names[j]} ~~ {names[i]}", "part": "htmt"}, ratios[:, i, j]


def _draws(data: pd.DataFrame | Moments, moments: Moments, model: Model, draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if isinstance(data, Moments):
        try:
            return to_corr(normal_covariances(moments.corr, moments.n, draws, rng))
        except (ValueError, np.linalg.LinAlgError) as problem:
            raise ModelError(
                f"no normal bootstrap from these moments ({problem}); ask for n_boot=0"
            ) from problem
    cov = case_covariances(values(data, model, "the bootstrap")[0], draws, rng)
    if np.diagonal(cov, axis1=1, axis2=2).min() <= 0:
        raise ModelError(
            "an item is constant in a bootstrap draw: too few cases for an interval; use n_boot=0"
        )
    return to_corr(cov)


def _bootstrap(
    stack: np.ndarray,
    raw: np.ndarray | None,
    model: Model,
    interaction: str,
    n: int,
    weights: np.ndarray,
    chance: tuple[int, int],
) -> tuple[list[np.ndarray], int]:
    """Return the draws of every quantity in the order of _quantities, and how many draws failed."""
    samples = None if raw is None else _samples(raw, *chance)
    parts: list[list[np.ndarray]] = []
    failed = 0
    for first in range(0, len(stack), CHUNK):
        block = stack[first : first + CHUNK]
        rows = None if samples is None else [next(samples) for _ in block]
        found = _align(_estimate(block, model, interaction, rows, tol=1e-8), weights, model)
        fine = found.fit.converged.copy()
        if model.consistent:
            fine &= ((found.fit.rho_a > 0) & (found.fit.rho_a <= 1)).all(1)
        failed += int((~fine).sum())
        parts.append([value[fine] for _, value in _quantities(found, model, n)])
    if failed > MOST_FAILED * len(stack):
        raise ModelError(f"{failed} of {len(stack)} bootstrap draws gave no proper solution; use n_boot=0")
    return [np.concatenate(pieces) for pieces in zip(*parts, strict=True)], failed


def _samples(raw: np.ndarray, draws: int, seed: int) -> Iterator[np.ndarray]:
    """The same resamples as those behind the covariance matrices of this seed."""
    for block in case_counts(len(raw), draws, np.random.default_rng(seed)):
        for counts in block:
            yield np.repeat(raw, counts.astype(int), axis=0)


def _align(found: Estimated, weights: np.ndarray, model: Model) -> Estimated:
    """Turn the constructs of every draw to the sign of the sample; products follow their two constructs."""
    signs = numbers.align(found.fit.weights, weights[0])
    fit = numbers.flip(found.fit, signs)
    if signs.shape[1] == len(model.constructs):
        full = signs
    else:
        names = list(model.blocks)
        pairs = [[names.index(part) for part in product.split("*")] for product in model.products]
        full = np.column_stack([signs, *(signs[:, a] * signs[:, b] for a, b in pairs)])
    both = full[:, :, None] * full[:, None, :]
    return Estimated(
        found.corr, fit, found.constructs * both, found.paths * both, found.r_squared, found.f_squared
    )


def _row(
    place: int, keys: dict, estimate: float, spread: list[np.ndarray], draws: int, conf_level: float
) -> dict[str, object]:
    row = {
        **keys,
        "estimate": estimate,
        "std_error": np.nan,
        "p_value": np.nan,
        "conf_low": np.nan,
        "conf_high": np.nan,
    }
    if not draws:
        return row
    drawn = spread[place]
    row["std_error"] = drawn.std(ddof=1)
    row["conf_low"], row["conf_high"] = percentile(drawn, conf_level)
    if keys["part"] in TESTED and row["std_error"] > 0:
        side = min((drawn <= 0).sum(), (drawn >= 0).sum())
        row["p_value"] = min(1.0, 2 * (side + 1) / (len(drawn) + 1))
    return row
