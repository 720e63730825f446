"""What the load agent costs: where a request's microseconds go, what open load adds, and what lies between slices.

`perf` samples the agent while it loads a server that does nothing. A sample in the kernel counts for the system call
that led there, any other for the library in which it fell.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil

from backing import leash
from backing.problem import Problem
from backing.scratch import scratch
from loadtests.agent_client import Agent, agent
from loadtests.measurement.ceiling import null_server
from loadtests.measurement.cores import available, share_out
from loadtests.messages import Exchange, Load, Slice
from tests.proofs.writing import table, write

RATES = (500.0, 2000.0, 5000.0)
MANY = 5000
_MIB = 2**20
_PER_S = 1999
# A virtual machine may have no counters of cycles; it has this one.
_CLOCK = ("-e", "cpu-clock")
_SYSTEM_CALL = re.compile(r"__x64_sys_(\w+)|__arm64_sys_(\w+)")
_PARTS = {
    "epoll": "the kernel: learning what arrived",
    "recv": "the kernel: receiving",
    "send": "the kernel: sending, delivery to the server's socket included",
    "timerfd": "the kernel: setting the next start's alarm",
    "libpython": "the interpreter: the users' own code",
    "parser": "httptools: parsing the response",
    "greenlet": "greenlet: switching between users",
    "corecext": "gevent and libev: the event loop",
}
_REST = "everything else"


@dataclass(frozen=True)
class Bench:
    """An agent and a server that does nothing, on cores of their own where there are two."""

    load: Agent
    base_url: str
    folder: Path

    def slice(self, **more: float) -> Slice:
        """Run one slice, closed with 32 users unless told otherwise."""
        exchange = Exchange(target="/", length=2, equals=b"xx")
        plain = Load(key="null", base_url=self.base_url, exchange=exchange, users=32, settle_s=0.2, window_s=3.0)
        found = self.load.load(msgspec.structs.replace(plain, **more))
        if found.errors:
            raise Problem(f"requests to the null server failed: {found.errors}, {found.first_error}")
        return found


def prove(out: Path) -> None:
    """Profile the agent and write down what was found."""
    _require_perf()
    cores = share_out(None, available())
    with (
        scratch() as folder,
        agent(folder, log=folder / "agent.log", cores=cores.others) as load,
        null_server(cores, folder) as server,
    ):
        lines = [*_report(Bench(load, server.base_url, folder))]
    write(out, "agent_profile", "What the load agent costs", lines)


def _require_perf() -> None:
    """Raise `Problem` where the agent cannot be sampled: a profiler inside it would see only what Python code costs."""
    perf = shutil.which("perf")
    if perf is None:
        raise Problem(
            "it needs perf, which is not installed: `apt-get install linux-perf` (Debian), `apt-get install "
            "linux-tools-generic` (Ubuntu), `dnf install perf` (Fedora)"
        )
    tried = subprocess.run(
        [perf, "record", "-q", *_CLOCK, "-o", os.devnull, "--", "true"], capture_output=True, text=True, check=False
    )
    if tried.returncode != 0:
        said = (tried.stderr.strip() or "it gave no reason").splitlines()[0]
        raise Problem(
            f"perf may not sample here ({said}): run the proof as root, or allow it with `sysctl "
            "kernel.perf_event_paranoid=1`"
        )


def _report(bench: Bench) -> Iterator[str]:
    bench.slice()
    closed, closed_us = _profiled(bench)
    opened, opened_us = _profiled(bench, rate=2000.0, users=500)
    yield "## Where a request's CPU time goes"
    yield ""
    head = ["part", "closed, 32 users", "µs", "open, 2000 per second", "µs"]
    yield from table(head, _parts(closed, closed_us, opened, opened_us))
    yield ""
    yield "## Open load: how late starts are"
    yield ""
    head = ["rate per second", "due", "more than 1 ms late", "dropped", "mean lag µs", "generator's µs per request"]
    yield from table(head, [_lateness(bench, rate) for rate in RATES])
    yield ""
    yield "## Between slices"
    yield ""
    head = ["requests", "asked → first request ms", "end of window → drained ms", "drained → reply ms"]
    yield from table(head, [_between(bench, window_s) for window_s in (0.5, 3.0)])
    yield ""
    yield "## Memory"
    yield ""
    yield from table(["process", "PSS MiB", "RSS MiB"], _memory(bench))


def _profiled(bench: Bench, **more: float) -> tuple[Mapping[str, float], float]:
    """Return the share of each part and the CPU time of a request, in µs."""
    data = bench.folder / "perf.data"
    options = ["-q", *_CLOCK, "-F", str(_PER_S), "-g"]
    words: list[str | Path] = ["perf", "record", *options, "-o", data, "-p", str(bench.load.pid)]
    with leash.leashed(words, stop_signal=signal.SIGINT) as perf:
        time.sleep(0.5)
        bench.slice(**more)
        perf.stop()
    words = [shutil.which("perf") or "perf", "script", "-i", data, "-F", "ip,sym,dso"]
    said = subprocess.run(words, capture_output=True, text=True, check=True, errors="replace").stdout
    samples = Counter(_part(each) for each in said.split("\n\n") if each.strip())
    # Not from the profiled slice: being sampled costs time too.
    plain = bench.slice(**more)
    return {part: count / samples.total() for part, count in samples.items()}, plain.cpu_ns / 1000 / plain.requests


def _part(sample: str) -> str:
    """Name the part in which a sample fell: innermost call first."""
    call = _SYSTEM_CALL.search(sample)
    where = call[1] or call[2] if call else sample.strip().splitlines()[0].rpartition("/")[2]
    return next((said for start, said in _PARTS.items() if start in where), _REST)


def _parts(
    closed: Mapping[str, float], closed_us: float, opened: Mapping[str, float], opened_us: float
) -> Iterator[Sequence[str]]:
    for part in [*_PARTS.values(), _REST]:
        one, other = closed.get(part, 0.0), opened.get(part, 0.0)
        yield part, f"{one:.1%}", f"{one * closed_us:.1f}", f"{other:.1%}", f"{other * opened_us:.1f}"
    yield "all", "100 %", f"{closed_us:.1f}", "100 %", f"{opened_us:.1f}"


def _lateness(bench: Bench, rate: float) -> Sequence[str]:
    seen = bench.slice(rate=rate, users=1000)
    lag = "not measured" if seen.send_lag_mean_us is None else f"{seen.send_lag_mean_us:.0f}"
    late = f"{seen.late} ({seen.late / seen.due:.1%})" if seen.due else "none due"
    return f"{rate:g}", str(seen.due), late, str(seen.dropped), lag, f"{seen.cpu_ns / 1000 / seen.requests:.0f}"


def _between(bench: Bench, window_s: float) -> Sequence[str]:
    asked_ns = time.monotonic_ns()
    seen = bench.slice(window_s=window_s)
    replied_ns = time.monotonic_ns()
    spans_ns = (
        seen.started_ns - asked_ns,
        seen.ended_ns - seen.window_end_ns,
        replied_ns - seen.ended_ns,
    )
    return str(seen.requests), *(f"{each / 1e6:.1f}" for each in spans_ns)


def _memory(bench: Bench) -> Iterator[Sequence[str]]:
    bench.load.close()
    yield _sizes("load agent, 32 users", bench.load.pid)
    bench.slice(users=MANY, spread_s=0.5, settle_s=1.5)
    yield _sizes(f"load agent, {MANY} users", bench.load.pid)
    yield _sizes("this orchestrator", psutil.Process().pid)


def _sizes(name: str, pid: int) -> Sequence[str]:
    memory = psutil.Process(pid).memory_full_info()
    return name, f"{memory.pss / _MIB:.0f}", f"{memory.rss / _MIB:.0f}"
