"""What a module defines, found by name: functions, classes, methods, what is assigned."""

import ast
from functools import cache

import msgspec

from loadtests.reader.imports import imports
from loadtests.reader.units import MARK

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One definition: `first` is the number of its first line, decorators and the remarks above it included.

    `uses` are all names that it mentions, `decorators` those that stand in its decorators, `imports` those of `uses`
    that its module takes from elsewhere, each with the place.
    """

    name: str
    file: str
    first: int
    lines: tuple[str, ...]
    uses: frozenset[str]
    decorators: frozenset[str] = frozenset()
    imports: frozenset[tuple[str, str]] = frozenset()


@cache
def pieces(file: str, text: str) -> dict[str, Piece]:
    """Return all that a module defines at its top, in order; a name that is bound twice is where it was bound last."""
    lines = text.splitlines()
    found: dict[str, Piece] = {}
    for node in ast.parse(text).body:
        for name in _bound(node):
            found[name] = _piece(name, file, lines, node)
    return found


@cache
def statements(file: str, text: str) -> list[Piece]:
    """Return the calls that a module makes at its top, and what its list of routes holds: pieces without names."""
    lines, found = text.splitlines(), []
    for node in ast.parse(text).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            found.append(_piece("", file, lines, node))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.List) and _bound(node) == ["urlpatterns"]:
            found += [_piece("", file, lines, each) for each in node.value.elts]
    return found


def find(file: str, text: str, name: str) -> Piece | None:
    """Return what a dotted name stands for: `add`, `Local`, or `Local.release`; None where there is no such name."""
    first, *rest = name.split(".")
    piece = pieces(file, text).get(first)
    if piece is None or not rest:
        return piece
    within = next((node for node in ast.parse(text).body if first in _bound(node)), None)
    for each in rest:
        body = within.body if isinstance(within, ast.ClassDef) else []
        within = next((node for node in body if each in _bound(node)), None)
    return None if within is None else _piece(name, file, text.splitlines(), within)


def remarks(text: str) -> list[tuple[int, str]]:
    """Return the remarks at a module's top that say why it differs: each line's number and words."""
    lines = enumerate(text.splitlines(), start=1)
    return [(number, line.removeprefix(MARK).strip()) for number, line in lines if line.startswith(MARK)]


def whole(file: str, text: str) -> Piece:
    """Return a whole file."""
    taken = frozenset(imports(text).items())
    return Piece(name="", file=file, first=1, lines=tuple(text.splitlines()), uses=frozenset(), imports=taken)


def _bound(node: ast.AST) -> list[str]:
    if isinstance(node, _Definition):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _piece(name: str, file: str, lines: list[str], node: ast.stmt | ast.expr) -> Piece:
    decorators = node.decorator_list if isinstance(node, _Definition) else []
    first = min([node.lineno, *(each.lineno for each in decorators)])
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    uses = _names(node)
    return Piece(
        name=name,
        file=file,
        first=first,
        lines=tuple(lines[first - 1 : node.end_lineno]),
        uses=uses,
        decorators=frozenset[str]().union(*map(_names, decorators)),
        imports=frozenset(each for each in imports("\n".join(lines)).items() if each[0] in uses),
    )


def _names(node: ast.AST) -> frozenset[str]:
    """Return every name in it, alone and with the attribute that is asked of it: `signals`, and `signals.connect`."""
    found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    asked = (each for each in ast.walk(node) if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name))
    return frozenset(found | {f"{each.value.id}.{each.attr}" for each in asked if isinstance(each.value, ast.Name)})
