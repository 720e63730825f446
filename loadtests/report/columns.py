"""The columns of the tables, as data: which figure of summary.json each shows, and how."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from loadtests.report.numbers import MISSING, mebibytes, number, share
from loadtests.report.rows import Row, served

Shown = Callable[[Any], str]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a cell.

    `at` is its place: `cells.…` or `details.…`, as in summary.json. `valid_only`: an invalid cell shows none, because
    what makes it invalid spoils this figure too.
    """

    at: str
    heading: str
    unit: str = ""
    shown: Shown = number
    valid_only: bool = False
    text: bool = False

    def of(self, row: Row) -> str:
        """Return the figure as it is shown; nothing where it would mislead, a dash where it was not measured."""
        if self.at == "cells.qps":
            return served(row[0])
        if self.valid_only and not row[0].valid:
            return ""
        if self.at == "cells.errors" and not row[0].requests and not row[0].errors:
            return MISSING
        return self.shown(value(row, self.at))


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """One table of further figures."""

    title: str
    columns: Sequence[Column]


def value(row: Row, at: str) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what stands at a place of a cell or its detail, None where there is nothing."""
    whose, *path = at.split(".")
    found: Any = row[0] if whose == "cells" else row[1]
    for name in path:
        found = None if found is None else getattr(found, name)
    return found


def counted(errors: dict[str, int]) -> str:
    """Return errors by kind."""
    return ", ".join(f"{kind} × {number(count)}" for kind, count in errors.items()) or "0"


def listed(values: Sequence[object]) -> str:
    """Return a few values."""
    return ", ".join(map(str, values)) or MISSING


def word(found: object) -> str:
    """Return a word."""
    return MISSING if found is None else str(found)


QPS = Column(at="cells.qps", heading="requests/s")
P99 = Column(at="cells.rt_ms.p99", heading="p99", unit="ms", valid_only=True)
CPU = Column(at="cells.cpu_us_per_request", heading="CPU per request", unit="µs")
RSS = Column(at="cells.rss_bytes", heading="RSS", unit="MiB", shown=mebibytes)

FIGURES = (
    QPS,
    Column(at="details.qps_spread", heading="spread", shown=share, valid_only=True),
    Column(at="cells.rt_ms.p50", heading="p50", unit="ms", valid_only=True),
    P99,
    CPU,
    RSS,
    Column(at="cells.errors", heading="errors", shown=counted),
)

ARRIVALS = (
    Column(at="details.arrivals_due", heading="arrivals due"),
    Column(at="details.arrivals_late", heading="late"),
    Column(at="details.arrivals_dropped", heading="dropped"),
)

TOPICS = (
    Topic(
        title="Response times and counts",
        columns=(
            Column(at="cells.rt_ms.mean", heading="mean", unit="ms", valid_only=True),
            Column(at="cells.rt_ms.p95", heading="p95", unit="ms", valid_only=True),
            Column(at="cells.rt_ms.p999", heading="p99.9", unit="ms", valid_only=True),
            Column(at="cells.rt_ms.max", heading="max", unit="ms", valid_only=True),
            Column(at="details.alone_ms", heading="one user alone", unit="ms"),
            Column(at="cells.concurrency", heading="in flight", valid_only=True),
            Column(at="cells.requests", heading="requests in windows"),
            Column(at="details.client_answered", heading="answers the client counted"),
            Column(at="details.server_answered", heading="the server counted"),
            Column(at="details.rounds", heading="rounds"),
            Column(at="details.slices_repeated", heading="slices repeated"),
        ),
    ),
    Topic(
        title="What the server used",
        columns=(
            Column(at="cells.style", heading="style", shown=word, text=True),
            Column(at="cells.workers", heading="workers"),
            Column(at="cells.threads", heading="threads"),
            Column(at="cells.cores", heading="cores", shown=listed),
            Column(at="details.pss_bytes", heading="PSS", unit="MiB", shown=mebibytes),
            Column(at="details.account.cpu_user_us_per_request", heading="user CPU per request", unit="µs"),
            Column(at="details.account.cpu_system_us_per_request", heading="system CPU per request", unit="µs"),
            Column(at="details.context_switches_per_request", heading="context switches per request"),
            Column(at="details.connections_per_request", heading="connections per request"),
            Column(at="details.account.accepted_per_request", heading="accepted per request"),
            Column(at="details.account.sockets_max", heading="sockets"),
            Column(at="details.account.bytes_per_request", heading="bytes per request"),
        ),
    ),
    Topic(
        title="Database and Valkey",
        columns=(
            Column(at="cells.db_connections_max", heading="connections of a process"),
            Column(at="details.db_connections_total_max", heading="of all processes"),
            Column(at="details.db_sessions_max", heading="sessions, whoever held them"),
            Column(at="details.db_refused", heading="refused"),
            Column(at="details.garbled", heading="garbled"),
            Column(at="details.db_cpu_us_per_request", heading="database CPU per request", unit="µs"),
            Column(at="details.account.store_cpu_us_per_request", heading="Valkey CPU per request", unit="µs"),
            Column(at="details.account.store_commands_per_request", heading="Valkey commands per request"),
            Column(at="cells.audit.answered", heading="writes answered"),
            Column(at="cells.audit.failed", heading="writes failed"),
            Column(at="cells.audit.committed", heading="writes kept"),
        ),
    ),
    Topic(
        title="Generator and machine",
        columns=(
            Column(at="cells.generator_core_share", heading="generator of its core", shown=share),
            Column(at="details.send_lag_mean_us", heading="send lag, mean", unit="µs"),
            Column(at="details.send_lag_max_us", heading="send lag, most", unit="µs"),
            Column(at="cells.steal_share", heading="steal, all cores", shown=share),
            Column(at="details.account.core_steal_share", heading="steal, its cores", shown=share),
            Column(at="details.account.foreign_share", heading="others on its cores", shown=share),
            Column(at="details.account.pressure_share", heading="pressure", shown=share),
            Column(at="details.account.load_average", heading="load average"),
            Column(at="details.account.mhz", heading="clock", unit="MHz"),
        ),
    ),
)
