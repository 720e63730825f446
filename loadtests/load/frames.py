"""Messages on a stream socket: four bytes of length, then MessagePack."""

import socket
import struct
from typing import Any

import msgspec

_LENGTH = struct.Struct("!I")


class Stream:
    """Sends structs and receives them as `kind`."""

    def __init__(self, connection: socket.socket, kind: Any) -> None:  # noqa: ANN401 - a union of structs
        self._connection = connection
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._buffer = bytearray()

    def send(self, message: msgspec.Struct) -> None:
        """Send one message; raise `OSError` when the other side is gone."""
        data = msgspec.msgpack.encode(message)
        self._connection.sendall(_LENGTH.pack(len(data)) + data)

    def receive(self) -> Any:  # noqa: ANN401 - whatever `kind` is
        """Return the next message; raise `EOFError` when the other side is gone."""
        (length,) = _LENGTH.unpack(self._peek(_LENGTH.size))
        frame = self._peek(_LENGTH.size + length)
        message = self._decoder.decode(frame[_LENGTH.size :])
        del self._buffer[: len(frame)]
        return message

    def _peek(self, count: int) -> bytes:
        while len(self._buffer) < count:
            data = self._connection.recv(65536)
            if not data:
                raise EOFError
            self._buffer += data
        return bytes(self._buffer[:count])
