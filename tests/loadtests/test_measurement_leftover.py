"""A slice whose requests were given up ends when the server has worked them off, and counts nothing of others."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from backing.counter import GARBLED, REFUSED, REFUSED_BY
from loadtests.measurement import leftover
from loadtests.measurement.accounting import Connections
from loadtests.measurement.cores import Cores
from loadtests.measurement.group import Group
from loadtests.measurement.leftover import work_off
from loadtests.measurement.pace import Pacers
from loadtests.measurement.witness import look, use
from loadtests.servers import Server
from tests.loadtests.measured import client, record, subject

if TYPE_CHECKING:
    from loadtests.measurement.bench import Bench
    from loadtests.measurement.subject import Subject


class Slow:
    """A bench whose server counts a few answers more each time that it is looked at, up to all of them."""

    def __init__(self, folder: Path, left: int) -> None:
        self.counters = folder
        self.left = left
        self.looks = 0
        (folder / "1").touch()

    def target(self, _: "Subject") -> "Slow":
        return self

    def answered(self) -> int:
        self.looks += 1
        self.left -= min(3, self.left)
        return 100 - self.left


def test_what_nobody_waits_for_any_more_is_worked_off_before_the_next_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftover, "_STILL_S", 0.2)
    server = Slow(tmp_path, 30)
    work_off(cast("Bench", server), subject(), record(1, [], errors={"timeout": 30}))
    assert server.left == 0


def test_a_server_that_has_answered_everything_is_not_waited_for(tmp_path: Path) -> None:
    server = Slow(tmp_path, 30)
    work_off(cast("Bench", server), subject(), record(1, [], errors={"status_503": 30}))
    assert server.looks == 0


class Counting:
    """A server that counts in one file, as those of `backing.counter` do; this process stands for its own."""

    name, group, keeper_pid = "lane", None, os.getpid()
    counted, answered, _counts = Server.counted, Server.answered, Server._counts  # noqa: SLF001 - `answered` needs it

    def __init__(self, folder: Path) -> None:
        self.counters = folder
        self.write({})

    def processes(self) -> list[int]:
        return [os.getpid()]

    def write(self, counts: dict[int, int]) -> None:
        places = range(max(REFUSED_BY.values()) + 1)
        (self.counters / "1").write_bytes(b"".join(counts.get(at, 0).to_bytes(8, "little") for at in places))


@pytest.mark.parametrize(
    ("way", "refused", "garbled"), [("locked", 0, None), ("per-request", 40, None), ("shared", 0, 310)]
)
def test_what_one_way_to_the_database_leaves_behind_is_not_booked_on_another(
    tmp_path: Path, way: str, refused: int, garbled: int | None
) -> None:
    server = Counting(tmp_path)
    ready = SimpleNamespace(
        backing=SimpleNamespace(engine="postgresql", processes={}, groups={}),
        commands=None,
        connections=Connections(lambda _: []),
        cores=Cores(servers=frozenset({0}), others=frozenset({0})),
        pacers=Pacers({}),
        target=lambda _: server,
    )
    before = look(cast("Bench", ready), cast("Server", server))
    server.write({REFUSED: 40, GARBLED: 310, REFUSED_BY["per-request"]: 40})
    after = look(cast("Bench", ready), cast("Server", server))
    own = subject(group=Group(scenario="article", users=1), params=(("access", way),))
    found = use(cast("Bench", ready), own, before, after, [client([1])], wanted=0)
    assert (found.db_refused, found.garbled) == (refused, garbled)
