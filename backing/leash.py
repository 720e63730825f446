"""Keep every started program on a leash: when the starter dies, however it dies, the program and all it forked die too.

A keeper process (`keeper.py`) stands between the two and notices the starter's end by a pipe. On Linux it is the
sub-reaper of all that the program forks, so a process that daemonises or whose parent died is still among them;
elsewhere the program's process group is what is ended. What is not covered: a keeper that is itself killed with -9
takes the program with it on Linux, but not what the program forked into the background.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from backing import keeper
from backing.groups import members, new_group, new_sharing_group

# What a program gets for its clean-up when its starter died.
ORPHAN_GRACE_S = 2.0
_KILL_AFTER_S = 15.0


class Leashed:
    """A started program.

    `pid` is its own process id, `keeper_pid` that of its parent, which inherits what it orphans; `group` is the folder
    of the control group that counts its CPU time, `sharing_group` of that which gives it one share of a core however
    many threads it runs; None where it has none.
    """

    def __init__(
        self, process: "subprocess.Popen[bytes]", pid: int, *, group: Path | None, sharing_group: Path | None
    ) -> None:
        self._keeper = process
        self.pid = pid
        self.keeper_pid = process.pid
        self.group = group
        self.sharing_group = sharing_group

    def poll(self) -> int | None:
        """Return the program's exit code (negative: the signal that ended it), or None while it runs."""
        return self._keeper.poll()

    def wait(self, timeout_s: float | None = None) -> int:
        """Wait for the program's end; raise `subprocess.TimeoutExpired` after `timeout_s` seconds."""
        return self._keeper.wait(timeout_s)

    def ask_to_end(self, grace_s: float = 5.0) -> None:
        """Send the stop signal and return; what is left of the tree after `grace_s` seconds is killed."""
        if self._keeper.stdin is not None and not self._keeper.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._keeper.stdin.write(f"{grace_s}\n".encode())

    def stop(self, grace_s: float = 5.0) -> None:
        """Ask the program to end; return when nothing is left of its tree, killed after `grace_s` seconds."""
        try:
            self.ask_to_end(grace_s)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._keeper.wait(grace_s + _KILL_AFTER_S)
        finally:
            if self._keeper.stdin is not None:
                self._keeper.stdin.close()
        self._keeper.wait()

    def kill(self) -> None:
        """End the whole tree at once."""
        self.stop(grace_s=0)


@contextlib.contextmanager
def leashed(
    argv: Sequence[str | Path],
    *,
    log: Path | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    account: tuple[int, int] | None = None,
    cores: Collection[int] | None = None,
    stop_signal: int = signal.SIGTERM,
    orphan_grace_s: float = ORPHAN_GRACE_S,
    grace_s: float = 5.0,
    grouped: bool = False,
    shared: bool = False,
) -> Iterator[Leashed]:
    """Start a program that cannot outlive this process; stop it and all it forked at the end of the block.

    Its output is appended to `log` (or dropped), `folder` is its working directory, `account` the user and group ids it
    runs under, `cores` those it is pinned to from its first instruction on (where the system can). It may open as many
    files as the machine allows. When this process dies, the program gets `stop_signal` (0: none) and `orphan_grace_s`
    seconds. `grouped` puts it into a control group of its own that counts its CPU time, `shared` into one that has one
    share of a core, each where it can be made. Raises `OSError` when it cannot start.
    """
    program = start(
        argv,
        log=log,
        environment=environment,
        folder=folder,
        account=account,
        cores=cores,
        stop_signal=stop_signal,
        orphan_grace_s=orphan_grace_s,
        grouped=grouped,
        shared=shared,
    )
    try:
        yield program
    finally:
        program.stop(grace_s)


def start(
    argv: Sequence[str | Path],
    *,
    log: Path | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    account: tuple[int, int] | None = None,
    cores: Collection[int] | None = None,
    stop_signal: int = signal.SIGTERM,
    orphan_grace_s: float = ORPHAN_GRACE_S,
    grouped: bool = False,
    shared: bool = False,
) -> Leashed:
    """Start a program as `leashed` does, for a caller that stops it itself."""
    user, group = account or (None, None)
    counting = new_group() if grouped else None
    sharing = new_sharing_group(counting) if shared else None
    options = {
        "user": user,
        "group": group,
        "cores": sorted(cores or ()),
        "stop_signal": int(stop_signal),
        "orphan_grace_s": orphan_grace_s,
        "control_groups": sorted({str(each) for each in (counting, sharing) if each is not None}),
    }
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
        process, answer = start_keeper(options, argv, errors=output, environment=environment, folder=folder)
    if not answer.isdigit():
        process.wait()
        raise OSError(f"{argv[0]} could not be started: {answer or 'its keeper gave no reason'}")
    pid = int(answer)
    return Leashed(process, pid, group=_joined(counting, pid), sharing_group=_joined(sharing, pid))


def _joined(group: Path | None, pid: int) -> Path | None:
    """Return the group when the process is in it."""
    return group if group is not None and pid in members(group) else None


def bare_environment() -> dict[str, str]:
    """Return what a program (and its keeper) needs to be loaded, so that no other variable changes what it does."""
    loader = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {"LC_ALL": "C", "TZ": "UTC", **{name: os.environ[name] for name in loader if name in os.environ}}


def start_keeper(
    options: Mapping[str, object],
    argv: Sequence[str | Path] = (),
    *,
    errors: int | IO[bytes] | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> tuple["subprocess.Popen[bytes]", str]:
    """Start a keeper; return it and its answer in one line. Its standard input is the pipe that it watches."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-I", "-S", keeper.__file__, keeper.MARK),
            json.dumps({"starter": os.getpid(), **options}),
            *map(str, argv),
        ],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=None if environment is None else dict(environment),
        cwd=folder,
        # A session of its own: Ctrl-C in the terminal reaches the starter only, which then decides.
        start_new_session=True,
    )
    if process.stdin is None or process.stdout is None:
        raise OSError("the keeper has no pipes")
    try:
        with process.stdout:
            return process, process.stdout.readline().decode().strip()
    except BaseException:
        process.stdin.close()
        raise
