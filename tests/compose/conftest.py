"""The containers, brought up once for all tests here and taken down with their volumes at the end."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PUBLISHED = {"flask": "TRILANE_FLASK_PORT", "fastapi": "TRILANE_FASTAPI_PORT", "django": "TRILANE_DJANGO_PORT",
             "locust": "TRILANE_UI_PORT"}  # fmt: skip


@dataclass(frozen=True)
class Containers:
    """A running project; `ports` are those that the services publish."""

    project: str
    ports: dict[str, int]

    def compose(self, *words: str) -> str:
        """Run `docker compose` for this project and return what it printed; raise with its errors."""
        environment = os.environ | {PUBLISHED[name]: str(port) for name, port in self.ports.items()}
        done = subprocess.run(
            ["docker", "compose", "--project-name", self.project, *words],  # noqa: S607 - the person's own docker
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError(f"docker compose {' '.join(words)}: exit {done.returncode}\n{done.stderr[-4000:]}")
        return done.stdout

    def containers(self) -> list[dict[str, Any]]:
        """Return what `docker compose ps` says, finished steps included."""
        return [json.loads(line) for line in self.compose("ps", "--all", "--format", "json").splitlines()]


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [own.getsockname()[1] for own in sockets]


@pytest.fixture(scope="session")
def up() -> Iterator[Containers]:
    containers = Containers(
        f"trilane-test-{os.getpid()}", dict(zip(PUBLISHED, free_ports(len(PUBLISHED)), strict=True))
    )
    try:
        containers.compose("up", "--build", "--wait", "--wait-timeout", "300")
        yield containers
    finally:
        print(containers.compose("logs", "--tail", "20"))  # noqa: T201 - pytest shows it when a test fails
        containers.compose("down", "--volumes", "--remove-orphans")
