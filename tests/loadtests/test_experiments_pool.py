"""What experiment `pool` says of its figures, and what it counts."""

from loadtests.experiments.table import sentences, told
from tests.loadtests.summaries import cell, detail, summary, verdict

POOLED, OWN, SHARED = {"access": "pooled"}, {"access": "per-request"}, {"access": "shared"}


def test_pool_counts_connections_and_shows_what_failed() -> None:
    pooled = cell("flask-thread", "article", 128, POOLED, p99=64.2, db_connections_max=6)
    own = cell("flask-thread", "article", 128, OWN, p99=310.4, limiter="database", errors={"status_503": 7})
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
            "connections, looked at 5 times a second."
        ),
        (
            "flask-thread access=pooled at 128 users: the database had at most 6 connections of a process, looked at 5 "
            "times a second."
        ),
        "flask-thread access=per-request at 128 users: 7 requests failed (7 status_503).",
    ]


def test_pool_shows_the_errors_of_a_cell_that_is_not_valid() -> None:
    pooled = cell("fastapi-coroutine", "article", 5_000, POOLED)
    own = cell(
        "fastapi-coroutine", "article", 5_000, OWN, valid=False, errors={"status_503": 4_000, "timeout": 3},
        db_connections_max=1_000,
    )  # fmt: skip
    assert sentences("pool", summary([pooled, own], [], [detail(own, db_refused=4_000)])) == [
        (
            "fastapi-coroutine access=per-request at 5,000 users: 4,003 requests failed (4,000 status_503 and 3 "
            "timeout); 4,000 times the database had as many connections as it accepts."
        ),
        (
            "fastapi-coroutine access=per-request at 5,000 users: the database had at most 1,000 connections of a "
            "process, looked at 5 times a second."
        ),
        "fastapi-coroutine access=per-request at 5,000 users is not compared: its server ended.",
    ]


def test_pool_counts_the_rows_that_a_shared_connection_gave_to_others() -> None:
    quiet = cell("fastapi-thread", "article", 64, SHARED)
    mixed = cell("flask-thread", "article", 64, SHARED, errors={"wrong_body": 2, "wrong_length": 40, "status_503": 9})
    figures = [detail(quiet, client_answered=1_000), detail(mixed, client_answered=1_000, garbled=9)]
    assert sentences("pool", summary([quiet, mixed], [], figures)) == [
        (
            "fastapi-thread access=shared at 64 users: none of 1,000 answers with a row held another one than was "
            "asked for."
        ),
        "flask-thread access=shared at 64 users: 42 of 991 answers with a row held another one than was asked for.",
        (
            "flask-thread access=shared at 64 users: 51 requests failed (2 wrong_body, 40 wrong_length and 9 "
            "status_503); 9 times what came over the shared connection was no answer to the request."
        ),
    ]


def test_pool_takes_no_refusal_for_an_answer_with_a_row() -> None:
    refused = cell("fastapi-coroutine", "article", 64, SHARED, errors={"status_503": 102}, valid=False)
    figures = [detail(refused, rounds=1, client_answered=102, garbled=102)]
    of_it = summary([refused], [], figures)
    assert not any("answers with a row" in sentence for sentence in sentences("pool", of_it))
    (grid,) = told("pool", of_it).grids
    assert grid.rows == [["fastapi-coroutine access=shared", "0", "–", "102", "–", "102", "–", "–"]]


def test_pool_shows_all_that_was_counted_at_each_number_of_users() -> None:
    own = cell("fastapi-coroutine", "article", 5_000, OWN, errors={"status_503": 40}, db_connections_max=1_000)
    mixed = cell("flask-thread", "article", 64, SHARED, errors={"wrong_body": 2, "status_503": 9}, db_connections_max=1)
    unseen = cell("flask-thread", "article", 64, POOLED, valid=False)
    figures = [
        detail(mixed, rounds=3, client_answered=1_000, db_refused=0, garbled=9, db_sessions_max=30),
        detail(own, rounds=3, client_answered=7_000, db_refused=40),
    ]
    few, many = told("pool", summary([mixed, unseen, own], [], figures)).grids
    assert [few.title, many.title] == ["what was counted at 64 users", "what was counted at 5,000 users"]
    assert many.columns == [
        "counted",
        "answers",
        "wrong rows",
        "failed",
        "refused",
        "garbled",
        "connections",
        "all sessions",
    ]
    assert few.rows == [
        ["flask-thread access=shared", "991", "2", "9", "0", "9", "1", "30"],
        ["flask-thread access=pooled", "–", "–", "–", "–", "–", "–", "–"],
    ]
    assert many.rows == [["fastapi-coroutine access=per-request", "6,960", "0", "40", "40", "–", "1,000", "–"]]
