"""The user that all scenarios share: it asks as fast as it is answered and reports each request to Locust.

A task sends many requests, because picking a task costs more than sending one. Each is reported by Locust's `request`
event, so that statistics, exporters and other listeners see it; that event is what limits these users: the load agent,
which takes its notes in bulk, reaches more.
"""

import time

from locust import User, task
from locust.env import Environment

from loadtests.load.connection import Connection
from loadtests.load.deadlines import Deadlines
from loadtests.load.failures import Failed
from loadtests.load.wire import Address, Wanted
from loadtests.load.work import work
from loadtests.messages import Exchange
from loadtests.scenarios import SCENARIOS
from loadtests.users.choice import Choice

TIMEOUT_S = 30.0


_watched: set[Connection] = set()
_deadlines = Deadlines(_watched, TIMEOUT_S)


def _watch(connection: Connection) -> None:
    """Bound this connection's requests in time; one timer serves all users of the process."""
    _watched.add(connection)
    _deadlines.start()


class LeanUser(User):
    """One user with one connection; `batch_s` is how long one task goes on: 0 for one request, as think time needs.

    Users that are `mixed` take part whatever scenario is chosen, and ask for their own.
    """

    abstract = True
    mixed = False
    # What the web UI shows in its host field, which decides nothing here; without it, it asks for one.
    host = "set by the lane"
    scenario = ""
    batch_s = 0.25

    def on_start(self) -> None:
        """Find the lane that was chosen; the connection opens with the first request."""
        choice = Choice.of(self.environment.parsed_options)
        address = Address.of(choice.base_url)
        scenario = SCENARIOS[self.scenario]
        target = scenario.target(choice.lane.styles[0])
        self._wanted = Wanted.of(Exchange(target=target, contains=scenario.contains), address.host)
        self._connection = Connection(address)
        _watch(self._connection)

    def on_stop(self) -> None:
        """Close the connection."""
        _watched.discard(self._connection)
        self._connection.close()

    @task
    def ask(self) -> None:
        """Send requests for a while."""
        name = f"{self.environment.parsed_options.lane} {self.scenario}"
        work(
            self._connection, self._wanted, Report(self.environment, self._wanted, name, self._connection, self.batch_s)
        )


class Report:
    """Hands each request to Locust's `request` event, in milliseconds with their fractions."""

    def __init__(
        self, environment: Environment, wanted: Wanted, name: str, connection: Connection, batch_s: float
    ) -> None:
        self.going = True
        self._method = wanted.exchange.method
        self._fire = environment.events.request.fire
        self._name = name
        self._connection = connection
        self._until_ns = time.monotonic_ns() + int(batch_s * 1e9)

    def sent(self, start_ns: int) -> None:
        """Do nothing: Locust has no event for this."""

    def right(self, start_ns: int, end_ns: int) -> None:
        """Report a right response."""
        self._report(start_ns, end_ns, None)

    def failed(self, start_ns: int, end_ns: int, failure: Failed) -> None:
        """Report a failure by its kind, so that Locust counts like with like."""
        self._report(start_ns, end_ns, failure.kind)

    def aborted(self) -> None:
        """Stop; nothing was answered."""
        self.going = False

    def _report(self, start_ns: int, end_ns: int, failure: str | None) -> None:
        self.going = end_ns < self._until_ns
        self._fire(  # type: ignore[no-untyped-call]
            request_type=self._method,
            name=self._name,
            response_time=(end_ns - start_ns) / 1e6,
            response_length=0 if failure else len(self._connection.answer.body),
            exception=failure,
            context={},
        )
