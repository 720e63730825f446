"""The journals of the last traced requests, in bounded memory."""

from collections import OrderedDict
from threading import Lock

from backing.exchange import current

KEPT = 1024

_journals: OrderedDict[str, list[str]] = OrderedDict()
_lock = Lock()


def file(request_id: str) -> None:
    """Keep the journal of the request in progress under its id, if it is traced; it goes on growing until the end."""
    entries = current.get().entries
    if entries is None:
        return
    with _lock:
        _journals[request_id] = entries
        _journals.move_to_end(request_id)
        while len(_journals) > KEPT:
            _journals.popitem(last=False)


def find(request_id: str) -> list[str] | None:
    """Return what has run so far for a traced request, or None where there is no such request."""
    with _lock:
        entries = _journals.get(request_id)
        return None if entries is None else list(entries)
