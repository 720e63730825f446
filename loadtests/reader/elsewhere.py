"""What a handler calls that is written in other files of the project: where each name leads."""

import ast
from collections.abc import Iterator
from functools import cache

import msgspec

from loadtests.reader.apps import APPS, file_of
from loadtests.reader.pieces import find
from loadtests.reader.source import Source

_OWN = ("contract", "backing", *(f"{app}_app" for app in APPS))


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A name that stands in a handler, with the file that defines it and the line there."""

    name: str
    file: str
    line: int


def calls(source: Source, app: str, topic: str, handler: str) -> list[Call]:
    """Return what a handler takes from other files of the project, in the order in which they are imported."""
    file = file_of(app, topic)
    text = source.text(file) or ""
    piece = find(file, text, handler)
    uses = piece.uses if piece else frozenset()
    found: list[Call] = []
    for name, module in _imported(text):
        found += _led(source, module, name, sorted(use for use in uses if use.partition(".")[0] == name))
    return found


def _led(source: Source, module: str, name: str, uses: list[str]) -> Iterator[Call]:
    """Return where a name is defined: in the module, or, where it is a module itself, what is asked of it there."""
    file, inside = (f"{place.replace('.', '/')}.py" for place in (module, f"{module}.{name}"))
    asked = [(use, inside, use.partition(".")[2]) for use in uses if "." in use]
    for use, where, wanted in [(name, file, name)] * bool(uses) + asked:
        piece = find(where, source.text(where) or "", wanted)
        if piece is not None:
            yield Call(name=use, file=where, line=piece.first)


@cache
def _imported(text: str) -> list[tuple[str, str]]:
    """Return the names that a module imports from the project, each with the module it names."""
    froms = [node for node in ast.parse(text).body if isinstance(node, ast.ImportFrom) and node.module]
    return [
        (name.asname or name.name, node.module or "")
        for node in froms
        if (node.module or "").partition(".")[0] in _OWN
        for name in node.names
    ]
