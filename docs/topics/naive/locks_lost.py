"""Two who like the same article at the same time: read, add one, write. One like is lost, unless the write asks."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

READ = "SELECT likes, version FROM article"
WRITE = "UPDATE article SET likes = ?, version = version + 1"
WRITE_IF_UNCHANGED = f"{WRITE} WHERE version = ?"


def blindly(database: sqlite3.Connection, likes: int, _: int) -> bool:
    """Write one more than was read."""
    database.execute(WRITE, (likes + 1,))
    return True


def by_version(database: sqlite3.Connection, likes: int, version: int) -> bool:
    """Write one more than was read, where nobody has written since; tell whether that was so."""
    return bool(database.execute(WRITE_IF_UNCHANGED, (likes + 1, version)).rowcount)


def added_up(database: sqlite3.Connection, *_: int) -> bool:
    """Let the database read and write in one statement."""
    database.execute("UPDATE article SET likes = likes + 1")
    return True


def likes(write: Callable[..., bool]) -> int:
    """Let two requests read before either writes, each again where its write was refused; return the likes."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.execute("CREATE TABLE article (likes integer, version integer)")
        database.execute("INSERT INTO article VALUES (0, 0)")
        for seen in [database.execute(READ).fetchone() for _ in range(2)]:
            while not write(database, *seen):
                seen = database.execute(READ).fetchone()  # noqa: PLW2901 - what is seen now
        return int(database.execute(READ).fetchone()[0])


if __name__ == "__main__":
    for write in (blindly, by_version, added_up):
        print(f"{write.__name__}: {likes(write)} of 2 likes stand")  # noqa: T201
