"""The ratio of two rows of rounds that were not measured together, with its interval."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from loadtests.measurement.series import Numbers, freedom, neighbour_correlation, trim, variance_of_mean

CONFIDENCE = 0.95


def intervals(pairs: Sequence[tuple[Numbers, Numbers]], allowance: float = 0.0) -> list[tuple[float, float, float]]:
    """Return of each pair of rows of logarithms the ratio of the second to the first with its interval.

    The intervals hold together (Bonferroni). The variances of the two rows are their own (Welch), widened by the
    correlation of neighbouring rounds over all rows. `allowance` is a standard error that the rows do not show.
    """
    if not pairs:
        return []
    rows = [row[~np.isnan(row)] for pair in pairs for row in pair]
    correlation = neighbour_correlation([row[None, :] for row in rows])
    quantile = 1 - (1 - CONFIDENCE) / (2 * len(pairs))
    found = []
    for a, b in zip(rows[::2], rows[1::2], strict=True):
        (centre_a, error_a, free_a), (centre_b, error_b, free_b) = _middle(a, correlation), _middle(b, correlation)
        variance = error_a + error_b
        free = variance**2 / (error_a**2 / free_a + error_b**2 / free_b)
        half = float(special.stdtrit(free, quantile)) * math.hypot(math.sqrt(variance), allowance)
        middle = centre_b - centre_a
        found.append((math.exp(middle), math.exp(middle - half), math.exp(middle + half)))
    return found


def _middle(row: Numbers, correlation: float) -> tuple[float, float, float]:
    """Return the trimmed mean, its variance and the degrees of freedom of that."""
    trimmed = trim(row[None, :])
    variance = float(trimmed.variance[0]) * variance_of_mean(len(row), correlation)
    return float(trimmed.centre[0]), variance, freedom(trimmed.kept, correlation)
