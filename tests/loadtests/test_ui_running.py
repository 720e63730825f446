"""A test of the UI as it is added up and judged, with load and server of known behaviour."""

import csv
import io

import msgspec
import numpy as np
import pytest

from backing.problem import Problem
from loadtests.measurement.accounting import Cpu, Reading
from loadtests.measurement.cores import Cores
from loadtests.measurement.record import Use
from loadtests.measurement.result import Cell
from loadtests.messages import Member, Slice
from loadtests.web import lab
from loadtests.web.history import Test, table
from loadtests.web.messages import Begin, End, Piece, Pulse, Sample, Up
from loadtests.web.running import Running
from loadtests.web.sides import paced, still_known
from tests.loadtests.test_ui_joined import S_NS, seen

pytestmark = pytest.mark.alone

HELLO = Up(lane="flask-thread", scenario="hello", params={}, base_url="http://127.0.0.1:1")
CORES = Cores(servers=frozenset({0}), others=frozenset({1}))


class Known:
    """A server that uses half a core, looked at once a second."""

    def second(self, _: Slice) -> Use:
        return used(1.0)

    def open(self) -> None:
        pass

    def shut(self) -> None:
        pass

    def whole(self, client: Slice, _: int, *, over: bool) -> Use:  # noqa: ARG002 - as it is called
        return paced(used(10.0), client)

    def makers_taken(self, _: Slice) -> float | None:
        return None

    def void(self, _: Slice) -> str | None:
        return None

    def close(self) -> None:
        pass


def used(seconds: float) -> Use:
    return Use(
        wall_ns=int(seconds * S_NS), cpu_ns=int(seconds * S_NS / 2), answered=None, processes=(1,), rss_bytes=1,
        pss_bytes=None, threads=1, context_switches=None, db_connections=None, db_cpu_ns=None, steal_share=None,
    )  # fmt: skip


def piece(count: int = 100, *, level: int = 1, inside: bool = True, seconds: float = 1.0, busy: float = 0.5) -> Piece:
    made = seen(np.full(count, 4000), seconds=seconds)
    worked = msgspec.structs.replace(made, cpu_ns=int(busy * (made.ended_ns - made.started_ns)))
    return Piece(seen=worked, level=level, inside=inside, beside=0)


def running(users: int = 4, *, side: Known | None = None, workers: int = 0) -> Running:
    wanted = lab.subject_of(HELLO, stack="current", cores=CORES)
    return Running(wanted, side or Known(), Begin(on=HELLO, users=users, rate=None, workers=workers))


def pulsed(test: Running, *pieces: Piece, users: int = 4, **others: list[Piece]) -> Sample:
    return test.pulse(Pulse(pieces={**({"local": [*pieces]} if pieces else {}), **others}, users=users)).sample


def ended(test: Running) -> Cell:
    return test.end(End(pieces={})).cell


def test_a_test_that_ends_in_the_middle_of_an_edited_ramp_has_no_figures() -> None:
    test = running(users=2)
    test.open(2)
    pulsed(test, piece(), piece(), users=2)
    pulsed(test, piece(level=2, inside=False), users=22)
    pulsed(test, piece(2000, level=2, inside=False), users=40)
    cell = ended(test)
    assert not cell.valid
    assert [reason.check for reason in cell.reasons] == ["short"]
    assert cell.qps is None


def test_users_are_those_for_whom_the_window_was_opened() -> None:
    test = running(users=40)
    test.open(40)
    pulsed(test, piece(2000), users=40)
    pulsed(test, piece(1000, level=2, inside=False), users=22)
    test.open(4)
    pulsed(test, piece(100, level=2), piece(100, level=2), users=4)
    # By then the users are going, and are none of the window's.
    pulsed(test, piece(50, level=2, inside=False), users=1)
    cell = ended(test)
    assert cell.users == 4
    assert cell.qps == pytest.approx(100)


def test_there_is_no_verdict_while_a_worker_has_not_all_of_its_users() -> None:
    test = running()
    test.open(4)
    ready = test.pulse(Pulse(pieces={"a": [piece()], "b": [piece()]}, users=4))
    assert ready.cell is not None
    half = test.pulse(Pulse(pieces={"a": [piece(level=2, inside=False)], "b": [piece()]}, users=5))
    assert half.cell is None


def test_a_busy_generator_is_not_hidden_by_a_long_ramp() -> None:
    test = running()
    for _ in range(30):
        pulsed(test, piece(inside=False, busy=0.4))
    test.open(4)
    for _ in range(10):
        pulsed(test, piece(busy=0.97))
    cell = ended(test)
    assert cell.generator_core_share == pytest.approx(0.97, abs=0.01)
    (reason,) = (each for each in cell.reasons if each.check == "generator")
    assert "97%" in reason.reason


def test_workers_of_the_ui_that_share_a_core_fill_it_together() -> None:
    def worked(*cores: int) -> Cell:
        test = running()
        test.open(4)
        one, other = (Member(name=str(core), machine="here", cores=(core,)) for core in cores)
        for _ in range(10):
            made = piece(busy=0.48)
            a, b = (msgspec.structs.replace(made, member=each) for each in (one, other))
            pulsed(test, a=[a], b=[b])
        return ended(test)

    assert worked(0, 1).generator_core_share == pytest.approx(0.48, abs=0.01)
    shared = worked(0, 0)
    assert shared.generator_core_share == pytest.approx(0.96, abs=0.01)
    assert "of the core that they share" in str(shared.reasons)


def test_cpu_per_request_is_that_of_the_window() -> None:
    test = running()
    for _ in range(30):
        pulsed(test, piece(1, inside=False))
    test.open(4)
    for _ in range(10):
        pulsed(test, piece(1000))
    # Half a core for a thousand requests a second, whatever came before.
    assert ended(test).cpu_us_per_request == pytest.approx(500, rel=0.01)


def test_figures_of_a_second_do_not_jump_where_pieces_and_looks_do_not_keep_step() -> None:
    test = running()
    samples = [
        pulsed(test, piece(1000)),
        pulsed(test),
        pulsed(test, piece(1000), piece(1000)),
        pulsed(test, piece(500, seconds=0.5)),
        pulsed(test, piece(1000)),
    ]
    assert [sample.qps for sample in samples] == [pytest.approx(1000)] * 5
    assert [sample.cpu_us_per_request for sample in samples] == [pytest.approx(500, rel=0.01)] * 5


def test_a_worker_whose_piece_is_late_is_not_taken_for_idle() -> None:
    test = running()
    first = pulsed(test, a=[piece(1000)], b=[piece(1000)])
    late = pulsed(test, a=[piece(1000)])
    both = pulsed(test, a=[piece(1000)], b=[piece(1000), piece(1000)])
    assert [sample.qps for sample in (first, late, both)] == [pytest.approx(2000)] * 3
    pulsed(test, a=[piece(1000)])
    assert pulsed(test, a=[piece(1000)]).qps == pytest.approx(1000), "one that says nothing at all makes none"


def reading(*pids: int, cpu_s: float, group: bool = False) -> Reading:
    clock = Cpu(total_ns=int(cpu_s * S_NS))
    return Reading(
        identities=frozenset((pid, 1.0) for pid in pids), clocks=clock, group=clock if group else None,
        rss_bytes=len(pids), threads=len(pids), context_switches=None,
    )  # fmt: skip


def test_of_a_server_that_died_nothing_is_known_and_of_a_worker_of_it_no_cpu_time() -> None:
    before, second = reading(1, 2, cpu_s=5), used(1.0)
    assert still_known(second, before, reading(1, 2, 3, cpu_s=6)) == second
    lost = still_known(second, before, reading(1, cpu_s=2))
    assert (lost.cpu_ns, lost.rss_bytes, lost.threads) == (None, 1, 1)
    assert still_known(second, reading(1, 2, cpu_s=5, group=True), reading(1, cpu_s=6, group=True)) == second
    dead = still_known(second, before, reading(cpu_s=0))
    assert (dead.cpu_ns, dead.rss_bytes, dead.threads) == (None, None, None)


class Dead(Known):
    """A server that ended meanwhile."""

    def void(self, _: Slice) -> str:
        return "the server ended"


@pytest.mark.parametrize(("side", "inside", "check"), [(Dead(), True, "slices"), (Known(), False, "short")])
def test_what_was_not_measured_is_no_zero_and_errors_that_were_counted_are_told(
    side: Known, check: str, *, inside: bool
) -> None:
    test = running(side=side)
    test.open(4)
    failing = msgspec.structs.replace(piece(inside=inside), seen=seen(np.full(100, 4000), errors=7))
    pulsed(test, failing, failing)
    merged = test.end(End(pieces={}))
    (reason,) = merged.cell.reasons
    assert (reason.check, merged.cell.errors, merged.cell.qps) == (check, {"reset": 14}, None)
    assert "round" not in str(reason)
    kept = Test(
        id="1", started_at="", seconds=2, workers=1, cell=merged.cell, detail=merged.detail, latencies=merged.latencies
    )
    (row,) = csv.DictReader(io.StringIO(table([kept])))
    assert (row["requests"], row["errors"]) == ("", "14")
    untouched = msgspec.structs.replace(kept, cell=ended(running()))
    (row,) = csv.DictReader(io.StringIO(table([untouched])))
    assert (row["requests"], row["errors"]) == ("", "")


class Crowded(Known):
    """A server whose cores others had for a while, as they had those that make the load."""

    def __init__(self, server: float, makers: float | None) -> None:
        self._server, self._makers = server, makers

    def whole(self, client: Slice, beside: int, *, over: bool) -> Use:
        use = super().whole(client, beside, over=over)
        return msgspec.structs.replace(use, core_steal_share=0.05, foreign_share=self._server - 0.05)

    def makers_taken(self, _: Slice) -> float | None:
        return self._makers


@pytest.mark.parametrize(
    ("server", "makers", "said"),
    [
        (0.93, 0.74, ["93% of the server's cores and 74% of the cores that make the load"]),
        (0.1, 0.3, ["30% of the cores that make the load"]),
        (0.2, None, []),
    ],
)
def test_a_test_of_whose_cores_others_had_too_much_is_not_valid(
    server: float, makers: float | None, said: list[str]
) -> None:
    test = running(side=Crowded(server, makers))
    test.open(4)
    for _ in range(10):
        pulsed(test, piece(1000))
    reasons = [each.reason for each in ended(test).reasons if each.check == "steal"]
    assert [each.rpartition(" had ")[2] for each in reasons] == said


def test_a_worker_that_was_lost_before_it_said_anything_counts_as_one_of_all() -> None:
    test = running(workers=2)
    test.open(4)
    test.pulse(Pulse(pieces={"a": [piece()] * 3}, users=4, lost=["b"]))
    (reason,) = (each for each in ended(test).reasons if each.check == "workers")
    assert reason.reason.startswith("1 of 2 workers were lost (b)")


def test_remedies_are_those_of_the_web_ui() -> None:
    test = running()
    test.open(4)
    for _ in range(3):
        pulsed(test, piece(1000, busy=0.99))
    for reason in ended(test).reasons:
        for option in ("--seconds", "--rate", "--users", "--rounds", "--expect-workers"):
            assert option not in reason.remedy


def test_a_lane_that_does_not_get_ready_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[object] = []

    class Never:
        def wait_until_ready(self) -> None:
            raise Problem("it does not get ready")

    never = Never()
    monkeypatch.setattr(lab, "start", lambda *_, **__: never)
    monkeypatch.setattr(lab, "stop_all", stopped.extend)
    monkeypatch.setattr(lab, "_storing", lambda *_: None)
    made = lab.Lab()
    wanted = lab.subject_of(HELLO, stack="current", cores=CORES)
    grounds = type("Grounds", (), {"backing": None, "folder": None})()
    with pytest.raises(Problem, match="does not get ready"):
        made._start(grounds, wanted)  # noqa: SLF001 - it needs no services this way
    assert (made.servers, stopped) == ([], [never])
