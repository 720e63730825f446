"""What Locust loads: `locust -f loadtests/locustfile.py`, with a lane and a scenario to choose, here or in its web UI.

`TRILANE_TARGETS` holds the base URL of each lane that is up, as JSON; `--target` is a base URL for the chosen one.
"""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from flask import Response, jsonify, request
from locust import events, stats
from locust.argument_parser import LocustArgumentParser
from locust.dispatch import UsersDispatcher
from locust.env import Environment
from locust.runners import STATE_RUNNING, STATE_SPAWNING, WorkerNode

from backing.problem import Problem
from loadtests.scenarios import SCENARIOS
from loadtests.servers.lanes import LANES
from loadtests.users.articles import Articles
from loadtests.users.blocking import Blocking
from loadtests.users.choice import VARIABLE, Choice, targets
from loadtests.users.context import Context
from loadtests.users.cpu import Cpu
from loadtests.users.cpu_heavy import CpuHeavy
from loadtests.users.cpu_native import CpuNative
from loadtests.users.hello import Hello
from loadtests.users.lean import LeanUser
from loadtests.users.signals import Signals
from loadtests.users.wait import Wait

_Result = TypeVar("_Result")

__all__ = ["Articles", "Blocking", "Context", "Cpu", "CpuHeavy", "CpuNative", "Hello", "Signals", "Wait"]


def three_digits(response_time_ms: float) -> float:
    """Keep three significant digits, where Locust keeps whole milliseconds."""
    return float(f"{response_time_ms:.3g}")


stats.bucket_response_time = three_digits  # type: ignore[assignment]  # any number will do


@events.init_command_line_parser.add_listener
def add_arguments(parser: LocustArgumentParser) -> None:
    """Offer the lanes that are up, and the scenarios."""
    lanes = [*_or_exit(targets)] or [*LANES]
    parser.add_argument("--lane", choices=lanes, default=lanes[0], help="The lane that is loaded")
    scenarios = [*SCENARIOS]
    parser.add_argument("--scenario", choices=scenarios, default=scenarios[0], help="The kind of work")
    parser.add_argument("--target", default="", include_in_web_ui=False, help=f"Its base URL, instead of {VARIABLE}")


@events.init.add_listener
def prepare(environment: Environment, **_: object) -> None:
    """Let only users of the chosen scenario start, and only when there is something to load."""
    _or_exit(partial(Choice.of, environment.parsed_options))
    environment.dispatcher_class = partial(_dispatcher, environment)  # type: ignore[assignment]  # it is only called
    if environment.web_ui and environment.web_ui.app:
        environment.web_ui.app.before_request(partial(_refuse, environment))


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


def _dispatcher(
    environment: Environment, worker_nodes: list[WorkerNode], user_classes: Sequence[type[LeanUser]]
) -> UsersDispatcher:
    scenario = Choice.of(environment.parsed_options).scenario.name
    return UsersDispatcher(worker_nodes, [row for row in user_classes if row.mixed or row.scenario == scenario])


def _refuse(environment: Environment) -> Response | None:
    """Answer a form that chooses nothing that can be loaded; else let Locust answer."""
    if request.path != "/swarm":
        return None
    try:
        _check_form(environment)
    except Problem as problem:
        return jsonify({"success": False, "message": str(problem), "host": environment.host})
    return None


def _check_form(environment: Environment) -> None:
    """Raise `Problem` for an unknown lane or scenario, or for another one while users are at work."""
    current = vars(environment.parsed_options)
    wanted = {name: request.form.get(name, current[name]) for name in ("lane", "scenario")}
    Choice.of(Namespace(**{**current, **wanted}))
    running = environment.runner and environment.runner.state in {STATE_RUNNING, STATE_SPAWNING}
    if running and any(current[name] != value for name, value in wanted.items()):
        raise Problem("a test is running; stop it before another lane or scenario is chosen")
