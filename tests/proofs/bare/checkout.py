"""A checkout whose apps are the bare ones, for the commands that take another checkout."""

import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from loadtests.servers.stacks import ROOT

BARE = Path("tests/proofs/bare")
# What a server command names, and which application of the bare ones that is.
APPS = {
    "flask_app/wsgi.py": "flask_bare import application",
    "fastapi_app/asgi.py": "fastapi_bare import application",
    "django_app/wsgi.py": "django_bare import over_wsgi as application",
    "django_app/asgi.py": "django_bare import over_asgi as application",
}
_MARK = re.compile(r"  # part: (.+)$")


@contextmanager
def checkout(without: Collection[str]) -> Iterator[Path]:
    """Make a checkout whose bare apps lack the parts that are named; it is gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="bare-") as folder:
        root = Path(folder)
        for shared in ("contract", "backing"):
            (root / shared).symlink_to(ROOT / shared)
        shutil.copytree(ROOT / BARE, root / BARE, ignore=shutil.ignore_patterns("__pycache__"))
        for source in (root / BARE).glob("*.py"):
            source.write_text(stripped(source.read_text(), without))
        for file, application in APPS.items():
            (root / file).parent.mkdir(exist_ok=True)
            (root / file).write_text(f"from tests.proofs.bare.{application}\n")
        yield root


def stripped(text: str, without: Collection[str]) -> str:
    """Return a program without the lines that are marked as one of these parts, and what is indented below them."""
    kept: list[str] = []
    below: int | None = None
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip())
        if below is not None and (indent > below or not line.strip()):
            continue
        mark = _MARK.search(line.rstrip("\n"))
        below = indent if mark and mark[1] in without else None
        if below is None:
            kept.append(line)
    return "".join(kept)


def parts(text: str) -> set[str]:
    """Return which parts a program's lines are marked as."""
    return {mark[1] for line in text.splitlines() if (mark := _MARK.search(line))}
