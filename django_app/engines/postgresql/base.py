"""The engine; Django looks for it in a module of this name."""

from typing import Any

from django.db.backends.postgresql import base

from backing.driver_postgres import is_open
from django_app.engines import Looking


class DatabaseWrapper(Looking, base.DatabaseWrapper):
    """A connection of one thread, or one that the pool lends for a request."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:  # noqa: ANN401 - the driver's own kind
        """Open a connection, or borrow one that is open."""
        connection = super().get_new_connection(conn_params)
        while not is_open(connection) and getattr(self, "pool", None):
            connection.close()
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection

    def is_usable(self) -> bool:
        """Tell whether the connection is still open."""
        return is_open(self.connection)
