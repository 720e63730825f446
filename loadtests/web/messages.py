"""What Locust's process and the one that serves the lanes say to each other, as frames on a Unix socket.

Locust's interpreter is patched and makes the load; everything that is measured about the servers is read, and every
figure is judged, on the other side, by the code that `trilane compare` uses.
"""

import msgspec

from loadtests.measurement.result import Cell, Detail
from loadtests.messages import Member, Slice

LOCAL = "local"
"""The name of the only process that makes load, where there is one."""


class Up(msgspec.Struct, frozen=True, kw_only=True, tag="up"):
    """See to it that a lane runs, and that it gives the right answer; started where it does not.

    `params` are the fields of the scenario that a person may set. Where there is a `base_url` that one is asked, and
    nothing is started.
    """

    lane: str
    scenario: str
    params: dict[str, str | int]
    base_url: str = ""


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """The lane runs at `base_url`; `body` is the one right body of each answer, None where there is no such."""

    base_url: str
    body: bytes | None


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag="begin"):
    """A test is about to begin on a lane that is up: with so many users, or as many in flight at `rate`.

    So many `workers` make the load, none where Locust's own process does.
    """

    on: Up
    users: int
    rate: float | None
    workers: int = 0


class Open(msgspec.Struct, frozen=True, kw_only=True, tag="open"):
    """All of so many users are there: what the server does from now on belongs to the window."""

    users: int


class Close(msgspec.Struct, frozen=True, kw_only=True, tag="close"):
    """The users are about to end: the window is over."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """What one process saw in a second or so.

    `level` numbers the numbers of users that were asked for, from 1; `inside` the window are pieces in which all of
    them were there, from the first moment to the last. `beside` are the requests so far that users sent and that are no
    part of their work. The `last` one comes when nothing is in flight. `came_ns` is when it came to the process of the
    UI, by that one's clock; 0 where nobody noted it. `member` is the process, where it is one of several.
    """

    seen: Slice
    level: int
    inside: bool
    beside: int
    last: bool = False
    came_ns: int = 0
    member: Member | None = None


class Pulse(msgspec.Struct, frozen=True, kw_only=True, tag="pulse"):
    """What was seen since the last pulse, by process; `users` are there now, `lost` are the processes that vanished."""

    pieces: dict[str, list[Piece]]
    users: int
    lost: list[str] = []


class End(msgspec.Struct, frozen=True, kw_only=True, tag="end"):
    """The test is over, and nothing is in flight: the pieces since the last pulse, and who vanished."""

    pieces: dict[str, list[Piece]]
    lost: list[str] = []


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One second of a test, `at_s` after its begin; what was not measured is None. `cpu_cores` is CPU time per time."""

    at_s: float
    users: int
    qps: float | None = None
    mean_ms: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    concurrency: float | None = None
    errors: int = 0
    cpu_cores: float | None = None
    cpu_us_per_request: float | None = None
    rss_bytes: int | None = None
    threads: int | None = None
    db_connections: int | None = None
    generator_core_share: float | None = None
    steal_share: float | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True, tag="seen"):
    """The last second, and the whole test so far; `cell` is None while not all users are there."""

    sample: Sample
    cell: Cell | None


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    """What the test has found, with its response times as an HDR histogram in base64."""

    cell: Cell
    detail: Detail
    latencies: str


class Failure(msgspec.Struct, frozen=True, kw_only=True, tag="failure"):
    """It could not be done; `message` is for a person."""

    message: str


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """It was done and has no result."""


Request = Up | Begin | Open | Close | Pulse | End
Reply = Ready | Seen | Ended | Done | Failure


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """What runs, or ran last."""

    lane: str
    scenario: str
    params: dict[str, str | int]
    rate: float | None
    base_url: str
    started_at: str


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """What the tab Server shows; `first` is the number of the first sample, `trouble` what kept figures from coming.

    `starting` is the lane that somebody waits for, empty where nobody does; `lacking` says how many workers are still
    waited for, empty where none are.
    """

    running: bool
    starting: str
    lacking: str
    test: Test | None
    first: int
    samples: list[Sample]
    cell: Cell | None
    trouble: str | None
