"""The same file in all three apps, definition by definition."""

import ast

import msgspec

from loadtests.reader.apps import APPS, file_of
from loadtests.reader.blocks import Block
from loadtests.reader.handlers import aligned, merged
from loadtests.reader.pieces import pieces
from loadtests.reader.source import Source


class SameFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that at least one app has: what it says of itself, where it is, and its definitions side by side."""

    name: str
    says: str
    present: list[str]
    blocks: list[Block]


def names(source: Source) -> list[str]:
    """Return the names of the apps' files, without their ending."""
    found = {path.stem for app in APPS for path in (source.root / f"{app}_app").glob("*.py")}
    return sorted(name for name in found if not name.startswith("__") and _present(name, source))


def same_file(name: str, source: Source) -> SameFile:
    """Align a file of all apps."""
    present = _present(name, source)
    texts = {file: source.text(file) or "" for file in present}
    orders = [list(pieces(file, text)) for file, text in texts.items()]
    return SameFile(
        name=name,
        says=next((says for text in texts.values() if (says := ast.get_docstring(ast.parse(text)))), "").split("\n")[0],
        present=present,
        blocks=[aligned(f"{name}.py", each, source) for each in merged(orders)],
    )


def _present(name: str, source: Source) -> list[str]:
    return [file for app in APPS if source.text(file := file_of(app, name)) is not None]
