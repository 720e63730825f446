"""What Locust loads: `locust -f loadtests/locustfile.py`, with a lane and a scenario to choose, here or in its web UI.

`TRILANE_TARGETS` holds the base URL of each lane that is up, as JSON; `--target` is a base URL for the chosen one.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from locust import User, events, stats
from locust.argument_parser import LocustArgumentParser
from locust.dispatch import UsersDispatcher
from locust.env import Environment
from locust.runners import WorkerNode

from backing.problem import Problem
from contract.parameters import Choice as Words
from loadtests.scenarios import SCENARIOS
from loadtests.servers.lanes import LANES
from loadtests.users.article import Article
from loadtests.users.articles import Articles
from loadtests.users.blocking import Blocking
from loadtests.users.choice import CLOSED, FIELDS, LOADS, VARIABLE, Choice, Chosen, targets
from loadtests.users.context import Context
from loadtests.users.cpu import Cpu
from loadtests.users.cpu_heavy import CpuHeavy
from loadtests.users.cpu_native import CpuNative
from loadtests.users.hello import Hello
from loadtests.users.lean import LeanUser
from loadtests.users.like import Like
from loadtests.users.order import Order
from loadtests.users.page import Page
from loadtests.users.signals import Signals
from loadtests.users.upstream import Upstream
from loadtests.users.wait import Wait
from loadtests.web.attach import attach
from loadtests.web.pieces import tell_of_ramp
from loadtests.web.settings import Settings

_Result = TypeVar("_Result")

__all__ = [
    "Article",
    "Articles",
    "Blocking",
    "Context",
    "Cpu",
    "CpuHeavy",
    "CpuNative",
    "Hello",
    "Like",
    "Order",
    "Page",
    "Signals",
    "Upstream",
    "Wait",
]


def three_digits(response_time_ms: float) -> float:
    """Keep three significant digits, where Locust keeps whole milliseconds."""
    return float(f"{response_time_ms:.3g}")


stats.bucket_response_time = three_digits  # type: ignore[assignment]  # any number will do


@events.init_command_line_parser.add_listener
def add_arguments(parser: LocustArgumentParser) -> None:
    """Offer the lanes, the scenarios, and what can be set of them; what is empty is as the scenario has it."""
    lanes = [*(_or_exit(lambda: Settings.read().lanes or tuple(targets())) or LANES)]
    parser.add_argument("--lane", choices=lanes, default=lanes[0], help="The lane that is loaded")
    scenarios = [*SCENARIOS]
    parser.add_argument("--scenario", choices=scenarios, default=scenarios[0], help="The kind of work")
    for name, every in FIELDS.items():
        words = dict.fromkeys(word for each in every if isinstance(each, Words) for word in each.choices)
        # On a phone, a label has room for thirty letters.
        rule = every[0].rule.removeprefix(f"{name} must be ").removeprefix("a whole number ")
        parser.add_argument(f"--{name.replace('_', '-')}", default="", choices=["", *words] if words else None,
                            help="" if words else rule)  # fmt: skip
    parser.add_argument(
        "--load",
        choices=LOADS,
        default=CLOSED,
        help="closed or at a rate",
    )
    parser.add_argument("--rate", default="", help="Arrivals per second")
    parser.add_argument("--target", default="", include_in_web_ui=False, help=f"Its base URL, instead of {VARIABLE}")


@events.init.add_listener
def prepare(environment: Environment, **_: object) -> None:
    """Let only users of the chosen scenario start, and only when there is something to load."""
    environment.dispatcher_class = partial(_dispatcher, environment)  # type: ignore[assignment]  # it is only called
    _or_exit(partial(attach, environment))


@events.test_start.add_listener
def show_target(environment: Environment, **_: object) -> None:
    """Show where the load goes in the place of what was typed as host."""
    environment.host = Choice.of(environment.parsed_options).base_url


def _or_exit(settle: Callable[[], _Result]) -> _Result:
    """Return what `settle` returns; end Locust with one line when there is a problem."""
    try:
        return settle()
    except Problem as problem:
        sys.stderr.write(f"locust: {problem}\n")
        raise SystemExit(problem.exit_code) from None


class _Dispatcher(UsersDispatcher):
    """Tells of each new number of users before the first one comes or goes."""

    def new_dispatch(
        self, target_user_count: int, spawn_rate: float, user_classes: list[type[User]] | None = None
    ) -> None:
        tell_of_ramp()
        super().new_dispatch(target_user_count, spawn_rate, user_classes)


def _dispatcher(
    environment: Environment, worker_nodes: list[WorkerNode], user_classes: Sequence[type[LeanUser]]
) -> UsersDispatcher:
    scenario = Chosen.of(environment.parsed_options).scenario.name
    return _Dispatcher(worker_nodes, [row for row in user_classes if row.mixed or row.scenario == scenario])
