"""Pages of prose with live code: what stands in docs/topics, and whatever other page a link leads to.

A paragraph of its own that begins with `:::code` shows code as it is in the source, aligned, so prose never goes stale:

    :::code signals                          an endpoint's handlers, plain functions, in all three apps
    :::code signals async                    the same, coroutines
    :::code context.py::add                  a name in the file of each app
    :::code flask_app/context.py::add        a name in one file; `Local.release` is a method
    :::code a.py::one b.py::two c.py::three  two or three, side by side; each with its folder
    :::code docs/topics/naive/shared.py      a whole file

What does not exist is a `Problem` that names the page and the line.
"""

import re
from pathlib import PurePosixPath

from backing.problem import Problem
from contract.endpoint import STYLES, Endpoint
from contract.endpoints import BY_NAME
from loadtests.reader.apps import APPS, file_of
from loadtests.reader.blocks import Block, Side, block
from loadtests.reader.handlers import aligned, handler
from loadtests.reader.pieces import find, whole
from loadtests.reader.source import Source

FOLDER = "docs/topics"
MARK = ":::code"
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_MOST = 3


def code(line: str, source: Source, page: str = "") -> Block:
    """Return what a line with the mark asks for; raise `Problem` where that does not exist."""
    words = line.split()
    if words[:1] != [MARK] or len(words) == 1:
        raise _wrong(line, page, "it names nothing")
    first, *more = words[1:]
    if first in BY_NAME:
        return _endpoint(line, first, more, source, page)
    if "/" not in first and not more:
        return _in_all(line, first, source, page)
    if len(words) - 1 > _MOST:
        raise _wrong(line, page, "more than three stand side by side")
    return block(_named(words[1:]), [_side(line, word, source, page) for word in words[1:]])


def title(text: str, file: str) -> str:
    """Return a page's first heading, or else its file's name."""
    found = _TITLE.search(text)
    return found[1].replace("`", "") if found else PurePosixPath(file).stem


def is_about(text: str, file: str, endpoint: Endpoint) -> bool:
    """Tell whether a page has an endpoint's code, or is called as the file with its handlers."""
    shown = {word for line in text.splitlines() if line.startswith(f"{MARK} ") for word in line.split()[1:2]}
    return endpoint.name in shown or PurePosixPath(file).stem == endpoint.topic


def _endpoint(line: str, name: str, more: list[str], source: Source, page: str) -> Block:
    endpoint, style = BY_NAME[name], (more or [STYLES[0]])[0]
    if len(more) > 1 or style not in STYLES:
        raise _wrong(line, page, f"behind an endpoint stands {' or '.join(STYLES)}")
    return handler(endpoint, style if endpoint.styled else "", source)


def _in_all(line: str, word: str, source: Source, page: str) -> Block:
    file, mark, name = word.partition("::")
    if not mark or not file.endswith(".py"):
        raise _wrong(line, page, f"{word} is no endpoint, and no FILE.py::NAME")
    topic = file.removesuffix(".py")
    if not any(find(file_of(app, topic), source.text(file_of(app, topic)) or "", name) for app in APPS):
        raise _wrong(line, page, f"no app has {name} in {file}")
    return aligned(file, name, source)


def _side(line: str, word: str, source: Source, page: str) -> Side:
    file, mark, name = word.partition("::")
    text = source.text(file)
    if text is None or not file.endswith(".py"):
        raise _wrong(line, page, f"there is no Python file {file}")
    piece = find(file, text, name) if mark else whole(file, text)
    if piece is None:
        raise _wrong(line, page, f"{file} has no {name}")
    app = next((app for app in APPS if file.startswith(f"{app}_app/")), "")
    return Side(title=APPS.get(app, ""), app=app, file=file, piece=piece)


def _named(words: list[str]) -> str:
    names = dict.fromkeys(word.partition("::")[2] or PurePosixPath(word).name for word in words)
    return ", ".join(names)


def _wrong(line: str, page: str, why: str) -> Problem:
    return Problem(f"{page or 'a page'}: `{line.strip()}` shows nothing, because {why}; name what the source has")
