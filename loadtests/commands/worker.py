"""`trilane worker`: make load for a run on another machine."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from backing.leash import Leashed
from backing.problem import Problem
from backing.scratch import scratch
from loadtests.commands.serve import leave_on_signals
from loadtests.workers import crewing
from loadtests.workers.crewing import PORT, TOKEN_VARIABLE, TURNED_AWAY

_LOOK_S = 0.2

_Master = Annotated[
    str, typer.Option(help=f"Where the run waits for workers: HOST or HOST:PORT [default port: {PORT}].")
]
_Processes = Annotated[
    int, typer.Option(min=1, max=1_000, help="How many workers: one for each core that may be used.")
]
_Ui = Annotated[bool, typer.Option("--ui", help="Work for `trilane ui` instead of `trilane compare` or `trilane run`.")]


def worker(*, master: _Master, processes: _Processes = 1, ui: _Ui = False) -> None:
    """Connect to a run that waits with --expect-workers, and make load as it says, until it ends."""
    from loadtests.workers import locust  # noqa: PLC0415 - keeps `trilane --help` quick
    from loadtests.workers.launch import started  # noqa: PLC0415

    leave_on_signals()
    host, port = crewing.reachable("--master", *crewing.address("--master", master, PORT))
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not ui and not token:
        raise Problem(f"{TOKEN_VARIABLE} is not set: type the line that the run prints while it waits for workers")
    with scratch() as folder:
        log = folder / "workers.log"
        # Which cores other workers of this machine use is not known here; the kernel lets each one have its own.
        starting = (
            locust.started(processes, host, port, cores=None, log=log)
            if ui
            else started(processes, host, port, token, cores=None, log=log)
        )
        with starting as programs:
            raise typer.Exit(_wait(programs, log))


def _wait(programs: Sequence[Leashed], log: Path) -> int:
    """Show what the workers say until the last one has ended; return their exit code.

    Those that were turned away matter only where no other one could work.
    """
    shown = 0
    while True:
        ended = all(program.poll() is not None for program in programs)
        said = log.read_bytes() if log.exists() else b""
        sys.stderr.write(said[shown:].decode(errors="replace"))
        shown = len(said)
        if ended:
            codes = {abs(program.poll() or 0) for program in programs}
            return max(codes - {TURNED_AWAY}, default=TURNED_AWAY)
        time.sleep(_LOOK_S)
