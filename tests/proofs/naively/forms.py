"""Bodies that are read without a bound, while clients send large ones: what it takes, and who waits for it."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from loadtests.faults.asking import Answered, Sent, again_and_again, request, together
from loadtests.faults.fault import BODY_BYTES, FAULTS
from loadtests.faults.outcome import counted
from loadtests.faults.run import PAUSE_S
from loadtests.measurement import accounting, histogram
from loadtests.messages import Exchange, Load, Slice
from loadtests.report.numbers import mebibytes, number
from loadtests.servers import Server
from tests.proofs.naively.checkout import Piece, checkout
from tests.proofs.naively.stage import Stage
from tests.proofs.writing import table

UNBOUNDED = (Piece("contract/limits.py", "BODY_BYTES = 1_048_576\n", "BODY_BYTES = 2**62\n"),)
LANES = ("flask-thread", "fastapi-coroutine", "django-coroutine")
READ = {"without a bound": UNBOUNDED, "up to 1 MiB": ()}
_NAIVE = next(iter(READ))
FAULT = FAULTS["large-body"]
# Somebody else comes so often, whether the one before was answered or not.
RATE = 100.0
# Both are up together and hit in turn, so that what else the machine does hits both.
TURNS = 3
SETTLE_S, WINDOW_S = 0.5, 3.0
# In several fields: Starlette has a bound of its own for each, when all of them are in memory.
_FIELD = b"text=" + b"x" * (BODY_BYTES // 20 - 6)
LARGE = b"&".join([_FIELD] * 20)
ONE = f"{BODY_BYTES // 1_000_000} MB"
# A form that is too large is refused by its size; one that was read is refused for the token that it lacks.
TOO_LARGE, NO_TOKEN = "413", "403"
_HEAD = ("lane", "a body is read", "answers", "memory", "at most", "`hello`, p50", "p99", "slowest")


@dataclass(frozen=True)
class Suffered:
    """How large bodies were answered, what a server held before and at most, and what `hello` took meanwhile.

    The times are in milliseconds: a median, a p99, and the slowest; None where too few were answered.
    """

    lane: str
    read: str
    answers: Mapping[str, int]
    before_bytes: int
    most_bytes: int
    p50_ms: float | None
    p99_ms: float | None
    slowest_ms: float | None

    @property
    def grown_bytes(self) -> int:
        """Return what it took at most, beyond what it had."""
        return self.most_bytes - self.before_bytes


def measure(up: Stage) -> list[Suffered]:
    """Send large bodies to each lane, with bounds and without."""
    return [each for lane in LANES for each in _both(up, lane)]


def _both(up: Stage, lane: str) -> Iterator[Suffered]:
    with ExitStack() as held:
        servers = {}
        for read, pieces in READ.items():
            folder = held.enter_context(checkout("forms", pieces))
            servers[read] = held.enter_context(up.serve(lane, folder))
        before = {read: _rested(server) for read, server in servers.items()}
        hits = [(read, *asyncio.run(_hit(up, server))) for _ in range(TURNS) for read, server in servers.items()]
        for read, server in servers.items():
            answers = [each for whose, every, _ in hits if whose == read for each in every]
            hellos = [hello for whose, _, hello in hits if whose == read]
            most_bytes = peak_bytes(server.processes())
            yield Suffered(lane, read, counted(answers)[0], before[read], most_bytes, *times_ms(hellos))


def _rested(server: Server) -> int:
    """Return what a server holds in memory once it is warm, and count from there."""
    asyncio.run(_warm_up(server))
    pids = server.processes()
    forget_peak(pids)
    if (found := accounting.memory(pids)) is None:
        raise AssertionError("this system does not tell what a process holds in memory")
    return found.rss_bytes


def times_ms(found: Sequence[Slice]) -> tuple[float | None, float | None, float | None]:
    """Return median and p99 of the answers, each the median of all turns, and the slowest of all."""
    every = [histogram.merged([each.latencies]) for each in found]
    p50, p99 = (_middle([histogram.percentile_us(each, percentile) for each in every]) for percentile in (50, 99))
    slowest = [each.rt_max_us for each in found if each.rt_max_us is not None]
    return p50, p99, max(slowest) / 1e3 if slowest else None


def _middle(micros: Sequence[float | None]) -> float | None:
    known = [each for each in micros if each is not None]
    return median(known) / 1e3 if known else None


def _large(server: Server) -> Sent:
    """Return the form to log in, far too large, without the token that it needs."""
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    target = f"/{server.lane.styles[0]}/session/login"
    return request(target, method="POST", headers=[kind], body=LARGE)


def _hello(server: Server) -> str:
    return f"/{server.lane.styles[0]}/hello"


async def _warm_up(server: Server) -> None:
    """Let threads start that are kept: they hold memory, too."""
    await together(server.base_url, request(_hello(server)), 64, patience_s=FAULT.patience_s)


async def _hit(up: Stage, server: Server) -> tuple[Sequence[Answered], Slice]:
    """Send large bodies again and again while somebody else asks for `hello`."""
    over = asyncio.Event()
    sending = asyncio.create_task(
        again_and_again(
            server.base_url,
            _large(server),
            over,
            clients=FAULT.clients,
            pause_s=PAUSE_S,
            patience_s=FAULT.patience_s,
        )
    )
    load = Load(
        key=server.base_url,
        base_url=server.base_url,
        exchange=Exchange(target=_hello(server), contains=b'{"message":"hello"}'),
        users=500,
        settle_s=SETTLE_S,
        window_s=WINDOW_S,
        rate=RATE,
        seed=1,
    )
    try:
        hello = await asyncio.to_thread(up.load.load, load)
        await asyncio.to_thread(up.load.close, load.key)
    finally:
        over.set()
    return await sending, hello


def forget_peak(pids: Iterable[int]) -> None:
    """Let the system count the most that each process holds from now on; where it cannot, it counts from the start."""
    for pid in pids:
        with contextlib.suppress(OSError):
            Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_bytes(pids: Iterable[int]) -> int:
    """Return the most that each process has held, added up."""
    return sum(peak_of(Path(f"/proc/{pid}/status").read_text()) for pid in pids)


def peak_of(status: str) -> int:
    """Return what the kernel's text about a process says of it."""
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields["VmHWM"].split()[0]) * 1024


def lines(found: Sequence[Suffered]) -> Iterator[str]:
    """Yield the section."""
    yield from ("## Forms: a body without a bound", "")
    yield f"{FAULT.clients} clients send {ONE} to the form to log in, pause {PAUSE_S:g} s and send again. With a bound"
    yield f"that is answered by {TOO_LARGE}; without one it is read, and then refused by {NO_TOKEN} for the token that"
    yield f"it lacks. Meanwhile somebody else asks for `hello`, {RATE:g} times a second, whether the one before was"
    yield f"answered or not. The two take turns, {TURNS} of {SETTLE_S + WINDOW_S:g} s each. Memory is that of all"
    yield "processes of a server, in MiB, before and at most; times are in milliseconds: p50 and p99 are the medians of"
    yield "all turns."
    yield from ("", *table(_HEAD, [row(each) for each in found]))


def row(each: Suffered) -> tuple[str, ...]:
    """Return a line of the table."""
    answers = ", ".join(f"{count:,} × {what}" for what, count in each.answers.items())
    times = (each.p50_ms, each.p99_ms, each.slowest_ms)
    memory = (mebibytes(each.before_bytes), mebibytes(each.most_bytes))
    return (each.lane, each.read, answers, *memory, *(number(ms) for ms in times))


def criteria(found: Sequence[Suffered]) -> dict[str, bool]:
    """Return what has to be seen of each lane."""
    naive = {each.lane: each for each in found if each.read == _NAIVE}
    sound = {each.lane: each for each in found if each.read != _NAIVE}
    return {
        "every large body is read without a bound, and refused with one": all(
            set(naive[lane].answers) == {NO_TOKEN} and set(sound[lane].answers) == {TOO_LARGE} for lane in LANES
        ),
        f"without a bound a server takes {ONE} more at least, with one less": all(
            naive[lane].grown_bytes >= BODY_BYTES > sound[lane].grown_bytes for lane in LANES
        ),
        "without a bound somebody else waits longer, by p99": all(
            _longer(naive[lane].p99_ms, sound[lane].p99_ms) for lane in LANES
        ),
    }


def _longer(naive_ms: float | None, sound_ms: float | None) -> bool:
    return naive_ms is not None and sound_ms is not None and naive_ms > sound_ms
