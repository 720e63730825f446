"""What is typed for `trilane ui`, read before anything is started."""

import re
from pathlib import Path

import pytest

from backing.problem import Problem
from loadtests.servers.stacks import ROOT
from loadtests.web.history import History
from loadtests.web.opening import hosts, opening, targets
from loadtests.web.serving import DEFAULT_LANES
from loadtests.web.settings import state_folder


@pytest.mark.parametrize("bind", ["127.0.0.1", "127.8.6.4", "::1"])
def test_on_this_machine_alone_no_token_is_needed(bind: str) -> None:
    found = opening(bind, 8089, {})
    assert (found.token, found.said) == ("", "")
    assert found.url in {f"http://{bind}:8089", f"http://[{bind}]:8089"}


@pytest.mark.parametrize("bind", ["0.0.0.0", "10.0.0.1", "::"])  # noqa: S104 - that it gets a token is the test
def test_what_others_can_reach_gets_a_new_token_each_time_and_says_it(bind: str) -> None:
    first, second = (opening(bind, 8089, {}) for _ in range(2))
    assert len(first.token) >= 20
    assert first.token != second.token
    assert first.token in first.said


def test_a_password_of_ones_own_is_never_printed(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from a file, long enough\n")
    for environment in ({"TRILANE_UI_PASSWORD": "long enough, I hope"}, {"TRILANE_UI_PASSWORD_FILE": str(file)}):
        found = opening("10.0.0.1", 8089, environment)
        assert found.token in {"long enough, I hope", "from a file, long enough"}
        assert found.token not in found.said


@pytest.mark.parametrize(
    ("bind", "environment", "said"),
    [
        ("localhost", {}, "give an IP address"),
        ("10.0.0.1", {"TRILANE_UI_PASSWORD": "short"}, "at least 12"),
        ("10.0.0.1", {"TRILANE_UI_PASSWORD_FILE": "/none"}, "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(bind: str, environment: dict[str, str], said: str) -> None:
    with pytest.raises(Problem, match=said):
        opening(bind, 8089, environment)


@pytest.mark.parametrize(("held", "said"), [(b"\n", "is empty"), (b"\xff\xfe long enough", "no text in UTF-8")])
def test_a_password_file_that_holds_none_never_means_none(tmp_path: Path, held: bytes, said: str) -> None:
    file = tmp_path / "password"
    file.write_bytes(held)
    for bind in ("127.0.0.1", "10.0.0.1"):
        with pytest.raises(Problem, match=said):
            opening(bind, 8089, {"TRILANE_UI_PASSWORD_FILE": str(file)})


def test_nobody_else_is_said_to_reach_loopback() -> None:
    said = opening("127.0.0.1", 8089, {"TRILANE_UI_PASSWORD": "long enough, I hope"}).said
    assert "Others" not in said
    assert "asks for a password" in said


def test_allowed_hosts_are_hosts() -> None:
    assert hosts(["Example", "10.0.0.1:80", "[::1]:8000"]) == ["example", "10.0.0.1:80", "[::1]:8000"]


@pytest.mark.parametrize("typed", ["http://foo:1/", "foo/bar", "me@foo", "foo:port", "foo:0", "", "a b"])
def test_allowed_hosts_that_are_none_are_refused(typed: str) -> None:
    with pytest.raises(Problem, match="write HOST or HOST:PORT"):
        hosts([typed])


def test_a_folder_in_which_no_test_can_be_kept_is_found_out_at_once(tmp_path: Path) -> None:
    History(tmp_path / "new" / "one").check()
    assert [*(tmp_path / "new" / "one").iterdir()] == []
    with pytest.raises(Problem, match="name another --state"):
        History(Path("/dev/null/x")).check()


def test_the_ui_and_the_containers_begin_with_the_same_lanes() -> None:
    described = (ROOT / "compose.yaml").read_text()
    for lane in DEFAULT_LANES:
        app = lane.partition("-")[0]
        named = set(re.findall(rf"TRILANE_{app.upper()}_LANE:-([a-z-]+)", described))
        assert named == {lane}


def test_names_of_ones_own_are_answered_to() -> None:
    assert opening("127.0.0.1", 8089, {"TRILANE_UI_HOSTS": "ui.example, other"}).names[-2:] == ("ui.example", "other")


def test_targets_name_a_lane_and_where_it_is() -> None:
    typed = ["flask-thread=http://127.0.0.1:1/,django-thread=http://127.0.0.1:2"]
    assert targets(typed) == {"flask-thread": "http://127.0.0.1:1", "django-thread": "http://127.0.0.1:2"}


@pytest.mark.parametrize("typed", ["flask-thread", "flask-yarn=http://127.0.0.1:1", "flask-thread=https://127.0.0.1",
                                   "flask-thread=http://127.0.0.1:1/x", "flask-thread=http://127.0.0.1:1?x",
                                   "flask-thread=http://me@127.0.0.1:1"])  # fmt: skip
def test_targets_that_are_none_are_refused(typed: str) -> None:
    with pytest.raises(Problem):
        targets([typed])


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"HOME": "/home/me"}, "/home/me/.local/state/trilane/ui"),
        ({"HOME": "/home/me", "XDG_STATE_HOME": "/state"}, "/state/trilane/ui"),
        ({"HOME": "/home/me", "TRILANE_UI_STATE": "/mine"}, "/mine"),
        ({}, str(Path("runs").absolute() / "trilane" / "ui")),
    ],
)
def test_tests_are_kept_in_one_place(environment: dict[str, str], folder: str) -> None:
    assert str(state_folder(environment)) == folder
