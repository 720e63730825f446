"""The load agent: `python -m loadtests.agent SOCKET` loads servers as it is told, slice after slice.

Importing Locust patches the interpreter and takes a second, so it happens once, here and not in the orchestrator.
The users are Locust's, spawned by its runner and kept: between slices each waits for the next piece of work. Their
connections are kept as well, by the key that the orchestrator gives.

Where several workers make the load, `loadtests.workers.master` stands in its place.
"""

import gc
import sys

import gevent
from gevent import socket
from locust.env import Environment

from backing.problem import Problem
from loadtests.load.frames import Stream
from loadtests.load.loader import Loader
from loadtests.load.slices import Running
from loadtests.load.users import CLASSES
from loadtests.messages import Close, Done, Failure, Load, Muster, Reply, Request, Slices, Stop, Together, Yardstick


class Agent:
    """Does what the orchestrator on the other side of the stream asks for."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._loader = Loader(Environment(user_classes=[*CLASSES]).create_local_runner())
        self._running: Running | None = None

    def serve(self) -> None:
        """Carry out requests until the orchestrator is gone."""
        while True:
            try:
                self._handle(self._stream.receive())
            except EOFError:
                return

    def _handle(self, request: Request) -> None:
        if isinstance(request, Stop):
            if self._running is not None:
                self._running.stop()
        elif self._running is not None:
            self._stream.send(Failure(message="a slice is running; stop it or wait for its end"))
        elif isinstance(request, Yardstick):
            self._stream.send(self._loader.measure(request))
        elif isinstance(request, Close):
            self._loader.close(request.key)
            self._stream.send(Done())
        elif isinstance(request, Muster):
            self._stream.send(Failure(message="this load agent makes the load itself; it has no workers"))
        else:
            self._begin(request)

    def _begin(self, request: Load | Together) -> None:
        try:
            self._running = Running(self._loader.crowds(request))
        except Problem as problem:
            self._stream.send(Failure(message=str(problem)))
            return
        gevent.spawn(self._run, self._running, together=isinstance(request, Together))

    def _run(self, running: Running, *, together: bool) -> None:
        try:
            slices = running.run()
            reply: Reply = Slices(slices=slices) if together else slices[0]
        except Exception as error:  # noqa: BLE001 - reported to the orchestrator, which raises it
            reply = Failure(message=f"the load agent failed: {type(error).__name__}: {error}")
        self._running = None
        self._stream.send(reply)


def main(path: str) -> None:
    """Connect to the orchestrator's socket at `path` and serve it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        agent = Agent(Stream(connection, Request))
        gc.collect()
        gc.freeze()
        agent.serve()


if __name__ == "__main__":
    main(sys.argv[1])
