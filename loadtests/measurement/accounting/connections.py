"""A lane's database connections, counted while it is loaded."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator

import psycopg


class Connections:
    """Counts a lane's database connections while it is loaded, from a thread with a connection of its own.

    The apps name their connections `<lane>:<pid>`, so they are counted per process.
    """

    _QUERY = (
        "SELECT application_name, count(*) FROM pg_stat_activity WHERE starts_with(application_name, %s) GROUP BY 1"
    )
    _EVERY_S = 0.2

    def __init__(self, connection: "psycopg.Connection[tuple[str, int]]") -> None:
        self._connection = connection
        self._peak: Counter[str] = Counter()
        self._peak_of_all = 0

    @classmethod
    @contextlib.contextmanager
    def counted(cls, database_url: str, name: str = "trilane-harness") -> Iterator["Connections"]:
        """Count through a connection called `name` until the end of the block."""
        with psycopg.connect(database_url, autocommit=True, connect_timeout=5, application_name=name) as connection:
            yield cls(connection)

    @contextlib.contextmanager
    def watched(self, lane: str) -> Iterator[None]:
        """Count again and again until the block ends; `peak()` tells."""
        self._peak.clear()
        self._peak_of_all = 0
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(lane, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def peak(self) -> int | None:
        """Return the most connections that one process of the lane held; None when it held none."""
        return max(self._peak.values(), default=None)

    def peak_of_all(self) -> int | None:
        """Return the most connections that all processes of the lane held at one moment; None when they held none."""
        return self._peak_of_all or None

    def _watch(self, lane: str, over: threading.Event) -> None:
        while True:
            with contextlib.suppress(psycopg.Error):  # what was not counted is None in the result
                counts = Counter(dict(self._connection.execute(self._QUERY, (f"{lane}:",)).fetchall()))
                self._peak |= counts  # the larger of the two, name by name
                self._peak_of_all = max(self._peak_of_all, counts.total())
            if over.wait(self._EVERY_S):
                return
