"""A copy of the site in which sound pieces are replaced, for what takes another checkout."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.servers.stacks import ROOT

COPIED = ("contract", "backing", "flask_app", "fastapi_app", "django_app")


@dataclass(frozen=True)
class Piece:
    """The text `sound` of a file, and the one that a copy has in its place."""

    file: str
    sound: str
    naive: str


@contextmanager
def checkout(name: str, pieces: Sequence[Piece] = ()) -> Iterator[Path]:
    """Make a copy with these pieces replaced, in a folder called `name`; it is gone at the end of the block.

    Raise `LookupError` where the site does not say any more what is to be replaced.
    """
    with tempfile.TemporaryDirectory(prefix="naive-") as parent:
        root = Path(parent) / name
        for folder in COPIED:
            shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
        for piece in pieces:
            path = root / piece.file
            path.write_text(replaced(path.read_text(), piece))
        yield root


def replaced(text: str, piece: Piece) -> str:
    """Return a source with the piece replaced."""
    if (count := text.count(piece.sound)) != 1:
        raise LookupError(f"{piece.sound!r} stands {count} times in {piece.file}")
    return text.replace(piece.sound, piece.naive)
