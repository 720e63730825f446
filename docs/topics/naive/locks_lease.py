"""A lock that ends by itself: whoever stands still for longer than the lease writes over what came meanwhile."""

from dataclasses import dataclass

LEASE_S = 5.0


@dataclass
class Row:
    """What is locked, with the time as the store sees it; `until_s` is the end of the lease."""

    likes: int = 0
    version: int = 0
    now_s: float = 0.0
    until_s: float = 0.0

    def lock(self) -> bool:
        """Take the lease where it is free."""
        free = self.now_s >= self.until_s
        self.until_s = self.now_s + LEASE_S if free else self.until_s
        return free

    def write(self, likes: int, version: int) -> None:
        """Write, whoever asks."""
        self.likes, self.version = likes, version + 1

    def write_if_unchanged(self, likes: int, version: int) -> None:
        """Write only what was read from the row as it is."""
        if version == self.version:
            self.write(likes, version)


def story(name: str) -> str:
    """Let one stand still after reading, and another one like the article meanwhile."""
    row = Row()
    write = getattr(row, name)
    slow = row.lock() and (row.likes, row.version)
    row.now_s += LEASE_S + 1
    quick = row.lock() and (row.likes, row.version)
    for _ in range(3):
        if quick:
            write(row.likes + 1, row.version)
    if slow:
        write(slow[0] + 1, slow[1])
    return f"{name}: 3 likes were answered, then the slow one wakes up: {row.likes} stand"


if __name__ == "__main__":
    print(story("write"), story("write_if_unchanged"), sep="\n")  # noqa: T201
