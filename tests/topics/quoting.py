"""What pages take from runs, and where a run's document says it: the row with its table's head, in its section."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_LANE_ROW = re.compile(r"\| (?:flask|fastapi|django)-[a-z-]+.* \|")
_QUOTED_LINE = re.compile(r"^> (- .+)$", re.MULTILINE)
_USERS = re.compile(r"(\d+)\s+users")


@dataclass(frozen=True)
class Said:
    """A row under its table's head, or a sentence with none, and the users that only its paragraph names."""

    text: str
    head: str = ""
    users: str = ""


@dataclass(frozen=True)
class Quoted:
    """What a page says, and the place (a path and an anchor) that the paragraph before it leads to."""

    said: Said
    place: str


def slug(heading: str) -> str:
    """Return a heading as links name it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(text: str) -> list[str]:
    """Return where a text leads within the project."""
    return [link for link in _LINK.findall(text) if "://" not in link]


def section(text: str, anchor: str) -> str:
    """Return what stands under a heading, up to the next one that is no deeper; raise `ValueError` if there is none."""
    headings = [*_HEADING.finditer(text)]
    for number, one in enumerate(headings):
        if slug(one[2]) == anchor:
            ends = (each.start() for each in headings[number + 1 :] if len(each[1]) <= len(one[1]))
            return text[one.end() : next(ends, len(text))]
    raise ValueError(f"there is no heading #{anchor}")


def quoted(text: str) -> list[Quoted]:
    """Return the rows of lanes and the sentences that a page takes from a run.

    A table of lanes without a link to `proofs/` before it, under the same heading, has no place.
    """
    found, place, prose = [], "", ""
    for block in _blocks(text):
        if block.startswith("#"):
            place = prose = ""
        elif said := [*_said(block, prose)]:
            found += [Quoted(each, place) for each in said]
        elif not block.startswith(("|", ":::", "```", ">")):
            prose, led = block, [link for link in links(block) if "proofs/" in link]
            place = led[-1] if led else place
    return found


def stated(text: str) -> set[Said]:
    """Return the rows and the sentences of a run's document."""
    found, prose = set[Said](), ""
    for block in _blocks(text):
        found |= {Said(line) for line in block.splitlines() if line.startswith("- ")}
        found |= {*_said(block, prose)}
        prose = block
    return found


def _blocks(text: str) -> Iterator[str]:
    yield from filter(None, (block.strip("\n") for block in re.split(r"\n\s*\n", text)))


def _said(block: str, prose: str) -> Iterator[Said]:
    """Yield the rows of lanes of a table that this prose introduces, or the sentences of a quotation."""
    head, *rows = block.splitlines()
    # "5 000", "5,000" and "5000" are the same number; where there is a column of users, the row has it.
    named = [] if "| users |" in head else _USERS.findall(re.sub(r"(?<=\d)[\s,](?=\d{3})", "", prose))
    for row in filter(_LANE_ROW.fullmatch, rows):
        yield Said(row, head, named[-1] if named else "")
    for line in _QUOTED_LINE.findall(block):
        yield Said(line)
