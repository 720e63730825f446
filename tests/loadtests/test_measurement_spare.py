"""A run ends when it said it would: slices are measured again only while the rest of the plan still fits."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from loadtests.measurement import recorder
from loadtests.measurement.conclude import Ledger
from loadtests.measurement.plan import BUDGET_S, REPORT_S, Timing
from loadtests.measurement.record import Record
from loadtests.measurement.recorder import Recorder
from loadtests.measurement.spare import REPEATS_SHARE, Spare, within
from loadtests.measurement.store import Store
from loadtests.measurement.subject import Subject
from tests.loadtests.measured import record, subject, use

pytestmark = pytest.mark.alone

TIMING = Timing(settle_s=0.2, window_s=0.67, drain_s=0.1, timeout_s=10.0)


class Clock:
    """A clock that stands still until somebody lets time go by."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class Nobody:
    """Screen, bench and interrupts of a run that nobody watches, stops or disturbs."""

    asked = False
    dead: dict[Any, str] = {}  # noqa: RUF012 - nothing is ever put into it

    def record(self, _record: Record) -> None:
        pass

    def ended_service(self) -> None:
        return None


def slices(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    *,
    planned: int,
    spare: Spare | None,
    slower: float = 1.0,
    stolen: int = 3,
) -> list[Record]:
    """Measure a plan whose slices take `slower` times what they should; one in `stolen` loses half its cores."""
    tried = iter(range(1_000_000))

    def measured(_ready: object, cell: Subject, _asked: object, timing: Timing, *, number: int) -> Record:
        clock.now_s += timing.cost_s * slower
        taken = 0.5 if next(tried) % stolen == 0 and number > 10 else 0.0
        return msgspec.structs.replace(record(number, [1_000], use=use(1, core_steal_share=taken)), name=cell.name)

    monkeypatch.setattr(recorder, "measure", measured)
    # So many that time is what ends the repeats.
    monkeypatch.setattr(recorder, "REPEATED_PART", 1)
    nobody: Any = Nobody()
    with Store.new(tmp_path / "run") as store:
        ledger = Ledger([subject()])
        recording = Recorder(ledger, store, nobody, nobody)
        recording.expect(planned, spare)
        for number in range(1, planned + 1):
            recording.measure(nobody, subject(), nobody, TIMING, number=number)
        return ledger.records(subject())


@pytest.mark.parametrize("slower", [0.8, 1.0, 1.02])
def test_a_run_of_which_much_is_stolen_ends_in_time(
    slower: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, began_s = Clock(), 960.0
    planned = int((BUDGET_S - REPORT_S - 40) / TIMING.cost_s)
    spare = within(BUDGET_S, began_s=began_s, left_s=planned * TIMING.cost_s, clock=clock)
    found = slices(tmp_path, monkeypatch, clock, planned=planned, spare=spare, slower=slower)
    assert clock.now_s - began_s + REPORT_S <= BUDGET_S * (1 + REPEATS_SHARE)
    assert sorted(each.round for each in found if not each.repeated) == list(range(1, planned + 1))
    again = [each for each in found if each.repeated]
    assert len(again) > 5
    # When time was short, the rule for a slice whose repeats were taken too holds for those without a repeat.
    late = [each for each in found if each.stolen and not each.repeated]
    assert late
    assert all("it was not measured again" in (each.void or "") for each in late if each.round > again[-1].round)


def test_a_run_that_is_late_already_measures_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    spare = Spare(left_s=100 * TIMING.cost_s, until_s=clock.now_s + 100 * TIMING.cost_s, clock=clock)
    found = slices(tmp_path, monkeypatch, clock, planned=100, spare=spare, slower=1.3)
    assert len(found) == 100
    assert not any(each.repeated for each in found)


def test_a_run_of_given_rounds_takes_the_time_that_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = slices(tmp_path, monkeypatch, Clock(), planned=100, spare=None)
    stolen = [each for each in found if each.stolen]
    assert [each.repeated for each in stolen] == [True] * len(stolen)
    assert len(stolen) > 20


def test_a_plan_that_exceeds_its_budget_is_what_was_promised() -> None:
    clock = Clock()
    spare = within(100.0, began_s=clock.now_s - 50.0, left_s=200.0, clock=clock)
    assert spare.allows_repeat()
    spare.measured(20.0)
    clock.now_s += 20.0
    # 256 s were promised: a twentieth of that is 12.8 s.
    assert not spare.allows_repeat()


def test_the_pace_so_far_is_that_of_what_is_left() -> None:
    clock = Clock()
    spare = Spare(left_s=100.0, until_s=clock.now_s + 110.0, clock=clock)
    spare.measured(10.0)
    clock.now_s += 10.0
    spare.done(10.0)
    assert spare.allows_repeat()
    spare.measured(10.0)
    clock.now_s += 13.0
    assert not spare.allows_repeat()
