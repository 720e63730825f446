"""A run's folder: every slice is on disk before the next begins, so a run that is killed leaves what it measured."""

import contextlib
import datetime as dt
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from backing.problem import Problem
from loadtests.measurement.lines import structs
from loadtests.measurement.record import Record
from loadtests.measurement.result import Summary

if TYPE_CHECKING:
    from loadtests.measurement.about import Run

RUN = "run.json"
SLICES = "slices.jsonl"
SUMMARY = "summary.json"
REPORT = "report.html"
CAPACITY = "capacity.json"
HISTOGRAMS = "histograms"
LOGS = "logs"
# While a run is under way: of the process that measures.
PID = "pid"
DEFAULT_PARENT = Path("runs")
ROUNDS = "rounds"
_KINDS = ("duet", "capacity", "life")
# Those of the options before the subcommand that a value follows.
VALUED = ("--lanes",)


def instrument(command: Sequence[str]) -> str:
    """Return what kind of run a command made: `duet`, `capacity`, `life`, or else `rounds`."""
    words = iter(command[1:])
    for word in words:
        if word in VALUED:
            next(words, None)
        elif not word.startswith("-"):
            return word if word in _KINDS else ROUNDS
    return ROUNDS


def default_folder(now: dt.datetime) -> Path:
    """Return runs/<timestamp>, or the same with a number where two runs start within a second."""
    folder = DEFAULT_PARENT / now.strftime("%Y-%m-%dT%H-%M-%S")
    number = 2
    while folder.exists():
        folder = folder.with_name(f"{folder.name.split('.')[0]}.{number}")
        number += 1
    return folder


class Store:
    """Writes one run's folder; raises `Problem` when it cannot be written or another process writes there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / LOGS
        try:
            (folder / HISTOGRAMS).mkdir(parents=True, exist_ok=True)
            self.logs.mkdir(exist_ok=True)
            self._slices = (folder / SLICES).open("ab")
        except OSError as error:
            raise Problem(f"--out {folder}: it cannot be written ({error.strerror}); name another folder") from error
        self._claim()

    def _claim(self) -> None:
        """Keep the folder from all others until it is closed or this process ends, however it ends."""
        try:
            fcntl.flock(self._slices, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._slices.close()
            raise Problem(
                f"the run in {self.folder} is still under way ({self._writer()}); wait for its end, or end it first"
            ) from None
        except OSError:
            # Some file systems have no locks; a run on them is not kept from measuring.
            pass
        (self.folder / PID).write_text(f"{os.getpid()}\n")

    def _writer(self) -> str:
        try:
            return f"pid {(self.folder / PID).read_text().strip()}"
        except OSError:
            return "in another process"

    @classmethod
    @contextlib.contextmanager
    def new(cls, folder: Path) -> "Iterator[Store]":
        """Write a new run; the folder must not exist, or be empty, and is gone where Ctrl-C came first."""
        if folder.exists() and not folder.is_dir():
            raise Problem(f"--out {folder}: this is a file; name a folder that does not exist or is empty")
        try:
            held = sorted(name.name for name in folder.iterdir()) if folder.exists() else []
        except OSError as error:
            raise Problem(f"--out {folder}: it cannot be read ({error.strerror}); name another folder") from error
        if held:
            what = "it already holds a run" if {RUN, SUMMARY, SLICES} & set(held) else f"it is not empty ({held[0]})"
            raise Problem(f"--out {folder}: {what}; name another folder, or remove this one first")
        with contextlib.closing(cls(folder)) as store:
            try:
                yield store
            except KeyboardInterrupt:
                store.leave_nothing_empty()
                raise

    def leave_nothing_empty(self) -> None:
        """Remove the folder where nothing is written in it yet: `--resume` could not go on from there."""
        if not any(file.is_file() and file.name != PID and file.stat().st_size for file in self.folder.rglob("*")):
            shutil.rmtree(self.folder, ignore_errors=True)

    @classmethod
    @contextlib.contextmanager
    def again(cls, folder: Path) -> "Iterator[Store]":
        """Write on in the folder of a run that was stopped; half a line, which a kill left, is taken away.

        Raises `Problem` when there is no run, or when it goes on already. What it holds is read within the block: until
        then another process may have written.
        """
        read_run(folder)
        with contextlib.closing(cls(folder)) as store:
            slices = folder / SLICES
            os.truncate(slices, slices.read_bytes().rfind(b"\n") + 1)
            yield store

    def close(self) -> None:
        """Close the file of slices, and leave the folder to others."""
        (self.folder / PID).unlink(missing_ok=True)
        self._slices.close()

    def record(self, record: Record) -> None:
        """Append one slice and hand it to the system."""
        self._slices.write(msgspec.json.encode(record) + b"\n")
        self._slices.flush()

    def run(self, run: "Run") -> None:
        """Write what this run is: plan, machine, versions, seed."""
        self._replace(RUN, msgspec.json.format(msgspec.json.encode(run), indent=1))

    def summary(self, summary: Summary) -> None:
        """Write the figures and verdicts so far."""
        self._replace(SUMMARY, msgspec.json.format(msgspec.json.encode(summary), indent=1))

    def capacity(self, found: msgspec.Struct) -> None:
        """Write what a search for the capacity found."""
        self._replace(CAPACITY, msgspec.json.format(msgspec.json.encode(found), indent=1))

    def report(self, html: str) -> None:
        """Write the page."""
        self._replace(REPORT, html.encode())

    def histograms(self, encoded: Mapping[str, str]) -> None:
        """Write one file a cell, each an HDR histogram in base64."""
        for name, text in encoded.items():
            self._replace(f"{HISTOGRAMS}/{name}.hdr", text.encode() + b"\n")

    def _replace(self, name: str, content: bytes) -> None:
        # A reader, or a kill, finds the old file or the new one, never half of one.
        draft = self.folder / f"{name}.new"
        draft.write_bytes(content)
        draft.replace(self.folder / name)


def read_run(folder: Path) -> "Run":
    """Return what a run is; raise `Problem` when the folder holds none."""
    from loadtests.measurement.about import Run  # noqa: PLC0415 - it imports what imports this

    try:
        return msgspec.json.decode((folder / RUN).read_bytes(), type=Run)
    except (OSError, msgspec.DecodeError) as error:
        raise Problem(f"{folder} holds no run that can be read ({error}); name the folder of a run") from None


def read_records(folder: Path) -> list[Record]:
    """Return the slices of a run; a last line that a kill cut short is left out."""
    return structs(folder / SLICES, Record)


def read_summary(folder: Path) -> Summary:
    """Return a run's summary."""
    return msgspec.json.decode((folder / SUMMARY).read_bytes(), type=Summary)
