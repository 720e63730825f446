"""Writes under real load, held against the database: lost without a lock, never with one, on both engines."""

from collections.abc import Iterator

import pytest

from contract.rows.writing import LOCK
from loadtests.experiments.planning import plan
from loadtests.experiments.table import EXPERIMENTS, sentences, told
from loadtests.measurement.audit import Audit, added_up, audited
from loadtests.measurement.bench import Bench, bench
from loadtests.measurement.contradiction import UNSAFE, contradictions
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.group import Group
from loadtests.measurement.plan import Timing
from loadtests.measurement.probe import probe
from loadtests.measurement.slice import measure
from loadtests.measurement.subject import Subject, subject, subjects
from tests.loadtests.measured import client
from tests.loadtests.summaries import cell, summary, verdict

CORES = share_out(None, available())
LANES = ("flask-thread", "fastapi-coroutine")
LIKES = 5_000
LONG = Timing(settle_s=0.1, window_s=2.0, drain_s=0.2, timeout_s=20.0)
SHORT = Timing(settle_s=0.1, window_s=0.4, drain_s=0.1, timeout_s=10.0)
LONGEST = 60


def cells(*lanes: str) -> list[Subject]:
    row = EXPERIMENTS["writes"]
    wish = plan(row, row.presets["quick"], CORES, lanes=lanes, users=[32]).wish
    return [each for each in subjects(wish, CORES) if not each.control]


def written(ready: Bench, own: Subject, timing: Timing, likes: int) -> Audit:
    """Let users like until there are enough answers; return what the audit says of all slices."""
    found = probe(own, ready.server(own).base_url, ready.books)
    assert found.asked is not None, found.trouble
    audits: list[Audit | None] = []
    whole = Audit(answered=0, failed=0, committed=0)
    for number in range(1, LONGEST + 1):
        audits.append(measure(ready, own, found.asked, timing, number=number).audit)
        found_so_far = added_up(audits)
        assert found_so_far is not None
        whole = found_so_far
        if whole.answered >= likes:
            return whole
    pytest.fail(f"{own.name} answered {whole.answered} likes in {LONGEST} slices")


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def ready(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Two lanes, on one of the engines."""
    request.getfixturevalue("private_mariadb" if request.param == "mariadb" else "private_services")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("TRILANE_DATABASE_URL", "TRILANE_VALKEY_URL"):
            patch.delenv(name, raising=False)
        logs = tmp_path_factory.mktemp("logs")
        with bench(cells(*LANES), CORES, logs, paced=False, database=request.param) as built:
            yield built


@pytest.mark.slow
@pytest.mark.parametrize("lock", LOCK.choices)
def test_of_five_thousand_likes_some_are_lost_without_a_lock_and_none_with_one(ready: Bench, lock: str) -> None:
    under = [each for each in cells(*LANES) if each.all_params[LOCK.name] == lock]
    audits = [written(ready, each, LONG, LIKES // len(LANES)) for each in under]
    assert len(audits) == len(LANES)
    assert sum(each.answered for each in audits) >= LIKES
    assert [each.failed for each in audits] == [0] * len(LANES)
    if lock == UNSAFE:
        assert all(each.lost > 0 for each in audits)
    else:
        assert [each.lost for each in audits] == [0] * len(LANES)


@pytest.mark.slow
def test_every_order_that_is_answered_as_taken_is_in_the_database(ready: Bench) -> None:
    order = subject(Group(scenario="order", users=16), LANES[1], {}, stack="current", cores=CORES)
    whole = written(ready, order, SHORT, 100)
    assert (whole.failed, whole.lost) == (0, 0)


@pytest.mark.slow
def test_what_is_written_is_in_nobody_elses_way(ready: Bench) -> None:
    like, *_ = cells(LANES[1])
    articles = subject(Group(scenario="articles", users=4), LANES[1], {}, stack="current", cores=CORES)
    before = probe(articles, ready.server(articles).base_url, ready.books)
    assert written(ready, like, SHORT, 1).answered
    after = probe(articles, ready.server(articles).base_url, ready.books)
    assert before == after
    assert after.asked is not None
    client = measure(ready, articles, after.asked, SHORT, number=1).client
    assert client is not None
    assert client.errors == {}


def test_an_audit_holds_what_was_answered_against_what_is_there() -> None:
    seen = client([1_000] * 10, errors={"timeout": 2})
    audit = audited(seen, before=100, after=105)
    assert audit == Audit(answered=8, failed=2, committed=5)
    assert audit.lost == 3
    assert audit.lost_at_most == 5
    assert audited(seen, before=None, after=105) is None
    assert added_up([audit, audit]) == Audit(answered=16, failed=4, committed=10)
    assert added_up([audit, None]) is None
    assert added_up([]) is None


def test_a_lock_that_loses_a_write_makes_a_cell_invalid_and_no_lock_does_not() -> None:
    lossy = Audit(answered=100, failed=0, committed=99)
    assert [each.check for each in contradictions(lossy, {"lock": "optimistic"})] == ["audit"]
    assert [*contradictions(lossy, {"lock": UNSAFE})] == []
    assert [*contradictions(None, {})] == []


def test_failed_writes_may_hide_losses_and_nothing_more_is_said_than_is_known() -> None:
    lock = {"lock": "optimistic"}
    # All that failed may have been written, and as many of what was answered be lost.
    hidden = Audit(answered=1_000, failed=5, committed=1_000)
    assert (hidden.lost, hidden.lost_at_most, hidden.none_lost) == (0, 5, False)
    assert [*contradictions(hidden, lock)] == []
    some = Audit(answered=1_000, failed=5, committed=998)
    (reason,) = contradictions(some, lock)
    assert reason.reason.startswith("2 to 7 of 1000 writes")
    written = cell("flask-thread", "like", 32, lock, audit=hidden, qps=200.0, errors={"timeout": 5})
    of_it = summary([written], [])
    said, failures = sentences("writes", of_it)
    assert said == (
        "flask-thread lock=optimistic at 32 users: 199 to 200 of 200 writes per second stand: 0 to 5 of 1,000 were "
        "answered and are lost, 0 % to 0.5 %."
    )
    assert failures.endswith("some of them may have been written all the same.")
    (grid,) = told("writes", of_it).grids
    assert grid.rows == [["flask-thread lock=optimistic", "199 to 200", "1,000", "0 to 5", "5"]]


def test_writes_shows_each_lock_in_a_table() -> None:
    lossy = cell(
        "flask-thread", "like", 32, {"lock": UNSAFE}, audit=Audit(answered=5_000, failed=0, committed=1_250), qps=800.0
    )
    doubled = cell(
        "flask-thread", "like", 32, {"lock": "optimistic"}, audit=Audit(answered=10, failed=0, committed=11), qps=3.0
    )
    unseen = cell("django-thread", "like", 32, {"lock": UNSAFE}, valid=False)
    (grid,) = told("writes", summary([lossy, doubled, unseen], [])).grids
    assert grid.title == "what was written at 32 users"
    assert grid.columns == ["written", "stand/s", "answered", "lost", "failed"]
    assert grid.rows == [
        ["flask-thread lock=none", "200", "5,000", "3,750", "0"],
        ["flask-thread lock=optimistic", "–", "10", "–", "0"],
        ["django-thread lock=none", "–", "–", "–", "–"],
    ]


def test_more_writes_than_were_sent_make_a_cell_invalid() -> None:
    uncertain = Audit(answered=100, failed=3, committed=103)
    assert [*contradictions(uncertain, {"lock": "none"})] == []
    doubled = Audit(answered=100, failed=3, committed=104)
    (reason,) = contradictions(doubled, {"lock": "none"})
    assert "104 writes were added, and only 103 were sent" in reason.reason


def test_writes_says_what_stands_what_is_lost_and_which_lock_costs_least() -> None:
    audits = {
        "none": Audit(answered=5_000, failed=0, committed=1_250),
        "optimistic": Audit(answered=3_000, failed=0, committed=3_000),
        "pessimistic": Audit(answered=6_000, failed=0, committed=6_000),
        "distributed": Audit(answered=1_500, failed=0, committed=1_500),
    }
    qps = {"none": 800.0, "optimistic": 300.0, "pessimistic": 600.0, "distributed": 150.0}
    found = [
        cell("flask-thread", "like", 32, {"lock": lock}, audit=audits[lock], qps=qps[lock]) for lock in LOCK.choices
    ]
    _, optimistic, pessimistic, distributed = found
    said = sentences(
        "writes",
        summary(
            found,
            [
                verdict(pessimistic, optimistic, "qps", "faster", 2.0, 1.9, 2.1),
                verdict(pessimistic, distributed, "qps", "faster", 4.0, 3.8, 4.2),
            ],
        ),
    )
    assert said == [
        (
            "flask-thread lock=none at 32 users: 200 of 800 writes per second stand: 3,750 of 5,000 were answered and "
            "are lost, 75 %."
        ),
        (
            "flask-thread lock=optimistic at 32 users: 300 writes per second, none of 3,000 was lost: fewer than 1,000 "
            "per million at 95 %."
        ),
        (
            "flask-thread lock=pessimistic at 32 users: 600 writes per second, none of 6,000 was lost: fewer than 500 "
            "per million at 95 %."
        ),
        (
            "flask-thread lock=distributed at 32 users: 150 writes per second, none of 1,500 was lost: fewer than "
            "2,000 per million at 95 %."
        ),
        (
            "flask-thread at 32 users: lock=pessimistic writes 2.0 times [1.9, 2.1] as many as optimistic and 4.0 "
            "times [3.8, 4.2] as many as distributed."
        ),
    ]
