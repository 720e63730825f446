"""A server of known manners: ready a second after its start, 50 ms per answer, and an end of two kinds.

`graceful` stops to listen on SIGTERM and answers what it accepted, each connection closed with its answer; `abrupt`
sends the first half of each answer at once and, on SIGTERM, ends in the middle of them.
"""

import asyncio
import os
import signal
import sys
import time

BODY = b'{"ms":50}'
HEAD = b"HTTP/1.1 %s\r\nContent-Length: 9\r\nConnection: %s\r\n\r\n"
_READY_AFTER_S = 1.1


class Mortal:
    """One server; `ending` is set by SIGTERM."""

    def __init__(self, manner: str) -> None:
        self._abrupt = manner == "abrupt"
        self._began = time.monotonic()
        self._busy = 0
        self.ending = asyncio.Event()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer request after request."""
        while not self.ending.is_set():
            head = await self._next(reader)
            if not head:
                break
            self._busy += 1
            await self._answer(head, writer)
            self._busy -= 1
        writer.close()

    async def _next(self, reader: asyncio.StreamReader) -> bytes:
        """Return the next request; nothing when there is none, or when the end comes first."""
        asked = asyncio.ensure_future(reader.readuntil(b"\r\n\r\n"))
        over = asyncio.ensure_future(self.ending.wait())
        await asyncio.wait((asked, over), return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if not asked.done():
            # What arrives in the same moment has been sent by a client that may ask again: its connection was kept.
            asked.cancel()
            return b""
        return b"" if asked.exception() else asked.result()

    async def _answer(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        ready = time.monotonic() - self._began > _READY_AFTER_S
        status = b"200 OK" if ready else b"503 Not Yet"
        if b"/health" in head:
            writer.write(HEAD % (status, b"close") + BODY)
        elif self._abrupt:
            writer.write(HEAD % (status, b"keep-alive") + BODY[:4])
            await asyncio.sleep(0.05)
            writer.write(BODY[4:])
        else:
            await asyncio.sleep(0.05)
            writer.write(HEAD % (status, b"close" if self.ending.is_set() else b"keep-alive") + BODY)
        await writer.drain()

    async def serve(self, port: int) -> None:
        """Serve until SIGTERM."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.ending.set)
        listener = await asyncio.start_server(self.talk, "127.0.0.1", port, backlog=128)
        await self.ending.wait()
        listener.close()
        if self._abrupt:
            os._exit(3)
        while self._busy:  # noqa: ASYNC110 - it ends in a moment, and nothing else waits here
            await asyncio.sleep(0.005)


if __name__ == "__main__":
    asyncio.run(Mortal(sys.argv[2]).serve(int(sys.argv[1])))
