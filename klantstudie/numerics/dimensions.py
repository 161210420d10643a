"""How many factors: sampling adequacy, sphericity, parallel analysis and minimum average partial; numpy and scipy.

KMO   sum r^2 / (sum r^2 + sum q^2), q the partial correlations given all other variables
MAP   mean squared partial correlation after k principal components are removed; its lowest k is the answer

References: Kaiser (1974); Bartlett (1950); Horn (1965); Velicer (1976).
"""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from klantstudie.numerics.factoring import extract
from klantstudie.numerics.polychoric import polychoric
from klantstudie.numerics.reliability import to_corr
from klantstudie.numerics.resampling import normal_covariances


def sampling_adequacy(corr: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the overall Kaiser-Meyer-Olkin measure and that of each variable."""
    partial = to_corr(np.linalg.inv(corr)) ** 2
    plain = corr**2
    np.fill_diagonal(partial, 0.0)
    np.fill_diagonal(plain, 0.0)
    return float(plain.sum() / (plain.sum() + partial.sum())), plain.sum(0) / (plain.sum(0) + partial.sum(0))


def sphericity(corr: np.ndarray, n: int) -> tuple[float, int, float]:
    """Return Bartlett's chi-square that all correlations are zero, its degrees of freedom and p value."""
    p = len(corr)
    statistic = -np.linalg.slogdet(corr)[1] * (n - 1 - (2 * p + 5) / 6)
    df = p * (p - 1) // 2
    return float(statistic), df, float(chi2.sf(statistic, df))


def component_values(corr: np.ndarray) -> np.ndarray:
    """Return the eigenvalues of the correlation matrix (or of each in a stack), largest first."""
    return np.linalg.eigvalsh(corr)[..., ::-1]


def factor_values(corr: np.ndarray) -> np.ndarray:
    """Return the eigenvalues with the communalities of one minres factor on the diagonal, largest first."""
    stack = corr[None] if corr.ndim == 2 else corr
    common = (extract(stack, 1, "minres").loadings ** 2).sum(-1)
    reduced = stack + (common - 1)[:, :, None] * np.eye(stack.shape[-1])
    values = np.linalg.eigvalsh(reduced)[:, ::-1]
    return values[0] if corr.ndim == 2 else values


def average_partials(corr: np.ndarray) -> np.ndarray:
    """Return the mean squared partial correlation after 0, 1, …, p - 2 components are removed (Velicer)."""
    p = len(corr)
    values, vectors = np.linalg.eigh(corr)
    loadings = (vectors * np.sqrt(np.maximum(values, 0)))[:, ::-1]
    out = []
    for k in range(p - 1):
        rest = corr - loadings[:, :k] @ loadings[:, :k].T
        left = np.diag(rest)
        if (left < 1e-10).any():
            out.append(np.nan)
            continue
        square = to_corr(rest) ** 2
        out.append((square.sum() - p) / (p * (p - 1)))
    return np.array(out)


def random_correlations(n: int, p: int, n_sim: int, rng: np.random.Generator) -> np.ndarray:
    """Return (n_sim, p, p) correlation matrices of n cases of p unrelated normal variables."""
    if n > p:
        return to_corr(normal_covariances(np.eye(p), n, n_sim, rng))
    return np.stack([np.corrcoef(rng.standard_normal((n, p)), rowvar=False) for _ in range(n_sim)])


def permuted_polychorics(values: np.ndarray, n_sim: int, rng: np.random.Generator) -> np.ndarray:
    """Return (n_sim, p, p) polychoric matrices of the data with every column shuffled by itself."""
    return np.stack([polychoric(rng.permuted(values, axis=0)).corr for _ in range(n_sim)])


def suggested(observed: np.ndarray, threshold: np.ndarray) -> int:
    """Return how many leading eigenvalues lie above what unrelated variables give."""
    below = np.flatnonzero(observed <= threshold)
    return int(below[0]) if below.size else len(observed)
