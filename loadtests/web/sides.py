"""What is read of a server while a test runs on it, second by second and over its window."""

import contextlib
import time
from typing import Protocol

import msgspec

from loadtests.measurement.accounting import Reading
from loadtests.measurement.arithmetic import present
from loadtests.measurement.bench import Grounds
from loadtests.measurement.errors import unanswered
from loadtests.measurement.pace import Paced
from loadtests.measurement.record import Pace, Use
from loadtests.measurement.slice import why_void
from loadtests.measurement.subject import Subject
from loadtests.measurement.told import use as told_use
from loadtests.measurement.witness import State, look, use
from loadtests.messages import Slice
from loadtests.servers import LANES
from loadtests.servers.elsewhere import Elsewhere, Heard
from loadtests.web.joined import stretch
from loadtests.web.others import makers_taken

_MOMENT_S = 0.05
_LATER = "its processes are several, so what they use is told when the test is over"
_PEAKS = ("rss_bytes", "pss_bytes", "threads", "sockets", "db_connections", "db_connections_total")
_SPENT = (
    "wall_ns", "cpu_ns", "cpu_user_ns", "cpu_system_ns", "context_switches", "db_cpu_ns", "store_cpu_ns",
    "store_commands",
)  # fmt: skip


class Side(Protocol):
    """The server's side of a test, from its begin on."""

    def second(self, client: Slice) -> Use | None:
        """Return what was used since the last second, None where nobody tells."""

    def open(self) -> None:
        """Let the window open now, in the place of any before."""

    def shut(self) -> None:
        """Let the window be over."""

    def whole(self, client: Slice, beside: int, *, over: bool) -> Use:
        """Return what was used in the window, for all requests of the client at that pace.

        Once it is `over`, all answers since the begin are counted but for `beside`.
        """

    def makers_taken(self, client: Slice) -> float | None:
        """Return the share that others had of the cores on which the load is made, None where that is not known."""

    def void(self, client: Slice) -> str | None:
        """Return why what was measured counts for nothing, None where it counts."""

    def close(self) -> None:
        """Read nothing any more."""


def paced(used: Use, client: Slice) -> Use:
    """Return what all requests of the client take where those of its window take what was used.

    The server is looked at a moment before or after a window begins or ends, so what was used is taken by its length.
    """
    by = stretch(client) * (client.window_end_ns - client.window_start_ns) / max(1, used.wall_ns)
    spent = {name: getattr(used, name) for name in _SPENT}
    known = {name: round(value * by) for name, value in spent.items() if value is not None}
    return msgspec.structs.replace(used, **known)


def still_known(used: Use, before: Reading, now: Reading) -> Use:
    """Return what is known of it: where processes ended, nobody knows what they used last unless their group does."""
    by_group = before.group is not None and now.group is not None
    if now.identities and (by_group or before.identities <= now.identities):
        return used
    unknown = msgspec.structs.replace(used, cpu_ns=None, cpu_user_ns=None, cpu_system_ns=None)
    if now.identities:
        return unknown
    return msgspec.structs.replace(unknown, rss_bytes=None, pss_bytes=None, threads=None, sockets=None)


class Own:
    """A server that was started here: its processes, its database connections, the machine."""

    def __init__(self, grounds: Grounds, subject: Subject) -> None:
        grounds.place(subject)
        self._grounds, self._subject = grounds, subject
        self._name = grounds.server(subject).name
        self._begin = self._opened = self._last = self._look()
        self._shut: State | None = None
        self._most: dict[str, int] = {}
        self._watching = contextlib.ExitStack()
        self._watch()

    def second(self, client: Slice) -> Use:
        """Return what was used since the last second, with the most connections of the database that it saw."""
        self._watching.close()
        now = self._look()
        read = use(self._grounds, self._subject, self._last, now, [client], wanted=0)
        found = still_known(read, self._last.server, now.server)
        self._watch()
        self._last = now
        self._note(found)
        return msgspec.structs.replace(found, answered=None)

    def open(self) -> None:
        """Let the window open now: peaks before it are none of its own."""
        self._watching.close()
        self._watch()
        self._opened, self._shut, self._most = self._look(), None, {}

    def shut(self) -> None:
        """Let the window be over."""
        self._watching.close()
        self._shut = self._look()

    def whole(self, client: Slice, beside: int, *, over: bool) -> Use:
        """Return what was used in the window, for all requests."""
        found = use(self._grounds, self._subject, self._opened, self._shut or self._last, [client], wanted=0)
        self._note(found)
        answered = self._answered(client, beside) if over else None
        return msgspec.structs.replace(paced(found, client), answered=answered, **self._most)

    def makers_taken(self, client: Slice) -> float | None:
        """Return the share that others had, in the window, of the cores on which the load is made."""
        end = self._shut or self._last
        return makers_taken(self._grounds.cores, self._subject.cores, self._opened, end, client)

    def void(self, client: Slice) -> str | None:
        """Return why what was measured counts for nothing."""
        return why_void(self._grounds, self._subject, client, self._begin.server, self._last.server)

    def close(self) -> None:
        """Count no connections any more."""
        self._watching.close()

    def _note(self, found: Use) -> None:
        for name in _PEAKS:
            for value in present([getattr(found, name)]):
                self._most[name] = max(value, self._most.get(name, value))

    def _answered(self, client: Slice, beside: int) -> int | None:
        wanted = client.requests - unanswered(client) + beside
        self._last = self._look()
        found = use(self._grounds, self._subject, self._begin, self._last, [client], wanted=wanted)
        return None if found.answered is None else found.answered - beside

    def _look(self) -> State:
        return look(self._grounds, self._grounds.server(self._subject))

    def _watch(self) -> None:
        self._watching.enter_context(self._grounds.connections.watched(self._name))


class Far:
    """A server that runs elsewhere, as far as it tells of itself at `/stats`.

    To hear of all processes of several takes many questions, so they are asked at the begin and at the end alone, and
    what they use is that of the whole test.
    """

    def __init__(self, subject: Subject) -> None:
        self._server = Elsewhere(LANES[subject.lane], subject.url or "", subject.key.label)
        self._begin, self._begin_ns = self._server.stats(), time.monotonic_ns()
        self._opened = self._last = self._begin, self._begin_ns
        self._shut: tuple[Heard, int] | None = None

    def second(self, client: Slice) -> Use | None:
        """Return what was used since the last second, of a server of one process."""
        if not self._is_one:
            return None
        before, self._last = self._last, self._look()
        return msgspec.structs.replace(self._between(client, before, self._last), answered=None)

    def open(self) -> None:
        """Let the window open now."""
        if self._is_one:
            self._opened, self._shut = self._look(), None

    def shut(self) -> None:
        """Let the window be over."""
        if self._is_one:
            self._shut = self._look()

    def whole(self, client: Slice, beside: int, *, over: bool) -> Use:
        """Return what was used in the window, for all requests."""
        untold = Heard({}, {}, self._begin.missing or _LATER), 0
        whole = self._counted(client, beside) if over else self._between(client, untold, untold)
        if not self._is_one or (over and whole.missing):
            return whole
        window = paced(self._between(client, self._opened, self._shut or self._last), client)
        return msgspec.structs.replace(window, answered=whole.answered)

    def makers_taken(self, _: Slice) -> None:
        """Return nothing: whose programs those are that run here beside the load is not known."""

    def void(self, client: Slice) -> str | None:
        """Return why what the client saw counts for nothing."""
        return client.untrusted

    def close(self) -> None:
        """Do nothing: nothing is kept open."""

    @property
    def _is_one(self) -> bool:
        return len(self._begin.first) == 1

    def _look(self) -> tuple[Heard, int]:
        return self._server.stats(), time.monotonic_ns()

    def _counted(self, client: Slice, beside: int) -> Use:
        """Return what was used since the begin, with how many answers there were; no figures where some are missing."""
        wanted = client.requests - unanswered(client) + beside
        # A server counts an answer when it has handed it on, which may be a moment after the client has it.
        time.sleep(_MOMENT_S)
        end = self._server.stats(), time.monotonic_ns()
        found = self._between(client, (self._begin, self._begin_ns), end, wanted=wanted)
        answered = None if found.answered is None else found.answered - beside
        return msgspec.structs.replace(found, answered=answered)

    @staticmethod
    def _between(client: Slice, before: tuple[Heard, int], after: tuple[Heard, int], *, wanted: int = 0) -> Use:
        return told_use(
            before[0],
            after[0],
            wall_ns=after[1] - before[1],
            accepted=client.connections_opened,
            wanted=wanted,
            given_up=unanswered(client),
            paced=Paced(pace=Pace(), cpu_ns=0),
        )
