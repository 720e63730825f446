"""One connection that two threads use at once: each reads the answer to the other's question."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

client, server = socket.socketpair()
ada_has_asked, bob_has_read = threading.Event(), threading.Event()


def serve() -> None:
    """Answer questions in the order in which they come, as a database does."""
    while question := server.recv(64):
        server.sendall(b"row of " + question)


def ask(name: str) -> None:
    """Send a question."""
    client.sendall(name.encode())


def answer() -> str:
    """Read whatever comes next."""
    return client.recv(64).decode()


def ada() -> str:
    """Ask, be put aside for a moment, and read."""
    ask("ada")
    ada_has_asked.set()
    bob_has_read.wait(timeout=10)
    return f"ada gets the {answer()}"


def bob() -> str:
    """Read first, though he has not asked first."""
    ada_has_asked.wait(timeout=10)
    found = answer()
    ask("bob")
    bob_has_read.set()
    return f"bob gets the {found}"


if __name__ == "__main__":
    threading.Thread(target=serve, daemon=True).start()
    with ThreadPoolExecutor(2) as threads:
        print(*(row.result() for row in [threads.submit(ada), threads.submit(bob)]), sep="\n")  # noqa: T201
