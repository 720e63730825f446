"""Name what ran out first in a cell, where its figures show it, and nothing where they do not."""

from collections.abc import Sequence

from loadtests.measurement.validity import GENERATOR_SHARE
from loadtests.servers import Lane

# The work that holds the interpreter lock while it computes.
HOLDS_THE_LOCK = ("cpu_python",)
# Of what a core or a thread can give: the rest goes to the slice's first and last moments.
_SATURATED = 0.85


def limiter(
    endpoint: str,
    lane: Lane,
    *,
    workers: int,
    cores: Sequence[int],
    cores_used: float,
    steal_share: float,
    generator_share: float,
) -> str | None:
    """Return what ran out; `cores_used` is the CPU time of the server's processes ÷ wall time."""
    if generator_share >= GENERATOR_SHARE:
        return "generator"
    full = _SATURATED * (1 - steal_share)
    if cores_used >= full * len(cores):
        return "server core" if len(cores) == 1 else "server cores"
    if cores_used < full * workers:
        return None
    if not _several_threads(lane):
        return "one thread" if workers == 1 else "one thread per worker"
    # Threads that compute in Python take turns at it; whatever else they may wait for is not seen from here.
    return "interpreter lock" if workers == 1 and endpoint in HOLDS_THE_LOCK else None


def _several_threads(lane: Lane) -> bool:
    return lane.threads > 1 or lane.model == "thread"
