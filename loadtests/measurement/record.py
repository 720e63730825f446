"""One slice as a record: what the client saw, what the server used, and why it counts for nothing if it does."""

import msgspec

from loadtests.measurement.audit import Audit
from loadtests.messages import Slice


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
    and `db_connections_total` that of all together at one moment, as far as looking five times a second shows, and
    `db_sessions` that of whoever had one, other servers and this program included. `db_refused` are connections that
    the database refused because it has as many as it accepts, `garbled` requests that found no answer of theirs on a
    shared one, None of work that shares none; all but the sessions are of the work's own way to the database, where it
    has one. The shares are of the slice's wall time: steal of all cores' time, `core_steal_share` and `foreign_share`
    (other programs) of the server's own cores', `pressure_share` of the time in which some task waited for a core.
    `load_average` is the one-minute average at its end. `pace` is what a fixed piece of work took meanwhile,
    `window_pace` what it took in the window. `missing` says why a server that runs elsewhere tells nothing of itself.
    """

    wall_ns: int
    cpu_ns: int | None
    cpu_user_ns: int | None = None
    cpu_system_ns: int | None = None
    answered: int | None
    processes: tuple[int, ...]
    rss_bytes: int | None
    pss_bytes: int | None
    threads: int | None
    context_switches: int | None
    sockets: int | None = None
    accepted: int | None = None
    db_connections: int | None
    db_connections_total: int | None = None
    db_sessions: int | None = None
    db_refused: int | None = None
    garbled: int | None = None
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
    missing: str | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One slice, as written to slices.jsonl. Round 0 is the warm-up; `void` says why a slice counts for nothing.

    `name` is unique among the cells of one scenario at one load, and the lane's where nothing else sets it apart.
    `workers_ended` are processes of the server that ended within it; `beside` is what a neighbour's user saw. `stolen`
    says that others had the server's cores, `repeated` that it is void for that and was measured again. `audit` holds
    what was answered to writes against what the database keeps.
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
    audit: Audit | None = None
