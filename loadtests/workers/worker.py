"""A worker: `python -m loadtests.workers.worker HOST PORT` makes load as its master tells it, as Locust's worker.

The token comes from the environment. It ends with its master; with 2 where it was turned away, or what answers is no
master of `trilane compare`; and with 3 where its master is not heard, so that no worker goes on loading for nobody.
"""

import gc
import logging
import os
import sys
import time
from typing import Any, NoReturn

import gevent
import msgspec
from gevent.event import Event
from locust import runners
from locust.env import Environment
from locust.rpc import Message, rpc

from backing.problem import Problem
from loadtests.load.loader import Loader
from loadtests.load.slices import Running
from loadtests.load.users import SliceUser
from loadtests.servers.ports import shown
from loadtests.workers import machine
from loadtests.workers.crewing import TOKEN_VARIABLE, TURNED_AWAY
from loadtests.workers.hearing import SAYS_HELLO_S, Careful, GuardedWorker, NoMaster
from loadtests.workers.orders import (
    HELLO,
    MASTER,
    ORDERS,
    VERSION,
    WORKER,
    Answer,
    Begun,
    Cannot,
    Challenge,
    Forget,
    Go,
    Halt,
    Handshake,
    Hello,
    Numbered,
    Order,
    Over,
    Prepare,
    Ready,
    Refusal,
    Report,
    Said,
    Tick,
)
from loadtests.workers.secret import Forged, Seal, new_nonce, proof, proves

_TICK_S = 0.2
# Locust's master answers a heartbeat each second.
_MASTER_SILENT_S = SAYS_HELLO_S
_SEND_S = 0.2
_ALONE = 3

_handshakes = msgspec.msgpack.Decoder(Handshake)
_orders = msgspec.msgpack.Decoder(Order)
_numbers = msgspec.msgpack.Decoder(Numbered)


class Worker:
    """Takes orders from the master and says what becomes of them."""

    def __init__(self, runner: GuardedWorker, token: str) -> None:
        self._runner = runner
        self._token = token
        self._nonce = new_nonce()
        self._seal: Seal | None = None
        self._loader = Loader(runner)
        self._prepared: tuple[int, Running] | None = None
        self._asked_s = self._heard_s = time.monotonic()
        self._over = Event()
        self._code = 0

    def work(self) -> int:
        """Say hello, do what is asked until the master is gone, and return the exit code."""
        self._runner.register_message(HELLO, self._greeted)
        self._runner.register_message(ORDERS, self._told)
        self._runner.environment.events.heartbeat_received.add_listener(self._beat)  # type: ignore[no-untyped-call]
        gevent.spawn(self._watch)
        gevent.spawn(self._wait_for_the_end)
        hello = Hello(version=VERSION, nonce=self._nonce, member=machine.member(), pid=os.getpid(), pids=machine.pids())
        self._send(HELLO, msgspec.msgpack.encode(hello))
        self._over.wait()
        return self._code

    def _end(self, code: int, why: str) -> None:
        sys.stderr.write(f"trilane worker: {why}\n")
        if self._prepared is not None:
            self._prepared[1].stop()
        self._code = code
        self._over.set()

    def _wait_for_the_end(self) -> None:
        """Wait until Locust's runner leaves, as it does when the master says so."""
        self._runner.greenlet.join()
        self._end(0, "its master ended")

    def _beat(self, **_: Any) -> None:  # noqa: ANN401 - what Locust says of a heartbeat
        self._heard_s = time.monotonic()

    def _watch(self) -> NoReturn:
        """Say all the time that this worker is there, and leave when its master is not."""
        while True:
            gevent.sleep(_TICK_S)
            self._say(Tick())
            if time.monotonic() - self._heard_s > _MASTER_SILENT_S:
                self._end(_ALONE, f"its master was not heard for {_MASTER_SILENT_S:.0f} s")
            elif self._seal is None and time.monotonic() - self._asked_s > _MASTER_SILENT_S:
                self._leave_a_stranger()

    def _leave_a_stranger(self) -> None:
        """Say goodbye to what never asked for the token: a master of Locust's own counts this worker among its own."""
        self._runner.send_message("quit")
        gevent.sleep(_SEND_S)
        where = shown(self._runner.master_host, self._runner.master_port)
        self._end(TURNED_AWAY, f"what answers at {where} is no master of `trilane compare`; did you mean --ui?")

    def _greeted(self, msg: Message, **_: Any) -> None:  # noqa: ANN401 - Locust hands its environment on
        said = _read(msg.data)
        if isinstance(said, Refusal):
            self._end(TURNED_AWAY, said.why)
        elif isinstance(said, Challenge):
            if not proves(said.proof, self._token, MASTER, self._nonce, said.nonce):
                self._end(TURNED_AWAY, f"what answers there does not know the token in {TOKEN_VARIABLE}")
                return
            self._seal = Seal(self._token, WORKER, MASTER, self._nonce, said.nonce)
            answer = Answer(proof=proof(self._token, WORKER, self._nonce, said.nonce))
            self._send(HELLO, msgspec.msgpack.encode(answer))

    def _told(self, msg: Message, **_: Any) -> None:  # noqa: ANN401 - as above
        if self._seal is None:
            return
        try:
            data = self._seal.read(msg.data)
        except Forged:
            return
        self._heard_s = time.monotonic()
        number = _numbers.decode(data).number
        try:
            self._carry_out(_orders.decode(data))
        except Problem as problem:
            self._say(Cannot(number=number, why=str(problem)))
        except Exception as error:  # noqa: BLE001 - reported to the master, which waits for an answer
            self._say(Cannot(number=number, why=_failure(error)))

    def _carry_out(self, order: Order) -> None:
        if isinstance(order, Prepare):
            self._prepare(order)
        elif isinstance(order, Forget):
            self._loader.close(order.key)
            self._say(Ready(number=order.number))
        elif self._prepared is not None and self._prepared[0] == order.number:
            if isinstance(order, Halt):
                self._prepared[1].stop()
            elif isinstance(order, Go):
                gevent.spawn(self._run, *self._prepared)

    def _prepare(self, order: Prepare) -> None:
        number = order.number
        running = Running(
            self._loader.crowds(order.load),
            begun=lambda: self._say(Begun(number=number)),
            over=lambda: self._say(Over(number=number)),
        )
        self._prepared = (number, running)
        self._say(Ready(number=number))

    def _run(self, number: int, running: Running) -> None:
        try:
            said: Said = Report(number=number, slices=running.run())
        except Exception as error:  # noqa: BLE001 - reported to the master, which tells it
            said = Cannot(number=number, why=_failure(error))
        self._prepared = None
        self._say(said)

    def _say(self, said: Said) -> None:
        if self._seal is not None:
            self._send(ORDERS, self._seal.sign(msgspec.msgpack.encode(said)))

    def _send(self, kind: str, data: bytes) -> None:
        self._runner.send_message(kind, data)  # type: ignore[arg-type]  # Locust sends whatever MessagePack can hold


def _failure(error: Exception) -> str:
    return f"a worker failed: {type(error).__name__}: {error}; this is a defect, please report it"


def _read(data: bytes) -> Handshake | None:
    """Return what is said before anybody is known, None where it is nothing: anybody can send it."""
    try:
        said: Handshake = _handshakes.decode(data)
    except msgspec.MsgspecError:
        return None
    return said


def main(host: str, port: int) -> int:
    """Connect to the master at `host` and `port`, and work for it; return the exit code."""
    logging.basicConfig(level=logging.WARNING)
    # Its own log is no part of what the master is told.
    runners.WORKER_LOG_REPORT_INTERVAL = -1
    sys.stderr.write(f"trilane worker: looking for its master at {shown(host, port)}\n")
    # Locust looks its socket up in this module whenever it opens one.
    rpc.Client = Careful  # type: ignore[misc]
    environment = Environment(user_classes=[SliceUser])
    try:
        environment.runner = runner = GuardedWorker(environment, host, port)
    except NoMaster as problem:
        sys.stderr.write(f"trilane worker: {problem}\n")
        return _ALONE
    worker = Worker(runner, os.environ.get(TOKEN_VARIABLE, ""))
    gc.collect()
    gc.freeze()
    return worker.work()


if __name__ == "__main__":
    code = main(sys.argv[1], int(sys.argv[2]))
    sys.stderr.flush()
    # A message that a lost master will never fetch would keep the process for ever.
    os._exit(code)
