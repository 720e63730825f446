"""What a duet's figures say, in sentences."""

from collections.abc import Iterator, Sequence

from loadtests.measurement.group import Group
from loadtests.measurement.result import Cell
from loadtests.measurement.verdict import Verdict
from loadtests.measurement.verdicts import MARGIN, PER_BLOCK
from loadtests.report.numbers import number

# By metric: what a side does so many times, and of what.
_SAID = {
    "cpu_us_per_request": ("uses", "the CPU per request of"),
    "qps": ("answers", "as many requests as"),
    "p99_ms": ("has", "the p99 of"),
}
# Half of a core each: what is further off was not shared fairly, or one side did not use its half.
_UNEQUAL = 0.02
# An hour has about so many.
_MOST_STARTS_SAID = 1_000


def sentences(group: Group, verdicts: Sequence[Verdict], cells: Sequence[Cell], forced: Sequence[str]) -> list[str]:
    """Return one sentence a metric, with what was forced beside it, or why there is none."""
    if not verdicts:
        reasons = [f"{cell.name}: {reason}" for cell in cells for reason in cell.reasons]
        return [f"{group} each: nothing can be said; {'; '.join(reasons) or 'nothing was measured'}."]
    beside = " (forced: biased, see the notes)" if forced else ""
    return [f"{_sentence(verdict, cells)}{beside}." for verdict in verdicts if verdict.ratio is not None]


def _sentence(verdict: Verdict, cells: Sequence[Cell]) -> str:
    """Name first whichever the figure is larger for: "1.05 times" is easier to read than "0.95 times"."""
    ratio = verdict.ratio or 1.0
    turned = ratio < 1
    first, second = (verdict.b, verdict.a) if turned else (verdict.a, verdict.b)
    does, of = _SAID[verdict.metric]
    text = f"{first} {does} {1 / ratio if turned else ratio:.3f} times{_interval(verdict, turned=turned)} {of} {second}"
    return f"{text}{_figures(verdict, cells, turned=turned)}: {_meaning(verdict, first=first, second=second)}"


def _interval(verdict: Verdict, *, turned: bool) -> str:
    if verdict.low is None or verdict.high is None:
        return ""
    low, high = (1 / verdict.high, 1 / verdict.low) if turned else (verdict.low, verdict.high)
    return f" [{low:.3f}, {high:.3f}]"


def _figures(verdict: Verdict, cells: Sequence[Cell], *, turned: bool) -> str:
    if verdict.metric != "cpu_us_per_request":
        return ""
    first, second = reversed(cells) if turned else cells
    return f" ({number(first.cpu_us_per_request)} and {number(second.cpu_us_per_request)} µs)"


def _meaning(verdict: Verdict, *, first: str, second: str) -> str:
    if verdict.verdict == "equal":
        return f"equal, within {MARGIN:.0%}"
    if verdict.verdict == "undecided":
        needed = verdict.rounds_needed
        said = needed is not None and needed <= _MOST_STARTS_SAID
        return f"undecided; about {needed} starts would decide it" if said else "undecided"
    other = second if verdict.a == first else first
    return f"{verdict.a} is {verdict.verdict} than {other}"


def of_shares(a: str, share_a: float | None, *, fair: bool | None) -> Iterator[str]:
    """Say what is lost where the core was not shared fairly."""
    if fair is False:
        yield (
            "no control groups with shares can be made here, so the kernel shares the core out by thread or session: "
            "sides with unlike numbers of threads or processes get unlike time, and QPS and p99 compare that too"
        )
    if share_a is not None and abs(share_a - 0.5) > _UNEQUAL:
        yield (
            f"{a} had {share_a:.1%} of the CPU time of both: one side did not want its half or did not get it, so QPS "
            "and p99 compare that too; CPU per request does not"
        )


def of_tails(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Say where p99 cannot be compared."""
    if any(verdict.metric == PER_BLOCK.name and verdict.ratio is None for verdict in verdicts):
        yield "too few requests in each start to compare p99: give it more --seconds"
