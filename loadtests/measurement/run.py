"""One comparison from the first look at the machine to the report: the main road, told in order."""

import contextlib
import os
import time
from collections.abc import Container, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from backing.existing import check_database, check_valkey
from loadtests.agent_client import AgentDied
from loadtests.doctor import examine
from loadtests.experiments.table import sentences
from loadtests.measurement import about, ceiling, histogram
from loadtests.measurement.about import Ceiling, Run
from loadtests.measurement.alone import Knowing
from loadtests.measurement.bench import Bench, ServiceEnded, bench
from loadtests.measurement.budget import LEAST_ROUNDS
from loadtests.measurement.conclude import Conclusion, Ledger, conclude
from loadtests.measurement.cores import available, pin_this_process, share_out
from loadtests.measurement.interrupts import Interrupts
from loadtests.measurement.per_round import qps
from loadtests.measurement.plan import REPORT_S, Plan, Timing, Turn, make_plan, rt_from_warm_up, timing
from loadtests.measurement.probe import probe
from loadtests.measurement.record import Record
from loadtests.measurement.result import Reason, Summary
from loadtests.measurement.resume import Earlier, Slot, resumable, slot
from loadtests.measurement.slice import Asked, measure
from loadtests.measurement.steal import Repeats
from loadtests.measurement.store import Store
from loadtests.measurement.subject import ServerKey, Subject, subjects
from loadtests.measurement.usl import curves
from loadtests.measurement.wish import Wish, all_users, require_files
from loadtests.messages import Slice
from loadtests.report.html import page
from loadtests.servers import stack

if TYPE_CHECKING:
    from loadtests.measurement.group import Group

SUMMARY_EVERY_S = 10.0
REPEATED_PART = 10
WARM_UP = Timing(settle_s=0.1, window_s=0.25, drain_s=0.0, timeout_s=10.0)


class Screen(Protocol):
    """Who watches a run."""

    def say(self, text: str) -> None:
        """Show what is being done."""

    def begin(self, plan: Plan) -> None:
        """Show that the rounds begin."""

    def turn(self, turn: Turn, plan: Plan) -> None:
        """Show that a round begins."""

    def record(self, record: Record) -> None:
        """Show the latest figures."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A finished comparison; `broken` is what ended it before its time, other than the person."""

    run: Run
    summary: Summary
    broken: str | None = None


class Comparison:
    """A run and what it knows so far; `run()` is its story. With `earlier`, it goes on where that one ended."""

    def __init__(
        self, wish: Wish, store: Store, screen: Screen, stop: Interrupts, *, earlier: Earlier | None = None
    ) -> None:
        self._began = time.monotonic()
        self._wish = wish
        self._store = store
        self._screen = screen
        self._stop = stop
        self._cores = share_out(wish.server_cores, available())
        self._subjects = subjects(wish, self._cores)
        self._ledger = Ledger(self._subjects)
        self._asked: dict[Subject, Asked] = {}
        self._ceilings: dict[int, Ceiling] = {}
        self._plan: Plan | None = None
        self._broken: str | None = None
        self._loaded_s = self._summarised = 0.0
        self._repeats = Repeats()
        self._about = about.run(wish, self._cores)
        self._measured: frozenset[Slot] = frozenset()
        if earlier is not None:
            self._go_on_from(earlier)

    def _go_on_from(self, earlier: Earlier) -> None:
        # What ended it before its time is over, and the plan's own notes are made again.
        notes = [] if earlier.about.plan is None else self._notes(earlier.about.plan)
        self._about = msgspec.structs.replace(earlier.about, notes=notes)
        self._plan = earlier.about.plan
        self._measured = earlier.measured
        for record in earlier.records:
            self._ledger.add(record)

    def run(self) -> Compared:
        """Look, start, calibrate, probe, warm up, plan, measure, judge, store."""
        self._screen.say("looking at the machine")
        self._save()
        self._about = msgspec.structs.replace(self._about, machine=examine())
        self._save()
        pin_this_process(self._cores.others)
        self._screen.say(f"starting {', '.join((*own_services(), 'the load agent'))} and {len(self._wish.lanes)} lanes")
        try:
            with bench(self._subjects, self._cores, self._store.logs) as ready:
                with self._until_something_ends():
                    self._calibrate(ready)
                    self._probe(ready)
                with self._stop.draining(ready.load.stop_slice):
                    if self._broken is None:
                        self._rounds(ready)
                    self._stop.finish()
                    return self._finish()
        finally:
            pin_this_process(self._cores.everything)

    def _rounds(self, ready: Bench) -> None:
        """Measure until the end of the plan, or until something that every lane needs ends."""
        with self._until_something_ends():
            self._warm_up(ready)
            self._make_plan(ready.dead)
            self._measure(ready)

    @contextlib.contextmanager
    def _until_something_ends(self) -> Iterator[None]:
        """Note it when the load agent or a service ends: what was measured until then is kept."""
        try:
            yield
        except (AgentDied, ServiceEnded) as problem:
            self._broken = str(problem)
            note = f"the run ended before its time: {self._broken}"
            self._screen.say(note)
            self._about = msgspec.structs.replace(self._about, notes=[*self._about.notes, note])

    def _calibrate(self, ready: Bench) -> None:
        self._screen.say("calibrating the generator")
        self._ceilings = ceiling.calibrate(ready.load, all_users(self._wish), self._cores, ready.folder)

    def _probe(self, ready: Bench) -> None:
        self._screen.say("asking every lane once for each kind of work")
        for subject in self._subjects:
            probed = probe(subject, ready.server(subject).base_url)
            if probed.asked is not None:
                self._asked[subject] = probed.asked
            elif probed.trouble is not None:
                self._ledger.trouble(subject, probed.trouble)

    def _warm_up(self, ready: Bench) -> None:
        self._screen.say("warming up: figures are provisional until the rounds begin")
        knowing = Knowing(ready)
        for subject, asked in list(self._asked.items()):
            if not self._stop.asked and subject.key not in ready.dead:
                self._ledger.know(subject, knowing.of(subject, asked))
            self._slice(ready, subject, WARM_UP, 0)

    def _make_plan(self, dead: Container[ServerKey]) -> None:
        if self._stop.asked:
            return
        if self._plan is not None:
            self._screen.begin(self._plan)
            return
        timings: dict[Group, dict[str, Timing]] = {}
        for subject in self._asked:
            records = self._ledger.records(subject)
            if records and records[-1].client is not None and subject.key not in dead:
                cells = timings.setdefault(subject.group, {})
                cells[subject.name] = _timing(records[-1], records[-1].client, self._wish.seconds)
        left_s = self._wish.budget_s - REPORT_S - (time.monotonic() - self._began)
        self._plan = make_plan(timings, budget_s=left_s, rounds=self._wish.rounds, seed=self._wish.seed)
        self._about = msgspec.structs.replace(
            self._about,
            plan=self._plan,
            notes=self._notes(self._plan),
            ceiling=list(self._ceilings.values()),
        )
        self._save()
        self._screen.begin(self._plan)

    def _measure(self, ready: Bench) -> None:
        if self._plan is None:
            return
        # So many that a machine which others use all the time cannot double the run.
        self._repeats.allow(sum(len(turn.names) for turn in self._plan.turns) // REPEATED_PART)
        by_name = {(subject.group, subject.name): subject for subject in self._subjects}
        for turn in self._plan.turns:
            if self._stop.asked:
                return
            left = [name for name in turn.names if slot(turn, name) not in self._measured]
            if not left:
                continue
            self._screen.turn(turn, self._plan)
            for name in left:
                self._slice(ready, by_name[turn.group, name], self._plan.timing(turn.group, name), turn.round)
            self._summarise()

    def _summarise(self) -> None:
        """Write the summary so far, now and then: each slice is on disk anyway."""
        if time.monotonic() - self._summarised > SUMMARY_EVERY_S:
            self._store.summary(self._conclude(partial=True).summary)
            self._summarised = time.monotonic()

    def _slice(self, ready: Bench, subject: Subject, timing: Timing, number: int) -> None:
        """Measure a slice, and again where others had its cores."""
        again = True
        while again and not (self._stop.asked or subject.key in ready.dead or subject not in self._asked):
            record = measure(ready, subject, self._asked[subject], timing, number=number)
            record = self._repeats.judge(record)
            again = record.repeated
            self._keep(ready, subject, record)

    def _keep(self, ready: Bench, subject: Subject, record: Record) -> None:
        if ended := ready.ended_service():
            # The lane is not to blame for this slice, so it is not kept: a run that goes on measures it again.
            raise ended
        self._store.record(record)
        if record.client is not None and record.round and record.void is None:
            self._loaded_s += (record.client.ended_ns - record.client.started_ns) / 1e9
        self._ledger.add(record)
        self._screen.record(record)
        if subject.key in ready.dead:
            self._bury(subject, record.round, ready.dead[subject.key])

    def _bury(self, dead: Subject, number: int, why: str) -> None:
        """Mark all cells of a server that ended; the others go on."""
        when = f"in round {number} of {dead.group}" if number else "while warming up"
        self._screen.say(f"{dead.name} ended {when}; the others go on")
        for subject in self._subjects:
            if subject.key == dead.key:
                reason = Reason(check="server", reason=f"{why} ({when})", remedy="see the whole log, and run it again")
                self._ledger.trouble(subject, reason)

    def _finish(self) -> Compared:
        partial = self._stop.asked or self._broken is not None
        if not partial:
            self._about = msgspec.structs.replace(
                self._about, finished_at=about.now(), load_share=self._loaded_s / (time.monotonic() - self._began)
            )
        conclusion = self._conclude(partial=partial)
        summary = msgspec.structs.replace(conclusion.summary, curves=curves(conclusion.summary, self._wish.seed))
        self._store.histograms(conclusion.histograms)
        self._store.summary(summary)
        self._store.run(self._about)
        self._store.report(page(self._about, summary))
        return Compared(run=self._about, summary=summary, broken=self._broken)

    def _save(self) -> None:
        self._store.run(self._about)
        self._store.summary(self._conclude(partial=True).summary)

    def _conclude(self, *, partial: bool) -> Conclusion:
        conclusion = conclude(
            self._ledger,
            ceilings=ceiling.as_qps(self._ceilings),
            rounds=self._plan.rounds if self._plan else {},
            partial=partial,
            warnings=self._about.notes,
        )
        if self._wish.experiment is None:
            return conclusion
        said = sentences(self._wish.experiment, conclusion.summary)
        return msgspec.structs.replace(conclusion, summary=msgspec.structs.replace(conclusion.summary, sentences=said))

    def _notes(self, plan: Plan) -> list[str]:
        notes = list(self._wish.notes)
        if self._cores.shared:
            notes.append(
                "generator, databases and servers share "
                + ("the only core" if len(self._cores.everything) == 1 else "all cores")
                + ": figures are lower than with cores of their own"
            )
        if len(set(plan.rounds.values())) > 1:
            counts = ", ".join(f"{group}: {count}" for group, count in plan.rounds.items())
            notes.append(f"rounds differ, so that the run fits its time ({counts})")
        notes += _fewer_parts(plan)
        if any(count < LEAST_ROUNDS for count in plan.rounds.values()):
            notes.append(f"fewer than {LEAST_ROUNDS} rounds: nothing can be told apart")
        return notes


def _fewer_parts(plan: Plan) -> list[str]:
    """Say which cells take part in some rounds only."""
    return [
        f"{name} took part in {count} of {plan.rounds[group]} rounds of {group}, since its slices are long"
        for group, parts in plan.parts().items()
        for name, count in sorted(parts.items())
        if count < plan.rounds[group]
    ]


def own_services() -> list[str]:
    """Return the services to start here: those that no URL names."""
    urls = {"PostgreSQL": "TRILANE_DATABASE_URL", "Valkey": "TRILANE_VALKEY_URL"}
    return [name for name, variable in urls.items() if not os.environ.get(variable)]


def check_named() -> None:
    """Look at services that a URL names before anything is written: a mistake in it must not take the folder."""
    if url := os.environ.get("TRILANE_DATABASE_URL"):
        check_database(url)
    if url := os.environ.get("TRILANE_VALKEY_URL"):
        check_valkey(url)


def compare(wish: Wish, folder: Path, screen: Screen, stop: Interrupts) -> Compared:
    """Check that the wish can be fulfilled, then run it in `folder`."""
    _check(wish)
    with Store.new(folder) as store:
        return Comparison(wish, store, screen, stop).run()


def resume(folder: Path, screen: Screen, stop: Interrupts) -> Compared:
    """Go on with a run that ended before its time: what it has measured counts, the rest of its plan is measured."""
    earlier = resumable(folder)
    _check(earlier.about.wish)
    with Store.again(folder) as store:
        return Comparison(earlier.about.wish, store, screen, stop, earlier=earlier).run()


def _check(wish: Wish) -> None:
    cores = share_out(wish.server_cores, available())
    require_files(wish, len({subject.key for subject in subjects(wish, cores)}))
    stack(wish.stack)
    check_named()


def _timing(warm_up: Record, client: Slice, seconds: float) -> Timing:
    mean_s = None if client.rt_mean_us is None else client.rt_mean_us / 1e6
    rt_s = rt_from_warm_up(mean_s=mean_s, users=warm_up.users, per_second=qps(client))
    if not client.window_requests and client.drained_max_us is not None:
        # No answer came within the window: the longest that came after it is all that is known.
        rt_s = client.drained_max_us / 1e6
    fastest_us = histogram.least_us(histogram.merged([client.latencies]))
    # A starved user's answer comes after the window of the warm-up.
    slowest_s = max(client.rt_max_us or 0.0, client.drained_max_us or 0.0) / 1e6
    if warm_up.rate is not None:
        # An open load waits for nobody: its response time is what was seen, and nobody has to be spread.
        return timing(mean_s or 0.0, seconds, slowest_s=slowest_s, rate=warm_up.rate)
    return timing(rt_s, seconds, fastest_s=fastest_us / 1e6, slowest_s=slowest_s)
