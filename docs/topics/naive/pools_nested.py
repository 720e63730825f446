"""A pool of two, and requests that ask for a second connection while they hold one: all wait for each other."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

SIZE = 2
TIMEOUT_S = 0.1


class Pool:
    """Lends connections; who waits for longer than the timeout is refused."""

    def __init__(self) -> None:
        self.free = threading.BoundedSemaphore(SIZE)

    def __enter__(self) -> None:
        if not self.free.acquire(timeout=TIMEOUT_S):
            raise TimeoutError

    def __exit__(self, *_: object) -> None:
        self.free.release()


def nested(pool: Pool, everybody: threading.Barrier) -> str:
    """Hold a connection, and ask for another one."""
    with pool:
        everybody.wait(timeout=10)
        try:
            with pool:
                return "served"
        except TimeoutError:
            # Whoever gave up first would serve the other by that.
            everybody.wait(timeout=10)
            return "refused"


def one_after_another(pool: Pool, everybody: threading.Barrier) -> str:
    """Give the first connection back before asking again."""
    everybody.wait(timeout=10)
    for _ in range(2):
        with pool:
            pass
    return "served"


def outcomes(work: Callable[[Pool, threading.Barrier], str]) -> str:
    """Let as many requests as there are connections do it at the same time."""
    pool, everybody = Pool(), threading.Barrier(SIZE)
    with ThreadPoolExecutor(SIZE) as threads:
        return ", ".join(threads.map(lambda _: work(pool, everybody), range(SIZE)))


if __name__ == "__main__":
    print(f"a second one while holding the first: {outcomes(nested)}")  # noqa: T201
    print(f"one after another: {outcomes(one_after_another)}")  # noqa: T201
