"""What a run yields: one cell a lane under one kind of work, what stands behind it, and the summary of them all."""

import itertools

import msgspec

from loadtests.measurement.audit import Audit
from loadtests.measurement.curve import Curve
from loadtests.measurement.verdict import Control, Evenness, Verdict

SCHEMA_VERSION = 2


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a cell is not valid, and what to do about it."""

    check: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.remedy})"


class ResponseTime(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds, of successes only; a percentile that too few requests could show is None."""

    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    p999: float | None = None
    max: float | None = None


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One lane under one kind of work at one load, all its rounds merged.

    `name` is the lane's, followed by `factors` where something of it was changed; it is unique in its group.
    `qps` is completed requests per second of window time; `requests` counts all of the window, failed ones included;
    `errors` are those of whole slices, since a request that is given up ends long after its window;
    `rate` is the arrival rate of an open load (None: closed). `audit` is of work that writes, whole slices as for the
    errors. A value that was not measured is None. A lane that runs elsewhere has a `url`, and no cores or workers that
    are known here; `missing` says why figures of its own are.
    """

    name: str
    lane: str
    factors: dict[str, str | int] = {}
    stack: str
    style: str
    workers: int | None
    cores: list[int]
    scenario: str
    params: dict[str, str | int]
    users: int
    rate: float | None = None
    url: str | None = None
    missing: str | None = None
    qps: float | None = None
    rt_ms: ResponseTime = ResponseTime()
    concurrency: float | None = None
    requests: int = 0
    errors: dict[str, int] = {}
    cpu_us_per_request: float | None = None
    rss_bytes: int | None = None
    threads: int | None = None
    db_connections_max: int | None = None
    generator_core_share: float | None = None
    steal_share: float | None = None
    limiter: str | None = None
    audit: Audit | None = None
    valid: bool
    reasons: list[Reason]


class Predicted(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests per second one resource can serve at most, and the arithmetic in words."""

    limiter: str
    qps: float
    formula: str


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What a cell's slices used, by request, and what the machine did meanwhile: means over the slices, as in `Use`.

    `sockets_max` is the most that were open at the end of a slice; `bytes_per_request` were received by the generator,
    headers included. What one of the slices could not tell is None.
    """

    cpu_user_us_per_request: float | None
    cpu_system_us_per_request: float | None
    sockets_max: int | None
    bytes_per_request: float | None
    accepted_per_request: float | None
    store_cpu_us_per_request: float | None
    store_commands_per_request: float | None
    core_steal_share: float | None
    foreign_share: float | None
    pressure_share: float | None
    load_average: float | None
    mhz: float | None


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind a cell: its rounds one by one, and what else was counted.

    `alone_ms` is the median response time with one user, before the rounds; `ceilings` are what the cell's resources
    could serve, the lowest first. `slices_repeated` were measured again, because others had the
    server's cores or a worker that made the load was lost; `account` is what else was read beside the cell's own
    figures.
    The figures per round stand in the place of their round, the first round first: None where the lane has no slice
    that counts, because it took no part in the round or its slice is void. What comes after its last one is left out,
    so lanes of a group may have lists of different lengths.
    `db_sessions_max` is the most sessions that the database had at a moment, whoever held them.
    `db_refused` connections were refused by the database because it has as many as it accepts, `garbled` requests found
    no answer of theirs on the connection that all share, None where none is: of whole slices, as the errors.
    `arrivals_due` are those that the schedule of an open load wanted in the windows, None for a closed one.
    """

    name: str
    scenario: str
    users: int
    rate: float | None = None
    rank: int | None = None
    rounds: int = 0
    voided: list[str] = []
    qps_per_round: list[float | None] = []
    cpu_us_per_round: list[float | None] = []
    mean_ms_per_round: list[float | None] = []
    p99_ms_per_round: list[float | None] = []
    servers_pace_us_per_round: list[float | None] = []
    others_pace_us_per_round: list[float | None] = []
    qps_spread: float | None = None
    pss_bytes: int | None = None
    context_switches_per_request: float | None = None
    db_cpu_us_per_request: float | None = None
    db_connections_total_max: int | None = None
    db_sessions_max: int | None = None
    db_refused: int | None = None
    garbled: int | None = None
    connections_per_request: float | None = None
    slices_repeated: int = 0
    account: Account | None = None
    server_answered: int | None = None
    client_answered: int = 0
    arrivals_due: int | None = None
    arrivals_late: int = 0
    arrivals_dropped: int = 0
    send_lag_mean_us: float | None = None
    send_lag_max_us: float | None = None
    alone_ms: float | None = None
    ceilings: list[Predicted] = []

    @property
    def rounds_without_p99(self) -> int:
        """Return how many rounds count and hold too few requests for a p99.

        They are the slow ones: what rests on the p99 of the others alone looks better than the lane was.
        """
        rounds = itertools.zip_longest(self.qps_per_round, self.p99_ms_per_round)
        return sum(qps is not None and p99_ms is None for qps, p99_ms in rounds)


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """A table of an experiment's own; the first column names what each row is about."""

    title: str
    columns: list[str]
    rows: list[list[str]]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """summary.json: what the run found, in figures and in sentences."""

    schema_version: int
    partial: bool
    cells: list[Cell]
    verdicts: list[Verdict]
    details: list[Detail]
    controls: list[Control] = []
    evenness: list[Evenness] = []
    curves: list[Curve] = []
    grids: list[Grid] = []
    sentences: list[str]
    warnings: list[str]
