"""The answer at the top of the report: what is recommended, what is a tie, what is open, and what was not compared."""

from collections.abc import Sequence

import msgspec
import pytest
from markupsafe import Markup

from loadtests.measurement.result import Cell, Reason, Summary
from loadtests.measurement.verdict import Control, Verdict
from loadtests.report.answers import Answer, answers
from loadtests.report.works import works
from tests.loadtests.summaries import cell, detail, summary, verdict
from tests.loadtests.test_report_page import page_of, section, text_of

FAST = cell("fastapi-coroutine", "wait", qps=1_200.0, limiter="users", cpu_us_per_request=600.0)
NEAR = cell("flask-greenlet", "wait", qps=1_150.0, cpu_us_per_request=700.0)
SLOW = cell("flask-thread", "wait", qps=620.0, limiter="threads", cpu_us_per_request=900.0)
FORMULA = "32 threads ÷ 51.7 ms = 619/s"
AHEAD = verdict(FAST, SLOW, "qps", "faster", 1.98, 1.7, 2.25)


def answer(cells: list[Cell], verdicts: list[Verdict]) -> Answer:
    (found,) = answers(summary(cells, verdicts))
    return found


def told(sentences: Sequence[Markup]) -> str:
    return " ".join(text_of(each) for each in sentences)


def test_one_lane_that_is_surely_ahead_is_recommended_with_the_distance_and_its_interval() -> None:
    found = answer([FAST, SLOW], [AHEAD])
    assert (found.word, found.headline) == ("first", "fastapi-coroutine serves most")
    assert (
        "The nearest lane surely behind is flask-thread: fastapi-coroutine serves 1.98 times as much (1.70 to 2.25)."
        in told(found.sentences)
    )


def test_a_verdict_is_turned_round_where_the_leader_is_named_second() -> None:
    found = answer([SLOW, FAST], [verdict(SLOW, FAST, "qps", "slower", 0.5, 0.4, 0.8)])
    assert "fastapi-coroutine serves 2.00 times as much (1.25 to 2.50)" in told(found.sentences)


def test_equal_lanes_are_a_tie() -> None:
    both = [
        AHEAD,
        verdict(FAST, NEAR, "qps", "equal", 1.0, 0.99, 1.01),
        verdict(NEAR, SLOW, "qps", "faster", 1.9, 1.6, 2.2),
    ]
    found = answer([FAST, NEAR, SLOW], both)
    assert (found.word, found.headline) == ("equal", "A tie: fastapi-coroutine and flask-greenlet serve equally much")
    said = told(found.sentences)
    assert "Equal, within the margin: fastapi-coroutine serves 1.00 times what flask-greenlet does (0.99 to" in said


def test_what_was_not_told_apart_is_no_tie_and_says_what_would_decide_it() -> None:
    found = answer([FAST, NEAR], [verdict(FAST, NEAR, "qps", "undecided", 1.04, 0.9, 1.2, rounds_needed=57)])
    assert (found.word, found.sign) == ("open", "?")
    said = told(found.sentences)
    assert (
        "Compared, and not told apart: fastapi-coroutine serves 1.04 times what flask-greenlet does (0.90 to 1.20)"
        in said
    )
    assert "after 7 rounds, and about 57 rounds would decide it" in said
    assert "Not compared" not in said


@pytest.mark.parametrize(
    ("half_width", "why"),
    [
        (0.75, ": 1 is outside, but the control cannot tell differences below 75%."),
        (0.01, ": 1 is outside, and differences below 2% do not count."),
        (None, ": 1 is outside, and differences below 2% do not count."),
    ],
)
def test_why_an_interval_beyond_one_decides_nothing_is_said(half_width: float | None, why: str) -> None:
    verdicts = [verdict(FAST, NEAR, "qps", "undecided", 1.3, 1.01, 1.7)]
    control = Control(
        lane=NEAR.lane, scenario="wait", users=64, metric="qps", ratio=1.0, low=0.4, high=1.6, half_width=half_width,
        agrees=None if half_width is None else True, rounds=3,
    )  # fmt: skip
    found = msgspec.structs.replace(summary([FAST, NEAR], verdicts), controls=[control])
    (answer,) = answers(found)
    assert told(answer.sentences).endswith(f"no number of rounds in sight would decide it{why}")


def test_an_interval_around_one_needs_no_further_reason() -> None:
    said = told(answer([FAST, NEAR], [verdict(FAST, NEAR, "qps", "undecided", 1.04, 0.9, 1.2)]).sentences)
    assert said.endswith("no number of rounds in sight would decide it.")


def test_what_the_server_did_wrong_is_named_before_what_the_load_looked_like() -> None:
    checks = [Reason(check=check, reason=f"{check} …", remedy="mend it") for check in ("idle", "errors", "little")]
    wrong = cell("flask-thread", "wait", valid=False, reasons=checks, errors={"wrong_body": 2_709, "timeout": 2})
    late = cell("django-thread", "wait", valid=False, reasons=checks, errors={"timeout": 9})
    assert told(answer([wrong, late], []).sentences) == (
        "Not compared, because not valid: flask-thread (its answers were wrong); django-thread (requests failed)."
    )


def test_what_nobody_compared_is_not_called_undecided() -> None:
    said = told(answer([FAST, NEAR], []).sentences)
    assert said == "Not compared with each other: fastapi-coroutine and flask-greenlet."


def test_where_nothing_is_valid_the_answer_says_so_and_why() -> None:
    cells = [cell("flask-thread", "wait", valid=False), cell("django-thread", "wait", valid=False)]
    found = answer(cells, [])
    assert (found.word, found.headline) == ("none", "Nothing can be recommended: none of the 2 cells is valid")
    assert told(found.sentences) == "Not compared, because not valid: flask-thread, django-thread (its server failed)."


def test_each_variant_answers_for_itself_in_the_order_in_which_they_were_asked_for() -> None:
    cells = [cell("flask-thread", "signals", qps=100.0 + n, variant={"receivers": n}) for n in (0, 10, 100)]
    assert [each.load for each in answers(summary(cells, []))] == [
        "signals, 64 users, receivers=0",
        "signals, 64 users, receivers=10",
        "signals, 64 users, receivers=100",
    ]


def swept(loads: int) -> Summary:
    """One lane that is surely ahead under few users, and one that is under many, over numbers of users."""
    cells, verdicts = [], []
    for users in (2**power for power in range(loads)):
        a, b = (cell(lane, "wait", users) for lane in ("flask-thread", "fastapi-coroutine"))
        cells += [a, b]
        verdicts.append(verdict(a, b, "qps", "faster" if users < 256 else "slower", 2.0, 1.9, 2.1))
    return summary(cells, verdicts)


def test_a_few_loads_answer_each_for_itself() -> None:
    found = works(answers(swept(12)))
    assert [each.top.load for each in found][:2] == ["wait, 1 user", "wait, 2 users"]
    assert (len(found), [each.rest for each in found]) == (12, [[]] * 12)


def test_many_loads_are_one_answer_with_what_the_others_say_in_a_line() -> None:
    (found,) = works(answers(swept(13)))
    assert (found.top.load, found.top.headline) == ("wait, 4096 users", "fastapi-coroutine serves most")
    assert [(span.loads, span.answer.headline) for span in found.spans] == [
        ("1…128 users", "flask-thread serves most"),
        ("256…2048 users", "fastapi-coroutine serves most"),
    ]
    assert len(found.rest) == 12
    html = section(page_of(swept(13)), "answer")
    assert html.count("<article") == 1
    assert "✓ 1…128 users: flask-thread serves most ✓ 256…2048 users" in text_of(html)


def test_open_and_closed_loads_and_variants_are_kinds_of_their_own() -> None:
    cells = [cell("flask-thread", "wait", 8, rate=rate) for rate in (None, *(100.0 * n for n in range(1, 13)))]
    found = works(answers(summary(cells, [])))
    assert [(each.top.load, [span.loads for span in each.spans]) for each in found] == [
        ("wait, 8 users", []),
        ("wait, 1200/s arriving", ["100…1100/s arriving"]),
    ]


def test_the_reason_stands_beside_the_lane_on_the_page() -> None:
    known = [detail(FAST), detail(SLOW, ceiling=FORMULA)]
    said = text_of(section(page_of(summary([SLOW], [], known)), "answer"))
    assert f"flask-thread: 620 requests/s, 900 µs CPU. What ran out: {FORMULA}." in said
