"""From an experiment and what a person asked for to a wish: which cells there are, and why others are left out."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from backing.database_url import POSTGRESQL
from contract.settings import SESSION_STORES
from contract.unavailable import UNAVAILABLE
from loadtests.experiments.cost import Cost, cost, slice_s
from loadtests.experiments.experiment import Experiment, Preset
from loadtests.measurement.cores import Cores
from loadtests.measurement.subject import Subject, subjects
from loadtests.measurement.wish import LeftOut, Wish
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES
from loadtests.workers.crewing import Crewing


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A wish, and what it will take."""

    wish: Wish
    cost: Cost


def plan(
    experiment: Experiment,
    preset: Preset,
    cores: Cores,
    *,
    lanes: Sequence[str] = (),
    users: Sequence[int] = (),
    seed: int = 1,
    stack: str = "current",
    database: str = POSTGRESQL,
    session_store: str = SESSION_STORES[0],
    rounds: int | None = None,
    seconds: float | None = None,
    targets: Mapping[str, str] | None = None,
    crewing: Crewing | None = None,
) -> Planned:
    """Return the wish that runs an experiment; `lanes` and `users` replace the preset's, `seconds` the experiment's.

    Numbers of users that a person named are measured however long they take.
    """
    bare = Wish(
        lanes=tuple(lanes) or preset.lanes,
        scenarios=experiment.scenarios,
        users=tuple(users) or preset.users,
        rates=preset.rates,
        rounds=rounds,
        seconds=seconds or experiment.seconds,
        seed=seed,
        server_cores=None,
        stack=stack,
        database=database,
        session_store=session_store,
        variants=experiment.variants,
        budget_s=preset.budget_s,
        experiment=experiment.name,
        targets=dict(targets or {}),
        crewing=crewing,
    )
    left_out = [*_inapplicable(experiment, bare, cores)]
    wish = msgspec.structs.replace(bare, left_out=tuple(left_out))
    if not users:
        left_out += _too_long(wish, cores, preset.longest_s)
    notes = [f"not measured: {each}" for each in (*experiment.missing(stack), *_by_reason(left_out))]
    wish = msgspec.structs.replace(wish, left_out=tuple(left_out), notes=tuple(notes))
    return Planned(wish=wish, cost=cost(subjects(wish, cores), seconds=wish.seconds, budget_s=wish.budget_s))


def _by_reason(left_out: Sequence[LeftOut]) -> list[str]:
    """Return one line for each reason."""
    found: dict[str, list[str]] = {}
    for each in left_out:
        found.setdefault(each.why, []).append(each.what)
    return [f"{', '.join(what)} ({why})" for why, what in found.items()]


def _inapplicable(experiment: Experiment, wish: Wish, cores: Cores) -> Iterator[LeftOut]:
    for name in wish.lanes:
        for variant in wish.variants or ({},):
            if why := experiment.applies(LANES[name], variant, cores):
                yield LeftOut(lane=name, variant=variant, why=why)
        for scenario in wish.scenarios:
            if why := _unavailable(name, wish.stack, scenario):
                yield LeftOut(lane=name, scenario=scenario, why=why)


def _unavailable(lane: str, stack: str, scenario: str) -> str | None:
    row = LANES[lane]
    return UNAVAILABLE.get((row.app, stack, row.styles[0], SCENARIOS[scenario].endpoint))


def _too_long(wish: Wish, cores: Cores, longest_s: float) -> Iterator[LeftOut]:
    """Leave out the numbers of users at which a lane with a variant is slow, one entry for all of them."""
    found: dict[tuple[str, str, str], list[Subject]] = {}
    for each in subjects(wish, cores):
        if not each.control and slice_s(each, wish.seconds) > longest_s:
            found.setdefault((each.group.scenario, each.lane, each.name), []).append(each)
    for (scenario, lane, _), slow in found.items():
        longest = max(slice_s(each, wish.seconds) for each in slow)
        yield LeftOut(
            lane=lane,
            scenario=scenario if len(wish.scenarios) > 1 else None,
            variant=dict(slow[0].factors),
            users=tuple(each.group.users for each in slow),
            why=f"one slice would take up to {longest:,.0f} s, and this preset allows {longest_s:g} s",
        )
