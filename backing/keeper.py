"""The process behind a leash: it outlives its starter by a moment, to end or remove what the starter left.

It is run as a script in an interpreter of its own, `keeper.py MARK OPTIONS [PROGRAM …]`, with a pipe from its starter
on standard input. The pipe closes when the starter ends, `kill -9` included. It keeps either a program, with all that
the program forks, or a temporary folder. It imports nothing of the project, so that it starts quickly and cannot be
broken by it, and little else: a run has a dozen of them, and each takes its own memory.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

MARK = "trilane-keeper"
_GIVE_UP_AFTER_S = 10.0
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LINUX = sys.platform == "linux"
_LIBC = ctypes.CDLL(None)


class _Options:
    """What the starter asks for, as JSON: `starter` is its process id, `parent` asks for a folder in that folder.

    `control_groups` are folders of control groups to make for the program, below those that this process is in.
    """

    def __init__(
        self,
        *,
        starter: int,
        parent: str | None = None,
        user: int | None = None,
        group: int | None = None,
        cores: Sequence[int] = (),
        stop_signal: int = signal.SIGTERM,
        orphan_grace_s: float = 0.0,
        control_groups: Sequence[str] = (),
    ) -> None:
        # Not a dataclass: what makes those takes a megabyte.
        self.starter = starter
        self.parent = parent
        self.user = user
        self.group = group
        self.cores = cores
        self.stop_signal = stop_signal
        self.orphan_grace_s = orphan_grace_s
        self.control_groups = control_groups


class _Starter:
    """The starter as seen from here: what it asks for, and its death."""

    def __init__(self, options: _Options) -> None:
        self.sources = [0]
        self.orphan_grace_s = options.orphan_grace_s
        # A fork of the starter would hold the pipe open after its death; its own process descriptor tells the truth.
        with contextlib.suppress(AttributeError, OSError):
            self.sources.append(os.pidfd_open(options.starter))
        self.dead = os.getppid() != options.starter

    def listen(self, ready: list[int]) -> float | None:
        """Return the seconds of grace that were asked for, None when nothing was said."""
        line = os.read(0, 64) if 0 in ready else b""
        if line:
            return float(line.split()[-1])
        self.dead = self.dead or bool(set(self.sources) & set(ready))
        if not self.dead:
            return None
        self.sources = []
        return self.orphan_grace_s


def _prctl(option: int, value: int) -> None:
    if _LINUX:
        _LIBC.prctl(option, value, 0, 0, 0)


def _wake_on_child_exit() -> int:
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    return read


def _prepare(options: _Options) -> None:
    """Take what the program inherits: its cores, and as many open files as the machine allows."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(ignored, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(ValueError, OSError):  # macOS calls its hard limit unlimited and grants less
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, options.cores)


def _start(options: _Options, argv: list[str]) -> "subprocess.Popen[bytes]":
    def in_child() -> None:
        for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(ignored, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        _prctl(_PR_SET_PDEATHSIG, options.stop_signal)  # should even the keeper be killed

    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=2,
        start_new_session=True,
        preexec_fn=in_child,  # noqa: PLW1509 - this process has one thread
        user=options.user,
        group=options.group,
        extra_groups=None if options.user is None else (),
    )


def _reap(pid: int) -> int | None:
    """Bury every child that ended; return the exit code of `pid` when it is among them."""
    code = None
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == pid:
                code = os.waitstatus_to_exitcode(ended[1])
    return code


def _wait(pid: int, wakeup: int, starter: _Starter, stop_signal: int) -> int | None:
    """Return the program's exit code, or None when its time is up."""
    deadline: float | None = None
    while (code := _reap(pid)) is None:
        left_s = None if deadline is None else deadline - time.monotonic()
        if left_s is not None and left_s <= 0:
            return None
        ready = select.select([wakeup, *starter.sources], [], [], 0 if starter.dead and deadline is None else left_s)[0]
        if wakeup in ready:
            os.read(wakeup, 4096)
        grace_s = starter.listen(ready)
        if grace_s is None:
            continue
        if deadline is None and grace_s > 0:
            os.kill(pid, stop_signal)
        end = time.monotonic() + grace_s
        deadline = end if deadline is None else min(deadline, end)
    return code


def _children() -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


def _kept(pid: int) -> _Options | None:
    """Return what the process keeps when it is a keeper."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return None
    return _Options(**json.loads(words[words.index(MARK) + 1])) if MARK in words else None


def _programs_of(starter: int) -> list[int]:
    """Return the keepers of a starter's programs, as far as the system lists processes."""
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - a name is all that is needed
    except OSError:
        return []
    kept = {pid: _kept(pid) for pid in pids}
    return [pid for pid, options in kept.items() if options and options.starter == starter and options.parent is None]


def _end_all(pid: int) -> int | None:
    """Kill what is left of the program's tree; return the program's exit code when it was among that.

    Only direct children are killed: nobody else can bury them, so their ids cannot have passed to other processes, and
    as this process is the sub-reaper, their own children become direct children in turn. Keepers end by themselves.
    """
    code = None
    deadline = time.monotonic() + _GIVE_UP_AFTER_S
    if not _LINUX:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
    while time.monotonic() < deadline:
        ended = _reap(pid)
        code = code if ended is None else ended
        left = _children()
        if not left:
            break
        for child in left:
            if _kept(child) is None:
                with contextlib.suppress(PermissionError):  # a set-user-id program
                    os.kill(child, signal.SIGKILL)
        time.sleep(0.005)
    return code


def _end_like(code: int) -> int:
    """Return `code`, or die by the signal that a negative code names, so that the starter sees the same end."""
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


@contextlib.contextmanager
def _inside(control_groups: Sequence[str]) -> Iterator[None]:
    """Make the groups and stay in them for the length of the block: what is started there begins its life inside."""
    folders = [Path(name) for name in control_groups]
    for group in folders:
        # Without the right to do so the program runs outside, as its starter sees.
        with contextlib.suppress(OSError):
            group.mkdir()
            (group / "cgroup.procs").write_text("0")
    try:
        yield
    finally:
        for group in folders:
            with contextlib.suppress(OSError):
                (group.parent / "cgroup.procs").write_text("0")


def _remove(control_groups: Sequence[str]) -> None:
    """Remove the groups; what is buried may be counted among their members for a moment more."""
    deadline = time.monotonic() + _GIVE_UP_AFTER_S
    left = [Path(name) for name in control_groups]
    while (left := [group for group in left if group.exists()]) and time.monotonic() < deadline:
        for group in left:
            with contextlib.suppress(OSError):
                group.rmdir()
        time.sleep(0.005)


def keep_program(options: _Options, argv: list[str]) -> int:
    """Start a program, say its process id, and end it with all that it forked."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    wakeup = _wake_on_child_exit()
    starter = _Starter(options)
    try:
        _prepare(options)
        with _inside(options.control_groups):
            program = _start(options, argv)
    except OSError as error:
        _remove(options.control_groups)
        os.write(1, f"{error}\n".encode())
        return 127
    _say(str(program.pid))
    code = _wait(program.pid, wakeup, starter, options.stop_signal)
    killed = _end_all(program.pid)
    _remove(options.control_groups)
    return _end_like(next((end for end in (code, killed) if end is not None), -signal.SIGKILL))


def keep_folder(options: _Options) -> int:
    """Make a temporary folder, say its path (or why not), and remove it when the starter closes the pipe or dies."""
    import shutil  # noqa: PLC0415 - a program's keeper is smaller without them
    import tempfile  # noqa: PLC0415 - as above

    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(ignored, signal.SIG_IGN)
    starter = _Starter(options)
    try:
        folder = tempfile.mkdtemp(prefix="trilane-", dir=options.parent)
    except OSError as error:
        _say(f"{error.strerror}")
        return 1
    _say(folder)
    while starter.listen(select.select(starter.sources, [], [])[0]) is None:
        pass
    deadline = time.monotonic() + _GIVE_UP_AFTER_S
    # Were its data folder gone too early, PostgreSQL would abort and keep its shared memory.
    while starter.dead and _programs_of(options.starter) and time.monotonic() < deadline:
        time.sleep(0.02)
    while Path(folder).exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.005)
    return int(Path(folder).exists())


def _say(answer: str) -> None:
    with contextlib.suppress(BrokenPipeError):  # a starter that is dead already is noticed by its other pipe
        os.write(1, f"{answer}\n".encode())
    os.close(1)


if __name__ == "__main__":
    asked = _Options(**json.loads(sys.argv[2]))
    sys.exit(keep_folder(asked) if asked.parent is not None else keep_program(asked, sys.argv[3:]))
