"""What counting yields: one row a lane, and what no row can show."""

import msgspec

from loadtests.measurement.about import Source

SCHEMA_VERSION = 2
# Above this share, figures of the same build lie too far apart for changes of a tenth of a percent.
REPEATABLE = 0.001
NOT_COUNTED = (
    "the server in front of the app (parsing, sockets, worker processes)",
    "the kernel, and services such as the database",
    "waiting: for I/O, for locks, for other threads",
    "what caches and branches make of an instruction: fewer instructions are usually, not always, less time",
)


class LaneCount(msgspec.Struct, frozen=True, kw_only=True):
    """One lane's instructions per request, of its framework, the app's code and the libraries under it.

    Each figure is the median over `layouts` processes, whose memory is laid out differently. The driver's own share has
    been taken off and is told beside it; `floor_instructions_per_request` is that of `hello` (None where
    `hello` is the endpoint). `lookup_instructions_per_request` are spent on attributes that the interpreter's cache had
    lost: they depend on addresses and stand beside the figure, not in it; None where the interpreter's symbols do not
    tell them. `startup_instructions` are executed once, until the app can answer; `interpreter_instructions` are those
    of them before its first import. `spread` is how far figures from one process lie apart, as a share of their mean;
    `repeatable` says whether that is within 0.1 %. `layout_spread` is how far the processes lie apart, None with one.
    `requests` are the two run lengths.
    """

    lane: str
    style: str
    interface: str
    instructions_per_request: float
    driver_instructions_per_request: float
    floor_instructions_per_request: float | None
    lookup_instructions_per_request: float | None
    startup_instructions: int
    interpreter_instructions: int
    spread: float
    repeatable: bool
    layouts: int
    layout_spread: float | None
    requests: tuple[int, int]
    valgrind: str
    python: str


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted for every lane; `checkout` is where the apps came from, None for this project's own."""

    schema_version: int = SCHEMA_VERSION
    endpoint: str
    params: dict[str, str | int]
    stack: str
    stack_versions: dict[str, str]
    checkout: str | None
    source: Source
    lanes: list[LaneCount]
    not_counted: tuple[str, ...] = NOT_COUNTED
    warnings: list[str]
