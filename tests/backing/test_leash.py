"""Nothing that was started outlives its starter."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from backing.leash import Leashed, leashed, start
from tests.waiting import eventually, running

FAMILY = (sys.executable, Path(__file__).with_name("family.py"))
MEMBERS = 4  # the program, its child, its daemon; and the orphan's note
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has sub-reapers and parent-death signals")


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def members(folder: Path) -> list[int]:
    """Return the process ids of the family, once all have left theirs."""
    assert eventually(lambda: len(list(folder.iterdir())) == MEMBERS)
    return [int(note.name) for note in folder.iterdir() if note.name != "orphan"]


def keeper_of(program: Leashed) -> psutil.Process:
    parent = psutil.Process(program.pid).parent()
    assert parent is not None
    return parent


@pytest.mark.parametrize("code", [0, 7, 130, 255])
def test_a_program_reports_its_own_exit_code(code: int) -> None:
    with leashed(python(f"raise SystemExit({code})")) as program:
        assert program.wait(30) == code


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGINT])
def test_a_program_that_a_signal_ended_reports_the_signal(number: int) -> None:
    with leashed(python("import os, sys; os.kill(os.getpid(), int(sys.argv[1]))", int(number))) as program:
        assert program.wait(30) == -number


def test_output_and_errors_are_appended_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    with leashed(python("import sys; print('out', flush=True); print('err', file=sys.stderr)"), log=log) as program:
        program.wait(30)
    assert log.read_text() == "before\nout\nerr\n"


def test_a_program_that_cannot_be_started_is_an_error_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file or directory"):
        start([tmp_path / "missing"])


def test_a_program_gets_time_to_end_by_itself(tmp_path: Path) -> None:
    note = tmp_path / "note"
    code = """
import pathlib, signal, sys, time
def end(*_):
    pathlib.Path(sys.argv[1]).write_text("ended")
    sys.exit(3)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1]).write_text("ready")
time.sleep(600)
"""
    with leashed(python(code, note)) as program:
        assert eventually(lambda: note.exists() and note.read_text() == "ready")
        program.stop(grace_s=60)
    assert note.read_text() == "ended"
    assert program.poll() == 3


def test_a_program_can_have_another_stop_signal() -> None:
    with leashed(["sleep", "600"], stop_signal=signal.SIGQUIT) as program:
        program.stop(grace_s=60)
    assert program.poll() == -signal.SIGQUIT


def test_a_program_deaf_to_the_stop_signal_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    code = "import signal, sys, time; signal.signal(15, signal.SIG_IGN); open(sys.argv[1], 'w'); time.sleep(600)"
    with leashed(python(code, ready)) as program:
        assert eventually(ready.exists)
        program.stop(grace_s=0.1)
    assert program.poll() == -signal.SIGKILL


def test_stopping_twice_is_as_good_as_once() -> None:
    with leashed(["sleep", "600"]) as program:
        program.stop()
        program.kill()
    assert program.poll() == -signal.SIGTERM


@linux_only
@pytest.mark.parametrize("grace_s", [0.0, 5.0])
def test_stopping_ends_children_and_daemons(tmp_path: Path, grace_s: float) -> None:
    with leashed([*FAMILY, tmp_path, "run"]) as program:
        family = members(tmp_path)
        assert len(running(family)) == MEMBERS - 1
        program.stop(grace_s)
    assert not running(family)


@linux_only
def test_what_a_program_left_running_ends_with_it(tmp_path: Path) -> None:
    with leashed([*FAMILY, tmp_path, "exit"]) as program:
        assert program.wait(60) == 0
        assert not running(int(note.name) for note in tmp_path.iterdir() if note.name != "orphan")


@linux_only
def test_an_orphan_that_ends_is_buried_while_the_program_runs(tmp_path: Path) -> None:
    with leashed([*FAMILY, tmp_path, "run"]):
        members(tmp_path)
        orphan = int((tmp_path / "orphan").read_text())
        assert eventually(lambda: not psutil.pid_exists(orphan))


STARTER = """
import os, pathlib, sys, time
from backing.leash import start
program = start([sys.executable, *sys.argv[2:]])
if sys.argv[1] == "forks" and os.fork() == 0:
    pathlib.Path(sys.argv[3], "orphan").touch()
time.sleep(600)
"""


@linux_only
@pytest.mark.parametrize("manner", ["plain", "forks"])
def test_kill_9_of_the_starter_ends_all_even_when_a_fork_of_it_holds_the_pipe(tmp_path: Path, manner: str) -> None:
    with leashed(python(STARTER, manner, FAMILY[1], tmp_path, "run")) as starter:
        family = members(tmp_path)
        # The leash of the starter itself would end them as well, so it is held still.
        keeper = keeper_of(starter)
        keeper.suspend()
        os.kill(starter.pid, signal.SIGKILL)
        ended = eventually(lambda: not running(family))
        keeper.resume()
        assert ended


@linux_only
def test_kill_9_of_the_keeper_ends_the_program() -> None:
    with leashed(["sleep", "600"]) as program:
        keeper_of(program).kill()
        assert eventually(lambda: not running([program.pid]))
        assert program.poll() == -signal.SIGKILL


@linux_only
def test_a_killed_tree_still_removes_the_folders_it_made(tmp_path: Path) -> None:
    code = """
import sys, time
from pathlib import Path
from backing.scratch import scratch
with scratch(Path(sys.argv[1])):
    time.sleep(600)
"""
    with leashed(python(code, tmp_path)) as program:
        assert eventually(lambda: list(tmp_path.iterdir()))
        program.kill()
    assert not list(tmp_path.iterdir())


@linux_only
def test_a_program_runs_on_its_cores_from_its_first_instruction(tmp_path: Path) -> None:
    core = min(os.sched_getaffinity(0))
    log = tmp_path / "log"
    with leashed(python("import os; print(os.sched_getaffinity(0))"), log=log, cores={core}) as program:
        program.wait(30)
    assert log.read_text() == f"{{{core}}}\n"


def test_a_program_may_open_as_many_files_as_the_machine_allows(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = "import resource; soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE); print(soft == hard)"
    with leashed(python(code), log=log) as program:
        program.wait(30)
    assert log.read_text() == "True\n"


def test_ctrl_c_in_the_terminal_reaches_the_starter_only() -> None:
    with leashed(["sleep", "600"]) as program:
        assert os.getpgid(program.pid) not in {os.getpgid(0), os.getpgid(os.getppid())}


def test_waiting_for_a_program_that_runs_on_times_out() -> None:
    with leashed(["sleep", "600"]) as program, pytest.raises(subprocess.TimeoutExpired):
        program.wait(0.05)


def test_many_programs_can_be_started_and_stopped_at_once() -> None:
    programs = [start(["sleep", "600"]) for _ in range(8)]
    for program in programs:
        program.ask_to_end()
    for program in programs:
        program.stop()
    assert [program.poll() for program in programs] == [-signal.SIGTERM] * 8
