"""Each guide does what it says: its steps are taken as written, in a copy of the repository."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.guides.following import GUIDES, desk
from tests.guides.steps import Change, File, Output, Shell, Step, steps

BROKEN = Shell("trilane --lanes starlette.toml check starlette-coroutine --endpoint hello && exit 9 || test $? = 1")


def follow(name: str, folder: Path) -> Path:
    """Follow a whole guide; return the copy in which that was done."""
    with desk(folder) as own:
        own.follow(steps(GUIDES / name))
        return own.root


# What these leave behind is looked at by a test of their own.
CHECKED = ("adding-a-lane.md", "adding-a-scenario.md", "adding-an-app.md", "machines.md")
SLOW = [
    path.name
    for path in sorted(GUIDES.glob("*.md"))
    if path.name not in CHECKED and any(isinstance(step, Shell) and step.how for step in steps(path))
]


def measured(run: Path) -> dict[tuple[str, str], Any]:
    """The cells of a run, by lane and scenario; the machine may have been too busy for them to be valid."""
    summary = json.loads((run / "summary.json").read_text())
    return {(cell["lane"], cell["scenario"]): cell for cell in summary["cells"]}


def quick(every: Iterable[Step]) -> Iterator[Step]:
    """The steps without those that take long, and without what these print."""
    typed = True
    for step in every:
        if isinstance(step, Shell):
            typed = step.quick
        if typed or not isinstance(step, Shell | Output):
            yield step


@pytest.mark.parametrize("guide", sorted(path.name for path in GUIDES.glob("*.md")))
def test_what_takes_a_moment_does_what_the_guide_says(guide: str, tmp_path: Path) -> None:
    every = [*quick(steps(GUIDES / guide))]
    if any(isinstance(step, Shell) for step in every):
        with desk(tmp_path) as own:
            own.follow(every)


def test_what_is_written_by_the_guides_is_held_to_the_rules_of_the_rest(tmp_path: Path) -> None:
    written = [step for guide in CHECKED for step in steps(GUIDES / guide) if isinstance(step, File | Change)]
    places = " ".join(sorted({step.path for step in written if step.path.endswith(".py")}))
    with desk(tmp_path) as own:
        own.follow([*written, Shell(f"ruff check --no-cache {places} && ruff format --no-cache --check {places}")])


@pytest.mark.slow
@pytest.mark.parametrize("guide", SLOW)
def test_a_guide_can_be_followed_from_its_first_step_to_its_last(guide: str, tmp_path: Path) -> None:
    follow(guide, tmp_path)


@pytest.mark.slow
def test_whoever_adds_a_lane_by_the_guide_has_it_served_checked_and_measured(tmp_path: Path) -> None:
    cells = measured(follow("adding-a-lane.md", tmp_path) / "runs" / "plain-loop")
    assert {lane for lane, _ in cells} == {"fastapi-coroutine", "fastapi-plain-loop"}
    assert all(cell["requests"] > 0 for cell in cells.values())


@pytest.mark.slow
def test_whoever_adds_a_scenario_by_the_guide_has_it_measured_beside_another(tmp_path: Path) -> None:
    cells = measured(follow("adding-a-scenario.md", tmp_path) / "runs" / "orm")
    assert set(cells) == {(lane, work) for lane in ("flask-thread", "django-thread") for work in ("articles", "orm")}
    assert all(cell["requests"] > 0 for cell in cells.values())


@pytest.mark.slow
def test_whoever_adds_an_app_by_the_guide_has_it_checked_and_measured_beside_another(tmp_path: Path) -> None:
    with desk(tmp_path) as own:
        own.follow(steps(GUIDES / "adding-an-app.md"))
        # A mistake is noticed, in the one thing that every answer has.
        own.follow([Change("starlette_app/hooks.py", '["X-Request-ID"] = identity', '["X-Request-ID"] = "1"'), BROKEN])
        assert "x-request-id is 1, not" in own.printed.read_text()
        cells = measured(own.root / "runs" / "starlette")
    lanes = ("fastapi-coroutine", "starlette-coroutine")
    assert set(cells) == {(lane, work) for lane in lanes for work in ("hello", "wait")}
    assert all(cell["requests"] > 0 for cell in cells.values())


@pytest.mark.slow
def test_whoever_takes_several_machines_by_the_guide_has_workers_and_a_target_measured(tmp_path: Path) -> None:
    root = follow("machines.md", tmp_path)
    for run in ("two", "crew", "elsewhere"):
        assert measured(root / "runs" / run)["fastapi-coroutine", "hello"]["requests"] > 0
    assert "2 workers" in (root / "runs" / "crew" / "summary.json").read_text()
