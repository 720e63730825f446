"""A service that answers as slowly as it is asked to: what the apps call when they lean on somebody else.

`python -m backing.upstream --port N` answers `GET /delay?ms=MS&status=STATUS` with that status after that time, over
connections that stay open, and prints the address that it listens at. It is one event loop without a framework and
imports nothing of the project, so that it starts at once and waits for many at a time.
"""

import argparse
import asyncio
import json
import signal
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qs, urlsplit

LONGEST_MS = 60_000
LONGEST_HEAD = 16_384
BACKLOG = 1_024
PATH = "/delay"
END_OF_HEAD = b"\r\n\r\n"


class Delays(asyncio.Protocol):
    """One connection: its requests are answered one after another, each after the time that it asks for."""

    def __init__(self) -> None:
        self._received = b""
        self._answering: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take what has come; a request that comes while another one is answered waits for its turn."""
        self._received += data
        if self._answering is None:
            self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the answer that nobody waits for any more."""
        del exc
        if self._answering is not None:
            self._answering.cancel()

    def _begin(self) -> None:
        head, found, rest = self._received.partition(END_OF_HEAD)
        if not found:
            if len(head) > LONGEST_HEAD:
                self._transport.close()
            return
        self._received = rest
        ms, status = wanted(head)
        closing = b"\r\nconnection: close" in head.lower()
        self._answering = asyncio.get_running_loop().call_later(ms / 1000, self._answer, ms, status, closing)

    def _answer(self, ms: int, status: HTTPStatus, closing: bool) -> None:  # noqa: FBT001 - called by the loop
        self._answering = None
        self._transport.write(answer(ms, status))
        if closing:
            self._transport.close()
        elif self._received:
            self._begin()


def wanted(head: bytes) -> tuple[int, HTTPStatus]:
    """Return for how many milliseconds a request asks, and for which status: 404 or 400 at once where it is none."""
    method, _, rest = head.decode("latin-1").partition(" ")
    target = urlsplit(rest.partition(" ")[0])
    if method != "GET" or target.path != PATH:
        return 0, HTTPStatus.NOT_FOUND
    given = parse_qs(target.query)
    try:
        ms, status = int(given.get("ms", ["0"])[-1]), HTTPStatus(int(given.get("status", ["200"])[-1]))
    except ValueError:
        return 0, HTTPStatus.BAD_REQUEST
    # Others have a meaning for the connection, or no body.
    usual = status == HTTPStatus.OK or status >= HTTPStatus.BAD_REQUEST
    return (ms, status) if usual and 0 <= ms <= LONGEST_MS else (0, HTTPStatus.BAD_REQUEST)


def answer(ms: int, status: HTTPStatus) -> bytes:
    """Return a whole response."""
    body = json.dumps({"ms": ms, "status": status}).encode()
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def serve(host: str, port: int) -> None:
    """Answer until the process is asked to end."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    server = await loop.create_server(Delays, host, port, backlog=BACKLOG)
    print("listening at {}:{}".format(*server.sockets[0].getsockname()[:2]), flush=True)  # noqa: T201 - read by a starter
    await over.wait()
    # What is still being answered ends with the process: whoever waits for it is told at once.
    server.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m backing.upstream", description="Answer after a while.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = parser.parse_args()
    asyncio.run(serve(asked.host, asked.port))


if __name__ == "__main__":
    main()
