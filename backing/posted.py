"""What people post, before a framework reads it as a form: whole, not too large, and read alike by all frameworks."""

import re
from typing import IO

from contract.errors import Refused
from contract.limits import BODY_BYTES, FIELDS, FILES

FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
FORMS = frozenset({FORM, PARTS})
_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
_DISPOSITION = re.compile(rb"^content-disposition:(.*?)\r?$", re.IGNORECASE | re.MULTILINE)
_PARAMETER = rb';\s*([^\s;="]+)\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;"]+)[ \t]*'
_PARAMETERS = re.compile(rb"[ \t]*[^\s;]+[ \t]*(?:" + _PARAMETER + rb")*")
_FILE = re.compile(rb'^content-disposition:.*[;\s]filename\*?\s*=\s*"?[^\s;"]', re.IGNORECASE | re.MULTILINE)
_END = b"--"


def received(stream: IO[bytes]) -> bytes | None:
    """Return a body that came in chunks, one byte beyond the limit at most; None is one that is broken."""
    try:
        return stream.read(BODY_BYTES + 1)
    except Exception:  # noqa: BLE001 - every server has errors of its own for it
        return None


def check_form(content_type: str, body: bytes) -> None:
    """Refuse a form with too many fields or files, or one that every framework would read in a way of its own.

    That is one that is cut off, has a part without a name, or holds bytes that had to be escaped; what is no form
    passes.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM:
        _check_fields(body)
    elif kind == PARTS:
        boundary = _BOUNDARY.search(content_type)
        if boundary is None:
            raise Refused(400)
        _check_parts(body, (boundary[1] or boundary[2]).encode())


def _check_fields(body: bytes) -> None:
    if not body.isascii():
        raise Refused(400)
    if sum(map(bool, body.split(b"&"))) > FIELDS:
        raise Refused(413)


def _check_parts(body: bytes, boundary: bytes) -> None:
    delimiter = re.compile(rb"\r\n--" + re.escape(boundary) + rb"(--|[ \t]*\r\n)")
    # What stands before the first delimiter, then each delimiter's end and what follows it.
    _, *found = delimiter.split(b"\r\n" + body)
    ends, parts = found[::2], found[1::2]
    if _END not in ends:
        raise Refused(400)
    heads = [part.partition(b"\r\n\r\n") for part in parts[: ends.index(_END)]]
    if not all(blank and _is_named(head) for head, blank, _ in heads):
        raise Refused(400)
    files = sum(_FILE.search(head) is not None for head, _, _ in heads)
    if files > FILES or len(heads) - files > FIELDS:
        raise Refused(413)


def _is_named(head: bytes) -> bool:
    dispositions = _DISPOSITION.findall(head)
    return bool(dispositions) and all(
        _PARAMETERS.fullmatch(each) and b"name" in map(bytes.lower, re.findall(_PARAMETER, each))
        for each in dispositions
    )
