"""One window of a duet on two real servers: what each side's users send, and what each side is seen to use."""

from collections.abc import Iterator

import msgspec
import psutil
import pytest

from loadtests.duet.plan import MOST_STARTS
from loadtests.duet.sides import Side, subjects
from loadtests.duet.stage import Pair, hash_seed, stage
from loadtests.duet.window import Both, measure_both
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.group import Group
from loadtests.measurement.plan import Timing
from loadtests.measurement.probe import probe
from loadtests.measurement.slice import Asked
from loadtests.messages import Load, Slice

pytestmark = pytest.mark.alone

WINDOW = Timing(settle_s=0.1, window_s=0.6, drain_s=0.0, timeout_s=10.0)
USERS = 12
SEED = 7


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two servers of a lane whose pools are unlike."""
    cores = share_out(1, available())
    a, b = (Side(lane="flask-thread", factors={"pool": size}) for size in (4, 2))
    sides = subjects(a, b, Group(scenario="articles", users=USERS), cores.servers)
    with stage(cores, tmp_path_factory.mktemp("logs"), seed=SEED) as ready, ready.pair(sides, 1) as up:
        yield up


def measured(pair: Pair, scenario: str) -> Both:
    """Ask each server as one user, then load it with all of them, as a duet does that does not know their number."""
    alone, several = (_in(pair, Group(scenario=scenario, users=users)) for users in (1, USERS))
    first, second = (_asked(alone, place) for place in range(2))
    return measure_both(several, (first, second), WINDOW, number=1)


def _in(pair: Pair, group: Group) -> Pair:
    a, b = (msgspec.structs.replace(own, group=group) for own in pair.sides)
    return msgspec.structs.replace(pair, sides=(a, b))


def _asked(pair: Pair, place: int) -> Asked:
    found = probe(pair.sides[place], pair.bench.server(pair.sides[place]).base_url)
    assert found.asked is not None, found.trouble
    return found.asked


def test_the_database_connections_of_each_side_are_counted_by_themselves(pair: Pair) -> None:
    held = [
        (record.use.db_connections, record.use.db_connections_total)
        for record in measured(pair, "articles")
        if record.use
    ]
    assert held == [(4, 4), (2, 2)]


def test_the_hashes_of_both_sides_follow_from_the_seed_and_the_number_of_the_start(pair: Pair) -> None:
    servers = [pair.bench.server(side).processes() for side in pair.sides]
    seeds = {psutil.Process(pid).environ()["PYTHONHASHSEED"] for processes in servers for pid in processes}
    assert seeds == {str(hash_seed(SEED, 1))}


def test_no_two_starts_of_two_seeds_hash_alike_and_python_takes_each_seed() -> None:
    starts = [hash_seed(seed, number) for seed in (0, 1, 2) for number in range(1, MOST_STARTS + 1)]
    assert len(set(starts)) == len(starts)
    assert 0 <= hash_seed(2**31, MOST_STARTS) < 2**32


def test_each_user_of_each_side_sends_a_value_of_its_own(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Load] = []
    agent = pair.bench.load
    load_together = agent.load_together

    def overheard(loads: list[Load]) -> tuple[Slice, ...]:
        heard.extend(loads)
        return load_together(loads)

    monkeypatch.setattr(agent, "load_together", overheard)
    for record in measured(pair, "context"):
        assert record.client is not None
        assert record.client.window_requests > 0
        assert record.client.errors == {}
    assert [len({each.target for each in load.exchanges}) for load in heard] == [USERS, USERS]


def test_a_side_that_ends_voids_the_window_for_both_and_is_named(pair: Pair) -> None:
    ending = pair.bench.server(pair.sides[1])
    ending.stop()
    records = measured_after_the_end(pair)
    assert [record.void for record in records] == [f"{pair.sides[1].name}: the server ended"] * 2
    assert pair.sides[1].key in pair.bench.dead


def measured_after_the_end(pair: Pair) -> Both:
    asked = _asked(pair, 0)
    return measure_both(pair, (asked, asked), WINDOW, number=2)
