"""Machines for the tests: network namespaces, each with an address of its own on one bridge, and a cable to cut."""

import contextlib
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

IP = shutil.which("ip") or ""
_MOST_NAME = 15
_MADE = itertools.count()


@dataclass(frozen=True)
class Namespace:
    """One namespace; `cable` is its end on the bridge."""

    name: str
    cable: str

    def command(self, *words: str | Path) -> list[str | Path]:
        """Return what runs a program in it."""
        return [IP, "netns", "exec", self.name, *words]

    def cut(self) -> None:
        """Take the cable out."""
        _ip("link", "set", self.cable, "down")

    def mend(self) -> None:
        """Put it in again."""
        _ip("link", "set", self.cable, "up")


@dataclass(frozen=True)
class Network:
    """The bridge's own address, at which this machine is reached, and the namespaces on it."""

    address: str
    elsewhere: list[Namespace]


@contextlib.contextmanager
def network(count: int) -> Iterator[Network]:
    """Make a bridge with so many namespaces; skip where that cannot be done."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces are made by root only")
    if not IP:
        pytest.skip("network namespaces need the program `ip` (iproute2)")
    # What a network leaves behind may be there a little longer than the network.
    own = (os.getpid() * 8 + next(_MADE)) % 60_000
    prefix = f"10.{200 + own % 50}.{own // 50 % 250}"
    bridge = f"tl{own}"
    with contextlib.ExitStack() as stack:
        try:
            _ip("link", "add", bridge, "type", "bridge")
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no bridge can be made here: {error.stderr.strip()}")
        stack.callback(_ip, "link", "del", bridge)
        _ip("addr", "add", f"{prefix}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        yield Network(f"{prefix}.1", [_namespace(stack, bridge, f"{prefix}.{2 + place}") for place in range(count)])


def _namespace(stack: contextlib.ExitStack, bridge: str, address: str) -> Namespace:
    last = address.rsplit(".", 1)[1]
    name, cable, inner = f"{bridge}-{last}", f"{bridge}v{last}", f"{bridge}e{last}"
    assert len(cable) <= _MOST_NAME
    _ip("netns", "add", name)
    stack.callback(_ip, "netns", "del", name)
    _ip("link", "add", cable, "type", "veth", "peer", "name", inner, "netns", name)
    stack.callback(_ip, "link", "del", cable)
    _ip("link", "set", cable, "master", bridge, "up")
    _ip("-n", name, "addr", "add", f"{address}/24", "dev", inner)
    for device in ("lo", inner):
        _ip("-n", name, "link", "set", device, "up")
    return Namespace(name, cable)


def _ip(*words: str) -> None:
    subprocess.run([IP, *words], check=True, capture_output=True, text=True)
