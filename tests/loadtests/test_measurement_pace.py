"""The pace of real cores: who measures it, what it costs, and what it feels."""

import os
import time
from pathlib import Path

import psutil
import pytest

from loadtests.measurement.pace import Pacers, pacers
from tests.waiting import eventually

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="programs cannot be kept on a core here"),
]
WATCHED_S = 0.5


def cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def test_the_pace_of_a_moment_is_told_for_every_core(tmp_path: Path) -> None:
    with pacers(cores(), tmp_path, log=tmp_path / "log") as found:
        assert eventually(lambda: all((tmp_path / f"pace-{core}").stat().st_size > 0 for core in cores()), 10)
        began = time.monotonic_ns()
        time.sleep(WATCHED_S)
        ended = time.monotonic_ns()
        own, rest = cores()[-1:], cores()[:-1]
        paced = found.between(began, ended, own, rest)
        assert paced.pace.servers_us is not None
        assert paced.pace.servers_us > 1
        assert (paced.pace.others_us is not None) == bool(rest)
        # It is a small part of a core, or it would slow down what it stands beside.
        assert 0 < paced.cpu_ns < 0.2 * (ended - began)
        assert found.between(ended, ended, own, rest).pace.servers_us is None


def test_a_part_of_a_slice_has_a_pace_of_its_own(tmp_path: Path) -> None:
    core = cores()[-1]
    with pacers([core], tmp_path, log=tmp_path / "log") as found:
        began = time.monotonic_ns()
        assert eventually(lambda: (tmp_path / f"pace-{core}").stat().st_size > 100 * 24, 30)
        middle, ended = (began + time.monotonic_ns()) // 2, time.monotonic_ns()
        whole = found.between(began, ended, [core], [])
        part = found.between(middle, ended, [core], [])
        assert whole.pace.servers_us is not None
        assert part.pace.servers_us is not None
        assert part.cpu_ns < whole.cpu_ns
        # What came before the last beginning is forgotten.
        assert found.between(began, middle, [core], []).cpu_ns == 0


def test_cores_that_nobody_measures_have_no_pace() -> None:
    paced = Pacers({}).between(0, time.monotonic_ns(), [0], [1])
    assert (paced.pace.servers_us, paced.pace.others_us, paced.cpu_ns) == (None, None, 0)


def test_its_programs_end_with_the_block(tmp_path: Path) -> None:
    with pacers(cores(), tmp_path, log=tmp_path / "log"):
        started = [
            each for each in psutil.Process().children(recursive=True) if str(tmp_path) in " ".join(each.cmdline())
        ]
        assert len(started) >= len(cores())
    assert not psutil.wait_procs(started, 5)[1]
