"""A worker of the web UI at a master of `trilane compare`: it is told so, where it would wait for ever."""

import sys
from typing import Any

import msgspec
from locust.rpc import Message
from locust.runners import WorkerRunner

from loadtests.workers.crewing import TURNED_AWAY
from loadtests.workers.orders import HELLO, Refusal

UI_WORKER = "its master is one of `trilane compare`, and it is a worker of the web UI: leave out --ui"

_refusals = msgspec.msgpack.Decoder(Refusal)


def heed(runner: WorkerRunner) -> None:
    """Let the worker say why it was turned away, and end."""

    def turned_away(msg: Message, **_: Any) -> None:  # noqa: ANN401 - Locust hands its environment on
        try:
            why = _refusals.decode(msg.data).why
        except msgspec.MsgspecError:
            return
        sys.stderr.write(f"trilane worker: {why}\n")
        sys.stderr.flush()
        runner.environment.process_exit_code = TURNED_AWAY
        runner.greenlet.kill(block=False)

    runner.register_message(HELLO, turned_away)
