"""The master's end of Locust's RPC: strangers are kept out, and what workers say waits to be read."""

import logging
import math
import time
from collections.abc import Collection, Mapping
from typing import Any

import gevent
import msgspec
from gevent.event import Event
from gevent.lock import RLock
from locust.env import Environment
from locust.exception import RPCError, RPCReceiveError
from locust.rpc import Message, rpc
from locust.runners import MasterRunner

from backing.problem import Problem
from loadtests.workers.astray import UI_WORKER
from loadtests.workers.hearing import SAYS_HELLO_S, is_heard
from loadtests.workers.orders import HELLO, ORDERS, UNLIKE, Answer, Handshake, Hello, Order, Refusal, Said, Tick
from loadtests.workers.roll import Roll

_log = logging.getLogger(__name__)
_LOOK_S = 0.05
_SEND_S = 0.2
# What is Locust's own and needed: who is there, and who leaves. Its other messages would let anybody change the run.
_LOCUSTS = frozenset({"client_ready", "heartbeat", "quit"})

Mail = Mapping[str, tuple[Said, int]]
"""What workers said, and when that was read here, by Locust's name for each."""

_handshakes = msgspec.msgpack.Decoder(Handshake)
_said = msgspec.msgpack.Decoder(Said)


class Careful(rpc.Server):
    """Locust's socket; what no worker of Locust's would send is an error of who sent it, not of the listener."""

    def recv_from_client(self) -> tuple[str, Message]:
        """Return the next message and who sent it; raise `RPCError`, and nothing else."""
        try:
            return super().recv_from_client()  # type: ignore[no-any-return, no-untyped-call]
        except (RPCError, RPCReceiveError):
            raise
        except Exception as error:
            raise RPCReceiveError(f"malformed message ({type(error).__name__})") from error


class Guarded(MasterRunner):
    """Locust's master that hears nothing but what it needs, whoever speaks."""

    def handle_message(self, client_id: str, msg: Message) -> None:
        """Hand a message on; what is malformed is dropped, since anybody can send it."""
        if not is_heard(msg, _LOCUSTS) or msg.node_id != client_id:
            return
        try:
            super().handle_message(client_id, msg)
        except Exception as error:  # noqa: BLE001 - a stranger's message must not end the run
            _log.warning("a message from %s was not understood: %s", client_id, type(error).__name__)


class OneMissing(Exception):  # noqa: N818 - it is an outcome, not a fault of the program
    """A worker that is waited for was lost."""


class Post:
    """Sends orders to workers and waits for what they say."""

    def __init__(self, host: str, port: int, roll: Roll) -> None:
        self._roll = roll
        self._mail: dict[tuple[str, type, int], tuple[Said, int]] = {}
        self._came = Event()
        self._came_s: dict[str, float] = {}
        self._sending = RLock()
        # Locust looks its socket up in this module whenever it opens one.
        rpc.Server = Careful  # type: ignore[misc]
        environment = Environment(user_classes=[])
        self._master = environment.runner = Guarded(environment, host, port)
        self._master.register_message(HELLO, self._greet)
        self._master.register_message(ORDERS, self._hear)
        gevent.spawn(self._look)

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self._master.server.port)

    def tell(self, name: str, order: Order) -> None:
        """Give a worker an order."""
        with self._sending:
            self._send(name, ORDERS, self._roll.sign(name, msgspec.msgpack.encode(order)))

    def wait(self, names: Collection[str], number: int, *kinds: type, within_s: float = math.inf) -> Mail:
        """Return what each says of these kinds under this number; raise `OneMissing` when one is lost before.

        Raise `Problem` where one is there and says nothing of it for so long.
        """
        until_s = time.monotonic() + within_s
        while True:
            self._came.clear()
            found = {name: said for name in names if (said := self._from(name, number, kinds)) is not None}
            if len(found) == len(names):
                return found
            if self._roll.has_lost(set(names) - found.keys()):
                raise OneMissing
            if time.monotonic() > until_s:
                raise self._silent(set(names) - found.keys(), within_s)
            self._came.wait(_LOOK_S)

    def _silent(self, names: Collection[str], within_s: float) -> Problem:
        present = self._roll.present()
        who = ", ".join(sorted(present[name].name for name in names if name in present))
        return Problem(f"no answer within {within_s:.0f} s from {who}; see what it printed, and start it again")

    def dismiss(self) -> None:
        """Let all workers go."""
        self._master.send_message("quit")
        gevent.sleep(_SEND_S)

    def clear(self) -> None:
        """Forget what was said so far."""
        self._mail.clear()

    def _from(self, name: str, number: int, kinds: tuple[type, ...]) -> tuple[Said, int] | None:
        return next((said for kind in kinds if (said := self._mail.get((name, kind, number))) is not None), None)

    def _send(self, name: str, kind: str, data: bytes) -> None:
        self._master.server.send_to_client(Message(kind, data, name))  # type: ignore[no-untyped-call]

    def _greet(self, msg: Message, **_: Any) -> None:  # noqa: ANN401 - Locust hands its environment on
        answer = self._answer(msg.node_id, msg.data)
        if isinstance(answer, Refusal):
            self._turn_away(msg.node_id, answer)
        elif answer is not None:
            self._send(msg.node_id, HELLO, msgspec.msgpack.encode(answer))

    def _turn_away(self, name: str, refusal: Refusal) -> None:
        _log.warning("%s was turned away: %s", name, refusal.why)
        self._send(name, HELLO, msgspec.msgpack.encode(refusal))

    def _answer(self, name: str, data: bytes) -> Handshake | None:
        try:
            said = _handshakes.decode(data)
        except msgspec.MsgspecError:
            return self._roll.refuse(name, f"its master does not understand it: {UNLIKE}")
        if isinstance(said, Hello):
            return self._roll.hello(name, said)
        return self._roll.enrol(name, said) if isinstance(said, Answer) else None

    def _hear(self, msg: Message, **_: Any) -> None:  # noqa: ANN401 - as above
        at_ns = time.monotonic_ns()
        data = self._roll.read(msg.node_id, msg.data)
        if data is not None and not isinstance(said := _said.decode(data), Tick):
            self._mail[msg.node_id, type(said), said.number] = (said, at_ns)
            self._came.set()

    def _look(self) -> None:
        while True:
            gevent.sleep(_LOOK_S)
            self._roll.look()
            for name in [*self._master.clients]:
                since_s = self._came_s.setdefault(name, time.monotonic())
                if time.monotonic() - since_s > SAYS_HELLO_S and not self._roll.is_known(name):
                    self._turn_away(name, self._roll.refuse(name, UI_WORKER))
