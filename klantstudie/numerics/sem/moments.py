"""Sample moments: complete, incomplete (one set a pattern of missing answers), and the saturated model by EM.

Complete data are one pattern. With a pattern k of n_k cases that answered the variables o_k, mean m_k and covariance
S_k (divisor n_k), the saturated estimates mu, Sigma maximise the sum over k of

    -n_k / 2 (log |Sigma_k| + tr Sigma_k^-1 (S_k + (m_k - mu_k)(m_k - mu_k)'))

E step: expected sums given mu and Sigma; M step: their mean and covariance (Dempster, Laird and Rubin 1977).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from klantstudie.errors import ModelError

EM_STEPS = 20_000
EM_DONE = 1e-10


@dataclass(frozen=True)
class Pattern:
    """The cases that answered the same variables (all: `everything`): number, mean, covariance (divisor n), rows."""

    seen: np.ndarray
    n: float
    mean: np.ndarray
    cov: np.ndarray
    rows: np.ndarray | None = None
    everything: bool = True


@dataclass(frozen=True)
class Sample:
    """One group: n, its patterns, saturated mean and covariance, and the raw rows where they are known.

    `entropy` is the sum over patterns of n_k / n (log |S| + tr S^-1 S_k) / 2 at the saturated estimates, so that the
    discrepancy of a model is its own such sum minus this one.
    """

    n: int
    patterns: tuple[Pattern, ...]
    mean: np.ndarray
    cov: np.ndarray
    entropy: float | np.ndarray
    values: np.ndarray | None = None

    @property
    def complete(self) -> bool:
        """Whether no answer is missing."""
        return len(self.patterns) == 1 and self.patterns[0].everything


def of_moments(
    mean: np.ndarray,
    cov: np.ndarray,
    n: int,
    values: np.ndarray | None = None,
    *,
    names: list[str] | None = None,
) -> Sample:
    """Return the sample of a mean and covariance matrix (with the divisor that the likelihood asks for).

    Both may have leading dimensions (many samples at once).
    """
    size = cov.shape[-1]
    if cov.ndim == 2:
        positive(cov, names or [f"variable {k + 1}" for k in range(size)])
    everything = Pattern(np.arange(size), n, mean, cov, None if values is None else np.arange(len(values)))
    entropy = (np.linalg.slogdet(cov)[1] + size) / 2
    return Sample(n, (everything,), mean, cov, entropy, values)


def positive(cov: np.ndarray, names: list[str]) -> None:
    """Raise ModelError when a covariance matrix is not positive definite, and say why as far as it shows."""
    spread = np.diag(cov)
    if not np.isfinite(cov).all():
        raise ModelError("the covariance matrix holds numbers that are not finite")
    flat = [name for name, value in zip(names, spread, strict=True) if value <= 0]
    if flat:
        raise ModelError(f"no variance, so no model: {', '.join(flat)}. Leave it out of the model")
    scale = 1 / np.sqrt(spread)
    roots, vectors = np.linalg.eigh(cov * np.outer(scale, scale))
    if roots[0] < 1e-10:
        worst = np.argsort(-np.abs(vectors[:, 0]))[:3]
        raise ModelError(
            "the covariance matrix is not positive definite (smallest eigenvalue of the correlations "
            f"{roots[0]:.2g}): a variable is (nearly) a sum of others; look first at "
            f"{', '.join(names[k] for k in worst)}. There may also be more variables than cases"
        )


def of_values(values: np.ndarray, *, names: list[str], wishart: bool = False) -> Sample:
    """Return the sample of rows without missing answers; divisor n, or n - 1 for the Wishart likelihood."""
    n, size = values.shape
    if n <= size:
        raise ModelError(f"{n} cases for {size} variables: more cases than variables are needed")
    mean = values.mean(0)
    centred = values - mean
    return of_moments(mean, centred.T @ centred / (n - wishart), n, values, names=names)


def of_incomplete(values: np.ndarray, *, names: list[str], saturated: bool = True) -> Sample:
    """Return the sample of rows with missing answers (NaN); rows without any answer do not count.

    Without `saturated`, mean and covariance are those of the answers as they are: enough to fit a model, not to test it.
    """
    found = ~np.isnan(values)
    values = values[found.any(1)]
    found = ~np.isnan(values)
    absent = [name for name, some in zip(names, found.any(0), strict=True) if not some]
    if absent:
        raise ModelError(f"no answer at all on: {', '.join(absent)}")
    if found.all():
        return of_values(values, names=names)
    _covered(found, names)
    codes, inverse = np.unique(found, axis=0, return_inverse=True)
    patterns = []
    for number, seen in enumerate(codes):
        rows = np.flatnonzero(inverse.ravel() == number)
        block = values[rows][:, seen]
        mean = block.mean(0)
        centred = block - mean
        patterns.append(
            Pattern(
                np.flatnonzero(seen), len(rows), mean, centred.T @ centred / len(rows), rows, bool(seen.all())
            )
        )
    if not saturated:
        mean = np.nanmean(values, axis=0)
        filled = np.where(np.isnan(values), 0.0, values - mean)
        return Sample(len(values), tuple(patterns), mean, filled.T @ filled / len(values), 0.0, values)
    mean, cov = saturate(patterns, values)
    positive(cov, names)
    entropy = sum(_entropy(pattern, mean, cov) * pattern.n for pattern in patterns) / len(values)
    return Sample(len(values), tuple(patterns), mean, cov, entropy, values)


def _covered(found: np.ndarray, names: list[str]) -> None:
    together = found.T.astype(float) @ found
    if (together == 0).any():
        i, j = np.argwhere(together == 0)[0]
        raise ModelError(
            f"nobody answered both '{names[i]}' and '{names[j]}', so their covariance cannot be estimated; leave one "
            "of them out"
        )


def _entropy(pattern: Pattern, mean: np.ndarray, cov: np.ndarray) -> float:
    part = cov[np.ix_(pattern.seen, pattern.seen)]
    away = pattern.mean - mean[pattern.seen]
    moved = pattern.cov + np.outer(away, away)
    return (np.linalg.slogdet(part)[1] + np.sum(np.linalg.inv(part) * moved)) / 2


def saturate(patterns: list[Pattern], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the maximum likelihood mean and covariance of incomplete normal data."""
    n, size = values.shape
    mean = np.nanmean(values, axis=0)
    cov = np.diag(np.nanvar(values, axis=0))
    cov[np.diag_indices(size)] = np.where(np.diag(cov) > 0, np.diag(cov), 1.0)
    for _ in range(EM_STEPS):
        first, second = np.zeros(size), np.zeros((size, size))
        for pattern in patterns:
            seen = pattern.seen
            away = pattern.mean - mean[seen]
            weights = np.linalg.solve(
                cov[np.ix_(seen, seen)], cov[seen]
            )  # regression of all on the seen ones
            filled = mean + away @ weights
            rest = cov - cov[:, seen] @ weights
            first += pattern.n * filled
            second += pattern.n * (weights.T @ pattern.cov @ weights + np.outer(filled, filled) + rest)
        new = first / n
        spread = second / n - np.outer(new, new)
        scale = np.sqrt(np.diag(spread))
        moved = max(np.abs((new - mean) / scale).max(), np.abs((spread - cov) / np.outer(scale, scale)).max())
        mean, cov = new, (spread + spread.T) / 2
        if moved < EM_DONE:
            return mean, cov
    raise ModelError(
        "the saturated model of the incomplete data did not converge (EM); some pairs of variables were answered by "
        "too few people. Leave out the variables with most missing answers, or use missing='listwise'"
    )
