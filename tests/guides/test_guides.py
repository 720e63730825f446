"""What guides ask for can be done: every block is a step, and the paths that they name are there."""

import re
from pathlib import Path

import pytest

from loadtests.servers.stacks import ROOT
from tests.guides.following import GUIDES, masked
from tests.guides.steps import Change, File, Output, Shell, steps

EVERY = sorted(GUIDES.glob("*.md"))
# A command that nobody types in a test: it measures all of the machine for minutes.
MOST_SHOWN = 1
PATH = re.compile(r"`((?:\w[\w.-]*/)+[\w.-]*)`")
# What a run makes, or a person has elsewhere.
MADE = ("runs/", ".venv/")

guides = pytest.mark.parametrize("guide", EVERY, ids=lambda path: path.name)


@guides
def test_every_block_is_a_step(guide: Path) -> None:
    every = [*steps(guide)]
    assert guide.read_text().count("\n```") == 2 * len(every)
    for before, step in zip([None, *every], every, strict=False):
        assert not isinstance(step, Output) or isinstance(before, Shell), "what is printed follows what is typed"


def test_hardly_a_command_is_only_shown() -> None:
    shown = [step for guide in EVERY for step in steps(guide) if isinstance(step, Shell) and step.shown]
    assert len(shown) <= MOST_SHOWN


@guides
def test_a_path_that_is_named_is_there_or_is_written_by_a_step(guide: Path) -> None:
    written = {step.path for step in steps(guide) if isinstance(step, File | Change)}
    for path in PATH.findall(guide.read_text()):
        # An endpoint's path has neither.
        is_a_file = bool(Path(path).suffix) or (ROOT / path.split("/")[0]).is_dir()
        assert not is_a_file or path in written or path.startswith(MADE) or (ROOT / path).exists(), path


def guide(folder: Path, text: str) -> Path:
    page = folder / "guide.md"
    page.write_text(text)
    return page


def test_a_block_is_read_by_its_language_and_by_what_stands_before_it(tmp_path: Path) -> None:
    page = guide(
        tmp_path,
        "Write `a/b.py`:\n\n```python\nx = 1\n```\n\nIn `a/b.py`:\n\n```diff\n x = 1\n-y = 2\n+y = 3\n```\n"
        "\n<!-- run: background -->\n```sh\nserve\n```\n\n```text\nready\n```\n",
    )
    assert [*steps(page)] == [
        File("a/b.py", "x = 1\n"),
        Change("a/b.py", "x = 1\ny = 2\n", "x = 1\ny = 3\n"),
        Shell("serve\n", how="background"),
        Output("ready\n"),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("```python\nx = 1\n```\n", "no line before this block names its file"),
        ("<!-- run: fast -->\n```sh\nls\n```\n", "not 'fast'"),
        ("In `a`:\n\n```diff\n@@ 1 @@\n```\n", "a line of a diff begins with"),
        ("<!-- run: slow -->\n```text\nls\n```\n", "not typed into a shell"),
    ],
)
def test_a_block_that_is_no_step_is_refused(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=why):
        [*steps(guide(tmp_path, text))]


def test_figures_are_those_of_a_machine_and_words_are_not() -> None:
    assert masked("took 1,234.5 s,\n  done") == masked("took 9 s, done")
    assert masked("took 1 s") != masked("takes 1 s")
