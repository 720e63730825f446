"""The program that callgrind watches: it sends requests to an app inside its own process, in runs of known length.

It runs by the lane's interpreter with an older or newer copy of the project on its path, so it uses nothing but the
standard library, gevent for the lanes of greenlets, and uvloop for those of an event loop. `os.ctermid` does nothing
of note and nobody else calls it: callgrind writes down what was counted each time it is entered.
"""

import asyncio
import gc
import importlib
import json
import os
import platform
import random
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from io import BytesIO
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Headers = list[tuple[str, str]]
WsgiApp = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]
AsgiApp = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
SEED = 1
# Sizes that the interpreter's allocator keeps apart, in bytes; how many of each an app would not notice.
_SIZES = range(1, 512, 16)
_MOST_HELD = 40


class Seen:
    """The answers so far: their statuses and the lengths of their bodies."""

    def __init__(self) -> None:
        self.answers: dict[tuple[int, int], int] = {}
        self.status = 0
        self.length = 0

    def start(self, status: str, _: Headers, __: object = None) -> Callable[[bytes], object]:
        """Take status and headers of a WSGI answer."""
        self.status = int(status[:3])
        self.length = 0
        return self._write

    def _write(self, part: bytes) -> None:
        self.length += len(part)

    async def send(self, message: Message) -> None:
        """Take one message of an ASGI answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.length = 0
        else:
            self.length += len(message.get("body", b""))

    def end(self) -> None:
        """Note the answer that is now complete."""
        answer = (self.status, self.length)
        self.answers[answer] = self.answers.get(answer, 0) + 1


def null_wsgi(_: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer at once: what is counted with this app is the driver's own share."""
    start_response("200 OK", [("Content-Length", "2")])
    return [b"{}"]


async def null_asgi(
    _: Message, __: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answer at once: what is counted with this app is the driver's own share."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


def environ(path: str, query: str) -> dict[str, Any]:
    """Return what a WSGI server passes on for a GET request."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "RAW_URI": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "40000",
        "HTTP_HOST": "127.0.0.1:8000",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }


def scope(path: str, query: str) -> Message:
    """Return what an ASGI server passes on for a GET request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1:8000")],
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


class Runs:
    """The runs of one process: which were made, in the order in which callgrind wrote down their counts.

    Each run ends with a full garbage collection, inside what is counted: a collection that came by itself would hit
    one run and miss the next. What the app keeps from before is frozen, so that only what the requests left is looked
    at.
    """

    def __init__(self, lengths: list[int], repeats: int) -> None:
        self.lengths = lengths
        self.repeats = repeats

    def each(self) -> Iterable[int]:
        """Yield the number of requests of each run: one run to warm up, then every length several times."""
        yield self.lengths[-1]
        gc.collect()
        gc.freeze()
        gc.disable()
        for length in (self.lengths[0], *self.lengths * self.repeats):
            random.seed(SEED)
            yield length
            gc.collect()
            os.ctermid()
        gc.enable()
        gc.unfreeze()


def run_wsgi(app: WsgiApp, targets: dict[str, str], runs: Runs) -> dict[str, Seen]:
    """Make the runs of every target, one after another."""
    found = {}
    for name, target in targets.items():
        path, _, query = target.partition("?")
        called = null_wsgi if name == "driver" else app
        seen = found[name] = Seen()
        for length in runs.each():
            for _ in range(length):
                body = called(environ(path, query), seen.start)
                try:
                    seen.length += sum(map(len, body))
                finally:
                    if hasattr(body, "close"):
                        body.close()
                seen.end()
    return found


async def run_asgi(app: AsgiApp, targets: dict[str, str], runs: Runs) -> dict[str, Seen]:
    """Make the runs of every target, one after another, each request in a task of its own as servers do."""
    found = {}
    for name, target in targets.items():
        path, _, query = target.partition("?")
        called = null_asgi if name == "driver" else app
        seen = found[name] = Seen()
        for length in runs.each():
            for _ in range(length):
                await asyncio.create_task(_one(called, scope(path, query), seen))
                seen.end()
    return found


async def _one(app: AsgiApp, scope: Message, seen: Seen) -> None:
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            # A client that waits for its answer: nothing more comes from it.
            await asyncio.get_running_loop().create_future()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    await app(scope, receive, seen.send)


async def lifespan(app: AsgiApp, targets: dict[str, str], runs: Runs) -> dict[str, Seen]:
    """Make the runs between the app's start and its end."""
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    from_app: asyncio.Queue[Message] = asyncio.Queue()
    await to_app.put({"type": "lifespan.startup"})
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    task = asyncio.ensure_future(app(scope, to_app.get, from_app.put))
    answer = asyncio.ensure_future(from_app.get())
    await asyncio.wait({task, answer}, return_when=asyncio.FIRST_COMPLETED)
    if not answer.done() or answer.result()["type"] != "lifespan.startup.complete":
        raise SystemExit(f"the app did not start: {answer.result() if answer.done() else task}")
    os.ctermid()
    found = await run_asgi(app, targets, runs)
    await to_app.put({"type": "lifespan.shutdown"})
    await task
    return found


def displaced(layout: int) -> list[bytes]:
    """Return things to hold, so that what is made after them lies at other addresses than in another layout.

    Some tables of the interpreter are ordered by address: by chance, two names or context variables share a place in
    them, and each request pays for that.
    """
    chosen = random.Random(layout)
    return [bytes(size) for size in _SIZES for _ in range(chosen.randrange(_MOST_HELD))]


def loaded(named: str) -> Any:  # noqa: ANN401 - whatever the lane serves
    """Return the app that `module:attribute` names."""
    module, _, attribute = named.partition(":")
    return getattr(importlib.import_module(module), attribute)


def main(order: dict[str, Any]) -> None:
    """Make the runs that were ordered and write down what came of them."""
    os.ctermid()
    if order["greenlets"]:
        importlib.import_module("gevent.monkey").patch_all()
    held = displaced(order["layout"])
    app = loaded(order["app"])
    runs = Runs(order["lengths"], order["repeats"])
    asynchronous = any(map(asyncio.iscoroutinefunction, (app, type(app).__call__)))
    found = (_on_a_loop if asynchronous else _plainly)(app, order, runs)
    told = {
        "python": platform.python_version(),
        "interface": "asgi" if asynchronous else "wsgi",
        "answers": {name: [[*answer, count] for answer, count in seen.answers.items()] for name, seen in found.items()},
    }
    Path(order["tell"]).write_text(json.dumps(told), encoding="utf-8")
    held.clear()


def _on_a_loop(app: AsgiApp, order: dict[str, Any], runs: Runs) -> dict[str, Seen]:
    asyncio.set_event_loop_policy(importlib.import_module("uvloop").EventLoopPolicy())
    return asyncio.run(lifespan(app, order["targets"], runs))


def _plainly(app: WsgiApp, order: dict[str, Any], runs: Runs) -> dict[str, Seen]:
    os.ctermid()
    if not order["greenlets"]:
        return run_wsgi(app, order["targets"], runs)
    found: dict[str, Seen] = importlib.import_module("gevent").spawn(run_wsgi, app, order["targets"], runs).get()
    return found


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
