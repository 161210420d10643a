"""Partial least squares path models from correlation matrices, one or a stack at a time; numpy only.

With W the outer weights (p by k, zero outside each block, w'Rw = 1) and C = W'RW, one turn is
  inner   E = sign(C), C or (towards predictors) regression weights, where constructs are linked; z = items' cov with Y E
  outer   mode A: w ~ cov(x, z)   mode B: w ~ R_jj^-1 cov(x, z)
until W stands still. Consistent PLS divides construct correlations by sqrt(rho_a rho_a').

References: Wold (1982); Lohmoeller (1989); Tenenhaus et al. (2005); Dijkstra and Henseler (2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from klantstudie.numerics.validity import average_variance, composite_reliability


@dataclass(frozen=True)
class Spec:
    """A model: places of the items of each block, mode per block ("A", "B"), links[i, j] = "i explains j"."""

    blocks: tuple[np.ndarray, ...]
    modes: tuple[str, ...]
    links: np.ndarray
    scheme: str = "path"
    consistent: bool = False

    @property
    def order(self) -> list[int]:
        """The constructs, each after all that explain it; raises ValueError where the paths go round."""
        left, done = set(range(len(self.blocks))), []
        while left:
            ready = sorted(j for j in left if not any(i in left for i in np.flatnonzero(self.links[:, j])))
            if not ready:
                raise ValueError("cycle")
            done += ready
            left -= set(ready)
        return done


@dataclass(frozen=True)
class Fit:
    """Estimates of a stack of B matrices: weights, loadings (B, p, k), construct correlations, paths (B, k, k), …"""

    weights: np.ndarray
    loadings: np.ndarray
    corr: np.ndarray
    rho_a: np.ndarray
    paths: np.ndarray
    r_squared: np.ndarray
    converged: np.ndarray
    iterations: int


def estimate(corr: np.ndarray, spec: Spec, *, tol: float = 1e-11, max_iter: int = 1000) -> Fit:
    """Fit the model to each correlation matrix of a stack (B, p, p)."""
    weights, converged, iterations = _outer(corr, spec, tol, max_iter)
    between = corr @ weights
    loadings = np.where(_mask(corr.shape[-1], spec), between, 0.0)
    turn = np.where(loadings.sum(1) < 0, -1.0, 1.0)[:, None, :]
    weights, loadings, between = weights * turn, loadings * turn, between * turn
    constructs = np.swapaxes(weights, 1, 2) @ between
    _ones(constructs)
    rho = reliability_a(corr, weights, spec)
    if spec.consistent:
        with np.errstate(invalid="ignore", divide="ignore"):
            constructs = constructs / np.sqrt(rho[:, :, None] * rho[:, None, :])
            _ones(constructs)
            loadings = _consistent_loadings(weights, loadings, rho, spec)
    paths, r_squared = regress(constructs, spec.links)
    return Fit(weights, loadings, constructs, rho, paths, r_squared, converged, iterations)


def _ones(stack: np.ndarray) -> None:
    place = np.arange(stack.shape[-1])
    stack[:, place, place] = 1.0


def _mask(p: int, spec: Spec) -> np.ndarray:
    mask = np.zeros((p, len(spec.blocks)), dtype=bool)
    for j, block in enumerate(spec.blocks):
        mask[block, j] = True
    return mask


def _normalised(corr: np.ndarray, weights: np.ndarray) -> np.ndarray:
    size = np.einsum("bij,bij->bj", weights, corr @ weights)
    return weights / np.sqrt(np.maximum(size, 1e-300))[:, None, :]


def _outer(corr: np.ndarray, spec: Spec, tol: float, max_iter: int) -> tuple[np.ndarray, np.ndarray, int]:
    mask = _mask(corr.shape[-1], spec)
    weights = _normalised(corr, np.broadcast_to(mask.astype(float), (len(corr), *mask.shape)))
    inverses = {
        j: np.linalg.inv(corr[:, block[:, None], block])
        for j, block in enumerate(spec.blocks)
        if spec.modes[j] == "B" and block.size > 1
    }
    active = np.arange(len(corr))
    turn = 0
    while active.size and turn < max_iter:
        turn += 1
        part, old = corr[active], weights[active]
        new = _turn(part, old, spec, mask, {j: inverse[active] for j, inverse in inverses.items()})
        weights[active] = new
        active = active[np.abs(new - old).max((1, 2)) > tol]
    converged = np.ones(len(corr), dtype=bool)
    converged[active] = False
    return weights, converged, turn


def _turn(
    corr: np.ndarray, weights: np.ndarray, spec: Spec, mask: np.ndarray, inverses: dict[int, np.ndarray]
) -> np.ndarray:
    between = corr @ weights
    inner = _inner(np.swapaxes(weights, 1, 2) @ between, spec)
    new = np.where(mask, between @ inner, 0.0)
    for j, inverse in inverses.items():
        block = spec.blocks[j]
        new[:, block, j] = (inverse @ new[:, block, j][:, :, None])[:, :, 0]
    return _normalised(corr, new)


def _inner(constructs: np.ndarray, spec: Spec) -> np.ndarray:
    linked = spec.links | spec.links.T
    if spec.scheme == "centroid":
        return np.where(linked, np.sign(constructs), 0.0)
    inner = np.where(linked, constructs, 0.0)
    if spec.scheme == "path":
        for j in np.flatnonzero(spec.links.any(0)):
            causes = np.flatnonzero(spec.links[:, j])
            right = constructs[:, causes, j][:, :, None]
            inner[:, causes, j] = np.linalg.solve(constructs[:, causes[:, None], causes], right)[:, :, 0]
    return inner


def reliability_a(corr: np.ndarray, weights: np.ndarray, spec: Spec) -> np.ndarray:
    """Return rho_a (Dijkstra-Henseler) of each mode A block (B, k); 1 for mode B and single items."""
    out = np.ones((len(corr), len(spec.blocks)))
    for j, block in enumerate(spec.blocks):
        if spec.modes[j] == "B" or block.size < 2:
            continue
        w = weights[:, block, j]
        inside = corr[:, block[:, None], block]
        length = (w**2).sum(1)
        top = np.einsum("bi,bij,bj->b", w, inside, w) - (w**2).sum(1)
        bottom = length**2 - (w**4).sum(1)
        # a construct that no path touches has no weights: nothing to correct
        out[:, j] = np.where(length > 0, length**2 * top / np.where(bottom > 0, bottom, 1.0), 1.0)
    return out


def _consistent_loadings(
    weights: np.ndarray, loadings: np.ndarray, rho: np.ndarray, spec: Spec
) -> np.ndarray:
    out = loadings.copy()
    for j, block in enumerate(spec.blocks):
        if spec.modes[j] == "A" and block.size > 1:
            w = weights[:, block, j]
            out[:, block, j] = w * (np.sqrt(rho[:, j]) / np.maximum((w**2).sum(1), 1e-300))[:, None]
    return out


def regress(constructs: np.ndarray, links: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return standardised paths (B, k, k), paths[b, i, j] from i to j, and R-squared (B, k), NaN where none."""
    size, k = len(constructs), constructs.shape[-1]
    paths, r_squared = np.zeros((size, k, k)), np.full((size, k), np.nan)
    for j in np.flatnonzero(links.any(0)):
        causes = np.flatnonzero(links[:, j])
        right = constructs[:, causes, j]
        found = np.linalg.solve(constructs[:, causes[:, None], causes], right[:, :, None])[:, :, 0]
        paths[:, causes, j] = found
        r_squared[:, j] = (found * right).sum(1)
    return paths, r_squared


def reachable(links: np.ndarray) -> np.ndarray:
    """Return which construct leads to which along one or more arrows."""
    step = links.astype(int)
    out = step
    for _ in range(len(links)):
        out = np.minimum(out + out @ step, 1)
    return out > 0


def total_effects(paths: np.ndarray) -> np.ndarray:
    """Return total effects (B, k, k): the sum of all powers of the path matrix (no cycles)."""
    k = paths.shape[-1]
    return np.linalg.inv(np.eye(k) - paths) - np.eye(k)


def effect_sizes(corr: np.ndarray, spec: Spec, r_squared: np.ndarray, *, tol: float = 1e-11) -> np.ndarray:
    """Return f-squared (B, k, k): the fall in R-squared when one path leaves, over 1 - R-squared.

    The model is fitted again without the path, as seminr and cSEM do (not with the scores held).
    """
    k = len(spec.blocks)
    out = np.full((len(corr), k, k), np.nan)
    for i, j in np.argwhere(spec.links):
        fewer = spec.links.copy()
        fewer[i, j] = False
        without = 0.0
        if fewer[:, j].any():
            smaller = Spec(spec.blocks, spec.modes, fewer, spec.scheme, spec.consistent)
            without = estimate(corr, smaller, tol=tol).r_squared[:, j]
        out[:, i, j] = (r_squared[:, j] - without) / (1 - r_squared[:, j])
    return out


def inflation(corr: np.ndarray) -> np.ndarray:
    """Return the variance inflation factor of each variable given the others, of each matrix in a stack."""
    return np.diagonal(np.linalg.inv(corr), axis1=-2, axis2=-1)


def path_inflation(constructs: np.ndarray, links: np.ndarray) -> np.ndarray:
    """Return (B, k, k) variance inflation of predictor i in the equation of j; NaN where there is no path."""
    out = np.full(constructs.shape, np.nan)
    for j in np.flatnonzero(links.any(0)):
        causes = np.flatnonzero(links[:, j])
        out[:, causes, j] = inflation(constructs[:, causes[:, None], causes])
    return out


def quality(corr: np.ndarray, fit: Fit, spec: Spec) -> dict[str, np.ndarray]:
    """Return alpha, rho_a, rho_c and AVE (B, k each); NaN for mode B blocks and single items."""
    shape = fit.rho_a.shape
    out = {name: np.full(shape, np.nan) for name in ("alpha", "rho_a", "rho_c", "ave")}
    for j, block in enumerate(spec.blocks):
        if spec.modes[j] == "B" or block.size < 2:
            continue
        loadings = fit.loadings[:, block, j]
        total = corr[:, block[:, None], block].sum((1, 2))
        out["alpha"][:, j] = block.size / (block.size - 1) * (1 - block.size / total)
        out["rho_a"][:, j] = fit.rho_a[:, j]
        out["rho_c"][:, j] = composite_reliability(loadings)
        out["ave"][:, j] = average_variance(loadings)
    return out


def implied_constructs(constructs: np.ndarray, spec: Spec) -> np.ndarray:
    """Return the construct correlations (k, k) that the paths imply; those among exogenous constructs are free."""
    paths, _ = regress(constructs[None], spec.links)
    out = constructs.copy()
    order = spec.order
    for place, j in enumerate(order):
        causes = np.flatnonzero(spec.links[:, j])
        if not causes.size:
            continue
        for other in order[:place]:
            out[j, other] = out[other, j] = paths[0, causes, j] @ out[causes, other]
    return out


def distances(corr: np.ndarray, fit: Fit, spec: Spec) -> dict[str, float]:
    """Return SRMR, d_ULS and d_G between the first matrix and what the estimated model implies.

    Between blocks the implied correlation is l_i C l_j. Within a block it is free (a composite), except in consistent
    PLS, where mode A blocks are common factors: l l'.
    """
    observed, loadings = corr[0], fit.loadings[0]
    model = loadings @ implied_constructs(fit.corr[0], spec) @ loadings.T
    for j, block in enumerate(spec.blocks):
        inside = np.ix_(block, block)
        if not spec.consistent or spec.modes[j] == "B":
            model[inside] = observed[inside]
    np.fill_diagonal(model, 1.0)
    used = np.concatenate(spec.blocks)
    gap = (observed - model)[np.ix_(used, used)]
    p = used.size
    lower = gap[np.tril_indices(p)]
    ratio = np.linalg.solve(observed[np.ix_(used, used)], model[np.ix_(used, used)])
    values = np.linalg.eigvals(ratio)
    geodesic = np.nan
    if np.abs(values.imag).max() < 1e-8 and values.real.min() > 0:
        geodesic = float((np.log(values.real) ** 2).sum() / 2)
    return {
        "srmr": float(np.sqrt((lower**2).mean())),
        "d_uls": float((gap**2).sum() / 2),
        "d_g": geodesic,
    }


def align(weights: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return signs (B, k) that turn each construct of a draw towards the construct of the sample."""
    return np.where(np.einsum("bij,ij->bj", weights, reference) < 0, -1.0, 1.0)


def flip(fit: Fit, signs: np.ndarray) -> Fit:
    """Return the fit with the constructs turned by signs (B, k)."""
    both = signs[:, :, None] * signs[:, None, :]
    return Fit(
        fit.weights * signs[:, None, :],
        fit.loadings * signs[:, None, :],
        fit.corr * both,
        fit.rho_a,
        fit.paths * both,
        fit.r_squared,
        fit.converged,
        fit.iterations,
    )


def places(names: Sequence[str], blocks: Sequence[Sequence[str]]) -> tuple[np.ndarray, ...]:
    """Return the places of each block's items among the names."""
    return tuple(np.array([names.index(item) for item in block]) for block in blocks)
