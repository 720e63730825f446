"""What answers at a target, before anything is measured there: the app of its lane, as far as it tells."""

import http.client
from urllib.parse import urlsplit

import msgspec

from backing.problem import Problem
from contract.conformance.target import Process
from loadtests.servers.elsewhere import Elsewhere
from loadtests.servers.lanes import Lane

_TIMEOUT_S = 10.0


def require_app_of(lane: Lane, base_url: str, stack: str | None = None) -> None:
    """Raise `Problem` where nothing answers at a URL, or what does says at `/stats` that it is none of this lane.

    `stack` is the one that is asked for, None where any will do. What does not tell is held to the contract alone.
    """
    told = _told(lane, base_url)
    if told is None or told.app is None:
        return
    if told.app != lane.app:
        raise Problem(
            f"{lane.name} is a lane of {lane.app}, and what answers at {base_url} is {told.app} "
            f"{told.versions[told.app]}; name the lane that runs there"
        )
    if stack not in {None, told.stack}:
        raise Problem(
            f"{lane.name} at {base_url} runs {told.app} {told.versions[told.app]}, of the stack {told.stack}, and "
            f"{stack} is asked for; use --stack {told.stack}"
        )
    if lane.workers is None and len(Elsewhere(lane, base_url, lane.name).stats().first) == 1:
        raise Problem(
            f"{lane.name} has several processes, and one alone answers at {base_url}; start more of them there, or "
            "name the lane that runs there"
        )


def _told(lane: Lane, base_url: str) -> Process | None:
    """Return what one process says of itself, None where it does not."""
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/stats", headers={"Connection": "close"})
        answer = connection.getresponse()
        return msgspec.json.decode(answer.read(), type=Process) if answer.status == http.client.OK else None
    except msgspec.DecodeError:
        return None
    except (OSError, http.client.HTTPException) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Problem(f"{lane.name} at {base_url}: nothing answers ({why}); start it there, or mend the URL") from None
    finally:
        connection.close()
