"""Locust's own master and workers, for its web UI: the same processes, addresses and defaults as for `compare`.

What they say to each other carries no token: Locust has none.
"""

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from backing import leash
from loadtests.servers.ports import Port
from loadtests.servers.stacks import ROOT
from loadtests.workers.crewing import Crewing
from loadtests.workers.several import several

LOCUSTFILE = ROOT / "loadtests" / "locustfile.py"


def settled(crewing: Crewing) -> Crewing:
    """Return the same with a port that is free now, in the place of any."""
    held = Port(crewing.host, crewing.port, instead="another one")
    held.release()
    return msgspec.structs.replace(crewing, port=held.number)


def arguments(crewing: Crewing | None) -> list[str]:
    """Return what makes `locust` the master of these workers: nothing where it makes the load itself."""
    if crewing is None:
        return []
    workers = str(crewing.workers)
    where = ["--master-bind-host", crewing.host, "--master-bind-port", str(crewing.port)]
    return ["--master", *where, "--expect-workers", workers]


def started(
    count: int,
    host: str,
    port: int,
    *,
    cores: frozenset[int] | None,
    log: Path,
    environment: Mapping[str, str] = os.environ,
    more: Sequence[str] = (),
) -> contextlib.AbstractContextManager[list[leash.Leashed]]:
    """Start so many of Locust's workers for the master at `host` and `port`; they end with the block.

    Each has a core of its own as far as there are any; `more` are further arguments.
    """
    master = ["--master-host", host, "--master-port", str(port)]
    command: list[str | Path] = [sys.executable, "-m", "locust", "-f", LOCUSTFILE, "--worker", *master, *more]
    return several(count, command, cores=cores, log=log, environment=environment)
