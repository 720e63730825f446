"""`trilane capacity` on a real lane, whose sleeping threads bound what it can hold on any machine."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loadtests.capacity.result import Capacity
from loadtests.cli import main
from loadtests.servers.stacks import ROOT

pytestmark = pytest.mark.alone

TRILANE = (sys.executable, "-m", "loadtests")


def capacity(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*TRILANE, "capacity", *words], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    out = tmp_path_factory.mktemp("capacity") / "run"
    done = capacity(
        "flask-process", "--scenario", "wait", "--slo", "p50<200ms,errors<1%", "--seconds", "2", "--out", out, "--json"
    )
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout), out


@pytest.mark.slow
def test_no_rate_above_what_the_workers_can_serve_holds_and_the_next_one_broke(
    found: tuple[dict[str, Any], Path],
) -> None:
    result = found[0]
    # Two workers that sleep for 50 ms serve 40/s; what arrived in a window by chance may be a few more.
    assert 0 < result["rate_per_s"] <= 40 * 1.15
    broke = [step for step in result["steps"] if not step["holds"] and step["rate_per_s"] > result["rate_per_s"]]
    assert broke
    assert all(step["broke"] for step in broke)
    assert result["stopped_by"].startswith("at ")
    assert all(step["rate_per_s"] != result["rate_per_s"] or step["requests"] for step in result["steps"])


@pytest.mark.slow
def test_every_step_is_kept_and_the_folder_says_what_was_asked(found: tuple[dict[str, Any], Path]) -> None:
    result, out = found
    assert json.loads((out / "capacity.json").read_text()) == result
    slices = (out / "slices.jsonl").read_text().splitlines()
    assert [json.loads(line)["rate"] for line in slices] == [step["rate_per_s"] for step in result["steps"]]
    assert json.loads((out / "run.json").read_text())["wish"]["lanes"] == ["flask-process"]
    assert set(result) == set(Capacity.__struct_fields__)


LANES = """
[[lane]]
name = "frail"
app = "fastapi"
styles = ["async"]
model = "coroutine"
server = "uvicorn"
command = ["-m", "uvicorn", "--host", "{host}", "--port", "{port}", "tests.loadtests.frail:asgi"]
"""


def test_a_server_that_ends_under_load_is_a_rate_that_does_not_hold_and_the_result_is_kept(tmp_path: Path) -> None:
    (tmp_path / "lanes.toml").write_text(LANES)
    words = ("capacity", "frail", "--scenario", "wait", "--slo", "p50<2s,errors<50%", "--seconds", "1", "--json")
    done = subprocess.run(
        [*TRILANE, "--lanes", tmp_path / "lanes.toml", *words, "--out", tmp_path / "run"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    result = json.loads(done.stdout)
    assert json.loads((tmp_path / "run" / "capacity.json").read_text()) == result
    *before, last = result["steps"]
    assert last["server_ended"]
    assert last["broke"] == ["its server ended"]
    assert not any(step["server_ended"] for step in before)
    assert (result["confirmed"], result["partial"], result["interrupted"]) == (False, False, False)
    assert "its server ended" in result["sentence"]
    assert "out of memory" in done.stderr
    assert json.loads((tmp_path / "run" / "run.json").read_text())["finished_at"] is not None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("flask-thread", "--scenario", "wait", "--slo", "p99<9%"), "p99 takes"),
        (("flask-thread", "--scenario", "wait", "--slo", "fast"), "for example 'p99<100ms,errors<0.1%'"),
        (("flask-thread,django-thread", "--scenario", "wait", "--slo", "p99<1s"), "give one"),
        (("nobody", "--scenario", "wait", "--slo", "p99<1s"), "nobody"),
        (("flask-thread", "--scenario", "nothing", "--slo", "p99<1s"), "nothing"),
        (("flask-thread", "--scenario", "wait", "--slo", "p99<1s", "--users", "1..8"), "give one"),
    ],
)
def test_wrong_words_are_refused_before_anything_starts(
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["trilane", "capacity", *words, "--out", str(tmp_path / "run")])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert said in printed.err
    assert not (tmp_path / "run").exists()
