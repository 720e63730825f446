"""The command `trilane` with all of its own commands."""

from collections.abc import Callable

import typer

from loadtests.commands.calibrate import calibrate
from loadtests.commands.capacity import capacity
from loadtests.commands.check import check
from loadtests.commands.compare import compare
from loadtests.commands.diff import diff
from loadtests.commands.doctor import doctor
from loadtests.commands.duet import duet
from loadtests.commands.experiments import experiments
from loadtests.commands.faults import faults
from loadtests.commands.fill import fill
from loadtests.commands.instructions import instructions
from loadtests.commands.lanes import lanes
from loadtests.commands.life import life
from loadtests.commands.options import options
from loadtests.commands.read import read
from loadtests.commands.report import report
from loadtests.commands.run import run
from loadtests.commands.serve import serve
from loadtests.commands.ui import ui
from loadtests.commands.worker import worker

MEASURE: tuple[Callable[..., None], ...] = (
    compare,
    run,
    experiments,
    faults,
    capacity,
    duet,
    instructions,
    life,
    worker,
)
CHECK: tuple[Callable[..., None], ...] = (lanes, serve, check, report, diff, read, doctor, calibrate, fill, ui)

app = typer.Typer(
    help="Measure Flask, FastAPI and Django as threads, processes, greenlets and coroutines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.callback()(options)
for panel, commands in {"To measure": MEASURE, "To look and to check": CHECK}.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
