"""What a person can choose by a variable: the lanes, the database, the generation of the frameworks, the workers."""

import subprocess
import sys

import pytest

from loadtests.servers.readiness import health
from tests.compose.loading import stats
from tests.compose.project import APPS, Containers

pytestmark = pytest.mark.compose
LANES = {"TRILANE_FLASK_LANE": "flask-greenlet", "TRILANE_FASTAPI_LANE": "fastapi-process",
         "TRILANE_DJANGO_LANE": "django-coroutine"}  # fmt: skip


def test_each_app_is_served_as_the_lane_that_a_variable_names(up: Containers) -> None:
    others = up.choosing(**LANES, TRILANE_APP_CPUS="2")
    try:
        others.compose("up", "--wait")
        commands = {app: others.compose("top", app) for app in APPS}
        assert {app: health(up.url(app)) for app in APPS} == dict.fromkeys(APPS)
        checked = check(up.url("flask"), "--style", "sync")
    finally:
        up.compose("up", "--wait")
    assert "--worker-class gevent" in commands["flask"]
    assert "--workers 2" in commands["fastapi"]
    assert "uvicorn" in commands["django"]
    assert "gunicorn" not in commands["django"]
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"TRILANE_FLASK_LANE": "django-thread"}, "'django-thread' is no lane of flask: choose one of flask-process,"),
        ({"TRILANE_APP_CPUS": "0.5", "TRILANE_FLASK_LANE": "flask"}, "'flask' is no lane of flask"),
    ],
)
def test_a_lane_of_another_app_is_refused_in_one_line(up: Containers, chosen: dict[str, str], said: str) -> None:
    done = up.choosing(**chosen).run("run", "--rm", "--no-deps", "-T", "flask")
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("app", APPS)
def test_each_app_passes_the_conformance_suite_on_mariadb(on_mariadb: Containers, app: str) -> None:
    checked = check(on_mariadb.url(app))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_container_of_mariadb_carries_its_password_in_its_environment(on_mariadb: Containers) -> None:
    kept = on_mariadb.compose("exec", "-T", "flask", "cat", "/var/lib/trilane/pgpass")
    password = kept.strip().rpartition(":")[2]
    assert len(password) > 20
    assert password not in str(on_mariadb.inspected(steps=True))


def test_a_build_argument_chooses_the_older_frameworks(on_mariadb: Containers) -> None:
    older = on_mariadb.choosing(TRILANE_STACK="vintage")
    older.up(*APPS)
    found = {app: stats(older.url(app))["versions"][app] for app in APPS}
    assert {app: version.rpartition(".")[0] for app, version in found.items()} == {
        "flask": "2.3", "fastapi": "0.103", "django": "3.2",
    }  # fmt: skip
    checked = check(older.url("flask"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def check(url: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Hold what answers there to the contract."""
    return subprocess.run(
        [sys.executable, "-m", "loadtests", "check", url, *words], capture_output=True, text=True, check=False
    )
