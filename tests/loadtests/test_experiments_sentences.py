"""The sentences of the experiments, from made-up figures: what is decided, what is open, what is missing."""

import pytest

from loadtests.experiments.context import per_million
from loadtests.experiments.table import sentences
from loadtests.measurement.budget import takes_part
from tests.loadtests.summaries import cell, detail, summary, verdict

POOLED, OWN = {"access": "pooled"}, {"access": "per-request"}
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


def test_pool_counts_connections_and_shows_what_failed() -> None:
    pooled = cell("flask-thread", "articles", 128, POOLED, p99=64.2)
    own = cell("flask-thread", "articles", 128, OWN, p99=310.4, limiter="database", errors={"status_503": 7})
    found = sentences(
        "pool",
        summary(
            [pooled, own],
            [verdict(pooled, own, "qps", "faster", 5.2, 4.8, 5.6)],
            [
                detail(pooled, db_connections_total_max=6),
                detail(own, db_connections_total_max=32, ceiling="1 core ÷ 9,000 µs = 111/s"),
            ],
        ),
    )
    assert found == [
        (
            "flask-thread at 128 users: pooled answers 5.2 times [4.8, 5.6] as many as per-request, because "
            "1 core ÷ 9,000 µs = 111/s; p99 64.2 ms pooled and 310 ms per-request; at most 6 pooled and 32 per-request "
            "connections."
        ),
        "flask-thread access=per-request at 128 users: 7 requests failed (7 status_503).",
    ]


def test_pool_shows_the_errors_of_a_cell_that_is_not_valid() -> None:
    pooled = cell("fastapi-coroutine", "articles", 5_000, POOLED)
    own = cell("fastapi-coroutine", "articles", 5_000, OWN, valid=False, errors={"status_503": 4_000, "timeout": 3})
    assert sentences("pool", summary([pooled, own], [])) == [
        "fastapi-coroutine access=per-request at 5,000 users: 4,003 requests failed (4,000 status_503 and 3 timeout).",
        "fastapi-coroutine access=per-request at 5,000 users is not compared: its server ended.",
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
    found = sentences("signals", summary(cells, [verdict(cells[2], cells[0], "cpu_us_per_request", word, *ratio)]))
    assert found == [said]


def test_context_proves_no_more_than_its_requests_can() -> None:
    a, b = (cell(lane, "context", 64, {"carrier": "framework"}) for lane in ("flask-thread", "fastapi-coroutine"))
    found = sentences(
        "context", summary([a, b], [], [detail(a, client_answered=1_234_567), detail(b, client_answered=2_000)])
    )
    assert found == [
        "flask-thread carrier=framework: no leak in 1,234,567 requests: fewer than 2.4 per million at 95 %.",
        "fastapi-coroutine carrier=framework: no leak in 2,000 requests: fewer than 1,500 per million at 95 %.",
        (
            "Carrier framework, all lanes without a leak together: no leak in 1,236,567 requests: fewer than 2.4 per "
            "million at 95 %."
        ),
    ]


def test_context_counts_leaks_apart_from_losses_and_other_failures() -> None:
    errors = {"wrong_body": 100, "wrong_length": 3, "status_503": 2}
    leaking = cell("flask-thread", "context", 64, {"carrier": "framework"}, errors=errors, valid=False)
    unseen = cell("django-thread", "context", 64, {"carrier": "framework"}, valid=False)
    found = sentences("context", summary([leaking, unseen], [], [detail(leaking, client_answered=10_000)]))
    assert found == [
        (
            "flask-thread carrier=framework: 100 of 10,000 answers held another request's state: 10,000 leaks "
            "per million [8,136, 12,163]."
        ),
        "flask-thread carrier=framework: 3 of 10,000 answers had lost their state.",
        "flask-thread carrier=framework: requests that failed otherwise and show no state: 2 status_503.",
        "django-thread carrier=framework at 64 users is not compared: its server ended.",
    ]


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
