"""What `trilane instructions` does before and after counting; the counting itself is in test_instructions_counted."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backing.problem import Problem
from loadtests.instructions import callgrind
from loadtests.instructions.wanted import app_of, wanted
from loadtests.servers.lanes import LANES
from tests.loadtests.test_commands import TRILANE, trilane


@pytest.mark.parametrize(
    ("endpoint", "params", "target"),
    [
        ("hello", [], "/async/hello"),
        ("signals", ["receivers=10"], "/async/signals?receivers=10"),
        ("context_add", ["a=1", "b=-2"], "/async/context/add?a=1&b=-2"),
        ("articles_get", ["id=7", "access=pooled"], "/async/articles/7?access=pooled"),
        ("health", [], "/health"),
    ],
)
def test_an_endpoint_with_parameters_becomes_a_target(endpoint: str, params: list[str], target: str) -> None:
    assert wanted(endpoint, params).target("async") == target


@pytest.mark.parametrize(
    ("endpoint", "params", "told"),
    [
        ("helo", [], "did you mean hello"),
        ("signals", ["receivers"], "write it as name=value"),
        ("signals", ["receivers=101"], "receivers must be a whole number from 0 to 100"),
        ("signals", ["rounds=1"], "signals has receivers"),
        ("hello", ["rounds=1"], "hello has no parameters"),
        ("articles_get", [], "id must be a whole number"),
        ("wait", [], "who waits executes no instructions"),
        ("context_echo", ["token=a", "hold_ms=5"], "its cost is waiting"),
        ("journal", ["request_id=a"], "a traced request and none is sent"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_the_reason(endpoint: str, params: list[str], told: str) -> None:
    with pytest.raises(Problem) as refused:
        wanted(endpoint, params)
    assert told in str(refused.value)


def test_the_expected_status_of_a_failing_endpoint_is_that_of_its_kind() -> None:
    assert [wanted("fail", params).status for params in ([], ["kind=abort"])] == [500, 418]


def test_every_lane_names_its_app() -> None:
    assert {app_of(lane).partition(":")[0].partition(".")[2] for lane in LANES.values()} == {"wsgi", "asgi"}
    with pytest.raises(Problem, match="names no app"):
        app_of(dataclasses.replace(LANES["flask-thread"], command=("-m", "mine", "{port}")))


def counts(folder: Path, numbers: list[int]) -> Path:
    for at, number in enumerate(numbers, 1):
        (folder / f"callgrind.out.{at}").write_text(f"# callgrind format\nevents: Ir\nsummary: {number}\n\nfn=x\n")
    (folder / "callgrind.out").write_text("summary: 999\n")
    return folder


def test_what_each_run_does_once_cancels(tmp_path: Path) -> None:
    # A fixed cost of 1 000 a run; the driver costs 10 a request, the endpoint 500.
    driver, endpoint = [9_999, *[1_200, 1_800] * 2], [9_999, *[11_000, 41_000] * 2]
    found = callgrind.read(
        counts(tmp_path, [70, 30, *driver, *endpoint]), targets=["driver", "hello"], lengths=(20, 80), repeats=2
    )
    assert (found.interpreter, found.app) == (70, 30)
    assert {name: each.per_request for name, each in found.targets.items()} == {"driver": 10, "hello": 500}
    assert found.targets["hello"].spread == 0
    assert found.targets["hello"].lookups is None


def test_the_spread_is_that_of_repeated_figures(tmp_path: Path) -> None:
    found = callgrind.read(
        counts(tmp_path, [1, 1, 0, 100, 1_099, 100, 1_101]), targets=["hello"], lengths=(10, 20), repeats=2
    )
    assert found.targets["hello"].spread == pytest.approx(0.002)


def test_lookups_that_the_cache_had_lost_are_told_apart(tmp_path: Path) -> None:
    # A short run of 10 requests and a long one of 30; a request loses 50 instructions, by two callers.
    runs = [(1, 0), (1, 0), (0, 0), (2_000, 500), (6_000, 1_500)]
    for at, (whole, lookups) in enumerate(runs, 1):
        (tmp_path / f"callgrind.out.{at}").write_text(
            f"summary: {whole}\n\nfn=(7) _PyType_Lookup\ncfi=(3)\ncfn=(9) find_name_in_mro'2\ncalls=3 -75\n"
            f"* {lookups // 2}\n* 3\nfn=(8) other\ncob=(1)\ncfn=(9)\ncalls=1 +2\n+9 {lookups // 2}\n"
            "cfn=(10) find_name\ncalls=1 +2\n+9 77\n"
        )
    target = callgrind.read(tmp_path, targets=["hello"], lengths=(10, 30), repeats=1).targets["hello"]
    assert (target.per_request, target.lookups) == (150, 50)


def test_missing_counts_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="wrote 3 of 7 counts"):
        callgrind.read(counts(tmp_path, [1, 2, 3]), targets=["hello"], lengths=(10, 20), repeats=2)


def test_without_valgrind_the_command_says_how_to_install_it(tmp_path: Path) -> None:
    told = subprocess.run(
        [*TRILANE, "instructions", "flask-thread"],
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert "apt-get install valgrind" in told.stderr or sys.platform == "darwin"
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["flask-tread"], "did you mean flask-thread"),
        (["flask-thread", "--endpoint", "wait"], "use `trilane compare --scenario wait`"),
        (["flask-thread", "--checkout", "/"], "it holds no copy of this project"),
        (["fastapi-coroutine", "--endpoint", "articles_list"], "on an event loop"),
    ],
)
def test_the_command_refuses_in_one_line(words: list[str], told: str) -> None:
    found = trilane("instructions", *words)
    assert found.returncode == 2
    assert told in found.stderr


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    found = trilane("instructions", "flask-thread", "--out", str(tmp_path))
    assert found.returncode == 2
    assert "it already holds thesis.tex" in found.stderr
