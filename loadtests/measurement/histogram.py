"""Response times as HDR histograms: merged over slices without losing a count, read without a Python loop."""

import functools
from collections.abc import Iterable

import numpy as np
from hdrh.histogram import HdrHistogram

LOWEST_US = 1
HIGHEST_US = 3_600_000_000
DIGITS = 3


def empty() -> HdrHistogram:
    """Return a histogram of microseconds, 1 µs to 1 h at 3 significant digits."""
    return HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)


def merged(encoded: Iterable[str]) -> HdrHistogram:
    """Add up histograms in the library's base64 form."""
    total = empty()
    for text in encoded:
        if text:
            total.decode_and_add(text)
    return total


def count(histogram: HdrHistogram) -> int:
    """Return how many values it holds."""
    return int(histogram.get_total_count())


@functools.cache
def counted(encoded: str) -> int:
    """Return how many values a histogram in base64 form holds; kept, since it is asked for after every round."""
    return count(merged([encoded]))


def least_us(histogram: HdrHistogram) -> float:
    """Return the smallest value, 0 when there is none."""
    return float(histogram.get_min_value()) if count(histogram) else 0.0


def percentile_us(histogram: HdrHistogram, percentile: float) -> float | None:
    """Return the value that `percentile` % of the values do not exceed, or None where too few values could show it.

    At least one value must lie above it: p99 needs 100 values, p99.9 a thousand.
    """
    total = count(histogram)
    # Rounded, since 100 - 99.9 is a little more than 0.1 in binary.
    if round(total * (100 - percentile), 6) < 100:  # noqa: PLR2004 - one value, in percent
        return None
    wanted = max(1, int(percentile * total / 100 + 0.5))
    index = int(np.searchsorted(np.cumsum(np.frombuffer(histogram.counts, dtype=np.uint64)), wanted))
    return float(histogram.get_highest_equivalent_value(histogram.get_value_from_index(index)))
