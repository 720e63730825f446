"""What the lanes' table tells the conformance suite about how an app is served."""

from contract.conformance import Serving
from loadtests.servers.lanes import Lane


def serving(lane: Lane, stack: str = "current", session_store: str = "cookie") -> dict[str, Serving]:
    """Return how each style of the lane is served on a stack, and where its sessions are kept."""
    return {
        style: Serving(
            _shares_loop(lane, style),
            _queue_threads(lane, style),
            _thread_per_request(lane),
            _alone(lane, stack, style),
            session_store,
            sees_clients=True,
        )
        for style in lane.styles
    }


def _shares_loop(lane: Lane, style: str) -> bool:
    on_loop = style == "async" and lane.server == "uvicorn"
    return on_loop or lane.model == "greenlet"


def _queue_threads(lane: Lane, style: str) -> int:
    """Return the threads that are handed out inside the app: AnyIO's, and those of the adapter from ASGI to WSGI."""
    inside = lane.server == "uvicorn + a2wsgi" or (lane.app == "fastapi" and style == "sync")
    return lane.threads if inside else 0


def _thread_per_request(lane: Lane) -> bool:
    """Tell whether each plain function runs in a new thread: Django under ASGI gives every request one."""
    return lane.app == "django" and lane.server == "uvicorn"


def _alone(lane: Lane, stack: str, style: str) -> bool:
    """Tell whether a process works on one request at a time: Django 3.2 has one thread for all plain functions."""
    in_one_thread = lane.app == "django" and lane.server == "uvicorn" and style == "sync" and stack == "vintage"
    return lane.server == "gunicorn sync" or in_one_thread
