"""Faults for real: three of them on three lanes, and the judgement over made-up figures."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from backing.problem import Problem
from loadtests.faults import run
from loadtests.faults.asking import OK, SILENCE, Answered, request
from loadtests.faults.fault import FAULTS, find
from loadtests.faults.outcome import Outcome, Seen, outcome
from loadtests.faults.pools import Filling
from loadtests.faults.reading import CLOSED
from loadtests.faults.table import markdown, overview
from loadtests.program import app
from loadtests.servers import LANES
from loadtests.servers.stacks import ROOT

GOOD = Seen(
    statuses={"503": 40},
    slowest_ms=12.0,
    others={OK: 12},
    others_ms=9.0,
    recovered_after_s=0.3,
    connections_before=6,
    connections_after=6,
    sockets_before=20,
    sockets_after=20,
    at_work=6,
)


def judged(fault: str, lane: str = "fastapi-coroutine", **changed: Any) -> Outcome:
    seen = msgspec.structs.replace(GOOD, **changed)
    return outcome(find(fault), LANES[lane], "current", seen, most=6, pooled=6)


def test_what_is_as_promised_is_met() -> None:
    found = judged("database-stopped")
    assert found.unmet == []
    assert found.is_met
    assert found.remedy is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"statuses": {"503": 39, "500": 1}}, "1 × 500 instead of 503"),
        ({"statuses": {OK: 3}}, "3 × 200 instead of 503"),
        ({"statuses": {}}, "nothing was answered or refused"),
        ({"statuses": {SILENCE: 2}, "slowest_ms": 10_000.0}, "an answer took 10.0 s, not 2 s"),
        ({"others": {OK: 3, SILENCE: 1}}, "others: 1 × no answer"),
        ({"others_ms": 2_500.0}, "an answer to others took 2.5 s"),
        ({"recovered_after_s": None}, "no full service after it"),
        ({"recovered_after_s": 2.4}, "full service after 2.4 s, not 2 s"),
        ({"connections_after": 9}, "9 connections to the database, not 6"),
        ({"connections_before": 1}, "6 connections to the database, not 1"),
        ({"at_work": 5}, "5 connections can be at work at once, not 6"),
        ({"held": 5}, "only 5 of 6 connections were held"),
        ({"sockets_after": 60}, "40 more sockets are open than before"),
    ],
)
def test_each_broken_promise_is_named_and_fails(changed: dict[str, Any], said: str) -> None:
    found = judged("database-stopped", **changed)
    assert any(said in each for each in found.unmet), found.unmet
    assert not found.is_explained


def test_what_a_server_cannot_do_is_explained_by_its_remedy_and_not_hidden() -> None:
    silent: dict[str, Any] = {"statuses": {SILENCE: 40}, "slowest_ms": 10_000.0}
    found = judged("slow-client", "flask-process", **silent, others={SILENCE: 1}, others_ms=10_000.0)
    assert found.is_explained
    assert not found.is_met
    short, line = [line for line in markdown([found]) if line.startswith("| flask-process")]
    assert short == "| flask-process | 0.3 † |"
    assert "no, and it cannot" in line
    assert any("proxy" in line for line in markdown([found]))


@pytest.mark.parametrize(
    "changed",
    [
        {"statuses": {"500": 1, SILENCE: 2}},
        {"statuses": {SILENCE: 2}, "connections_after": 9},
        {"statuses": {SILENCE: 2}, "sockets_after": 90},
        {"statuses": {SILENCE: 2}, "at_work": 5},
        {"statuses": {SILENCE: 2}, "recovered_after_s": None},
        {"statuses": {SILENCE: 2}, "others": {"500": 1}},
    ],
)
def test_a_remedy_against_slowness_excuses_nothing_that_is_wrong(changed: dict[str, Any]) -> None:
    found = judged("upstream-slow", "flask-process", **changed)
    assert found.remedy is None
    assert not found.is_explained


@pytest.mark.parametrize("slow", [{"others_ms": 5_000.0}, {"others": {SILENCE: 1}}, {"recovered_after_s": 9.0}])
def test_a_remedy_excuses_only_the_promises_that_it_covers(slow: dict[str, Any]) -> None:
    silent: dict[str, Any] = {"statuses": {SILENCE: 40}, "slowest_ms": 5_000.0}
    assert judged("slow-client", **silent).is_explained
    found = judged("slow-client", **{**silent, **slow})
    assert found.remedy is None
    assert not found.is_explained


def test_a_fault_that_holds_connections_says_how_many_and_whether_a_pool_was_full() -> None:
    full = judged("pool-exhausted", held=6)
    few = outcome(
        find("pool-exhausted"),
        LANES["flask-process"],
        "current",
        msgspec.structs.replace(GOOD, held=2, at_work=2),
        most=2,
        pooled=12,
    )
    assert full.is_met
    assert few.is_met
    lines = list(markdown([full, few]))
    assert "- fastapi-coroutine: all 6 connections of the pools were held." in lines
    assert any(line.startswith("- flask-process: 2 of the 12 connections") for line in lines)


@pytest.mark.parametrize(("lent", "held"), [([0, 4, 6, 7], 6), ([0, 5, 5, 3, 5, 5], 5)])
def test_a_pool_that_lost_a_connection_is_noticed_since_all_are_needed_at_once(lent: list[int], held: int) -> None:
    counts = iter(lent)

    async def fill() -> int:
        filling = Filling("http://127.0.0.1:9", request("/"), lambda: next(counts, lent[-1]), 6)
        await filling.fill(0.4)
        await filling.end()
        return filling.held

    assert asyncio.run(fill()) == held


BEGUN, ENDING, ENDED = 10.0, 13.0, 14.0
TIMES = run._Times(BEGUN, ENDING, ENDED)  # noqa: SLF001 - what is told of a fault is decided by these


@pytest.mark.parametrize(
    ("what", "began_s", "ended_s", "told"),
    [
        ("503", 9.9, 10.1, {"503": 1}),
        (OK, 9.9, 10.1, {}),
        (OK, 10.1, 12.9, {OK: 1}),
        ("503", 12.9, 14.9, {"503": 1}),
        ("500", 12.9, 14.9, {"500": 1}),
        (OK, 12.9, 14.1, {}),
        (OK, 12.9, 13.9, {}),
        ("503", 14.1, 14.2, {}),
    ],
)
def test_what_was_asked_before_the_end_of_the_cause_is_told_unless_it_was_served_after_it(
    what: str, began_s: float, ended_s: float, told: dict[str, int]
) -> None:
    statuses, slowest_ms = run._meanwhile(TIMES, [Answered(what, began_s, ended_s)])  # noqa: SLF001 - as above
    assert statuses == told
    waited_through = began_s < ENDED and ended_s > ENDING
    assert (slowest_ms is not None) == (bool(told) or waited_through)


def test_service_is_full_again_when_nobody_is_refused_any_more() -> None:
    refused = [Answered("503", 14.1, 16.5), Answered("503", 13.9, 19.0), Answered(OK, 14.1, 18.0)]
    assert run._recovered_for_all(TIMES, refused, 0.2) == pytest.approx(2.5)  # noqa: SLF001 - as above
    assert run._recovered_for_all(TIMES, refused[2:], 0.2) == pytest.approx(0.2)  # noqa: SLF001 - as above
    assert run._recovered_for_all(TIMES, refused, None) is None  # noqa: SLF001 - as above


@pytest.mark.parametrize("option", ["--lane", "--fault"])
@pytest.mark.parametrize("names", ["", ",", "flask-thread,"])
def test_an_empty_name_is_refused_and_does_not_mean_all(option: str, names: str) -> None:
    done = CliRunner().invoke(app, ["faults", option, names])
    assert isinstance(done.exception, Problem)
    assert "(empty)" in str(done.exception)


def test_a_folder_for_logs_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = CliRunner().invoke(app, ["faults", "--logs", str(tmp_path / "file" / "logs")])
    assert isinstance(done.exception, Problem)
    assert "name another folder" in str(done.exception)


def test_the_overview_has_a_line_for_each_lane_and_marks_what_was_not_as_promised() -> None:
    silent: dict[str, Any] = {"statuses": {SILENCE: 40}, "slowest_ms": 10_000.0}
    found = [
        judged("database-stopped"),
        judged("slow-client", **silent),
        judged("database-stopped", "flask-process", recovered_after_s=None),
    ]
    assert list(overview(found))[3:] == [
        "| lane | database-stopped | slow-client |",
        "| --- | ---: | ---: |",
        "| fastapi-coroutine | 0.3 | 0.3 † |",
        "| flask-process | never ✗ | – |",
        "",
    ]
    assert len(list(overview([]))) == 6


def test_a_slow_client_that_is_cut_off_is_as_promised() -> None:
    assert judged("slow-client", statuses={CLOSED: 40}).is_met


def test_every_fault_states_how_long_it_may_take_and_why() -> None:
    for fault in FAULTS.values():
        assert fault.within_s > 0
        assert fault.because
        assert fault.allowed


def test_an_unknown_fault_names_the_likely_one() -> None:
    with pytest.raises(Problem, match="did you mean database-paused"):
        find("database-pause")


@pytest.mark.slow
def test_three_faults_on_three_lanes_end_as_promised_or_explained() -> None:
    lanes, faults = "flask-thread,fastapi-coroutine,django-process", "database-paused,pool-exhausted,valkey-stopped"
    words = ("faults", "--lane", lanes, "--fault", faults, "--json")
    done = subprocess.run(
        [sys.executable, "-m", "loadtests", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = msgspec.json.decode(done.stdout, type=list[Outcome])
    assert {(each.lane, each.fault) for each in found} == {
        (lane, fault) for lane in lanes.split(",") for fault in faults.split(",")
    }
    assert json.loads(done.stdout)[0]["seen"]["recovered_after_s"] is not None
    quick = [each for each in found if each.lane != "django-process"]
    assert [each.unmet for each in quick if each.unmet] == []
