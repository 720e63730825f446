"""What an answer does not tell about how an app is served, and some checks need to know."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Serving:
    """How one style of an app is served; None stands for what is not known.

    `shares_loop` tells whether all requests of a process take turns on one event loop, or greenlets on one hub.
    `queue_threads` is how many threads there are where requests queue for them inside the app, which then states the
    wait; 0 where they queue in front of it, or not at all. `thread_per_request` tells whether each request of plain
    functions has a new thread, `alone` whether a process works on one request at a time. `session_store` is `cookie` or
    `valkey`. `sees_clients` tells whether the app sees from which address it is asked, which a relay in front hides.
    """

    shares_loop: bool | None = None
    queue_threads: int | None = None
    thread_per_request: bool | None = None
    alone: bool | None = None
    session_store: str | None = None
    sees_clients: bool | None = None


UNKNOWN = Serving()
# What holds under every server.
ALWAYS = {
    ("fastapi", "async"): Serving(shares_loop=True, queue_threads=0, alone=False),
    ("fastapi", "sync"): Serving(shares_loop=False, thread_per_request=False, alone=False),
    ("flask", "async"): Serving(shares_loop=False),
}


def usual(app: str | None, style: str) -> Serving:
    """Return what is known of an app of which nobody says how it is served."""
    return ALWAYS.get((app or "", style), UNKNOWN)
