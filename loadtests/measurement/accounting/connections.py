"""A lane's database connections, counted while it is loaded."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator

import psycopg


class Connections:
    """Counts servers' database connections while they are loaded, from a thread with a connection of its own.

    The apps name their connections `<server>:<pid>`, so they are counted per process.
    """

    _QUERY = (
        "SELECT name, application_name, count(*) FROM unnest(%s::text[]) AS name "
        "JOIN pg_stat_activity ON starts_with(application_name, name || ':') GROUP BY 1, 2"
    )
    _EVERY_S = 0.2

    def __init__(self, connection: "psycopg.Connection[tuple[str, str, int]]") -> None:
        self._connection = connection
        self._peak: Counter[str] = Counter()
        self._peak_of_all: Counter[str] = Counter()

    @classmethod
    @contextlib.contextmanager
    def counted(cls, database_url: str, name: str = "trilane-harness") -> Iterator["Connections"]:
        """Count through a connection called `name` until the end of the block."""
        with psycopg.connect(database_url, autocommit=True, connect_timeout=5, application_name=name) as connection:
            yield cls(connection)

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

    def peak(self, name: str) -> int | None:
        """Return the most connections that one process of the server held; None when it held none."""
        return self._peak[name] or None

    def peak_of_all(self, name: str) -> int | None:
        """Return the most connections that all processes of the server held at one moment; None when they held none."""
        return self._peak_of_all[name] or None

    def _watch(self, names: tuple[str, ...], over: threading.Event) -> None:
        while True:
            with contextlib.suppress(psycopg.Error):  # what was not counted is None in the result
                most, of_all = Counter[str](), Counter[str]()
                for name, _process, held in self._connection.execute(self._QUERY, (list(names),)).fetchall():
                    most[name] = max(most[name], held)
                    of_all[name] += held
                self._peak |= most  # the larger of the two, name by name
                self._peak_of_all |= of_all
            if over.wait(self._EVERY_S):
                return
