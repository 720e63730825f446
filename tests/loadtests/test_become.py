"""A lane's server that something else starts and stops."""

import os
import subprocess
import sys

import pytest

from loadtests.servers.become import served_by

BECOME = [sys.executable, "-m", "loadtests.servers.become"]


@pytest.mark.parametrize(("cpus", "workers"), [(None, "2"), ("0.5", "2"), ("2", "2"), ("3.5", "3")])
def test_a_process_lane_has_a_worker_for_each_whole_core_and_two_at_least(
    cpus: str | None, workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRILANE_APP_CPUS", raising=False)
    if cpus is not None:
        monkeypatch.setenv("TRILANE_APP_CPUS", cpus)
    words = served_by("fastapi", "fastapi-process", 8000)
    assert words[words.index("--workers") + 1] == workers
    others = served_by("fastapi", "fastapi-coroutine", 8000)
    assert others[others.index("--workers") + 1] == "1"


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (["flask", "django-thread"], {}, "'django-thread' is no lane of flask: choose one of flask-process,"),
        (["fastapi", "fastapi-process"], {"TRILANE_APP_CPUS": "all"}, "TRILANE_APP_CPUS is 'all': give a number"),
        (["fastapi", "fastapi-process"], {"TRILANE_APP_CPUS": "inf"}, "TRILANE_APP_CPUS is 'inf': give a number"),
    ],
)
def test_what_cannot_be_served_is_refused_in_one_line(words: list[str], environment: dict[str, str], said: str) -> None:
    done = subprocess.run(
        [*BECOME, *words, "1"], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
