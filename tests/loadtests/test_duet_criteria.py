"""The proofs of the duet end with their criteria, and fail where one is not met."""

import math
from pathlib import Path

import msgspec
import pytest

from loadtests.duet.conclude import DuetSummary, Found
from loadtests.measurement.verdict import Verdict
from tests.loadtests.past import summary
from tests.proofs import duet_against_rounds, duet_control, duet_sensitivity
from tests.proofs.duet_against_rounds import Answer
from tests.proofs.dueting import CPU, Played
from tests.proofs.writing import judge


def played(said: str, *, half_width: float = 0.01, took_s: float = 55.0) -> Played:
    verdict = Verdict(
        a="flask-thread",
        b="flask-thread (again)",
        scenario="hello",
        users=16,
        metric=CPU,
        ratio=1.0,
        low=1 / (1 + half_width),
        high=1 + half_width,
        verdict=said,
        rounds=9,
    )
    found = Found(
        starts=9,
        windows=5,
        fair_shares=True,
        core_share_a=0.5,
        half_width={CPU: half_width},
        between_starts=0.01,
        between_windows=0.02,
        forced=[],
    )
    figures = msgspec.structs.asdict(summary([])) | {"verdicts": [verdict]}
    return Played(summary=DuetSummary(**figures, duet=found), took_s=took_s)


def met(criteria: dict[str, bool]) -> list[bool]:
    return list(criteria.values())


def test_a_control_may_be_wrong_once_in_twenty_and_must_be_sharp_and_in_time() -> None:
    right = [played("equal")] * 18
    assert met(duet_control.criteria([*right, played("undecided"), played("slower")])) == [True, True]
    assert met(duet_control.criteria([*right, played("faster"), played("slower")])) == [False, True]
    assert met(duet_control.criteria([*right, played("equal"), played("equal", took_s=61)])) == [True, False]


def test_a_lane_with_rare_lumps_of_work_may_be_less_sharp_and_no_other() -> None:
    sharp, wide, wider = ("1: flask-thread", played("equal")), played("undecided", half_width=0.03), 0.05
    lumpy = f"2: {duet_control.LUMPY}"
    assert met(duet_control.widths([sharp])) == [True]
    assert met(duet_control.widths([sharp, (lumpy, wide)])) == [True, True]
    assert met(duet_control.widths([sharp, ("2: django-thread", wide)])) == [False]
    assert met(duet_control.widths([sharp, (lumpy, played("undecided", half_width=wider))])) == [True, False]


def test_what_is_felt_must_be_told_and_what_is_slight_never_the_wrong_way() -> None:
    # Said of side a, the original.
    felt, slight = [*[played("faster")] * 9, played("undecided")], [*[played("undecided")] * 9, played("faster")]
    assert met(duet_sensitivity.criteria(felt, slight)) == [True, True, True]
    assert met(duet_sensitivity.criteria([*felt[1:], played("slower")], slight)) == [False, True, True]
    assert met(duet_sensitivity.criteria(felt, [*slight[1:], played("slower")])) == [True, False, True]
    assert met(duet_sensitivity.criteria(felt, [*slight[1:], played("equal", took_s=61)])) == [True, True, False]


def answers(middle: float, spread: float) -> list[Answer]:
    return [Answer(log=math.log(middle) + spread * place, half_width=0.02) for place in (-1, 1, -1, 1)]


def test_duets_must_agree_with_rounds_and_scatter_less() -> None:
    assert met(duet_against_rounds.criteria(answers(1.5, 0.01), answers(1.52, 0.03))) == [True, True]
    assert met(duet_against_rounds.criteria(answers(1.5, 0.01), answers(1.7, 0.03))) == [False, True]
    assert met(duet_against_rounds.criteria(answers(1.5, 0.02), answers(1.5, 0.03))) == [True, False]


def test_a_proof_is_written_down_before_it_fails(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="not met: it is small"):
        judge(tmp_path, "size", "Size", ["It is large."], {"it is there": True, "it is small": False})
    written = (tmp_path / "size.md").read_text()
    assert written.endswith("## Criteria\n\n- met: it is there\n- **not met**: it is small\n")
    assert judge(tmp_path, "size", "Size", [], {"it is there": True}) == tmp_path / "size.md"
