"""Make the containers' database password: random, once, in libpq's own format, so that no file has to state it."""

import os
import secrets
import sys
from pathlib import Path


def make_once(path: Path) -> None:
    """Write `path` as a libpq password file that only its owner reads; leave one that is there."""
    if path.exists():
        return
    # Complete under another name first: a reader never sees half a password.
    unfinished = path.with_suffix(".new")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:  # noqa: PTH123 - Path.open takes no mode
        file.write(f"*:*:*:*:{secrets.token_hex(24)}\n")
    unfinished.replace(path)


if __name__ == "__main__":
    make_once(Path(sys.argv[1]))
