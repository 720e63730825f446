"""A load shared out among workers, and what they saw added up, held to what one process would have done and seen."""

import itertools
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from loadtests.load.histogram import encode
from loadtests.measurement import generator, histogram
from loadtests.measurement.cells import merge
from loadtests.measurement.notes import about_workers
from loadtests.measurement.per_round import qps
from loadtests.measurement.record import Record
from loadtests.measurement.wish import wish
from loadtests.messages import Exchange, Load, Member, Part, Slice, Together
from loadtests.workers.crewing import Crewing
from loadtests.workers.merge import Moments, Worked, merged
from loadtests.workers.share import shares, split
from tests.loadtests.crews import pooled_percentile
from tests.loadtests.measured import SECOND_NS, client, record, subject

HOUR_NS = 3_600 * SECOND_NS


def load(users: int, **more: Any) -> Load:
    exchange = Exchange(target="/hello")
    return Load(
        **{"key": "a", "base_url": "http://h", "exchange": exchange, "settle_s": 0, "window_s": 1, **more}, users=users
    )


@pytest.mark.parametrize(("users", "workers"), [(64, 2), (64, 3), (5, 5), (2, 5), (1, 3), (5_000, 7)])
def test_every_user_has_one_worker_and_no_worker_has_two_more_than_another(users: int, workers: int) -> None:
    counts = [each.users for each in split(load(users), workers)]
    assert sum(counts) == users
    assert max(counts) - min(counts) <= 1
    assert len(counts) == min(users, workers)


def test_each_user_asks_what_it_would_have_asked_alone() -> None:
    own = tuple(Exchange(target=f"/{number}") for number in range(7))
    parts = split(load(10, exchanges=own), 3)
    asked = [each.target for part in parts for each in part.exchanges]
    assert sorted(asked) == sorted(own[user % 7].target for user in range(10))
    assert all(len(part.exchanges) == part.users for part in parts)


@pytest.mark.parametrize(("users", "workers"), [(10, 3), (64, 2), (2, 5)])
def test_each_user_begins_when_it_would_have_begun_alone(users: int, workers: int) -> None:
    parts = split(load(users, spread_s=0.5), workers)
    begins = [part.lead_s + part.spread_s / part.users * number for part in parts for number in range(part.users)]
    assert sorted(begins) == pytest.approx([0.5 / users * number for number in range(users)])


def test_the_arrivals_of_an_open_load_are_shared_out_by_seeds_of_their_own() -> None:
    parts = split(load(100, rate=300.0, seed=7), 3)
    assert [part.rate for part in parts] == [100.0] * 3
    seeds = [part.seed for seed in range(50) for part in split(load(100, rate=300.0, seed=seed), 3)]
    assert len(set(seeds)) == len(seeds)


def test_a_neighbour_has_one_worker_and_the_others_load_without_it() -> None:
    shared = shares(Together(loads=(load(4), load(1, key="b"))), 2)
    keys = {place: [each.key for each in share.loads] for place, share in shared.items() if isinstance(share, Together)}
    assert keys == {0: ["a", "b"], 1: ["a"]}


def worked(seen: Slice, *, name: str = "one", go_ns: int = 0, here: bool = True, **moments: int) -> Worked:
    """What a worker saw that was told to go at `go_ns` of the master's clock and said 2 ms later that it had begun."""
    member = Member(name=name, machine=name, cores=(0,), here=here)
    begun_ns = moments.get("begun_ns", go_ns + 2_000_000)
    middle_ns = (go_ns + begun_ns) // 2
    over_ns = moments.get("over_ns", middle_ns + seen.ended_ns - seen.started_ns)
    return Worked(member, 4, seen, Moments(go_ns, begun_ns, over_ns))


def seen_of(times_us: Sequence[int], *, length_ns: int = SECOND_NS, offset_ns: int = 0, **more: Any) -> Slice:
    """What a worker saw whose clock is `offset_ns` ahead."""
    text = encode(np.array(times_us, dtype=np.int64) * 1000)
    ends = {"window_end_ns": offset_ns + length_ns, "ended_ns": offset_ns + length_ns}
    begins = {"started_ns": offset_ns, "window_start_ns": offset_ns}
    return client(list(times_us), latencies=text, **{**begins, **ends, **more})


@pytest.mark.parametrize("seed", range(20))
def test_merged_percentiles_are_those_of_the_pooled_values_however_unlike_the_workers_are(seed: int) -> None:
    drawn = random.Random(seed)
    parts = [
        [max(1, round(drawn.lognormvariate(middle, drawn.uniform(0.1, 1.5)))) for _ in range(drawn.randint(1, 5_000))]
        for middle in (drawn.uniform(3, 14) for _ in range(drawn.randint(1, 6)))
    ]
    pooled = list(itertools.chain(*parts))
    whole = merged([worked(seen_of(part)) for part in parts], 0.1)
    found = histogram.merged([whole.latencies])
    assert histogram.count(found) == len(pooled) == whole.window_requests
    for percentile in (50, 95, 99, 99.9):
        value = histogram.percentile_us(found, percentile)
        assert value is None or value == pytest.approx(pooled_percentile(pooled, percentile), rel=0.01), percentile
    assert whole.rt_mean_us == pytest.approx(sum(pooled) / len(pooled))
    assert whole.rt_max_us == max(pooled)


def test_the_mean_of_the_workers_percentiles_would_be_another_figure() -> None:
    quick, slow = [1_000] * 9_000, [100_000] * 1_000
    found = histogram.merged([merged([worked(seen_of(quick)), worked(seen_of(slow))], 0.1).latencies])
    assert histogram.percentile_us(found, 50) == pytest.approx(1_000, rel=0.01)


def test_rates_are_added_each_by_its_own_worker_s_clock() -> None:
    parts = [
        worked(seen_of([1_000] * 500, length_ns=SECOND_NS)),
        worked(seen_of([1_000] * 300, length_ns=2 * SECOND_NS)),
    ]
    assert qps(merged(parts, 0.1)) == pytest.approx(500 + 150)


def test_clocks_hours_apart_change_nothing() -> None:
    values = [[900, 1_100, 5_000] * 100, [700, 800] * 100]
    near = [worked(seen_of(each)) for each in values]
    far = [worked(seen_of(each, offset_ns=place * HOUR_NS - HOUR_NS // 2)) for place, each in enumerate(values)]
    assert merged(near, 0.1) == merged(far, 0.1)


def test_counts_add_up_kind_by_kind() -> None:
    parts = [
        worked(seen_of([10] * 3, errors={"reset": 2}, window_errors={"reset": 1}, due=5, late=1, retried=1)),
        worked(seen_of([10] * 4, errors={"reset": 1, "timeout": 4}, due=6, dropped=2, first_error="timeout: 10 s")),
    ]
    whole = merged(parts, 0.1)
    assert (whole.errors, whole.window_errors) == ({"reset": 3, "timeout": 4}, {"reset": 1})
    assert (whole.due, whole.late, whole.dropped, whole.retried) == (11, 1, 2, 1)
    assert whole.first_error == "one: timeout: 10 s"
    assert whole.window_thirds == (2, 3, 2)


def test_a_slice_that_was_stopped_before_its_window_can_be_added_up() -> None:
    empty = seen_of([], length_ns=0, interrupted=True)
    assert merged([worked(empty), worked(empty)], 0.1).interrupted


def test_workers_that_may_have_begun_too_far_apart_are_not_believed() -> None:
    near = [worked(seen_of([10])), worked(seen_of([10]), go_ns=50_000_000)]
    far = [worked(seen_of([10])), worked(seen_of([10]), go_ns=150_000_000)]
    assert merged(near, 0.1).untrusted is None
    assert "152 ms apart" in (merged(far, 0.1).untrusted or "")


@pytest.mark.parametrize("pace", [0.5, 2.0])
def test_a_worker_whose_clock_runs_at_another_pace_is_not_believed(pace: float) -> None:
    wrong = worked(seen_of([10] * 100, length_ns=int(pace * 2 * SECOND_NS)), over_ns=2 * SECOND_NS)
    assert "its clock does not run as this one does" in (merged([wrong], 0.1).untrusted or "")


def test_the_busiest_worker_s_own_core_is_what_a_cell_is_judged_by() -> None:
    parts = (
        Part(worker="a", here=True, users=4, requests=50, cpu_ns=900_000_000, elapsed_ns=SECOND_NS),
        Part(worker="b", here=False, users=4, requests=50, cpu_ns=100_000_000, elapsed_ns=SECOND_NS),
    )
    shared = record(1, [10_000] * 1_000, parts=parts, cpu_ns=SECOND_NS)
    cell = merge(subject(), [shared]).cell
    assert cell.generator_core_share == pytest.approx(0.9)
    assert "its busiest worker used 90% of its core" in str(cell.reasons[0])
    assert generator.here_ns(shared.client) == 900_000_000 if shared.client else False


def test_workers_that_share_a_core_are_judged_by_all_that_it_gives() -> None:
    def parts(*cores: tuple[int, ...], share: float = 0.49, machine: str = "here") -> tuple[Part, ...]:
        return tuple(
            Part(worker=f"{machine} {number}", here=True, users=4, requests=50, cpu_ns=round(share * SECOND_NS),
                 elapsed_ns=SECOND_NS, machine=machine, cores=each)
            for number, each in enumerate(cores)
        )  # fmt: skip

    def busy(*parts: Part) -> float:
        return generator.core_share([client([10_000], parts=parts)])

    assert busy(*parts((0,), (0,))) == pytest.approx(0.98)
    assert busy(*parts((0,), (1,))) == pytest.approx(0.49)
    assert busy(*parts((0, 1), (0, 1), (0, 1))) == pytest.approx(0.735)
    assert busy(*parts((0,), (0,), (0, 1))) == pytest.approx(0.98), "the third one has a core to itself"
    assert busy(*parts((0,)), *parts((0,), machine="there")) == pytest.approx(0.49)
    assert busy(*parts((), ())) == pytest.approx(0.49)

    (reason,) = merge(subject(), [record(1, [10_000] * 1_000, parts=parts((0,), (0,)))]).cell.reasons
    assert "2 of its 2 workers used 98% of the core that they share" in str(reason)
    (reason,) = merge(subject(), [record(1, [10_000] * 1_000, parts=parts(*[(0, 1)] * 4))]).cell.reasons
    assert "4 of its 4 workers used 98% of the 2 cores that they share" in str(reason)
    assert "with cores of their own" in reason.remedy


def test_a_worker_that_is_busy_in_one_slice_only_is_judged_over_all() -> None:
    def slice_with(cpu_ns: int) -> Slice:
        part = Part(worker="a", here=True, users=4, requests=50, cpu_ns=cpu_ns, elapsed_ns=SECOND_NS)
        return client([10_000], parts=(part,))

    assert generator.core_share([slice_with(900_000_000), slice_with(100_000_000)]) == pytest.approx(0.5)


def test_a_worker_that_did_all_alone_in_the_end_is_judged_by_that_and_not_by_the_mean() -> None:
    def part(worker: str, share: float) -> Part:
        return Part(
            worker=worker, here=True, users=4, requests=50, cpu_ns=round(share * SECOND_NS), elapsed_ns=SECOND_NS
        )

    both = client([10_000], parts=(part("a", 0.45), part("b", 0.45)))
    alone = client([10_000], parts=(part("a", 0.9),))
    assert generator.core_share([both, both, both, alone]) == pytest.approx(0.9)


def test_a_report_says_how_many_workers_really_made_the_load() -> None:
    def made_by(number: int, workers: int) -> Record:
        parts = tuple(
            Part(worker=str(each), here=True, users=2, requests=1, cpu_ns=1, elapsed_ns=2) for each in range(workers)
        )
        return record(number, [10_000], parts=parts)

    asked = wish(crewing=Crewing(workers=2, on_loss="go-on"))
    assert about_workers(asked, [made_by(1, 2)]) == ["2 workers on this machine made the load"]
    assert about_workers(asked, [made_by(1, 1)]) == ["1 worker on this machine made the load"]
    (both,) = about_workers(asked, [made_by(1, 2), made_by(2, 1)])
    assert both == "2 workers on this machine made the load (in some slices 1)"
    assert about_workers(asked, []) == []


def test_a_report_says_where_workers_shared_cores_wherever_they_were_started() -> None:
    def made_on(*cores: tuple[int, ...]) -> Record:
        parts = tuple(
            Part(worker=str(number), here=True, users=2, requests=1, cpu_ns=1, elapsed_ns=2, machine="a", cores=each)
            for number, each in enumerate(cores)
        )
        return record(1, [10_000], parts=parts)

    ours = wish(crewing=Crewing(workers=2))
    others = wish(crewing=Crewing(workers=2, expected=True, host="10.0.0.1", port=5557))
    shared = "and shared one core: it is those that they can fill"
    assert about_workers(ours, [made_on((0,), (0,))]) == [f"2 workers on this machine made the load {shared}"]
    (said,) = about_workers(others, [made_on((0,), (0,))])
    assert said == f"2 workers that connected to 10.0.0.1:5557 made the load {shared}"
    (said,) = about_workers(others, [made_on((0, 1), (0, 1), (0, 1))])
    assert said.endswith("made the load and shared 2 cores: it is those that they can fill")
    assert about_workers(others, [made_on((0, 1), (0, 1))])[0].endswith("made the load")
