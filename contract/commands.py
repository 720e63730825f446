"""What the commands of the three sites say."""

from contract.parameters import Integer
from contract.queries import ARTICLES

ROWS = Integer("rows", ARTICLES, 1, ARTICLES)

MADE = "The tables are there."
DROPPED = "The tables are gone."
NAMELESS = "say whom to greet: NAME, or --name"


def loaded(rows: int) -> str:
    """Say how many articles are there now."""
    return f"{rows} articles are there."


def greeting(name: str, url: str | None) -> str:
    """Greet somebody, at an address where there is one."""
    return f"Hello, {name}!" if url is None else f"Hello, {name}! This is {url}."
