"""What a server cannot do by itself, and what helps: known beforehand, and shown only where it was needed."""

from dataclasses import dataclass

# What is promised, where a server may be too slow to keep it.
ANSWERS, OTHERS, RECOVERY = "answers", "others", "recovery"


@dataclass(frozen=True)
class Remedy:
    """Why a server cannot cope with a fault and what helps; `covers` names the promises for which it is excused."""

    text: str
    covers: frozenset[str]


_PROXY = (
    "a proxy in front that passes a request on once it is whole (nginx: client_header_timeout ends a slow head;"
    " a slow body waits in its buffer, and client_body_timeout ends pauses, not slowness)"
)
_WORKERS = (
    "a worker serves one request at a time, so whoever waits keeps it: more workers, or threads, or shorter timeouts"
)
_ALL, _OWN = frozenset({ANSWERS, OTHERS}), frozenset({ANSWERS})

_REMEDIES: dict[tuple[str, str], Remedy] = {
    ("slow-client", "gunicorn sync"): Remedy(
        f"a request that arrives slowly keeps its worker from everybody else: {_PROXY}", _ALL
    ),
    ("slow-client", "gunicorn gthread"): Remedy(f"a request that has begun to arrive keeps a thread: {_PROXY}", _ALL),
    ("slow-client", "gunicorn gevent"): Remedy(
        f"a head may take as long as keep-alive lasts, and costs others nothing: {_PROXY}", _OWN
    ),
    ("slow-client", "uvicorn"): Remedy(
        f"it has no deadline for a request's arrival, and a slow one costs others nothing: {_PROXY}", _OWN
    ),
    ("slow-client", "uvicorn + a2wsgi"): Remedy(
        f"it has no deadline for a request's arrival, and a slow head costs others nothing: {_PROXY}", _OWN
    ),
    ("slow-body", "gunicorn sync"): Remedy(
        f"a body that arrives slowly keeps its worker from everybody else: {_PROXY}", _ALL
    ),
    ("slow-body", "gunicorn gthread"): Remedy(f"a body that arrives slowly keeps a thread: {_PROXY}", _ALL),
    ("slow-body", "gunicorn gevent"): Remedy(
        f"it has no deadline for a body, and a slow one costs others nothing: {_PROXY}", _OWN
    ),
    ("slow-body", "uvicorn"): Remedy(
        f"it has no deadline for a body, and a slow one costs others nothing: {_PROXY}", _OWN
    ),
    ("slow-body", "uvicorn + a2wsgi"): Remedy(
        f"a body that arrives slowly keeps one of the adapter's threads, of which there are as many as a lane has:"
        f" {_PROXY}",
        _ALL,
    ),
    ("database-paused", "gunicorn sync"): Remedy(_WORKERS, _ALL),
    ("pool-exhausted", "gunicorn sync"): Remedy(_WORKERS, _ALL),
    ("upstream-slow", "gunicorn sync"): Remedy(_WORKERS, _ALL),
}


def remedy(fault: str, server: str) -> Remedy | None:
    """Return why a server cannot cope with a fault and what helps, None where it should."""
    return _REMEDIES.get((fault, server))
