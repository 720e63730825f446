"""What a lane used that runs elsewhere, as far as it tells itself: the difference between two answers of `/stats`."""

from collections.abc import Sequence

from loadtests.measurement.pace import Paced
from loadtests.measurement.record import Use
from loadtests.servers.elsewhere import Heard, Stats


def use(before: Heard, after: Heard, *, wall_ns: int, accepted: int, wanted: int, given_up: int, paced: Paced) -> Use:
    """Return what it used; figures that are not known are None, and `missing` says why.

    `wanted` answers were seen by the client and `given_up` not awaited: processes that answered fewer are not all.
    """
    missing = before.missing or after.missing or _not_all(before, after, wanted=wanted, given_up=given_up)
    if missing is not None:
        return _use(wall_ns, accepted, paced, missing=missing)
    late = [after.first[name] for name in sorted(after.first)]
    spent_s = sum(each.cpu_s - before.last[each.process].cpu_s for each in late)
    return _use(wall_ns, accepted, paced, told=late, cpu_ns=round(spent_s * 1e9), answered=_answered(before, after))


def _use(
    wall_ns: int,
    accepted: int,
    paced: Paced,
    *,
    told: Sequence[Stats] = (),
    cpu_ns: int | None = None,
    answered: int | None = None,
    missing: str | None = None,
) -> Use:
    return Use(
        wall_ns=wall_ns,
        cpu_ns=cpu_ns,
        answered=answered,
        processes=tuple(each.pid for each in told),
        rss_bytes=sum(each.rss_bytes for each in told) if told else None,
        pss_bytes=None,
        threads=sum(each.threads for each in told) if told else None,
        context_switches=None,
        accepted=accepted,
        db_connections=None,
        db_cpu_ns=None,
        steal_share=None,
        pace=paced.pace,
        missing=missing,
    )


def _answered(before: Heard, after: Heard) -> int:
    """Return how many requests for work were answered in between, whoever looked after the server meanwhile."""
    common = before.last.keys() & after.first.keys()
    return sum(after.first[name].work - before.last[name].work for name in common)


def _not_all(before: Heard, after: Heard, *, wanted: int, given_up: int) -> str | None:
    """Say why those that answer `/stats` are not known to be all processes; None where they are."""
    if before.last.keys() != after.first.keys():
        return (
            "its server-side figures are missing: other processes answered /stats after a slice "
            f"({_listed(after)}) than before it ({_listed(before)})"
        )
    answered = _answered(before, after)
    if answered < wanted - given_up:
        return (
            f"its server-side figures are missing: the processes that answer /stats ({_listed(before)}) answered "
            f"{answered} of {wanted} requests, so there are others"
        )
    return None


def _listed(told: Heard) -> str:
    return ", ".join(str(pid) for pid in sorted(each.pid for each in told.first.values())) or "none"
