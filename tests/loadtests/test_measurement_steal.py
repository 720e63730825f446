"""A slice whose core was taken is measured again, for real and as a rule."""

import random
import sys
from collections.abc import Iterator

import msgspec
import pytest

from backing.leash import leashed
from loadtests.measurement.accounting import cpu_ns
from loadtests.measurement.bench import Bench, bench
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.group import Group
from loadtests.measurement.losses import lost
from loadtests.measurement.plan import Timing
from loadtests.measurement.probe import probe
from loadtests.measurement.record import Record
from loadtests.measurement.slice import Asked, measure
from loadtests.measurement.steal import MOST_REPEATS, MOST_TAKEN, Repeats, repeats, stolen_too_much, taken_share
from loadtests.measurement.subject import Subject, subject
from tests.loadtests.measured import record, use

pytestmark = pytest.mark.alone

HOG = "print(1, flush=True)\nwhile True: pass"
CORES = share_out(None, available())
HELLO = subject(Group(scenario="hello", users=4), "fastapi-coroutine", {}, stack="current", cores=CORES)
SHORT = Timing(settle_s=0.1, window_s=0.5, drain_s=0.1, timeout_s=10)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench([HELLO], CORES, tmp_path_factory.mktemp("logs")) as up:
        yield up


def asked(ready: Bench, cell: Subject) -> Asked:
    found = probe(cell, ready.server(cell).base_url).asked
    assert found is not None
    return found


def calm() -> Repeats:
    """Repeats of a run in which nobody took anything."""
    started = Repeats()
    for number in range(10):
        started.judge(taken(number, 0.0))
    return started


def taken(number: int, steal: float | None, foreign: float | None = 0.0) -> Record:
    return record(number, [1000] * 10, use=use(10, core_steal_share=steal, foreign_share=foreign))


def test_a_hog_on_the_servers_core_is_seen_and_the_slice_measured_again(ready: Bench) -> None:
    if CORES.shared:
        pytest.skip("one core for everything: the hog is one of many there")
    wanted = asked(ready, HELLO)
    (core,) = CORES.servers
    with leashed([sys.executable, "-c", HOG], cores=[core]) as hog:
        before_ns = cpu_ns(hog.pid)
        found = measure(ready, HELLO, wanted, SHORT, number=1)
        hogged_ns = cpu_ns(hog.pid) - before_ns
    assert found.use is not None
    assert (found.use.foreign_share or 0.0) > 0.9 * hogged_ns / found.use.wall_ns - 0.05
    judged = calm().judge(found)
    assert judged.repeated
    assert "other programs" in (judged.void or "")


def test_what_our_own_programs_use_on_shared_cores_is_not_taken_by_others(ready: Bench) -> None:
    everywhere = msgspec.structs.replace(HELLO, cores=tuple(sorted(CORES.everything)))
    found = measure(ready, everywhere, asked(ready, everywhere), SHORT, number=1)
    ready.place(HELLO)
    assert found.use is not None
    assert found.client is not None
    assert found.use.cpu_ns is not None
    ours = (found.use.cpu_ns + found.client.cpu_ns) / (found.use.wall_ns * len(everywhere.cores))
    assert found.use.foreign_share is not None
    assert found.use.foreign_share <= 1.0 - ours + 0.05


def test_a_slice_is_measured_again_at_most_twice() -> None:
    judging = calm()
    tried = [judging.judge(taken(11, 0.5)) for _ in range(MOST_REPEATS + 1)]
    assert [each.repeated for each in tried] == [True, True, False]
    assert [each.stolen for each in tried] == [True, True, True]
    assert "its repeats were taken too" in (tried[-1].void or "")
    mild = [judging.judge(taken(12, MOST_TAKEN)) for _ in range(MOST_REPEATS + 1)]
    assert [each.repeated for each in mild] == [True, True, False]
    assert (mild[-1].stolen, mild[-1].void) == (True, None)
    assert not judging.judge(taken(11, 0.01)).stolen


def test_a_cell_with_many_stolen_slices_is_not_valid_and_one_with_few_is() -> None:
    kept = [taken(number, 0.0) for number in range(1, 9)]
    mark = {"stolen": True, "void": "its repeats were taken too"}
    few = [*kept, *(msgspec.structs.replace(taken(number, 0.6), **mark) for number in range(9, 17))]
    assert lost(few) == []
    many = [*few, msgspec.structs.replace(taken(17, 0.1, 0.7), **mark)]
    (reason,) = lost(many)
    assert reason.check == "steal"
    assert "9 of 17" in reason.reason
    assert "other programs 70%" in reason.reason
    assert "end what else runs" in reason.remedy


def test_a_slice_that_was_measured_again_is_no_lost_round() -> None:
    again = msgspec.structs.replace(taken(1, 0.5), stolen=True, repeated=True, void="measured again")
    records = [again, again, taken(1, 0.0)]
    assert lost(records) == []
    assert repeats(records) == 2


def test_the_repeats_of_a_whole_run_can_be_limited() -> None:
    judging = Repeats(most=1)
    for number in range(10):
        judging.judge(taken(number, 0.0))
    assert judging.judge(taken(11, 0.5)).repeated
    assert not judging.judge(taken(12, 0.5)).repeated


def test_warm_ups_show_what_is_usual_and_are_never_repeated() -> None:
    judging = Repeats()
    for _ in range(10):
        judging.judge(taken(0, 0.0))
    assert not judging.judge(taken(0, 0.9)).repeated
    assert judging.judge(taken(1, 0.9)).repeated


def test_a_machine_that_tells_no_steal_repeats_nothing() -> None:
    judging = calm()
    silent = taken(11, None, None)
    assert taken_share(silent.use) is None
    assert judging.judge(silent) is silent


def test_steal_that_is_usual_in_a_run_is_not_too_much() -> None:
    assert not stolen_too_much([0.0] * 5, 0.9), "too few to know what is usual"
    assert stolen_too_much([0.0] * 10, 0.06)
    assert not stolen_too_much([0.0] * 10, 0.04)
    restless = [0.1, 0.3, 0.2, 0.4, 0.15, 0.35, 0.25, 0.3, 0.2]
    assert not stolen_too_much(restless, 0.45)
    assert stolen_too_much(restless, 0.8)


@pytest.mark.parametrize(("middle", "spread"), [(0.01, 1.0), (0.13, 0.3), (0.4, 0.4)])
def test_few_slices_are_repeated_for_the_usual_noise(middle: float, spread: float) -> None:
    chance = random.Random(5)
    shares = [min(1.0, middle * chance.lognormvariate(0, spread)) for _ in range(2_000)]
    alarms = sum(stolen_too_much(shares[:place], shares[place]) for place in range(50, 2_000))
    assert alarms / 1_950 < 0.06
