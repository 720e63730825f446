"""Slices and cells made from known figures, for the parts of the measurement that need no server."""

from typing import Any

from loadtests.measurement import histogram
from loadtests.measurement.group import Group
from loadtests.measurement.record import Record, Use
from loadtests.measurement.subject import Subject
from loadtests.messages import Slice

SECOND_NS = 1_000_000_000
HELLO = Group(scenario="hello", users=10)


def encoded(micros: list[int]) -> str:
    values = histogram.empty()
    for value in micros:
        values.record_value(value)
    return str(values.encode().decode())


def client(micros: list[int], **changed: Any) -> Slice:
    """A slice of one second whose requests took `micros`, all in the window and all right."""
    figures: dict[str, Any] = {
        "started_ns": 0,
        "window_start_ns": 0,
        "window_end_ns": SECOND_NS,
        "ended_ns": SECOND_NS,
        "window_requests": len(micros),
        "window_errors": {},
        "window_thirds": (len(micros) // 3, len(micros) - 2 * (len(micros) // 3), len(micros) // 3),
        "requests": len(micros),
        "errors": {},
        "concurrency": sum(micros) / 1e6,
        "rt_mean_us": sum(micros) / len(micros) if micros else None,
        "rt_max_us": max(micros, default=None),
        "rt_mean_all_us": sum(micros) / len(micros) if micros else None,
        "latencies": encoded(micros),
        "failed_latencies": "",
        "cpu_ns": SECOND_NS // 10,
        "send_lag_mean_us": None,
        "send_lag_max_us": None,
        "connections_opened": 0,
        "bytes_received": 0,
    }
    return Slice(**(figures | changed))


def use(answered: int | None, **changed: Any) -> Use:
    figures: dict[str, Any] = {
        "wall_ns": SECOND_NS,
        "cpu_ns": SECOND_NS // 2,
        "answered": answered,
        "processes": (1,),
        "rss_bytes": 1_000_000,
        "pss_bytes": None,
        "threads": 1,
        "context_switches": 100,
        "db_connections": None,
        "db_cpu_ns": None,
        "steal_share": 0.1,
    }
    return Use(**(figures | changed))


def record(number: int, micros: list[int], *, lane: str = "flask-thread", **changed: Any) -> Record:
    """A slice of `lane`; what is `changed` is the record's, or else the client's."""
    own = {name: changed.pop(name) for name in ("use", "void", "workers_ended") if name in changed}
    seen = client(micros, **changed)
    return Record(
        round=number,
        scenario=HELLO.scenario,
        users=HELLO.users,
        name=lane,
        lane=lane,
        started_at="2026-01-01T00:00:00Z",
        client=seen,
        use=own.get("use", use(seen.requests)),
        void=own.get("void"),
        workers_ended=own.get("workers_ended", 0),
    )


def subject(lane: str = "flask-thread", **changed: Any) -> Subject:
    figures: dict[str, Any] = {
        "group": HELLO,
        "name": lane,
        "lane": lane,
        "stack": "current",
        "style": "sync",
        "workers": 1,
        "cores": (1,),
        "ceiling_qps": None,
    }
    return Subject(**(figures | changed))
