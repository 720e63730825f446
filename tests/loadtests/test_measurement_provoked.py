"""The validity checks, each provoked for real: by servers that lie, and by a generator at its limit."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from backing.services import Services
from loadtests.agent_client import Agent
from loadtests.measurement import ceiling
from loadtests.measurement.accounting import Connections, read, tree
from loadtests.measurement.bench import Bench, bench
from loadtests.measurement.cells import merge
from loadtests.measurement.cores import Cores, available, share_out
from loadtests.measurement.group import Group
from loadtests.measurement.per_round import window_s
from loadtests.measurement.plan import Timing
from loadtests.measurement.probe import Answer, ask, expected, judge, probe
from loadtests.measurement.record import Record
from loadtests.measurement.result import Reason
from loadtests.measurement.slice import Asked, measure
from loadtests.measurement.subject import Subject
from loadtests.messages import Exchange, Load, Slice
from loadtests.scenarios import SCENARIOS
from tests.loadtests.loading import load_of
from tests.loadtests.measured import use
from tests.loadtests.synthetic import RIGHT, WRONG, Peer, synthetic

pytestmark = pytest.mark.alone

SHORT = Timing(settle_s=0.1, window_s=0.6, drain_s=0.1, timeout_s=10)
ARTICLES = Subject(
    group=Group(scenario="articles", users=8),
    name="fastapi-coroutine",
    lane="fastapi-coroutine",
    stack="current",
    style="async",
    workers=1,
    cores=tuple(sorted(available())),
)
THREADS = msgspec.structs.replace(ARTICLES, name="flask-thread", lane="flask-thread", style="sync")


def recorded(client: Slice, answered: int, users: int) -> Record:
    return Record(
        round=1,
        scenario="hello",
        users=users,
        name="flask-thread",
        lane="flask-thread",
        started_at="",
        client=client,
        use=use(answered),
    )


def checks(subject: Subject, records: list[Record]) -> list[str]:
    return [reason.check for reason in merge(subject, records).cell.reasons]


def hello(users: int, ceiling_qps: float | None = None) -> Subject:
    return Subject(
        group=Group(scenario="hello", users=users),
        name="flask-thread",
        lane="flask-thread",
        stack="current",
        style="sync",
        workers=1,
        cores=(0,),
        ceiling_qps=ceiling_qps,
    )


def test_a_server_that_lies_now_and_then_is_not_ranked_and_its_lies_are_counted(load_agent: Agent) -> None:
    async def lie(number: int, peer: Peer) -> str:
        await peer.send(RIGHT if number % 10 else WRONG)
        return "right" if number % 10 else "wrong"

    with synthetic(lie) as server:
        client = load_agent.load(load_of(server))
        answered = len(server.log)
    record = recorded(client, answered, 4)
    assert "errors" in checks(hello(4), [record])
    cell = merge(hello(4), [record]).cell
    assert 0 < sum(cell.errors.values()) <= server.count("wrong")
    assert "wrong_body" in cell.errors


def test_a_load_that_is_not_steady_over_its_window_breaks_littles_law(load_agent: Agent) -> None:
    async def answer(number: int, peer: Peer) -> str:
        # The first answers come long after the window has opened, all others at once.
        await asyncio.sleep(0.5 if number <= 8 else 0.002)
        await peer.send(RIGHT)
        return "right"

    with synthetic(answer) as server:
        client = load_agent.load(load_of(server, users=8, settle_s=0.1, window_s=0.8))
    assert "little" in checks(hello(8), [recorded(client, client.requests, 8)])


@pytest.mark.parametrize(("slow_s", "kind"), [(3.0, "right"), (30.0, "late")])
def test_answers_that_outlast_the_window_are_not_passed_over(load_agent: Agent, slow_s: float, kind: str) -> None:
    async def answer(number: int, peer: Peer) -> str:
        slow = number % 50 == 0
        await asyncio.sleep(slow_s if slow else 0.01)
        await peer.send(RIGHT)
        return kind if slow else "right"

    with synthetic(answer) as server:
        client = load_agent.load(load_of(server, users=8, window_s=1.0, timeout_s=4.0))
    merged = merge(hello(8), [recorded(client, client.requests - sum(client.errors.values()), 8)])
    assert "outlasting" in [reason.check for reason in merged.cell.reasons]
    assert 0 < client.outlasting <= client.drained
    assert (merged.cell.rt_ms.max or 0) >= slow_s * 1_000 or set(merged.cell.errors) == {"timeout"}


def test_what_is_drained_in_ordinary_time_is_fine(load_agent: Agent) -> None:
    async def answer(_: int, peer: Peer) -> str:
        await asyncio.sleep(0.05)
        await peer.send(RIGHT)
        return "right"

    with synthetic(answer) as server:
        client = load_agent.load(load_of(server, users=8, settle_s=0.2, window_s=1.0))
    assert (client.drained, client.outlasting) == (8, 0)
    assert 50_000 <= (client.drained_max_us or 0) < 1_000_000
    assert "outlasting" not in checks(hello(8), [recorded(client, client.requests, 8)])


def test_a_worker_that_is_killed_under_load_makes_the_cell_invalid(ready: Bench, asked: Asked) -> None:
    server = ready.server(THREADS)
    worker = psutil.Process(server.pid).children(recursive=True)[-1]
    crash = threading.Timer(0.3, worker.kill)
    crash.start()
    records = [measure(ready, THREADS, asked, SHORT, number=number) for number in (1, 2, 3)]
    crash.join()
    assert "workers" in checks(THREADS, records)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A bench of its own, as a run has it, with two lanes."""
    cores = share_out(None, available())
    with bench([ARTICLES, THREADS], cores, tmp_path_factory.mktemp("logs")) as up:
        yield up


@pytest.fixture(scope="module")
def asked(ready: Bench) -> Asked:
    found = probe(ARTICLES, ready.server(ARTICLES).base_url).asked
    assert found is not None
    return found


def test_an_honest_slice_accounts_for_server_database_and_connections(ready: Bench, asked: Asked) -> None:
    record = measure(ready, ARTICLES, asked, SHORT, number=1)
    assert record.client is not None
    assert record.use is not None
    assert record.void is None
    assert record.use.answered == record.client.requests
    assert 0 < (record.use.cpu_ns or 0) <= record.use.wall_ns * len(available())
    assert (record.use.rss_bytes or 0) > 10_000_000
    assert 1 <= (record.use.db_connections or 0) <= 6
    assert (record.use.db_cpu_ns or 0) > 0
    cell = merge(ARTICLES, [record]).cell
    assert cell.db_connections_max == record.use.db_connections
    assert cell.errors == {}
    assert cell.concurrency == pytest.approx(8, rel=0.05)


def test_a_counter_that_leaks_is_noticed(ready: Bench, asked: Asked) -> None:
    counter = ready.server(ARTICLES).counters / "0"
    leak = threading.Timer(0.3, lambda: counter.write_bytes((1).to_bytes(8, "little")))
    leak.start()
    record = measure(ready, ARTICLES, asked, SHORT, number=1)
    leak.join()
    counter.unlink()
    assert "counts" in checks(ARTICLES, [record])


def test_a_process_that_comes_or_goes_voids_the_slice(
    ready: Bench, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ready.server(ARTICLES)
    trees = iter([server.processes(), [*server.processes(), tree(ready.load.pid)[0]]])
    monkeypatch.setattr(type(server), "processes", lambda _: next(trees))
    record = measure(ready, ARTICLES, asked, SHORT, number=1)
    assert record.void == "0 worker processes ended and 1 began within the slice"
    assert not merge(ARTICLES, [record]).cell.valid


def test_a_generator_at_its_limit_gives_a_lower_bound(load_agent: Agent, tmp_path: Path) -> None:
    cores = Cores(servers=available(), others=available())
    found: list[str] = []
    for _ in range(8):  # another program may take the generator's core in between
        reached_qps = ceiling.calibrate(load_agent, (16,), cores, tmp_path)[16].qps
        with ceiling.null_server(cores, tmp_path) as server:
            load = Load(
                key="limit",
                base_url=server.base_url,
                exchange=Exchange(target="/", length=2, equals=b"xx"),
                users=16,
                settle_s=0.1,
                window_s=0.5,
            )
            client = load_agent.load(load)
            load_agent.close("limit")
        reasons = merge(hello(16, reached_qps), [recorded(client, client.requests, 16)]).cell.reasons
        found = [str(reason) for reason in reasons if reason.check == "generator"]
        if found:
            break
    assert "generator-bound" in found[0]
    assert found[0].startswith("≥ ")


def test_the_clocks_of_a_process_tree_run_forward_and_a_gone_process_is_left_out(load_agent: Agent) -> None:
    before = read(tree(load_agent.pid))
    after = read([*tree(load_agent.pid), 2**22 - 1])
    assert after.same_processes(before)
    assert after.cpu_ns >= before.cpu_ns > 0
    assert after.threads >= 1


def test_connections_are_counted_per_process_and_lane(private_services: Services) -> None:
    with Connections.counted(private_services.database_url) as counted:
        with (
            Connections.counted(private_services.database_url, name="flask-thread:1"),
            Connections.counted(private_services.database_url, name="flask-thread:2"),
            counted.watched("flask-thread"),
        ):
            pass
        assert counted.peak("flask-thread") == 1
        assert counted.peak_of_all("flask-thread") == 2
        with counted.watched("nobody"):
            pass
        assert (counted.peak("nobody"), counted.peak_of_all("nobody")) == (None, None)


def test_lanes_that_answer_otherwise_than_the_contract_are_not_compared_however_many_they_are() -> None:
    answers = {
        "a": Answer(status=200, body=b'{"ms":50}'),
        "b": Answer(status=200, body=b'{"ms": 50}'),
        "c": Answer(status=200, body=b'{"ms": 50}'),
        "d": Answer(status=501, body=b"no coroutines here"),
        "e": Answer(status=500, body=b"oops"),
        "f": Answer(status=0, body=b"Connection refused"),
    }
    wanted = expected(SCENARIOS["wait"], {"ms": 50})
    judged = {name: judge(answer, wanted, "/sync/wait", b'{"ms":') for name, answer in answers.items()}
    right = judged.pop("a")
    assert isinstance(right, Exchange)
    assert right.equals == b'{"ms":50}'
    reasons = {name: found.reason for name, found in judged.items() if isinstance(found, Reason)}
    assert "10 bytes instead of 9, from byte 6 on ' 50}' instead of '50}'" in reasons["b"]
    assert reasons["b"] == reasons["c"]
    assert reasons["d"] == "not available: no coroutines here"
    assert "status 500" in reasons["e"]
    assert reasons["f"] == "it does not answer: Connection refused"


def test_a_window_is_as_long_as_it_really_was(load_agent: Agent) -> None:
    async def answer(_: int, peer: Peer) -> str:
        await peer.send(RIGHT)
        return "right"

    with synthetic(answer) as server:
        client = load_agent.load(load_of(server))
    assert window_s(client) == pytest.approx(0.4, rel=0.5)


# A page is each framework's own to the byte; it is held to what a browser makes of it.
@pytest.mark.parametrize("name", [name for name, row in SCENARIOS.items() if not row.writes and not row.login])
def test_the_contract_gives_every_scenario_one_right_body(name: str) -> None:
    scenario = SCENARIOS[name]
    assert expected(scenario, scenario.parameters).startswith(scenario.contains)


def test_the_articles_that_are_expected_are_those_that_a_lane_serves(ready: Bench) -> None:
    scenario = SCENARIOS["articles"]
    answer = ask(ready.server(ARTICLES).base_url, scenario.target("async"))
    assert answer == Answer(status=200, body=expected(scenario, scenario.parameters))
