"""Tell from what has come over a connection whether it is a whole answer, a part of one, or none."""

import re

CLOSED = "closed"
MALFORMED = "malformed"
END_OF_HEAD = b"\r\n\r\n"

_BEGIN = b"HTTP/1."
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([2-5]\d\d)(?: [^\r\n]*)?")
_END_OF_LINE = b"\r\n"
_HEX = re.compile(rb"[0-9a-fA-F]+")
_WITHOUT_BODY = ("204", "304")


def answer(received: bytes, *, ended: bool) -> str | None:
    """Return the status of a whole answer, `malformed` where it is no HTTP, and None as long as more may come.

    Once the connection has ended, what is only a part of an answer is `closed`.
    """
    if not received.startswith(_BEGIN[: len(received)]):
        return MALFORMED
    head, found, body = received.partition(END_OF_HEAD)
    if not found:
        return CLOSED if ended else None
    line, *lines = head.split(_END_OF_LINE)
    status = _STATUS_LINE.fullmatch(line)
    if status is None:
        return MALFORMED
    name = status[1].decode("ascii")
    try:
        whole = name in _WITHOUT_BODY or _whole(_fields(lines), body, ended=ended)
    except ValueError:
        return MALFORMED
    return name if whole else CLOSED if ended else None


def _fields(lines: list[bytes]) -> dict[bytes, bytes]:
    pairs = (line.lower().partition(b":") for line in lines)
    return {name: value.strip() for name, _, value in pairs}


def _whole(fields: dict[bytes, bytes], body: bytes, *, ended: bool) -> bool:
    """Tell whether a body is all there; one that states no length is ended by the connection's end."""
    if fields.get(b"transfer-encoding", b"").endswith(b"chunked"):
        return _chunks_ended(body)
    if b"content-length" not in fields:
        return ended
    length = fields[b"content-length"]
    if not length.isdigit():
        raise ValueError(f"{length!r} is no length")
    return len(body) >= int(length)


def _chunks_ended(body: bytes) -> bool:
    """Tell whether the last chunk, which is empty, and what may follow it have come."""
    while True:
        line, found, body = body.partition(_END_OF_LINE)
        if not found:
            return False
        size = line.partition(b";")[0].strip()
        if not _HEX.fullmatch(size):
            raise ValueError(f"{size!r} is no length of a chunk")
        length = int(size, 16)
        if length == 0:
            return body.startswith(_END_OF_LINE) or END_OF_HEAD in body
        chunk, end = body[:length], body[length : length + len(_END_OF_LINE)]
        if len(chunk) < length or len(end) < len(_END_OF_LINE):
            return False
        if end != _END_OF_LINE:
            raise ValueError("a chunk is longer than it says")
        body = body[length + len(_END_OF_LINE) :]
