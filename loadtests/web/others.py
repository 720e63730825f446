"""Who else had the cores while a test ran: it has no rounds and no control that would show it."""

from collections.abc import Sequence

from loadtests.measurement.accounting import strain
from loadtests.measurement.arithmetic import present
from loadtests.measurement.cores import Cores
from loadtests.measurement.record import Use
from loadtests.measurement.result import Reason
from loadtests.measurement.steal import MOST_TAKEN, taken_share
from loadtests.measurement.witness import State, beside_ns
from loadtests.messages import Slice

_REMEDY = "end what else runs on this machine, or wait until it is done, and run the test again"


def makers_taken(cores: Cores, servers: Sequence[int], before: State, after: State, client: Slice) -> float | None:
    """Return the share that others had of the cores on which the load is made; None where that is not known.

    Nor is it known where they are cores of the server as well, of which others' share is in what the server used.
    """
    seen = strain(before.machine, after.machine, cores.others)
    ours = beside_ns(before, after, [client])
    if seen is None or None in ours or cores.others & {*servers}:
        return None
    return seen.core_steal_share + seen.foreign_share(sum(present(ours)), len(cores.others))


def taken(used: Use, makers: float | None) -> list[Reason]:
    """Return why a test is not valid of whose cores others had too much."""
    shares = {"the server's cores": taken_share(used), "the cores that make the load": makers}
    had = [f"{share:.0%} of {whose}" for whose, share in shares.items() if share is not None and share > MOST_TAKEN]
    reason = f"other programs and the hypervisor had {' and '.join(had)}"
    return [Reason(check="steal", reason=reason, remedy=_REMEDY)] if had else []
