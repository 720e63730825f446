"""The time line of a run: its slices in order, what others took of the cores meanwhile, and what was measured again."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from loadtests.measurement.record import Record
from loadtests.measurement.steal import taken_share

# Slices of a longer run share a mark, which then shows the one that stands out most.
_BARS = 240
_LISTED = 24
# From here on a slice is named even if it counts.
_MUCH = 0.1
# Below, seconds are the better word.
_MINUTES = 2.0
KINDS = {
    "plain": "count",
    "warm": "warmed up",
    "stolen": "count although others had their cores",
    "again": "were void and measured again",
    "void": "are void",
}
_ORDER = list(KINDS)


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One slice: `at_s` after the run's first, `taken` is the share of its cores' time that others had, if known."""

    at_s: float
    round: int
    work: str
    name: str
    kind: str
    taken: float | None
    why: str


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One or several slices in a row, as what stands out most of them: places in pixels."""

    left: float
    width: float
    kind: str
    slices: int


class TimeLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a run's slices, and the `bars` where nothing is known of its cores: `each` slices share one."""

    bars: list[Bar]
    each: int
    counts: dict[str, int]
    listed: list[Slot]
    more: int
    minutes: float


WIDTH = 960.0


def timeline(records: Sequence[Record]) -> TimeLine | None:
    """Return the time line of the slices, None where there are none."""
    if not records:
        return None
    first = _time(records[0])
    slots = sorted((_slot(record, first) for record in records), key=lambda slot: slot.at_s)
    each = -(-len(slots) // _BARS)
    together = [slots[at : at + each] for at in range(0, len(slots), each)]
    step = WIDTH / len(together)
    outstanding = sorted((slot for slot in slots if _stands_out(slot)), key=_rank, reverse=True)
    return TimeLine(
        bars=[_bar(place * step, step, own) for place, own in enumerate(together)],
        each=each,
        counts={kind: sum(slot.kind == kind for slot in slots) for kind in KINDS},
        listed=sorted(outstanding[:_LISTED], key=lambda slot: slot.at_s),
        more=max(0, len(outstanding) - _LISTED),
        minutes=slots[-1].at_s / 60,
    )


def _time(record: Record) -> float:
    return dt.datetime.fromisoformat(record.started_at).timestamp()


def _slot(record: Record, first: float) -> Slot:
    load = f"{record.users} users" if record.rate is None else f"{record.rate:g}/s"
    return Slot(
        at_s=max(0.0, _time(record) - first),
        round=record.round,
        work=f"{record.scenario}, {load}",
        name=record.name,
        kind=_kind(record),
        taken=taken_share(record.use),
        why=record.void or "",
    )


def _kind(record: Record) -> str:
    if record.repeated:
        return "again"
    if record.void is not None:
        return "void"
    if record.round == 0:
        return "warm"
    return "stolen" if record.stolen else "plain"


def _stands_out(slot: Slot) -> bool:
    return slot.kind in {"stolen", "again", "void"} or (slot.taken or 0.0) >= _MUCH


def _rank(slot: Slot) -> tuple[int, float]:
    return _ORDER.index(slot.kind), slot.taken or 0.0


def _bar(left: float, step: float, own: Sequence[Slot]) -> Bar:
    return Bar(
        left=round(left, 1),
        width=round(max(step - (1.0 if step > 3 else 0.2), 0.8), 1),  # noqa: PLR2004 - a gap needs room
        kind=max(own, key=_rank).kind,
        slices=len(own),
    )


def minutes(value: float) -> str:
    """Return how long something took."""
    return f"{value:.0f} min" if value >= _MINUTES else f"{value * 60:.0f} s"


def words(line: TimeLine) -> str:
    """Return what the time line shows, for those who cannot see it."""
    counts = [f"{count:,} {KINDS[kind]}" for kind, count in line.counts.items() if count]
    return f"{sum(line.counts.values()):,} slices: {'; '.join(counts)}"
