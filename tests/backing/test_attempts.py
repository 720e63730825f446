"""What an attempt to reach a silent database has opened is closed with it, not when the collector comes by."""

import asyncio
import gc
import socket
from collections.abc import Callable, Iterator

import psycopg
import pytest

from backing.driver_postgres import AsyncConnection, Connection


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that lets everybody connect and says nothing; the collector of cycles is off meanwhile."""
    gc.disable()
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server
    gc.enable()


def connect(url: str) -> None:
    Connection.connect(url, connect_timeout=2)


def connect_async(url: str) -> None:
    asyncio.run(AsyncConnection.connect(url, connect_timeout=2))


@pytest.mark.parametrize("attempt", [connect, connect_async])
def test_an_attempt_that_times_out_leaves_no_connection_open(
    attempt: Callable[[str], None], silent: socket.socket
) -> None:
    url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/nothing?sslmode=disable&gssencmode=disable"
    with pytest.raises(psycopg.OperationalError, match="timeout"):
        attempt(url)
    plug, _ = silent.accept()
    with plug:
        plug.settimeout(5)
        assert b"".join(iter(lambda: plug.recv(4096), b""))
