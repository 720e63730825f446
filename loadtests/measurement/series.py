"""What rows of log ratios say of their middles, when a few rounds are far off and rounds resemble their neighbours.

A row holds one pair's log ratios in the order of its rounds; all rows of one array have equally many.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

# On either side: a stall of the machine in one round of ten moves neither the middle nor its error much.
TRIMMED_SHARE = 0.1
# What a few rounds cannot show is assumed, as if this many rounds had been seen to be so. Ratios within rounds showed
# less on the development machine (-0.05 to 0.07), lanes by themselves more (0.4 to 0.65).
ASSUMED_CORRELATION = 0.25
ASSUMED_ROUNDS = 6.0
# Above this the mean of a few rounds says next to nothing and the correction would divide by almost zero.
MOST_CORRELATION = 0.6
_TINY = 1e-12

Numbers = NDArray[np.float64]


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of equal length: `centre` is the trimmed mean of each, `variance` that of one round in such a mean.

    `clipped` are the rows with what was trimmed drawn in to the outermost value that was not; `kept` is how many values
    of a row were not trimmed.
    """

    centre: Numbers
    variance: Numbers
    clipped: Numbers
    kept: int


def trim(rows: Numbers) -> Rows:
    """Return trimmed means and their variances from winsorised rows (Tukey and McLaughlin 1963)."""
    rounds = rows.shape[1]
    cut = int(TRIMMED_SHARE * rounds)
    kept = rounds - 2 * cut
    ordered = np.sort(rows, axis=1)
    clipped = np.clip(rows, ordered[:, [cut]], ordered[:, [rounds - 1 - cut]])
    share = (rounds - 1) * rounds / (kept * (kept - 1))
    return Rows(
        centre=ordered[:, cut : rounds - cut].mean(axis=1),
        variance=np.maximum(clipped.var(axis=1, ddof=1) * share, _TINY),
        clipped=clipped,
        kept=kept,
    )


def neighbour_correlation(every: list[Numbers]) -> float:
    """Return the correlation of neighbouring rounds over all rows, drawn towards what is assumed where rounds are few.

    More rows do not make up for short ones: what is assumed weighs the same for one pair and for many.
    """
    centred = [rows - rows.mean(axis=1, keepdims=True) for rows in every]
    squares = sum(float(np.sum(rows * rows)) for rows in centred)
    count = sum(len(rows) for rows in every)
    rounds = sum(rows.size for rows in every) / count
    if squares <= _TINY * count:
        return ASSUMED_CORRELATION
    seen = sum(float(np.sum(rows[:, :-1] * rows[:, 1:])) for rows in centred) / squares
    # A short series around its own mean shows about rho - (1 + 4 rho) / n (Marriott and Pope 1954).
    unbiased = seen + (1 + 4 * seen) / rounds
    found = (rounds * unbiased + ASSUMED_ROUNDS * ASSUMED_CORRELATION) / (rounds + ASSUMED_ROUNDS)
    return min(max(found, 0.0), MOST_CORRELATION)


def variance_of_mean(rounds: int, correlation: float) -> float:
    """Return the variance of a mean in units of the sample variance, for rounds correlated as an AR(1) series."""
    lags = np.arange(1, rounds)
    share = float((1 + 2 * np.sum((1 - lags / rounds) * correlation**lags)) / rounds)
    return share * (rounds - 1) / (rounds * (1 - share))


def freedom(kept: int, correlation: float) -> float:
    """Return the degrees of freedom of the variance of `kept` rounds: correlated rounds count for fewer."""
    as_many = kept * (1 - correlation**2) / (1 + correlation**2) - 1
    return max(as_many, min(kept - 1.0, 2.0))
