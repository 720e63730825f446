"""The topic pages as they are written, and what in them can be held to something."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.topics.quoting import slug

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "topics"
PAGES = sorted(FOLDER.glob("*.md"))
PROGRAMS = sorted((FOLDER / "naive").glob("[!_]*.py"))
# Whose functions the pages name.
LIBRARIES = (
    "anyio", "asgiref", "blinker", "dbutils", "django", "fastapi", "flask", "flask_session", "greenlet", "gunicorn",
    "itsdangerous", "psycopg_pool", "sqlalchemy", "starlette", "uvicorn", "werkzeug", "wtforms",
)  # fmt: skip

_SHOWN = re.compile(r"```console\n\$ python (\S+)\n(.*?)```", re.DOTALL)
_NAME = re.compile(rf"`((?:{'|'.join(LIBRARIES)})(?:\.\w+)+)(?:\(\))?`")


@dataclass(frozen=True)
class Shown:
    """A program of `naive/` and what a page says that it prints."""

    page: str
    program: str
    output: str


def shown() -> list[Shown]:
    """Return every program that a page shows."""
    return [Shown(page.name, *found) for page in PAGES for found in _SHOWN.findall(page.read_text())]


def names(page: Path) -> list[str]:
    """Return the dotted names of a page that belong to a library."""
    return sorted(set(_NAME.findall(page.read_text())))


def anchors(page: Path) -> set[str]:
    """Return the headings of a page as links name them."""
    return {slug(heading) for heading in re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)}
