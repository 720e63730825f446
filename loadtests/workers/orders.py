"""What the master and its workers say to each other, encoded as MessagePack inside Locust's messages.

A worker and the master first show each other that they know the token (`Hello`, `Challenge`, `Answer`); from then on
every message is signed. A slice has two steps, so that no worker begins while another still prepares: all prepare, and
when the last one is ready all are told to go. No message holds a time of day: each side uses its own clock alone.
"""

import hashlib
import json
from collections.abc import Iterable

import msgspec

from loadtests.messages import Load, Member, Slice, Together

HELLO, ORDERS = "trilane-hello", "trilane"
"""The names of Locust's messages that carry the first three and all others."""
MASTER, WORKER = "master", "worker"


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """A worker is there; `pid` is its process, in `pids`, the name of what counts process ids there."""

    version: str
    nonce: bytes
    member: Member
    pid: int
    pids: str


class Challenge(msgspec.Struct, frozen=True, kw_only=True, tag="challenge"):
    """The master shows that it knows the token, and asks for the same."""

    nonce: bytes
    proof: bytes


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag="answer"):
    """The worker shows it."""

    proof: bytes


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag="refusal"):
    """The master does not want this worker; `why` is for a person."""

    why: str


Handshake = Hello | Challenge | Answer | Refusal


class Prepare(msgspec.Struct, frozen=True, kw_only=True, tag="prepare"):
    """Have users and connections ready for slice `number`; `Ready` or `Cannot` follows."""

    number: int
    load: Load | Together


class Go(msgspec.Struct, frozen=True, kw_only=True, tag="go"):
    """Begin; `Begun`, `Over` and `Report` follow, each as soon as it is true."""

    number: int


class Halt(msgspec.Struct, frozen=True, kw_only=True, tag="halt"):
    """End the slice at once; what there is of it is reported."""

    number: int


class Forget(msgspec.Struct, frozen=True, kw_only=True, tag="forget"):
    """Close the connections kept under `key`, or all; `Ready` follows."""

    number: int
    key: str | None


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """What was asked for under this number is prepared, or done."""

    number: int


class Cannot(msgspec.Struct, frozen=True, kw_only=True, tag="cannot"):
    """It cannot be done; `why` is for a person."""

    number: int
    why: str


class Begun(msgspec.Struct, frozen=True, kw_only=True, tag="begun"):
    """The load has begun just now."""

    number: int


class Over(msgspec.Struct, frozen=True, kw_only=True, tag="over"):
    """Nothing is in flight any more, just now."""

    number: int


class Report(msgspec.Struct, frozen=True, kw_only=True, tag="report"):
    """What the worker saw, a slice for each of its loads in their order; all times are of its own clock."""

    number: int
    slices: tuple[Slice, ...]


class Tick(msgspec.Struct, frozen=True, kw_only=True, tag="tick"):
    """The worker is still there."""


Order = Prepare | Go | Halt | Forget
Said = Ready | Cannot | Begun | Over | Report | Tick


class Numbered(msgspec.Struct, frozen=True):
    """What every order has, whatever else it holds."""

    number: int


def shape(types: Iterable[object]) -> str:
    """Return a text that is another one as soon as one of these messages holds anything else."""
    # A docstring changes nothing of what is said, but then it is another program all the same.
    known = json.dumps(msgspec.json.schema_components(types), sort_keys=True)
    return hashlib.sha256(known.encode()).hexdigest()[:12]


VERSION = f"1.{shape([Handshake, Order, Said])}"
"""What both sides have to say alike; its first number is of what messages mean where that changes alone."""
UNLIKE = "use the same Trilane on both"
