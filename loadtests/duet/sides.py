"""The two sides of a duet: what each is, in what they differ, and what speaks against setting them side by side."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from backing.problem import Problem
from contract.endpoints import BY_NAME
from contract.settings import Settings
from loadtests.measurement import factors
from loadtests.measurement.factors import Value
from loadtests.measurement.group import Group
from loadtests.measurement.subject import Subject
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES, stack, workers_for
from loadtests.servers.lanes import Lane
from loadtests.servers.stacks import NAMES

STACK, CHECKOUT, LANE = "stack", "checkout", "lane"
HERE = "here"
AGAIN = " (again)"
# What one of them is would be a matter of the other, or of the machine.
_REFUSED = {
    "cores": "both sides of a duet share the same core",
    factors.BESIDE: "what a neighbour costs cannot be told from what a request costs; use `trilane compare`",
}


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One side as it was asked for: `factors` are what is set of it, `checkout` the folder whose apps it serves."""

    lane: str
    factors: dict[str, Value] = {}
    checkout: str | None = None


def read_factors(option: str, typed: list[str], scenario: str) -> dict[str, Value]:
    """Read every `FACTOR=VALUE`; raise `Problem` naming the option, what is wrong and what there is."""
    found: dict[str, Value] = {}
    for text in typed:
        name, equals, value = text.partition("=")
        if not equals:
            raise Problem(f"{option} {text}: write FACTOR=VALUE, with one of {', '.join(_known(scenario))}")
        if name in found:
            raise Problem(f"{option} {text}: {name} is {found[name]} already; give it once")
        found[name] = _read(option, name, value, scenario)
    return found


def _known(scenario: str) -> list[str]:
    return [STACK, *(name for name in factors.known(scenario) if name not in _REFUSED)]


def _read(option: str, name: str, value: str, scenario: str) -> Value:
    if name in _REFUSED:
        raise Problem(f"{option} {name}={value}: {_REFUSED[name]}")
    if name == STACK:
        if value not in NAMES:
            raise Problem(f"{option} {name}={value}: there is no such stack; use one of {', '.join(NAMES)}")
        stack(value)
        return value
    if name not in _known(scenario):
        raise Problem(
            f"{option} {name}={value}: {scenario} has no such factor; use one of {', '.join(_known(scenario))}"
        )
    try:
        return factors.check(name, value, scenario)
    except Problem as problem:
        raise Problem(f"{option} {problem}") from None


def check_checkout(folder: Path, lane: Lane) -> str:
    """Return the checkout's whole path; raise `Problem` when it does not hold what a server of the lane needs."""
    needed = ("contract", "backing", *([f"{lane.app}_app"] if f"{lane.app}_app" in " ".join(lane.command) else []))
    missing = [name for name in needed if not (folder / name).is_dir()]
    if missing:
        raise Problem(
            f"--checkout-b {folder}: it has no {' and no '.join(missing)}; name a folder that holds {', '.join(needed)}"
        )
    return str(folder.resolve())


def about(side: Side, scenario: str) -> dict[str, Value]:
    """Return all that may differ between two sides, with the values of what was not set."""
    lane, kind = LANES[side.lane], SCENARIOS[scenario]
    defaults: dict[str, Value | None] = {
        LANE: lane.name,
        STACK: "current",
        CHECKOUT: side.checkout or HERE,
        "workers": workers_for(lane, 1),
        "threads": lane.threads,
        "pool": Settings.from_environment().pool_size,
        **{each.name: each.default for each in BY_NAME[kind.endpoint].parameters},
        **kind.parameters,
    }
    known = {name: value for name, value in defaults.items() if value is not None}
    return known | side.factors


def differences(a: Side, b: Side, scenario: str) -> list[str]:
    """Return the names of what differs between two sides."""
    ours, theirs = about(a, scenario), about(b, scenario)
    return [name for name in dict.fromkeys((*ours, *theirs)) if ours.get(name) != theirs.get(name)]


def objections(a: Side, b: Side, scenario: str) -> list[str]:
    """Return what speaks against the pair, worst first: nothing where they are alike but for one thing."""
    found = []
    differing = differences(a, b, scenario)
    if a.lane != b.lane:
        found.append(
            f"{a.lane} and {b.lane} are unlike: two lanes on one core spoil each other's caches and batches unequally, "
            "so their ratio is not the one they have alone"
        )
    # What follows from the lanes is no change of its own.
    changed = [name for name in differing if name in a.factors or name in b.factors or name == CHECKOUT]
    if len(changed) + (a.lane != b.lane) > 1:
        found.append(
            f"they differ in {len(changed) + (a.lane != b.lane)} things "
            f"({', '.join((['lane'] if a.lane != b.lane else []) + changed)}): nothing would tell which of them it was"
        )
    return found


def require_as_many(a: Side, b: Side, scenario: str) -> None:
    """Raise `Problem` when the sides differ in processes or threads, for a core that cannot be shared by shares."""
    differing = differences(a, b, scenario)
    unlike = [name for name in ("workers", "threads") if name in differing]
    if unlike:
        raise Problem(
            f"the sides differ in {unlike[0]}, and no control groups with shares can be made here: the one with "
            "more would get more of the core; run it as root, use `trilane compare`, or --forced to run it all the "
            "same"
        )


def subjects(a: Side, b: Side, group: Group, core: frozenset[int]) -> tuple[Subject, Subject]:
    """Return both sides as what is measured; each is named by its lane and what sets it apart from the other."""
    differing = [name for name in differences(a, b, group.scenario) if name != LANE]
    shown = [
        {
            name: value
            for name, value in about(side, group.scenario).items()
            if name in side.factors or (name in differing and a.lane == b.lane)
        }
        for side in (a, b)
    ]
    first, second = (_subject(side, what, group, core) for side, what in zip((a, b), shown, strict=True))
    if first.name == second.name:
        second = msgspec.structs.replace(second, name=second.name + AGAIN)
    return first, second


def _subject(side: Side, shown: Mapping[str, Value], group: Group, core: frozenset[int]) -> Subject:
    lane, chosen = LANES[side.lane], side.factors
    return Subject(
        group=group,
        name=factors.label(side.lane, {name: _short(name, value) for name, value in shown.items()}),
        lane=side.lane,
        stack=str(chosen.get(STACK, "current")),
        style=lane.styles[0],
        workers=factors.integer(chosen, "workers") or workers_for(lane, 1),
        cores=tuple(sorted(core)),
        threads=factors.integer(chosen, "threads"),
        pool_size=factors.integer(chosen, "pool"),
        factors=tuple(shown.items()),
        params=tuple((name, value) for name, value in factors.parameters(chosen).items() if name != STACK),
        checkout=side.checkout,
    )


def _short(name: str, value: Value) -> Value:
    """Return a checkout by the name of its folder: whole paths make names that nobody reads."""
    return Path(str(value)).name if name == CHECKOUT else value
