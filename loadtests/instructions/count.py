"""Run the driver under callgrind, one process a lane, as many at a time as there are cores."""

import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path
from statistics import median
from typing import Protocol

from backing.problem import Problem
from backing.services import Services, services
from loadtests.instructions import callgrind
from loadtests.instructions.job import Job, Running
from loadtests.instructions.limits import require_repeatable
from loadtests.instructions.result import REPEATABLE, Counts, LaneCount
from loadtests.instructions.wanted import FLOOR, Wanted
from loadtests.measurement.about import source, stack_versions
from loadtests.measurement.cores import available
from loadtests.servers.lanes import Lane
from loadtests.servers.stacks import ROOT
from loadtests.servers.stacks import stack as stack_named

REPEATS = 2
SHORT_SHARE = 4
# One run is done natively first: it takes a second and shows what is wrong; it also compiles what is not compiled yet.
REHEARSAL = (1, 2)
REHEARSAL_S = 120.0
# Between two counts; a machine that is busy with other things needs minutes for a start-up.
SILENCE_S = 1_800.0
_POLL_S = 0.2
# What leans on no service opens no connection, but Django has to read the name of a database when it starts.
NOWHERE = "postgresql://127.0.0.1:9/nothing"


class Screen(Protocol):
    """Who is told how far it is: `total` is the number of counts a lane's process makes."""

    def progress(self, lane: str, done: int, total: int) -> None:
        """Show that `done` of `total` counts of a lane are made."""


def count(
    lanes: Sequence[Lane],
    asked: Wanted,
    *,
    requests: int,
    layouts: int,
    stack: str,
    checkout: Path | None,
    folder: Path,
    screen: Screen,
) -> Counts:
    """Count the instructions of one request in every lane, in a process for each of `layouts` layouts of memory.

    What callgrind wrote stays in `folder`, by lane and layout.
    """
    require_repeatable(lanes, asked)
    stack_named(stack)
    root = _root(checkout)
    program = callgrind.valgrind()
    version = callgrind.version(program)
    started = services(folder, log_folder=folder) if asked.needs_services else nullcontext(Services(NOWHERE, "", {}))
    with started as backing:
        jobs = [
            Job(
                lane=lane,
                style=lane.styles[0],
                wanted=asked,
                lengths=(requests // SHORT_SHARE, requests),
                stack=stack,
                root=root,
                folder=_made(folder / lane.name / str(layout)),
                layout=layout,
                services=backing,
            )
            for lane in lanes
            for layout in range(1, layouts + 1)
        ]
        for job in jobs[::layouts]:
            _rehearse(job)
        _run_all(jobs, program, screen)
    rows = [_row(jobs[at : at + layouts], version) for at in range(0, len(jobs), layouts)]
    return Counts(
        endpoint=asked.endpoint,
        params=asked.params,
        stack=stack,
        stack_versions=stack_versions(stack),
        checkout=None if checkout is None else str(root),
        source=source(root),
        lanes=rows,
        warnings=[_warning(row) for row in rows if not row.repeatable],
    )


def _root(checkout: Path | None) -> Path:
    root = ROOT if checkout is None else checkout.absolute()
    if not (root / "contract").is_dir() or not (root / "backing").is_dir():
        raise Problem(f"--checkout {checkout}: it holds no copy of this project (no contract/ and backing/); name one")
    return root


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _rehearse(job: Job) -> None:
    with job.started((), REHEARSAL, 1) as program:
        driver = Running(job, program, silence_s=REHEARSAL_S)
        while not driver.over():
            time.sleep(_POLL_S)
    job.told()


def _run_all(jobs: Sequence[Job], program: str, screen: Screen) -> None:
    """Run every job under callgrind, each on a core of its own."""
    waiting = deque(jobs)
    running: dict[int, Running] = {}
    made: Counter[str] = Counter()
    total = Counter[str]()
    for job in jobs:
        total[job.lane.name] += callgrind.expected(len(job.targets), REPEATS)
    free = deque(sorted(available()))
    with ExitStack() as block:
        while waiting or running:
            while waiting and free:
                job, core = waiting.popleft(), free.popleft()
                before = callgrind.command(program, job.folder)
                started = block.enter_context(job.started(before, job.lengths, REPEATS, core))
                running[core] = Running(job, started, silence_s=SILENCE_S)
            time.sleep(_POLL_S)
            for core, driver in list(running.items()):
                lane, before_now = driver.job.lane.name, driver.made
                over = driver.over()
                made[lane] += driver.made - before_now
                screen.progress(lane, made[lane], total[lane])
                if over:
                    del running[core]
                    free.append(core)


def _row(jobs: Sequence[Job], version: str) -> LaneCount:
    """Return what a lane's processes counted: the median of each figure."""
    job = jobs[0]
    told = job.told()
    every = [_counted(each) for each in jobs]
    driver = median(each.targets["driver"].per_request for each in every)
    figures = [_beyond_driver(each, job.wanted.endpoint) for each in every]
    figure, spread = median(figures), max(each.targets[job.wanted.endpoint].spread for each in every)
    lookups = [each.targets[job.wanted.endpoint].lookups for each in every]
    return LaneCount(
        lane=job.lane.name,
        style=job.style,
        interface=told.interface,
        instructions_per_request=figure,
        driver_instructions_per_request=driver,
        floor_instructions_per_request=_floor(job, every),
        lookup_instructions_per_request=_median_or_none(lookups),
        startup_instructions=round(median(each.interpreter + each.app for each in every)),
        interpreter_instructions=round(median(each.interpreter for each in every)),
        spread=spread,
        repeatable=spread <= REPEATABLE,
        layouts=len(jobs),
        layout_spread=(max(figures) - min(figures)) / figure if len(jobs) > 1 else None,
        requests=job.lengths,
        valgrind=version,
        python=told.python,
    )


def _counted(job: Job) -> callgrind.Counted:
    try:
        return callgrind.read(job.folder, targets=list(job.targets), lengths=job.lengths, repeats=REPEATS)
    except ValueError as error:
        raise job.failed(str(error)) from None


def _beyond_driver(counted: callgrind.Counted, target: str) -> float:
    return counted.targets[target].per_request - counted.targets["driver"].per_request


def _floor(job: Job, every: Sequence[callgrind.Counted]) -> float | None:
    return None if job.wanted.endpoint == FLOOR else median(_beyond_driver(each, FLOOR) for each in every)


def _median_or_none(values: Sequence[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return median(known) if known else None


def _warning(row: LaneCount) -> str:
    return (
        f"{row.lane}: two figures of one process lie {row.spread:.2%} apart (threads or a service take turns by chance)"
        f", so a change below {2 * row.spread:.1%} cannot be told; give more --requests"
    )
