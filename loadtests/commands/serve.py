"""`trilane serve LANE`: one lane in the foreground, to try by hand or with another tool."""

import signal
import time
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn
from urllib.parse import urlencode

import typer

from backing.scratch import scratch
from backing.services import services
from contract.endpoints import ENDPOINTS, Endpoint
from contract.parameters import Choice, FileName, Integer, Parameter
from loadtests.commands import folders
from loadtests.servers.lanes import find
from loadtests.servers.process import start
from loadtests.servers.server import Server

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def serve(
    lane: Annotated[str, typer.Argument(help="Its name; `trilane lanes` lists them.")],
    *,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 0,
    bind: Annotated[
        str, typer.Option(help="This machine's address; whoever reaches another one than 127.0.0.1 can use the lane.")
    ] = "127.0.0.1",
    workers: Annotated[int | None, typer.Option(min=1, max=512, help="Worker processes [default: the lane's].")] = None,
    stack: Annotated[str, typer.Option(help="`current` or `vintage`.")] = "current",
    database: Annotated[str | None, typer.Option(help="`postgresql` or `mariadb` [default: postgresql].")] = None,
    session_store: Annotated[str | None, typer.Option(help="`cookie` or `valkey` [default: cookie].")] = None,
    logs: Annotated[Path | None, typer.Option(help="Keep the logs in this folder [default: thrown away].")] = None,
) -> None:
    """Run one lane and its services until Ctrl-C, and print the URLs to try."""
    chosen = find(lane)
    leave_on_signals()
    with scratch() as folder:
        log_folder = folder if logs is None else folders.made("--logs", logs)
        with services(folder, log_folder=log_folder, database=database, session_store=session_store) as backing:
            server = start(
                chosen,
                services=backing,
                folder=folder,
                log_folder=log_folder,
                stack=stack,
                workers=workers,
                host=bind,
                port=port,
            )
            try:
                _run(server)
            finally:
                server.stop()


def _run(server: Server) -> NoReturn:
    server.wait_until_ready()
    typer.echo("\n".join(_lines(server)))
    while server.alive():
        time.sleep(0.2)
    raise server.failed("its server ended by itself")


def leave_on_signals() -> None:
    """Leave through every `finally` when a supervisor or a closed terminal ends the command."""
    for number in _STOP_SIGNALS:
        signal.signal(number, _leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _lines(server: Server) -> list[str]:
    """Return what to print: where the server answers, and a URL for each endpoint."""
    lane = server.lane
    urls = [
        (f"{server.base_url}{path_of(endpoint, style)}", endpoint.does)
        for endpoint in ENDPOINTS
        for style in (lane.styles if endpoint.styled else lane.styles[:1])
        # Files are found by the pages that link to them.
        if endpoint.method == "GET" and not any(isinstance(each, FileName) for each in endpoint.parameters)
    ]
    width = max(len(url) for url, _ in urls)
    return [
        f"{lane.name} on {lane.server}, stack {server.stack}: {server.workers} × {lane.threads} (workers × threads)",
        *(f"  {url:{width}}  {does}" for url, does in urls),
        f"Log: {server.log}. Ctrl-C stops it.",
    ]


def path_of(endpoint: Endpoint, style: str) -> str:
    """Return a path and query that the endpoint answers, with the parameters' defaults or else an example."""
    examples = {parameter.name: _example(parameter) for parameter in endpoint.parameters}
    # An empty default, a redirect to nowhere, stands for a parameter that is not sent.
    values = {name: example for name, example in examples.items() if example != ""}
    in_path = {name: values.pop(name) for name in list(values) if f"{{{name}}}" in endpoint.path}
    url = endpoint.url(style, **in_path)
    return f"{url}?{urlencode(values)}" if values else url


def _example(parameter: Parameter) -> str | int:
    default: str | int | None = parameter.default
    if default is not None:
        return default
    if isinstance(parameter, Integer):
        return max(parameter.low, 1)
    return parameter.choices[0] if isinstance(parameter, Choice) else "curry-1"
