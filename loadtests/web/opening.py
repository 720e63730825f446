"""Where the UI can be reached, and by whom: what a person typed, checked before anything is started."""

import ipaddress
import os
import re
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import urlsplit

import msgspec

from backing.password import UI_PASSWORD as PASSWORD
from backing.password import long_enough
from backing.problem import Problem
from loadtests.load.wire import Address
from loadtests.servers import elsewhere
from loadtests.web.settings import LOOPBACK

NAMES = "TRILANE_UI_HOSTS"
_OWN = (LOOPBACK, "localhost", "[::1]")


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """The address, the names by which browsers may call it, and the token that each request needs; empty: none.

    `made` says that nobody chose the token, so that it has to be told.
    """

    host: str
    port: int
    names: tuple[str, ...]
    token: str
    made: bool

    @property
    def reached(self) -> str:
        """Return the name by which this machine reaches it; what listens on every address is on loopback too."""
        return self.names[0]

    @property
    def url(self) -> str:
        """Return where a browser finds it."""
        return f"http://{self.reached}:{self.port}"

    @property
    def said(self) -> str:
        """Return what to tell a person about the token; empty where none is needed."""
        if not self.token:
            return ""
        password = self.token if self.made else f"that of {PASSWORD}"
        asks = f"it asks for a password, by any user name: {password}."
        if ipaddress.ip_address(self.host).is_loopback:
            return f"Only this machine can reach {self.host}, and {asks}"
        return (
            f"Others can reach {self.host}, so {asks} "
            "It is sent unencrypted: do not use it on a network that you do not trust."
        )


def opening(bind: str, port: int, environment: Mapping[str, str] = os.environ) -> Opening:
    """Read where to listen; an address that others can reach has a token: a person's, or a new one."""
    try:
        address = ipaddress.ip_address(bind)
    except ValueError:
        raise Problem(f"{bind}: give an IP address of this machine to listen on, such as 10.0.0.1") from None
    password = chosen_password(environment)
    made = not password and not address.is_loopback
    shown = [] if address.is_unspecified else [f"[{bind}]" if ":" in bind else bind]
    machine = [] if address.is_loopback else [socket.gethostname()]
    more = [name.strip() for name in environment.get(NAMES, "").split(",") if name.strip()]
    return Opening(
        host=bind,
        port=port,
        names=tuple(dict.fromkeys((*shown, *_OWN, *machine, *more))),
        token=password or (token_urlsafe(18) if made else ""),
        made=made,
    )


def chosen_password(environment: Mapping[str, str] = os.environ) -> str:
    """Return a person's password, empty where there is none; raise `Problem` where it is too short to be one."""
    return long_enough(_password(environment))


def _password(environment: Mapping[str, str]) -> str:
    """Return a person's password, from the variable or the file that another one names; empty where there is none."""
    if path := environment.get(f"{PASSWORD}_FILE"):
        try:
            found = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Problem(f"{PASSWORD}_FILE {path} cannot be read ({error.strerror}); name another file") from None
        except UnicodeDecodeError:
            raise Problem(f"{PASSWORD}_FILE {path} is no text in UTF-8; name another file") from None
        if not found:
            raise Problem(f"{PASSWORD}_FILE {path} is empty; write a password into it")
        return found
    return environment.get(PASSWORD, "")


def targets(typed: Sequence[str]) -> dict[str, str]:
    """Read LANE=URL of lanes that run elsewhere; raise `Problem` for what is none, or has a name that is not known."""
    found = elsewhere.targets(typed)
    for url in found.values():
        Address.of(url)
    return found


def hosts(typed: Sequence[str]) -> list[str]:
    """Read hosts that may be loaded besides the lanes; raise `Problem` for what is none."""
    for text in typed:
        if not _is_host(text):
            raise Problem(f"--allow-host {text}: write HOST or HOST:PORT, without http:// and without a path")
    return [text.lower() for text in typed]


def _is_host(text: str) -> bool:
    """Tell whether it is a host, with or without a port, and nothing else."""
    try:
        found = urlsplit(f"http://{text}")
        return found.netloc == text and bool(found.hostname) and not re.search(r"[@\s]", text) and found.port != 0
    except ValueError:
        return False
