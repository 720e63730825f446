"""What is being checked: one style of one app behind one address, and what it says about itself."""

from dataclasses import dataclass

import msgspec

from contract.carriers import LEAKS, LOST
from contract.conformance.client import Client
from contract.conformance.serving import UNKNOWN, Serving
from contract.endpoints import Endpoint
from contract.unavailable import UNAVAILABLE

# Enough for two processes to be told apart in all but one of 30 000 tries.
PIDS = 16
# How the frameworks' versions in the vintage stack begin.
VINTAGE = {"flask": "2.", "fastapi": "0.103.", "django": "3."}


@dataclass(frozen=True)
class Target:
    """One style of one app behind one address.

    `app` and `stack` choose what is expected where frameworks and their versions differ; None is one that the contract
    does not know. `processes` is how many answered, `serving` how the style is served, as far as that is known. `only`
    are the names of the endpoints that are asked for, empty for all.
    """

    client: Client
    base_url: str
    style: str
    app: str | None
    stack: str | None
    processes: int
    serving: Serving = UNKNOWN
    only: frozenset[str] = frozenset()

    def asks(self, *endpoints: str) -> bool:
        """Tell whether all of these endpoints are to be asked for."""
        return not self.only or self.only.issuperset(endpoints)

    def reason(self, endpoint: Endpoint) -> str | None:
        """Return why this target cannot offer the endpoint, or None when it must."""
        return UNAVAILABLE.get((self.app or "", self.stack or "", self.style, endpoint.name))

    def lost(self, carrier: str) -> bool:
        """Tell whether a carrier's state does not reach another thread."""
        return (self.app or "", carrier, self.style) in LOST

    def leaks(self, carrier: str) -> bool:
        """Tell whether requests may find in a carrier what belongs to another one."""
        return (self.app or "", carrier, self.style) in LEAKS


class Process(msgspec.Struct, frozen=True):
    """What `/stats` says of the process that answers, as far as the suite needs it to choose what to expect."""

    process: str
    versions: dict[str, str]

    @property
    def app(self) -> str | None:
        """Return the app's name, where it is one that the contract knows."""
        return next((name for name in VINTAGE if name in self.versions), None)

    @property
    def stack(self) -> str | None:
        """Return the stack that the framework's version belongs to."""
        if self.app is None:
            return None
        return "vintage" if self.versions[self.app].startswith(VINTAGE[self.app]) else "current"


def processes(client: Client) -> dict[str, Process]:
    """Return the processes that answer, each by its own name, found by asking over many connections."""
    answers = (client.send("GET", "/stats", [("Connection", "close")]) for _ in range(PIDS))
    found = (msgspec.json.decode(answer.body, type=Process) for answer in answers)
    return {process.process: process for process in found}
