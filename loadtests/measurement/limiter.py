"""Name what ran out first in a cell: the lowest ceiling, where the measured figure is close to it, and else nothing."""

from collections.abc import Sequence

from loadtests.measurement.result import Predicted
from loadtests.measurement.validity import GENERATOR_SHARE

# Of what a core can give: the rest goes to the slice's first and last moments.
_FULL_CORE = 0.85
# Of what threads, connections or users can give: between two requests they wait for the server and the client.
_FULL_PLACES = 0.8
# Ceilings closer than this cannot be told apart.
_TIE = 1.05
_OF_CORES = ("server core", "server cores", "one thread", "one thread per worker", "interpreter lock", "database")


def limiter(predicted: Sequence[Predicted], qps: float, *, generator_share: float, steal_share: float) -> str | None:
    """Return what ran out, None where no ceiling is close; `predicted` is sorted, the lowest first.

    A core that is full decides, since what holds requests there also makes their times longer. Of other resources
    whose ceilings are as good as equal all are named: more of one alone would change nothing.
    """
    if generator_share >= GENERATOR_SHARE:
        return "generator"
    full = _FULL_CORE * (1 - steal_share)
    for each in predicted:
        if each.limiter in _OF_CORES and qps >= full * each.qps:
            return each.limiter
    places = [each for each in predicted if each.limiter not in _OF_CORES]
    if not places or qps < _FULL_PLACES * places[0].qps:
        return None
    lowest = [each.limiter for each in places if each.qps <= _TIE * places[0].qps]
    inner = [name for name in dict.fromkeys(lowest) if name != "rate"]
    return " and ".join(inner or lowest)


def ceiling_of(name: str | None, predicted: Sequence[Predicted]) -> Predicted | None:
    """Return the ceiling that a cell's limiter stands for, the lowest of those it names."""
    names = () if name is None else name.split(" and ")
    return next((each for each in predicted if each.limiter in names), None)
