"""Extracts factors from correlation matrices by minimum residuals or maximum likelihood; numpy only, many at once.

Both methods reduce to the uniquenesses psi; with gamma the eigenvalues (of R - Psi, or of Psi^-1/2 R Psi^-1/2) in
falling order and m factors, the functions are
  minres  f = 1/2 sum_{k>m} gamma_k^2               ml  f = sum_{k>m} (gamma_k - log gamma_k - 1),
minimised by Newton steps with the exact second derivatives, .005 <= psi <= 1 (the bounds of R's factanal and psych).

References: Harman and Jones (1966); Joreskog (1967, 1977).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LOWEST = 0.005  # smallest uniqueness; a solution that touches it is a Heywood case


@dataclass(frozen=True)
class Factors:
    """Unrotated loadings (…, p, m), uniquenesses (…, p), the minimum, and flags, of one matrix or of a stack."""

    loadings: np.ndarray
    uniqueness: np.ndarray
    minimum: np.ndarray
    converged: np.ndarray
    heywood: np.ndarray


def degrees_of_freedom(p: int, m: int) -> int:
    """Return the degrees of freedom of m factors for p variables, ((p - m)^2 - (p + m)) / 2."""
    return ((p - m) ** 2 - (p + m)) // 2


def squared_multiple(corr: np.ndarray) -> np.ndarray:
    """Return the squared multiple correlation of each variable with the others, as a start; ridge if singular."""
    p = corr.shape[-1]
    values = np.linalg.eigvalsh(corr)
    ridge = np.maximum(0.0, 1e-4 - values[..., 0])[..., None, None] * np.eye(p)
    inverse = np.linalg.inv(corr + ridge)
    return np.clip(1 - 1 / np.diagonal(inverse, axis1=-2, axis2=-1), 0.05, 0.95)


def extract(corr: np.ndarray, m: int, method: str, *, max_iter: int = 200, tol: float = 1e-10) -> Factors:
    """Return m factors of one correlation matrix (p, p), or of each in a stack (B, p, p), by "minres" or "ml"."""
    evaluate = {"minres": _minres, "ml": _likelihood}[method]
    stack = corr[None] if corr.ndim == 2 else corr
    psi = 1 - squared_multiple(stack)
    # ml is minimised over log psi, minres over psi itself
    x = np.log(psi) if method == "ml" else psi
    bounds = (np.log(LOWEST), 0.0) if method == "ml" else (LOWEST, 1.0)
    value, slope, curve = evaluate(stack, x, m)
    done = np.zeros(len(stack), dtype=bool)
    for _ in range(max_iter):
        todo = np.flatnonzero(~done)
        if not todo.size:
            break
        step = _newton(x[todo], slope[todo], curve[todo], bounds)
        done[todo[np.abs(step).max(1) < tol]] = True
        new, found, moved = _search(evaluate, stack[todo], x[todo], step, value[todo], slope[todo], m, bounds)
        x[todo], value[todo], slope[todo], curve[todo] = new, *found
        done[todo[~moved]] = True
    free = _free(x, slope, bounds)
    converged = done & (np.abs(np.where(free, slope, 0)).max(1) < 1e-5)
    loadings, psi = _loadings(stack, x, m, method)
    heywood = (psi <= LOWEST * 1.0001).any(1)
    answer = (loadings, psi, value, converged, heywood)
    return Factors(*(part[0] for part in answer)) if corr.ndim == 2 else Factors(*answer)


def _free(x: np.ndarray, slope: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    return ~(((x <= bounds[0] + 1e-12) & (slope > 0)) | ((x >= bounds[1] - 1e-12) & (slope < 0)))


def _newton(x: np.ndarray, slope: np.ndarray, curve: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    """Newton direction on the coordinates that are not held at a bound; curvature is made positive."""
    free = _free(x, slope, bounds)
    both = free[:, :, None] & free[:, None, :]
    held = np.where(both, curve, 0.0) + np.eye(x.shape[1]) * (~free)[:, None, :]
    values, vectors = np.linalg.eigh(held)
    values = np.maximum(np.abs(values), 1e-4 * np.abs(values).max(1, keepdims=True))
    part = np.einsum("bij,bi->bj", vectors, np.where(free, -slope, 0.0)) / values
    step = np.einsum("bij,bj->bi", vectors, part)
    return np.where(free, step, 0.0)


def _search(evaluate, stack, x, step, value, slope, m, bounds):
    """Halve each step until the function falls enough; returns the new point, its evaluation, and who moved."""
    size = np.ones(len(x))
    new = np.clip(x + step, *bounds)
    found = evaluate(stack, new, m)
    for _ in range(40):
        gain = (slope * (new - x)).sum(1)
        bad = found[0] > value + 1e-4 * np.minimum(gain, 0) + 1e-14
        if not bad.any():
            break
        size[bad] /= 2
        new[bad] = np.clip(x[bad] + size[bad, None] * step[bad], *bounds)
        again = evaluate(stack[bad], new[bad], m)
        for whole, part in zip(found, again, strict=True):
            whole[bad] = part
    moved = np.abs(new - x).max(1) > 1e-14
    return new, found, moved


def _minres(stack: np.ndarray, psi: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values, vectors = np.linalg.eigh(stack - psi[:, :, None] * np.eye(stack.shape[1]))
    rest = stack.shape[1] - m
    small, large = values[:, :rest], values[:, rest:]
    tail, head = vectors[:, :, :rest], vectors[:, :, rest:]
    ratio = 2 * small[:, :, None] / _apart(small[:, :, None] - large[:, None, :])
    curve = _projector(tail) ** 2 + _mixed(tail, head, ratio)
    return (small**2).sum(1) / 2, -(tail**2 @ small[:, :, None])[:, :, 0], curve


def _likelihood(stack: np.ndarray, x: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scale = np.exp(-x / 2)
    values, vectors = np.linalg.eigh(stack * scale[:, :, None] * scale[:, None, :])
    rest = stack.shape[1] - m
    values = np.maximum(values, 1e-10)
    small, large = values[:, :rest], values[:, rest:]
    tail, head = vectors[:, :, :rest], vectors[:, :, rest:]
    k, l = small[:, :, None], large[:, None, :]  # noqa: E741
    ratio = (k - 1) * (k + l) / _apart(k - l)
    weighted = np.einsum("bik,bk,bjk->bij", tail, small, tail)
    curve = weighted * _projector(tail) + _mixed(tail, head, ratio)
    return (small - np.log(small) - 1).sum(1), (tail**2 @ (1 - small)[:, :, None])[:, :, 0], curve


def _apart(gap: np.ndarray) -> np.ndarray:
    return np.minimum(gap, -1e-10)


def _projector(vectors: np.ndarray) -> np.ndarray:
    return vectors @ np.swapaxes(vectors, -1, -2)


def _mixed(tail: np.ndarray, head: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Sum over k in the tail and l in the head of ratio_kl v_ik v_jk v_il v_jl."""
    return np.einsum("bik,bjk,bkl,bil,bjl->bij", tail, tail, ratio, head, head, optimize=True)


def _loadings(stack: np.ndarray, x: np.ndarray, m: int, method: str) -> tuple[np.ndarray, np.ndarray]:
    if method == "minres":
        values, vectors = np.linalg.eigh(stack - x[:, :, None] * np.eye(stack.shape[1]))
        kept = np.sqrt(np.maximum(values[:, ::-1][:, :m], 0))
        loadings, psi = vectors[:, :, ::-1][:, :, :m] * kept[:, None, :], x
    else:
        psi = np.exp(x)
        root = np.sqrt(psi)
        values, vectors = np.linalg.eigh(stack / (root[:, :, None] * root[:, None, :]))
        kept = np.sqrt(np.maximum(values[:, ::-1][:, :m] - 1, 0))
        loadings = root[:, :, None] * vectors[:, :, ::-1][:, :, :m] * kept[:, None, :]
    turn = np.where(loadings.sum(1) < 0, -1.0, 1.0)
    return loadings * turn[:, None, :], psi.copy()
