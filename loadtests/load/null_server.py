"""A server that does nothing but answer, so that a client's own limit can be seen.

`python -m loadtests.load.null_server FILE [HOST]` picks a free port of HOST (127.0.0.1), writes it to FILE and serves
until it is ended. It answers `GET /?bytes=N` with N bytes of `x` (2 by default) and keeps the connection;
`GET /close?bytes=N` closes it. Its answers carry the headers that the apps' answers carry, because reading them is part
of a client's work. It looks for the blank line that ends a request and parses nothing else twice, since it must outrun
the clients.
"""

import asyncio
import sys
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import uvloop

_END = b"\r\n\r\n"
_LIKE_AN_APP = (
    "date: Sat, 21 Nov 2026 00:00:00 GMT\r\nserver-timing: app;dur=0.050, queue;dur=0.020\r\n"
    "x-request-id: 0123456789abcdef0123456789abcdef\r\ncontent-type: text/plain\r\n"
)


@cache
def response(first_line: bytes) -> tuple[bytes, bool]:
    """Return the whole response to a request line, and whether the connection closes after it."""
    target = urlsplit(first_line.split(b" ")[1].decode())
    closes = target.path == "/close"
    body = b"x" * int(parse_qs(target.query).get("bytes", ["2"])[0])
    head = f"HTTP/1.1 200 OK\r\n{_LIKE_AN_APP}content-length: {len(body)}\r\n"
    return head.encode() + (b"connection: close\r\n" if closes else b"") + b"\r\n" + body, closes


class Null(asyncio.Protocol):
    """One connection; pipelined requests are answered in one write."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; nothing has arrived yet."""
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        if self._rest:
            data = self._rest + data
        count = data.count(_END)
        if not data.endswith(_END):
            data, _, self._rest = data.rpartition(_END)
        else:
            self._rest = b""
        if not count:
            return
        answer, closes = response(data[: data.index(b"\r\n")])
        self._transport.write(answer * count)
        if closes:
            self._transport.close()


async def serve(port_file: Path, host: str = "127.0.0.1") -> None:
    """Serve on a free port of `host`; `port_file` appears when connections are accepted."""
    server = await asyncio.get_running_loop().create_server(Null, host, 0, backlog=8192)
    draft = port_file.with_suffix(".draft")
    draft.write_text(str(server.sockets[0].getsockname()[1]))
    draft.rename(port_file)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), *sys.argv[2:]))
