"""Measure slices one by one, and record what they yield."""

from loadtests.agent_client import WorkerLost
from loadtests.measurement.bench import Bench
from loadtests.measurement.conclude import Ledger
from loadtests.measurement.interrupts import Interrupts
from loadtests.measurement.leftover import until_still, work_off
from loadtests.measurement.plan import Timing
from loadtests.measurement.record import Record
from loadtests.measurement.result import Reason
from loadtests.measurement.screen import Screen
from loadtests.measurement.slice import Asked, measure, uncounted
from loadtests.measurement.spare import Spare
from loadtests.measurement.steal import Repeats
from loadtests.measurement.store import Store
from loadtests.measurement.subject import Subject

REPEATED_PART = 10


class Recorder:
    """Measures slices and records them: on the disk, in the ledger and on the screen.

    `loaded_s` is how many seconds those of the rounds that count have taken, `losses` says which workers were lost.
    """

    def __init__(self, ledger: Ledger, store: Store, screen: Screen, stop: Interrupts) -> None:
        self._ledger = ledger
        self._store = store
        self._screen = screen
        self._stop = stop
        self._repeats = Repeats()
        self._spare: Spare | None = None
        self.loaded_s = 0.0
        self.losses: list[str] = []

    def expect(self, slices: int, spare: Spare | None) -> None:
        """Allow repeats for a part of the `slices` that are planned, while there is `spare` time (None: any)."""
        # So many that a machine which others use all the time cannot double the run.
        self._repeats.allow(slices // REPEATED_PART)
        self._spare = spare

    def measure(self, ready: Bench, subject: Subject, asked: Asked, timing: Timing, *, number: int) -> None:
        """Measure a slice, and again where others had its cores; raise `ServiceEnded` when a service is gone."""
        again = True
        while again and not (self._stop.asked or subject.key in ready.dead):
            try:
                record = measure(ready, subject, asked, timing, number=number)
            except WorkerLost as lost:
                self._lose(ready, subject, number, lost)
                continue
            work_off(ready, subject, record)
            record = self._repeats.judge(record, in_time=self._in_time(timing))
            again = record.repeated
            self._keep(ready, subject, record)
        if self._spare is not None:
            self._spare.done(timing.cost_s)

    def _lose(self, ready: Bench, subject: Subject, number: int, lost: WorkerLost) -> None:
        """Record a slice in which a worker was lost; raise the loss where the others do not go on."""
        where = f"in round {number} of {subject.group}" if number else f"while warming up {subject.group}"
        self._keep(ready, subject, uncounted(subject, number, f"a worker was lost: {lost}"))
        self.note_loss(where, lost)
        until_still(ready.target(subject))

    def note_loss(self, when: str, lost: WorkerLost) -> None:
        """Say that a worker was lost; raise the loss where the others do not go on."""
        if not lost.goes_on:
            raise lost
        self.losses.append(f"{when}, {lost}; that slice counts for nothing and was measured again, by those left")
        self._screen.say(self.losses[-1])

    def _in_time(self, timing: Timing) -> bool:
        """Tell whether the slice that was just measured may be measured again."""
        if self._spare is None:
            return True
        self._spare.measured(timing.cost_s)
        return self._spare.allows_repeat()

    def _keep(self, ready: Bench, subject: Subject, record: Record) -> None:
        if ended := ready.ended_service():
            # The lane is not to blame for this slice, so it is not kept: a run that goes on measures it again.
            raise ended
        self._store.record(record)
        if record.client is not None and record.round and record.void is None:
            self.loaded_s += (record.client.ended_ns - record.client.started_ns) / 1e9
        self._ledger.add(record)
        self._screen.record(record)
        if subject.key in ready.dead:
            self._bury(subject, record.round, ready.dead[subject.key])

    def _bury(self, dead: Subject, number: int, why: str) -> None:
        """Mark all cells of a server that ended; the others go on."""
        when = f"in round {number} of {dead.group}" if number else "while warming up"
        self._screen.say(f"{dead.name} ended {when}; the others go on")
        for subject in self._ledger.subjects:
            if subject.key == dead.key:
                reason = Reason(check="server", reason=f"{why} ({when})", remedy="see the whole log, and run it again")
                self._ledger.trouble(subject, reason)
