"""A lane's database connections, counted while it is loaded."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from backing.database_url import MARIADB, engine
from loadtests.measurement.accounting import connections_mariadb, connections_postgres

Held = list[tuple[str, str, int]]
"""Of servers by name: what a process of one calls its connections, and how many it holds; under no name, of whoever."""


class Connections:
    """Counts servers' database connections while they are loaded, from a thread with a connection of its own.

    The apps name their connections `<server>:<pid>:<label>`, where the label is the way in which the database is
    reached, so they are counted per process and per way. `look` counts those of the servers of these names; it returns
    None where the database did not tell.
    """

    _EVERY_S = 0.2

    def __init__(self, look: Callable[[Sequence[str]], Held | None]) -> None:
        self._look = look
        self._peak: Counter[tuple[str, str | None]] = Counter()
        self._peak_of_all: Counter[tuple[str, str | None]] = Counter()

    @classmethod
    @contextlib.contextmanager
    def counted(cls, database_url: str, name: str = "trilane-harness") -> Iterator["Connections"]:
        """Count through a connection called `name` until the end of the block; raise `Problem` where it has none."""
        counting = connections_mariadb if engine(database_url) == MARIADB else connections_postgres
        with counting.looking(database_url, name) as look:
            yield cls(look)

    @contextlib.contextmanager
    def watched(self, *names: str) -> Iterator[None]:
        """Count the servers of these names again and again until the block ends; `peak` tells of each."""
        self._peak.clear()
        self._peak_of_all.clear()
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(names, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def peak(self, name: str, label: str | None = None) -> int | None:
        """Return the most connections that one process of the server held; None when it held none.

        With a `label` only those are counted that are called by it: others may be left of what was measured before.
        """
        return self._peak[name, label] or None

    def peak_of_all(self, name: str, label: str | None = None) -> int | None:
        """Return the most connections that all processes of the server held at one moment; None when they held none."""
        return self._peak_of_all[name, label] or None

    def peak_of_whoever(self) -> int | None:
        """Return the most sessions that the database had at one moment, whoever holds them, with a name or without."""
        return self._peak_of_all["", None] or None

    def _watch(self, names: tuple[str, ...], over: threading.Event) -> None:
        while True:
            processes, of_all = Counter[tuple[str, str, str | None]](), Counter[tuple[str, str | None]]()
            for name, called, held in self._look(names) or ():  # what was not counted is None in the result
                pid, _, own = called.removeprefix(f"{name}:").partition(":")
                for label in (own, None):
                    processes[name, pid, label] += held
                    of_all[name, label] += held
            for (name, _, label), held in processes.items():
                self._peak[name, label] = max(self._peak[name, label], held)
            self._peak_of_all |= of_all  # the larger of the two, name by name
            if over.wait(self._EVERY_S):
                return
