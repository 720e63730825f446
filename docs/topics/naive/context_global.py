"""The name of who asks, in a global: of two requests at the same time, one greets the other's visitor."""

import threading
from concurrent.futures import ThreadPoolExecutor

current = {"name": "nobody"}
ada_has_written, bob_has_written = threading.Event(), threading.Event()


def greeting() -> str:
    """Greet whoever asks, without being handed the name."""
    return f"hello {current['name']}"


def ada() -> str:
    """Answer a request that takes a moment, during which another one comes."""
    current["name"] = "ada"
    ada_has_written.set()
    bob_has_written.wait(timeout=10)
    return f"ada is told: {greeting()}"


def bob() -> str:
    """Answer the other one."""
    ada_has_written.wait(timeout=10)
    current["name"] = "bob"
    bob_has_written.set()
    return f"bob is told: {greeting()}"


if __name__ == "__main__":
    with ThreadPoolExecutor(2) as threads:
        print(*(answer.result() for answer in [threads.submit(ada), threads.submit(bob)]), sep="\n")  # noqa: T201
