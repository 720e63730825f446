"""A private upstream, run as a leashed child on a port of 127.0.0.1, or one that a person already has."""

import contextlib
import re
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from backing.leash import Leashed, bare_environment, leashed
from backing.postgres import Running
from backing.problem import Problem, end_of
from backing.upstream import PATH

_ROOT = Path(__file__).parent.parent
_READY_AFTER_S = 30.0
_ANSWER_TIMEOUT_S = 5.0
_LISTENING = re.compile(rb"^listening at (\S+)$", re.MULTILINE)


@contextlib.contextmanager
def upstream(
    folder: Path, *, log: Path, cores: Collection[int] | None = None, port: int = 0, host: str = "127.0.0.1"
) -> Iterator[Running]:
    """Run the service until the end of the block; `port` 0 takes a free one."""
    before = log.stat().st_size if log.exists() else 0
    with leashed(
        [sys.executable, "-m", "backing.upstream", "--host", host, "--port", str(port)],
        log=log,
        folder=folder,
        environment={**bare_environment(), "PYTHONPATH": str(_ROOT)},
        cores=cores,
        grouped=True,
    ) as server:
        yield Running(_wait_until_ready(server, log, before), server.pid, server.group)


def _wait_until_ready(server: Leashed, log: Path, before: int) -> str:
    """Return the URL that the program writes to its log when it listens; `before` is the log's length at its start."""
    deadline = time.monotonic() + _READY_AFTER_S
    while not (found := _LISTENING.search(log.read_bytes()[before:])):
        if server.poll() is not None:
            raise Problem(f"the upstream ended with code {server.poll()} as it started{end_of(log)}")
        if time.monotonic() > deadline:
            raise Problem(f"the upstream did not listen in {_READY_AFTER_S:.0f} s{end_of(log)}")
        time.sleep(0.01)
    return f"http://{found[1].decode()}"


def check_upstream(url: str) -> None:
    """Raise a problem unless the service that TRILANE_UPSTREAM_URL names answers as the private one does."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise Problem("TRILANE_UPSTREAM_URL is not a valid URL: write http://HOST:PORT")
    place = parts.netloc.rpartition("@")[2]
    try:
        status = httpx.get(f"{url.rstrip('/')}{PATH}?ms=0", timeout=_ANSWER_TIMEOUT_S, trust_env=False).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Problem(
            f"TRILANE_UPSTREAM_URL: the service at {place} does not answer: {error or type(error).__name__};"
            " start it, mend the URL, or unset the variable to use a private one"
        ) from None
    if status != httpx.codes.OK:
        raise Problem(
            f"TRILANE_UPSTREAM_URL: the service at {place} answers {status} to GET {PATH}?ms=0, not 200:"
            " run `python -m backing.upstream` there, or unset the variable to use a private one"
        )
