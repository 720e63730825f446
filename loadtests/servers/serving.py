"""What the lanes' table tells the conformance suite about how an app is served."""

from contract.conformance import Serving
from loadtests.servers.lanes import Lane


def serving(lane: Lane) -> dict[str, Serving]:
    """Return how each style of the lane is served."""
    return {style: Serving(_shares_loop(lane, style), _queue_threads(lane, style)) for style in lane.styles}


def _shares_loop(lane: Lane, style: str) -> bool:
    on_loop = style == "async" and lane.server == "uvicorn"
    return on_loop or lane.model == "greenlet"


def _queue_threads(lane: Lane, style: str) -> int:
    """Return the threads that are handed out inside the app: AnyIO's, and those of the adapter from ASGI to WSGI."""
    inside = lane.server == "uvicorn + a2wsgi" or (lane.app == "fastapi" and style == "sync")
    return lane.threads if inside else 0
