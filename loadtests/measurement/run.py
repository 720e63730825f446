"""One comparison from the first look at the machine to the report: the main road, told in order."""

import os
import time
from collections.abc import Container
from pathlib import Path
from typing import Protocol

import msgspec

from backing.existing import check_database, check_valkey
from loadtests.agent_client import AgentDied
from loadtests.doctor import examine
from loadtests.measurement import about, ceiling, histogram
from loadtests.measurement.about import Ceiling, Run
from loadtests.measurement.bench import Bench, Key, ServiceEnded, bench, key
from loadtests.measurement.cells import Subject, qps
from loadtests.measurement.conclude import Conclusion, Ledger, conclude
from loadtests.measurement.cores import Cores, available, pin_this_process, share_out
from loadtests.measurement.interrupts import Interrupts
from loadtests.measurement.plan import (
    BUDGET_S,
    LEAST_ROUNDS,
    REPORT_S,
    Group,
    Plan,
    Timing,
    Turn,
    make_plan,
    rt_from_warm_up,
    timing,
)
from loadtests.measurement.probe import ask, probe
from loadtests.measurement.result import Reason, Record, Summary
from loadtests.measurement.slice import measure
from loadtests.measurement.store import Store
from loadtests.measurement.wish import Wish, require_files
from loadtests.messages import Exchange, Slice
from loadtests.report.html import page
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES, stack, workers_for

WARM_UP = Timing(settle_s=0.15, window_s=0.35, drain_s=0.0, timeout_s=10.0)


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
    """A run and what it knows so far; `run()` is its story."""

    def __init__(self, wish: Wish, store: Store, screen: Screen, stop: Interrupts) -> None:
        self._began = time.monotonic()
        self._wish = wish
        self._store = store
        self._screen = screen
        self._stop = stop
        self._cores = share_out(wish.server_cores, available())
        self._subjects = subjects(wish, self._cores)
        self._ledger = Ledger(self._subjects)
        self._exchanges: dict[Subject, Exchange] = {}
        self._ceilings: dict[int, Ceiling] = {}
        self._plan: Plan | None = None
        self._broken: str | None = None
        self._about = about.run(wish, self._cores)

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
                self._calibrate(ready)
                self._probe(ready)
                with self._stop.draining(ready.load.stop_slice):
                    self._rounds(ready)
                    self._stop.finish()
                    return self._finish()
        finally:
            pin_this_process(self._cores.everything)

    def _rounds(self, ready: Bench) -> None:
        """Measure until the end of the plan, or until something that every lane needs ends."""
        try:
            self._warm_up(ready)
            self._make_plan(ready.dead)
            self._measure(ready)
        except (AgentDied, ServiceEnded) as problem:
            self._broken = str(problem)
            note = f"the run ended before its time: {self._broken}"
            self._screen.say(note)
            self._about = msgspec.structs.replace(self._about, notes=[*self._about.notes, note])

    def _calibrate(self, ready: Bench) -> None:
        self._screen.say("calibrating the generator")
        self._ceilings = ceiling.calibrate(ready.load, self._wish.users, self._cores, ready.folder)

    def _probe(self, ready: Bench) -> None:
        self._screen.say("asking every lane once for each kind of work")
        for scenario in (SCENARIOS[name] for name in self._wish.scenarios):
            group = [subject for subject in self._subjects if subject.group.scenario == scenario.name]
            styles = {subject.lane: subject.style for subject in group}
            targets = {lane: scenario.target(style) for lane, style in styles.items()}
            urls = {subject.lane: ready.server(subject).base_url for subject in group}
            probed = probe(scenario, {lane: ask(urls[lane], targets[lane]) for lane in urls}, targets)
            for subject in group:
                if subject.lane in probed.exchanges:
                    self._exchanges[subject] = probed.exchanges[subject.lane]
                else:
                    self._ledger.trouble(subject, probed.troubles[subject.lane])

    def _warm_up(self, ready: Bench) -> None:
        self._screen.say("warming up: figures are provisional until the rounds begin")
        for subject in list(self._exchanges):
            self._slice(ready, subject, WARM_UP, 0)

    def _make_plan(self, dead: Container[Key]) -> None:
        if self._stop.asked:
            return
        timings: dict[Group, dict[str, Timing]] = {}
        for subject in self._exchanges:
            records = self._ledger.records(subject)
            if records and records[-1].client is not None and key(subject) not in dead:
                cells = timings.setdefault(subject.group, {})
                cells[subject.lane] = _timing(records[-1], records[-1].client, self._wish.seconds)
        left_s = BUDGET_S - REPORT_S - (time.monotonic() - self._began)
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
        by_key = {(subject.group, subject.lane): subject for subject in self._subjects}
        for turn in self._plan.turns:
            if self._stop.asked:
                return
            self._screen.turn(turn, self._plan)
            for lane in turn.lanes:
                self._slice(ready, by_key[turn.group, lane], self._plan.timing(turn.group, lane), turn.round)
            self._store.summary(self._conclude(partial=True).summary)

    def _slice(self, ready: Bench, subject: Subject, timing: Timing, number: int) -> None:
        if self._stop.asked or key(subject) in ready.dead:
            return
        record = measure(ready, subject, self._exchanges[subject], timing, number=number)
        self._store.record(record)
        if ended := ready.ended_service():
            # The lane is not to blame for this slice.
            raise ended
        self._ledger.add(record)
        self._screen.record(record)
        if key(subject) in ready.dead:
            self._bury(subject, number, ready.dead[key(subject)])

    def _bury(self, dead: Subject, number: int, why: str) -> None:
        """Mark all cells of a server that ended; the others go on."""
        when = f"in round {number} of {dead.group}" if number else "while warming up"
        self._screen.say(f"{dead.lane} ended {when}; the others go on")
        for subject in self._subjects:
            if key(subject) == key(dead):
                reason = Reason(check="server", reason=f"{why} ({when})", remedy="see the whole log, and run it again")
                self._ledger.trouble(subject, reason)

    def _finish(self) -> Compared:
        partial = self._stop.asked or self._broken is not None
        if not partial:
            self._about = msgspec.structs.replace(self._about, finished_at=about.now())
        conclusion = self._conclude(partial=partial)
        self._store.histograms(conclusion.histograms)
        self._store.summary(conclusion.summary)
        self._store.run(self._about)
        self._store.report(page(self._about, conclusion.summary))
        return Compared(run=self._about, summary=conclusion.summary, broken=self._broken)

    def _save(self) -> None:
        self._store.run(self._about)
        self._store.summary(self._conclude(partial=True).summary)

    def _conclude(self, *, partial: bool) -> Conclusion:
        return conclude(
            self._ledger,
            ceilings=ceiling.as_qps(self._ceilings),
            rounds=self._plan.rounds if self._plan else {},
            partial=partial,
            warnings=self._about.notes,
        )

    def _notes(self, plan: Plan) -> list[str]:
        notes = []
        if self._cores.shared:
            notes.append(
                "generator, databases and servers share "
                + ("the only core" if len(self._cores.everything) == 1 else "all cores")
                + ": figures are lower than with cores of their own"
            )
        if len(set(plan.rounds.values())) > 1:
            counts = ", ".join(f"{group}: {count}" for group, count in plan.rounds.items())
            notes.append(f"rounds differ, so that the run fits its time ({counts})")
        if any(count < LEAST_ROUNDS for count in plan.rounds.values()):
            notes.append(f"fewer than {LEAST_ROUNDS} rounds: nothing can be told apart")
        return notes


def subjects(wish: Wish, cores: Cores) -> list[Subject]:
    """Return all cells that are wished for, one kind of work after another."""
    found = []
    for name in wish.scenarios:
        own = cores.for_servers(all_cores=SCENARIOS[name].all_cores)
        for users in wish.users:
            found += [
                Subject(
                    group=Group(scenario=name, users=users),
                    lane=lane,
                    stack=wish.stack,
                    style=LANES[lane].styles[0],
                    workers=workers_for(LANES[lane], len(own)),
                    cores=tuple(sorted(own)),
                )
                for lane in wish.lanes
            ]
    return found


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
    cores = share_out(wish.server_cores, available())
    require_files(wish, len({key(subject) for subject in subjects(wish, cores)}))
    stack(wish.stack)
    check_named()
    store = Store(folder)
    try:
        return Comparison(wish, store, screen, stop).run()
    finally:
        store.close()


def _timing(warm_up: Record, client: Slice, seconds: float) -> Timing:
    mean_s = None if client.rt_mean_us is None else client.rt_mean_us / 1e6
    rt_s = rt_from_warm_up(mean_s=mean_s, users=warm_up.users, per_second=qps(client))
    fastest_us = histogram.least_us(histogram.merged([client.latencies]))
    return timing(rt_s, seconds, fastest_s=fastest_us / 1e6, slowest_s=(client.rt_max_us or 0.0) / 1e6)
