"""Who makes the load: what a person asked for, and where the workers find their master."""

import ipaddress
import re
import socket
from typing import Literal

import msgspec

from backing.problem import Problem
from loadtests.servers.ports import shown

LOOPBACK = "127.0.0.1"
PORT = 5557
"""Where workers of other machines connect unless a person says otherwise: Locust's own port."""
MOST_WORKERS = 1_000
_LAST_PORT = 65_535
TURNED_AWAY = 2
"""The exit code of a worker that nobody wanted."""
TOKEN_VARIABLE = "TRILANE_TOKEN"  # noqa: S105 - the name of a variable, not what it holds

LOST = ("stop", "go-on")
OnLoss = Literal["stop", "go-on"]


class Crewing(msgspec.Struct, frozen=True, kw_only=True):
    """How many workers make the load, and where they connect.

    They are `expected` from other machines, or else started here. `host` is the address of this machine at which they
    reach it, `port` 0 any free one. `on_loss` says what a run does when one of them is lost: it ends, or goes on with
    those that are left.
    """

    workers: int
    expected: bool = False
    host: str = LOOPBACK
    port: int = 0
    on_loss: OnLoss = "stop"

    @property
    def address(self) -> str:
        """Return where the workers connect."""
        return shown(self.host, self.port)


def crewing(
    *,
    workers: str | None,
    expect_workers: str | None,
    bind: str | None,
    lost_workers: str | None,
    option: str = "--bind",
) -> Crewing | None:
    """Read what was typed, None where nothing was; raise `Problem` that names the option and what is allowed.

    `option` is the one that gave `bind`.
    """
    if workers is None and expect_workers is None:
        for name, given in ((option, bind), ("--lost-workers", lost_workers)):
            if given is not None:
                raise Problem(f"{name} {given}: this is about workers; add --workers N or --expect-workers N")
        return None
    if workers is not None and expect_workers is not None:
        raise Problem("--workers starts them here and --expect-workers waits for others: give one of the two")
    if lost_workers not in {None, *LOST}:
        raise Problem(f"--lost-workers {lost_workers}: there is no such way; use one of {', '.join(LOST)}")
    on_loss: OnLoss = "go-on" if lost_workers == "go-on" else "stop"
    if workers is not None:
        if bind is not None:
            raise Problem(f"{option} is for workers of other machines; those of --workers use the loopback address")
        return Crewing(workers=_count("--workers", workers), on_loss=on_loss)
    host, port = address(option, bind or LOOPBACK, PORT)
    count = _count("--expect-workers", expect_workers or "")
    return Crewing(workers=count, expected=True, host=own_address(option, host), port=port, on_loss=on_loss)


def _count(option: str, text: str) -> int:
    if not text.strip().isascii() or not text.strip().isdigit() or not 1 <= int(text[:20]) <= MOST_WORKERS:
        raise Problem(f"{option} {text}: give a whole number from 1 to {MOST_WORKERS}")
    return int(text)


_PLACE = re.compile(r"(?:\[(?P<ipv6>[^]]+)\]|(?P<host>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?")


def address(option: str, text: str, port: int) -> tuple[str, int]:
    """Read HOST or HOST:PORT, an IPv6 address in brackets where a port follows; `port` where none is given."""
    if _is_ipv6(text):
        return text, port
    found = _PLACE.fullmatch(text)
    number = int(found["port"] or port) if found else 0
    if found is None or not 1 <= number <= _LAST_PORT or (found["ipv6"] and not _is_ipv6(found["ipv6"])):
        raise Problem(f"{option} {text or '(empty)'}: give HOST or HOST:PORT, with a port from 1 to {_LAST_PORT}")
    return found["ipv6"] or found["host"], number


def reachable(option: str, host: str, port: int) -> tuple[str, int]:
    """Return both; raise `Problem` where the name is not known here, since nothing would ever answer."""
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Problem(f"{option} {host}: there is no such host ({error.strerror}); give one that is") from None
    return host, port


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6  # noqa: PLR2004 - the version's own number
    except ValueError:
        return False


def own_address(option: str, host: str) -> str:
    """Return the IP address; raise `Problem` where it is a name or stands for all addresses of this machine."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        raise Problem(f"{option} {host or '(empty)'}: give an IP address of this machine, such as 10.0.0.1") from None
    if found.is_unspecified:
        raise Problem(f"{option} {host}: workers need one address at which they reach this machine, not all of them")
    return str(found)
