"""What the orchestrator and the load agent say to each other, one message a slice.

The agent imports Locust, which patches the interpreter; the orchestrator never does. They share only these structs,
encoded as MessagePack frames on a Unix socket. Times are `time.monotonic_ns()`, which both processes share.
"""

from typing import Literal

import msgspec


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One request and the answer that counts as a success.

    `target` is path and query; `headers` and `body` go as they are, but for the text `fresh` (where given), which
    stands once in the headers: each request has another text in its place, that no other request ever had. A response
    is right when its status is `status`, its body is `length` bytes long, equals `equals` and contains `contains`
    (where given).
    """

    target: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    fresh: str = ""
    status: int = 200
    length: int | None = None
    equals: bytes | None = None
    contains: bytes | None = None


class Load(msgspec.Struct, frozen=True, kw_only=True, tag="load"):
    """Load one server for one slice, closed: `users` users, each with its own connection, next request when answered.

    Connections are kept between slices under `key`. The users' first requests are spread evenly over `spread_s`: users
    that started together would go on moving as one block wherever each answer takes the same time. The first one comes
    after `lead_s`, where other processes have users that come before it. The window opens
    `settle_s` after the first request and lasts `window_s`; then what is in flight is drained for at most `timeout_s`.

    All users send `exchange`, or where there are `exchanges` user number i sends the one at i modulo their number.

    With a `rate` the load is open: requests start at the times of a Poisson process of `rate` per second drawn from
    `seed`, whether earlier ones were answered or not, and `users` is the most that may be in flight.

    The load goes on for `linger_s` after the window: where several workers make it, none of them begins and ends at
    quite the same moment as the others, and each one's window has to lie within the time of all.
    """

    key: str
    base_url: str
    exchange: Exchange
    exchanges: tuple[Exchange, ...] = ()
    users: int
    settle_s: float
    window_s: float
    timeout_s: float = 30.0
    spread_s: float = 0.0
    lead_s: float = 0.0
    linger_s: float = 0.0
    rate: float | None = None
    seed: int = 0


class Together(msgspec.Struct, frozen=True, kw_only=True, tag="together"):
    """Loads that run at the same moment; their keys differ, their base URLs need not.

    All begin together, each has its own window, and all go on until the last window is over; then all are drained.
    """

    loads: tuple[Load, ...]


class Close(msgspec.Struct, frozen=True, kw_only=True, tag="close"):
    """Close the connections kept under `key`, or all of them."""

    key: str | None = None


class Stop(msgspec.Struct, frozen=True, kw_only=True, tag="stop"):
    """End the slice that is running at once; its `Slice` follows with `interrupted` set."""


class Yardstick(msgspec.Struct, frozen=True, kw_only=True, tag="yardstick"):
    """Load one server with users of Locust's own class `client`: what calibration compares the load agent with."""

    client: Literal["fast_http", "http"]
    base_url: str
    target: str
    users: int
    settle_s: float
    window_s: float


class Muster(msgspec.Struct, frozen=True, kw_only=True, tag="muster"):
    """Say which workers are there: asked of an agent that has others make the load."""


Request = Load | Together | Close | Stop | Yardstick | Muster


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one of several workers did in a slice, by its own clock; `here` are those on the orchestrator's machine.

    `cores` are those that it may use of its `machine`; none where they are not known.
    """

    worker: str
    here: bool
    users: int
    requests: int
    cpu_ns: int
    elapsed_ns: int
    machine: str = ""
    cores: tuple[int, ...] = ()


class Slice(msgspec.Struct, frozen=True, kw_only=True, tag="slice"):
    """What the client saw of one slice.

    Counts with `window_` fall within the window (by the end of the response); the others cover the whole slice, from
    the first request sent to the last one drained. `requests` are all that ended, right or wrong; `errors` those that
    failed, by kind. What was given up because the slice was stopped is in neither. `window_thirds` are
    `window_requests` by the third of the window in which they ended.

    `latencies` and `failed_latencies` are HDR histograms in the library's compressed base64 form, 1 µs to 1 h, 3
    significant digits, of the window's successes and failures; `rt_mean_us` is of the successes, `rt_mean_all_us` of
    both; `rt_max_us` is of the successes of the window and of those that were drained. `drained` are the requests that
    began before the window's end and ended after it, right or wrong, `drained_max_us` is the longest of them, and
    `outlasting` is how many of them took longer than the window: no window can show how many such requests there are.
    A response time includes connecting, where a connection was opened for the request. `concurrency` is the
    time-average of requests in flight over the window, counted by a clock of its own and not derived from the response
    times. `cpu_ns` is the agent's CPU time over the whole slice: of loads that ran together it cannot be split, so each
    carries the whole. The send lag is how long after its event loop woke up the agent sent a request: the time
    for which it was busy with other users.
    `connections_opened` counts attempts, `retried` requests that were sent again because a kept connection had been
    closed before any byte of a response.

    Of an open load, response times count from the moment at which the schedule wanted the request to start, and
    `latencies`, `failed_latencies`, `rt_mean_us` and `rt_max_us` are of the requests that were due in the window, those
    among them that were drained included: what waits as the window closes is what took longest. Counts with `window_`,
    `rt_mean_all_us` and `concurrency` are of what ended in it, as for a closed load, to check Little's law: the
    histograms may hold more requests or fewer than `window_requests`. `late` are the starts of the window that came
    more than 1 ms after it, `dropped` those that were due in the window and never made, because as many requests as
    allowed were in flight. `due` are all starts that were due in the window; it is None for a closed load.

    Where several workers made the load, everything is of all of them together and `parts` says what each one did, by
    its own clock; the times are of the orchestrator's clock, and the window is as long as the sum of the workers' rates
    makes it. `apart_ns` is the most by which they may have begun apart, `untrusted` says why what they saw cannot be
    added up. All three are empty where one process made it.
    """

    started_ns: int
    window_start_ns: int
    window_end_ns: int
    ended_ns: int
    window_requests: int
    window_errors: dict[str, int]
    window_thirds: tuple[int, int, int]
    requests: int
    errors: dict[str, int]
    concurrency: float
    rt_mean_us: float | None
    rt_max_us: float | None
    rt_mean_all_us: float | None
    latencies: str
    failed_latencies: str
    cpu_ns: int
    send_lag_mean_us: float | None
    send_lag_max_us: float | None
    connections_opened: int
    bytes_received: int
    retried: int = 0
    drained: int = 0
    drained_max_us: float | None = None
    outlasting: int = 0
    first_error: str | None = None
    interrupted: bool = False
    due: int | None = None
    late: int = 0
    dropped: int = 0
    parts: tuple[Part, ...] = ()
    apart_ns: int | None = None
    untrusted: str | None = None


class Slices(msgspec.Struct, frozen=True, kw_only=True, tag="slices"):
    """What the client saw of loads that ran together, in their order."""

    slices: tuple[Slice, ...]


class Reading(msgspec.Struct, frozen=True, kw_only=True, tag="reading"):
    """What a yardstick showed in its window."""

    requests_per_s: float
    failures: int


class Failure(msgspec.Struct, frozen=True, kw_only=True, tag="failure"):
    """The agent could not do what it was asked; `message` is for a person."""

    message: str


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """The request was carried out and has no result."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A worker that makes load: `name` tells it from the others; `machine` is the same for those on one machine.

    `cores` are those that it may use there, `here` says that the machine is the orchestrator's.
    """

    name: str
    machine: str
    cores: tuple[int, ...]
    here: bool = False


class Mustered(msgspec.Struct, frozen=True, kw_only=True, tag="mustered"):
    """The workers that are there, the port at which they connect.

    `strangers` spoke to that port and did not prove that they know the token; `refused` is how many were turned away
    for what other reason.
    """

    port: int
    members: tuple[Member, ...]
    strangers: int = 0
    refused: dict[str, int] = {}


class Lost(msgspec.Struct, frozen=True, kw_only=True, tag="lost"):
    """A slice that counts for nothing, since a worker was lost in it: which, why, and who is left."""

    worker: str
    why: str
    left: tuple[Member, ...]


Reply = Slice | Slices | Reading | Failure | Done | Mustered | Lost
