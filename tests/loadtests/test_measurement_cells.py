from typing import Any

import msgspec
import pytest

from loadtests.measurement import histogram
from loadtests.measurement.budget import takes_part
from loadtests.measurement.cells import merge
from loadtests.measurement.conclude import Ledger, conclude
from loadtests.measurement.group import Group
from loadtests.measurement.per_round import values
from loadtests.measurement.record import Record
from loadtests.measurement.result import Reason
from tests.loadtests.measured import HELLO, SECOND_NS, encoded, record, subject, use

# How far the first third of a window exceeds a third, by round, where another program takes the core now and then.
NOISE = {1: 200, 2: -150, 3: 180, 4: -20, 5: 150, 6: 100}


def test_merged_slices_give_the_percentiles_of_all_values() -> None:
    merged = histogram.merged([encoded(list(range(1, 501))), encoded(list(range(501, 1_001)))])
    assert histogram.count(merged) == 1_000
    assert histogram.percentile_us(merged, 50) == pytest.approx(500, rel=0.001)
    assert histogram.percentile_us(merged, 99) == pytest.approx(990, rel=0.001)
    assert histogram.percentile_us(merged, 99.9) == pytest.approx(999, rel=0.001)


def test_a_percentile_that_too_few_values_could_show_is_missing() -> None:
    few = histogram.merged([encoded(list(range(1, 100)))])
    assert histogram.percentile_us(few, 99) is None
    assert histogram.percentile_us(few, 95) is not None


def test_a_cell_adds_its_rounds_up_and_leaves_out_warm_up_and_void_slices() -> None:
    slices = [
        record(0, [1] * 5_000),
        record(1, [10_000] * 1_000),
        record(2, [20_000] * 500),
        record(3, [1] * 7, void="a worker began"),
    ]
    cell = merge(subject(), slices).cell
    assert (cell.requests, cell.qps) == (1_500, 750)
    assert cell.concurrency == pytest.approx(10)
    assert cell.rt_ms.mean == pytest.approx(20 / 1.5)
    assert cell.rt_ms.max == 20
    assert cell.cpu_us_per_request == pytest.approx(1e6 / 1_500)
    assert cell.steal_share == pytest.approx(0.1)


def test_errors_are_counted_by_kind_and_shown() -> None:
    bad = record(
        1, [10_000] * 990, window_requests=1_000, requests=1_000, errors={"reset": 10}, window_errors={"reset": 10}
    )
    cell = merge(subject(), [bad]).cell
    assert (cell.errors, cell.requests, cell.qps) == ({"reset": 10}, 1_000, 990)
    assert cell.valid


def reasons_of(slices: list[Record]) -> list[str]:
    return [reason.check for reason in merge(subject(), slices).cell.reasons]


def test_errors_that_arrive_after_the_window_count() -> None:
    late = record(1, [10_000] * 980, requests=1_000, errors={"timeout": 20}, drained=20, drained_max_us=1e5)
    late = msgspec.structs.replace(late, use=use(980))
    cell = merge(subject(), [late]).cell
    assert (cell.errors, [reason.check for reason in cell.reasons]) == ({"timeout": 20}, ["errors"])


def test_a_cell_more_than_a_tenth_of_whose_rounds_are_void_is_not_valid() -> None:
    good = [record(number, [10_000] * 1_000) for number in range(2, 11)]
    assert reasons_of([record(1, [1], void="a worker began"), *good]) == []
    assert reasons_of([record(1, [1], void="a worker began"), *good[1:]]) == ["slices"]


def test_a_round_that_the_person_ended_does_not_count_against_the_lane() -> None:
    cut = record(2, [1], void="it was interrupted", interrupted=True)
    assert reasons_of([record(1, [10_000] * 1_000), cut]) == []


@pytest.mark.parametrize("number", [0, 1])
def test_a_worker_that_ended_under_load_makes_the_cell_invalid(number: int) -> None:
    good = [record(n, [10_000] * 1_000) for n in range(2, 30)]
    reasons = merge(subject(), [record(number, [1], void="1 ended", workers_ended=1), *good]).cell.reasons
    assert [reason.reason for reason in reasons] == ["1 worker process ended under load, in 1 of 29 slices"]


def test_a_round_in_which_nothing_was_served_makes_the_cell_invalid() -> None:
    slices = [record(1, [10_000] * 1_000), record(2, []), record(3, [10_000] * 1_000)]
    reasons = merge(subject(), slices).cell.reasons
    assert [reason.reason for reason in reasons] == ["it served nothing in 1 of 3 rounds"]
    assert values(slices, 3, "qps") == [1_000, 0, 1_000]


def test_a_trouble_seen_beside_the_slices_makes_the_cell_invalid() -> None:
    trouble = Reason(check="server", reason="it ended", remedy="look")
    assert merge(subject(), [record(1, [10_000] * 1_000)], [trouble]).cell.reasons == [trouble]


def test_a_cell_that_was_not_measured_holds_no_number() -> None:
    cell = merge(subject(), []).cell
    assert (cell.valid, cell.qps, cell.rt_ms.mean, cell.rss_bytes) == (False, None, None, None)
    assert "not measured" in cell.reasons[0].reason


CPU = Group(scenario="cpu", users=10)


@pytest.mark.parametrize(
    ("lane", "changed", "expected"),
    [
        ("flask-thread", {}, "server core"),
        ("flask-thread", {"cores": (0, 1)}, None),
        ("flask-thread", {"cores": (0, 1), "group": CPU}, "interpreter lock"),
        ("flask-async-view", {"cores": (0, 1), "group": CPU}, "interpreter lock"),
        ("fastapi-coroutine", {"cores": (0, 1), "group": CPU}, "one thread"),
        ("flask-greenlet", {"cores": (0, 1)}, "one thread"),
        ("django-process", {"cores": (0, 1)}, "one thread"),
        ("django-process", {"cores": (0, 1), "workers": 2}, None),
    ],
)
def test_what_ran_out_is_named_where_the_figures_show_it(
    lane: str, changed: dict[str, Any], expected: str | None
) -> None:
    full = record(1, [10_000] * 1_000, use=use(1_000, cpu_ns=SECOND_NS, steal_share=0.0))
    assert merge(subject(lane, **changed), [full]).cell.limiter == expected


def test_all_server_cores_full_are_named_before_threads() -> None:
    full = record(1, [10_000] * 1_000, use=use(1_000, cpu_ns=2 * SECOND_NS, steal_share=0.0))
    assert merge(subject("fastapi-process", cores=(0, 1), workers=2), [full]).cell.limiter == "server cores"
    three = subject("fastapi-process", cores=(0, 1, 2), workers=2)
    assert merge(three, [full]).cell.limiter == "one thread per worker"


def test_a_generator_without_a_core_left_is_named_first() -> None:
    busy = record(1, [10_000] * 1_000, cpu_ns=SECOND_NS, use=use(1_000, cpu_ns=SECOND_NS))
    assert merge(subject(), [busy]).cell.limiter == "generator"


def test_database_connections_are_kept_per_process_and_for_all_at_one_moment() -> None:
    slices = [
        record(number, [10_000] * 1_000, use=use(1_000, db_connections=most, db_connections_total=total))
        for number, most, total in ((1, 6, 11), (2, 5, 12))
    ]
    merged = merge(subject(), slices)
    assert (merged.cell.db_connections_max, merged.detail.db_connections_total_max) == (6, 12)


def test_a_lane_that_serves_fewer_and_fewer_is_not_steady() -> None:
    tiring = [record(n, [10_000] * 1_000, window_thirds=(430 + n, 330, 240 - n)) for n in range(1, 7)]
    assert reasons_of(tiring) == ["steady"]
    assert reasons_of(tiring[:2]) == []
    noisy = [record(n, [10_000] * 1_000, window_thirds=(333 + way, 334, 333 - way)) for n, way in NOISE.items()]
    assert reasons_of(noisy) == []


def test_the_generators_lag_is_in_the_detail() -> None:
    slices = [record(n, [10_000] * 1_000, send_lag_mean_us=10.0 * n, send_lag_max_us=100.0 * n) for n in (1, 2)]
    detail = merge(subject(), slices).detail
    assert (detail.send_lag_mean_us, detail.send_lag_max_us) == (15, 200)


def test_rounds_are_lined_up_with_gaps_where_a_slice_counts_for_nothing() -> None:
    slices = [record(1, [10_000] * 1_000), record(3, [10_000] * 500), record(2, [1], void="gone")]
    assert values(slices, 4, "qps") == [1_000, None, 500, None]
    assert values(slices, 3, "cpu_us_per_request") == [500, None, 1_000]


def test_the_detail_holds_every_figure_in_the_place_of_its_round() -> None:
    rounds = [number for number in range(1, 13) if takes_part(number, 4, 12)]
    assert rounds == [2, 5, 8, 11]
    slices = [record(number, [10_000] * 40 * number, void="gone" if number == 5 else None) for number in rounds]
    detail = merge(subject(), [record(0, [1] * 900), *slices]).detail
    assert detail.rounds == 3
    assert detail.qps_per_round == [None, 80, None, None, None, None, None, 320, None, None, 440]
    assert [at for at, each in enumerate(detail.mean_ms_per_round, 1) if each == 10] == [2, 8, 11]
    assert [at for at, each in enumerate(detail.cpu_us_per_round, 1) if each] == [2, 8, 11]
    # Eighty requests are too few to show a p99.
    assert [at for at, each in enumerate(detail.p99_ms_per_round, 1) if each] == [8, 11]


def test_a_conclusion_ranks_valid_lanes_and_says_it_in_a_sentence() -> None:
    fast, slow, sick = subject("fastapi-coroutine"), subject("django-thread"), subject("flask-thread")
    ledger = Ledger([fast, slow, sick])
    for number in range(1, 7):
        wobble = 1 + number / 1_000
        ledger.add(record(number, [int(5_000 * wobble)] * 2_000, lane="fastapi-coroutine"))
        ledger.add(record(number, [int(10_000 * wobble)] * 1_000, lane="django-thread"))
        ledger.add(record(number, [10_000] * 1_000, lane="flask-thread", concurrency=1.0))
    done = conclude(ledger, ceilings={}, rounds={str(HELLO): 6}, partial=False, warnings=["w"])
    assert {detail.name: detail.rank for detail in done.summary.details} == {
        "fastapi-coroutine": 1,
        "django-thread": 2,
        "flask-thread": None,
    }
    compared = [(v.a, v.b, v.verdict) for v in done.summary.verdicts if v.metric == "qps"]
    assert compared == [("fastapi-coroutine", "django-thread", "faster")]
    assert "fastapi-coroutine (2,000 requests/s" in done.summary.sentences[0]
    assert "2.00 times what django-thread does" in done.summary.sentences[0]
    assert set(done.histograms) == {
        f"hello-10-{lane}" for lane in ("fastapi-coroutine", "django-thread", "flask-thread")
    }


def test_when_no_cell_is_valid_the_sentence_claims_nothing() -> None:
    done = conclude(Ledger([subject()]), ceilings={}, rounds={}, partial=True, warnings=[])
    assert done.summary.sentences[0].endswith("no cell is valid, so nothing can be said.")
    assert done.summary.partial
