"""Limiters, checked by experiment: twice as much of what is named, and the figure doubles as predicted.

The work of four of them sleeps, so its figures do not depend on the machine's speed, unless other programs take its
cores altogether. Such a time passes; a wrong limiter would be wrong each time. The fifth, the cores, wants a quiet
machine.
"""

import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from loadtests.measurement.alone import Knowing
from loadtests.measurement.bench import Bench, bench
from loadtests.measurement.cells import Merged, merge
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.group import Group
from loadtests.measurement.limiter import ceiling_of
from loadtests.measurement.plan import Timing
from loadtests.measurement.probe import probe
from loadtests.measurement.slice import measure
from loadtests.measurement.subject import Subject, subject
from loadtests.servers.stacks import ROOT

pytestmark = pytest.mark.alone

ROUNDS = 3
ATTEMPTS = 8
DOUBLED = (1.7, 2.3)
CORES = share_out(None, available())
QUICKLY = "created_at FROM article ORDER"
SLOWLY = "created_at FROM article, (SELECT pg_sleep(0.02)) AS slept ORDER"


ON_CORES = (1.6, 2.2)


def cell(lane: str, scenario: str, users: int, **factors: int) -> Subject:
    return subject(Group(scenario=scenario, users=users), lane, factors, stack="current", cores=CORES)


PAIRS = {
    "threads": (cell("flask-thread", "wait", 48, threads=8), cell("flask-thread", "wait", 48, threads=16)),
    "workers": (cell("flask-process", "wait", 12, workers=2), cell("flask-process", "wait", 12, workers=4)),
    "users": (cell("fastapi-coroutine", "wait", 6), cell("fastapi-coroutine", "wait", 12)),
    "pool": (cell("flask-thread", "articles", 16, pool=1), cell("flask-thread", "articles", 16, pool=2)),
}
# Four response times, of which the longest is that of 12 users on 2 workers: 0.3 s.
TIMING = Timing(spread_s=0.05, settle_s=0.4, window_s=1.2, drain_s=0.3, timeout_s=10)


@pytest.fixture(scope="module")
def slow_queries(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A copy of the apps whose list of articles takes the database 20 ms, in which it does nothing."""
    folder = tmp_path_factory.mktemp("checkout")
    for package in ("contract", "backing", "flask_app"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    queries = folder / "contract" / "queries.py"
    text = queries.read_text()
    assert text.count(QUICKLY) == 1
    queries.write_text(text.replace(QUICKLY, SLOWLY))
    return str(folder)


@pytest.fixture(scope="module")
def pairs(slow_queries: str) -> dict[str, tuple[Subject, ...]]:
    slowed = tuple(msgspec.structs.replace(each, checkout=slow_queries) for each in PAIRS["pool"])
    return PAIRS | {"pool": slowed}


@pytest.fixture(scope="module")
def ready(pairs: dict[str, tuple[Subject, ...]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    every = [each for pair in pairs.values() for each in pair]
    with bench(every, CORES, tmp_path_factory.mktemp("logs")) as started:
        yield started


def measured(ready: Bench, pair: tuple[Subject, ...]) -> list[Merged]:
    """Measure both in turn, round after round."""
    asked = {each: probed for each in pair if (probed := probe(each, ready.server(each).base_url).asked)}
    assert len(asked) == len(pair)
    known = {each: Knowing(ready).of(each, asked[each]) for each in pair}
    rounds = [
        [measure(ready, each, asked[each], TIMING, number=number) for each in pair] for number in range(1, ROUNDS + 1)
    ]
    return [merge(each, [row[at] for row in rounds], known=known[each]) for at, each in enumerate(pair)]


def doubles(
    ready: Bench, pair: tuple[Subject, ...], limiters: tuple[str, str], bounds: tuple[float, float] = DOUBLED
) -> bool:
    once, twice = measured(ready, pair)
    ceilings = [ceiling_of(each.cell.limiter, each.detail.ceilings) for each in (once, twice)]
    rounds = zip(once.detail.qps_per_round, twice.detail.qps_per_round, strict=False)
    moved = [b / a for a, b in rounds if a and b]
    named = (once.cell.limiter, twice.cell.limiter)
    print(named, [each and each.formula for each in ceilings], moved)  # noqa: T201 - read when it fails
    if named != limiters or not moved or None in ceilings:
        return False
    return bounds[0] <= statistics.median(moved) <= bounds[1]


@pytest.mark.slow
@pytest.mark.parametrize("limiter", PAIRS)
def test_twice_as_much_of_the_named_limiter_doubles_the_figure(
    ready: Bench, pairs: dict[str, tuple[Subject, ...]], limiter: str
) -> None:
    assert any(doubles(ready, pairs[limiter], (limiter, limiter)) for _ in range(ATTEMPTS))


@pytest.mark.measurement
@pytest.mark.skipif(len(available()) < 2, reason="there is no second core to add")
def test_a_second_core_doubles_what_processes_compute(tmp_path: Path) -> None:
    pair = (cell("fastapi-process", "cpu", 16, cores=1), cell("fastapi-process", "cpu", 16, cores=2))
    with bench(pair, CORES, tmp_path) as started:
        assert any(doubles(started, pair, ("server core", "server cores"), ON_CORES) for _ in range(ATTEMPTS))
