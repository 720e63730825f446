"""What a duet may be asked for: like with like, one thing changed; anything else is refused with the reason."""

from pathlib import Path
from typing import Any

import pytest

from backing.problem import Problem
from loadtests.duet.sides import AGAIN, Side, about, differences, subjects
from loadtests.duet.wish import Duet, duet
from loadtests.measurement.group import Group
from loadtests.servers.stacks import ROOT

CORE = frozenset({1})


def asked(lane: str = "flask-thread", other: str | None = None, **changed: Any) -> Duet:
    typed: dict[str, Any] = {
        "scenario": "hello",
        "set_a": [],
        "set_b": [],
        "checkout_b": None,
        "seconds": None,
        "users": None,
        "seed": "1",
        "forced": False,
    }
    return duet(lane=lane, other=other, **(typed | changed))


def names(found: Duet) -> list[str]:
    return [side.name for side in subjects(found.a, found.b, Group(scenario=found.scenario, users=16), CORE)]


def test_unlike_lanes_are_refused_with_what_happens_to_their_ratio() -> None:
    with pytest.raises(Problem, match=r"unlike.*not the one they have alone.*trilane compare.*--forced"):
        asked(other="fastapi-coroutine")


def test_unlike_lanes_that_are_forced_carry_the_reason_with_them() -> None:
    found = asked(other="fastapi-coroutine", forced=True)
    assert len(found.against) == 1
    assert "unlike" in found.against[0]


def test_two_styles_of_one_server_are_unlike() -> None:
    with pytest.raises(Problem, match="flask-thread and flask-async-view are unlike"):
        asked(other="flask-async-view")


def test_two_things_that_differ_are_refused() -> None:
    with pytest.raises(Problem, match=r"differ in 2 things \(threads, pool\)"):
        asked(set_b=["threads=8", "pool=2"])


def test_one_thing_may_differ_while_others_are_set_alike() -> None:
    found = asked(set_a=["threads=8"], set_b=["threads=8", "pool=2"])
    assert differences(found.a, found.b, "hello") == ["pool"]
    assert names(found) == ["flask-thread threads=8 pool=6", "flask-thread threads=8 pool=2"]


def test_a_value_that_is_the_lanes_own_is_no_difference() -> None:
    found = asked(set_b=["threads=32"])
    assert differences(found.a, found.b, "hello") == []


def test_what_was_not_set_has_the_value_that_it_would_have() -> None:
    known = about(Side(lane="flask-process"), "signals")
    assert (known["stack"], known["workers"], known["receivers"], known["checkout"]) == ("current", 2, 10, "here")


def test_sides_are_named_by_what_sets_them_apart() -> None:
    assert names(asked()) == ["flask-thread", f"flask-thread{AGAIN}"]
    assert names(asked(scenario="signals", set_b=["receivers=100"])) == [
        "flask-thread receivers=10",
        "flask-thread receivers=100",
    ]


def test_a_lane_of_one_worker_count_may_have_another() -> None:
    _, second = subjects(
        asked("flask-process", set_b=["workers=1"]).a,
        asked("flask-process", set_b=["workers=1"]).b,
        Group(scenario="cpu", users=16),
        CORE,
    )
    assert (second.workers, second.cores) == (1, (1,))


def test_a_checkout_is_a_difference_and_has_to_hold_the_app(tmp_path: Path) -> None:
    found = asked(checkout_b=ROOT)
    assert differences(found.a, found.b, "hello") == ["checkout"]
    assert names(found) == ["flask-thread checkout=here", f"flask-thread checkout={ROOT.name}"]
    with pytest.raises(Problem, match="it has no contract and no backing and no flask_app"):
        asked(checkout_b=tmp_path)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"scenario": "hallo"}, "--scenario hallo: there is no such scenario"),
        ({"set_a": ["threads"]}, "--set-a threads: write FACTOR=VALUE"),
        ({"set_b": ["receivers=3"]}, "--set-b receivers=3: hello has no such factor"),
        ({"set_b": ["threads=many"]}, "--set-b threads=many"),
        ({"set_b": ["threads=2", "threads=3"]}, "threads is 2 already"),
        ({"set_b": ["cores=2"]}, "share the same core"),
        ({"set_b": ["beside=hello"]}, "what a neighbour costs"),
        ({"set_b": ["stack=antique"]}, "there is no such stack"),
        ({"seconds": "5"}, "--seconds 5: give a number from 15 to 3600"),
        ({"users": "1.5"}, "--users 1.5: give a whole number"),
        ({"lane": "flask-thred"}, "did you mean flask-thread"),
    ],
)
def test_what_cannot_be_read_is_named_with_what_is_allowed(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(Problem, match=told):
        asked(**changed)
