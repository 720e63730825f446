"""A server that answers at once, but freezes now and then: what an open load shows of it, and a closed one does not.

The answer is known without measuring. Whoever arrives in a freeze waits for the rest of it; arrivals fall evenly on a
period of P seconds, F of them frozen, so that the response time is above x with the probability (F - x) / P.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from backing.scratch import scratch
from loadtests.agent_client import Agent, agent
from loadtests.measurement.cores import available, share_out
from loadtests.messages import Load, Slice
from tests.loadtests.loading import RIGHT, values_us
from tests.loadtests.synthetic import freezing
from tests.proofs.writing import table, write

# The open load's figures must be this close to the known ones.
NEAR = 0.05
RATE = 500
USERS = 16


@dataclass(frozen=True)
class Freeze:
    """A server frozen for `freeze_s` of every `period_s`, loaded for `periods` of them."""

    period_s: float
    freeze_s: float
    periods: int

    def quantile_ms(self, share: float) -> float:
        """Return the response time that this share of independent arrivals stays below."""
        return max(0.0, self.freeze_s - (1 - share) * self.period_s) * 1000


@dataclass(frozen=True)
class Seen:
    """What one kind of load showed; `frozen` are the requests that felt a freeze: over a tenth of its length."""

    slice: Slice
    p50_ms: float
    p99_ms: float
    max_ms: float
    frozen: int


def by_open_load(load: Agent, freeze: Freeze, *, rate: float, seed: int = 1) -> Seen:
    """Load the server at `rate`, with room for all that come during a freeze."""
    room = int(rate * freeze.freeze_s * 1.5) + 50
    return _seen(load, freeze, users=room, rate=rate, seed=seed)


def by_closed_load(load: Agent, freeze: Freeze, *, users: int) -> Seen:
    """Load the server with users who ask again when they are answered."""
    return _seen(load, freeze, users=users)


def _seen(load: Agent, freeze: Freeze, *, users: int, **more: float) -> Seen:
    # The window spans whole periods after a first one, which opens the connections; its edges are far from any freeze.
    with freezing(period_s=freeze.period_s, freeze_s=freeze.freeze_s) as base_url:
        plain = Load(
            key=base_url,
            base_url=base_url,
            exchange=RIGHT,
            users=users,
            settle_s=freeze.period_s,
            window_s=freeze.period_s * freeze.periods,
        )
        found = load.load(msgspec.structs.replace(plain, **more))
        load.close(base_url)
    times_ms = values_us(found.latencies) / 1000
    p50_ms, p99_ms, max_ms = np.percentile(times_ms, [50, 99, 100]).tolist()
    return Seen(found, p50_ms, p99_ms, max_ms, int((times_ms > freeze.freeze_s * 100).sum()))


def is_near(seen: Seen, freeze: Freeze) -> bool:
    """Tell whether p99 and maximum are those known beforehand, to 5 %."""
    known = ((seen.p99_ms, freeze.quantile_ms(0.99)), (seen.max_ms, freeze.quantile_ms(1)))
    return all(abs(found / true - 1) <= NEAR for found, true in known)


def prove(out: Path) -> None:
    """Freeze for a second every ten, and write down what both kinds of load show; raise when the open one misses it."""
    freeze = Freeze(period_s=10, freeze_s=1, periods=4)
    cores = share_out(None, available())
    with scratch() as folder, agent(folder, log=folder / "agent.log", cores=cores.others) as load:
        opened = by_open_load(load, freeze, rate=RATE)
        closed = by_closed_load(load, freeze, users=USERS)
    write(out, "freeze", "A server that freezes: open and closed load", [*_table(freeze, opened, closed)])
    if not is_near(opened, freeze):
        raise AssertionError(f"the open load read p99 {opened.p99_ms:.1f} ms and max {opened.max_ms:.1f} ms; see {out}")


def _table(freeze: Freeze, opened: Seen, closed: Seen) -> Iterator[str]:
    known = [f"{freeze.quantile_ms(share):.1f}" for share in (0.5, 0.99, 1)]
    yield f"The server answers at once, but freezes for {freeze.freeze_s:g} s of every {freeze.period_s:g} s. Each load"
    yield f"lasted {freeze.periods * freeze.period_s:g} s after {freeze.period_s:g} s of settling."
    yield ""
    yield from table(
        ["load", "p50 ms", "p99 ms", "max ms", f"over {freeze.freeze_s * 100:g} ms"],
        [
            ["known beforehand", *known, f"{freeze.freeze_s * 0.9 / freeze.period_s:.2%}"],
            _row(f"open, {RATE} per second", opened),
            _row(f"closed, {USERS} users", closed),
        ],
    )
    starts = opened.slice
    yield ""
    yield f"Of {starts.due} starts that were due in the open load's window, {starts.late} came more than 1 ms late and"
    yield f"{starts.dropped} were dropped. Of the closed load's {closed.slice.window_requests} requests {closed.frozen}"
    yield "felt a freeze: one of each user, however long it lasts."
    yield ""
    near = "within" if is_near(opened, freeze) else "NOT within"
    yield f"p99 and maximum of the open load are {near} {NEAR:.0%} of those known beforehand."


def _row(name: str, seen: Seen) -> list[str]:
    share = seen.frozen / seen.slice.window_requests
    return [name, f"{seen.p50_ms:.1f}", f"{seen.p99_ms:.1f}", f"{seen.max_ms:.1f}", f"{share:.2%}"]
