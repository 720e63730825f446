"""Count what happens in this process, where the harness can read it without asking the server."""

import mmap
import os
from functools import cache
from pathlib import Path
from threading import Lock

from contract.rows.articles import ACCESS

WIDTH = 8
# What is counted in the file of a process, in this order: requests that were answered, connections that the database
# refused because it has as many as it accepts, and requests that found no answer of theirs on a shared connection.
ANSWERED, REFUSED, GARBLED = range(3)
# And the refused ones once more, by the way that wanted them: what one way leaves behind is none of the next one's.
REFUSED_BY = {way: place for place, way in enumerate(ACCESS.choices, 3)}
_PLACES = 3 + len(REFUSED_BY)


class Counter:
    """A number in memory and, where a folder is given, in the file `<folder>/<pid>`, at its place.

    There it takes 8 bytes, the lowest first. The counters of a process share the file.
    """

    def __init__(self, folder: str, place: int = ANSWERED) -> None:
        self.value = 0
        self._lock = Lock()
        self._place = slice(place * WIDTH, (place + 1) * WIDTH)
        self._shared = _share(Path(folder) / str(os.getpid())) if folder else None

    def add(self) -> None:
        """Count one more."""
        with self._lock:
            self.value += 1
            if self._shared is not None:
                self._shared[self._place] = self.value.to_bytes(WIDTH, "little")


def counted(file: bytes, place: int) -> int | None:
    """Return what the file of a process holds at a place, None where it holds nothing there."""
    found = file[place * WIDTH : (place + 1) * WIDTH]
    return int.from_bytes(found, "little") if found else None


@cache
def _share(path: Path) -> mmap.mmap:
    path.write_bytes(bytes(WIDTH * _PLACES))
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), WIDTH * _PLACES)
