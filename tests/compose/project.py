"""One project of `docker compose`, as a person runs it, on ports of its own."""

import json
import os
import socket
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import httpx

ROOT = Path(__file__).parents[2]
APPS = ("flask", "fastapi", "django")
PUBLISHED = {"flask": "TRILANE_FLASK_PORT", "fastapi": "TRILANE_FASTAPI_PORT", "django": "TRILANE_DJANGO_PORT",
             "locust": "TRILANE_UI_PORT"}  # fmt: skip
STEPS = {"password", "fill"}


@dataclass(frozen=True)
class Containers:
    """A project: `ports` are those that its services publish, `chosen` the variables that a person sets."""

    project: str
    ports: dict[str, int]
    chosen: dict[str, str] = field(default_factory=dict)

    @classmethod
    def named(cls, name: str) -> Self:
        """Return a project that no other process has."""
        return cls(f"trilane-{name}-{os.getpid()}", dict(zip(PUBLISHED, free_ports(len(PUBLISHED)), strict=True)))

    def choosing(self, **chosen: str) -> Self:
        """Return the same project as somebody sees it who sets these variables too."""
        return replace(self, chosen={**self.chosen, **chosen})

    def url(self, service: str) -> str:
        """Return where a service is published."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def password(self) -> str:
        """Return what the web UI asks for, as the documentation tells a person to see it."""
        return self.compose("exec", "-T", "locust", "cat", "/var/lib/trilane-ui/password").removesuffix("\n")

    def ui(self) -> httpx.Client:
        """Return a client of the web UI that knows its password."""
        return httpx.Client(base_url=self.url("locust"), auth=("anybody", self.password()), timeout=30)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `docker compose` for this project."""
        own = {PUBLISHED[name]: str(port) for name, port in self.ports.items()}
        return subprocess.run(
            ["docker", "compose", "--project-name", self.project, *words],  # noqa: S607 - the person's own docker
            cwd=ROOT, env={**os.environ, **own, **self.chosen}, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def compose(self, *words: str) -> str:
        """Run `docker compose` and return what it printed; raise with its errors."""
        done = self.run(*words)
        if done.returncode:
            raise AssertionError(f"docker compose {' '.join(words)}: exit {done.returncode}\n{done.stderr[-4000:]}")
        return done.stdout

    def up(self, *words: str) -> float:
        """Bring it up from an image made now; return how many seconds that took once the image was there.

        It is made once before, since the older builder makes each service's anew side by side.
        """
        self.compose("build", "flask")
        began_s = time.monotonic()
        self.compose("up", "--build", "--wait", "--wait-timeout", "300", *words)
        return time.monotonic() - began_s

    def containers(self) -> list[dict[str, Any]]:
        """Return what `docker compose ps` says, finished steps included."""
        return [json.loads(line) for line in self.compose("ps", "--all", "--format", "json").splitlines()]

    def inspected(self, *, steps: bool = False) -> dict[str, list[dict[str, Any]]]:
        """Return what the engine knows of each service's containers; of steps only where asked."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.containers():
            if steps or row["Service"] not in STEPS:
                found.setdefault(row["Service"], []).append(inspect(row["ID"]))
        return found


def inspect(container: str) -> dict[str, Any]:
    """Return what the engine knows of a container."""
    done = subprocess.run(["docker", "inspect", container], capture_output=True, text=True, check=True)  # noqa: S607 - as above
    (found,) = json.loads(done.stdout)
    return dict(found)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody has."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [own.getsockname()[1] for own in sockets]
