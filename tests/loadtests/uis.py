"""A real `trilane ui` for tests to speak to, over HTTP as a browser or a script would."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.loadtests.synthetic import RIGHT, Peer
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "loadtests", "ui"]


async def quick(_: int, peer: Peer) -> str:
    """Answer at once, as every lane answers `hello`."""
    await peer.send(RIGHT)
    return "right"


@dataclass(frozen=True)
class Ui:
    """A running UI: what it printed, and a client that speaks to it."""

    url: str
    pid: int
    log: Path
    client: httpx.Client

    @property
    def printed(self) -> str:
        return self.log.read_text()

    def swarm(self, **fields: object) -> dict[str, Any]:
        """Send the form that starts a test."""
        sent = {"user_count": 2, "spawn_rate": 2, **fields}
        return dict(self.client.post("/swarm", data={name: str(value) for name, value in sent.items()}).json())

    def stop(self) -> None:
        assert self.client.post("/stop").json()["success"]

    def live(self, since: int = 0) -> dict[str, Any]:
        return dict(self.client.get("/trilane/live", params={"since": since}).json())

    def tests(self) -> list[dict[str, Any]]:
        return list(self.client.get("/trilane/tests").json())

    def start(self, seconds: int = 3, **fields: object) -> None:
        """Start a test, and wait until so many seconds of it were measured, some of them with all its users."""
        before = self.live()["test"]
        started = self.swarm(**fields)
        assert started["success"], started["message"]
        assert eventually(lambda: self._measured(before, seconds), timeout_s=60), self.live()

    def _measured(self, before: object, seconds: int) -> bool:
        live = self.live()
        return live["test"] != before and live["cell"] is not None and len(live["samples"]) >= seconds

    def run(self, seconds: int = 3, **fields: object) -> dict[str, Any]:
        """Run a test for some seconds, and return what was kept of it."""
        self.start(seconds, **fields)
        self.stop()
        return dict(self.tests()[-1])


@contextlib.contextmanager
def running_ui(
    folder: Path,
    *words: str,
    environment: Mapping[str, str] | None = None,
    password: str = "",
    state: Path | None = None,
) -> Iterator[Ui]:
    """Start it on a free port, with a folder of its own for its tests; it ends as by Ctrl-C."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder / f"ui-{port}.log"
    command = [*COMMAND, "--port", str(port), "--state", str(state or folder / "state"), *words]
    with log.open("w") as printed:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        assert eventually(lambda: "Choose a lane" in log.read_text() or process.poll() is not None, timeout_s=120)
        found = re.search(r"Choose a lane and a scenario at (\S+)", log.read_text())
        assert found, log.read_text()
        said = re.search(r"by any user name: (\S+)\. ", log.read_text())
        token = password or (said.group(1) if said else "")
        auth = httpx.BasicAuth("anybody", token) if token else None
        with httpx.Client(base_url=found.group(1), timeout=60, auth=auth) as client:
            yield Ui(found.group(1), process.pid, log, client)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
