"""Django's own engines, except that they look at a connection's socket before they use it.

A connection that the server ended is replaced unnoticed by that, as it is in the other apps. Django's own check asks
the server, which would be a round trip more for each request.
"""

from typing import Any

import django


class Looking:
    """What both engines have: `is_usable` looks, and asks nobody."""

    if django.VERSION < (4, 1):
        # It has no CONN_HEALTH_CHECKS, which ask `is_usable` once in a request, so it is asked with each query.

        def cursor(self) -> Any:  # noqa: ANN401 - Django has no types
            """Give a cursor on a connection that is open."""
            self._close_unusable()
            return super().cursor()  # type: ignore[misc]

        def set_autocommit(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as inherited
            """Begin or end a transaction on a connection that is open."""
            self._close_unusable()
            super().set_autocommit(*arguments, **options)  # type: ignore[misc]

    def _close_unusable(self: Any) -> None:
        # In a transaction nothing may be replaced: what was written before is lost with the connection.
        if self.connection is not None and not self.in_atomic_block and not self.is_usable():
            self.close()
