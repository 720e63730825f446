"""`trilane instructions`: how many instructions a request costs, the same figure twice on any machine's worst day."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loadtests.commands import folders

if TYPE_CHECKING:
    from loadtests.instructions.count import Screen
    from loadtests.instructions.result import Counts

LEAST_REQUESTS = 20
MOST_REQUESTS = 100_000
MOST_LAYOUTS = 99
FILE = "instructions.json"

_Lanes = Annotated[list[str], typer.Argument(metavar="LANE…", help="Their names; `trilane lanes` lists them.")]
_Endpoint = Annotated[str, typer.Option(help="A handler's name: hello, context_add, signals, cpu_python, …")]
_Param = Annotated[list[str] | None, typer.Option(help="A parameter of the endpoint, as name=value; may be repeated.")]
_Stack = Annotated[str, typer.Option(help="current or vintage.")]
_Requests = Annotated[
    int, typer.Option(min=LEAST_REQUESTS, max=MOST_REQUESTS, help="The longer of two run lengths; the other: a quarter")
]
_Layouts = Annotated[
    int, typer.Option(min=1, max=MOST_LAYOUTS, help="Processes a lane, each with its memory laid out differently.")
]
_Checkout = Annotated[Path | None, typer.Option(help="Take the apps from this copy of the project instead.")]
_Out = Annotated[Path | None, typer.Option(help="A new folder for the figures and what callgrind wrote.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]


def instructions(
    lane: _Lanes,
    *,
    endpoint: _Endpoint = "hello",
    param: _Param = None,
    stack: _Stack = "current",
    requests: _Requests = 200,
    layouts: _Layouts = 3,
    checkout: _Checkout = None,
    out: _Out = None,
    as_json: _AsJson = False,
) -> None:
    """Count the instructions of one request under valgrind, in-process: no sockets, no server, no waiting."""
    import msgspec  # noqa: PLC0415 - keeps `trilane --help` quick

    from loadtests.instructions.count import count  # noqa: PLC0415
    from loadtests.instructions.wanted import wanted  # noqa: PLC0415
    from loadtests.servers.lanes import find  # noqa: PLC0415

    lanes = [find(name) for name in dict.fromkeys(lane)]
    asked = wanted(endpoint, param or ())
    with _folder(out) as folder, _watching([each.name for each in lanes]) as screen:
        counts = count(
            lanes,
            asked,
            requests=requests,
            layouts=layouts,
            stack=stack,
            checkout=checkout,
            folder=folder,
            screen=screen,
        )
        encoded = msgspec.json.format(msgspec.json.encode(counts), indent=1)
        (folder / FILE).write_bytes(encoded + b"\n")
    if as_json:
        sys.stdout.write(encoded.decode() + "\n")
    else:
        _print(counts, out)


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    from backing.scratch import scratch  # noqa: PLC0415 - keeps `trilane --help` quick

    with ExitStack() as block:
        if out is None:
            yield block.enter_context(scratch())
            return
        yield folders.new("--out", out)


@contextmanager
def _watching(lanes: Sequence[str]) -> Iterator["Screen"]:
    """Show one bar a lane on standard error, from the first count on."""
    from rich.console import Console  # noqa: PLC0415 - keeps `trilane --help` quick
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bars = Progress(*columns, console=Console(stderr=True))
    tasks = {lane: bars.add_task(lane, total=None, start=False) for lane in lanes}

    class Bars:
        def progress(self, lane: str, done: int, total: int) -> None:
            bars.start()
            bars.start_task(tasks[lane])
            bars.update(tasks[lane], completed=done, total=total)

    try:
        yield Bars()
    finally:
        if bars.live.is_started:
            bars.stop()


def _print(counts: "Counts", out: Path | None) -> None:
    from rich.console import Console  # noqa: PLC0415 - keeps `trilane --help` quick

    from loadtests.instructions.text import table, words  # noqa: PLC0415
    from loadtests.report.terminal import WIDTH  # noqa: PLC0415

    console = Console()
    console = console if console.is_terminal else Console(width=WIDTH)
    console.print(table(counts))
    for line in words(counts):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if out is not None:
        console.print(
            f"Everything is in {out}/: {FILE}, and a folder a lane with callgrind's counts by C function.",
            soft_wrap=True,
        )
