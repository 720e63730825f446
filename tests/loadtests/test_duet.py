"""A short real duet, as a person runs it: two servers on one core, and what it leaves behind."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from backing.groups import new_group, new_sharing_group
from loadtests.servers.stacks import ROOT
from tests.waiting import eventually

pytestmark = pytest.mark.alone

TRILANE = (sys.executable, "-m", "loadtests")
# What a busy machine makes of a duet says nothing about the command.
NOT_VALID, TRIES = 3, 4
METRICS = ["cpu_us_per_request", "qps", "p99_ms"]


def duet(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*TRILANE, "duet", *words], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """As short as it can be with an interval: three starts of a few windows."""
    for _ in range(TRIES):
        out = tmp_path_factory.mktemp("duet") / "run"
        done = duet(
            *("flask-thread", "--scenario", "signals", "--set-b", "receivers=0", "--seconds", "15", "--json"),
            *("--fail-on", "ratio: cpu_us_per_request < 0.01", "--fail-on", "ratio: cpu_us_per_request > 0.01"),
            *("--out", out),
        )
        if done.returncode != NOT_VALID:
            break
    # One of the two conditions cannot hold.
    assert done.returncode == 1, done.stdout + done.stderr
    assert "ratio: cpu_us_per_request < 0.01: not met" in done.stderr
    assert "> 0.01: not met" not in done.stderr
    return json.loads(done.stdout), out


def test_both_sides_are_cells_that_were_checked(played: tuple[dict[str, Any], Path]) -> None:
    a, b = played[0]["cells"]
    assert [a["name"], b["name"]] == ["flask-thread receivers=10", "flask-thread receivers=0"]
    assert a["valid"]
    assert b["valid"]
    assert a["users"] == b["users"]
    assert a["cores"] == b["cores"]
    assert a["params"]["receivers"] == 10
    assert b["params"]["receivers"] == 0
    assert min(a["cpu_us_per_request"], b["cpu_us_per_request"], a["qps"], b["qps"]) > 0


def test_each_metric_has_one_verdict_with_an_interval_around_its_ratio(played: tuple[dict[str, Any], Path]) -> None:
    verdicts = played[0]["verdicts"]
    assert [verdict["metric"] for verdict in verdicts] == METRICS
    for verdict in verdicts[:2]:
        assert (verdict["a"], verdict["b"]) == ("flask-thread receivers=10", "flask-thread receivers=0")
        assert verdict["low"] <= verdict["ratio"] <= verdict["high"]
        assert verdict["rounds"] >= 3
    assert len(played[0]["sentences"]) >= 2


def test_the_core_is_shared_fairly_where_groups_can_be_made(played: tuple[dict[str, Any], Path]) -> None:
    found = played[0]["duet"]
    assert found["fair_shares"] is (new_sharing_group(new_group()) is not None)
    assert 0.4 < found["core_share_a"] < 0.6


def test_the_folder_says_what_was_planned_and_holds_every_window_of_both_sides(
    played: tuple[dict[str, Any], Path],
) -> None:
    _, out = played
    run = json.loads((out / "run.json").read_text())
    plan = run["duet_plan"]
    records = [json.loads(line) for line in (out / "slices.jsonl").read_text().splitlines()]
    assert run["finished_at"]
    assert len(records) == 2 * plan["starts"] * plan["windows"]
    assert {record["void"] for record in records} == {None}
    assert (out / "report.html").stat().st_size > 0
    assert len(list((out / "histograms").iterdir())) == 2


def test_every_start_has_servers_of_its_own(played: tuple[dict[str, Any], Path]) -> None:
    _, out = played
    plan = json.loads((out / "run.json").read_text())["duet_plan"]
    records = [json.loads(line) for line in (out / "slices.jsonl").read_text().splitlines()]
    assert len({tuple(record["use"]["processes"]) for record in records}) == 2 * plan["starts"]


def test_unlike_lanes_end_with_code_2_before_anything_is_started(tmp_path: Path) -> None:
    done = duet("flask-thread", "fastapi-coroutine", "--scenario", "hello", "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "unlike" in done.stderr
    assert not (tmp_path / "run").exists()


def test_too_few_open_files_end_it_with_code_2_before_anything_is_started(tmp_path: Path) -> None:
    words = [*TRILANE, "duet", "flask-thread", "--scenario", "hello", "--users", "64", "--out", str(tmp_path / "run")]
    limited = ["sh", "-c", 'ulimit -n 200; exec "$@"', "sh", *words]
    done = subprocess.run(limited, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "2 servers at 64 users need 256 open files and the limit is 200" in " ".join(done.stderr.split())
    assert not (tmp_path / "run").exists()


def test_an_app_that_does_not_do_the_same_work_is_not_compared(tmp_path: Path) -> None:
    other = tmp_path / "other"
    for name in ("contract", "backing", "flask_app"):
        shutil.copytree(ROOT / name, other / name, ignore=shutil.ignore_patterns("__pycache__"))
    hello = other / "flask_app/hello.py"
    hello.write_text(hello.read_text().replace("json(Hello())", 'json(Hello("hallo"))'))
    done = duet("flask-thread", "--scenario", "hello", "--checkout-b", other, "--out", tmp_path / "run", "--json")
    assert done.returncode == 3, done.stderr
    summary = json.loads(done.stdout)
    assert summary["verdicts"] == []
    assert [cell["valid"] for cell in summary["cells"]] == [False, False]
    assert "its body is not the contract's" in summary["sentences"][0]


def test_ctrl_c_reports_what_was_measured_and_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = subprocess.Popen(
        [*TRILANE, "duet", "flask-thread", "--scenario", "hello", "--out", out, "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    slices = out / "slices.jsonl"
    assert eventually(lambda: slices.exists() and slices.stat().st_size > 0, 60)
    servers = {pid for line in slices.read_text().splitlines() for pid in json.loads(line)["use"]["processes"]}
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    summary = json.loads(told)
    assert summary["partial"]
    plan = json.loads((out / "run.json").read_text())["duet_plan"]
    rounds = {json.loads(line)["round"] for line in slices.read_text().splitlines()}
    # Those that were, not those that were planned.
    assert summary["duet"]["starts"] == len({(number - 1) // plan["windows"] for number in rounds}) < plan["starts"]
    assert not any(Path(f"/proc/{pid}").exists() for pid in servers)
    assert not list(Path("/sys/fs/cgroup").glob(f"*/trilane-{process.pid}-*"))
    assert (out / "summary.json").exists()
