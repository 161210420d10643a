"""Interactions in path models: product indicators, orthogonalised products, and products of stage-one scores; numpy.

References: Chin, Marcolin and Newsted (2003); Little, Bovaird and Widaman (2006); Henseler and Chin (2010).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Pairs = Sequence[tuple[int, int]]  # places of the two constructs of each product


def standardise(values: np.ndarray) -> np.ndarray:
    """Return columns with mean 0 and standard deviation 1 (n - 1)."""
    return (values - values.mean(0)) / values.std(0, ddof=1)


def product_items(values: np.ndarray, left: np.ndarray, right: np.ndarray, *, residual: bool) -> np.ndarray:
    """Return the products of the standardised items of two blocks; residual: what the items themselves leave."""
    z = standardise(values)
    first, second = z[:, left], z[:, right]
    products = (first[:, :, None] * second[:, None, :]).reshape(len(values), -1)
    if not residual:
        return products
    design = np.column_stack([np.ones(len(values)), first, second])
    return products - design @ np.linalg.lstsq(design, products, rcond=None)[0]


def with_products(
    values: np.ndarray, blocks: Sequence[np.ndarray], pairs: Pairs, *, residual: bool
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the values with product columns added, and the places of the columns of each product."""
    columns, places = [values], []
    start = values.shape[1]
    for a, b in pairs:
        made = product_items(values, blocks[a], blocks[b], residual=residual)
        columns.append(made)
        places.append(np.arange(start, start + made.shape[1]))
        start += made.shape[1]
    return np.hstack(columns), places


def product_scale(columns: np.ndarray, loadings: np.ndarray) -> float:
    """Return the spread of a product construct in the units of its product columns.

    Mean of the columns' standard deviations, weighted by their absolute loadings. A path of the standardised product
    divided by it is the change of the slope per standard deviation of the moderator.
    """
    size = np.abs(loadings)
    return float((columns.std(0, ddof=1) * size).sum() / size.sum())


def scores_and_products(
    values: np.ndarray, weights: np.ndarray, pairs: Pairs
) -> tuple[np.ndarray, np.ndarray]:
    """Return the correlations of the construct scores (values times weights) and their products, and the products'
    standard deviations."""
    scores = standardise(standardise(values) @ weights)
    products = np.column_stack([scores[:, a] * scores[:, b] for a, b in pairs])
    return np.corrcoef(np.column_stack([scores, products]), rowvar=False), products.std(0, ddof=1)
