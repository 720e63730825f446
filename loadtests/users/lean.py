"""The user that all scenarios share: it asks as fast as it is answered and reports each request to Locust.

A task sends many requests, because picking a task costs more than sending one. Each is reported by Locust's `request`
event, so that statistics, exporters and other listeners see it; that event is what limits these users: the load agent,
which takes its notes in bulk, reaches more.
"""

import time

import gevent
from gevent import GreenletExit
from locust import User, task

from loadtests.load.connection import Connection
from loadtests.load.deadlines import Deadlines
from loadtests.load.failures import Failed
from loadtests.load.wire import Address, Wanted
from loadtests.load.work import ask, work
from loadtests.messages import Exchange
from loadtests.scenarios import SCENARIOS
from loadtests.users.arrivals import Arrivals
from loadtests.users.choice import Choice, Value
from loadtests.users.notes import NOTES

TIMEOUT_S = 30.0
# How long a user rests that has nothing to do any more.
_REST_S = 0.05


_watched: set[Connection] = set()
_deadlines = Deadlines(_watched, TIMEOUT_S)


def watch(connection: Connection) -> None:
    """Bound this connection's requests in time; one timer serves all users of the process."""
    _watched.add(connection)
    NOTES.connections.add(connection)
    _deadlines.start()


def leave(connection: Connection) -> None:
    """Close a connection that is watched."""
    _watched.discard(connection)
    NOTES.left(connection)
    connection.close()


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
        self._wanted = Wanted.of(self.exchange(choice), address.host)
        self._connection = Connection(address)
        watch(self._connection)

    def exchange(self, choice: Choice) -> Exchange:
        """Return what this user sends, and what a right answer to it is."""
        scenario = SCENARIOS[self.scenario]
        target = scenario.target(choice.lane.styles[0], self.changed(choice))
        # Whoever chose the lane may have found out what the one right body is.
        equals = getattr(self.environment.parsed_options, "body", None) if self._is_chosen(choice) else None
        return Exchange(target=target, contains=scenario.contains, equals=equals or None)

    def changed(self, choice: Choice) -> dict[str, Value]:
        """Return the parameters that were chosen, none where another scenario was."""
        return choice.sent if self._is_chosen(choice) else {}

    def _is_chosen(self, choice: Choice) -> bool:
        return choice.scenario.name == self.scenario

    def on_stop(self) -> None:
        """Close the connection."""
        leave(self._connection)

    @task
    def ask(self) -> None:
        """Send requests for a while; those of an open load when they are due."""
        if NOTES.over:
            gevent.sleep(_REST_S)
            return
        report = Report(self)
        try:
            if NOTES.arrivals is None:
                work(self._connection, self._wanted, report)
            else:
                self._take_turns(NOTES.arrivals, report)
        except GreenletExit:
            report.given_up()
            raise

    def _take_turns(self, arrivals: Arrivals, report: "Report") -> None:
        with self._connection.attended():
            while due_ns := arrivals.next_turn(self._connection):
                ask(self._connection, self._wanted, report, due_ns)


class Report:
    """Notes each request, and hands it to Locust's `request` event, in milliseconds with their fractions."""

    def __init__(self, user: LeanUser) -> None:
        self.going = True
        self._tally = NOTES.tally
        self._method = user._wanted.exchange.method  # noqa: SLF001 - a user and its report are one
        self._fire = user.environment.events.request.fire
        self._name = f"{user.environment.parsed_options.lane} {user.scenario}"
        self._connection = user._connection  # noqa: SLF001 - as above
        self._until_ns = time.monotonic_ns() + int(user.batch_s * 1e9)
        self._asking = False

    def sent(self, start_ns: int) -> None:
        """Note that a request is about to be sent."""
        self._asking = True
        self._tally.sent(start_ns)

    def right(self, start_ns: int, end_ns: int) -> None:
        """Report a right response."""
        self._asking = False
        self._tally.right(start_ns, end_ns)
        self._report(start_ns, end_ns, None)

    def failed(self, start_ns: int, end_ns: int, failure: Failed) -> None:
        """Report a failure by its kind, so that Locust counts like with like."""
        self._asking = False
        self._tally.failed(start_ns, end_ns, failure)
        self._report(start_ns, end_ns, failure.kind)

    def given_up(self) -> None:
        """Note that this user ends, in the middle of a request or not."""
        if self._asking:
            self.aborted()

    def aborted(self) -> None:
        """Stop; nothing was answered."""
        self.going = self._asking = False
        self._tally.aborted()

    def _report(self, start_ns: int, end_ns: int, failure: str | None) -> None:
        self.going = end_ns < self._until_ns and not NOTES.over
        self._fire(
            request_type=self._method,
            name=self._name,
            response_time=(end_ns - start_ns) / 1e6,
            response_length=0 if failure else len(self._connection.answer.body),
            exception=failure,
            context={},
        )
