"""What a person should know about a run before they read its figures."""

from loadtests.measurement.budget import LEAST_ROUNDS
from loadtests.measurement.cores import Cores
from loadtests.measurement.plan import Plan
from loadtests.measurement.wish import Wish


def notes(wish: Wish, cores: Cores, plan: Plan) -> list[str]:
    """Return them: what the wish says itself, and what the machine and the time made of it."""
    found = list(wish.notes)
    if cores.shared:
        found.append(
            "generator, databases and servers share "
            + ("the only core" if len(cores.everything) == 1 else "all cores")
            + ": figures are lower than with cores of their own"
        )
    if len(set(plan.rounds.values())) > 1:
        counts = ", ".join(f"{group}: {count}" for group, count in plan.rounds.items())
        found.append(f"rounds differ, so that the run fits its time ({counts})")
    found += _fewer_parts(plan)
    if any(count < LEAST_ROUNDS for count in plan.rounds.values()):
        found.append(f"fewer than {LEAST_ROUNDS} rounds: nothing can be told apart")
    return found


def _fewer_parts(plan: Plan) -> list[str]:
    """Say which cells take part in some rounds only."""
    return [
        f"{name} took part in {count} of {plan.rounds[group]} rounds of {group}, since its slices are long"
        for group, parts in plan.parts().items()
        for name, count in sorted(parts.items())
        if count < plan.rounds[group]
    ]
