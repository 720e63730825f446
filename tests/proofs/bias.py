"""That short slices do not bias: ratios from the default rounds beside those from slices of ten seconds."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean, stdev

from loadtests.measurement import statistics
from loadtests.measurement.result import Detail
from loadtests.measurement.statistics import BETWEEN_STARTS, Interval
from loadtests.measurement.verdict import Verdict
from tests.proofs.comparing import Done, compare
from tests.proofs.writing import judge, table

LANES = ("flask-thread", "fastapi-coroutine", "django-thread")
PAIRS = ((LANES[0], LANES[1]), (LANES[2], LANES[1]), (LANES[0], LANES[2]))
METRICS = {"qps": "qps_per_round", "cpu_us_per_request": "cpu_us_per_round"}
CORES = ("servers_pace_us_per_round", "others_pace_us_per_round")
_HEAD = ("lane", *(f"{slices}, {cores}" for slices in ("default", "10 s") for cores in ("its core", "the other")))
# Three lanes and the control for ten seconds each: fifteen rounds are ten minutes.
ROUNDS = "15"


def prove(out: Path) -> None:
    """Measure both, and write them side by side."""
    short = compare("--lane", ",".join(LANES), "--scenario", "hello")
    long = compare("--lane", ",".join(LANES), "--scenario", "hello", "--seconds", "10", "--rounds", ROUNDS)
    rows = []
    inside = 0
    for metric in METRICS:
        plain = _plain(long, metric)
        for a, b in PAIRS:
            ours, theirs = short.verdict(a, b, metric, "hello"), plain[a, b]
            held = _holds(theirs, ours.ratio)
            inside += held
            rows.append((f"{a} ÷ {b}, {metric}", _shown(ours), _shown(theirs), "yes" if held else "no"))
    head = ("ratio", "default slices", f"10 s × {ROUNDS} rounds", "within the interval")
    lines = [
        "The long slices' figures are as they were measured: the pace of the cores is not held out of them.",
        "",
        *table(head, rows),
        "",
        "## The pace beside each lane",
        "",
        "What the fixed work took against its mean over the round's lanes, ± a standard error.",
        "",
        *table(_HEAD, _paces(short, long)),
    ]
    met = f"{inside} of {len(rows)} ratios from the default slices lie within the 95 % interval from slices of 10 s"
    judge(out, "bias", "Short slices against long ones", lines, {met: inside == len(rows)})


def _plain(done: Done, metric: str) -> dict[tuple[str, str], Interval]:
    """Return the ratios of figures that nothing was held out of."""
    columns = {each.name: _column(each, METRICS[metric]) for each in done.summary.details}
    # Rounds that a lane lost at the end are missing there.
    longest = max(len(column) for column in columns.values())
    values = {name: [*column, *[None] * (longest - len(column))] for name, column in columns.items()}
    found = statistics.compare(values, PAIRS, dict.fromkeys(PAIRS, BETWEEN_STARTS))
    return {(each.a, each.b): each for each in found}


def _column(detail: Detail, name: str) -> list[float | None]:
    found: list[float | None] = getattr(detail, name)
    return found


def _paces(*runs: Done) -> Iterator[tuple[str, ...]]:
    """Yield, lane by lane, what the fixed work took beside it in each run, on the servers' core and on the other."""
    beside = [_beside(run, cores) for run in runs for cores in CORES]
    for lane in LANES:
        yield (lane, *(_mean(each[lane]) for each in beside))


def _mean(values: Sequence[float]) -> str:
    if len(values) < 2:
        return "not told"
    return f"{fmean(values):+.2%} ± {stdev(values) / math.sqrt(len(values)):.2%}"


def _beside(done: Done, cores: str) -> dict[str, list[float]]:
    """Return, per lane, by what share the work took longer than at the mean of each round."""
    columns = {each.name: _column(each, cores) for each in done.summary.details}
    found: dict[str, list[float]] = {lane: [] for lane in LANES}
    for row in zip(*(columns[lane] for lane in LANES), strict=False):
        logs = [math.log(value) for value in row if value is not None]
        if len(logs) == len(LANES):
            for lane, value in zip(LANES, logs, strict=True):
                found[lane].append(value - fmean(logs))
    return found


def _holds(interval: Interval, ratio: float | None) -> bool:
    if ratio is None or interval.low is None or interval.high is None:
        return False
    return interval.low <= ratio <= interval.high


def _shown(found: Verdict | Interval) -> str:
    if found.ratio is None or found.low is None or found.high is None:
        return "–"
    return f"{found.ratio:.3f} [{found.low:.3f}, {found.high:.3f}], {found.rounds} rounds"


if __name__ == "__main__":
    prove(Path("docs/proofs"))
