"""`trilane ui`: the services, one lane of each app, and Locust's own web UI in front of them."""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated

import typer

from backing.leash import Leashed, leashed
from backing.problem import Problem, end_of
from backing.scratch import scratch
from backing.services import services
from loadtests.commands.serve import leave_on_signals
from loadtests.servers import Server, served
from loadtests.servers.lanes import find
from loadtests.servers.ports import Port
from loadtests.servers.stacks import ROOT

HOST = "127.0.0.1"
_LANES = ("flask-thread", "fastapi-coroutine", "django-thread")
_READY_WITHIN_S = 60.0


def ui(
    *,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Where the web UI answers.")] = 8089,
    lane: Annotated[
        list[str] | None, typer.Option(help="Lanes, one by one or with commas; one of each app by default.")
    ] = None,
    stack: Annotated[str, typer.Option(help="`current` or `vintage`.")] = "current",
) -> None:
    """Load a lane by hand from Locust's web UI, until Ctrl-C."""
    names = [name.strip() for typed in lane or _LANES for name in typed.split(",")]
    lanes = [find(name) for name in dict.fromkeys(names)]
    held = Port(HOST, port)
    leave_on_signals()
    with (
        scratch() as folder,
        services(folder, log_folder=folder) as backing,
        served(lanes, services=backing, folder=folder, stack=stack) as servers,
        leashed(_locust(port), environment=_environment(servers), folder=ROOT, log=folder / "locust.log") as locust,
    ):
        _wait_until_it_answers(port, locust, folder / "locust.log")
        held.release()
        for server in servers:
            typer.echo(f"{server.lane.name:20} {server.base_url}")
        typer.echo(f"Choose a lane and a scenario at http://{HOST}:{port} (Ctrl-C stops everything)")
        while locust.poll() is None:
            time.sleep(0.2)
        raise Problem(f"Locust ended by itself with code {locust.poll()}{end_of(folder / 'locust.log')}")


def _locust(port: int) -> list[str | Path]:
    # Under its own command: the web UI reads the program's arguments again for every page.
    own = ROOT / "loadtests" / "locustfile.py"
    return [sys.executable, "-m", "locust", "-f", own, "--web-host", HOST, "--web-port", str(port)]


def _environment(servers: list[Server]) -> dict[str, str]:
    return {**os.environ, "TRILANE_TARGETS": json.dumps({server.lane.name: server.base_url for server in servers})}


def _wait_until_it_answers(port: int, locust: Leashed, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while locust.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Problem(f"Locust's web UI did not answer on port {port}{end_of(log)}")
