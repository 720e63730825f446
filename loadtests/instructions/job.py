"""One lane's driver: what it is told to do, how it is started, and what it says of it."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from backing.leash import Leashed, leashed
from backing.problem import LaneFailed, end_of
from backing.services import Services
from loadtests.instructions import callgrind
from loadtests.instructions.wanted import FLOOR, Wanted, app_of, greenlets, wanted
from loadtests.servers.environment import environment_of
from loadtests.servers.lanes import Lane
from loadtests.servers.setup import Setup
from loadtests.servers.stacks import stack as stack_named

DRIVER = Path(__file__).with_name("driver.py")
_GRACE_S = 1.0


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the driver says of its runs: per target the answers as (status, length of the body, how many)."""

    python: str
    interface: str
    answers: dict[str, list[tuple[int, int, int]]]


@dataclass(frozen=True)
class Job:
    """One lane's driver: how to start it natively and under callgrind."""

    lane: Lane
    style: str
    wanted: Wanted
    lengths: tuple[int, int]
    stack: str
    root: Path
    folder: Path
    layout: int
    services: Services = field(repr=False)

    @property
    def targets(self) -> dict[str, str]:
        """Return what is asked for, by name; the driver's own share comes first."""
        asked = {"driver": "/", self.wanted.endpoint: self.wanted.target(self.style)}
        if self.wanted.endpoint != FLOOR:
            asked[FLOOR] = wanted(FLOOR).target(self.style)
        return asked

    @property
    def log(self) -> Path:
        """Return where it prints."""
        return self.folder / "driver.log"

    @property
    def _tell(self) -> Path:
        return self.folder / "told.json"

    @contextmanager
    def started(
        self, before: Sequence[str], lengths: tuple[int, int], repeats: int, core: int | None = None
    ) -> Iterator[Leashed]:
        """Run the driver behind the words `before` until the end of the block."""
        order = {
            "app": app_of(self.lane),
            "greenlets": greenlets(self.lane),
            "targets": self.targets,
            "lengths": lengths,
            "repeats": repeats,
            "layout": self.layout,
            "tell": str(self._tell),
        }
        argv = [*before, str(stack_named(self.stack).python), str(DRIVER), json.dumps(order)]
        with leashed(
            argv,
            log=self.log,
            environment=self._environment(),
            folder=self.root,
            cores=None if core is None else {core},
            grace_s=_GRACE_S,
        ) as program:
            yield program

    def _environment(self) -> dict[str, str]:
        counters = self.folder / "counters"
        counters.mkdir(exist_ok=True)
        # Seeded hashes: else sets and dictionaries collide otherwise in each process. A safe path: else the modules
        # beside the driver would hide others of their name.
        fixed = {"PYTHONHASHSEED": "0", "PYTHONSAFEPATH": "1"}
        return environment_of(Setup(lane=self.lane), self.services, counters, self.root) | fixed

    def told(self) -> Told:
        """Return what the driver said; raise `LaneFailed` where it said nothing or its answers were not right."""
        try:
            told = msgspec.json.decode(self._tell.read_bytes(), type=Told)
        except OSError:
            raise self.failed("its app could not be called in this process") from None
        for status, _, count in told.answers[self.wanted.endpoint]:
            if status != self.wanted.status:
                path = self.targets[self.wanted.endpoint]
                raise self.failed(f"{count} requests for {path} were answered {status}, not {self.wanted.status}")
        return told

    def failed(self, reason: str) -> LaneFailed:
        """Return the error that gives `reason` and quotes the end of the log."""
        return LaneFailed(f"the lane {self.lane.name} (stack {self.stack}) was not counted: {reason}{end_of(self.log)}")


class Running:
    """A driver at work; `made` counts what callgrind wrote down so far."""

    def __init__(self, job: Job, program: Leashed, *, silence_s: float) -> None:
        self.job = job
        self.made = 0
        self._program = program
        self._silence_s = silence_s
        self._since_s = time.monotonic()

    def over(self) -> bool:
        """Tell whether it has ended well; raise `LaneFailed` where it ended otherwise or does not get on."""
        made = len(callgrind.dumps(self.job.folder))
        if made != self.made:
            self.made, self._since_s = made, time.monotonic()
        code = self._program.poll()
        if code:
            raise self.job.failed(f"its process ended with code {code}")
        if code is None and time.monotonic() > self._since_s + self._silence_s:
            raise self.job.failed(f"its process did not get on for {self._silence_s:.0f} s")
        return code is not None
