"""One comparison from the first look at the machine to the report: the main road, told in order."""

import contextlib
import time
from collections.abc import Container, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from loadtests.agent_client import AgentDied
from loadtests.doctor import examine
from loadtests.experiments.table import told
from loadtests.flame import spy
from loadtests.flame.flames import flames
from loadtests.measurement import about, ceiling
from loadtests.measurement.about import Ceiling, Run
from loadtests.measurement.alone import Knowing
from loadtests.measurement.bench import Bench, ServiceEnded, bench, needs_services
from loadtests.measurement.conclude import Conclusion, Ledger, conclude
from loadtests.measurement.cores import available, pin_this_process, share_out
from loadtests.measurement.interrupts import Interrupts
from loadtests.measurement.notes import about_workers, notes
from loadtests.measurement.plan import REPORT_S, Plan, Timing, Turn, make_plan
from loadtests.measurement.probe import probe
from loadtests.measurement.recorder import Recorder
from loadtests.measurement.result import Summary
from loadtests.measurement.resume import Earlier, Slot, resumable, slot
from loadtests.measurement.screen import Screen
from loadtests.measurement.services import check_named, own_services
from loadtests.measurement.spare import within
from loadtests.measurement.store import Store
from loadtests.measurement.subject import ServerKey, Subject, subjects
from loadtests.measurement.usl import curves
from loadtests.measurement.warm_up import WARM_UP, timings
from loadtests.measurement.wish import Wish, all_users, require_files
from loadtests.report.html import page
from loadtests.servers import LANES, stack
from loadtests.servers.recognised import require_app_of
from loadtests.workers.launch import require_address

if TYPE_CHECKING:
    from loadtests.measurement.slice import Asked
    from loadtests.messages import Member

SUMMARY_EVERY_S = 10.0


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
        self._makers: tuple[Member, ...] = ()
        self._plan: Plan | None = None
        self._broken: str | None = None
        self._summarised = 0.0
        self._recorder = Recorder(self._ledger, store, screen, stop)
        self._about = about.run(wish, self._cores)
        self._measured: frozenset[Slot] = frozenset()
        if earlier is not None:
            self._go_on_from(earlier)

    def _go_on_from(self, earlier: Earlier) -> None:
        # What ended it before its time is over, and the plan's own notes are made again.
        said = [] if earlier.about.plan is None else notes(self._wish, self._cores, earlier.about.plan)
        self._about = msgspec.structs.replace(earlier.about, notes=said)
        self._plan = earlier.about.plan
        self._measured = earlier.measured
        for record in earlier.records:
            self._ledger.add(record)

    def run(self) -> Compared:
        """Look, start, calibrate, probe, warm up, plan, measure, judge, store."""
        self._save()
        if self._about.machine is None:
            self._screen.say("looking at the machine")
            self._about = msgspec.structs.replace(self._about, machine=examine())
            self._save()
        pin_this_process(self._cores.others)
        self._screen.say(f"starting {self._what_starts()}")
        try:
            with self._bench() as ready:
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

    def _what_starts(self) -> str:
        services = own_services(self._wish.database) if needs_services(self._subjects) else []
        lanes = len(set(self._wish.lanes) - set(self._wish.targets))
        own = [f"{lanes} lane{'' if lanes == 1 else 's'}"] if lanes else []
        what = [*services, "the load agent", *own]
        return " and ".join([", ".join(what[:-1]), what[-1]]) if what[1:] else what[0]

    def _rounds(self, ready: Bench) -> None:
        """Measure until the end of the plan, or until something that every lane needs ends."""
        with self._until_something_ends():
            self._warm_up(ready)
            self._make_plan(ready.dead, ready.load.apart_s)
            self._measure(ready)
            self._record_flames(ready)

    def _bench(self) -> contextlib.AbstractContextManager[Bench]:
        wish = self._wish
        return bench(
            self._subjects,
            self._cores,
            self._store.logs,
            database=wish.database,
            session_store=wish.session_store,
            crewing=wish.crewing,
            say=self._screen.say,
        )

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
        lose = partial(self._recorder.note_loss, "while the generator was calibrated")
        self._ceilings = ceiling.calibrate(ready.load, all_users(self._wish), self._cores, ready.folder, lose)
        self._makers = ready.load.members
        self._ledger.made_by(ready.load.generators, here=ready.load.here)

    def _probe(self, ready: Bench) -> None:
        self._screen.say("asking every lane once for each kind of work")
        for subject in self._subjects:
            probed = probe(subject, ready.target(subject).base_url, ready.books)
            if probed.asked is not None:
                self._asked[subject] = probed.asked
            elif probed.trouble is not None:
                self._ledger.trouble(subject, probed.trouble)

    def _warm_up(self, ready: Bench) -> None:
        self._screen.say("warming up: figures are provisional until the rounds begin")
        knowing = Knowing(ready, partial(self._recorder.note_loss, "while one user asked alone"))
        for subject, asked in list(self._asked.items()):
            if not self._stop.asked and subject.key not in ready.dead:
                self._ledger.know(subject, knowing.of(subject, asked))
            self._slice(ready, subject, WARM_UP.with_room(ready.load.apart_s), 0)

    def _make_plan(self, dead: Container[ServerKey], apart_s: float) -> None:
        if self._stop.asked:
            return
        if self._plan is not None:
            self._screen.begin(self._plan)
            return
        alive = [subject for subject in self._asked if subject.key not in dead]
        left_s = self._wish.budget_s - REPORT_S - (time.monotonic() - self._began)
        known = timings(self._ledger, alive, self._wish.seconds, apart_s=apart_s)
        self._plan = make_plan(known, budget_s=left_s, rounds=self._wish.rounds, seed=self._wish.seed)
        self._about = msgspec.structs.replace(
            self._about,
            plan=self._plan,
            notes=notes(self._wish, self._cores, self._plan),
            ceiling=list(self._ceilings.values()),
        )
        self._save()
        self._screen.begin(self._plan)

    def _measure(self, ready: Bench) -> None:
        if self._plan is None:
            return
        turns = [(turn, self._left_of(turn)) for turn in self._plan.turns]
        costs_s = [self._plan.timing(turn.group, name).cost_s for turn, names in turns for name in names]
        spare = None if self._wish.rounds else within(self._wish.budget_s, began_s=self._began, left_s=sum(costs_s))
        self._recorder.expect(len(costs_s), spare)
        by_name = {(subject.group, subject.name): subject for subject in self._subjects}
        for turn, names in turns:
            if self._stop.asked:
                return
            if not names:
                continue
            self._screen.turn(turn, self._plan)
            for name in names:
                self._slice(ready, by_name[turn.group, name], self._plan.timing(turn.group, name), turn.round)
            self._summarise()

    def _record_flames(self, ready: Bench) -> None:
        """Load each cell once more and record its stacks, where it is wished: after the rounds, so no figure moves."""
        if self._wish.flame and not self._stop.asked:
            found = flames(
                ready, self._asked, self._store.folder, say=self._screen.say, stopped=lambda: self._stop.asked
            )
            self._about = msgspec.structs.replace(
                self._about, flames=found.files, notes=[*self._about.notes, *found.notes]
            )

    def _left_of(self, turn: Turn) -> list[str]:
        """Return which cells of a round have still to be measured."""
        return [name for name in turn.names if slot(turn, name) not in self._measured]

    def _summarise(self) -> None:
        """Write the summary so far, now and then: each slice is on disk anyway."""
        if time.monotonic() - self._summarised > SUMMARY_EVERY_S:
            self._store.summary(self._conclude(partial=True).summary)
            self._summarised = time.monotonic()

    def _slice(self, ready: Bench, subject: Subject, timing: Timing, number: int) -> None:
        """Measure a slice of a cell that answered its probe; where workers were lost, see what those left can do."""
        if subject in self._asked:
            self._recorder.measure(ready, subject, self._asked[subject], timing, number=number)
        if ready.load.members != self._makers and not self._stop.asked:
            self._calibrate(ready)

    def _finish(self) -> Compared:
        partial = self._stop.asked or self._broken is not None
        if not partial:
            self._about = msgspec.structs.replace(
                self._about,
                ceiling=list(self._ceilings.values()),
                finished_at=about.now(),
                load_share=self._recorder.loaded_s / (time.monotonic() - self._began),
            )
        conclusion = self._conclude(partial=partial)
        summary = msgspec.structs.replace(conclusion.summary, curves=curves(conclusion.summary, self._wish.seed))
        self._store.histograms(conclusion.histograms)
        self._store.summary(summary)
        self._store.run(self._about)
        self._store.report(page(self._about, summary, self._store.folder))
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
            warnings=[
                *self._about.notes,
                *about_workers(self._wish, self._ledger.all_records()),
                *self._recorder.losses,
            ],
        )
        if self._wish.experiment is None:
            return conclusion
        return msgspec.structs.replace(conclusion, summary=told(self._wish.experiment, conclusion.summary))


def compare(wish: Wish, folder: Path, screen: Screen, stop: Interrupts) -> Compared:
    """Check that the wish can be fulfilled, then run it in `folder`."""
    _check(wish)
    with Store.new(folder) as store:
        return Comparison(wish, store, screen, stop).run()


def resume(folder: Path, screen: Screen, stop: Interrupts) -> Compared:
    """Go on with a run that ended before its time: what it has measured counts, the rest of its plan is measured."""
    with Store.again(folder) as store:
        earlier = resumable(folder)
        _check(earlier.about.wish)
        return Comparison(earlier.about.wish, store, screen, stop, earlier=earlier).run()


def _check(wish: Wish) -> None:
    # What cannot be planned is refused before the folder is taken.
    subjects(wish, share_out(wish.server_cores, available()))
    require_files(wish, 1)
    if set(wish.lanes) - set(wish.targets):
        stack(wish.stack)
    for lane, url in wish.targets.items():
        require_app_of(LANES[lane], url, wish.stack)
    if wish.crewing is not None:
        require_address(wish.crewing)
    check_named(wish.database)
    if wish.flame:
        spy.require()
