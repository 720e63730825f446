"""Which lanes and endpoints cannot be counted to 0.1 %, and why."""

from collections.abc import Sequence

from backing.problem import Problem
from loadtests.instructions.wanted import Wanted
from loadtests.servers.lanes import Lane


def require_repeatable(lanes: Sequence[Lane], asked: Wanted) -> None:
    """Raise `Problem` where the figure would depend on how quickly a service happens to answer."""
    if not asked.needs_services:
        return
    for lane in lanes:
        if lane.styles[0] == "async":
            raise Problem(
                f"--endpoint {asked.endpoint}: in {lane.name} a coroutine waits for PostgreSQL on an event loop, whose "
                "turns depend on how quickly it answers: two counts of one build lay 1 % apart; choose a lane of plain "
                "functions, such as flask-thread or fastapi-thread, or use `trilane duet`"
            )
