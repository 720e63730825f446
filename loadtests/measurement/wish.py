"""What a person asked `trilane compare` for, checked before anything is started."""

import resource
import sys
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from backing.database_url import POSTGRESQL
from backing.problem import Problem
from backing.services import chosen_engine, chosen_store
from contract.settings import SESSION_STORES
from loadtests.measurement import factors
from loadtests.measurement.levels import levels
from loadtests.measurement.plan import BUDGET_S
from loadtests.scenarios import DEFAULT as DEFAULT_SCENARIOS
from loadtests.scenarios import SCENARIOS
from loadtests.servers.elsewhere import targets as read_targets
from loadtests.servers.lanes import DEFAULT as DEFAULT_LANES
from loadtests.servers.lanes import LANES
from loadtests.workers.crewing import Crewing

MOST_USERS = 5_000
MOST_ROUNDS = 1_000
SECONDS = (0.1, 60.0)
QUICK, FULL = PRESETS = ("quick", "full")
FULL_BUDGET_S = 3_600.0
STACKS = ("current", "vintage")
# So many may be in flight under an open load before arrivals are dropped.
OPEN_USERS = 1_000
MOST_PER_S = 100_000.0
# By docs/proofs/slices.md: shorter slices are sharper, and none of those tried is biased.
DEFAULT_SECONDS = 0.25
# Beside its connections the agent holds its program, libraries, sockets and pipes.
FILES_BESIDE = 128


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Cells of a lane that are not measured, and why; what is None or empty stands for all there are."""

    lane: str
    why: str
    scenario: str | None = None
    variant: dict[str, str | int] | None = None
    users: tuple[int, ...] = ()

    def covers(self, lane: str, variant: Mapping[str, str | int], scenario: str, users: int) -> bool:
        """Tell whether a cell is one of them."""
        return (
            self.lane == lane
            and self.scenario in {None, scenario}
            and self.variant in (None, variant)
            and (not self.users or users in self.users)
        )

    @property
    def what(self) -> str:
        """Return which cells in words."""
        variant = "".join(f" {name}={value}" for name, value in (self.variant or {}).items())
        scenario = "" if self.scenario is None else f" under {self.scenario}"
        users = "" if not self.users else f" at {', '.join(f'{count:,}' for count in self.users)} users"
        return f"{self.lane}{variant}{scenario}{users}"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What to compare: `rounds` and `server_cores` are None where the plan decides; `seconds` is the shortest slice.

    `rates` are arrivals per second of open loads, none for closed ones. Every lane is measured with each of `variants`,
    which say what is changed of it. With `control` one lane is measured twice, to show what the machine alone does.
    `budget_s` is what the run may take; `experiment` names the plan that this is, `left_out` are cells that are no part
    of it, `notes` what the report has to say about the plan. `crewing` says which workers make the load; None where the
    load agent makes it itself. `targets` are the base URLs of lanes that run elsewhere. With `flame`, stacks of each
    cell's server are recorded after the rounds.
    """

    lanes: tuple[str, ...]
    scenarios: tuple[str, ...]
    users: tuple[int, ...]
    rounds: int | None
    seconds: float
    seed: int
    server_cores: int | None
    stack: str
    database: str = POSTGRESQL
    session_store: str = SESSION_STORES[0]
    rates: tuple[float, ...] = ()
    variants: tuple[dict[str, str | int], ...] = ()
    control: bool = True
    budget_s: float = BUDGET_S
    experiment: str | None = None
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    crewing: Crewing | None = None
    targets: dict[str, str] = {}
    flame: bool = False


def wish(
    *,
    lanes: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    users: str | None = None,
    rate: str | None = None,
    preset: str = QUICK,
    rounds: str | None = None,
    seconds: str | None = None,
    seed: str = "1",
    cores: str | None = None,
    stack: str = "current",
    database: str | None = None,
    session_store: str | None = None,
    control: bool = True,
    variants: Sequence[str] = (),
    crewing: Crewing | None = None,
    targets: Sequence[str] = (),
) -> Wish:
    """Read what was typed; raise `Problem` naming the option, the value and what is allowed."""
    if stack not in STACKS:
        raise Problem(f"--stack {stack}: there is no such stack; use one of {', '.join(STACKS)}")
    if preset not in PRESETS:
        raise Problem(f"--preset {preset}: there is no such preset; use one of {', '.join(PRESETS)}")
    whole = preset == FULL
    named = _names("--scenario", scenarios, SCENARIOS, tuple(SCENARIOS) if whole else DEFAULT_SCENARIOS)
    rates = () if rate is None else _rates(rate)
    elsewhere = read_targets(targets)
    usual = tuple(elsewhere) or (tuple(LANES) if whole else DEFAULT_LANES)
    return Wish(
        lanes=tuple(dict.fromkeys((*_names("--lane", lanes, LANES, usual), *elsewhere))),
        scenarios=named,
        users=_users(users, rates),
        rates=rates,
        rounds=None if rounds is None else _integer("--rounds", rounds, 1, MOST_ROUNDS),
        seconds=DEFAULT_SECONDS if seconds is None else _seconds(seconds),
        seed=_integer("--seed", seed, 0, 2**32 - 1),
        server_cores=None if cores is None else _integer("--cores", cores, 1, 1_024),
        stack=stack,
        database=chosen_engine(database),
        session_store=chosen_store(session_store),
        control=control,
        variants=_variants(variants, named),
        budget_s=FULL_BUDGET_S if whole else BUDGET_S,
        crewing=crewing,
        targets=elsewhere,
    )


def _users(text: str | None, rates: Sequence[float]) -> tuple[int, ...]:
    if text is None:
        return (OPEN_USERS,) if rates else ()
    return levels("--users", text, MOST_USERS)


def users_of(wish: Wish, scenario: str) -> tuple[int, ...]:
    """Return the numbers of users under a scenario."""
    return wish.users or (SCENARIOS[scenario].users,)


def all_users(wish: Wish) -> tuple[int, ...]:
    """Return all numbers of users of a run."""
    return tuple(sorted({users for name in wish.scenarios for users in users_of(wish, name)}))


def _variants(texts: Sequence[str], scenarios: Sequence[str]) -> tuple[dict[str, str | int], ...]:
    """Read the variants; raise `Problem` where one of the scenarios has no such factor or value."""
    read = [[factors.read_variant(text, name) for text in texts] for name in scenarios]
    return tuple(read[0])


def _names(option: str, typed: Iterable[str], known: Mapping[str, object], default: tuple[str, ...]) -> tuple[str, ...]:
    names = [name.strip() for text in typed for name in text.split(",")]
    for name in names:
        if name not in known:
            raise Problem(f"{option} {name or '(empty)'}: there is no such name; use one of {', '.join(known)}")
    return tuple(dict.fromkeys(names)) or default


def _integer(option: str, text: str, least: int, most: int) -> int:
    if not text.strip().isascii() or not text.strip().isdigit() or not least <= int(text[:20]) <= most:
        raise Problem(f"{option} {text}: give a whole number from {least} to {most}")
    return int(text)


def _rates(text: str) -> tuple[float, ...]:
    found = set()
    for part in text.split(","):
        try:
            rate = float(part)
        except ValueError:
            rate = float("nan")
        if not 0 < rate <= MOST_PER_S:
            raise Problem(f"--rate {part or '(empty)'}: give requests per second, more than 0 to {MOST_PER_S:,.0f}")
        found.add(rate)
    return tuple(sorted(found))


def _seconds(text: str) -> float:
    least, most = SECONDS
    try:
        seconds = float(text)
    except ValueError:
        seconds = float("nan")
    if not least <= seconds <= most:
        raise Problem(f"--seconds {text}: give a number from {least:g} to {most:g}, the shortest slice in seconds")
    return seconds


def files_needed(wish: Wish, servers: int) -> int:
    """Return how many files the load agent holds open at once when so many servers keep their connections."""
    return max(all_users(wish)) * servers + FILES_BESIDE


def require_files(wish: Wish, servers: int, limit: int | None = None) -> None:
    """Raise `Problem` when the hard limit on open files is below what users need who load `servers` at a time."""
    most, needed = max(all_users(wish)), files_needed(wish, servers)
    if (hard := _most_files(limit)) < needed:
        raise Problem(
            f"--users {most}: {f'{servers} servers at ' if servers > 1 else ''}{most} users need {needed} open files "
            f"and the limit is {hard}; raise it with `ulimit -Hn {needed}` (as root, or in /etc/security/limits.conf), "
            "or ask for fewer users"
        )


def all_kept(wish: Wish, servers: int, limit: int | None = None) -> bool:
    """Tell whether so many servers can keep their users' connections between slices under the limit on open files."""
    return files_needed(wish, servers) <= _most_files(limit)


def _most_files(limit: int | None) -> int:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1] if limit is None else limit
    return sys.maxsize if hard in (-1, resource.RLIM_INFINITY) else hard
