"""Measure one step of the search: hold a rate for a while, and say what was promised and what came."""

from collections.abc import Mapping

import msgspec

from loadtests.capacity import slo
from loadtests.capacity.result import Purpose, Step
from loadtests.measurement.bench import Bench
from loadtests.measurement.ceilings import Known
from loadtests.measurement.cells import merge
from loadtests.measurement.group import Group
from loadtests.measurement.interrupts import Interrupts
from loadtests.measurement.limiter import ceiling_of
from loadtests.measurement.per_round import window_s
from loadtests.measurement.plan import Timing
from loadtests.measurement.record import Record
from loadtests.measurement.result import Cell
from loadtests.measurement.slice import Asked, measure
from loadtests.measurement.store import Store
from loadtests.measurement.subject import Subject
from loadtests.measurement.validity import GENERATOR_SHARE

SETTLE_S = 0.5
LONGER = 4.0
# Requests beyond the highest percentile that was promised, while searching and when confirming.
_ABOVE = 2
_ABOVE_CONFIRMED = 10
_LONGEST_S = 10.0
_LONGEST_CONFIRMED_S = 120.0
_TIMEOUT_S = 10.0
# Checks of a cell that a rate has to pass as well. A late start is none of them: response times count from when the
# request was due, so what the generator loses is held against the rate, and never for it.
_BREAKING = {"requests", "dropped", "behind", "counts", "slices", "server", "errors", "outlasting"}
_GENERATOR, _BEHIND = "generator", "behind"
_SERVER_ENDED = "its server ended"


class Interrupted(Exception):  # noqa: N818 - it ends the search, it is no error
    """The person stopped the search."""


class Steps:
    """Holds rates against one server; each slice is written down as any other."""

    def __init__(
        self, ready: Bench, store: Store, stop: Interrupts, *, subject: Subject, asked: Asked, known: Known,
        promised: tuple[slo.Objective, ...], seconds: float, seed: int,
    ) -> None:  # fmt: skip
        self._ready = ready
        self._store = store
        self._stop = stop
        self._subject = subject
        self._asked = asked
        self._known = known
        self._promised = promised
        self._seconds = seconds
        self._number = seed * 1_000

    def hold(self, rate: float, purpose: Purpose) -> Step:
        """Let requests arrive at `rate`; raise `Interrupted`, or the problem that ended a service or the load agent."""
        group = Group(scenario=self._subject.group.scenario, users=self._subject.group.users, rate=rate)
        subject = msgspec.structs.replace(self._subject, group=group)
        self._number += 1
        record = measure(self._ready, subject, self._asked, self._timing(rate, purpose), number=self._number)
        self._store.record(record)
        if self._stop.asked:
            raise Interrupted
        if ended := self._ready.ended_service():
            raise ended
        return self._judged(subject, record, rate, purpose)

    def _timing(self, rate: float, purpose: Purpose) -> Timing:
        confirming = purpose == "confirmation"
        wanted = slo.requests_wanted(self._promised, _ABOVE_CONFIRMED if confirming else _ABOVE)
        least_s = self._seconds * (LONGER if confirming else 1.0)
        longest_s = _LONGEST_CONFIRMED_S if confirming else _LONGEST_S
        window_s = max(least_s, min(wanted / rate, longest_s))
        return Timing(settle_s=SETTLE_S, window_s=window_s, drain_s=0.0, timeout_s=_TIMEOUT_S)

    def _judged(self, subject: Subject, record: Record, rate: float, purpose: Purpose) -> Step:
        merged = merge(subject, [record], known=self._known)
        client = record.client
        measured = {} if client is None else slo.figures(self._promised, client)
        ended = subject.key in self._ready.dead
        broke = [_SERVER_ENDED] if ended else self._broken(measured, merged.cell)
        generator = _generator(merged.cell) if broke and not ended else None
        broke += [generator] if generator else []
        ran_out = ceiling_of(merged.cell.limiter, merged.detail.ceilings)
        return Step(
            purpose=purpose,
            rate_per_s=rate,
            seconds=0.0 if client is None else window_s(client),
            requests=0 if client is None else client.window_requests,
            qps=merged.cell.qps,
            figures=measured,
            holds=not broke,
            broke=broke,
            generator_bound=generator is not None,
            server_ended=ended,
            limiter=merged.cell.limiter,
            ceiling=None if ran_out is None else ran_out.formula,
        )

    def _broken(self, measured: Mapping[str, float | None], cell: Cell) -> list[str]:
        """Return why a rate does not hold: promises that were not kept, and checks of the cell."""
        promises = slo.broken(self._promised, measured) if measured else ["nothing was measured"]
        return promises + [each.reason for each in cell.reasons if each.check in self._breaking()]

    def _breaking(self) -> set[str]:
        promised = {each.metric for each in self._promised}
        return _BREAKING - ({"errors"} if slo.ERRORS in promised else set())


def _generator(cell: Cell) -> str | None:
    """Return why the generator may have broken the promise, None where it surely was the lane.

    A generator with time left whose requests wait for answers in a growing queue, or at the ceiling of something else,
    has sent what it had to.
    """
    why = next((each.reason for each in cell.reasons if each.check == _GENERATOR), None)
    if (cell.generator_core_share or 0.0) >= GENERATOR_SHARE:
        return why
    behind = any(each.check == _BEHIND for each in cell.reasons)
    return None if behind or cell.limiter is not None else why
