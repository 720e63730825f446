"""`docker compose up --wait` as a person types it, with a real engine: who is up, and what each may do."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from contract.conformance.client import client
from contract.forms import RIGHT
from loadtests.visiting import logged_in
from tests.compose.project import APPS, PUBLISHED, STEPS, Containers

pytestmark = pytest.mark.compose
LASTING = {*APPS, "postgres", "valkey", "upstream", "locust", "worker"}
DATABASES = {"postgres", "mariadb"}
STEPS_DOWN = {"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETGID", "CAP_SETUID"}


@pytest.mark.parametrize("app", APPS)
def test_each_published_app_passes_the_conformance_suite(up: Containers, app: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loadtests", "check", up.url(app)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_service_is_healthy_and_every_step_before_it_ended_well(up: Containers) -> None:
    states = {(row["Service"], row["State"], row["Health"], row["ExitCode"]) for row in up.containers()}
    steps = {(name, "exited", "", 0) for name in STEPS}
    assert states == steps | {(name, "running", "healthy", 0) for name in LASTING}


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
    """Return user and id of each process in a service's containers."""
    lines = up.compose("top", service).splitlines()[2:]
    return {(words[0], words[1]) for line in lines if len(words := line.split()) > 1 and words[0] != "UID"}


def test_no_container_may_write_to_its_image_gain_rights_or_have_more_than_it_needs(up: Containers) -> None:
    for service, found in up.inspected(steps=True).items():
        for each in found:
            host = each["HostConfig"]
            assert host["ReadonlyRootfs"], service
            assert host["CapDrop"] == ["ALL"], service
            assert capabilities(host) == (STEPS_DOWN if service in DATABASES else set()), service
            assert "no-new-privileges:true" in host["SecurityOpt"], service
            assert not host["Privileged"], service


def capabilities(host: Mapping[str, Any]) -> set[str]:
    """Return what is added to none, under one spelling."""
    return {f"CAP_{name.removeprefix('CAP_')}" for name in host["CapAdd"] or ()}


def test_the_apps_cannot_write_to_their_image(up: Containers) -> None:
    with pytest.raises(AssertionError, match="Read-only file system"):
        up.compose("exec", "-T", "flask", "touch", "/srv/trilane/contract/x")


def test_the_three_apps_have_equal_limits_of_cpu_and_memory(up: Containers) -> None:
    names = ("NanoCpus", "Memory", "MemorySwap")
    found = up.inspected()
    limits = {app: tuple(found[app][0]["HostConfig"][name] for name in names) for app in APPS}
    assert limits == dict.fromkeys(APPS, (10**9, 512 * 2**20, 512 * 2**20))


def test_what_only_the_apps_need_is_on_a_network_with_no_way_out(up: Containers) -> None:
    on = {name: {*found[0]["NetworkSettings"]["Networks"]} for name, found in up.inspected().items()}
    backing, front, load = (f"{up.project}_{name}" for name in ("backing", "front", "load"))
    assert {name for name, networks in on.items() if front not in networks} == {"postgres", "valkey", "upstream"}
    assert on["postgres"] == on["valkey"] == on["upstream"] == {backing}
    for network in (backing, load):
        told = subprocess.run(["docker", "network", "inspect", network], capture_output=True, text=True, check=True)  # noqa: S607
        assert json.loads(told.stdout)[0]["Internal"]


def test_every_image_has_a_tag_that_stays_within_a_version(up: Containers) -> None:
    images = {*up.compose("--profile", "*", "config", "--images").split()}
    assert images == {"trilane:current", "postgres:18", "mariadb:11", "valkey/valkey:9"}


def test_no_container_carries_a_secret_in_its_environment(up: Containers) -> None:
    password, key = (
        up.compose("exec", "-T", "flask", "cat", f"/var/lib/trilane/{name}").strip().rpartition(":")[2]
        for name in ("pgpass", "secret_key")
    )
    assert len(password) > 20
    assert len(key) > 20
    assert len(up.password()) > 20
    described = json.dumps(up.inspected(steps=True))
    assert password not in described
    assert key not in described
    assert up.password() not in described


@pytest.mark.parametrize("app", APPS)
def test_somebody_is_still_logged_in_after_the_app_was_started_anew(up: Containers, app: str) -> None:
    cookie = logged_in(up.url(app), "sync")
    before = up.inspected()[app][0]["Id"]
    up.compose("up", "--wait", "--force-recreate", app)
    assert up.inspected()[app][0]["Id"] != before
    with client(up.url(app)) as own:
        answer = own.ask("/sync/session/me", headers=[("Cookie", cookie)])
    assert json.loads(answer.body) == {"name": RIGHT["name"]}
