"""The isolation levels of real databases, measured by two transactions that interleave, beside what is promised."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backing import direct
from backing.driver import LEVELS
from backing.problem import Problem
from backing.services import Services
from loadtests.isolation.anomalies import SCRIPTS, TABLE
from loadtests.isolation.measure import Found, Measured, measure
from loadtests.isolation.promises import (
    ANOMALIES,
    DIRTY,
    LOST,
    NON_REPEATABLE,
    PHANTOM,
    PHANTOM_LOCKING,
    SNAPSHOT,
    manual,
    standard,
)
from loadtests.isolation.words import broken, outcome, sentences, table
from loadtests.program import app

UNCOMMITTED, COMMITTED, REPEATABLE, SERIALIZABLE = LEVELS
Happened = dict[str, set[str]]


@pytest.fixture(scope="module")
def postgresql(private_services: Services) -> Measured:
    (found,) = measure(private_services.database_url)
    return found


@pytest.fixture(scope="module")
def mariadb(private_mariadb: Services) -> list[Measured]:
    return measure(private_mariadb.database_url)


def happened(measured: Measured) -> Happened:
    """Return at which levels each anomaly happened."""
    return {name: {each.level for each in measured.found if each.anomaly == name and each.happened} for name in SCRIPTS}


def how(measured: Measured, level: str, anomaly: str) -> str:
    (found,) = [each.how for each in measured.found if (each.level, each.anomaly) == (level, anomaly)]
    return found


def test_every_level_is_tried_with_every_anomaly(postgresql: Measured) -> None:
    assert [(each.level, each.anomaly) for each in postgresql.found] == [
        (level, anomaly) for level in LEVELS for anomaly in ANOMALIES
    ]
    assert postgresql.default_level == COMMITTED
    assert postgresql.version[0].isdigit()


def test_postgresql_keeps_what_its_manual_promises(postgresql: Measured) -> None:
    assert happened(postgresql) == {
        DIRTY: set(),
        NON_REPEATABLE: {UNCOMMITTED, COMMITTED},
        PHANTOM: {UNCOMMITTED, COMMITTED},
        PHANTOM_LOCKING: {UNCOMMITTED, COMMITTED},
        LOST: {UNCOMMITTED, COMMITTED},
    }
    assert broken(postgresql) == []
    assert [each.happened for each in postgresql.found] == [each.manual == "possible" for each in postgresql.found]


def test_postgresql_refuses_an_update_of_what_has_changed(postgresql: Measured) -> None:
    assert how(postgresql, REPEATABLE, LOST) == how(postgresql, SERIALIZABLE, LOST) == "40001"


def test_postgresql_is_stricter_than_the_standard_and_that_is_said(postgresql: Measured) -> None:
    first, *others = sentences([postgresql])
    assert "dirty read at READ UNCOMMITTED" in first
    assert "phantom (plain reads) at REPEATABLE READ" in first
    assert any("loses an update" in sentence and COMMITTED in sentence for sentence in others)


def test_mariadb_keeps_what_its_manual_promises(mariadb: list[Measured]) -> None:
    for measured in mariadb:
        assert broken(measured) == []
        found = happened(measured)
        assert found[DIRTY] == {UNCOMMITTED}
        assert found[NON_REPEATABLE] == found[PHANTOM] == {UNCOMMITTED, COMMITTED}
        assert measured.default_level == REPEATABLE
        assert measured.default_setting in {each.setting for each in mariadb}


def test_mariadb_shows_a_locking_read_what_plain_reads_do_not_find(mariadb: list[Measured]) -> None:
    for measured in mariadb:
        found = happened(measured)[PHANTOM_LOCKING]
        if measured.setting == f"{SNAPSHOT}=ON":
            assert found == {UNCOMMITTED, COMMITTED}
            assert how(measured, REPEATABLE, PHANTOM_LOCKING) == "1020"
        else:
            assert found == {UNCOMMITTED, COMMITTED, REPEATABLE}
            assert any("a locking read" in each and REPEATABLE in each for each in sentences([measured]))


def test_mariadb_loses_updates_where_it_does_not_look_for_changes_since_the_snapshot(mariadb: list[Measured]) -> None:
    by_setting = {measured.setting: measured for measured in mariadb}
    for setting, measured in by_setting.items():
        lost = happened(measured)[LOST]
        if setting == f"{SNAPSHOT}=ON":
            assert lost == {UNCOMMITTED, COMMITTED}
            assert how(measured, REPEATABLE, LOST) == "1020"
        else:
            assert lost == {UNCOMMITTED, COMMITTED, REPEATABLE}
        assert how(measured, SERIALIZABLE, LOST) == "1213"


def test_a_writer_waits_for_a_reader_where_mariadb_is_serializable(mariadb: list[Measured]) -> None:
    assert {how(measured, SERIALIZABLE, NON_REPEATABLE) for measured in mariadb} == {"waits"}


def test_nothing_is_left_in_the_database(postgresql: Measured, private_services: Services) -> None:
    assert postgresql.found
    with direct.cursor(private_services.database_url) as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = %s", (TABLE,))
        assert cursor.fetchone() == (0,)


def test_a_promise_that_is_not_kept_is_named() -> None:
    promised = {"standard": standard(REPEATABLE, DIRTY), "manual": manual("postgresql", None, REPEATABLE, DIRTY)}
    bad = Found(level=REPEATABLE, anomaly=DIRTY, happened=True, how="", **promised)
    about = {"engine": "postgresql", "version": "18", "default_level": COMMITTED}
    measured = Measured(**about, default_setting=None, setting=None, found=[bad])
    assert broken(measured) == [bad]
    assert sentences([measured]) == [
        "PostgreSQL 18: dirty read at REPEATABLE READ happens, and the manual says: never."
    ]


def test_the_table_shows_a_row_for_each(postgresql: Measured) -> None:
    assert table(postgresql).row_count == len(LEVELS) * len(ANOMALIES)
    assert {outcome(each) for each in postgresql.found} >= {"happens", "kept out", "kept out: refused with 40001"}


def test_the_command_says_and_keeps_what_it_found(
    private_services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRILANE_DATABASE_URL", private_services.database_url)
    monkeypatch.setenv("TRILANE_VALKEY_URL", private_services.valkey_url)
    done = CliRunner().invoke(app, ["run", "isolation", "--out", str(tmp_path / "run")])
    assert done.exit_code == 0, done.output
    assert "PostgreSQL" in done.output
    assert "keeps out what the standard allows" in done.output
    (kept,) = json.loads((tmp_path / "run" / "isolation.json").read_bytes())
    assert len(kept["found"]) == len(LEVELS) * len(ANOMALIES)


def test_options_that_load_lanes_are_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["run", "isolation", "--users", "8", "--out", str(tmp_path / "run")])
    assert isinstance(done.exception, Problem)
    assert "isolation loads no lane" in str(done.exception)
