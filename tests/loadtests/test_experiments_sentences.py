"""The sentences of the experiments, from made-up figures: what is decided, what is open, what is missing."""

import math
import statistics

import pytest
from scipy import special

from loadtests.experiments.context import per_million
from loadtests.experiments.figures import Figures
from loadtests.experiments.signals import slope
from loadtests.experiments.table import sentences, told
from loadtests.measurement.budget import takes_part
from tests.loadtests.summaries import cell, detail, summary, verdict

CALM, HEAVY = {"beside": "nothing"}, {"beside": "cpu-heavy"}


def test_wait_says_how_far_ahead_from_when_on_and_why() -> None:
    lanes = ("fastapi-coroutine", "flask-thread")
    few = [cell(lane, "wait", 8, qps=158.0) for lane in lanes]
    many = [
        cell(lanes[0], "wait", 256, qps=2_301.0, limiter="server core"),
        cell(lanes[1], "wait", 256, qps=590.0, limiter="threads"),
    ]
    found = sentences(
        "wait",
        summary(
            [*few, *many],
            [
                verdict(few[0], few[1], "qps", "equal", 1.0, 0.99, 1.01),
                verdict(many[1], many[0], "qps", "slower", 1 / 3.9, 1 / 4.2, 1 / 3.7),
            ],
            [detail(many[1], ceiling="32 threads ÷ 50.0 ms = 640/s")],
        ),
    )
    assert found == [
        (
            "fastapi-coroutine answers 3.9 times [3.7, 4.2] as many as flask-thread when requests wait 50 ms "
            "at 256 users, because 32 threads ÷ 50.0 ms = 640/s."
        ),
        (
            "fastapi-coroutine is surely ahead of flask-thread from 256 users on; at 8 the two are equal or not "
            "told apart."
        ),
        "fastapi-coroutine reached 2,301/s at 256 users, limited by its server core.",
        "flask-thread reached 590/s at 256 users, because 32 threads ÷ 50.0 ms = 640/s.",
    ]


def test_wait_leaves_open_what_is_open_and_names_what_is_missing() -> None:
    cells = [
        cell("flask-thread", "wait", 1, qps=20.0),
        cell("flask-greenlet", "wait", 1, qps=19.0),
        cell("flask-process", "wait", 1, valid=False),
    ]
    open_pair = verdict(cells[0], cells[1], "qps", "undecided", 1.05, 0.9, 1.2, rounds_needed=41)
    assert sentences("wait", summary(cells, [open_pair])) == [
        (
            "Whether flask-thread or flask-greenlet answers more when requests wait 50 ms at 1 user is undecided: "
            "1.05 [0.90, 1.20] after 7 rounds; about 41 rounds would decide it."
        ),
        "flask-process at 1 user is not compared: its server ended.",
        "flask-thread reached 20/s at 1 user.",
        "flask-greenlet reached 19/s at 1 user.",
    ]


def test_wait_claims_nothing_where_no_cell_is_valid() -> None:
    assert sentences("wait", summary([cell("flask-thread", "wait", valid=False)], [])) == [
        "No lane has a valid figure, so nothing can be said about waiting."
    ]


def test_floor_ranks_with_ties_and_says_how_far_the_ends_are_apart() -> None:
    cells = [
        cell("django-thread", "hello", cpu_us_per_request=1_650.0),
        cell("fastapi-coroutine", "hello", cpu_us_per_request=345.0),
        cell("flask-thread", "hello", cpu_us_per_request=694.0),
        cell("flask-asgi", "hello", cpu_us_per_request=700.0),
        cell("flask-process", "hello", valid=False),
    ]
    django, fastapi, flask, asgi, _ = cells
    cpu = "cpu_us_per_request"
    verdicts = [
        verdict(django, fastapi, cpu, "slower", 4.8, 4.5, 5.1),
        verdict(django, flask, cpu, "slower", 2.4, 2.2, 2.6),
        verdict(django, asgi, cpu, "slower", 2.4, 2.2, 2.6),
        verdict(fastapi, flask, cpu, "faster", 0.5, 0.4, 0.6),
        verdict(fastapi, asgi, cpu, "faster", 0.5, 0.4, 0.6),
        verdict(flask, asgi, cpu, "undecided", 0.99, 0.9, 1.1),
    ]
    assert sentences("floor", summary(cells, verdicts)) == [
        (
            "CPU per request of framework and server at 64 users, cheapest first: 1. fastapi-coroutine 345 µs, "
            "2. flask-thread 694 µs, 2. flask-asgi 700 µs, 4. django-thread 1,650 µs; equal ranks were not told apart."
        ),
        "django-thread takes 4.8 times [4.5, 5.1] the CPU that fastapi-coroutine takes for the same answer.",
        "flask-process at 64 users is not compared: its server ended.",
    ]


def test_floor_leaves_the_ends_open_where_they_are() -> None:
    a, b = cell("flask-thread", "hello", cpu_us_per_request=10.0), cell("flask-asgi", "hello", cpu_us_per_request=11.0)
    found = sentences("floor", summary([a, b], [verdict(a, b, "cpu_us_per_request", "undecided", 0.9, rounds=2)]))
    assert found[1] == (
        "Whether flask-asgi takes more CPU per request than flask-thread is undecided: "
        "1.11 [no interval] after 2 rounds."
    )


def test_cpu_says_who_can_use_a_second_core() -> None:
    cells = {
        (lane, cores): cell(lane, "cpu", 16, {"cores": cores}, limiter="interpreter lock" if cores == 2 else None)
        for lane in ("flask-process", "flask-thread", "fastapi-thread")
        for cores in (1, 2)
    } | {("django-thread", cores): cell("django-thread", "cpu", 16, {"cores": cores}, valid=False) for cores in (1, 2)}
    verdicts = [
        verdict(cells[lane, 1], cells[lane, 2], "qps", *told)
        for lane, told in {
            "flask-process": ("slower", 1 / 1.95, 1 / 2.0, 1 / 1.9),
            "flask-thread": ("equal", 1.0, 0.99, 1.01),
            "fastapi-thread": ("undecided", 1.0, 0.8, 1.25),
        }.items()
    ]
    behind = detail(cells["flask-thread", 2], ceiling="interpreter lock ÷ 3,000 µs = 333/s")
    assert sentences("cpu", summary(list(cells.values()), verdicts, [behind])) == [
        (
            "Two cores answer more than one when requests compute in Python at 16 users: "
            "flask-process 1.95 times [1.90, 2.00]."
        ),
        (
            "The second core does not help when requests compute in Python at 16 users: flask-thread 1.00 times "
            "[0.99, 1.01], because interpreter lock ÷ 3,000 µs = 333/s."
        ),
        (
            "Whether a second core helps fastapi-thread when requests compute in Python at 16 users is undecided: "
            "1.00 [0.80, 1.25] after 7 rounds."
        ),
        "django-thread cores=1 at 16 users is not compared: its server ended.",
        "django-thread cores=2 at 16 users is not compared: its server ended.",
    ]


@pytest.mark.parametrize(
    ("word", "ratio", "said"),
    [
        (
            "slower", (2.0, 1.9, 2.1),
            ("fastapi-coroutine at 32 users: a coroutine receiver costs 4.00 µs of CPU [3.60, 4.40] "
            "from 0 to 100 receivers."),
        ),
        (
            "undecided", (1.0, 0.9, 1.1),
            ("fastapi-coroutine at 32 users: whether a coroutine receiver costs anything is undecided: 0.00 µs of CPU "
            "[-0.40, 0.40] from 0 to 100 receivers after 7 rounds."),
        ),
        (
            "faster", (0.85, 0.8, 0.9),
            ("fastapi-coroutine at 32 users: requests with more coroutine receivers took less CPU time, so no cost can "
            "be told: -0.60 µs of CPU [-0.80, -0.40] from 0 to 100 receivers."),
        ),
        (
            "equal", (1.01, 0.99, 1.015),
            ("fastapi-coroutine at 32 users: a coroutine receiver costs less than this run can tell: 0.04 µs of CPU "
            "[-0.04, 0.06] from 0 to 100 receivers."),
        ),
        (
            # The interval is clear of one, but not of what the control differs from itself.
            "undecided", (1.2, 1.05, 1.4),
            ("fastapi-coroutine at 32 users: whether a coroutine receiver costs anything is undecided: 0.80 µs of CPU "
            "[0.20, 1.60] from 0 to 100 receivers after 7 rounds."),
        ),
        (
            "undecided", (1.5,),
            ("fastapi-coroutine at 32 users: what a coroutine receiver costs is undecided: 2.00 µs of CPU "
            "from 0 to 100 receivers [no interval] after 7 rounds."),
        ),
    ],
)  # fmt: skip
def test_signals_gives_the_cost_of_a_receiver(word: str, ratio: tuple[float, ...], said: str) -> None:
    cells = [
        cell("fastapi-coroutine", "signals", 32, {"receivers": count}, cpu_us_per_request=400.0)
        for count in (0, 10, 100)
    ]
    compared = verdict(cells[2], cells[0], "cpu_us_per_request", word, *ratio)
    exact = [detail(each, cpu_us_per_round=[400.0] * 7) for each in cells]
    assert sentences("signals", summary(cells, [compared], exact)) == [said]


def test_the_interval_of_a_receivers_cost_holds_what_is_uncertain_of_the_request_without_any() -> None:
    none, many = (
        cell("fastapi-coroutine", "signals", 32, {"receivers": count}, cpu_us_per_request=400.0) for count in (0, 100)
    )
    compared = verdict(many, none, "cpu_us_per_request", "slower", 2.0, 1.9, 2.1)
    # What the mean of the rounds may be off at 95 %, beside the 40 µs of the ratio's own interval.
    rounds = detail(none, cpu_us_per_round=[360.0, 440.0, None, 400.0, 360.0, 440.0, 400.0])
    found = slope(Figures(summary([none, many], [compared], [rounds])), none, many)
    assert found is not None
    assert found.us == pytest.approx(4.0)
    half_us = special.stdtrit(5, 0.975) * statistics.stdev([360.0, 440.0, 400.0] * 2) / math.sqrt(6)
    assert (found.low, found.high) == pytest.approx(
        (4 - math.hypot(40, half_us) / 100, 4 + math.hypot(40, half_us) / 100)
    )


def test_context_proves_no_more_than_its_requests_can() -> None:
    carrier = {"carrier": "framework"}
    a, b = (cell(lane, "context", 64, carrier) for lane in ("flask-thread", "fastapi-coroutine"))
    # A process that works on one request at a time cannot leak, so its requests prove nothing.
    alone, more = cell("flask-process", "context", 64, carrier), cell("flask-thread", "context", 512, carrier)
    figures = [
        detail(a, client_answered=1_234_567),
        *(detail(each, client_answered=2_000) for each in (b, alone, more)),
    ]
    assert sentences("context", summary([a, b, alone, more], [], figures)) == [
        (
            "carrier=framework at 64 users, the 2 lanes with requests that overlap: no leak in 1,236,567 requests: "
            "fewer than 2.4 per million at 95 %."
        ),
        (
            "carrier=framework at 512 users, the one lane with requests that overlap: no leak in 2,000 requests: fewer "
            "than 1,500 per million at 95 %."
        ),
    ]


def test_context_counts_leaks_apart_from_losses_and_other_failures() -> None:
    errors = {"wrong_body": 100, "wrong_length": 3, "status_503": 2}
    leaking = cell("flask-thread", "context", 64, {"carrier": "framework"}, errors=errors, valid=False)
    unseen, refused = (
        cell(lane, "context", 64, {"carrier": "framework"}, errors={"status_503": count}, valid=False)
        for lane, count in (("django-thread", 0), ("flask-greenlet", 50))
    )
    figures = [detail(leaking, client_answered=10_005), detail(refused, client_answered=50)]
    assert sentences("context", summary([leaking, unseen, refused], [], figures)) == [
        (
            "carrier=framework at 64 users: answers held another request's state, 10,000 per million [8,144, 12,150] "
            "in flask-thread (100 of 10,000), and nothing is known that explains it."
        ),
        "flask-thread carrier=framework at 64 users: 3 of 10,003 answers had lost their state.",
        "flask-thread carrier=framework at 64 users: requests that failed otherwise and show no state: 2 status_503.",
        "django-thread carrier=framework at 64 users is not compared: its server ended.",
        "flask-greenlet carrier=framework at 64 users is not compared: its server ended.",
    ]


def test_context_explains_a_leak_that_is_known_and_shows_one_that_did_not_come() -> None:
    carrier = {"carrier": "global"}
    leaking, other = (
        cell(lane, "context", 64, carrier, errors={"wrong_body": 500}, valid=False)
        for lane in ("fastapi-coroutine", "flask-greenlet")
    )
    surprise, alone = (cell(lane, "context", 64, carrier) for lane in ("flask-thread", "flask-process"))
    cells = [leaking, other, surprise, alone]
    # A carrier that leaks in one lane is not told to leak in no other one: which those are is known only afterwards.
    assert sentences("context", summary(cells, [], [detail(each, client_answered=1_000) for each in cells])) == [
        (
            "carrier=global at 64 users: answers held another request's state, 500,000 per million [468,549, 531,451] "
            "in fastapi-coroutine (500 of 1,000) and 500,000 per million [468,549, 531,451] in flask-greenlet (500 of "
            "1,000), because all requests of a process share a module's attributes, and whoever wrote last is read by "
            "all."
        ),
        (
            "flask-thread carrier=global at 64 users: no leak in 1,000 requests: fewer than 3,000 per million at 95 %, "
            "though all requests of a process share a module's attributes, and whoever wrote last is read by all."
        ),
    ]


def test_context_shows_leaks_by_lane_and_carrier_and_what_none_proves() -> None:
    leaking, clean, unseen = (
        cell("flask-thread", "context", 64, {"carrier": "global"}, errors={"wrong_body": 500}, valid=False),
        cell("flask-thread", "context", 64, {"carrier": "framework"}),
        cell("flask-process", "context", 64, {"carrier": "global"}, valid=False),
    )
    figures = [detail(leaking, client_answered=1_000), detail(clean, client_answered=1_000)]
    (grid,) = told("context", summary([leaking, clean, unseen], [], figures)).grids
    assert grid.title == "leaks per million requests at 64 users; of none, the most there may be at 95 %"
    assert grid.columns == ["lane", "global", "framework"]
    assert grid.rows == [["flask-thread", "500,000", "< 3,000"], ["flask-process", "", ""]]


def test_one_leak_is_no_proof_of_many() -> None:
    assert per_million(1, 1_000_000) == pytest.approx((0.0253, 5.572), abs=1e-3)


def test_neighbour_gives_p99_and_lag_with_their_intervals() -> None:
    calm = cell("fastapi-coroutine", "hello", 500, CALM, p99=3.0, mean=2.0, rate=40.0)
    heavy = cell("fastapi-coroutine", "hello", 500, HEAVY, p99=120.0, mean=62.0, rate=40.0)
    found = sentences(
        "neighbour",
        summary(
            [calm, heavy],
            [verdict(heavy, calm, "p99_ms", "slower", 40.0, 35.0, 46.0)],
            [detail(calm, mean_ms_per_round=[2.0] * 6), detail(heavy, mean_ms_per_round=[62.0] * 6)],
        ),
    )
    assert found == [
        (
            "fastapi-coroutine beside one user's computation in Python at 40 arrivals per second: the others' p99 is "
            "120 ms instead of 3 ms, 40 times [35, 46]; its lag, what a request that comes at any moment waits longer "
            "in the mean, is 60.0 ms [60.0, 60.0]."
        )
    ]


def test_neighbour_compares_only_rounds_that_hold_both() -> None:
    calm = cell("fastapi-coroutine", "hello", 500, CALM, p99=3.0, mean=2.0, rate=40.0)
    heavy = cell("fastapi-coroutine", "hello", 500, HEAVY, p99=120.0, mean=62.0, rate=40.0)
    # The machine is as fast as it likes in each of 12 rounds; beside the neighbour only 4 are measured, in one the
    # calm slice is void.
    levels = [1.0, 3.0, 2.0, 5.0, 4.0, 1.5, 2.5, 6.0, 3.5, 1.2, 2.2, 1.8]
    beside = [31.0 * each if takes_part(at, 4, 12) else None for at, each in enumerate(levels, 1)]
    alone = [None if at == 5 else each for at, each in enumerate(levels, 1)]
    details = [detail(calm, mean_ms_per_round=alone), detail(heavy, mean_ms_per_round=beside)]
    slower = verdict(heavy, calm, "p99_ms", "slower", 40.0, 35.0, 46.0)
    (found,) = sentences("neighbour", summary([calm, heavy], [slower], details))
    assert found.endswith("waits longer in the mean, is 60.0 ms [60.0, 60.0].")
    apart = [detail(calm, mean_ms_per_round=[2.0, None]), detail(heavy, mean_ms_per_round=[None, 62.0])]
    (found,) = sentences("neighbour", summary([calm, heavy], [slower], apart))
    assert found.endswith("its lag is not known.")


def test_neighbour_says_where_nothing_changes() -> None:
    calm = cell("flask-thread", "hello", 500, CALM, p99=3.0, mean=2.0, rate=100.0)
    heavy = cell("flask-thread", "hello", 500, HEAVY, p99=3.0, mean=2.0, rate=100.0)
    found = sentences(
        "neighbour",
        summary(
            [calm, heavy],
            [verdict(calm, heavy, "p99_ms", "equal", 1.0, 0.99, 1.01)],
            [detail(calm, mean_ms_per_round=[2.0] * 6), detail(heavy, mean_ms_per_round=[2.0] * 6)],
        ),
    )
    assert found == [
        (
            "flask-thread beside one user's computation in Python at 100 arrivals per second: the others' p99 stays as "
            "it is: 3 ms without and 3 ms with it, 1.00 times [0.99, 1.01]; it adds no lag that this run can tell: "
            "0.0 ms [0.0, 0.0]."
        )
    ]


def test_neighbour_leaves_open_what_the_rounds_cannot_show() -> None:
    calm = cell("flask-thread", "hello", 500, CALM, p99=3.0, mean=2.0, rate=40.0)
    heavy = cell("flask-thread", "hello", 500, HEAVY, p99=3.3, mean=2.2, rate=40.0)
    invalid = cell("flask-greenlet", "hello", 500, HEAVY, rate=40.0, valid=False)
    found = sentences(
        "neighbour",
        summary(
            [calm, heavy, invalid],
            [verdict(heavy, calm, "p99_ms", "undecided", 1.1, rounds=1)],
            [detail(calm, mean_ms_per_round=[2.0, 2.0]), detail(heavy, mean_ms_per_round=[2.2, 2.2])],
        ),
    )
    assert found == [
        (
            "flask-thread beside one user's computation in Python at 40 arrivals per second: whether the others' p99 "
            "changes is undecided: 1.10 [no interval] after 1 round (3.3 ms instead of 3 ms); its lag is "
            "undecided: 0.2 ms [no interval] after 2 rounds."
        ),
        "flask-greenlet beside=cpu-heavy at 40 arrivals per second is not compared: its server ended.",
    ]
