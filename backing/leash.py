"""Keep every started program on a leash: when the starter dies, however it dies, the program and all it forked die too.

`leashed()` starts `python leash.py -- PROGRAM …` with a pipe on its standard input. The pipe closes when the starter
ends, `kill -9` included; the leash then kills every descendant. On Linux it is their sub-reaper, so a process that
daemonises or whose parent died is still among them; elsewhere it kills the program's process group.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_KILL_AFTER_S = 10.0
_PR_SET_CHILD_SUBREAPER = 36


class Leashed:
    """A started program: `pid` is the program's own process id, not the leash's."""

    def __init__(self, leash: "subprocess.Popen[bytes]", pid: int) -> None:
        self._leash = leash
        self.pid = pid

    def poll(self) -> int | None:
        """Return the program's exit code (negative: the signal that ended it), or None while it runs."""
        code = self._leash.poll()
        return code if code is None or code < 128 else 128 - code  # noqa: PLR2004 - the shell's convention

    def wait(self, timeout_s: float | None = None) -> int:
        """Wait for the program's end; raise `subprocess.TimeoutExpired` after `timeout_s` seconds."""
        self._leash.wait(timeout_s)
        code = self.poll()
        return code if code is not None else 0

    def stop(self, grace_s: float = 5.0) -> None:
        """Ask the program to end with SIGTERM; kill all that is left of its tree after `grace_s` seconds."""
        pipe = self._leash.stdin
        if pipe is None:
            return
        with contextlib.suppress(BrokenPipeError, ValueError):
            pipe.write(f"{grace_s}\n".encode())
            pipe.flush()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._leash.wait(grace_s + _KILL_AFTER_S)
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
        self._leash.wait()

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
    user: int | None = None,
    remove: Sequence[Path] = (),
    grace_s: float = 5.0,
) -> Iterator[Leashed]:
    """Start a program that cannot outlive this process; stop it and all it forked at the end of the block.

    Its output is appended to `log` (or dropped), `folder` is its working directory, `user` the user id it runs as, and
    the folders in `remove` are deleted when it has ended, by whatever cause. Raises `OSError` when it cannot start.
    """
    leash = start(argv, log=log, environment=environment, folder=folder, user=user, remove=remove)
    try:
        yield leash
    finally:
        leash.stop(grace_s)


def start(
    argv: Sequence[str | Path],
    *,
    log: Path | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: int | None = None,
    remove: Sequence[Path] = (),
) -> Leashed:
    """Start a program as `leashed` does, for a caller that stops it itself."""
    own = [sys.executable, "-I", "-S", __file__, "" if user is None else str(user), os.pathsep.join(map(str, remove))]
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
        leash = subprocess.Popen(
            [*own, *map(str, argv)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            env=None if environment is None else dict(environment),
            cwd=folder,
            # A session of its own: Ctrl-C in the terminal reaches the starter only, which then decides.
            start_new_session=True,
        )
    if leash.stdout is None or leash.stdin is None:
        raise OSError("the leash has no pipes")
    answer = leash.stdout.readline().decode()
    leash.stdout.close()
    if not answer.strip().isdigit():
        leash.stdin.close()
        leash.wait()
        raise OSError(f"{argv[0]} could not be started: {answer.strip() or 'no reason given'}")
    return Leashed(leash, int(answer))


def _become_reaper() -> None:
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes  # noqa: PLC0415 - only the leash process needs it

        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []


def _descendants() -> list[int]:
    found: list[int] = []
    queue = [os.getpid()]
    while queue:
        children = _children(queue.pop())
        found += children
        queue += children
    return found


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _end_all(group: int) -> None:
    deadline = time.monotonic() + _KILL_AFTER_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)
        left = _descendants()
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        _reap()
        if not left:
            return
        time.sleep(0.01)


def _wait_for_child(pid: int, wakeup: int) -> int:
    """Return the child's exit code, or that of its end after the starter asked for it or died."""
    import select  # noqa: PLC0415 - only the leash process needs it

    deadline: float | None = None
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        if deadline is not None and time.monotonic() >= deadline:
            return 128 + signal.SIGKILL
        wait_s = None if deadline is None else max(0.0, deadline - time.monotonic())
        sources = [wakeup] if deadline is not None else [wakeup, 0]
        ready = select.select(sources, [], [], wait_s)[0]
        if wakeup in ready:
            os.read(wakeup, 4096)
            # Orphans that were handed to this process end here too; the child itself is looked at above.
            for orphan in _children(os.getpid()):
                if orphan != pid:
                    with contextlib.suppress(ChildProcessError):
                        os.waitpid(orphan, os.WNOHANG)
        if 0 in ready:
            line = os.read(0, 64).decode().strip()
            grace_s = float(line.split()[0]) if line else 0.0
            deadline = time.monotonic() + grace_s
            if grace_s:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGTERM)


def _hold(user: str, remove: str, argv: list[str]) -> int:
    _become_reaper()
    read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    number = int(user) if user else None
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=2,
            start_new_session=True,
            restore_signals=True,
            preexec_fn=_default_signals,  # noqa: PLW1509 - this process has one thread
            user=number,
            group=number,
            extra_groups=None if number is None else (),
        )
    except OSError as error:
        os.write(1, f"{error}\n".encode())
        return 127
    os.write(1, f"{child.pid}\n".encode())
    os.close(1)
    code = _wait_for_child(child.pid, read)
    _end_all(child.pid)
    for folder in filter(None, remove.split(os.pathsep)):
        shutil.rmtree(folder, ignore_errors=True)
    return code


def _default_signals() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(_hold(sys.argv[1], sys.argv[2], sys.argv[3:]))
