"""py-spy: whether it may look into other processes here, and what it sees of a server's whole process tree."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from backing.problem import Problem

SAMPLES_PER_S = 100
_START_S = 10.0
_END_S = 30.0
_SCOPE = Path("/proc/sys/kernel/yama/ptrace_scope")
_ASLEEP = "import time; print(flush=True); time.sleep(60)"
_HOW = (
    "let it with `sudo sysctl kernel.yama.ptrace_scope=0`, as root, or in a container with `--cap-add SYS_PTRACE`; "
    "or leave --flame out"
)


def program() -> str:
    """Return the path of py-spy; raise `Problem` where it is not installed."""
    beside = Path(sys.executable).with_name("py-spy")
    found = str(beside) if beside.exists() else which("py-spy")
    if found is None:
        raise Problem(
            "--flame: py-spy is not installed, and it is what records; install `py-spy`, or leave --flame out"
        )
    return found


def require() -> None:
    """Raise `Problem` where py-spy may not attach to another process that this one started: before anything is run."""
    spy = program()
    with subprocess.Popen([sys.executable, "-c", _ASLEEP], stdout=subprocess.PIPE) as asleep:
        try:
            if asleep.stdout is not None:
                asleep.stdout.readline()
            looked = subprocess.run(
                [spy, "dump", "--pid", str(asleep.pid)], capture_output=True, text=True, check=False, timeout=_END_S
            )
        finally:
            asleep.kill()
    if looked.returncode:
        raise Problem(refusal(looked.stderr, _scope()))


def _scope() -> str | None:
    try:
        return _SCOPE.read_text().strip()
    except OSError:
        return None


def refusal(said: str, scope: str | None) -> str:
    """Return in one line why py-spy may not attach and what to do; `scope` is the kernel's, None where it has none."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    why = "" if scope in {None, "0"} else f", since kernel.yama.ptrace_scope is {scope}"
    detail = f" ({lines[0]})" if lines else ""
    return f"--flame: py-spy may not look into the servers{why}{detail}: {_HOW}"


@contextmanager
def recorded(pid: int, svg: Path, *, seconds: int, log: Path) -> Iterator[None]:
    """Record the stacks of a process and all that it forked into a flame graph, for so long from the block's beginning.

    At the end of the block it waits until the graph is written; raises `Problem` where none is.
    """
    svg.parent.mkdir(parents=True, exist_ok=True)
    log.touch()
    before = log.stat().st_size
    command = [
        program(), "record", "--pid", str(pid), "--subprocesses", "--function", "--rate", str(SAMPLES_PER_S),
        "--duration", str(seconds), "--format", "flamegraph", "--output", str(svg),
    ]  # fmt: skip
    with log.open("ab") as said, subprocess.Popen(command, stdout=said, stderr=said) as spy:
        try:
            _wait_for_start(log, before)
            yield
            spy.wait(timeout=seconds + _END_S)
        except subprocess.TimeoutExpired:
            raise Problem(f"py-spy did not end {_END_S:.0f} s after its time; see {log}") from None
        finally:
            spy.kill()
    if not svg.exists():
        raise Problem(f"py-spy wrote no flame graph of process {pid}; see {log}")


def _wait_for_start(log: Path, before: int) -> None:
    """Wait until py-spy says that it samples: what it writes comes after the `before` bytes that the log had."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and b"ampling" not in log.read_bytes()[before:]:
        time.sleep(0.02)
