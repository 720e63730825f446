"""What a person asked `trilane duet` for, checked before anything is started."""

from pathlib import Path

import msgspec

from backing.database_url import POSTGRESQL
from backing.problem import Problem
from backing.services import chosen_engine
from loadtests.duet.length import DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS
from loadtests.duet.sides import Side, check_checkout, objections, read_factors
from loadtests.measurement.wish import MOST_USERS
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES, find

# One duet loads two servers.
_MOST_USERS = MOST_USERS // 2


class Duet(msgspec.Struct, frozen=True, kw_only=True):
    """Two sides under one scenario; `users` of each are None where the warm-up decides.

    `seconds` are all that the command may take. `against` is what speaks against the pair, which was `forced`.
    """

    a: Side
    b: Side
    scenario: str
    users: int | None
    seconds: float
    seed: int
    forced: bool
    against: tuple[str, ...] = ()
    database: str = POSTGRESQL


def duet(
    *,
    lane: str,
    other: str | None,
    scenario: str,
    set_a: list[str],
    set_b: list[str],
    checkout_b: Path | None,
    seconds: str | None,
    users: str | None,
    seed: str,
    forced: bool,
    database: str | None = None,
) -> Duet:
    """Read what was typed; raise `Problem` naming the option, the value and what is allowed."""
    if scenario not in SCENARIOS:
        raise Problem(f"--scenario {scenario}: there is no such scenario; use one of {', '.join(SCENARIOS)}")
    name_a, name_b = find(lane).name, find(other or lane).name
    checkout = None if checkout_b is None else check_checkout(checkout_b, LANES[name_b])
    a = Side(lane=name_a, factors=read_factors("--set-a", set_a, scenario))
    b = Side(lane=name_b, factors=read_factors("--set-b", set_b, scenario), checkout=checkout)
    against = objections(a, b, scenario)
    if against and not forced:
        raise Problem(f"{against[0]}; use `trilane compare`, or --forced to run it all the same")
    return Duet(
        a=a,
        b=b,
        scenario=scenario,
        users=None if users is None else int(_number("--users", users, 1, _MOST_USERS, whole=True)),
        seconds=DEFAULT_SECONDS if seconds is None else _number("--seconds", seconds, LEAST_SECONDS, MOST_SECONDS),
        seed=int(_number("--seed", seed, 0, 2**31, whole=True)),
        forced=forced,
        against=tuple(against),
        database=chosen_engine(database),
    )


def _number(option: str, text: str, least: float, most: float, *, whole: bool = False) -> float:
    try:
        number: float = int(text) if whole else float(text)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise Problem(f"{option} {text}: give a {'whole ' if whole else ''}number from {least:.10g} to {most:.10g}")
    return number
