"""`trilane calibrate`: the keys it promises, and nothing left out or made up when wrk is missing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]


def calibrated(*words: str, path: str = os.environ["PATH"]) -> str:
    command = [sys.executable, "-m", "loadtests", "calibrate", "--rounds", "1", "--seconds", "1", *words]
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_calibrate_says_that_its_lean_user_is_the_load_agents() -> None:
    said = calibrated()
    assert "the load agent's lean user" in said
    assert "the lean user" not in said


@pytest.mark.parametrize("path", [os.environ["PATH"], "/nowhere"], ids=["as it is", "without wrk"])
def test_calibrate_prints_the_ceilings_and_their_ratios_as_json(path: str) -> None:
    found = json.loads(calibrated("--json", path=path))
    assert all(found[name] > 0 for name in ("lean", "fast_http", "http"))
    assert found["lean_over_fast_http"] == pytest.approx(found["lean"] / found["fast_http"])
    if shutil.which("wrk", path=path):
        assert found["lean_over_wrk"] == pytest.approx(found["lean"] / found["wrk"])
    else:
        assert found["wrk"] is None
        assert found["lean_over_wrk"] is None
