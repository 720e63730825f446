"""What a run yields: one record a slice, one cell a lane under one kind of work, and the summary of them all."""

from collections.abc import Sequence

import msgspec

from loadtests.measurement.group import Group
from loadtests.messages import Slice

SCHEMA_VERSION = 2


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """What a fixed piece of work took at the mean, in microseconds: on the servers' cores, and on the others.

    None where it was not measured, and for the others where the servers have all cores.
    """

    servers_us: float | None = None
    others_us: float | None = None


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What a server's process tree and the machine did in one slice; None where it could not be read.

    `cpu_ns` covers the whole slice, of it `cpu_user_ns` and `cpu_system_ns` in the proportion that the kernel's ticks
    show; `answered` is the server's own count of requests (an app of a person's own may keep none); `sockets` are open
    at its end, `accepted` the connections that the generator opened in it; `db_connections` is the peak of one process
    and `db_connections_total` that of all together at one moment. The shares are of the slice's wall time: steal of all
    cores' time, `core_steal_share` and `foreign_share` (other programs) of the server's own cores', `pressure_share`
    of the time in which some task waited for a core. `load_average` is the one-minute average at its end. `pace` is
    what a fixed piece of work took meanwhile, `window_pace` what it took in the window.
    """

    wall_ns: int
    cpu_ns: int
    cpu_user_ns: int | None = None
    cpu_system_ns: int | None = None
    answered: int | None
    processes: tuple[int, ...]
    rss_bytes: int
    pss_bytes: int | None
    threads: int
    context_switches: int | None
    sockets: int | None = None
    accepted: int | None = None
    db_connections: int | None
    db_connections_total: int | None = None
    db_cpu_ns: int | None
    store_cpu_ns: int | None = None
    store_commands: int | None = None
    steal_share: float | None
    core_steal_share: float | None = None
    foreign_share: float | None = None
    pressure_share: float | None = None
    load_average: float | None = None
    mhz: float | None = None
    pace: Pace = Pace()
    window_pace: Pace = Pace()


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One slice, as written to slices.jsonl. Round 0 is the warm-up; `void` says why a slice counts for nothing.

    `name` is unique among the cells of one scenario at one load, and the lane's where nothing else sets it apart.
    `workers_ended` are processes of the server that ended within it; `beside` is what a neighbour's user saw. `stolen`
    says that others had the server's cores, `repeated` that it is void for that and was measured again.
    """

    round: int
    scenario: str
    users: int
    rate: float | None = None
    name: str
    lane: str
    started_at: str
    client: Slice | None
    use: Use | None
    void: str | None = None
    workers_ended: int = 0
    beside: Slice | None = None
    stolen: bool = False
    repeated: bool = False


# Failures that are answers of the server all the same; others may never have reached it.
_ANSWERED = ("status", "wrong")


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
    `rate` is the arrival rate of an open load (None: closed). A value that was not measured is None.
    """

    name: str
    lane: str
    factors: dict[str, str | int] = {}
    stack: str
    style: str
    workers: int
    cores: list[int]
    scenario: str
    params: dict[str, str | int]
    users: int
    rate: float | None = None
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
    server's cores; `account` is what else was read beside the cell's own figures.
    The figures per round stand in the place of their round, the first round first: None where the lane has no slice
    that counts, because it took no part in the round or its slice is void. What comes after its last one is left out,
    so lanes of a group may have lists of different lengths.
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


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How `a` compares with `b`: `ratio` is a ÷ b, `low` to `high` its 95 % interval, None where no interval holds.

    `rounds` counts what was compared: for p99 blocks of rounds, one where the requests were too few for an interval.
    `rounds_needed` is how many it would take to decide what is undecided, None where no number would.
    """

    a: str
    b: str
    scenario: str
    users: int
    rate: float | None = None
    metric: str
    ratio: float | None
    low: float | None
    high: float | None
    verdict: str
    rounds: int
    rounds_needed: int | None = None


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """One lane against itself: a second server of it under another name, measured like any other.

    Its ratio should be 1. `low` to `high` holds together with all controls of the run; `half_width` is that of the
    plain 95 % interval of this one, as a share: the least difference that this run can tell. `agrees` is False when
    the two surely differ, None where no interval holds.
    """

    lane: str
    scenario: str
    users: int
    rate: float | None = None
    metric: str
    ratio: float | None
    low: float | None
    high: float | None
    half_width: float | None
    agrees: bool | None
    rounds: int


class Evenness(msgspec.Struct, frozen=True, kw_only=True):
    """What the cores' pace did to one metric of a group, and what is left when it is held out of the ratios.

    `slopes` are by how many percent the metric moves when the pace's fixed work takes a percent longer on the servers'
    cores, or on the others; `before` and `after` are by how much the metric varies from slice to slice, with what
    rounds have in common taken off: standard deviations, as shares.
    """

    scenario: str
    users: int
    rate: float | None = None
    metric: str
    slopes: dict[str, float]
    before: float
    after: float


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """One point of a curve; the times are response times."""

    users: int
    qps: float
    p50_ms: float | None
    p99_ms: float | None


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class Usl(msgspec.Struct, frozen=True, kw_only=True):
    """Gunther's universal scalability law, `qps = lam N / (1 + sigma (N - 1) + kappa N (N - 1))`, fitted to a curve.

    `lam` is what one user gets per second, `sigma` the share of a request that waits for its turn, `kappa` what each
    user costs every other one. `peak_users` is where the curve turns down, None where it does not surely do so within
    the levels that were measured. `misfit` is how far the measured figure farthest off lies from the law, as a share.
    """

    lam: Estimate
    sigma: Estimate
    kappa: Estimate
    peak_users: Estimate | None
    misfit: float


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """One lane's valid cells over the numbers of users; `usl` is None where `why` says so."""

    name: str
    scenario: str
    levels: list[Level]
    usl: Usl | None = None
    why: str | None = None


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
    sentences: list[str]
    warnings: list[str]


def group_of(each: Record | Cell | Detail | Verdict | Control | Evenness) -> Group:
    """Return the kind of work and the load that something belongs to."""
    return Group(scenario=each.scenario, users=each.users, rate=each.rate)


def failed(errors: dict[str, int]) -> int:
    """Add up errors of every kind."""
    return sum(errors.values())


def sum_errors(every: Sequence[dict[str, int]]) -> dict[str, int]:
    """Add up errors kind by kind."""
    kinds = sorted({kind for errors in every for kind in errors})
    return {kind: sum(errors.get(kind, 0) for errors in every) for kind in kinds}


def unanswered(client: Slice) -> int:
    """Return how many requests of a slice ended without an answer."""
    return sum(count for kind, count in client.errors.items() if not kind.startswith(_ANSWERED))
