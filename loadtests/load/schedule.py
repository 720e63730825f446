"""When the requests of an open load are due: a Poisson process, drawn before the slice begins."""

import numpy as np
import numpy.typing as npt

_S_NS = 1e9


def arrivals_ns(rate: float, seed: int, length_s: float) -> npt.NDArray[np.int64]:
    """Return the arrivals at `rate` per second within `length_s`, in nanoseconds from the beginning.

    The same seed gives the same arrivals, and a longer schedule begins with the shorter one.
    """
    generator = np.random.default_rng(seed)
    expected = rate * length_s
    # Six standard deviations more than expected are enough as a rule; if not, more is drawn.
    block = int(expected + 6 * expected**0.5) + 16
    times_ns = np.cumsum(generator.exponential(_S_NS / rate, block))
    while times_ns[-1] < length_s * _S_NS:
        more_ns = np.cumsum(generator.exponential(_S_NS / rate, block)) + times_ns[-1]
        times_ns = np.concatenate([times_ns, more_ns])
    return times_ns[times_ns < length_s * _S_NS].astype(np.int64)
