"""The outcomes as tables for people: one of all lanes and faults, then one for each fault, one line for each lane."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from loadtests.faults.fault import FAULTS, Fault
from loadtests.faults.outcome import Outcome

HEAD = (
    "lane",
    "answers",
    "slowest",
    "others",
    "slowest",
    "served again after",
    "connections",
    "at work at once",
    "as promised",
)
NOTHING = "–"
CANNOT, BROKEN = " †", " ✗"


def markdown(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of an overview, and of a section for each fault, in the order of their table."""
    yield from overview(outcomes)
    for fault in FAULTS.values():
        if rows := [each for each in outcomes if each.fault == fault.name]:
            yield from _section(fault, rows)


def overview(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield one table of all: a line for each lane, with the seconds after each fault until it served again."""
    found = {(each.lane, each.fault): each for each in outcomes}
    lanes = dict.fromkeys(each.lane for each in outcomes)
    known = [name for name in FAULTS if any(each.fault == name for each in outcomes)]
    yield "Seconds from the end of the fault until all clients were served at once;"
    yield f"{CANNOT.strip()} not as promised, and the server cannot; {BROKEN.strip()} not as promised."
    yield ""
    yield from (_line(["lane", *known]), _line(["---", *(["---:"] * len(known))]))
    yield from (_line([lane, *(_after(found.get((lane, fault))) for fault in known)]) for lane in lanes)
    yield ""


def _after(outcome: Outcome | None) -> str:
    if outcome is None:
        return NOTHING
    after_s = outcome.seen.recovered_after_s
    mark = "" if outcome.is_met else CANNOT if outcome.is_explained else BROKEN
    return ("never" if after_s is None else f"{after_s:.1f}") + mark


def _section(fault: Fault, outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield from (f"## {fault.name}", "", f"{fault.does} {_promise(fault)}", "")
    yield from (_line(HEAD), _line(["---", *(["---:"] * (len(HEAD) - 1))]), *(_line(cells(each)) for each in outcomes))
    yield ""
    yield from notes(outcomes)


def _promise(fault: Fault) -> str:
    allowed = " or ".join(sorted(fault.allowed))
    return f"Promised: {allowed} within {fault.within_s:g} s ({fault.because})."


def cells(outcome: Outcome) -> tuple[str, ...]:
    """Return one lane's line, in the order of the head."""
    seen = outcome.seen
    return (
        outcome.lane,
        _counts(seen.statuses),
        _seconds(seen.slowest_ms),
        _counts(seen.others),
        _seconds(seen.others_ms),
        NOTHING if seen.recovered_after_s is None else f"{seen.recovered_after_s:.1f} s",
        f"{seen.connections_before} → {seen.connections_after}",
        f"{seen.at_work}",
        "yes" if outcome.is_met else "no, and it cannot" if outcome.remedy else "**no**",
    )


def notes(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield what was not as promised, lanes with the same remark or remedy together."""
    told = [f"- {each.lane}: {'; '.join(each.unmet)}." for each in outcomes if each.unmet]
    told += [f"- {', '.join(lanes)}: {text}." for text, lanes in _alike((each.remark, each.lane) for each in outcomes)]
    remedies = _alike((each.remedy, each.lane) for each in outcomes)
    told += [f"- Remedy for {', '.join(lanes)}: {text}." for text, lanes in remedies]
    yield from told
    if told:
        yield ""


def _alike(said: Iterable[tuple[str | None, str]]) -> list[tuple[str, list[str]]]:
    """Return each text with the lanes of which it is said."""
    found: dict[str, list[str]] = {}
    for text, lane in said:
        if text:
            found.setdefault(text, []).append(lane)
    return list(found.items())


def _line(row: Iterable[str]) -> str:
    return f"| {' | '.join(row)} |"


def _counts(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} × {what}" for what, count in kinds.items()) or NOTHING


def _seconds(time_ms: float | None) -> str:
    return NOTHING if time_ms is None else f"{time_ms / 1000:.2f} s"
