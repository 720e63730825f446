"""What clients see of containers that are stopped or killed in the middle of a load."""

import pytest

from loadtests.agent_client import Agent
from loadtests.servers.readiness import health
from tests.compose.loading import UNANSWERED, loaded, loaded_for_a_while, right
from tests.compose.project import APPS, Containers
from tests.waiting import eventually

pytestmark = pytest.mark.compose
KILLED = 137


def test_a_stop_during_load_lets_every_container_end_by_itself_and_no_request_be_answered_wrongly(
    up: Containers, load: Agent
) -> None:
    slow = {"user_count": 8, "spawn_rate": 8, "lane": "fastapi-coroutine", "scenario": "wait", "ms": 10_000}
    try:
        with up.ui() as ui:
            assert ui.post("/swarm", data=slow).json()["success"]
            # Locust and its workers wait for what they asked for when they are told to end.
            assert eventually(lambda: ui.get("/stats/requests").json()["user_count"] == 8, timeout_s=30)
        seen = loaded(load, up, lambda: up.compose("stop"), "articles", "wait")
        ended = {service: [each["State"] for each in found] for service, found in up.inspected().items()}
    finally:
        up.compose("up", "--wait")
    for app in APPS:
        assert right(seen[app]) > 0
        assert set(seen[app].errors) <= UNANSWERED, (app, seen[app].errors, seen[app].first_error)
        # Nobody is there any more at the end.
        assert seen[app].errors
    assert {state["Status"] for states in ended.values() for state in states} == {"exited"}
    # Whoever is not gone at the end of its grace period is killed.
    assert not [name for name, states in ended.items() if any(state["ExitCode"] == KILLED for state in states)], ended
    assert not any(state["OOMKilled"] for states in ended.values() for state in states)


def test_apps_whose_database_is_killed_and_comes_back_serve_again_without_being_restarted(
    up: Containers, load: Agent
) -> None:
    before = lives(up)

    def database_fails_and_comes_back() -> None:
        up.compose("kill", "postgres")
        assert eventually(lambda: all("503" in str(health(up.url(app))) for app in APPS), timeout_s=60)
        up.compose("start", "postgres")
        assert eventually(lambda: all(health(up.url(app)) is None for app in APPS), timeout_s=60)

    try:
        seen = loaded(load, up, database_fails_and_comes_back, "articles")
    finally:
        up.compose("up", "--wait")
    for app in APPS:
        assert right(seen[app]) > 0
        assert set(seen[app].errors) == {"status_503"}, (app, seen[app].errors, seen[app].first_error)
    after = loaded_for_a_while(load, up, "articles")
    assert not any(after[app].errors for app in APPS), after
    assert all(right(after[app]) > 0 for app in APPS)
    assert lives(up) == before


def lives(up: Containers) -> dict[str, tuple[str, str, int]]:
    """Return which container serves each app, since when, and how often the engine has restarted it."""
    found = {app: up.inspected()[app][0] for app in APPS}
    return {app: (each["Id"], each["State"]["StartedAt"], each["RestartCount"]) for app, each in found.items()}
