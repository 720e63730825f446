"""One side of two transactions that interleave: its statements run one after another in a thread of their own.

A statement may wait for a lock of the other side. Whether it does is asked of the database, not guessed from the time.
Only what a database does to keep transactions apart is a refusal; any other error ends the measurement.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from typing import Any

import psycopg
import pymysql

from backing import driver_mariadb, driver_postgres
from backing.database_url import MARIADB, POSTGRESQL
from backing.problem import Problem

# MariaDB looks anew at who waits only where nobody has asked for a tenth of a second.
_LOOK_S = {POSTGRESQL: 0.005, MARIADB: 0.15}
_LONGEST_S = 30.0
ERRORS = (psycopg.Error, pymysql.MySQLError)
# A transaction that the database does not let go on beside the other one: serialization failure and deadlock; deadlock,
# and a row that has changed since the snapshot. No script waits so long on purpose that a lock's timeout would be one.
_REFUSALS = {POSTGRESQL: {"40001", "40P01"}, MARIADB: {"1020", "1213"}}
_BEGIN = {POSTGRESQL: driver_postgres.begin, MARIADB: driver_mariadb.begin}
_OWN_ID = {POSTGRESQL: "SELECT pg_backend_pid()", MARIADB: "SELECT connection_id()"}
_WAITS = {
    POSTGRESQL: "SELECT cardinality(pg_blocking_pids(%s))",
    MARIADB: "SELECT count(*) FROM information_schema.innodb_trx"
    " WHERE trx_mysql_thread_id = %s AND trx_state = 'LOCK WAIT'",
}


def ask(connection: Any, statement: str, *values: object) -> Any:  # noqa: ANN401 - whatever the column holds
    """Run a statement; return the first value of its first row, None where it gives none; raise one of `ERRORS`."""
    with closing(connection.cursor()) as cursor:
        cursor.execute(statement, values or None)
        row = cursor.fetchone() if cursor.description else None
        return None if row is None else row[0]


class Session:
    """A connection that runs its statements in its own thread; `observer` is another connection, to ask who waits.

    `refused` is the code with which the database refused the transaction, `waited` tells whether a statement had to
    wait for the other side. After a refusal nothing more is sent but the end of the transaction.
    """

    def __init__(self, engine: str, connection: Any, observer: Any) -> None:  # noqa: ANN401 - the engine's own kind
        self._engine, self._connection, self._observer = engine, connection, observer
        self._id = ask(connection, _OWN_ID[engine])
        self._thread = ThreadPoolExecutor(1)
        self._sent: list[Future[Any]] = []
        self.refused: str | None = None
        self.waited = False

    def begin(self, level: str) -> None:
        """Begin a transaction at a level."""
        for statement in _BEGIN[self._engine](level):
            self.do(statement)

    def do(self, statement: str, *values: object) -> Callable[[], Any]:
        """Run a statement until it has ended or waits; return what gives its value, later if it waits now."""
        future = self._settled(self._thread.submit(self._run, statement, values))
        return lambda: future.result(_LONGEST_S)

    def end(self) -> None:
        """Commit, or roll back where something was refused."""
        self._settled(self._thread.submit(self._finish))

    def leave(self) -> None:
        """Wait until everything has ended, and close the connection; raise what went wrong besides a refusal."""
        self._thread.shutdown()
        self._connection.close()
        for future in self._sent:
            future.result()

    def _run(self, statement: str, values: tuple[object, ...]) -> Any:  # noqa: ANN401 - whatever the column holds
        if self.refused is not None:
            return None
        try:
            return ask(self._connection, statement, *values)
        except ERRORS as error:
            code = code_of(error)
            if code not in _REFUSALS[self._engine]:
                raise Problem(
                    f"the database did not carry out {statement!r} ({code}: {first_line(error)}), so nothing is shown;"
                    " mend that, and measure again"
                ) from None
            self.refused = code
            return None

    def _finish(self) -> None:
        if self.refused is None:
            self._run("COMMIT", ())
        if self.refused is not None:
            ask(self._connection, "ROLLBACK")

    def _settled(self, future: "Future[Any]") -> "Future[Any]":
        """Return a future when it is done, or waits for a lock that the other side holds."""
        self._sent.append(future)
        until_s = time.monotonic() + _LONGEST_S
        while not wait([future], _LOOK_S[self._engine]).done:
            if ask(self._observer, _WAITS[self._engine], self._id):
                self.waited = True
                break
            if time.monotonic() > until_s:
                raise Problem(
                    f"the database has not answered for {_LONGEST_S:.0f} s, and waits for no lock; see its log"
                )
        return future


def first_line(error: Exception) -> str:
    """Return the beginning of what an error says."""
    text = str(error.args[-1]).strip() if error.args else ""
    return text.splitlines()[0] if text else type(error).__name__


def code_of(error: Exception) -> str:
    """Return the code of an error: five characters of the standard's, or the engine's own number."""
    if isinstance(error, psycopg.Error):
        return error.sqlstate or type(error).__name__
    return str(error.args[0]) if error.args else type(error).__name__
