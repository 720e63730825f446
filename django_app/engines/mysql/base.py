"""The engine; Django looks for it in a module of this name."""

from django.db.backends.mysql import base

from backing.driver import quiet
from django_app.engines import Looking


class DatabaseWrapper(Looking, base.DatabaseWrapper):
    """A connection of one thread."""

    def is_usable(self) -> bool:
        """Tell whether the connection is still open."""
        return self.connection.open and quiet(self.connection._sock.fileno())  # noqa: SLF001 - PyMySQL does not show it
