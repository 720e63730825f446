"""Ports for servers: free ones that nobody can take before the server does, or a given one that must be free."""

import errno
import socket
import sys

from backing.problem import Problem


class Port:
    """A port held for a server that is starting.

    On Linux the port stays bound, with address reuse, until `release`: the server, which asks for reuse as all of them
    do, can bind it too, while nobody is handed it as a free port or uses it for an outgoing connection. Elsewhere that
    is not possible, so the port is only found free. `instead` is what a person may choose where it is not.
    """

    def __init__(self, host: str, number: int = 0, *, instead: str = "another one, or 0 for any free port") -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if number:  # what a closed server left in TIME_WAIT does not keep the next one from the same port
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, number))
        except OSError as error:
            self._socket.close()
            if error.errno == errno.EADDRNOTAVAIL:
                raise Problem(f"{host} is no address of this machine; give one of its own, as 127.0.0.1 is") from None
            raise Problem(f"port {number} on {host} cannot be used: {error.strerror}; choose {instead}") from None
        self.number: int = self._socket.getsockname()[1]
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform != "linux":
            self._socket.close()

    def release(self) -> None:
        """Leave the port to the server."""
        self._socket.close()


def shown(host: str, port: int) -> str:
    """Return HOST:PORT as it stands in a URL, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
