"""Reliability of a sum of items from its covariance matrix: alpha, omega, item-rest; numpy and scipy's F only.

alpha    p/(p-1) (1 - trace S / sum S)
omega    total: (sum l)^2 / ((sum l)^2 + sum psi) of one factor; hierarchical: (sum g)^2 / sum S, g the loadings on the
         general factor after a Schmid-Leiman transformation. Matrices may be stacks (B, p, p).
         ordered answers: the same share for the sum of categories, with the normal law cut at the thresholds.

References: Cronbach (1951); Feldt (1965); McDonald (1999); Schmid and Leiman (1957); Zinbarg et al. (2005);
Green and Yang (2009), equation 21.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr
from scipy.stats import f as f_law

from klantstudie.numerics.factoring import extract
from klantstudie.numerics.polychoric import bivariate_cdf
from klantstudie.numerics.rotation import oblimin, varimax


def alpha(cov: np.ndarray) -> np.ndarray:
    """Return alpha of a covariance (raw) or correlation (standardised) matrix, or of each in a stack."""
    p = cov.shape[-1]
    return p / (p - 1) * (1 - np.trace(cov, axis1=-2, axis2=-1) / cov.sum((-2, -1)))


def feldt(estimate: float, n: int, p: int, conf_level: float) -> tuple[float, float]:
    """Return Feldt's interval of alpha for n cases and p items, from F with n - 1 and (n - 1)(p - 1) df."""
    tail = (1 - conf_level) / 2
    law = f_law(n - 1, (n - 1) * (p - 1))
    return 1 - (1 - estimate) * float(law.ppf(1 - tail)), 1 - (1 - estimate) * float(law.ppf(tail))


def item_rest(cov: np.ndarray) -> np.ndarray:
    """Return the correlation of each item with the sum of the other items."""
    variance = np.diag(cov)
    with_rest = cov.sum(1) - variance
    rest = cov.sum() - 2 * cov.sum(1) + variance
    return with_rest / np.sqrt(variance * rest)


def if_dropped(cov: np.ndarray) -> np.ndarray:
    """Return alpha of the items without each one; NaN where fewer than two would remain."""
    p = len(cov)
    if p < 3:
        return np.full(p, np.nan)
    kept = [np.delete(np.arange(p), item) for item in range(p)]
    return np.array([alpha(cov[np.ix_(rest, rest)]) for rest in kept])


def to_corr(cov: np.ndarray) -> np.ndarray:
    """Return the correlation matrix of a covariance matrix, or of each in a stack."""
    sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    return cov / (sd[..., :, None] * sd[..., None, :])


def omega_total(cov: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return omega of one maximum-likelihood factor, and whether that factor was found without a Heywood case."""
    sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    found = extract(to_corr(cov), 1, "ml")
    common = (found.loadings[..., 0] * sd).sum(-1) ** 2
    return common / (common + (found.uniqueness * sd**2).sum(-1)), found.converged & ~found.heywood


def schmid_leiman(
    corr: np.ndarray, m: int, *, tol: float = 1e-10
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return loadings on the general factor (…, p), on the m group factors, uniquenesses, and whether all converged.

    minres, varimax, oblimin, then one minres factor of the factor correlations; for m = 2 both general loadings are
    the root of the one correlation, as in psych::schmid.
    """
    single = corr.ndim == 2
    stack = corr[None] if single else corr
    first = extract(stack, m, "minres")
    pattern, phi, rotated = oblimin(varimax(first.loadings), tol=tol)
    if m > 2:
        second = extract(phi, 1, "minres")
        upper, fine = second.loadings[:, :, 0], second.converged
    else:
        between = phi[:, 0, 1]
        root = np.sqrt(np.abs(between))
        upper, fine = np.stack([root, np.sign(between) * root], 1), np.ones(len(stack), dtype=bool)
    general = (pattern @ upper[:, :, None])[:, :, 0]
    group = np.sign(pattern) * np.sqrt(np.maximum(pattern**2 * (1 - upper**2)[:, None, :], 0))
    unique = 1 - (first.loadings**2).sum(-1)
    parts = (general, group, unique, first.converged & rotated & fine)
    return tuple(part[0] for part in parts) if single else parts


def omega_hierarchical(cov: np.ndarray, m: int, *, tol: float = 1e-10) -> tuple[np.ndarray, np.ndarray]:
    """Return (…, 3): omega hierarchical, omega total and the explained common variance; and whether all converged."""
    sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    general, group, unique, fine = schmid_leiman(to_corr(cov), m, tol=tol)
    total = cov.sum((-2, -1))
    strong = (general**2).sum(-1)
    shares = (
        (general * sd).sum(-1) ** 2 / total,
        1 - (unique * sd**2).sum(-1) / total,
        strong / (strong + (group**2).sum((-2, -1))),
    )
    return np.stack(shares, -1), fine


def green_yang(corr: np.ndarray, cuts: Sequence[np.ndarray], loadings: np.ndarray) -> float:
    """Return the share of the variance of a sum of ordered answers that one factor explains.

    `corr` holds the polychoric correlations, `cuts` the thresholds of each item, `loadings` the standardised loadings.
    The covariance of two answers 1, 2, … whose latent responses correlate r is the sum over their thresholds of
    Phi2(t, u; r) - Phi(t) Phi(u); the factor makes r = l l', also of an item with its own true part.
    """
    cut = np.concatenate(cuts)
    item = np.repeat(np.arange(len(cuts)), [len(one) for one in cuts])
    t, u = cut[:, None], cut[None, :]
    apart = ndtr(t) * ndtr(u)
    own = item[:, None] == item[None, :]
    shared = np.outer(loadings, loadings)[np.ix_(item, item)]
    whole = np.where(own, 0.0, corr[np.ix_(item, item)])
    both = np.where(own, ndtr(np.minimum(t, u)), bivariate_cdf(t, u, whole))
    return float((bivariate_cdf(t, u, shared) - apart).sum() / (both - apart).sum())
