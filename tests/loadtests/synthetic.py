"""A server of known behaviour, which writes down what it did: the truth that the client's figures are held to."""

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

BODY = b'{"message":"hello"}'
RIGHT = b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n" + BODY
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 19\r\n\r\n" + BODY
WRONG = b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n" + BODY.replace(b"h", b"j")
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Entry:
    """One request: when it was read and when its answer was handed to the kernel (`time.monotonic_ns()`)."""

    kind: str
    read_ns: int
    done_ns: int


class Peer:
    """The server's end of one connection; `number` counts connections from 1."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        """End the connection in the regular way."""
        self._writer.close()

    def reset(self) -> None:
        """End it with a reset."""
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._writer.transport.abort()


# Answers request number N (from 1) and returns the kind under which it is written down.
Behaviour = Callable[[int, Peer], Awaitable[str]]


@dataclass
class Synthetic:
    """A running server; `heads` are the requests as they came."""

    port: int = 0
    host: str = "127.0.0.1"
    log: list[Entry] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def count(self, kind: str) -> int:
        return sum(entry.kind == kind for entry in self.log)


@contextlib.contextmanager
def synthetic(behaviour: Behaviour, host: str = "127.0.0.1") -> Iterator[Synthetic]:
    """Serve in a thread of its own."""
    server = Synthetic(host=host)
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        peer = Peer(server.connections, reader, writer)
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while not writer.is_closing():
                server.heads.append(await reader.readuntil(b"\r\n\r\n"))
                read_ns = time.monotonic_ns()
                kind = await behaviour(len(server.heads), peer)
                server.log.append(Entry(kind, read_ns, time.monotonic_ns()))
        writer.close()

    async def serve() -> None:
        listener = await asyncio.start_server(talk, host, 0, backlog=1024)
        server.port = listener.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        listener.close()

    def run() -> None:
        loop.run_until_complete(serve())
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


class AtOnce(asyncio.Protocol):
    """Answers each request with as little work as possible; requests are not pipelined."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._write = transport.write

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\r\n\r\n"):
            self._write(RIGHT)


@contextlib.contextmanager
def freezing(*, period_s: float, freeze_s: float) -> Iterator[str]:
    """Answer at once, but do nothing at all for `freeze_s` once every `period_s`, first half a period from now.

    Yields the base URL.
    """
    loop = asyncio.new_event_loop()
    listener = loop.run_until_complete(loop.create_server(AtOnce, "127.0.0.1", 0, backlog=1024))

    def freeze(at_s: float) -> None:
        time.sleep(max(0.0, at_s + freeze_s - loop.time()))
        loop.call_at(at_s + period_s, freeze, at_s + period_s)

    first_s = loop.time() + period_s / 2
    loop.call_at(first_s, freeze, first_s)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        listener.close()
        loop.close()
