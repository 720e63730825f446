"""Locust itself with the project's locustfile: load goes to the chosen lane and scenario, and nowhere else."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loadtests.synthetic import RIGHT, WRONG, Peer, Synthetic, synthetic

ROOT = Path(__file__).parents[2]


async def quick(number: int, peer: Peer) -> str:
    await peer.send(WRONG if number == 10 else RIGHT)
    return "right"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Synthetic]:
    with synthetic(quick) as server:
        yield server


def locust(
    targets: dict[str, str] | None, *options: str, file: str | Path = "loadtests/locustfile.py"
) -> subprocess.CompletedProcess[str]:
    environment = {} if targets is None else {"TRILANE_TARGETS": json.dumps(targets)}
    command = [sys.executable, "-m", "locust", "-f", str(file), "--headless", "--json"]
    command += ["-u", "3", "-r", "3", "-t", "4s", *options]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_only_the_chosen_scenario_runs_on_the_chosen_lane_whatever_the_host(elsewhere: Synthetic) -> None:
    with synthetic(quick) as server:
        targets = {"flask-thread": elsewhere.base_url, "fastapi-coroutine": server.base_url}
        options = ["--lane", "fastapi-coroutine", "--scenario", "hello", "--host", elsewhere.base_url]
        ended = locust(targets, *options)
    (row,) = json.loads(ended.stdout)
    assert row["name"] == "fastapi-coroutine hello"
    assert {head.split(b" ")[1] for head in server.heads} == {b"/async/hello"}
    assert elsewhere.heads == []
    # Up to one request of each user was given up when the time was over.
    assert 0 <= len(server.log) - row["num_requests"] <= 3
    assert row["num_failures"] == 1
    assert ended.returncode == 1, "Locust exits with 1 after failures"
    assert any(not key.isdigit() for key in row["response_times"]), "times keep their fractions of a millisecond"


@pytest.mark.parametrize(
    ("targets", "options", "said"),
    [
        ({"flask-thread": "http://127.0.0.1:1"}, ["--lane", "django-thread"], "invalid choice: 'django-thread'"),
        ({"flask-thread": "http://127.0.0.1:1"}, ["--scenario", "dance"], "invalid choice: 'dance'"),
        ({"flask-yarn": "http://127.0.0.1:1"}, [], "there is no lane 'flask-yarn'"),
        (None, ["--lane", "flask-thread"], "lane flask-thread has no base URL"),
    ],
)
def test_what_cannot_be_loaded_is_refused_before_any_user_starts(
    targets: dict[str, str] | None, options: list[str], said: str
) -> None:
    ended = locust(targets, *options)
    assert ended.returncode == 2
    assert said in ended.stderr


MIX = """
from locust import constant_throughput

import loadtests.locustfile
from loadtests.users import articles, hello


class Reader(articles.Articles):
    mixed, weight, batch_s = True, 2, 0
    wait_time = constant_throughput(10)


class Visitor(hello.Hello):
    mixed, weight, batch_s = True, 1, 0
    wait_time = constant_throughput(10)
"""


def test_a_mix_with_think_time_is_a_locustfile_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mix.py"
    file.write_text(MIX)
    with synthetic(quick) as server:
        ended = locust({"fastapi-coroutine": server.base_url}, "--lane", "fastapi-coroutine", file=file)
    counted = {row["name"]: row["num_requests"] for row in json.loads(ended.stdout)}
    assert set(counted) == {"fastapi-coroutine articles", "fastapi-coroutine hello"}
    targets = [head.split(b" ")[1] for head in server.heads]
    assert sum(target.startswith(b"/async/articles") for target in targets) >= counted["fastapi-coroutine articles"] > 0
    assert targets.count(b"/async/hello") >= counted["fastapi-coroutine hello"] > 0
    # Three users, ten requests a second each at most, for four seconds; without think time it is thousands.
    assert len(targets) <= 3 * 10 * 6
