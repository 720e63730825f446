"""CPU time is held to the kernel's own totals: a control group's, the processes' clocks, and what `wait4` tells."""

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from valkey import Valkey

from backing.groups import new_group
from backing.leash import Leashed, leashed
from backing.services import Services
from backing.tree import tree
from loadtests.agent_client import Agent
from loadtests.measurement.account import account
from loadtests.measurement.accounting import (
    Commands,
    Connections,
    Reading,
    memory,
    open_sockets,
    read,
    used,
)
from loadtests.measurement.accounting.cpu import Cpu
from loadtests.messages import Exchange, Load
from loadtests.servers import LANES, Server
from loadtests.servers.process import served
from tests.loadtests.measured import client, use
from tests.waiting import eventually, running

pytestmark = pytest.mark.alone

needs_groups = pytest.mark.skipif(new_group() is None, reason="no control group may be made here")
AGREES = 0.02
# What ended children used is told in steps of 10 ms, user and system apart: that must be little beside the whole.
ENOUGH_NS = 1_200_000_000

# Burns CPU time in children that come and go, and tells what the kernel says of it when they are buried.
FORKING = """
import os, resource, sys, time
def spent():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)
def work(seconds):
    before = time.process_time()
    while time.process_time() - before < seconds:
        os.stat("/")
open(sys.argv[2], "w").write("ready")
while not open(sys.argv[1]).read():
    time.sleep(0.05)
before = spent()
for _ in range(20):
    child = os.fork()
    if not child:
        work(0.04)
        os._exit(0)
    os.wait4(child, 0)
work(0.2)
open(sys.argv[2], "w").write(str(spent() - before))
time.sleep(60)
"""


def both(before: Reading, after: Reading) -> tuple[int, int]:
    """Return what the group counted in between, and what the processes' clocks did."""
    assert before.group is not None
    assert after.group is not None
    return after.group.total_ns - before.group.total_ns, after.clocks.total_ns - before.clocks.total_ns


def read_server(server: Server) -> Reading:
    return read(server.processes(), group=server.group, heir=server.keeper_pid)


@pytest.fixture(scope="module")
def flask_process(private_services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    lane = LANES["flask-process"]
    folder = tmp_path_factory.mktemp("servers")
    with served([lane], services=private_services, folder=folder, workers=3) as (server,):
        yield server


def load(agent: Agent, server: Server, seconds: float) -> None:
    agent.load(
        Load(
            key=server.base_url,
            base_url=server.base_url,
            exchange=Exchange(target="/sync/hello"),
            users=8,
            settle_s=0.1,
            window_s=seconds,
        )
    )


@needs_groups
def test_a_loaded_lane_used_what_its_group_counted(flask_process: Server, load_agent: Agent) -> None:
    before = read_server(flask_process)
    load(load_agent, flask_process, 1.5)
    after = read_server(flask_process)
    by_group, by_clocks = both(before, after)
    assert by_clocks == pytest.approx(by_group, rel=AGREES)
    assert before.same_processes(after)
    spent = used(before, after)
    assert spent.total_ns == by_group
    assert (spent.user_ns or 0) + (spent.system_ns or 0) == pytest.approx(by_group, abs=2)
    assert (spent.user_ns or 0) > 0
    assert (spent.system_ns or 0) > 0


@needs_groups
def test_a_worker_that_is_killed_and_replaced_within_a_slice_takes_nothing_with_it(
    flask_process: Server, load_agent: Agent
) -> None:
    before = read_server(flask_process)
    load(load_agent, flask_process, 0.7)
    victim = flask_process.processes()[-1]
    psutil.Process(victim).kill()
    assert eventually(lambda: not running([victim]) and len(flask_process.processes()) == len(before.identities))
    while used(before, after := read_server(flask_process)).total_ns < ENOUGH_NS:
        load(load_agent, flask_process, 0.7)
    assert not before.same_processes(after)
    by_group, by_clocks = both(before, after)
    assert by_clocks == pytest.approx(by_group, rel=AGREES)


@needs_groups
def test_children_that_come_and_go_are_counted_as_wait4_counts_them(tmp_path: Path) -> None:
    go, told = tmp_path / "go", tmp_path / "told"
    go.touch()
    with leashed([sys.executable, "-c", FORKING, go, told], grouped=True) as program:
        assert eventually(lambda: told.exists() and told.read_text() == "ready")
        before = read_program(program)
        go.write_text("go")
        assert eventually(lambda: told.read_text() not in {"", "ready"})
        after = read_program(program)
    by_group, by_clocks = both(before, after)
    by_wait4 = float(told.read_text()) * 1e9
    assert by_group == pytest.approx(by_wait4, rel=AGREES)
    assert by_clocks == pytest.approx(by_wait4, rel=AGREES)


def read_program(program: Leashed) -> Reading:
    return read(tree(program.pid), group=program.group, heir=program.keeper_pid)


ORPHANING = """
import os, sys, time
if not os.fork():
    if os.fork():
        os._exit(0)  # its child is an orphan now
    before = time.process_time()
    while time.process_time() - before < 0.3:
        pass
    open(sys.argv[1], "w").write("done")
    time.sleep(float(sys.argv[2]))
    os._exit(0)
os.wait()
time.sleep(60)
"""


@needs_groups
@pytest.mark.parametrize("lives_on_s", [60, 0], ids=["that runs", "that ended"])
def test_an_orphan_is_counted(tmp_path: Path, lives_on_s: int) -> None:
    done = tmp_path / "done"
    with leashed([sys.executable, "-c", ORPHANING, done, str(lives_on_s)], grouped=True) as program:
        assert eventually(done.exists)
        processes = 2 if lives_on_s else 1
        assert eventually(lambda: len(tree(program.keeper_pid)) == 1 + processes)
        after = read(tree(program.keeper_pid)[1:], group=program.group, heir=program.keeper_pid)
    assert after.group is not None
    assert after.clocks.total_ns == pytest.approx(after.group.total_ns, rel=0.05)  # the start is in it, in ticks
    assert after.clocks.total_ns > 300_000_000


@needs_groups
def test_postgresql_used_what_its_group_counted_though_connections_came_and_went(private_services: Services) -> None:
    root, group = private_services.processes["postgres"], private_services.groups["postgres"]
    before = read(tree(root), group=group)
    while used(before, read(tree(root), group=group)).total_ns < ENOUGH_NS:
        with psycopg.connect(private_services.database_url) as connection:
            for _ in range(20):
                connection.execute("SELECT sum(number) FROM generate_series(1, 20000) number").fetchone()
    assert eventually(lambda: len(tree(root)) <= len(before.identities)), "the last connection was not buried"
    after = read(tree(root), group=group)
    by_group, by_clocks = both(before, after)
    assert by_clocks == pytest.approx(by_group, rel=AGREES)


@needs_groups
def test_valkey_used_what_its_group_counted_and_its_commands_are_counted(private_services: Services) -> None:
    root, group = private_services.processes["valkey"], private_services.groups["valkey"]
    with (
        Valkey.from_url(private_services.valkey_url) as user,
        Commands.counted(private_services.valkey_url) as counter,
    ):
        user.ping()
        assert counter.so_far() is not None
        before, counted_before = read(tree(root), group=group), counter.so_far() or 0
        for _ in range(200):
            pipe = user.pipeline(transaction=False)
            for _ in range(1000):
                pipe.get("nothing")
            pipe.execute()
        after, counted = read(tree(root), group=group), counter.so_far() or 0
    assert counted - counted_before == 200_000
    by_group, by_clocks = both(before, after)
    assert by_clocks == pytest.approx(by_group, rel=AGREES)


def test_the_clocks_count_where_there_is_no_group(private_services: Services) -> None:
    root = private_services.processes["valkey"]
    before, after = read(tree(root)), read(tree(root))
    assert (before.group, after.group) == (None, None)
    assert used(before, after).total_ns == after.clocks.total_ns - before.clocks.total_ns >= 0


def test_the_exact_total_is_shared_out_as_the_ticks_fell() -> None:
    before = Cpu(total_ns=100, user_ns=60, system_ns=20)
    spent = Cpu(total_ns=1_100, user_ns=660, system_ns=220).since(before)
    assert (spent.total_ns, spent.user_ns, spent.system_ns) == (1_000, 750, 250)
    assert Cpu(total_ns=200).since(before) == Cpu(total_ns=100)
    assert Cpu(total_ns=150, user_ns=60, system_ns=20).since(before) == Cpu(total_ns=50)


def test_memory_and_sockets_of_a_lane_are_told(flask_process: Server) -> None:
    pids = flask_process.processes()
    held = memory(pids)
    assert held is not None
    assert 10_000_000 < held.pss_bytes < held.rss_bytes
    # The listening socket is shared by all of its processes.
    assert (open_sockets(pids) or 0) >= 1
    assert open_sockets([2**22 - 1]) is None
    assert memory([2**22 - 1]) is None


def test_connections_of_a_lane_that_holds_none_are_none(private_services: Services) -> None:
    with Connections.counted(private_services.database_url) as counted, counted.watched("nobody"):
        pass
    assert counted.peak("nobody") is None
    # The one that counts is there itself.
    assert (counted.peak_of_whoever() or 0) >= 1


def test_a_cells_account_is_per_request_and_none_where_a_slice_could_not_tell() -> None:
    told = {"cpu_user_ns": 30_000, "cpu_system_ns": 10_000, "store_commands": 20, "foreign_share": 0.1, "sockets": 5}
    clients = [client([1] * 10, bytes_received=1_000), client([1] * 10, bytes_received=2_000)]
    found = account(clients, [use(10, **told, accepted=2), use(10, **(told | {"foreign_share": 0.3, "sockets": 7}))])
    assert (found.cpu_user_us_per_request, found.cpu_system_us_per_request) == (3.0, 1.0)
    assert (found.bytes_per_request, found.store_commands_per_request) == (150.0, 2.0)
    assert found.foreign_share == pytest.approx(0.2)
    assert found.sockets_max == 7
    assert found.accepted_per_request is None


def test_connections_of_one_way_to_reach_the_database_are_told_from_those_of_another() -> None:
    held = [("lane", "lane:1:pooled", 6), ("lane", "lane:1:per-thread", 32), ("lane", "lane:2:pooled", 5), ("", "", 50)]
    counted = Connections(lambda _: held)
    with counted.watched("lane"):
        pass
    assert (counted.peak("lane", "pooled"), counted.peak_of_all("lane", "pooled")) == (6, 11)
    assert (counted.peak("lane"), counted.peak_of_all("lane")) == (38, 43)
    assert counted.peak("lane", "locked") is None
    assert counted.peak_of_whoever() == 50
