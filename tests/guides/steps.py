"""Read a guide as the steps that it asks for: files to write, places to change, commands to type, what they print.

A fenced block is one step. `sh` is typed into a shell, `text` is part of what the shell step before it prints, `diff`
changes the file that the line before the block names, and any other language is a file that this line names. A comment
before a shell step says how it is typed:

- `<!-- run: slow -->` takes more than a moment;
- `<!-- run: slow, unsteady -->` ends with code 3 where the machine lets no figure be trusted, and that is right too;
- `<!-- run: background -->` goes on until the guide ends;
- `<!-- shown: REASON -->` is not typed at all.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`([^`\s]+)`:\s*\Z")
_MARK = re.compile(r"<!-- (run|shown): ([^>]+) -->\s*\Z")
RUNS = ("slow", "slow, unsteady", "background")


@dataclass(frozen=True)
class Shell:
    """Commands to type; `how` is one of `RUNS`, empty for what takes a moment. `shown` is why nobody types them."""

    commands: str
    how: str = ""
    shown: str = ""

    @property
    def quick(self) -> bool:
        """Tell whether it takes a moment."""
        return not self.how and not self.shown


@dataclass(frozen=True)
class Output:
    """Lines that the shell step before it prints, among others."""

    lines: str


@dataclass(frozen=True)
class File:
    """A file to write, with its path in the repository."""

    path: str
    text: str


@dataclass(frozen=True)
class Change:
    """What stands in a file, and what is to stand there instead."""

    path: str
    before: str
    after: str


Step = Shell | Output | File | Change


def steps(guide: Path) -> Iterator[Step]:
    """Yield the steps of a guide in their order; raise `ValueError` for a block that is none."""
    text = guide.read_text()
    for block in _FENCE.finditer(text):
        language, body, before = block[1], block[2], text[: block.start()]
        mark, named = _MARK.search(before), _NAMED.search(before)
        if mark and language != "sh":
            raise ValueError(f"{guide.name}: {mark[0].strip()} stands before what is not typed into a shell")
        if language == "sh":
            yield _shell(guide, body, mark)
        elif language == "text":
            yield Output(body)
        elif named is None:
            raise ValueError(f"{guide.name}: no line before this block names its file: {body.splitlines()[0]}")
        elif language == "diff":
            yield Change(named[1], _side(body, "-"), _side(body, "+"))
        else:
            yield File(named[1], body)


def _shell(guide: Path, body: str, mark: "re.Match[str] | None") -> Shell:
    kind, said = (mark[1], mark[2]) if mark else ("run", "")
    if kind == "shown":
        return Shell(body, shown=said)
    if said and said not in RUNS:
        raise ValueError(f"{guide.name}: a step runs {', '.join(RUNS)}, or without a mark, not {said!r}")
    return Shell(body, how=said)


def _side(diff: str, own: str) -> str:
    """Return one side of a diff: the lines marked as its own, and those that both sides have."""
    lines = diff.splitlines(keepends=True)
    if wrong := [line for line in lines if line[0] not in "+- \n"]:
        raise ValueError(f"a line of a diff begins with +, - or a space, not {wrong[0]!r}")
    return "".join(line[1:] if line[0] != "\n" else line for line in lines if line[0] in (own, " ", "\n"))
