"""What counts as an isolation level's protection, and what only as a measurement that went wrong."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from backing import direct
from backing.database_url import POSTGRESQL
from backing.problem import Problem
from backing.services import Services
from loadtests.isolation.anomalies import SCRIPTS
from loadtests.isolation.measure import measure
from loadtests.isolation.promises import ANOMALIES, LOST
from loadtests.isolation.session import Session
from loadtests.program import app


class Failing:
    """A connection to PostgreSQL that answers reads with 1, and writes with an error; it is its own cursor."""

    description = True

    def __init__(self, error: Exception) -> None:
        self._error = error

    def cursor(self) -> "Failing":
        return self

    def execute(self, statement: str, _: object) -> None:
        if statement.startswith(("UPDATE", "INSERT")):
            raise self._error

    def fetchone(self) -> tuple[int]:
        return (1,)

    def close(self) -> None:
        pass


def tried(anomaly: str, error: Exception) -> tuple[bool, set[str | None]]:
    """Return whether an anomaly happened where every write ends in an error, and with what the sides were refused."""
    sides = tuple(Session(POSTGRESQL, Failing(error), Failing(error)) for _ in range(2))
    try:
        found = SCRIPTS[anomaly](sides, "REPEATABLE READ")  # type: ignore[arg-type]  # there are two of them
    finally:
        for side in sides:
            side.leave()
    return found(1), {side.refused for side in sides}


@pytest.mark.parametrize("anomaly", ANOMALIES)
@pytest.mark.parametrize(
    "error", [psycopg.OperationalError("the connection is lost"), psycopg.errors.LockNotAvailable("lock timeout")]
)
def test_an_error_that_keeps_no_transactions_apart_is_no_protection(anomaly: str, error: Exception) -> None:
    with pytest.raises(Problem, match=r"the database did not carry out '(UPDATE|INSERT)"):
        tried(anomaly, error)


@pytest.mark.parametrize("anomaly", [each for each in ANOMALIES if each != LOST])
def test_a_change_that_was_refused_shows_nothing_of_reads(anomaly: str) -> None:
    with pytest.raises(Problem, match="refused with 40P01 what the other side was to see"):
        tried(anomaly, psycopg.errors.DeadlockDetected())


def test_an_update_that_was_refused_is_not_lost() -> None:
    assert tried(LOST, psycopg.errors.SerializationFailure()) == (False, {"40001"})


@pytest.fixture
def reader_url(private_services: Services) -> Iterator[str]:
    """The database as somebody who may make no table there."""
    with direct.cursor(private_services.database_url) as cursor:
        cursor.execute("CREATE ROLE reader LOGIN")
        yield private_services.database_url.replace("//trilane@", "//reader@")
        cursor.execute("DROP ROLE reader")


def test_who_may_make_no_table_is_told_what_to_do(reader_url: str) -> None:
    with pytest.raises(Problem, match=r"cannot be measured: permission denied .*; give its user the right") as told:
        measure(reader_url)
    assert "\n" not in str(told.value)


def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("backing.services.services", None)
    (tmp_path / "file").touch()
    done = CliRunner().invoke(app, ["run", "isolation", "--out", str(tmp_path / "file" / "run")])
    assert isinstance(done.exception, Problem)
    assert "Not a directory; name another folder" in str(done.exception)


def test_a_folder_is_gone_again_where_nothing_was_measured(
    private_services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def failing(_: str) -> None:
        raise Problem("it cannot be measured")

    monkeypatch.setenv("TRILANE_DATABASE_URL", private_services.database_url)
    monkeypatch.setenv("TRILANE_VALKEY_URL", private_services.valkey_url)
    monkeypatch.setenv("TRILANE_UPSTREAM_URL", private_services.upstream_url)
    monkeypatch.setattr("loadtests.isolation.measure.measure", failing)
    done = CliRunner().invoke(app, ["run", "isolation", "--out", str(tmp_path / "run")])
    assert isinstance(done.exception, Problem)
    assert not (tmp_path / "run").exists()
