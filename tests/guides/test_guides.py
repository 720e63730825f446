"""What guides say stands where they say it stands: their steps, their quotations, the paths that they name."""

import re
from pathlib import Path

import pytest

from loadtests.servers.stacks import ROOT
from tests.guides.following import GUIDES, masked
from tests.guides.steps import Change, File, Output, Shell, steps

EVERY = sorted(GUIDES.glob("*.md"))
SOURCES = [ROOT / "README.md", ROOT / "docs" / "measurement.md", *sorted((ROOT / "docs" / "proofs").glob("*.md"))]
# A command that nobody types in a test: it measures all of the machine for minutes.
MOST_SHOWN = 1
PATH = re.compile(r"`((?:\w[\w.-]*/)+[\w.-]*)`")
QUOTED = re.compile(r"^ *> ?(.*)$", re.MULTILINE)
# "2,625 of 2,629", "1.918 [1.836, 1.986]", "553"; 404 and the like are no figures.
FIGURE = re.compile(r"\d[\d,]* of \d[\d,]*\d\b|\d[\d.]* \[[\d., ]+\]|\b(?!40\d|50\d)\d[\d,]{2,}\b")
WORKED = re.compile(r"(\d+)(?: threads)? ÷ ([\d.]+) (?:ms|per second) = (\d+)")
WITH_FIGURES = ("choosing.md", "measurements.md", "differences.md")
# What a run makes, or a person has elsewhere.
MADE = ("runs/", ".venv/")

guides = pytest.mark.parametrize("guide", EVERY, ids=lambda path: path.name)


def said() -> str:
    """What the pages with figures say, without the marks of lists and quotations."""
    return " ".join(re.sub(r"^(> |- )", "", line) for path in SOURCES for line in path.read_text().splitlines())


def prose(guide: Path) -> str:
    """A guide without its code, its links' places and its line breaks."""
    text = re.sub(r"^```.*?^```$|\(\.[^)]*\)|`[^`\n]*`", "", guide.read_text(), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"\s+", " ", text)


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
def test_what_is_quoted_stands_in_a_page_with_its_origin(guide: Path) -> None:
    for quotation in filter(None, QUOTED.findall(guide.read_text())):
        assert quotation in said()


@pytest.mark.parametrize("name", WITH_FIGURES)
def test_a_figure_stands_in_a_page_with_its_origin_or_is_worked_out(name: str) -> None:
    text = prose(GUIDES / name)
    worked = {result for *_, result in WORKED.findall(text)}
    for figure in FIGURE.findall(text):
        assert figure in worked or figure in said(), figure


def test_what_is_worked_out_is_right() -> None:
    divisions = [each for name in WITH_FIGURES for each in WORKED.findall(prose(GUIDES / name))]
    assert len(divisions) > 2
    for number, by, result in divisions:
        assert round(1_000 * int(number) / float(by)) == int(result)


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
