"""A flame graph of each cell of a run: loaded once more for some seconds, while py-spy looks at its server."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from backing.problem import Problem
from loadtests.flame.spy import recorded
from loadtests.measurement.group import file_stem
from loadtests.measurement.plan import Timing
from loadtests.measurement.slice import Asked, load_of, writable
from loadtests.measurement.store import LOGS
from loadtests.measurement.subject import Subject
from loadtests.servers.server import Server

if TYPE_CHECKING:
    from loadtests.measurement.bench import Bench

FLAMES = "flames"
SECONDS = 3
LOG = "py-spy.log"
# The load goes on a little longer than the recording, so that no sample shows a server without work.
_TIMING = Timing(settle_s=0.2, window_s=SECONDS + 0.3, drain_s=0.0, timeout_s=10.0)


class Flames(msgspec.Struct, frozen=True, kw_only=True):
    """The files in the run's folder, by `file_stem` of their cell; `notes` say which cells have none, and why."""

    files: dict[str, str]
    notes: list[str]


def flames(
    bench: "Bench",
    cells: Mapping[Subject, Asked],
    folder: Path,
    *,
    say: Callable[[str], None],
    stopped: Callable[[], bool],
) -> Flames:
    """Record a flame graph of each cell whose server runs here; controls, which only repeat a cell, have none."""
    own = {subject: asked for subject, asked in cells.items() if not subject.control}
    files: dict[str, str] = {}
    notes: list[str] = []
    for number, (subject, asked) in enumerate(own.items(), 1):
        if stopped():
            break
        say(f"recording flame graphs: {number} of {len(own)}, {subject.name} under {subject.group}")
        stem = file_stem(subject.group, subject.name)
        try:
            _record(bench, subject, asked, folder / FLAMES / f"{stem}.svg", folder / LOGS / LOG)
        except Problem as problem:
            notes.append(f"no flame graph of {subject.name} under {subject.group}: {problem}")
        else:
            files[stem] = f"{FLAMES}/{stem}.svg"
    return Flames(files=files, notes=notes)


def _record(bench: "Bench", subject: Subject, asked: Asked, svg: Path, log: Path) -> None:
    server = bench.target(subject)
    if not isinstance(server, Server):
        raise Problem("it runs elsewhere, where py-spy cannot look from here")
    if not bench.check_alive(subject):
        raise Problem("its server ended before")
    bench.place(subject)
    # No slice of the rounds has the number 0, whose order of arrivals this one takes.
    load = load_of(bench, subject, asked, _TIMING, 0)
    with writable(bench, asked), recorded(server.pid, svg, seconds=SECONDS, log=log):
        bench.load.load(load)
