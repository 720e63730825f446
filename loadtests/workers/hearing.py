"""The worker's end of Locust's RPC: whoever answers at the master's address, only what is needed is heard.

Locust's worker obeys anybody there: it would load what it is told, set attributes and run listeners. Of Locust's own
messages three are left, which say who is there and who leaves; all else has to be signed.
"""

import sys
from itertools import count

from locust import __version__
from locust.exception import RPCError
from locust.rpc import Message, rpc
from locust.runners import WorkerRunner

from backing.problem import Problem
from loadtests.servers.ports import shown
from loadtests.workers.orders import HELLO, ORDERS

LOCUSTS = frozenset({"ack", "heartbeat", "quit"})
_OURS = frozenset({HELLO, ORDERS})
SAYS_HELLO_S = 6.0
"""Who has said nothing of ours for so long is a worker, or a master, of Locust's own protocol alone."""
_SAY_S = 10.0
_GIVE_UP_S = 300.0


class NoMaster(Problem):
    """Nobody answered where the master should be."""


class Careful(rpc.Client):
    """Locust's socket; what no master of Locust's would send is an error that the worker survives."""

    def recv(self) -> Message:
        """Return the next message; raise `RPCError`, and nothing else."""
        try:
            return super().recv()  # type: ignore[no-any-return, no-untyped-call]
        except RPCError:
            raise
        except Exception as error:
            raise RPCError(f"malformed message ({type(error).__name__})") from error


class GuardedWorker(WorkerRunner):
    """Locust's worker that hears nothing but what it needs, whoever speaks."""

    def handle_message(self, msg: Message) -> None:
        """Hand a message on; what is malformed is dropped, since anybody can send it."""
        if not is_heard(msg, LOCUSTS):
            return
        try:
            super().handle_message(msg)
        except Exception as error:  # noqa: BLE001 - a stranger's message must not end the worker
            sys.stderr.write(f"trilane worker: a message was not understood: {type(error).__name__}\n")

    def connect_to_master(self) -> None:
        """Wait until something answers as a master does; say now and then that nothing has, and at last give up."""
        where = shown(self.master_host, self.master_port)
        for turn in count(1):
            self.client.send(Message("client_ready", __version__, self.client_id))  # type: ignore[no-untyped-call]
            if self.connection_event.wait(_SAY_S):
                self.connected = True
                return
            if turn * _SAY_S >= _GIVE_UP_S:
                raise NoMaster(f"nothing answered at {where} for {_GIVE_UP_S / 60:.0f} minutes; see that the run waits")
            sys.stderr.write(f"trilane worker: nothing answers at {where} yet ({turn * _SAY_S:.0f} s)\n")
            sys.stderr.flush()


def is_heard(msg: Message, locusts: frozenset[str]) -> bool:
    """Tell whether a message is one of these of Locust's, or one of ours in its right form."""
    if not isinstance(msg.type, str):
        return False
    return isinstance(msg.data, bytes) if msg.type in _OURS else msg.type in locusts
