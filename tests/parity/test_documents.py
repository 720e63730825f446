"""What the documents say of the project exists: links, pages, commands and options."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import typer.main

from loadtests.experiments.table import EXPERIMENTS
from loadtests.isolation import NAME
from loadtests.program import app
from loadtests.servers import LANES

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
LINK = re.compile(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
# In code of a paragraph or of a block; what follows a comment is for people.
COMMAND = re.compile(r"(?:^|`|\$ |=(?:\$\([^)]*\)|\S*) )(trilane (?:--lanes \S+ )?[a-z][^`#\n|]*)", re.MULTILINE)
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group


def anchors(document: Path) -> set[str]:
    """Name the headings as links do."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def linked(document: Path) -> set[Path]:
    places = [link.partition("#")[0] for link in LINK.findall(document.read_text())]
    return {(document.parent / place).resolve() for place in places if place and "://" not in place}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    for link in LINK.findall(document.read_text()):
        if "://" in link:
            continue
        place, _, anchor = link.partition("#")
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_is_linked_from_the_front_or_from_a_page_that_is() -> None:
    seen, todo = set[Path](), [README]
    while todo:
        page = todo.pop()
        seen.add(page)
        todo += [other for other in linked(page) if other.suffix == ".md" and other not in seen]
    assert {page for page in DOCUMENTS if page.name != "CHANGELOG.md"} <= seen


def test_both_fronts_have_the_same_structure_links_and_commands() -> None:
    english, chinese = README.read_text(), CHINESE.read_text()
    for mark in (r"^## ", r"^\|", r"^- ", r"^\d\. ", r"^> "):
        assert len(re.findall(mark, english, re.MULTILINE)) == len(re.findall(mark, chinese, re.MULTILINE)), mark
    assert LINK.findall(english)[1:] == LINK.findall(chinese)[1:]
    for code in (r"`[a-z][^`\n]*--[^`\n]*`", r"^\| `[^`]*`", r"\d+(?:,\d+)*(?:\.\d+)? \(\S+ ms\)"):
        assert re.findall(code, english, re.MULTILINE) == re.findall(code, chinese, re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_and_option_that_is_named_exists(document: Path) -> None:
    for line in COMMAND.findall(document.read_text()):
        _, name, *words = re.sub(r"--lanes \S+ ", "", line).split()
        assert name in COMMANDS, line
        options = {option for each in COMMANDS[name].params for option in (*each.opts, *each.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= options, line
        lanes = {lane for option, value in pairwise(words) if option == "--lane" for lane in value.split(",")}
        own = set(re.findall(r'^name = "(.*)"$', document.read_text(), re.MULTILINE)) if "--lanes" in line else set()
        assert {lane for lane in lanes if lane.islower()} <= {*LANES, *own}, line
        if name == "run" and words[:1] and words[0].islower():
            assert words[0] in {*EXPERIMENTS, NAME}, line
