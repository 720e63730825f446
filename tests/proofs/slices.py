"""How long a slice should be, and how long it should settle: error and bias of a ratio against both.

Three servers, two of them the same program: the ratio of the unlike two shows the bias, that of the same two the
error. All lengths take turns within each block, so that none has a better hour than another; each gets the same time.
"""

import random
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from loadtests.measurement.bench import Bench, bench
from loadtests.measurement.cores import available, pin_this_process, share_out
from loadtests.measurement.group import Group
from loadtests.measurement.per_round import qps
from loadtests.measurement.plan import Timing
from loadtests.measurement.probe import probe
from loadtests.measurement.record import Record
from loadtests.measurement.slice import Asked, measure
from loadtests.measurement.subject import Subject, subject
from tests.proofs.writing import table, write

LENGTHS_S = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 2.0)
# The default settles for one response time: 64 users ÷ 4 000/s.
SETTLED_S = (0.0, 0.016, 0.1, 0.3)
BLOCK_S = 4.0
BLOCKS = 9
SETTLE_S = 0.016
USERS = 64
SEED = 3

Values = Mapping[tuple[str, str], list[float]]


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way to cut the time: the whole slice and the part of it before its window opens."""

    slice_s: float
    settle_s: float

    @property
    def timing(self) -> Timing:
        """Return it as the plan would."""
        window_s = max(0.05, self.slice_s - self.settle_s)
        return Timing(settle_s=self.settle_s, window_s=window_s, drain_s=SETTLE_S, timeout_s=10.0)


def ways() -> list[Way]:
    """Return the lengths at one settling, then the settlings at the default length."""
    lengths = [Way(slice_s=length, settle_s=min(SETTLE_S, length / 4)) for length in LENGTHS_S]
    return [*lengths, *(Way(slice_s=0.5 + settle, settle_s=settle) for settle in SETTLED_S if settle != SETTLE_S)]


def prove(out: Path, *, blocks: int = BLOCKS, block_s: float = BLOCK_S) -> None:
    """Measure, and write the curve."""
    cores = share_out(None, available())
    group = Group(scenario="hello", users=USERS)
    unlike, like = (
        subject(group, lane, {}, stack="current", cores=cores) for lane in ("flask-thread", "fastapi-coroutine")
    )
    twin = subject(group, "fastapi-coroutine", {}, stack="current", cores=cores, control=True)
    subjects = [unlike, like, twin]
    pin_this_process(cores.others)
    with tempfile.TemporaryDirectory() as logs, bench(subjects, cores, Path(logs)) as ready:
        asked = {each: _asked(ready, each) for each in subjects}
        for each in subjects:
            measure(ready, each, asked[each], Way(slice_s=1.0, settle_s=0.1).timing, number=0)
        found = {way: _Found(subjects) for way in ways()}
        draw = random.Random(SEED)
        for _ in range(blocks):
            for way in draw.sample(ways(), len(ways())):
                for _ in range(max(1, round(block_s / way.slice_s))):
                    for each in draw.sample(subjects, len(subjects)):
                        found[way].add(each, measure(ready, each, asked[each], way.timing, number=1))
    pin_this_process(cores.everything)
    write(out, "slices", "Error and bias against the length of a slice", _lines(found, unlike, like, twin, blocks))


def _asked(ready: Bench, each: Subject) -> Asked:
    asked = probe(each, ready.server(each).base_url).asked
    if asked is None:
        raise AssertionError(each.name)
    return asked


class _Found:
    def __init__(self, subjects: Sequence[Subject]) -> None:
        self.qps: dict[str, list[float]] = {each.name: [] for each in subjects}
        self.cpu_us: dict[str, list[float]] = {each.name: [] for each in subjects}
        self.measured_s = self.wall_s = 0.0

    def add(self, each: Subject, record: Record) -> None:
        if record.client is None or record.use is None:
            raise AssertionError(record)
        self.qps[each.name].append(qps(record.client))
        self.cpu_us[each.name].append(record.use.cpu_ns / 1e3 / record.client.requests)
        self.measured_s += (record.client.window_end_ns - record.client.window_start_ns) / 1e9
        self.wall_s += record.use.wall_ns / 1e9

    def ratio(self, values: Mapping[str, Sequence[float]], a: Subject, b: Subject) -> tuple[float, float]:
        """Return the median ratio, and the standard error of the mean log ratio in percent."""
        logs = np.log(np.array(values[a.name]) / np.array(values[b.name]))
        # A fifth of the rounds at a time: neighbours resemble each other, which single rounds would hide.
        parts = np.array([part.mean() for part in np.array_split(logs, min(len(logs), 9))])
        return float(np.exp(np.median(logs))), float(100 * parts.std(ddof=1) / len(parts) ** 0.5)


def _lines(found: Mapping[Way, _Found], unlike: Subject, like: Subject, twin: Subject, blocks: int) -> list[str]:
    rows = []
    for way, each in found.items():
        cpu, cpu_error = each.ratio(each.cpu_us, unlike, like)
        served, served_error = each.ratio(each.qps, like, unlike)
        _, twin_cpu = each.ratio(each.cpu_us, like, twin)
        _, twin_qps = each.ratio(each.qps, like, twin)
        rows.append(
            (
                f"{way.slice_s:.2f} s, settles {1000 * way.settle_s:.0f} ms × {len(each.qps[like.name])}",
                f"{np.median(each.cpu_us[like.name]):.0f}, {np.median(each.cpu_us[unlike.name]):.0f}",
                f"{cpu:.2f} ± {cpu_error:.1f} %",
                f"{served:.2f} ± {served_error:.1f} %",
                f"{twin_cpu:.1f} %",
                f"{twin_qps:.1f} %",
                f"{100 * each.measured_s / each.wall_s:.0f} %",
            )
        )
    head = (
        "slice × number", "µs CPU: FastAPI, Flask", "CPU Flask ÷ FastAPI", "QPS FastAPI ÷ Flask",
        "error, same twice: CPU", "QPS", "window ÷ wall",
    )  # fmt: skip
    return [
        f"`flask-thread` and `fastapi-coroutine` under `hello` with {USERS} users, {blocks} blocks, every row with the",
        "same time. Ratios are medians over rounds; errors are standard errors of the mean log ratio.",
        "",
        *table(head, rows),
    ]


if __name__ == "__main__":
    prove(Path("docs/proofs"))
