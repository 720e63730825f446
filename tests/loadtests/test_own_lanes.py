"""A person's own lanes, from a TOML file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from backing.problem import Problem
from backing.services import Services
from loadtests.servers import LANES, served
from loadtests.servers.own import add, read
from loadtests.servers.stacks import ROOT

ROW = """
[[lane]]
name = "mine"
app = "tiny"
styles = ["async"]
model = "coroutine"
server = "uvicorn"
command = ["-m", "uvicorn", "--host", "{host}", "--port", "{port}", "tests.loadtests.tiny:asgi"]
"""


def file(folder: Path, text: str) -> Path:
    path = folder / "lanes.toml"
    path.write_text(text)
    return path


def test_a_lane_of_ones_own_runs(tmp_path: Path) -> None:
    lanes = read(file(tmp_path, ROW))
    nothing = Services("postgresql:///unused", "unix:///unused", {})
    with served(lanes, services=nothing, folder=tmp_path) as (server,):
        assert server.alive()
        assert (server.lane.name, server.workers) == ("mine", 1)


def test_a_lane_of_ones_own_is_listed_with_the_others(tmp_path: Path) -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "loadtests", "--lanes", file(tmp_path, ROW), "lanes", "--json"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    assert [row["name"] for row in json.loads(listed.stdout)] == [*LANES, "mine"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no lanes"),
        ("lane = 1", "has no lanes"),
        ("[[lane]", "cannot be read"),
        ("[[lane]]\nname = 'mine'", "lane 1 is not one: Object missing required field `app`"),
        (ROW + "colour = 'red'", "unknown fields colour"),
        (ROW.replace('["async"]', '["fast"]'), "styles must be some of sync, async"),
        (ROW.replace("{port}", "8000"), "its command must hold {port} or {address}"),
        (ROW.replace("{host}", "{hosts}"), "may hold {host}, {port}, {address}, {workers} and {threads}, not 'hosts'"),
        (ROW.replace('"mine"', '"flask-thread"'), "there is a lane flask-thread already"),
    ],
)
def test_a_file_that_is_wrong_is_a_problem_that_says_where(text: str, says: str, tmp_path: Path) -> None:
    path = file(tmp_path, text)
    with pytest.raises(Problem) as caught:
        add(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot be read"):
        add(tmp_path / "missing.toml")
