"""The id under which one request can be found again, in every app and in the caller's own log."""

import os

from contract.parameters import is_token


def request_id(sent: str | None) -> str:
    """Return the caller's id where it is a token, else a new one of 16 hexadecimal digits."""
    return sent if sent is not None and is_token(sent) else os.urandom(8).hex()
