"""What is head and what is air, of a scan or of the average: `solid(values)`. Not here: where the head lies."""

import numpy as np
from scipy import ndimage


def solid(values: np.ndarray) -> np.ndarray:
    """The largest thing that is no air, with what it encloses."""
    tissue = ndimage.binary_opening(values > _between(values))
    labels, count = ndimage.label(tissue)
    if count == 0:
        return tissue
    largest = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
    return ndimage.binary_fill_holes(ndimage.binary_closing(largest, iterations=3))


def _between(values: np.ndarray) -> float:
    """Half of the value that best parts air from tissue (Otsu 1979): scalp and skull lie low in both."""
    counts, edges = np.histogram(values, 64)
    middles = (edges[1:] + edges[:-1]) / 2
    below, weight = np.cumsum(counts), np.cumsum(counts * middles)
    above = below[-1] - below
    parted = below * above * (weight / np.maximum(below, 1) - (weight[-1] - weight) / np.maximum(above, 1)) ** 2
    return float(middles[np.argmax(parted)]) / 2
