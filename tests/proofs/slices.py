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
from loadtests.measurement.even import even
from loadtests.measurement.group import Group
from loadtests.measurement.per_round import qps
from loadtests.measurement.plan import Timing
from loadtests.measurement.probe import probe
from loadtests.measurement.record import Record
from loadtests.measurement.slice import Asked, measure
from loadtests.measurement.subject import Subject, subject
from loadtests.measurement.wish import DEFAULT_SECONDS
from tests.proofs.writing import table, write

LENGTHS_S = (0.1, DEFAULT_SECONDS, 0.5, 1.0, 2.0)
# The default settles for one response time: 64 users ÷ 4 000/s.
SETTLED_S = (0.0, 0.016, 0.1, 0.3)
BLOCK_S = 4.0
BLOCKS = 5
# Of how many parts of the rounds, one after another, an error is made: neighbours resemble each other.
PARTS = 9
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
    return [
        *lengths,
        *(Way(slice_s=DEFAULT_SECONDS + settle, settle_s=settle) for settle in SETTLED_S if settle != SETTLE_S),
    ]


def prove(out: Path, *, blocks: int = BLOCKS, block_s: float = BLOCK_S) -> None:
    """Measure, and write the curve.

    Draining is not varied: what is in flight at the end of a slice would else be the next one's.
    """
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
    """What one way has measured: figures and paces per slice, by metric and then by lane."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        names = [each.name for each in subjects]
        self.values: dict[str, dict[str, list[float | None]]] = {
            metric: {name: [] for name in names}
            for metric in ("qps", "cpu_us", "busy", "servers", "others", "window servers", "window others")
        }
        self.measured_s = self.wall_s = 0.0

    def add(self, each: Subject, record: Record) -> None:
        client, use = record.client, record.use
        if client is None or use is None or use.cpu_ns is None:
            raise AssertionError(record)
        figures = (
            qps(client),
            use.cpu_ns / 1e3 / client.requests,
            use.cpu_ns / use.wall_ns,
            use.pace.servers_us,
            use.pace.others_us,
            use.window_pace.servers_us,
            use.window_pace.others_us,
        )
        for metric, figure in zip(self.values, figures, strict=True):
            self.values[metric][each.name].append(figure)
        self.measured_s += (client.window_end_ns - client.window_start_ns) / 1e9
        self.wall_s += use.wall_ns / 1e9

    def evened(self, metric: str) -> Mapping[str, Sequence[float | None]]:
        """Return a metric with the pace held out, as a comparison does it."""
        names = ("window servers", "window others") if metric == "qps" else ("servers", "others")
        return even(self.values[metric], {name: self.values[name] for name in names}, self.values["busy"]).values


def _ratio(values: Mapping[str, Sequence[float | None]], a: Subject, b: Subject) -> tuple[float, float]:
    """Return the median ratio, and the standard error of the mean log ratio in percent."""
    both = [(own, other) for own, other in zip(values[a.name], values[b.name], strict=True) if own and other]
    logs = np.log([own / other for own, other in both])
    parts = np.array([part.mean() for part in np.array_split(logs, min(len(logs), PARTS))])
    return float(np.exp(np.median(logs))), float(100 * parts.std(ddof=1) / len(parts) ** 0.5)


def _lines(found: Mapping[Way, _Found], unlike: Subject, like: Subject, twin: Subject, blocks: int) -> list[str]:
    rows = []
    for way, each in found.items():
        cpu, cpu_error = _ratio(each.values["cpu_us"], unlike, like)
        served, served_error = _ratio(each.values["qps"], like, unlike)
        twins = [
            _ratio(values, like, twin)[1]
            for metric in ("cpu_us", "qps")
            for values in (each.values[metric], each.evened(metric))
        ]
        rows.append(
            (
                f"{way.slice_s:.2f} s, settles {1000 * way.settle_s:.0f} ms × {len(each.values['qps'][like.name])}",
                f"{cpu:.2f} ± {cpu_error:.1f} %",
                f"{served:.2f} ± {served_error:.1f} %",
                f"{twins[0]:.1f} %, {twins[1]:.1f} %",
                f"{twins[2]:.1f} %, {twins[3]:.1f} %",
                f"{100 * each.measured_s / each.wall_s:.0f} %",
            )
        )
    head = (
        "slice × number", "CPU Flask ÷ FastAPI", "QPS FastAPI ÷ Flask",
        "error, same twice: CPU", "QPS", "window ÷ wall",
    )  # fmt: skip
    return [
        f"`flask-thread` and `fastapi-coroutine` under `hello` with {USERS} users, {blocks} blocks, every row with the",
        "same time. Ratios are medians over rounds, plain; errors are standard errors of the mean log ratio, plain and",
        "with the cores' pace held out.",
        "",
        *table(head, rows),
    ]


if __name__ == "__main__":
    prove(Path("docs/proofs"))
