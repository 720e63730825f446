"""A token that both sides know: who does not know it can neither give a worker work nor a master figures.

Locust's own messages carry no secret, so ours bring one along. The token itself never crosses the network: each side
shows that it knows it by a code over numbers that both have just drawn, and signs every message of the connection with
a key made from both. Nothing is encrypted.
"""

import hmac
import os
import secrets
import struct

from backing.problem import Problem
from loadtests.workers.crewing import TOKEN_VARIABLE

_LEAST = 16
_COUNT = struct.Struct("!Q")
_CODE_BYTES = 32
NONCE_BYTES = 16


class Forged(Exception):  # noqa: N818 - it is an outcome that is counted, not a fault of the program
    """A message that was not written by who knows the token, or that is said for the second time."""


def new_token() -> str:
    """Draw one."""
    return secrets.token_urlsafe(24)


def chosen_token() -> str:
    """Return the token that the environment holds, or a new one; raise `Problem` where it is too short to be secret."""
    token = os.environ.get(TOKEN_VARIABLE, "")
    if token and len(token) < _LEAST:
        raise Problem(
            f"{TOKEN_VARIABLE} has {len(token)} characters; give at least {_LEAST}, or none to have one drawn"
        )
    return token or new_token()


def new_nonce() -> bytes:
    """Draw a number that is used once."""
    return secrets.token_bytes(NONCE_BYTES)


def proof(token: str, who: str, *nonces: bytes) -> bytes:
    """Return what only somebody who knows the token can say to these numbers, as `who`."""
    return hmac.digest(token.encode(), b"\0".join((who.encode(), *nonces)), "sha256")


def proves(given: bytes, token: str, who: str, *nonces: bytes) -> bool:
    """Tell whether this is that proof."""
    return hmac.compare_digest(given, proof(token, who, *nonces))


class Seal:
    """Signs what one side says in one connection and reads what the other said; each message counts once."""

    def __init__(self, token: str, own: str, other: str, *nonces: bytes) -> None:
        key = proof(token, "session", *nonces)
        self._own, self._other = (hmac.digest(key, who.encode(), "sha256") for who in (own, other))
        self._sent = self._read = 0

    def sign(self, data: bytes) -> bytes:
        """Return the message that carries `data`."""
        self._sent += 1
        counted = _COUNT.pack(self._sent) + data
        return hmac.digest(self._own, counted, "sha256") + counted

    def read(self, message: bytes) -> bytes:
        """Return what a message carries; raise `Forged`."""
        code, counted = message[:_CODE_BYTES], message[_CODE_BYTES:]
        right = hmac.compare_digest(code, hmac.digest(self._other, counted, "sha256"))
        if not right or len(counted) < _COUNT.size or _COUNT.unpack_from(counted)[0] <= self._read:
            raise Forged
        (self._read,) = _COUNT.unpack_from(counted)
        return counted[_COUNT.size :]
