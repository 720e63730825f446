"""One search from its first look at the machine to its result: the main road, told in order."""

from pathlib import Path

import msgspec

from backing.problem import LaneFailed
from loadtests.agent_client import AgentDied
from loadtests.capacity import slo
from loadtests.capacity.measure import SETTLE_S, Interrupted, Steps
from loadtests.capacity.result import Capacity, Purpose, Step
from loadtests.capacity.search import Found, Search
from loadtests.capacity.sentences import line, sentence, stopped_by
from loadtests.doctor import examine
from loadtests.measurement import about
from loadtests.measurement.alone import Knowing
from loadtests.measurement.bench import Bench, ServiceEnded, bench
from loadtests.measurement.cores import available, pin_this_process, share_out
from loadtests.measurement.group import Group
from loadtests.measurement.interrupts import Interrupts
from loadtests.measurement.probe import probe
from loadtests.measurement.screen import Screen
from loadtests.measurement.services import check_named, own_services
from loadtests.measurement.store import Store
from loadtests.measurement.subject import Subject, subject
from loadtests.measurement.wish import Wish, require_files
from loadtests.servers import stack

# Else what one request at a time can do.
_START_PER_S = 10.0


class _Cut(msgspec.Struct, frozen=True, kw_only=True):
    """What ended a search before its time."""

    why: str
    interrupted: bool = False


class Asks(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for: `wish` holds one lane, one scenario and the most that may be in flight."""

    wish: Wish
    slo: str
    seconds: float


def find(asks: Asks, folder: Path, screen: Screen, stop: Interrupts) -> Capacity:
    """Find the capacity and leave it in `folder`; raise a problem when nothing can be measured."""
    cores = share_out(asks.wish.server_cores, available())
    (lane,), (scenario,), (users,) = asks.wish.lanes, asks.wish.scenarios, asks.wish.users
    # What the rate will be is not known yet; the server is the same for all.
    wanted = subject(Group(scenario=scenario, users=users, rate=0.0), lane, {}, stack=asks.wish.stack, cores=cores)
    require_files(asks.wish, 1)
    stack(asks.wish.stack)
    check_named()
    with Store.new(folder) as store:
        try:
            run = about.run(asks.wish, cores)
            run = msgspec.structs.replace(run, machine=examine())
            store.run(run)
            pin_this_process(cores.others)
            screen.say(f"starting {', '.join((*own_services(), 'the load agent'))} and {lane}")
            with bench([wanted], cores, store.logs, paced=False) as ready:
                found = _search(asks, wanted, ready, store=store, screen=screen, stop=stop)
            if not found.partial:
                store.run(msgspec.structs.replace(run, finished_at=about.now()))
            store.capacity(found)
            return found
        finally:
            pin_this_process(cores.everything)


def _search(asks: Asks, wanted: Subject, ready: Bench, *, store: Store, screen: Screen, stop: Interrupts) -> Capacity:
    probed = probe(wanted, ready.server(wanted).base_url, ready.books)
    if probed.asked is None:
        raise LaneFailed(f"{wanted.name} cannot be measured under {wanted.group.scenario}: {probed.trouble}")
    known = Knowing(ready).of(wanted, probed.asked)
    steps = Steps(
        ready,
        store,
        stop,
        subject=wanted,
        asked=probed.asked,
        known=known,
        promised=slo.parse(asks.slo),
        seconds=asks.seconds,
        seed=asks.wish.seed,
    )

    def ask(rate: float, purpose: Purpose) -> Step:
        step = steps.hold(rate, purpose)
        screen.say(line(step))
        if step.server_ended:
            screen.say(ready.dead[wanted.key])
        return step

    search = Search(ask)
    screen.say(f"each rate is held for {SETTLE_S + asks.seconds:g} s or more; in flight {wanted.group.users:,} at most")
    with stop.draining(ready.load.stop_slice):
        cut = _run(search, _START_PER_S if known.alone_ms is None else 1e3 / known.alone_ms)
        stop.finish()
    return _capacity(asks, wanted, search.found(), cut)


def _run(search: Search, start_per_s: float) -> _Cut | None:
    """Search; return what ended it before its time, None where nothing did."""
    try:
        search.run(start_per_s)
    except Interrupted:
        return _Cut(why="it was interrupted", interrupted=True)
    except (AgentDied, ServiceEnded) as problem:
        return _Cut(why=str(problem))
    return None


def _capacity(asks: Asks, wanted: Subject, found: Found, cut: _Cut | None) -> Capacity:
    breaks, ran_out = found.breaks, _ran_out(found)
    result = Capacity(
        lane=wanted.lane,
        stack=wanted.stack,
        scenario=wanted.group.scenario,
        users=wanted.group.users,
        slo=asks.slo,
        rate_per_s=None if found.holds is None else found.holds.rate_per_s,
        at_least=found.holds is not None and (breaks is None or breaks.generator_bound),
        confirmed=found.confirmed,
        stopped_by=f"the search ended before its time: {cut.why}" if cut else stopped_by(breaks),
        limiter=None if ran_out is None else ran_out.limiter,
        ceiling=None if ran_out is None else ran_out.ceiling,
        partial=cut is not None,
        interrupted=cut is not None and cut.interrupted,
        steps=found.steps,
        sentence="",
    )
    return msgspec.structs.replace(result, sentence=sentence(result, found.holds))


def _ran_out(found: Found) -> Step | None:
    """Return the lowest step above the rate found whose figures show what ran out: some are too noisy to."""
    least = 0.0 if found.holds is None else found.holds.rate_per_s
    telling = [
        step
        for step in found.steps
        if not step.holds and step.rate_per_s > least and step.limiter not in {None, "rate"}
    ]
    return min(telling, key=lambda step: step.rate_per_s, default=None)
