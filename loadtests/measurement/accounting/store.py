"""How many commands Valkey carried out, counted by itself."""

import contextlib
from collections.abc import Iterator
from typing import Any

from valkey import Valkey
from valkey.exceptions import ValkeyError


class Commands:
    """Asks a Valkey for its count, through one connection."""

    def __init__(self, client: Valkey) -> None:
        self._client = client
        self._asked = 0

    @classmethod
    @contextlib.contextmanager
    def counted(cls, url: str) -> Iterator["Commands"]:
        """Count until the end of the block."""
        with Valkey.from_url(url, socket_timeout=5) as client:
            yield cls(client)

    def so_far(self) -> int | None:
        """Return how many commands others sent since the server began; None when it does not answer."""
        try:
            stats: Any = self._client.info("stats")
            processed = int(stats["total_commands_processed"])
        except (ValkeyError, KeyError):
            return None
        # Its figure does not hold the question just asked, but all those before.
        self._asked += 1
        return processed - (self._asked - 1)
