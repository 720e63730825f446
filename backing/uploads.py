"""Uploaded files: stored as a site would store them, looked at, and removed again."""

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from contract.bodies import File

PART_BYTES = 65_536

# A field, the name that the file came with, and what it holds.
Upload = tuple[str, str, IO[bytes]]


def keep(uploads: Sequence[Upload]) -> list[File]:
    """Store each file, and say what is stored, field by field; they are removed before this returns."""
    fields = list(dict.fromkeys(field for field, _, _ in uploads))
    with tempfile.TemporaryDirectory(prefix="trilane-uploads-") as folder:
        return [
            _stored(Path(folder) / str(number), field, name, content)
            for number, (field, name, content) in enumerate(sorted(uploads, key=lambda upload: fields.index(upload[0])))
        ]


def _stored(path: Path, field: str, name: str, content: IO[bytes]) -> File:
    with path.open("xb") as file:
        while part := content.read(PART_BYTES):
            file.write(part)
    # Read back: what is told is what was stored.
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return File(field, last_part(name), path.stat().st_size, digest.hexdigest())


def last_part(name: str) -> str:
    """Return a file's own name: some clients send the whole path, and none may choose where it is stored."""
    return "".join(filter(str.isprintable, name.replace("\\", "/").rpartition("/")[2]))


def together(*groups: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the values of all groups by name, those of the first group first."""
    values: dict[str, list[str]] = {}
    for group in groups:
        for name, each in group.items():
            values.setdefault(name, []).extend(each)
    return values
