"""What the tests of the load agent share."""

import msgspec
import numpy as np
import numpy.typing as npt
from hdrh.histogram import HdrHistogram

from loadtests.messages import Exchange, Load
from tests.loadtests.synthetic import BODY, Synthetic

Numbers = npt.NDArray[np.float64]
RIGHT = Exchange(target="/hello", equals=BODY)


def load_of(server: Synthetic, *, exchange: Exchange = RIGHT, users: int = 4, **more: object) -> Load:
    """Return a short slice; each server has a port, and so a key, of its own."""
    load = Load(
        key=str(server.port),
        base_url=server.base_url,
        exchange=exchange,
        users=users,
        settle_s=0.1,
        window_s=0.4,
        timeout_s=10.0,
    )
    return msgspec.structs.replace(load, **more)


def values_us(encoded: str) -> Numbers:
    """Return the histogram's values, each as often as it was counted."""
    histogram = HdrHistogram.decode(encoded)
    counts = np.array([histogram.get_count_at_index(index) for index in range(histogram.counts_len)])
    return np.repeat([histogram.get_value_from_index(index) for index in counts.nonzero()[0]], counts[counts > 0])


def served_us(server: Synthetic, kind: str = "right") -> Numbers:
    """Return how long the server took, by its own clock."""
    return np.array([(entry.done_ns - entry.read_ns) / 1000 for entry in server.log if entry.kind == kind])
