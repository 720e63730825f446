"""One duet from the first look at the machine to the report: the main road, told in order."""

import time
from pathlib import Path
from typing import NoReturn, Protocol

import msgspec

from loadtests.agent_client import AgentDied
from loadtests.doctor import examine
from loadtests.duet.conclude import DuetConclusion, DuetSummary, conclude, running
from loadtests.duet.describe import DuetRun, as_rounds, describe
from loadtests.duet.plan import LEAST_STARTS, DuetPlan, make_plan
from loadtests.duet.sides import require_as_many, subjects
from loadtests.duet.stage import Pair, Sides, Stage, stage
from loadtests.duet.warm_up import USERS, settled, warm_up
from loadtests.duet.window import measure_both
from loadtests.duet.wish import Duet
from loadtests.measurement import about
from loadtests.measurement.bench import ServiceEnded
from loadtests.measurement.conclude import Ledger
from loadtests.measurement.cores import available, pin_this_process, share_out
from loadtests.measurement.group import Group
from loadtests.measurement.interrupts import Interrupts
from loadtests.measurement.plan import Timing
from loadtests.measurement.probe import probe
from loadtests.measurement.result import Reason
from loadtests.measurement.services import check_named
from loadtests.measurement.slice import Asked
from loadtests.measurement.store import Store
from loadtests.measurement.subject import Subject
from loadtests.measurement.wish import require_files
from loadtests.report.html import page

# What it takes to end everything and to write the report.
BESIDE_S = 3.0


class Screen(Protocol):
    """Who watches a duet."""

    def say(self, text: str) -> None:
        """Show what is being done."""


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A finished duet; `broken` is what ended it before its time, other than the person."""

    run: DuetRun
    summary: DuetSummary
    broken: str | None = None


class Unmeasurable(Exception):  # noqa: N818 - it names what the duet is, and never leaves this module
    """One side cannot be measured any further; the reason is in the ledger."""


class Performance:
    """A duet and what it knows so far; `run()` is its story."""

    def __init__(self, asked: Duet, store: Store, screen: Screen, stop: Interrupts, *, began_s: float) -> None:
        self._began_s = began_s
        self._duet = asked
        self._store = store
        self._screen = screen
        self._stop = stop
        self._cores = share_out(1, available())
        self._fair: bool | None = None
        self._broken: str | None = None
        self._about = describe(asked, self._sides(asked.users or 1))
        self._know(self._sides(asked.users or 1))

    def _sides(self, users: int) -> Sides:
        group = Group(scenario=self._duet.scenario, users=users)
        return subjects(self._duet.a, self._duet.b, group, self._cores.servers)

    def _know(self, sides: Sides) -> None:
        self._subjects = sides
        self._ledger = Ledger(sides)

    def run(self) -> Played:
        """Look, start, choose users, plan, then start pair after pair, and judge."""
        self._store.run(self._about)
        self._about = msgspec.structs.replace(self._about, machine=examine())
        self._save()
        pin_this_process(self._cores.others)
        self._screen.say("starting the services and the load agent")
        try:
            built = stage(self._cores, self._store.logs, seed=self._duet.seed, database=self._duet.database)
            with built as ready, self._stop.draining(ready.load.stop_slice):
                self._play(ready)
                self._stop.finish()
                return self._finish()
        finally:
            pin_this_process(self._cores.everything)

    def _play(self, ready: Stage) -> None:
        """Measure until the end of the plan, or until something that both sides need ends."""
        try:
            self._every_start(ready)
        except Unmeasurable:
            pass
        except (AgentDied, ServiceEnded) as problem:
            self._broken = str(problem)
            self._note(f"the duet ended before its time: {self._broken}")

    def _every_start(self, ready: Stage) -> None:
        start = 1
        while not self._stop.asked and (self._plan is None or start <= self._plan.starts):
            if self._plan is not None and start > LEAST_STARTS and self._left_s() < self._plan.windows_s:
                self._note(f"{start - 1} of {self._plan.starts} starts fit into {self._duet.seconds:g} s")
                return
            self._screen.say(self._progress(start))
            began = time.monotonic()
            with ready.pair(self._subjects, start) as pair:
                self._start(pair, start, began)
            start += 1

    def _start(self, pair: Pair, start: int, began: float) -> None:
        """Hold both servers of a pair to the contract, warm them up, and measure them."""
        self._look_at_shares(pair)
        asked = self._probe(pair)
        if self._plan is None:
            users, timing = settled(pair, asked, self._duet.users, self._stop)
            self._know(self._sides(users))
            self._make_plan(users, timing, start_s=time.monotonic() - began)
        # The group of the first pair was not known when it was started.
        sides = tuple(
            msgspec.structs.replace(own, group=known.group)
            for own, known in zip(pair.sides, self._subjects, strict=True)
        )
        pair = msgspec.structs.replace(pair, sides=sides)
        plan = self._plan
        if plan is None or self._stop.asked:
            return
        warm_up(pair, asked, plan.users)
        for number in plan.numbers(start):
            if self._stop.asked:
                return
            self._window(pair, asked, plan.timing, number)
        self._save()

    def _window(self, pair: Pair, asked: tuple[Asked, Asked], timing: Timing, number: int) -> None:
        for record in measure_both(pair, asked, timing, number=number):
            self._store.record(record)
            self._ledger.add(record)
        if ended := pair.bench.ended_service():
            raise ended
        for subject, own in zip(self._subjects, pair.sides, strict=True):
            if own.key in pair.bench.dead:
                self._give_up(subject, Reason(check="server", reason=pair.bench.dead[own.key], remedy="see its log"))

    def _look_at_shares(self, pair: Pair) -> None:
        """Note whether the core is shared fairly; refuse unlike numbers of processes or threads where it is not."""
        self._fair = pair.fair
        if not pair.fair and not self._duet.forced:
            require_as_many(self._duet.a, self._duet.b, self._duet.scenario)

    def _probe(self, pair: Pair) -> tuple[Asked, Asked]:
        """Hold both servers' answers to the contract: load is right for both sides, whatever app each serves."""
        found = []
        for subject, own in zip(self._subjects, pair.sides, strict=True):
            probed = probe(own, pair.bench.server(own).base_url, pair.bench.books)
            if probed.trouble is not None:
                self._give_up(subject, probed.trouble)
            if probed.asked is not None:
                found.append(probed.asked)
        return found[0], found[1]

    def _give_up(self, subject: Subject, reason: Reason) -> NoReturn:
        self._ledger.trouble(subject, reason)
        raise Unmeasurable

    def _make_plan(self, users: int, timing: Timing, *, start_s: float) -> None:
        if self._stop.asked:
            return
        left_s = self._left_s()
        plan = make_plan(timing, users=users, left_s=left_s, start_s=start_s)
        if plan.expected_s > left_s:
            self._note(
                f"{plan.starts} starts of {plan.windows} windows are the least that can tell anything, and they take "
                f"about {plan.expected_s - left_s:.0f} s more than the {self._duet.seconds:g} s that were given"
            )
        self._about = msgspec.structs.replace(self._about, duet_plan=plan)
        self._save()

    def _left_s(self) -> float:
        return self._duet.seconds - BESIDE_S - (time.monotonic() - self._began_s)

    @property
    def _plan(self) -> DuetPlan | None:
        return self._about.duet_plan

    def _progress(self, start: int) -> str:
        if self._plan is None:
            return f"starting {self._subjects[0].name} and {self._subjects[1].name}"
        found = running(self._ledger, self._subjects, self._plan)
        so_far = "" if found is None else f"; CPU per request so far {found.ratio:.3f}"
        return f"start {start} of {self._plan.starts}, {self._plan.windows} windows each{so_far}"

    def _note(self, text: str) -> None:
        self._screen.say(text)
        self._about = msgspec.structs.replace(self._about, notes=[*self._about.notes, text])

    def _save(self) -> None:
        self._store.run(self._about)
        self._store.summary(self._conclude(partial=True).summary)

    def _conclude(self, *, partial: bool) -> DuetConclusion:
        return conclude(
            self._ledger,
            self._subjects,
            self._plan,
            fair=self._fair,
            forced=self._duet.against,
            partial=partial,
            warnings=[*self._about.notes, *self._duet.against],
        )

    def _finish(self) -> Played:
        partial = self._stop.asked or self._broken is not None
        if not partial:
            self._about = msgspec.structs.replace(self._about, finished_at=about.now())
        conclusion = self._conclude(partial=partial)
        self._store.histograms(conclusion.histograms)
        self._store.summary(conclusion.summary)
        self._store.run(self._about)
        self._store.report(page(self._about, conclusion.summary, self._store.folder))
        return Played(run=self._about, summary=conclusion.summary, broken=self._broken)


def play(asked: Duet, folder: Path, screen: Screen, stop: Interrupts, *, began_s: float | None = None) -> Played:
    """Check that the duet can be played, then play it in `folder`.

    `began_s` is when its time began to run, by the monotonic clock: now, unless the caller's program took some before.
    """
    began_s = time.monotonic() if began_s is None else began_s
    check_named(asked.database)
    _require_files(asked)
    with Store.new(folder) as store:
        return Performance(asked, store, screen, stop, began_s=began_s).run()


def _require_files(asked: Duet) -> None:
    """Raise `Problem` when the load agent may not open as many files as both sides' users may take."""
    users = asked.users or USERS[-1]
    cores = share_out(1, available())
    sides = subjects(asked.a, asked.b, Group(scenario=asked.scenario, users=users), cores.servers)
    require_files(msgspec.structs.replace(as_rounds(asked, sides), users=(users,)), len(sides))
