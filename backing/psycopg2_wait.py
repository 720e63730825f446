"""Let psycopg2, which Django 3.2 needs, wait as the other drivers do: with a deadline, and cooperating with greenlets.

By itself it blocks in C for as long as the server likes, and stops every greenlet of the process meanwhile.
"""

from select import POLLIN, POLLOUT, poll
from time import monotonic
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, set_wait_callback

from backing.settings import settings

_EVENTS = {POLL_READ: POLLIN, POLL_WRITE: POLLOUT}


def install() -> None:
    """Wait by `select.poll`, which gevent makes cooperative, from now on."""
    set_wait_callback(_wait)


def _wait(connection: Any) -> None:  # noqa: ANN401 - it ships no types
    deadline = monotonic() + settings().query_timeout_s
    while (state := connection.poll()) != POLL_OK:
        if state not in _EVENTS:
            raise psycopg2.OperationalError(f"the driver waits for something unknown: {state}")
        watched = poll()
        watched.register(connection.fileno(), _EVENTS[state])
        if not watched.poll(max(0.0, deadline - monotonic()) * 1000):
            # Whatever is raised here, the driver closes the connection: the answer may still come. Of what is one of
            # its own errors Django takes note, and opens another connection.
            raise psycopg2.OperationalError("the database did not answer in time")
