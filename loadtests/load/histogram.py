"""Response times as HDR histograms, filled at once after a slice: a value at a time costs microseconds."""

import numpy as np
from hdrh.histogram import HdrHistogram

LOWEST_US = 1
HIGHEST_US = 3_600_000_000
DIGITS = 3
_EXACT_BITS = 11  # values up to 2 048 are kept exactly, larger ones to 11 leading bits: 3 digits
_HALF_BUCKET = 1 << (_EXACT_BITS - 1)


def encode(times_ns: "np.typing.NDArray[np.int64]") -> str:
    """Return the histogram of these times, in microseconds, in the library's compressed base64 form."""
    histogram = HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)
    if len(times_ns):
        times_us = np.clip((times_ns + 500) // 1000, LOWEST_US, HIGHEST_US)
        bits = np.frexp(times_us.astype(np.float64))[1]
        shift = np.maximum(bits - _EXACT_BITS, 0)
        # Where the library counts a value: each power of two above the exact ones has half a bucket.
        places = shift * _HALF_BUCKET + (times_us >> shift)
        np.frombuffer(histogram.counts, dtype=np.uint64)[:] = np.bincount(places, minlength=histogram.counts_len)
        histogram.total_count = len(times_us)
        histogram.min_value, histogram.max_value = int(times_us.min()), int(times_us.max())
    text: bytes = histogram.encode()
    return text.decode("ascii")
