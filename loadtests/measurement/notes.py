"""What a person should know about a run before they read its figures."""

from collections.abc import Sequence

from loadtests.measurement.budget import LEAST_ROUNDS
from loadtests.measurement.cores import Cores
from loadtests.measurement.generator import fillable
from loadtests.measurement.plan import Plan
from loadtests.measurement.record import Record
from loadtests.measurement.subject import subjects
from loadtests.measurement.wish import Wish, all_kept, all_users, files_needed, users_of
from loadtests.messages import Part
from loadtests.scenarios import SCENARIOS, SESSIONS


def notes(wish: Wish, cores: Cores, plan: Plan) -> list[str]:
    """Return them: what the wish says itself, and what the machine and the time made of it."""
    found = list(wish.notes)
    if cores.shared:
        found.append(
            "generator, databases and servers share "
            + ("the only core" if len(cores.everything) == 1 else "all cores")
            + ": figures are lower than with cores of their own"
        )
    servers = len({subject.key for subject in subjects(wish, cores)})
    if not all_kept(wish, servers):
        found.append(
            f"slices of many users open connections anew while they settle: to keep those of {max(all_users(wish)):,} "
            f"users to {servers} servers takes {files_needed(wish, servers):,} open files, and fewer are allowed"
        )
    found += _shared_sessions(wish)
    if len(set(plan.rounds.values())) > 1:
        counts = ", ".join(f"{group}: {count}" for group, count in plan.rounds.items())
        found.append(f"rounds differ, so that the run fits its time ({counts})")
    found += _fewer_parts(plan)
    if any(count < LEAST_ROUNDS for count in plan.rounds.values()):
        found.append(f"fewer than {LEAST_ROUNDS} rounds: nothing can be told apart")
    return found


def about_workers(wish: Wish, records: Sequence[Record]) -> list[str]:
    """Say who made the load of the slices that count, and where workers had to share cores."""
    made = _made_by(records)
    if wish.crewing is None or not made:
        return []
    most, least = max(made, key=len), min(made, key=len)
    workers = f"{len(most)} worker{'' if len(most) == 1 else 's'}"
    where = f"that connected to {wish.crewing.address}" if wish.crewing.expected else "on this machine"
    later = f" (in some slices {len(least)})" if len(least) < len(most) else ""
    cores = fillable(most)
    shared = "one core" if cores == 1 else f"{cores} cores"
    together = "" if cores == len(most) else f" and shared {shared}: it is those that they can fill"
    return [f"{workers} {where} made the load{later}{together}"]


def _made_by(records: Sequence[Record]) -> list[tuple[Part, ...]]:
    """Return the workers of each slice: of most users, since fewer than there are workers leave some out."""
    counted = [
        (record.users, record.client.parts)
        for record in records
        if record.round and record.void is None and record.client is not None and record.client.parts
    ]
    most = max((users for users, _ in counted), default=0)
    return [parts for users, parts in counted if users == most]


def _shared_sessions(wish: Wish) -> list[str]:
    """Say where users outnumber the sessions."""
    reading = [name for name in wish.scenarios if SCENARIOS[name].login and not SCENARIOS[name].writes]
    return [
        f"{name}, {users:,} users share {SESSIONS} sessions"
        for name in reading
        for users in users_of(wish, name)
        if users > SESSIONS
    ]


def _fewer_parts(plan: Plan) -> list[str]:
    """Say which cells take part in some rounds only."""
    return [
        f"{name} took part in {count} of {plan.rounds[group]} rounds of {group}, since its slices are long"
        for group, parts in plan.parts().items()
        for name, count in sorted(parts.items())
        if count < plan.rounds[group]
    ]
