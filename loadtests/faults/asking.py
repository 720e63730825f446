"""Clients that notice every way in which a request can end, and that can be as slow or as large as no client should be.

Each request has a connection of its own. What is sent and what is received do not wait for each other, because a server
may refuse a request before it has read all of it.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from loadtests.faults.reading import END_OF_HEAD, answer

REFUSED = "refused"
RESET = "reset"
SILENCE = "no answer"
OK = "200"

_CHUNK = 65_536


@dataclass(frozen=True)
class Answered:
    """How one request ended: with a status, `refused`, `reset`, `closed`, `malformed`, or no answer in its patience.

    The two times are of this machine's monotonic clock, in seconds.
    """

    what: str
    began_s: float
    ended_s: float

    @property
    def took_ms(self) -> float:
        """Return how long it took, in milliseconds."""
        return (self.ended_s - self.began_s) * 1000


@dataclass(frozen=True)
class Sent:
    """A request: `pieces` are sent one after another, with `pause_s` between them."""

    pieces: Sequence[bytes]
    pause_s: float = 0.0


def request(path: str, *, method: str = "GET", headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> Sent:
    """Return a whole request that is sent at once, and that asks for the connection to be closed."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body or method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return Sent(["\r\n".join(lines).encode() + END_OF_HEAD + body])


def dripping(sent: Sent, *, every_s: float, body_only: bool = False) -> Sent:
    """Return the same request, sent one byte at a time; with `body_only` its head is sent at once."""
    whole = b"".join(sent.pieces)
    at_once = whole.index(END_OF_HEAD) + len(END_OF_HEAD) if body_only else 0
    head = [whole[:at_once]] if at_once else []
    return Sent([*head, *(whole[place : place + 1] for place in range(at_once, len(whole)))], every_s)


async def ask(base_url: str, sent: Sent, *, patience_s: float) -> Answered:
    """Send a request and wait for the whole answer."""
    began_s = time.monotonic()
    try:
        async with asyncio.timeout(patience_s):
            what = await _exchange(base_url, sent)
    except TimeoutError:
        what = SILENCE
    except ConnectionRefusedError:
        what = REFUSED
    except OSError:
        what = RESET
    return Answered(what, began_s, time.monotonic())


async def together(base_url: str, sent: Sent, clients: int, *, patience_s: float) -> list[Answered]:
    """Send the same request so many times at once."""
    return list(await asyncio.gather(*(ask(base_url, sent, patience_s=patience_s) for _ in range(clients))))


async def again_and_again(
    base_url: str, sent: Sent, over: asyncio.Event, *, clients: int, pause_s: float, patience_s: float
) -> list[Answered]:
    """Let so many clients ask, pause and ask again, until it is over and the last of them has its answer."""

    async def one(place: int) -> list[Answered]:
        found = []
        await _pause(over, pause_s * place / clients)
        while not over.is_set():
            found.append(await ask(base_url, sent, patience_s=patience_s))
            await _pause(over, pause_s)
        return found

    return [each for found in await asyncio.gather(*map(one, range(clients))) for each in found]


async def _pause(over: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), seconds)


async def _exchange(base_url: str, sent: Sent) -> str:
    loop, place = asyncio.get_running_loop(), urlsplit(base_url)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as plug:
        plug.setblocking(False)
        await loop.sock_connect(plug, (place.hostname, place.port))
        sending = asyncio.create_task(_send(plug, sent))
        try:
            return await _receive(plug)
        finally:
            sending.cancel()
            await asyncio.wait([sending])


async def _send(plug: socket.socket, sent: Sent) -> None:
    # Whether it could all be sent does not matter; how it was answered does.
    with contextlib.suppress(OSError):
        for piece in sent.pieces:
            await asyncio.get_running_loop().sock_sendall(plug, piece)
            await asyncio.sleep(sent.pause_s)


async def _receive(plug: socket.socket) -> str:
    """Return the status of a whole answer, or how the connection ended before there was one."""
    received, ended = b"", False
    while (found := answer(received, ended=ended)) is None:
        try:
            chunk = await asyncio.get_running_loop().sock_recv(plug, _CHUNK)
        except OSError:
            return RESET
        received, ended = received + chunk, not chunk
    return found
