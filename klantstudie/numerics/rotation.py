"""Rotates factor loadings: varimax, promax and oblimin (quartimin), for one matrix or a stack; numpy only.

varimax   orthogonal, by repeated singular value decompositions, with Kaiser's normalisation
promax    regression of Kaiser-normalised varimax loadings on their fourth powers
oblimin   gamma = 0: minimises sum_{j != k} sum_i l_ij^2 l_ik^2 / 4 by gradient projection

References: Kaiser (1958); Hendrickson and White (1964); Jennrich (2002); Bernaards and Jennrich (2005).
"""

from __future__ import annotations

import numpy as np

NEAR = 1e-10  # squared length of the projected gradient below which no line search is needed


def _turned(a: np.ndarray) -> np.ndarray:
    return np.swapaxes(a, -1, -2)


def _unstack(single: bool, *parts: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(part[0] for part in parts) if single else parts


def varimax(loadings: np.ndarray, *, normalize: bool = True, tol: float = 1e-12) -> np.ndarray:
    """Return varimax-rotated loadings; `normalize` gives every variable the same length first (Kaiser)."""
    single = loadings.ndim == 2
    a = loadings[None] if single else loadings
    length = np.sqrt((a**2).sum(-1, keepdims=True)) if normalize else np.ones((*a.shape[:-1], 1))
    length = np.where(length > 0, length, 1.0)
    a = a / length
    m = a.shape[-1]
    turn = np.broadcast_to(np.eye(m), (len(a), m, m)).copy()
    before = np.zeros(len(a))
    for _ in range(2000):
        z = a @ turn
        u, s, v = np.linalg.svd(_turned(a) @ (z**3 - z * (z**2).mean(-2, keepdims=True)))
        turn, now = u @ v, s.sum(-1)
        if (now <= before * (1 + tol)).all():
            break
        before = now
    return _unstack(single, a @ turn * length)[0]


def promax(loadings: np.ndarray, *, power: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return promax loadings and factor correlations of one matrix; Kaiser-normalised, as psych::fa does it."""
    length = np.sqrt((loadings**2).sum(1, keepdims=True))
    x = varimax(loadings / length)
    u = np.linalg.lstsq(x, x * np.abs(x) ** (power - 1), rcond=None)[0]
    u = u * np.sqrt(np.diag(np.linalg.inv(u.T @ u)))
    inverse = np.linalg.inv(u)
    return x @ u * length, inverse @ inverse.T


def oblimin(
    loadings: np.ndarray, *, start: np.ndarray | None = None, tol: float = 1e-10, max_iter: int = 3000
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return oblimin loadings (the pattern), factor correlations and whether each converged.

    `start` is the first transformation (m by m, unit columns); by default none. Stacks are rotated together.
    """
    single = loadings.ndim == 2
    a = loadings[None] if single else loadings
    m = a.shape[-1]
    turn = np.broadcast_to(np.eye(m) if start is None else start, (len(a), m, m)).copy()
    step = np.ones(len(a))
    pattern, value, slope = _quartimin(a, turn)
    active = np.ones(len(a), dtype=bool)
    for _ in range(max_iter):
        projected = slope - turn * (turn * slope).sum(-2, keepdims=True)
        size = (projected**2).sum((-2, -1))
        active &= np.sqrt(size) > tol
        todo = np.flatnonzero(active)
        if not todo.size:
            break
        # Close to the end the fall of the function drowns in rounding: the last step length that worked is kept.
        close = size[todo] < NEAR
        step[todo] *= np.where(close, 1, 2)
        for _ in range(30):
            new = turn[todo] - step[todo, None, None] * projected[todo]
            new /= np.sqrt((new**2).sum(-2, keepdims=True))
            found = _quartimin(a[todo], new)
            short = (value[todo] - found[1] < 0.5 * size[todo] * step[todo]) & ~close
            if not short.any():
                break
            step[todo[short]] /= 2
        turn[todo], pattern[todo], value[todo], slope[todo] = new, *found
    return _unstack(single, pattern, _turned(turn) @ turn, ~active)


def _quartimin(a: np.ndarray, turn: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    inverse = np.linalg.inv(turn)
    pattern = a @ _turned(inverse)
    square = pattern**2
    others = square.sum(-1, keepdims=True) - square
    gradient = pattern * others
    slope = -_turned(_turned(pattern) @ gradient @ inverse)
    return pattern, (square * others).sum((-2, -1)) / 4, slope


def arrange(pattern: np.ndarray, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pattern and correlations with the factors in falling order of sum of squares and mostly positive."""
    order = np.argsort(-(pattern**2).sum(0), kind="stable")
    sign = np.where(pattern.sum(0) < 0, -1.0, 1.0)[order]
    return pattern[:, order] * sign, phi[np.ix_(order, order)] * np.outer(sign, sign)
