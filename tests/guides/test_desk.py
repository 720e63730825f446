"""Whoever follows a guide notices where a step does not do what the guide says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guides.following import Desk
from tests.guides.steps import Change, File, Output, Shell, Step
from tests.waiting import eventually, running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Desk]:
    """A desk without a copy of anything."""
    (tmp_path / "root").mkdir()
    desk = Desk(tmp_path / "root")
    yield desk
    desk.end()


def test_a_file_is_written_changed_and_read_where_the_guide_says(own: Desk) -> None:
    own.follow(
        [
            File("a/b.txt", "one\ntwo 2\n"),
            Change("a/b.txt", "one\n", "three\n"),
            Shell("cat a/b.txt"),
            Output("three\ntwo 9\n"),
        ]
    )


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (Shell("echo so; exit 4"), "ended with code 4:\nso"),
        (Shell("exit 3", how="slow"), "ended with code 3"),
        (Output("nothing of the kind"), "'nothing of the kind'. is not in:\nsaid"),
        (Change("file", "two", "three"), "file has 0 times:\ntwo"),
        (Change("file", "one", "three"), "file has 2 times:\none"),
    ],
)
def test_a_step_that_does_something_else_is_told(own: Desk, step: Step, why: str) -> None:
    own.follow([File("file", "one one"), Shell("echo said")])
    with pytest.raises(AssertionError, match=why):
        own.follow([step])


def test_what_the_machine_may_decide_is_right_either_way(own: Desk) -> None:
    own.follow([Shell("exit 3", how="slow, unsteady"), Shell("exit 0", how="slow, unsteady")])
    with pytest.raises(AssertionError):
        own.follow([Shell("exit 4", how="slow, unsteady")])


def test_what_runs_in_the_background_is_waited_for_by_what_it_prints_and_ended_in_the_end(own: Desk) -> None:
    own.follow([Shell("sleep 0.2; echo ready $$; exec sleep 600", how="background"), Output("ready 1")])
    (pid,) = [int(word) for word in own.printed.read_text().split() if word.isdigit()]
    assert running([pid])
    own.end()
    assert eventually(lambda: not running([pid]))


def test_what_is_only_shown_is_not_typed(own: Desk) -> None:
    own.follow([Shell("exit 9", shown="it would take the machine for minutes")])
