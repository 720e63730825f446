"""Put figures in words: ratios with their intervals, what is open, what is missing, and why one is behind."""

from collections.abc import Sequence

from loadtests.measurement.errors import failed
from loadtests.measurement.group import Group, group_of
from loadtests.measurement.limiter import ceiling_of
from loadtests.measurement.result import Cell, Detail
from loadtests.measurement.verdict import Verdict

_TWO_DECIMALS_BELOW, _ONE_DECIMAL_BELOW = 2, 10


def interval(verdict: Verdict) -> str:
    """Return the ratio with its interval, in the ratio's digits; no interval where the rounds were too few for one."""
    if verdict.ratio is None:
        return "no ratio"
    digits = _digits(verdict.ratio)
    if verdict.low is None or verdict.high is None:
        return f"{verdict.ratio:,.{digits}f} [no interval]"
    return f"{verdict.ratio:,.{digits}f} [{verdict.low:,.{digits}f}, {verdict.high:,.{digits}f}]"


def _digits(ratio: float) -> int:
    """Return how many decimals a ratio bears: 1.05, 3.9, 12."""
    if ratio < _TWO_DECIMALS_BELOW:
        return 2
    return 1 if ratio < _ONE_DECIMAL_BELOW else 0


def times(verdict: Verdict) -> str:
    """Return `3.9 times [3.7, 4.2]`."""
    shown = interval(verdict)
    return shown.replace(" [", " times [", 1)


def undecided(verdict: Verdict) -> str:
    """Say what is known of a pair that was not told apart, and what it would take."""
    return f"undecided: {interval(verdict)} {so_far(verdict)}"


def so_far(verdict: Verdict) -> str:
    """Say after how many rounds something is open, and how many it would take."""
    needed = "" if verdict.rounds_needed is None else f"; about {verdict.rounds_needed:,} rounds would decide it"
    return f"after {verdict.rounds} round{'' if verdict.rounds == 1 else 's'}{needed}"


def joined(parts: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def load(group: Group) -> str:
    """Return how much was asked: `at 256 users`."""
    if group.rate is not None:
        return f"at {group.rate:g} arrivals per second"
    return f"at {group.users:,} user{'' if group.users == 1 else 's'}"


def failures(cell: Cell) -> str:
    """Return `7 requests failed (7 status_503)`."""
    count = failed(cell.errors)
    kinds = joined([f"{number:,} {kind}" for kind, number in cell.errors.items()])
    return f"{count:,} request{'' if count == 1 else 's'} failed ({kinds})"


def milliseconds(value: float) -> str:
    """Return a response time with three digits that count."""
    return f"{float(f'{value:.3g}'):,g} ms"


def not_compared(cell: Cell) -> str:
    """Say why a cell has no figures."""
    return f"{cell.name} {load(group_of(cell))} is not compared: {'; '.join(each.reason for each in cell.reasons)}."


def because(cell: Cell, detail: Detail) -> str:
    """Return `, because …` where the figures show what holds a cell back, else nothing."""
    if ceiling := ceiling_of(cell.limiter, detail.ceilings):
        return f", because {ceiling.formula}"
    return f", limited by its {cell.limiter}" if cell.limiter else ""
