"""What only a run's folder holds: its slices in their order, and the histograms of its cells."""

import datetime as dt
from pathlib import Path

import msgspec
from hdrh.histogram import HdrHistogram

from backing.problem import Problem
from loadtests.measurement import histogram
from loadtests.measurement.group import file_stem
from loadtests.measurement.lines import structs
from loadtests.measurement.record import Pace
from loadtests.measurement.result import Cell
from loadtests.measurement.store import HISTOGRAMS, SLICES


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """What charts take of a slice's `Use`; the fields mean the same."""

    core_steal_share: float | None = None
    foreign_share: float | None = None
    db_connections_total: int | None = None
    db_sessions: int | None = None
    pace: Pace = Pace()


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What charts take of one `Record`; the fields mean the same."""

    round: int
    scenario: str
    users: int
    rate: float | None = None
    name: str
    lane: str
    started_at: str
    use: Used | None
    void: str | None = None
    repeated: bool = False

    @property
    def at_s(self) -> float:
        """Return when it began, in seconds since 1970."""
        return dt.datetime.fromisoformat(self.started_at).timestamp()


class Evidence:
    """A run's folder; without one, nothing is known."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def moments(self) -> list[Moment]:
        """Return the slices in their order, the warm-up among them; a last line that was cut short is left out."""
        return [] if self._folder is None else structs(self._folder / SLICES, Moment)

    def latencies(self, cell: Cell) -> HdrHistogram | None:
        """Return the response times of a cell's successes in microseconds, None where none are kept.

        Raises `Problem` where their file is damaged.
        """
        if self._folder is None:
            return None
        file = self._folder / HISTOGRAMS / f"{file_stem(cell, cell.name)}.hdr"
        try:
            found = histogram.merged([file.read_text(encoding="utf-8").strip()])
        except OSError:
            return None
        except Exception as error:  # noqa: BLE001 - what is no histogram is told by errors of four libraries
            raise Problem(f"{file} is damaged ({error}); remove it to do without its cell, or measure again") from None
        return found if histogram.count(found) else None
