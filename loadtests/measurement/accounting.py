"""Who used what in a slice: the server's process tree, the database, the machine.

CPU time comes from the kernel's per-process clocks in nanoseconds on Linux, from psutil elsewhere. A process that
appeared or ended between two readings makes their difference meaningless, so it is told apart by its start time.
"""

import contextlib
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import psutil
import psycopg

_LINUX = sys.platform == "linux"
_STEAL_FIELD = 8


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a process tree at one moment: `identities` are (pid, start time) of all processes."""

    identities: frozenset[tuple[int, float]]
    cpu_ns: int
    rss_bytes: int
    threads: int
    context_switches: int | None

    def same_processes(self, other: "Reading") -> bool:
        """Whether nobody died or was born in between."""
        return self.identities == other.identities


def cpu_ns(pid: int) -> int:
    """Return the CPU time of one process, all its threads, user and system; raise `OSError` when it is gone."""
    if _LINUX:
        return time.clock_gettime_ns((~pid << 3) | 2)
    with _gone_is_os_error():
        used = psutil.Process(pid).cpu_times()
    return int((used.user + used.system) * 1e9)


@contextlib.contextmanager
def _gone_is_os_error() -> Iterator[None]:
    try:
        yield
    except psutil.NoSuchProcess as error:
        raise ProcessLookupError(error.pid) from error


def read(pids: Iterable[int]) -> Reading:
    """Read a process tree; a process that ends meanwhile is left out, which the next comparison shows."""
    identities: set[tuple[int, float]] = set()
    total_ns = rss_bytes = threads = 0
    switches: int | None = 0
    for pid in pids:
        with contextlib.suppress(OSError, psutil.Error):
            process = psutil.Process(pid)
            used_ns, held_bytes, running = cpu_ns(pid), process.memory_info().rss, process.num_threads()
            switched = _context_switches(pid)
            identities.add((pid, process.create_time()))
            total_ns, rss_bytes, threads = total_ns + used_ns, rss_bytes + held_bytes, threads + running
            switches = None if switched is None or switches is None else switches + switched
    return Reading(
        identities=frozenset(identities),
        cpu_ns=total_ns,
        rss_bytes=rss_bytes,
        threads=threads,
        context_switches=switches,
    )


def _context_switches(pid: int) -> int | None:
    if not _LINUX:
        return None
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # this thread ended just now; its process did not
            lines = (task / "status").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
    return total


def pss_bytes(pids: Iterable[int]) -> int | None:
    """Return the memory of a process tree with shared pages counted once, or None where the system does not tell."""
    total = 0
    try:
        for pid in pids:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) * 1024
    except (OSError, StopIteration):
        return None
    return total


def tree(root: int) -> list[int]:
    """Return a process and all its descendants."""
    try:
        process = psutil.Process(root)
        return [root, *(child.pid for child in process.children(recursive=True))]
    except psutil.Error:
        return []


def runs(pid: int) -> bool:
    """Tell whether a process runs; one that ended and waits to be reaped does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class CpuTimes(msgspec.Struct, frozen=True, kw_only=True):
    """The machine's CPU time so far, in ticks."""

    all: int
    stolen: int

    @classmethod
    def now(cls) -> "CpuTimes | None":
        """Read /proc/stat; None where there is none or it does not tell steal."""
        try:
            fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
        except OSError:
            return None
        if len(fields) < _STEAL_FIELD:
            return None
        # Guest time, which follows steal, is contained in user time.
        return cls(all=sum(fields[:_STEAL_FIELD]), stolen=fields[_STEAL_FIELD - 1])


def steal_share(before: CpuTimes | None, after: CpuTimes | None) -> float | None:
    """Return the share of all cores' time that the hypervisor gave to others."""
    if before is None or after is None or after.all <= before.all:
        return None
    return (after.stolen - before.stolen) / (after.all - before.all)


class Connections:
    """Counts a lane's database connections while it is loaded, from a thread with a connection of its own.

    The apps name their connections `<lane>:<pid>`, so they are counted per process.
    """

    _QUERY = (
        "SELECT application_name, count(*) FROM pg_stat_activity WHERE starts_with(application_name, %s) GROUP BY 1"
    )
    _EVERY_S = 0.2

    def __init__(self, connection: "psycopg.Connection[tuple[str, int]]") -> None:
        self._connection = connection
        self._peak: Counter[str] = Counter()
        self._peak_of_all = 0

    @classmethod
    @contextlib.contextmanager
    def counted(cls, database_url: str, name: str = "trilane-harness") -> Iterator["Connections"]:
        """Count through a connection called `name` until the end of the block."""
        with psycopg.connect(database_url, autocommit=True, connect_timeout=5, application_name=name) as connection:
            yield cls(connection)

    @contextlib.contextmanager
    def watched(self, lane: str) -> Iterator[None]:
        """Count again and again until the block ends; `peak()` tells."""
        self._peak.clear()
        self._peak_of_all = 0
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(lane, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def peak(self) -> int | None:
        """Return the most connections that one process of the lane held; None when it held none."""
        return max(self._peak.values(), default=None)

    def peak_of_all(self) -> int | None:
        """Return the most connections that all processes of the lane held at one moment; None when they held none."""
        return self._peak_of_all or None

    def _watch(self, lane: str, over: threading.Event) -> None:
        while True:
            with contextlib.suppress(psycopg.Error):  # what was not counted is None in the result
                counts = Counter(dict(self._connection.execute(self._QUERY, (f"{lane}:",)).fetchall()))
                self._peak |= counts  # the larger of the two, name by name
                self._peak_of_all = max(self._peak_of_all, counts.total())
            if over.wait(self._EVERY_S):
                return
