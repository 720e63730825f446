"""Experiments from the outside and for real: a short one to its sentences, and a leak that is provoked."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.carriers import LEAKS
from loadtests.experiments.planning import plan
from loadtests.experiments.table import EXPERIMENTS, sentences
from loadtests.measurement.bench import Bench, bench
from loadtests.measurement.conclude import Ledger, conclude
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.plan import Timing
from loadtests.measurement.probe import probe
from loadtests.measurement.result import Summary
from loadtests.measurement.slice import measure
from loadtests.measurement.store import read_run, read_summary
from loadtests.measurement.subject import Subject, subjects

TRILANE = Path(sys.executable).with_name("trilane")
CORES = share_out(None, available())
SHORT = Timing(settle_s=0.1, window_s=0.4, drain_s=0.1, timeout_s=10.0)
LANE = "fastapi-coroutine"


def run(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([TRILANE, "run", *words], capture_output=True, text=True, timeout=600, check=False)


def cells(experiment: str, users: int) -> list[Subject]:
    """Return the cells of an experiment on one lane, without its control."""
    row = EXPERIMENTS[experiment]
    wish = plan(row, row.presets["quick"], CORES, lanes=[LANE], users=[users]).wish
    return [each for each in subjects(wish, CORES) if not each.control]


def measured(every: list[Subject], ready: Bench, rounds: int) -> Summary:
    """Measure cells in short rounds."""
    ledger = Ledger(every)
    for subject in every:
        found = probe(subject, ready.server(subject).base_url)
        assert found.asked is not None, found.trouble
        for number in range(1, rounds + 1):
            ledger.add(measure(ready, subject, found.asked, SHORT, number=number))
    counts = {str(subject.group): rounds for subject in every}
    return conclude(ledger, ceilings={}, rounds=counts, partial=False, warnings=()).summary


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The smallest experiment that compares something: two lanes, three rounds."""
    out = tmp_path_factory.mktemp("experiment") / "run"
    done = run("floor", "--lane", f"flask-thread,{LANE}", "--users", "4", "--rounds", "3", "--out", out, "--json")
    assert done.returncode in {0, 3}, done.stderr
    return out, json.loads(done.stdout)


def test_an_experiment_ends_in_sentences_that_hold_its_figures(short: tuple[Path, dict[str, Any]]) -> None:
    out, summary = short
    named = [cell["name"] for cell in summary["cells"] if "(control)" not in cell["name"]]
    assert sorted(named) == [LANE, "flask-thread"]
    told = " ".join(summary["sentences"])
    assert all(name in told for name in named)
    for cell in summary["cells"]:
        if cell["valid"] and cell["name"] in named:
            assert f"{cell['name']} {cell['cpu_us_per_request']:,.0f} µs" in told
    assert sentences("floor", read_summary(out)) == summary["sentences"]
    assert summary["sentences"][0] in (out / "report.html").read_text().replace("&#39;", "'")


def test_a_run_knows_which_experiment_it_is(short: tuple[Path, dict[str, Any]]) -> None:
    out, _ = short
    about = read_run(out)
    assert about.wish.experiment == "floor"
    assert about.wish.scenarios == ("hello",)
    done = run("wait", "--resume", out)
    assert done.returncode == 2
    assert "floor" in done.stderr


@pytest.fixture(scope="module")
def carriers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Subject], Bench]]:
    """One lane whose requests keep their token in the request, and in a module."""
    chosen = [each for each in cells("context", 16) if each.all_params["carrier"] in {"framework", "global"}]
    with bench(chosen, CORES, tmp_path_factory.mktemp("logs")) as ready:
        yield chosen, ready


@pytest.mark.slow
def test_state_in_a_global_leaks_and_state_in_the_request_does_not(carriers: tuple[list[Subject], Bench]) -> None:
    every, ready = carriers
    sound, leaking = measured(every, ready, rounds=2).cells
    assert sound.requests > 16
    assert sound.errors == {}
    assert set(leaking.errors) == {"wrong_body"}
    assert leaking.errors["wrong_body"] > 16
    assert "errors" in [reason.check for reason in leaking.reasons]


@pytest.mark.slow
def test_the_sentences_tell_the_leak_from_its_absence_and_why_it_is(carriers: tuple[list[Subject], Bench]) -> None:
    every, ready = carriers
    said = sentences("context", measured(every, ready, rounds=1))
    assert "answers held another request's state" in said[0]
    assert said[0].endswith(f", because {LEAKS['fastapi', 'global', 'async']}.")
    assert said[1].startswith("carrier=framework at 16 users, the one lane with requests that overlap: no leak in ")


@pytest.mark.slow
@pytest.mark.parametrize("experiment", ["signals", "pool", "cpu", "neighbour", "wait"])
def test_every_experiment_runs_to_its_end(experiment: str, tmp_path: Path) -> None:
    users = () if experiment == "neighbour" else ("--users", "4")
    lanes = f"flask-thread,{LANE}"
    done = run(experiment, "--lane", lanes, *users, "--rounds", "3", "--out", tmp_path / "run", "--json")
    assert done.returncode in {0, 3}, done.stderr
    summary = json.loads(done.stdout)
    assert not summary["partial"]
    assert all(cell["requests"] for cell in summary["cells"])
    told = " ".join(summary["sentences"])
    assert all(lane in told for lane in ("flask-thread", LANE))


@pytest.mark.slow
def test_a_blocking_wait_beside_coroutines_is_seen_by_the_others(tmp_path: Path) -> None:
    done = run("neighbour", "--lane", LANE, "--rounds", "4", "--out", tmp_path / "run", "--json")
    by_beside = {cell["factors"].get("beside"): cell for cell in reversed(json.loads(done.stdout)["cells"])}
    calm, blocked = (by_beside[beside]["rt_ms"]["p99"] for beside in ("nothing", "blocking"))
    # A wait of 200 ms that holds the loop holds up all that comes meanwhile.
    assert blocked > calm
    assert blocked > 150
