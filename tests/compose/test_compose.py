"""`docker compose up --wait` as a person types it, with a real engine."""

import subprocess
import sys
import urllib.request

import pytest

from tests.compose.conftest import PUBLISHED, Containers

pytestmark = pytest.mark.compose


@pytest.mark.parametrize("app", ["flask", "fastapi", "django"])
def test_each_published_app_passes_the_conformance_suite(up: Containers, app: str) -> None:
    url = f"http://127.0.0.1:{up.ports[app]}"
    done = subprocess.run(
        [sys.executable, "-m", "loadtests", "check", url], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_web_ui_of_locust_answers_on_its_published_port(up: Containers) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{up.ports['locust']}/", timeout=30) as response:
        assert b"Locust" in response.read()


def test_every_service_is_healthy_and_every_step_before_it_ended_well(up: Containers) -> None:
    states = {row["Service"]: (row["State"], row["Health"], row["ExitCode"]) for row in up.containers()}
    steps = {name for name, (state, _, _) in states.items() if state == "exited"}
    assert steps == {"password", "fill"}
    assert all(states[name][2] == 0 for name in steps)
    assert {name: health for name, (_, health, _) in states.items() if name not in steps and health != "healthy"} == {}


def test_only_the_apps_and_the_web_ui_are_published_and_on_the_loopback_address_alone(up: Containers) -> None:
    published = {
        (row["Service"], publisher["URL"])
        for row in up.containers()
        for publisher in row["Publishers"] or ()
        if publisher["PublishedPort"]
    }
    assert published == {(name, "127.0.0.1") for name in PUBLISHED}


def test_no_process_in_any_container_runs_as_root(up: Containers) -> None:
    for row in up.containers():
        if row["State"] == "running":
            # A health check is a process of a moment, started by the engine beside the container's own.
            lasting = processes(up, row["Service"]) & processes(up, row["Service"])
            assert lasting
            assert not {user for user, _ in lasting} & {"root", "0"}, (row["Service"], lasting)


def processes(up: Containers, service: str) -> set[tuple[str, str]]:
    """Return user and id of each process in a service's container."""
    lines = up.compose("top", service).splitlines()[2:]
    return {(words[0], words[1]) for line in lines if (words := line.split())}


def test_no_container_carries_a_password_in_its_environment(up: Containers) -> None:
    password = up.compose("exec", "-T", "flask", "cat", "/var/lib/trilane/pgpass").strip().rpartition(":")[2]
    assert len(password) > 20
    for row in up.containers():
        described = subprocess.run(["docker", "inspect", row["ID"]], capture_output=True, text=True, check=True).stdout  # noqa: S607
        assert password not in described


def test_the_apps_cannot_write_to_their_image(up: Containers) -> None:
    with pytest.raises(AssertionError, match="Read-only file system"):
        up.compose("exec", "-T", "flask", "touch", "/srv/trilane/contract/x")
